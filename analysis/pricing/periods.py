"""Periods in which every number that prices a line stays the same.

A period ends when the conversion factor or any payment rule changes, so one period id describes a date completely.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from analysis.medicare.fees.schedules import FeeBook, Schedule, Track
    from analysis.medicare.policy import Policy, Rules


@dataclass(frozen=True, slots=True)
class Period:
    """Dates of service, both ends included, priced by one schedule, conversion factor and set of rules.

    `priced_on` is the day whose factor and rules they are, if it is another one (`pricing.baseline`).
    """

    period_id: int
    start: date
    end: date
    schedule: Schedule
    factor_e4: int
    rules: Rules
    priced_on: date | None = None

    def factor_on(self, track: Track) -> int:
        """Return the conversion factor of a track (times 10,000)."""
        return self.schedule.period_on(self.priced_on or self.start).factor_e4(track)


def same_day(day: date, year: int) -> date:
    """Return the same day of another year; 29 February becomes the 28th if there is none.

    >>> same_day(date(2024, 2, 29), 2026)
    datetime.date(2026, 2, 28)
    """
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def periods_of(
    fee_book: FeeBook,
    policy: Policy,
    track: Track = "non_qp",
    *,
    proposed: bool = False,
    aligned_with: Collection[int] = (),
) -> tuple[Period, ...]:
    """Return every period of the final schedules, and of the proposed ones if asked for, in order of date.

    Every year is also cut on the dates where the years of `aligned_with` are, so that each period lies within one of
    their periods: day-for-day comparisons need that.
    """
    spans = [
        (schedule, factor_period)
        for _, schedule in sorted(fee_book.schedules.items())
        if proposed or not schedule.proposed
        for factor_period in schedule.periods
    ]
    changes = {*policy.change_dates(), *(factor_period.start for _, factor_period in spans)}
    every_year = {(day.month, day.day) for day in changes if day.year in aligned_with}
    periods: list[Period] = []
    for schedule, factor_period in spans:
        days = changes | {date(schedule.year, month, day) for month, day in every_year}
        cuts = sorted(day for day in days if factor_period.start < day <= factor_period.end)
        starts = [factor_period.start, *cuts]
        ends = [day - timedelta(days=1) for day in cuts] + [factor_period.end]
        periods += [
            Period(len(periods) + index, start, end, schedule, factor_period.factor_e4(track), policy.on(start))
            for index, (start, end) in enumerate(zip(starts, ends, strict=True))
        ]
    return tuple(periods)
