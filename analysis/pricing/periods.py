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
    """Dates of service, both ends included, priced by one schedule, conversion factor and set of rules."""

    period_id: int
    start: date
    end: date
    schedule: Schedule
    factor_e4: int
    rules: Rules


def periods_of(
    book: FeeBook,
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
        (schedule, stretch)
        for _, schedule in sorted(book.schedules.items())
        if proposed or not schedule.proposed
        for stretch in schedule.periods
    ]
    changes = {*policy.change_dates(), *(stretch.start for _, stretch in spans)}
    every_year = {(day.month, day.day) for day in changes if day.year in aligned_with}
    found: list[Period] = []
    for schedule, stretch in spans:
        days = changes | {date(schedule.year, month, day) for month, day in every_year}
        cuts = sorted(day for day in days if stretch.start < day <= stretch.end)
        starts = [stretch.start, *cuts]
        ends = [day - timedelta(days=1) for day in cuts] + [stretch.end]
        found += [
            Period(len(found) + index, start, end, schedule, stretch.factor_e4(track), policy.on(start))
            for index, (start, end) in enumerate(zip(starts, ends, strict=True))
        ]
    return tuple(found)
