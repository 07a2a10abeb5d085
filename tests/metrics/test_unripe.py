"""Unripe months of payments: marked in tables and charts, and out of titles, averages and comparisons."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis import charts, metrics
from analysis.charts import colors
from analysis.payments import compare, denials_by
from tests.metrics.builders import ALL_FIELDS, amounts, priced

if TYPE_CHECKING:
    from collections.abc import Mapping

SPAN = (date(2026, 1, 2), date(2026, 3, 12))


def _month(month: int, count: int, **more: Any) -> list[Mapping[str, Any]]:
    return [
        {"visit_key": 100 * month + n, "date_of_service": date(2026, month, 10), "payer": "Acme", **more}
        for n in range(count)
    ]


PAID = {"allowed_cents": 2500, "insurance_paid_cents": 2000, **amounts(3000, 3000, 2500)}
LINES = priced(
    *_month(1, 10, **PAID),
    *_month(2, 10, **PAID),
    *_month(2, 2, **{**PAID, "insurance_paid_cents": None, "allowed_cents": None}, status="denied", charge_cents=9000),
    *_month(3, 4, **{**PAID, "insurance_paid_cents": 500}),
    *_month(3, 6, charge_cents=6000),
    *_month(3, 1, status="denied", charge_cents=90000, insurance_paid_cents=0),
)
RIPE = metrics.ripeness(LINES, ALL_FIELDS)
MARCH = "Mar 2026: 6 of 11 insured lines not answered yet"


def test_march_is_unripe() -> None:
    assert RIPE.missing == MARCH


def test_a_table_by_month_says_what_is_missing_of_which_month() -> None:
    table, _ = metrics.kpis(LINES, ALL_FIELDS, "month", SPAN, RIPE)
    assert table.columns[:2] == ["key", "remark"]
    assert table.select("key", "remark").rows() == [
        ("2026-01", None),
        ("2026-02", None),
        ("2026-03", "6 of 11 lines not answered yet; not a full month"),
    ]
    assert table["paid_per_visit_cents"].to_list() == [2000, 2000, 500], "the month itself shows what there is"
    without_answers = metrics.ripeness(LINES, {"payer"})
    assert metrics.month_remarks(SPAN, without_answers)["remark"].to_list() == [None, None, "not a full month"]
    assert metrics.definition("remark").text


def test_averages_of_payments_by_payer_leave_the_unripe_month_out_and_counts_do_not() -> None:
    table, _ = metrics.kpis(LINES, ALL_FIELDS, "payer", SPAN, RIPE)
    row = table.row(0, named=True)
    assert "remark" not in table.columns
    assert (row["visits"], row["paid_cents"]) == (26, 42_000), "visits and sums are of all lines"
    assert row["paid_per_visit_cents"] == 2000
    assert row["net_collection"] == 0.8


def _compared(by: str) -> pl.DataFrame:
    return compare(LINES, LINES.select("line_id", due_cents="expected_cents"), by)


def test_expected_and_allowed_by_month_leave_the_unripe_month_out_of_the_title_and_gray_it() -> None:
    chart = charts.expected_and_allowed(_compared("month"), "month", RIPE)
    assert chart.title == "Payers allowed $500; we expected $500."
    assert chart.notes[0] == f"{MARCH}. Gray; the title leaves them out."
    assert chart.figure is not None
    assert list(chart.figure.data[1].marker.color) == [colors.ACCENT, colors.ACCENT, colors.CONTEXT]
    by_payer = charts.expected_and_allowed(_compared("payer"), "payer", RIPE)
    assert not by_payer.notes
    only_march = charts.expected_and_allowed(_compared("month").tail(1), "month", RIPE)
    assert only_march.title == "No month is answered far enough to compare; 4 lines were so far."


def test_denials_by_month_leave_the_unripe_month_out_of_the_title_and_gray_it() -> None:
    frame = denials_by(LINES, LINES.select("line_id", due_cents="expected_cents"), "month")
    chart = charts.denials_by(frame, "month", RIPE)
    assert chart.title.startswith("2026-02: $180 of the $180 billed that payers denied")
    assert chart.notes == (f"{MARCH}. Gray; the title leaves them out.",)
    assert chart.figure is not None
    assert list(chart.figure.data[0].marker.color) == [colors.WARNING, colors.CONTEXT]
    assert charts.denials_by(frame.tail(1), "month", RIPE).title.startswith("No month is answered far enough")
    assert "$900" in charts.denials_by(frame, "month").title
