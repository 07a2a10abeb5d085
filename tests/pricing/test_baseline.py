"""The baseline of yearly answers: which months are full, what makes a year of them, in words."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl
import pytest

from analysis.lines.filters import Filters
from analysis.medicare.fees import load_book
from analysis.medicare.policy import load_policy
from analysis.pricing import periods_of
from analysis.pricing.baseline import Baseline, current, of_year
from tests.pricing.lines import frame

if TYPE_CHECKING:
    from analysis.pricing import Period

TODAY = date(2026, 11, 28)


def days(first: date, last: date, without: str = "") -> pl.DataFrame:
    """A line on every day of a span, but for those of one month."""
    every = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return frame({"date_of_service": day} for day in every if f"{day:%Y-%m}" != without)


@pytest.mark.parametrize(
    ("first", "last", "months", "span"),
    [
        (date(2024, 11, 1), date(2026, 10, 31), 12, "Nov 2025–Oct 2026"),
        # November has begun: October is over whatever its last line.
        (date(2024, 11, 1), date(2026, 11, 2), 12, "Nov 2025–Oct 2026"),
        # Oct 30 is a Friday and the last weekday; after the 28th two weekdays are missing, after the 27th three.
        (date(2024, 11, 1), date(2026, 10, 28), 12, "Nov 2025–Oct 2026"),
        (date(2024, 11, 1), date(2026, 10, 27), 12, "Oct 2025–Sep 2026"),
        # Jan 1, 2026 is a Thursday: Monday the 5th lacks two weekdays, the 6th three.
        (date(2026, 1, 5), date(2026, 7, 31), 7, "Jan–Jul 2026"),
        (date(2026, 1, 6), date(2026, 7, 31), 6, "Feb–Jul 2026"),
        (date(2026, 10, 1), date(2026, 10, 31), 1, "Oct 2026"),
        (date(2026, 11, 3), date(2026, 11, 17), 0, "Nov 3–Nov 17, 2026 (no full month)"),
        (date(2025, 12, 20), date(2026, 1, 9), 0, "Dec 20, 2025–Jan 9, 2026 (no full month)"),
        (date(2026, 11, 3), date(2026, 11, 3), 0, "Nov 3, 2026 (no full month)"),
    ],
)
def test_the_last_twelve_full_months(first: date, last: date, months: int, span: str) -> None:
    found = current(days(first, last), Filters(), TODAY)
    assert (found.months, found.span) == (months, span)
    assert found.scale == (Fraction(12, months) if months else 1)
    if not months:
        assert (found.start, found.end) == (first, last)


def test_a_month_without_a_line_is_a_missing_file_and_the_others_make_up_for_it() -> None:
    found = current(days(date(2025, 1, 1), date(2026, 10, 31), "2026-03"), Filters(), TODAY)
    assert (found.months, found.scale) == (11, Fraction(12, 11))
    assert (found.start, found.end) == (date(2025, 11, 1), date(2026, 10, 31))
    assert found.basis == (
        "scaled up from the visits of 11 months (Nov 2025–Oct 2026 without Mar 2026) at 2026 rates; "
        "other months may differ"
    )


def test_the_user_s_dates_narrow_it_but_other_filters_leave_the_months() -> None:
    lines = days(date(2024, 11, 1), date(2026, 10, 31))
    spring = current(lines, Filters(start=date(2026, 3, 1), end=date(2026, 5, 31)), TODAY)
    assert (spring.months, spring.span) == (3, "Mar–May 2026")
    assert spring.scale == Fraction(4)
    assert current(lines, Filters(payers=("Nobody",)), TODAY) == current(lines, Filters(), TODAY)
    narrowed = spring.counted(Filters(start=date(2026, 2, 20), payers=("Summit",)))
    assert narrowed == Filters(start=date(2026, 3, 1), end=date(2026, 5, 31), payers=("Summit",))


def test_what_it_rests_on_in_words() -> None:
    year = current(days(date(2025, 11, 1), date(2026, 10, 31)), Filters(), TODAY)
    assert (year.per_year, year.basis) == (" a year", "on the visits of Nov 2025–Oct 2026 at 2026 rates")
    seven = current(days(date(2026, 1, 2), date(2026, 7, 31)), Filters(), TODAY)
    assert seven.basis == "scaled up from the visits of 7 months (Jan–Jul 2026) at 2026 rates; other months may differ"
    one = current(days(date(2026, 10, 1), date(2026, 10, 31)), Filters(), TODAY)
    assert "1 month (Oct 2026)" in one.basis
    none = current(days(date(2026, 11, 3), date(2026, 11, 5)), Filters(), TODAY)
    assert (none.per_year, none.basis) == (
        "",
        "on the visits of Nov 3–Nov 5, 2026 (no full month) at 2026 rates",
    )


@pytest.mark.parametrize(
    ("today", "on"),
    [
        (TODAY, TODAY),
        (date(2025, 6, 1), date(2025, 6, 1)),
        # 2027 is only proposed, so January 2027 starts from 2026's schedule; before 2020 there is none.
        (date(2027, 1, 15), date(2026, 12, 31)),
        (date(2019, 5, 1), date(2020, 1, 1)),
    ],
)
def test_today_s_schedule_is_the_newest_final_one(today: date, on: date) -> None:
    found = current(days(date(2026, 1, 1), date(2026, 1, 31)), Filters(), today)
    assert (found.on, found.year) == (on, on.year)


def test_another_year_s_visits_are_priced_day_for_day_and_not_scaled() -> None:
    lines = days(date(2024, 11, 4), date(2026, 10, 31))
    found = of_year(lines, Filters(), 2024, 2023)
    assert (found.start, found.end, found.span) == (date(2024, 11, 4), date(2024, 12, 31), "Nov–Dec 2024")
    assert (found.months, found.per_year, found.year, found.on) == (0, "", 2023, None)
    assert of_year(lines, Filters(), 2025, 2026).span == "2025"


def _ranges(baseline: Baseline, every: tuple[Period, ...]) -> dict[date, Period]:
    """What prices each day of the baseline."""
    periods = baseline.periods(every)
    by_number = {period.period_id: period for period in periods}
    days: dict[date, Period] = {}
    for first, last, number in baseline.ranges(periods, {number: number for number in by_number}):
        for day in (first + timedelta(days=number) for number in range((last - first).days + 1)):
            assert day not in days, "a day has one price"
            days[day] = by_number[number]
    return days


def test_every_day_has_one_price_and_a_leap_day_is_none_of_its_neighbors() -> None:
    every = periods_of(load_book(), load_policy(), proposed=True, aligned_with={2024})
    two_years = Baseline(date(2024, 1, 1), date(2025, 12, 31), 12, "", 2026, TODAY)
    priced = _ranges(two_years, every)
    assert len(priced) == 366 + 365
    assert {(period.schedule.year, period.factor_e4) for period in priced.values()} == {(2026, 334009)}
    # The days stay apart where 2024's factor changes, and nowhere else: March 8 and 9.
    assert priced[date(2024, 2, 29)] == priced[date(2024, 2, 28)] == priced[date(2025, 3, 8)]
    assert priced[date(2024, 3, 9)] == priced[date(2025, 3, 9)] != priced[date(2024, 3, 8)]
    assert priced[date(2024, 3, 9)].start == date(2026, 3, 9)


def test_a_day_in_a_year_with_two_factors_prices_the_whole_year_by_its_own() -> None:
    every = periods_of(load_book(), load_policy(), proposed=True)
    now = Baseline(date(2023, 1, 1), date(2023, 12, 31), 12, "", 2024, date(2024, 6, 1))
    priced = _ranges(now, every)
    assert {period.factor_e4 for period in priced.values()} == {332875}
    assert {period.factor_on("non_qp") for period in priced.values()} == {332875}
    assert {period.period_id for period in priced.values()}.isdisjoint(period.period_id for period in every)
    day_for_day = Baseline(date(2023, 1, 1), date(2023, 12, 31), 0, "", 2024, None)
    priced = _ranges(day_for_day, every)
    assert priced[date(2023, 3, 8)].factor_e4 == 327442
    assert priced[date(2023, 3, 9)].factor_e4 == 332875
