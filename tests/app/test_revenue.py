"""The Revenue page: payments first where an export has them, and what each payer pays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from pages._ui.kit.screens import DATA, REVENUE
from tests.app.page import GOOD, answers, drop, press, said

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from streamlit.testing.v1 import AppTest

HEADINGS = "Patient ID,DOS,CPT,Units,Charge,Allowed,Insurance Paid,Payer,Clinic ZIP\n"


def _rows(day: str, paid: str, number: int = 20, allowed: str = "") -> str:
    return "".join(f"P{row},{day},97110,1,60.00,{allowed},{paid},Acme PPO,45202\n" for row in range(number))


def _revenue(open_page: Callable[..., AppTest], content: str) -> AppTest:
    app = press(drop(open_page(DATA.path), ("visits.csv", content.encode())), "Use these lines")
    return app.switch_page(REVENUE.path).run()


def test_the_headline_and_tiles_speak_of_payments_first(open_page: Callable[..., AppTest]) -> None:
    app = open_page(REVENUE.path, sample=True)
    assert "paid" in answers(app)
    assert "at Medicare rates" in answers(app)
    assert [metric.label for metric in app.metric][:3] == [
        "Paid",
        "Paid per answered visit",
        "Expected at Medicare rates",
    ]
    text = said(app).replace("\\", "")
    assert "Oct 2026: 258 of 703 insured lines not answered yet" in text
    assert "Jan to Sep 2026 against Jan to Sep 2025" in text


def test_an_unripe_month_is_told_and_in_no_average(open_page: Callable[..., AppTest]) -> None:
    content = (
        HEADINGS + _rows("3/2/2026", "30.00", allowed="30.00") + _rows("4/2/2026", "10.00", 3) + _rows("4/3/2026", "")
    )
    app = _revenue(open_page, content)
    assert answers(app).replace("\\", "").startswith("97110 Therapeutic exercise earns the most: $600 paid ($")
    tiles = {metric.label: metric.value for metric in app.metric}
    assert tiles["Paid"] == "$630"
    assert tiles["Paid per answered visit"] == "$30.00"
    assert "Apr 2026: 20 of 23 insured lines not answered yet" in said(app).replace("\\", "")


def test_the_table_of_payers_marks_few_units(open_page: Callable[..., AppTest]) -> None:
    content = HEADINGS + _rows("3/2/2026", "30.00") + "P99,3/2/2026,97110,1,60.00,,45.00,Beta Health,45202\n"
    app = _revenue(open_page, content)
    [table] = [frame for frame in app.dataframe if "payer_0_cents" in frame.value]
    assert table.value[["code", "payer_0_cents", "payer_1_cents"]].to_numpy().tolist() == [["97110", 30.0, 45.0]]
    seen = pl.read_ipc_stream(table.proto.arrow_data.styler.display_values)
    assert seen.select("payer_0_cents", "payer_1_cents").rows() == [("$30.00", "few")]
    assert "Few: under 20 units" in said(app).replace("\\", "")
    app.segmented_control("paid_per").set_value("visit").run()
    [per_visit] = [frame.value for frame in app.dataframe if "payer_0_cents" in frame.value]
    assert list(per_visit["code"]) == ["All codes", "97110"]
    assert not app.exception


def test_without_payments_the_page_is_medicares_and_says_what_is_missing(open_page: Callable[..., AppTest]) -> None:
    app = _revenue(open_page, GOOD)
    assert "no code has 20 units, the least to be named" in answers(app)
    app = _revenue(open_page, HEADINGS.replace("Allowed,Insurance Paid,", "") + "".join(
        f"P{row},3/2/2026,97110,1,60.00,Acme PPO,45202\n" for row in range(20)
    ))  # fmt: skip
    assert "of revenue at Medicare rates" in answers(app)
    assert "This export has no payments" in said(app).replace("\\", "")
    assert "What each payer pays" not in said(app)
    assert app.metric[0].label == "Expected at Medicare rates"


def test_mppr_is_told_of_the_payers_that_apply_it_and_looked_up_on_demand_in_a_large_file(
    open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = said(open_page(REVENUE.path, sample=True)).replace("\\", "")
    assert re.search(
        r"MPPR cuts \$[\d,]+ of \$[\d,]+ at list price for Medicare and Evergreen Medicare Advantage;", text
    )
    assert re.search(r"At Medicare rates, all payers: MPPR would cut \$[\d,]+ of \$[\d,]+\.", text)
    monkeypatch.setattr("pages._ui.revenue.mppr.AT_ONCE", 100)
    app = open_page(REVENUE.path, sample=True)
    assert "at list price for Medicare;" in said(app)
    press(app, "Look up which payers apply MPPR")
    assert "at list price for Medicare and Evergreen Medicare Advantage;" in said(app)
