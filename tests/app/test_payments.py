from __future__ import annotations

from typing import TYPE_CHECKING

from pages._ui.kit.screens import PAYMENTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamlit.testing.v1 import AppTest


def test_the_sample_clinic_is_told_who_owes_and_why(open_page: Callable[..., AppTest]) -> None:
    app = open_page(PAYMENTS.path, sample=True)
    assert not app.exception
    assert "denied" in app.title[0].value
    assert "6 payers" in app.title[0].value, "every payer is judged by the terms its payments show"
    assert [tab.label for tab in app.tabs] == [
        "Underpaid lines",
        "Expected and paid",
        "Denials",
        "Days to payment, open lines",
        "Key figures",
    ]
    headers = [header.value for header in app.header]
    assert any("denied" in header.lower() for header in headers)
    worklist = app.dataframe[1].value
    assert worklist["short_cents"].is_monotonic_decreasing


def test_a_reason_narrows_the_worklist(open_page: Callable[..., AppTest]) -> None:
    app = open_page(PAYMENTS.path, sample=True)
    app.multiselect(key="payments_reasons").set_value(["bundled"]).run()
    assert not app.exception
    assert app.dataframe[1].value["why"].str.contains("counts this service").all()


def test_amounts_can_be_seen_by_code_and_key_figures_by_payer(open_page: Callable[..., AppTest]) -> None:
    app = open_page(PAYMENTS.path, sample=True)
    app.segmented_control(key="payments_by").set_value("code").run()
    app.segmented_control(key="kpi_by").set_value("payer").run()
    assert not app.exception
    frames = [frame.value for frame in app.dataframe]
    assert any("97110 Therapeutic exercise" in set(frame.get("key", ())) for frame in frames)
    assert any("evaluations" in frame.columns and "Medicare Part B" in set(frame["key"]) for frame in frames)


def test_without_a_file_one_sentence_and_one_button(open_page: Callable[..., AppTest]) -> None:
    app = open_page(PAYMENTS.path)
    assert not app.exception
    assert app.button(key="empty_state").label == "Open a billing export"


def test_a_kept_contract_that_cannot_be_read_is_named_on_payments_and_never_overwritten_unread(
    open_page: Callable[..., AppTest], home: Path
) -> None:
    path = home / "contracts.toml"
    good = '[[contract]]\nbasis = "medicare"\npayer_class = "Commercial"\npercent = 1.1\n'
    path.write_text(good + '[[contract]]\nbasis = "medicare"\npayer = "Aetna\n', encoding="utf-8")
    try:
        app = open_page(PAYMENTS.path, sample=True)
        [told] = [error.value for error in app.error if "could not be read" in error.value]
        assert "contracts" in told
        assert "row 7" in told
        assert [one.payer_class for one in app.session_state["contracts"].contracts] == ["Commercial"]
    finally:
        path.unlink()
