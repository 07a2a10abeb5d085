"""The stretches of time over which every number that prices a line stays the same.

A period ends where the conversion factor or any payment rule changes, so that one period id says all about a date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.fees.schedules import FeeBook, Schedule, Track
    from analysis.policy import Policy, Rules


@dataclass(frozen=True, slots=True)
class Period:
    """Dates of service, both ends included, that one schedule, conversion factor and set of rules prices."""

    period_id: int
    start: date
    end: date
    schedule: Schedule
    factor_e4: int
    rules: Rules


def periods_of(book: FeeBook, policy: Policy, track: Track = "non_qp", *, proposed: bool = False) -> tuple[Period, ...]:
    """Every period of the final schedules, and of the proposed ones where asked for, in order of date."""
    spans = [
        (schedule, stretch)
        for _, schedule in sorted(book.schedules.items())
        if proposed or not schedule.proposed
        for stretch in schedule.periods
    ]
    found: list[Period] = []
    for schedule, stretch in spans:
        cuts = [day for day in policy.change_dates() if stretch.start < day <= stretch.end]
        starts = [stretch.start, *cuts]
        ends = [day - timedelta(days=1) for day in cuts] + [stretch.end]
        found += [
            Period(len(found) + index, start, end, schedule, stretch.factor_e4(track), policy.on(start))
            for index, (start, end) in enumerate(zip(starts, ends, strict=True))
        ]
    return tuple(found)
