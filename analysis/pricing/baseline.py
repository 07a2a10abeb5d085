"""What an answer starts from: the visits of the last twelve full months, at the rates of one day.

Every page and command that says what a change brings in a year asks `current` for its baseline, so that one question
has one answer. The visits stay on their own days: each day is priced by the period of `Baseline.periods` that has the
same day of the schedule's year. No line is moved, so no two visits become one and 29 February is a day like any other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from analysis.medicare.fees import load_book
from analysis.pricing.periods import same_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import polars as pl

    from analysis.lines.filters import Filters
    from analysis.pricing.periods import Period

MONTHS = 12
"""A year: what fewer months are scaled up to."""
MOST_MISSING = 2
"""Weekdays that a full month may lack at its start or end: holidays, and a Friday that a clinic is closed."""
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Baseline:
    """The visits an answer rests on, what prices them, and what makes a year of them.

    Attributes
    ----------
    start, end:
        First and last date of service, both included.
    months:
        How many full months they are, of which the answer is scaled to a year; 0: they are not scaled.
    span:
        Their dates in words: ``Nov 2025–Oct 2026``.
    year:
        The year whose schedule prices them.
    on:
        The day whose conversion factor and payment rules price them all; None: each visit has those of its own day in
        `year`.
    """

    start: date
    end: date
    months: int
    span: str
    year: int
    on: date | None

    @property
    def scale(self) -> Fraction:
        """What sums over the visits are multiplied by to be a year's."""
        return Fraction(MONTHS, self.months) if self.months else Fraction(1)

    @property
    def per_year(self) -> str:
        """What follows an amount: `` a year``, or nothing if it is not a year's."""
        return " a year" if self.months else ""

    @property
    def rates(self) -> str:
        """The rates it starts from: ``2026 rates``."""
        return f"{load_book().schedule(self.year).label} rates"

    @property
    def rests_on(self) -> str:
        """The visits it rests on, to go with an amount: ``on the visits of Nov 2025–Oct 2026``."""
        if not 0 < self.months < MONTHS:
            return f"on the visits of {self.span}"
        return f"scaled up from the visits of {self.months} month{'s' * (self.months > 1)} ({self.span})"

    @property
    def basis(self) -> str:
        """The visits and the rates, to go with an amount: ``on the visits of Nov 2025–Oct 2026 at 2026 rates``."""
        caution = "; other months may differ" if 0 < self.months < MONTHS else ""
        return f"{self.rests_on} at {self.rates}{caution}"

    def counted(self, filters: Filters) -> Filters:
        """Narrow filters to the dates of the baseline."""
        start, end = max(self.start, filters.start or self.start), min(self.end, filters.end or self.end)
        return replace(filters, start=start, end=end)

    def periods(self, every: Sequence[Period]) -> tuple[Period, ...]:
        """Return the periods that price the visits, in order of their days in `year`; new ones continue the numbers.

        With `on` they all have its factor and rules, but stay apart where `every` is cut: a scenario that prices day
        for day by a year with two factors needs to know each visit's day.
        """
        of_year = [period for period in every if period.schedule.year == self.year]
        if self.on is None:
            return tuple(of_year)
        now = next(period for period in of_year if period.start <= self.on <= period.end)
        as_of_now = [replace(period, factor_e4=now.factor_e4, rules=now.rules, priced_on=self.on) for period in of_year]
        return tuple(replace(period, period_id=number) for number, period in enumerate(as_of_now, start=len(every)))

    def ranges(self, periods: Sequence[Period], offsets: Mapping[int, int]) -> tuple[tuple[date, date, int], ...]:
        """Return the dates of service that each of the `periods` prices, with its offset: first, last, offset."""
        ranges = []
        for year in range(self.start.year, self.end.year + 1):
            starts = [same_day(period.start, year) for period in periods]
            ends = [start - timedelta(days=1) for start in starts[1:]] + [date(year, 12, 31)]
            numbers = (offsets[period.period_id] for period in periods)
            ranges += list(zip(starts, ends, numbers, strict=True))
        return tuple(ranges)


