"""Shares of units within a set of codes."""

from __future__ import annotations

from datetime import date

import pytest

from analysis import mix
from analysis.lines.filters import days
from analysis.metrics import Missing
from tests.metrics.builders import ALL_FIELDS, priced

PAIR = ("97110", "97112")
LINES = priced(
    {"date_of_service": date(2026, 1, 5), "code": "97110", "units": 3, "provider": "Ada", "visit_key": 1},
    {"date_of_service": date(2026, 1, 5), "code": "97112", "units": 1, "provider": "Ada", "visit_key": 1},
    {"date_of_service": date(2026, 2, 5), "code": "97140", "units": 9, "provider": "Ben", "visit_key": 2},
    {"date_of_service": date(2026, 3, 5), "code": "97112", "units": 2, "provider": "Ben", "visit_key": 3},
    {"date_of_service": date(2026, 3, 6), "code": "97112", "units": 2, "provider": None, "visit_key": 4},
)
SPAN = days(LINES)


def test_totals_in_the_order_asked_for() -> None:
    assert mix.totals(LINES, ("97112", "97110", "97530")).rows() == [
        ("97112", 5, 8, 5 / 8),
        ("97110", 3, 8, 3 / 8),
        ("97530", 0, 8, 0.0),
    ]
    assert mix.totals(LINES, ("97530",))["share"].to_list() == [None]


def test_over_time_without_gaps_and_without_shares_of_nothing() -> None:
    assert mix.over_time(LINES, PAIR, SPAN).rows() == [
        (date(2026, 1, 1), False, "97110", 3, 4, 0.75),  # the lines begin on 5 January
        (date(2026, 1, 1), False, "97112", 1, 4, 0.25),
        (date(2026, 2, 1), True, "97110", 0, 0, None),  # that month has only 97140
        (date(2026, 2, 1), True, "97112", 0, 0, None),
        (date(2026, 3, 1), False, "97110", 0, 4, 0.0),  # and end on 6 March
        (date(2026, 3, 1), False, "97112", 4, 4, 1.0),
    ]


def test_quarters() -> None:
    assert mix.over_time(LINES, PAIR, SPAN, "quarter").rows() == [
        (date(2026, 1, 1), False, "97110", 3, 8, 3 / 8),
        (date(2026, 1, 1), False, "97112", 5, 8, 5 / 8),
    ]
    whole = mix.over_time(LINES, PAIR, (date(2026, 1, 4), date(2026, 3, 28)), "quarter")
    assert whole["whole_period"].all(), "closed on New Year's Day and on the last weekend"


def test_periods_are_those_of_the_days_looked_at_and_not_of_the_lines_that_pass() -> None:
    ada, four_months = LINES.filter(provider="Ada"), (date(2026, 1, 5), date(2026, 4, 2))
    shares = mix.over_time(ada, PAIR, four_months).filter(code="97112")
    assert shares.select("period", "share").rows() == [
        (date(2026, 1, 1), 0.25),
        (date(2026, 2, 1), None),
        (date(2026, 3, 1), None),
        (date(2026, 4, 1), None),
    ]
    panels = mix.multiples(ada, ALL_FIELDS, PAIR, "97112", four_months, every="quarter")
    assert not isinstance(panels, Missing)
    assert panels["period"].to_list() == [date(2026, 1, 1), date(2026, 4, 1)]


def test_over_time_of_no_lines_has_periods_and_no_shares() -> None:
    assert mix.over_time(LINES.clear(), PAIR, SPAN)["share"].to_list() == [None] * 6


def test_by_therapist_highest_share_first() -> None:
    frame = mix.by(LINES, ALL_FIELDS, PAIR, "97112")
    assert not isinstance(frame, Missing)
    assert frame.select("key", "focus_units", "set_units", "share").rows() == [
        ("Ben", 2, 2, 1.0),
        ("not stated", 2, 2, 1.0),
        ("Ada", 1, 4, 0.25),
    ]
    assert frame["few"].all(), "nothing is drawn or said of two units"
    assert frame.select("low", "high", "differs", "changed_since").null_count().row(0) == (3, 3, 3, 3)


def test_by_a_column_the_export_lacks() -> None:
    gone = mix.by(LINES, ALL_FIELDS - {"provider"}, PAIR, "97112")
    assert isinstance(gone, Missing)
    assert "therapist" in gone.sentence
    assert isinstance(mix.multiples(LINES, set(), PAIR, "97112", SPAN), Missing)


def test_small_multiples_keep_to_the_largest_and_have_no_gaps() -> None:
    frame = mix.multiples(LINES, ALL_FIELDS, PAIR, "97112", SPAN, every="month", top=1)
    assert not isinstance(frame, Missing)
    assert not frame["whole_period"].to_list()[0]
    assert frame.select("key", "period", "focus_units", "set_units", "share").rows() == [
        ("Ada", date(2026, 1, 1), 1, 4, 0.25),
        ("Ada", date(2026, 2, 1), 0, 0, None),
        ("Ada", date(2026, 3, 1), 0, 0, None),
    ]


def test_units_per_visit() -> None:
    lines = priced(
        {"visit_key": 1, "units": 2, "full_units": 1, "expected_cents": 5127},
        {"visit_key": 1, "units": 1, "full_units": 0, "expected_cents": 2221},
        {"visit_key": 2, "units": 1},
    )
    exercise, other = mix.units_per_visit(lines, PAIR).iter_rows(named=True)
    assert (exercise["visits"], exercise["units"], exercise["units_per_visit"]) == (2, 4, 2.0)
    assert exercise["share_full"] == pytest.approx(1 / 3)  # of the three priced units
    assert (other["units"], other["units_per_visit"], other["share_full"]) == (0, None, None)
