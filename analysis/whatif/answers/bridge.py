"""From one year's revenue to the next on a clinic's actual visits: volume, mix, prices, payment rules."""

from __future__ import annotations

from calendar import month_name
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from analysis.errors import BadInput
from analysis.lines.filters import Filters, days
from analysis.money import dollars
from analysis.pricing.periods import same_day
from analysis.whatif.answers.compare import COLUMN, rounded
from analysis.whatif.scenarios import BASELINE, RulesChange, Scenario, ScheduleChange
from analysis.whatif.visits import build, total

if TYPE_CHECKING:
    from datetime import date

    from analysis.medicare.fees.schedules import Track
    from analysis.pricing import Priced
    from analysis.whatif.answers.difference import MedicareMeasure
    from analysis.whatif.visits import Cube, Outcome


@dataclass(frozen=True, slots=True)
class Bridge:
    """The same dates of two years, all lines at Medicare rates.

    Attributes
    ----------
    year_a, year_b:
        The first and the second year.
    first, last:
        First and last date of `year_b` in view; they are compared with the same dates of `year_a`.
    visits_a, visits_b:
        Visits with a priced line.
    start_cents, volume_cents, mix_cents, price_cents, rules_cents, end_cents:
        Revenue of `year_a`; what more visits bring at its revenue per visit; what other codes and units per visit bring
        at its prices; the other fee schedule; other payment rules; revenue of `year_b`. They add up.
    left_out:
        Codes of `year_b` that are not in `year_a`'s schedule; all their revenue counts as mix.
    measure:
        Allowed amounts, or expected payments (`receipts`).
    """

    year_a: int
    year_b: int
    first: date
    last: date
    visits_a: int
    visits_b: int
    start_cents: int
    volume_cents: int
    mix_cents: int
    price_cents: int
    rules_cents: int
    end_cents: int
    left_out: tuple[str, ...]
    measure: MedicareMeasure

    @property
    def span(self) -> str:
        """The dates compared, as ``January 1 to October 31``."""
        return f"{month_name[self.first.month]} {self.first.day} to {month_name[self.last.month]} {self.last.day}"

    @property
    def sentence(self) -> str:
        """What changed revenue most; both sides where a part is larger than the whole change."""
        change = self.end_cents - self.start_cents
        if not change:
            return f"{self.span}: the same in {self.year_b} as in {self.year_a}{self._cancelled}"
        return (
            f"{self.span}: {dollars(abs(change), places=0)} {'more' if change > 0 else 'less'} in {self.year_b} than "
            f"in {self.year_a}; {self._largest(change)}"
        )

    @property
    def _parts(self) -> list[tuple[str, int]]:
        """The parts that are not zero, the largest first."""
        parts = {
            "volume": self.volume_cents,
            "mix": self.mix_cents,
            "prices": self.price_cents,
            "payment rules": self.rules_cents,
        }
        return sorted(((name, cents) for name, cents in parts.items() if cents), key=lambda part: -abs(part[1]))

    def _largest(self, change: int) -> str:
        name, most = self._parts[0]
        with_it = [part for part in self._parts if (part[1] > 0) == (change > 0)]
        against = [part for part in self._parts if part not in with_it]
        if against and abs(most) > abs(change):
            return f"{_listed(against)}, but {_listed(with_it)}"
        word = "most of it" if 2 * abs(most) >= abs(change) else "the largest part"
        return f"{word} comes from {name}, {_signed(most)}"

    @property
    def _cancelled(self) -> str:
        return f"; {_listed(self._parts)} cancel out" if self._parts else ""


def _listed(parts: list[tuple[str, int]]) -> str:
    """Name parts with their amounts: ``mix +$900 and volume +$20``."""
    *others, last = (f"{name} {_signed(cents)}" for name, cents in parts)
    return f"{', '.join(others)} and {last}" if others else last


def _signed(cents: int) -> str:
    return f"{'+' if cents >= 0 else '-'}{dollars(abs(cents), places=0)}"


def bridge(
    priced: Priced,
    counted: Filters,
    year_a: int,
    year_b: int,
    *,
    measure: MedicareMeasure = "receipts",
    track: Track = "non_qp",
) -> Bridge:
    """Split the difference between two years, over the dates both have lines for.

    Raises
    ------
    BadInput
        If a year has no priced line on the dates compared.
    """
    first, last = _days(counted.apply(priced.lines), year_a, year_b)
    under_a = Scenario(f"{year_a}", (ScheduleChange(year=year_a), RulesChange(year_a)))
    rules_of_a = under_a.having(ScheduleChange)
    cube_a, cube_b = (
        build(
            priced,
            replace(counted, start=same_day(first, year), end=same_day(last, year)),
            [under_a],
            codes=(),
            track=track,
        )
        for year in (year_a, year_b)
    )
    column = COLUMN[measure]
    start, end = (total(cube.outcome(BASELINE).before, column) for cube in (cube_a, cube_b))
    visits_a, visits_b = (cube.priced_visits() for cube in (cube_a, cube_b))
    for year, number in ((year_a, visits_a), (year_b, visits_b)):
        if not number:
            raise BadInput(
                f"no priced visit in {year}", expected="two years with visits on the same dates", todo="choose others"
            )
    unpriced = tuple(dict.fromkeys(cube_b.outcome(under_a).unpriced["code"]))
    priced_under_a = total(_leaving(cube_b, under_a, unpriced).after, column)
    priced_by_rules_of_a = total(_leaving(cube_b, rules_of_a, unpriced).after, column)
    as_billed = total(_leaving(cube_b, BASELINE, unpriced).after, column)
    at_same_visits = start * Fraction(visits_b, visits_a)
    levels = [start, at_same_visits, priced_under_a + (end - as_billed), priced_by_rules_of_a + (end - as_billed), end]
    rounded_levels = [rounded(level) for level in levels]
    volume, mix, price, rules_part = (after - before for before, after in pairwise(rounded_levels))
    return Bridge(
        year_a=year_a,
        year_b=year_b,
        first=same_day(first, year_b),
        last=same_day(last, year_b),
        visits_a=visits_a,
        visits_b=visits_b,
        start_cents=rounded_levels[0],
        volume_cents=volume,
        mix_cents=mix,
        price_cents=price,
        rules_cents=rules_part,
        end_cents=rounded_levels[-1],
        left_out=unpriced,
        measure=measure,
    )


def _leaving(cube: Cube, scenario: Scenario, codes: tuple[str, ...]) -> Outcome:
    """Return the outcome without some codes on either side."""
    if not codes:
        return cube.outcome(scenario)
    change = scenario.one(ScheduleChange) or ScheduleChange()
    return cube.outcome(scenario.having(ScheduleChange, replace(change, leave_out=codes)))


def _days(lines: pl.DataFrame, year_a: int, year_b: int) -> tuple[date, date]:
    """Return the dates from the later of the first lines to the earlier of the last ones, in a leap year."""
    spans = []
    for year in (year_a, year_b):
        year_lines = lines.filter(pl.col("date_of_service").dt.year() == year)
        if year_lines.is_empty():
            raise BadInput(f"no visit in {year}", expected="two years with visits", todo="choose others")
        spans.append([same_day(day, 2000) for day in days(year_lines)])
    first, last = max(span[0] for span in spans), min(span[1] for span in spans)
    if first > last:
        raise BadInput(
            f"no dates on which both {year_a} and {year_b} have visits",
            expected="two years with visits on the same dates",
            todo="choose others",
        )
    return first, last
