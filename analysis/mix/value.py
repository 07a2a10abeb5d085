"""What one unit of each code is worth, and what one percentage point of units moved to another code adds per year."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from analysis.errors import BadInput
from analysis.money import dollars
from analysis.pricing import rate_tables
from analysis.pricing.repricing import localities
from analysis.whatif.answers.compare import COLUMN, rounded
from analysis.whatif.scenarios import BASELINE, Recode, Scenario
from analysis.whatif.visits import build, total

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from analysis.lines.filters import Filters
    from analysis.medicare.fees.schedules import Track
    from analysis.pricing import Priced
    from analysis.pricing.baseline import Baseline


@dataclass(frozen=True, slots=True)
class PointValue:
    """Dollars per year for one percentage point of units moved from one code to another, at Medicare's rules.

    A point is one percent of the set's units.

    Attributes
    ----------
    source, target:
        The code that loses units and the one that gains them.
    baseline:
        The visits, the rates that price both sides, and what makes a year of them.
    set_units, year_units:
        Units of the set in the baseline's visits, and the same for a year; equal for twelve months.
    source_units, full_units:
        Priced units of the source code in those visits, and how many of them are paid in full.
    exact_cents:
        A year's gain in allowed amounts if one unit of the source code in a visit becomes the target code, in as many
        visits as the point needs, taken evenly: what a scenario with that share says.
    list_cents:
        What the difference of the full fees alone would suggest: usually too much.
    """

    source: str
    target: str
    baseline: Baseline
    set_units: int
    year_units: int
    source_units: int
    full_units: int
    exact_cents: int
    list_cents: int

    @property
    def sentence(self) -> str:
        """The figure and the visits it rests on, in a sentence."""
        gain = f"is worth {dollars(self.exact_cents, places=0)}"
        if self.exact_cents < 0:
            gain = f"costs {dollars(-self.exact_cents, places=0)}"
        point = f"Each percentage point of units moved from {self.source} to {self.target}"
        return f"{point} {gain} a year, {self.baseline.basis}."

    @property
    def basis(self) -> str:
        """How the figure is calculated, in two sentences."""
        return (
            f"Allowed at Medicare rates for all lines shown, regardless of payer: one unit of {self.source} in a visit "
            f"becomes {self.target}, MPPR is recalculated, and no line earns more than its charge. "
            f"{self.full_units / self.source_units:.0%} of {self.source} units are paid in full."
        )


def point_value(
    priced: Priced,
    filters: Filters,
    codes: Sequence[str],
    source: str,
    target: str,
    baseline: Baseline,
    *,
    track: Track = "non_qp",
) -> PointValue | str:
    """Return the value of one percentage point of units moved from `source` to `target` in a year.

    `filters` say which lines the user looks at; visits are ranked with all their lines. `baseline` is that of
    `pricing.baseline.current`, as on every page.

    Returns a sentence instead if there is too little data.
    """
    if filters.apply(priced.lines).is_empty():
        return "There are no lines to calculate this from."
    if not baseline.months or baseline.on is None:
        return f"There is no full month in {baseline.span}, and a yearly value needs one."
    year = baseline.counted(filters).apply(priced.lines).filter(pl.col("locality").is_not_null())
    source_lines = year.filter(pl.col("code") == source)
    if source_lines.is_empty():
        return f"There is no priced unit of {source} in {baseline.span}, so no unit can move."
    rows = rate_tables.by_locality(localities(source_lines), [source, target], baseline.on, track)
    if rows["full_cents"].null_count():
        without = rows.filter(pl.col("full_cents").is_null())["code"].unique().sort()
        return f"Medicare sets no amount for {' and '.join(without)}."
    try:
        recoded = Scenario("One unit", (Recode(source, target, units_per_visit=1),))
    except BadInput:
        return f"One unit of {source} and one of {target} are not the same number of minutes, so no unit can move."
    cube = build(priced, filters, codes=(source, target), track=track, baseline=baseline)
    outcome = cube.outcome(recoded)
    gain = total(outcome.after, COLUMN["allowed"]) - total(outcome.before, COLUMN["allowed"])
    source_row = cube.full_units(BASELINE).row(by_predicate=pl.col("code") == source, named=True)
    set_units = int(year.filter(pl.col("code").is_in(list(codes)))["units"].sum())
    point = Fraction(set_units, 100)
    list_gain = baseline.scale * _list_gain(source_lines, source, target, baseline.on, track)
    return PointValue(
        source=source,
        target=target,
        baseline=baseline,
        set_units=set_units,
        year_units=rounded(baseline.scale * set_units),
        source_units=source_row["units"],
        full_units=source_row["full_units"],
        exact_cents=rounded(gain * point / outcome.moved_visits[0]),
        list_cents=rounded(list_gain * point / source_row["units"]),
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
