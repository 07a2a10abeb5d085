"""What one unit of each code is worth, and what one percentage point of units moved to another code adds per year."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from analysis.errors import BadInput
from analysis.medicare.fees import load_book
from analysis.money import dollars, half_up
from analysis.pricing import rate_tables
from analysis.pricing.repricing import localities
from analysis.whatif.scenarios import Recode, Scenario, ScheduleChange
from analysis.whatif.visits import build, total

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from analysis.lines.filters import Filters
    from analysis.medicare.fees.schedules import Track
    from analysis.pricing import Priced

YEAR_DAYS = 365
SHORTEST_DAYS = 28
"""Fewer days than this say too little about a year."""


@dataclass(frozen=True, slots=True)
class PointValue:
    """Dollars per year for one percentage point of units moved from one code to another, at Medicare's rules.

    A point is one percent of the set's units.

    Attributes
    ----------
    source, target:
        The code that loses units and the one that gains them.
    schedule:
        Label of the schedule that prices both sides (with PROPOSED if it is proposed).
    days, set_units, year_units:
        Units of the set in the last `days` days, and the same for a year; equal if the lines cover a whole year.
    source_units, full_units:
        Priced units of the source code in those days, and how many of them are paid in full.
    exact_cents:
        A year's gain if one unit of the source code in a visit becomes the target code, in as many visits as the point
        needs, taken evenly; every visit is ranked and priced again under MPPR.
    list_cents:
        What the difference of the full fees alone would suggest: usually too much.
    """

    source: str
    target: str
    schedule: str
    days: int
    set_units: int
    year_units: int
    source_units: int
    full_units: int
    exact_cents: int
    list_cents: int

    @property
    def whole_year(self) -> bool:
        """Whether the lines cover the year; otherwise it is scaled up from fewer days."""
        return self.days == YEAR_DAYS

    @property
    def sentence(self) -> str:
        """The figure in a sentence."""
        gain = f"is worth {dollars(self.exact_cents, places=0)}"
        if self.exact_cents < 0:
            gain = f"costs {dollars(-self.exact_cents, places=0)}"
        return f"Each percentage point of units moved from {self.source} to {self.target} {gain} a year."

    @property
    def basis(self) -> str:
        """What the figure is based on, in a sentence."""
        span = "the last 365 days" if self.whole_year else f"{self.days} days scaled up to a year"
        return (
            f"Medicare {self.schedule} rates for all lines shown, regardless of payer; volume of {span}; one unit of "
            f"{self.source} in a visit becomes {self.target}; MPPR is recalculated; the charge limit is not applied. "
            f"{self.full_units / self.source_units:.0%} of {self.source} units are paid in full today."
        )


def point_value(
    priced: Priced,
    filters: Filters,
    codes: Sequence[str],
    source: str,
    target: str,
    on: date,
    *,
    track: Track = "non_qp",
) -> PointValue | str:
    """Return the value of one percentage point of units moved from `source` to `target`, priced on the date `on`.

    `filters` say which lines the user looks at; visits are ranked with all their lines.

    Returns a sentence instead if there is too little data.
    """
    if filters.apply(priced.lines).is_empty():
        return "There are no lines to calculate this from."
    first, last = filters.span(priced.lines)
    start = max(first, last - timedelta(days=YEAR_DAYS - 1))
    days = (last - start).days + 1
    if days < SHORTEST_DAYS:
        return f"The lines cover {days} days; a yearly value needs at least {SHORTEST_DAYS} days."
    window = replace(filters, start=start, end=last)
    year = window.apply(priced.lines).filter(pl.col("locality").is_not_null())
    source_lines = year.filter(pl.col("code") == source)
    if source_lines.is_empty():
        return f"There is no priced unit of {source} in the last {days} days, so no unit can move."
    rows = rate_tables.by_locality(localities(source_lines), [source, target], on, track)
    if rows["full_cents"].null_count():
        without = rows.filter(pl.col("full_cents").is_null())["code"].unique().sort()
        return f"Medicare sets no amount for {' and '.join(without)}."
    today = Scenario("Today's prices", (ScheduleChange(period=on),))
    try:
        recoded = today.having(Recode, Recode(source, target, units_per_visit=1))
    except BadInput:
        return f"One unit of {source} and one of {target} are not the same number of minutes, so no unit can move."
    cube = build(priced, window, codes=(source, target), track=track)
    present, after = cube.outcome(today), cube.outcome(recoded)
    gain = int(total(after.after, "scheduled_cents") - total(present.after, "scheduled_cents"))
    source_row = cube.full_units(today).row(by_predicate=pl.col("code") == source, named=True)
    set_units = int(year.filter(pl.col("code").is_in(list(codes)))["units"].sum())
    year_units = half_up(set_units * YEAR_DAYS, days)
    return PointValue(
        source=source,
        target=target,
        schedule=load_book().schedule_on(on, proposed=True).label,
        days=days,
        set_units=set_units,
        year_units=year_units,
        source_units=source_row["units"],
        full_units=source_row["full_units"],
        exact_cents=half_up(gain * year_units, 100 * after.moved_visits[0]),
        list_cents=half_up(_list_gain(source_lines, source, target, on, track) * year_units, 100 * source_row["units"]),
    )


def _list_gain(source_lines: pl.DataFrame, source: str, target: str, on: date, track: Track) -> int:
    """Return the gain in cents if each source unit gained the difference of the full fees of its locality."""
    gain = 0
    for locality in localities(source_lines):
        local_lines = source_lines.filter(pl.col("mac") == locality.mac, pl.col("locality") == locality.locality)
        full = dict(
            rate_tables.by_locality([locality], [source, target], on, track).select("code", "full_cents").iter_rows()
        )
        gain += int(local_lines["units"].sum()) * (full[target] - full[source])
    return gain
