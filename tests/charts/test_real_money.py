"""Charts of payments: both bars say what they are, unripe months are pale and in no title, few units are not drawn."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from analysis import charts, metrics
from analysis.charts import colors
from analysis.metrics import Missing
from tests.metrics.builders import ALL_FIELDS, THREE_VISITS, amounts, priced

SPAN = (date(2026, 1, 1), date(2026, 3, 31))


def _month(month: int, visits: int, **more: Any) -> list[dict[str, Any]]:
    return [
        {"visit_key": month * 100 + visit, "date_of_service": date(2026, month, 28), "payer": "Acme", **more}
        for visit in range(visits)
    ]


LINES = priced(
    *_month(1, 20, insurance_paid_cents=2000, **amounts(3000, 3000, 2500)),
    *_month(2, 30, insurance_paid_cents=2200, **amounts(3000, 3000, 2500)),
    *_month(3, 5, insurance_paid_cents=1000, allowed_cents=2000, **amounts(3000, 3000, 2500)),
    *_month(3, 25, code="97530", **amounts(3000, 3000, 2500)),
)
"""Of March 25 of 30 lines are open."""
RIPE = metrics.ripeness(LINES, ALL_FIELDS)
PALE = "Mar 2026: 25 of 30 insured lines not answered yet. Pale bars; titles and averages leave them out."


def test_payments_what_was_allowed_so_far_and_medicares_rates_are_three_named_bars() -> None:
    chart = charts.earned_bars(metrics.earned(LINES, ALL_FIELDS, RIPE, "code"), RIPE, "code")
    assert chart.figure is not None
    paid, so_far, medicare = chart.figure.data
    assert [bar.name for bar in chart.figure.data] == [
        "paid",
        "allowed so far (months not answered yet)",
        "the same lines at Medicare rates",
    ]
    assert list(paid.x) == [1060.0]  # 20 x 20.00 + 30 x 22.00
    assert (list(so_far.base), list(so_far.x)) == ([1060.0], [100.0])  # 5 x 20.00 allowed
    assert so_far.marker.color == colors.pale(colors.ACCENT)
    assert list(medicare.x) == [1375.0]  # 55 x 25.00: the open lines are on neither side
    assert list(so_far.text) == ["$1,160 paid or allowed"]
    assert list(medicare.text) == ["$1,375 at Medicare rates"]
    assert paid.offset + paid.width <= medicare.offset, "side by side"
    assert chart.title == (
        "97110 Therapeutic exercise earns the most: $1,060 paid ($1,250 at Medicare rates), 100% of payments "
        "and 100% of units."
    )
    assert chart.notes[1] == PALE


def test_without_an_unripe_month_the_payment_is_named_on_its_own_bar() -> None:
    lines = priced(*_month(1, 20, insurance_paid_cents=2000))
    ripe = metrics.ripeness(lines, ALL_FIELDS)
    chart = charts.earned_bars(metrics.earned(lines, ALL_FIELDS, ripe, "payer"), ripe, "payer")
    assert chart.figure is not None
    [paid] = chart.figure.data
    assert list(paid.text) == ["$400 paid"]
    assert chart.title == "Acme earns the most: $400 paid, 100% of payments and 100% of units."


def test_many_codes_say_how_far_payments_rest_on_three() -> None:
    lines = priced(
        *_month(1, 20, insurance_paid_cents=6000),
        *_month(1, 20, code="97112", insurance_paid_cents=2000),
        *_month(1, 20, code="97140", insurance_paid_cents=1000),
        *_month(1, 20, code="97116", insurance_paid_cents=1000),
    )
    ripe = metrics.ripeness(lines, ALL_FIELDS)
    chart = charts.earned_bars(metrics.earned(lines, ALL_FIELDS, ripe, "code"), ripe, "code")
    assert chart.title == "Of 4 codes that were paid, 97110, 97112 and 97116 bring 90% of payments."


def test_an_export_without_payments_says_so() -> None:
    frame = metrics.earned(THREE_VISITS, {"charge_cents"}, RIPE, "code")
    assert isinstance(frame, Missing)
    chart = charts.earned_bars(frame, RIPE, "code")
    assert chart.figure is None
    assert "no payments" in chart.title


def test_months_of_payments_leave_the_unripe_one_out_of_the_title_and_draw_it_pale() -> None:
    trend = metrics.monthly(LINES, ALL_FIELDS, SPAN, "paid", ripe=RIPE)
    chart = charts.monthly(trend, "paid", ripe=RIPE)
    assert chart.title == "Paid: $660 in Feb 2026, $400 in Jan 2026; the monthly average is $530."
    assert PALE in chart.notes
    assert chart.figure is not None
    [bar] = [bar for bar in chart.figure.data if bar.name == "97110"]
    assert list(bar.marker.color) == [*[colors.of_code("97110")] * 2, colors.pale(colors.of_code("97110"))]
    billed = metrics.monthly(LINES, ALL_FIELDS, SPAN, "expected", ripe=RIPE)
    assert not isinstance(billed, Missing)
    assert not billed["unripe"].any(), "what is expected needs no answer"


@pytest.mark.parametrize(
    ("measure", "title", "pale"),
    [
        (
            "settled_per_visit",
            "$22.00 paid per visit in Feb 2026, the last full and answered month; $20.00 to $22.00 in all.",
            [False, False, True],
        ),
        (
            "units_per_visit",
            "1.20 units per visit in Mar 2026, the last full month; 1.00 to 1.20 in all.",
            [False, False, False],
        ),
    ],
)
def test_a_visit_by_month_is_titled_by_the_last_month_that_counts(measure: str, title: str, pale: list[bool]) -> None:
    chart = charts.per_visit(metrics.per_visit(LINES, ALL_FIELDS, SPAN, RIPE), RIPE, measure)
    assert chart.title == title
    assert chart.figure is not None
    [bar] = chart.figure.data
    drawn = bar.marker.color if any(pale) else [bar.marker.color] * 3
    assert [color.startswith("rgba") for color in drawn] == pale


def test_a_month_of_few_units_is_not_drawn() -> None:
    lines = priced(*_month(1, 20, insurance_paid_cents=2000), *_month(2, 19, insurance_paid_cents=9000))
    ripe = metrics.ripeness(lines, ALL_FIELDS)
    span = (SPAN[0], date(2026, 2, 28))
    chart = charts.per_visit(metrics.per_visit(lines, ALL_FIELDS, span, ripe), ripe, "settled_per_visit")
    assert chart.figure is not None
    assert list(chart.figure.data[0].y) == [20.0, None]
    assert chart.notes == ("Not drawn (fewer than 20 units or 10 visits, or nothing paid): Feb 2026.",)