def current(lines: pl.DataFrame, filters: Filters, today: date) -> Baseline:
    """Return the baseline of today: the last twelve full months at the rates in force.

    A month is full if at most MOST_MISSING of its weekdays come before the first or after the last date of the lines,
    or of the filters' own dates. It counts only if `lines` has any in it: without one, a file is missing. The twelve
    end with the last full month; if one of them is not full, the others are scaled up. If no month is full, the visits
    there are count as they are.

    Parameters
    ----------
    lines:
        All priced lines (at least one), so that the months do not depend on who is looked at.
    filters:
        What the user looks at; only their dates matter here.
    today:
        The day whose schedule prices the visits; before the first and after the last final schedule the nearest day
        that has one.
    """
    book = load_book()
    on = min(max(today, book.first_day), book.last_day)
    first, last = filters.span(lines)
    months = _full_months(lines, first, last)
    if not months:
        return Baseline(first, last, 0, f"{_day_span(first, last)} (no full month)", on.year, on)
    start, end = months[0], _end(months[-1])
    return Baseline(start, end, len(months), _month_span(months), on.year, on)


def of_year(lines: pl.DataFrame, filters: Filters, volume_year: int, schedule_year: int) -> Baseline:
    """Return one calendar year's visits, not scaled, at another year's schedule day for day."""
    start, end = date(volume_year, 1, 1), date(volume_year, 12, 31)
    first, last = filters.span(lines)
    shown = max(start, first), min(end, last)
    span = f"{volume_year}" if (shown[0].month, shown[1].month) == (1, MONTHS) else _month_span(_months(*shown))
    return Baseline(*shown, 0, span, schedule_year, None)


def _full_months(lines: pl.DataFrame, first: date, last: date) -> list[date]:
    """Return the full months of the twelve that end with the last full one, by their first days."""
    used = set(lines["date_of_service"].dt.truncate("1mo").unique().to_list())
    full = [
        month
        for month in _months(first, last)
        if month in used
        and _weekdays(month, first - timedelta(days=1)) <= MOST_MISSING
        and _weekdays(last + timedelta(days=1), _end(month)) <= MOST_MISSING
    ]
    return [month for month in full if _number(month) > _number(full[-1]) - MONTHS]


def _months(first: date, last: date) -> list[date]:
    """Return the first day of every month between two days."""
    numbers = range(_number(first), _number(last) + 1)
    return [date(number // MONTHS, number % MONTHS + 1, 1) for number in numbers]


def _number(day: date) -> int:
    return day.year * MONTHS + day.month - 1


def _end(month: date) -> date:
    """Return the last day of a month."""
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _weekdays(first: date, last: date) -> int:
    """Count the weekdays between two days, both included."""
    if last < first:
        return 0
    weeks, rest = divmod((last - first).days + 1, 7)
    return weeks * _SATURDAY + sum((first.weekday() + extra) % 7 < _SATURDAY for extra in range(rest))


def _month_span(months: Iterable[date]) -> str:
    """Name months: ``Nov 2025–Oct 2026``, ``Jan–Jul 2026 without Mar 2026``."""
    listed = list(months)
    first, last = listed[0], listed[-1]
    missing = [f"{month:%b %Y}" for month in _months(first, last) if month not in listed]
    start = f"{first:%b}" if first.year == last.year else f"{first:%b %Y}"
    span = f"{last:%b %Y}" if first == last else f"{start}–{last:%b %Y}"
    return f"{span} without {', '.join(missing)}" if missing else span


def _day_span(first: date, last: date) -> str:
    """Name two days: ``Nov 3–Nov 17, 2026``."""
    end = f"{last:%b} {last.day}, {last.year}"
    if first == last:
        return end
    return f"{first:%b} {first.day}{'' if first.year == last.year else f', {first.year}'}–{end}"
