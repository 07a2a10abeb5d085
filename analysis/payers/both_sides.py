"""The lines of distinct visits before and after a scenario, with what their payers pay: those known on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from analysis.money import half_up
from analysis.payers.paid_lines import PAYER, PayersPrices
from analysis.whatif.scenarios import BASELINE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.payers.observed import Observed
    from analysis.payers.paid_lines import Payer
    from analysis.whatif.scenarios import Contract, Scenario
    from analysis.whatif.visits import Cube, VisitLines

_ID = ["visit", "line"]


@dataclass(slots=True)
class Sums:
    """Exact sums of some lines, of a year if the baseline makes one of fewer months.

    `paid` in millionths of a cent, expected units, units that count as not moved.
    """

    paid_before: Fraction = Fraction(0)
    paid_after: Fraction = Fraction(0)
    units_before: Fraction = Fraction(0)
    units_after: Fraction = Fraction(0)
    unmoved: Fraction = Fraction(0)

    def add(self, other: Sums) -> None:
        """Add the sums of other lines."""
        self.paid_before += other.paid_before
        self.paid_after += other.paid_after
        self.units_before += other.units_before
        self.units_after += other.units_after
        self.unmoved += other.unmoved


@dataclass(frozen=True, slots=True, eq=False)
class BothSides:
    """Lines as they are and under a scenario.

    Attributes
    ----------
    visits:
        The visits the lines are of.
    every:
        All counted lines as they are, known or not: `PayersPrices.lines`.
    before:
        Those with an amount on both sides, as they are, with what is paid by the day.
    after:
        What they are under the scenario, for every combination of its changes; `unmoved`: units that would move to a
        code without an amount, which stay under their own.
    """

    visits: VisitLines
    every: pl.DataFrame
    before: pl.DataFrame
    after: pl.DataFrame

    def sums(self, *further_keys: str) -> dict[tuple[str | None, ...], Sums]:
        """Add up by payer, payer class and further columns."""
        keys = [*PAYER, *further_keys]
        counts = self.visits.visits.select("visit", "visits")
        count = pl.col("visits")
        found: dict[tuple[str | None, ...], Sums] = {}
        before = self.before.join(counts, on="visit").group_by(keys).agg((pl.col("paid", "units") * count).sum())
        for *key, paid, units in before.iter_rows():
            scale = self.visits.scale
            found[tuple(key)] = Sums(paid_before=scale * paid, units_before=scale * units)
        weighted = ("visit_change_mask", "combination", "volume_mask")
        amounts = (pl.col("paid", "units", "unmoved") * count).sum()
        after = self.after.join(counts, on="visit").group_by(*keys, *weighted).agg(amounts)
        weights: dict[tuple[int, int, int], Fraction] = {}
        for row in after.iter_rows():
            group, masks, (paid, units, unmoved) = row[: len(keys)], row[len(keys) : -3], row[-3:]
            if masks not in weights:
                weights[masks] = self.visits.weight(*masks)
            weight = weights[masks]
            one = Sums(paid_after=weight * paid, units_after=weight * units, unmoved=weight * unmoved)
            found.setdefault(group, Sums()).add(one)
        return found


def both_sides(
    cube: Cube,
    scenario: Scenario,
    contracts: Sequence[Mapping[Payer, Contract | None]],
    observed: Observed,
    *,
    known: pl.DataFrame | None = None,
) -> BothSides:
    """Return the lines of some payers before and after a scenario.

    Parameters
    ----------
    contracts:
        The contract of each payer before, and after.
    known:
        The lines that count (visit, line); without it those with an amount on both sides. One of them that has no
        amount under the scenario keeps the amount it has before.
    """
    lines = cube.visits(scenario)
    prices_before, prices_after = (PayersPrices(cube, each, observed) for each in contracts)
    every = prices_before.lines(BASELINE, lines.before)
    unchanged, recoded = (prices_after.lines(scenario, frame) for frame in (lines.unchanged, lines.after))
    both = every.filter(pl.col("paid").is_not_null()).join(
        unchanged.select(*_ID, unchanged_paid="paid", unchanged_units="units", unchanged_code="code"), on=_ID
    )
    if known is None:
        both = both.filter(pl.col("unchanged_paid").is_not_null())
    else:
        both = both.join(known, on=_ID, how="semi").with_columns(unchanged_paid=pl.coalesce("unchanged_paid", "paid"))
    kept = unchanged.drop("paid").join(both.select(*_ID, paid="unchanged_paid"), on=_ID)
    kept = kept.select(recoded.columns).with_columns(unmoved=pl.lit(0, pl.Int64))
    after = pl.concat([kept, _recoded(recoded, both)])
    before = both.drop("unchanged_paid", "unchanged_units", "unchanged_code")
    return BothSides(lines, every, prices_before.settled(before), prices_after.settled(after))


def _recoded(recoded: pl.DataFrame, both: pl.DataFrame) -> pl.DataFrame:
    """Return lines of recoded visits from known lines; units moved to a code without an amount stay as they were."""
    sources = both.select("visit", "unchanged_paid", "unchanged_units", "unchanged_code", source="line")
    sourced = recoded.with_columns(source=pl.col("line") // 2).join(sources, on=["visit", "source"])
    share = half_up(pl.col("unchanged_paid") * pl.col("units"), pl.col("unchanged_units"))
    without_amount = pl.col("paid").is_null()
    stays = without_amount & pl.col("moved")
    return sourced.with_columns(
        paid=pl.when(without_amount).then(share).otherwise("paid"),
        code=pl.when(stays).then("unchanged_code").otherwise("code"),
        unmoved=pl.when(stays).then("units").otherwise(0).cast(pl.Int64),
    ).select(*recoded.columns, "unmoved")
