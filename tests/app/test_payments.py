from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from analysis.payments import FilingLimit
from pages._ui.kit.screens import PAYMENTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamlit.testing.v1 import AppTest


def _worklist(app: AppTest) -> Any:
    return next(frame.value for frame in app.dataframe if {"why", "owed_cents"} <= set(frame.value))


def test_the_sample_clinic_is_told_who_owes_and_why(open_page: Callable[..., AppTest]) -> None:
    app = open_page(PAYMENTS.path, sample=True)
    assert not app.exception
    assert "denied" in app.title[0].value
    assert "This speaks for 100% of your insured charges." in [one.value.replace("\\", "") for one in app.caption]
    assert [tab.label for tab in app.tabs] == [
        "What is owed",
        "Expected and paid",
        "Denials",
        "Days to payment, open lines",
        "Key figures",
    ]
    assert [metric.label for metric in app.metric][:4] == ["Denied", "Short", "Allowed but not paid", "Not answered"]
    [sums] = [frame.value for frame in app.dataframe if "sum_expected_cents" in frame.value]
    parts = [f"sum_{name}_cents" for name in ("received", "denied", "short", "unpaid", "open")]
    assert (sums[parts].sum(axis=1) - sums["sum_expected_cents"]).abs().max() < 0.005
    sentence = next(text for text in _said(app).split("Expected is")[:1] if "Expected $" in text)
    dollars = [float(text.replace(",", "")) for text in re.findall(r"\$([\d,]+\.\d\d)", sentence)]
    assert dollars[0] == pytest.approx(sum(dollars[1:]))
    worklist = _worklist(app)
    assert worklist["owed_cents"].is_monotonic_decreasing


@pytest.mark.parametrize("kind", ["short", "unpaid", "open"])
def test_each_sum_has_its_list(open_page: Callable[..., AppTest], kind: str) -> None:
    app = open_page(PAYMENTS.path, sample=True)
    app.segmented_control(key="payments_kind").set_value(kind).run()
    assert not app.exception
    [sums] = [frame.value for frame in app.dataframe if "sum_expected_cents" in frame.value]
    if kind == "short":  # nothing of the sample is short of the terms that its payments show
        assert sums["sum_short_cents"].sum() == 0
        return
    worklist = _worklist(app)
    assert worklist["owed_cents"].sum() == pytest.approx(sums[f"sum_{kind}_cents"].sum())
    assert {"payer", "age_days", "todo"} <= set(worklist)


def test_a_filing_limit_gives_deadlines(open_page: Callable[..., AppTest]) -> None:
    app = open_page(PAYMENTS.path, sample=True)
    app.session_state["filing_limits"] = (FilingLimit("Granite Mutual", file_days=180),)
    app.segmented_control(key="payments_kind").set_value("open").run()
    assert not app.exception
    worklist = _worklist(app)
    known = set(worklist[worklist["deadline"].notna()]["payer"])
    assert known == {"Granite Mutual", "Medicare Part B"}
    assert any("No deadline is shown for 6 payers" in caption.value for caption in app.caption)


def test_a_reason_narrows_the_worklist(open_page: Callable[..., AppTest]) -> None:
    app = open_page(PAYMENTS.path, sample=True)
    app.multiselect(key="payments_reasons").set_value(["bundled"]).run()
    assert not app.exception
    assert _worklist(app)["why"].str.contains("counts this service").all()


def test_amounts_can_be_seen_by_code_and_key_figures_by_payer(open_page: Callable[..., AppTest]) -> None:
    app = open_page(PAYMENTS.path, sample=True)
    app.segmented_control(key="payments_by").set_value("code").run()
    app.segmented_control(key="kpi_by").set_value("payer").run()
    assert not app.exception
    frames = [frame.value for frame in app.dataframe]
    assert any("97110 Therapeutic exercise" in set(frame.get("key", ())) for frame in frames)
    assert any("evaluations" in frame.columns and "Medicare Part B" in set(frame["key"]) for frame in frames)


def _said(app: AppTest) -> str:
    return " ".join(element.value.replace("\\", "") for element in app.markdown)


def test_what_changed_is_said_at_the_top_without_a_click(open_page: Callable[..., AppTest]) -> None:
    app = open_page(PAYMENTS.path, sample=True)
    said = _said(app)
    assert "Summit Health PPO pays less for 97530 Therapeutic activities since Apr 1, 2026: $36.96 a unit" in said
    assert "Granite Mutual answers later for services since about Feb 1, 2026" in said
    assert "denies more" not in said
    assert {"Show 75 lines", "Show 407 lines"} <= {expander.label for expander in app.expander}


def test_a_filter_keeps_only_the_changes_of_its_lines(open_page: Callable[..., AppTest]) -> None:
    app = open_page(PAYMENTS.path, sample=True)
    app.multiselect(key="filter_payers").set_value(["Granite Mutual"]).run()
    assert not app.exception
    assert "Granite Mutual answers later" in _said(app)
    assert "Summit Health PPO pays less" not in _said(app)


@pytest.mark.parametrize("by", ["reason", "payer", "code", "provider", "month"])
def test_denials_of_all_payers_can_be_seen_by_anything(open_page: Callable[..., AppTest], by: str) -> None:
    app = open_page(PAYMENTS.path, sample=True)
    app.segmented_control(key="denials_by").set_value(by).run()
    assert not app.exception
    table = next(frame.value for frame in app.dataframe if {"denial_rate", "due_cents"} <= set(frame.value))
    listed = next(frame.value for frame in app.dataframe if {"why_denied", "todo"} <= set(frame.value))
    assert len(listed) == table["lines" if by == "reason" else "denied_lines"].sum()
    assert listed["payer"].nunique() > 5


def test_open_lines_are_told_by_payer_and_one_by_one(open_page: Callable[..., AppTest]) -> None:
    app = open_page(PAYMENTS.path, sample=True)
    by_payer = next(frame.value for frame in app.dataframe if "days_in_ar" in frame.value)
    listed = next(
        frame.value
        for frame in app.dataframe
        if {"age_days", "todo"} <= set(frame.value) and not {"why_denied", "owed_cents"} & set(frame.value)
    )
    assert len(listed) == by_payer["lines"].sum()
    assert next(metric for metric in app.metric if metric.label == "Days in A/R").value == "16"


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
