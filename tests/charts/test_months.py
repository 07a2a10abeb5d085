"""The monthly chart: what is whole, what is known, and over how many lines."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from analysis import charts, metrics
from analysis.charts import colors
from analysis.lines.filters import days
from tests.metrics.builders import ALL_FIELDS, THREE_VISITS, priced

if TYPE_CHECKING:
    import polars as pl

    from analysis.charts import Chart
    from analysis.lines.filters import Span

QUARTER = (date(2026, 1, 1), date(2026, 3, 31))


def _chart(lines: pl.DataFrame, span: Span, measure: str = "expected", *, share: bool = False) -> Chart:
    return charts.monthly(metrics.monthly(lines, ALL_FIELDS, span, measure), measure, share=share)


def test_months_add_up_and_a_part_month_is_pale() -> None:
    chart = _chart(THREE_VISITS, days(THREE_VISITS))
    assert chart.figure is not None
    assert sum(amount or 0 for bar in chart.figure.data for amount in bar.y) == pytest.approx(102.15)
    for bar in chart.figure.data:  # 5 January to 10 February
        assert set(bar.marker.color) == {colors.pale(bar.marker.line.color[0])}
    assert chart.notes[1:] == (
        "Jan 2026 is not a full month, so its bars are pale.",
        "Feb 2026 is not a full month, so its bars are pale.",
    )
    shares = _chart(THREE_VISITS, days(THREE_VISITS), share=True)
    assert shares.figure is not None
    assert sum(bar.y[0] or 0 for bar in shares.figure.data) == pytest.approx(1)


def test_the_title_compares_the_last_two_whole_months_and_averages_whole_ones() -> None:
    lines = priced(
        *(
            {"date_of_service": date(2026, month, 2), "expected_cents": cents}
            for month, cents in ((1, 10_000), (2, 20_000), (3, 5_000))
        )
    )
    chart = _chart(lines, (date(2026, 1, 1), date(2026, 3, 10)))
    assert chart.title == (
        "Expected at Medicare rates: $200 in Feb 2026, $100 in Jan 2026; the monthly average is $150."
    )


def test_a_month_of_the_days_looked_at_is_whole_whatever_passes_the_filter() -> None:
    chart = _chart(priced({"date_of_service": date(2026, 2, 10), "expected_cents": 9_000}), QUARTER)
    assert not chart.notes
    assert chart.title == "Expected at Medicare rates: $0 in Mar 2026, $90 in Feb 2026; the monthly average is $30."


def test_a_month_without_any_amount_is_said_to_be_unknown_and_is_not_averaged() -> None:
    lines = priced(
        {"date_of_service": date(2026, 1, 2), "insurance_paid_cents": 10_000},
        {"date_of_service": date(2026, 2, 2)},
        {"date_of_service": date(2026, 3, 2), "insurance_paid_cents": 30_000},
    )
    chart = _chart(lines, QUARTER, "paid")
    assert chart.title == "Paid: $300 in Mar 2026, $100 in Jan 2026; the monthly average is $200."
    assert chart.notes == (
        "Over 2 of 3 lines; the others have no payment.",
        "Unknown because no line shows a payment: Feb 2026.",
    )
    assert chart.figure is not None
    assert list(chart.figure.data[0].y) == [100, None, 300]
    assert "unknown" in chart.figure.data[0].customdata[1]
    assert chart.table["paid_cents"].to_list() == [10_000, None, 30_000]


def test_no_amount_in_any_month_is_said_without_dollars() -> None:
    chart = _chart(priced({}), QUARTER, "paid")
    assert chart.title == "0 of 1 lines show a payment."
