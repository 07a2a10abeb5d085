"""Recode distinct visits: what each would be with some of a scenario's line changes applied.

A recoding takes units off lines of one code and adds a line of another code right after them. A visit
that several changes could affect is built once for every combination of them, weighted by its probability:
so a share of 20 % is the exact average over all choices of a fifth of the visits, and none is drawn at random.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.money import BASIS, half_up
from analysis.whatif.scenarios import AssistantChange, Recode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from analysis.whatif.scenarios import Scenario

_AFTER = 2
"""Lines are numbered by twos, so that a new line fits right after the one it came from."""


@dataclass(frozen=True, slots=True)
class Moves:
    """What a scenario does to lines, without shares: the recodings, each a bit in order; then the assistants' bit.

    `recodes` are (source, target, units per visit or None for all).
    """

    recodes: tuple[tuple[str, str, int | None], ...]
    assistants: bool

    @property
    def count(self) -> int:
        """The number of bits."""
        return len(self.recodes) + int(self.assistants)


def moves_of(scenario: Scenario) -> Moves:
    """A scenario's changes of lines."""
    change = scenario.one(AssistantChange)
    return Moves(
        tuple((recode.source, recode.target, recode.units_per_visit) for recode in scenario.of(Recode)),
        assistants=change is not None and change.to_therapist_bp > 0,
    )


def shares(scenario: Scenario) -> tuple[int, ...]:
    """The share of eligible visits of each bit of `moves_of`, in basis points."""
    own = tuple(recode.share_bp for recode in scenario.of(Recode))
    change = scenario.one(AssistantChange)
    return (*own, change.to_therapist_bp) if change is not None and change.to_therapist_bp else own


def combinations(eligible: int, bits: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield every possible combination of the changes an eligible visit may get, with its weight.

    The weight is the probability times BASIS to the power of the number of bits, a whole number: shares of different
    changes are independent.
    """
    ways = [(0, 1)]
    for index, share in enumerate(bits):
        bit = 1 << index
        if eligible & bit:
            ways = [(c | b, w * p) for c, w in ways for b, p in ((0, BASIS - share), (bit, share)) if p]
        else:
            ways = [(c, w * BASIS) for c, w in ways]
    yield from ways


def changed(
    lines: pl.DataFrame, moves: Moves, combination: int, medians: Mapping[str, int], steps: Mapping[str, int]
) -> pl.DataFrame:
    """Return lines of visits as a combination of changes makes them, in visit order.

    Parameters
    ----------
    lines:
        visit, line, may (bit mask: which changes the line may take part in), fee_id, code, units, charge_cents,
        assistant and any other columns to keep.
    medians, steps:
        The clinic's charge for one unit of each code in cents, and each code's step in fee_id (FeeTable.codes).

    Returns
    -------
    pl.DataFrame
        The same columns and `moved`: whether the line's units changed their code. A line whose units all moved is
        removed.
    """
    lines = lines.with_columns(pl.lit(value=False).alias("moved"), pl.col("line") * _AFTER)
    recodes = [(place, recode) for place, recode in enumerate(moves.recodes) if combination & (1 << place)]
    if recodes:
        taken = _taken(lines, recodes)
        parts = [_left(lines, taken)] + [_new(lines, taken, place, recode, medians, steps) for place, recode in recodes]
        lines = pl.concat(parts).sort("visit", "line")
    bit = 1 << len(moves.recodes)
    if moves.assistants and combination & bit:
        lines = lines.with_columns(pl.col("assistant") & (pl.col("may") & bit == 0))
    return lines


def _taken(lines: pl.DataFrame, recodes: Sequence[tuple[int, tuple[str, str, int | None]]]) -> pl.Series:
    """Return the units each line gives: lines without an assistant first, then those with more units, then in order."""
    every = lines.select("visit", "may", "assistant", "units").with_row_index("row")
    found = [_allotted(every.filter(pl.col("may") & (1 << place) > 0), most) for place, (_, _, most) in recodes]
    rows = pl.concat(found)
    return every.select("row").join(rows, on="row", how="left", maintain_order="left")["taken"].fill_null(0)


def _allotted(giving: pl.DataFrame, most: int | None) -> pl.DataFrame:
    """Return `row` and `taken` of the lines that may give units, up to a maximum per visit."""
    if most is None:
        return giving.select("row", pl.col("units").alias("taken"))
    alone = giving.filter(~pl.col("visit").is_duplicated())
    several = giving.filter(pl.col("visit").is_duplicated())
    ordered = several.sort("visit", "assistant", "units", "row", descending=[False, False, True, False])
    before = pl.col("units").cum_sum().over("visit") - pl.col("units")
    units = pl.col("units")
    return pl.concat(
        [
            alone.select("row", pl.min_horizontal(units, most).alias("taken")),
            ordered.select("row", pl.min_horizontal(units, pl.max_horizontal(most - before, 0)).alias("taken")),
        ]
    )


def _left(lines: pl.DataFrame, taken: pl.Series) -> pl.DataFrame:
    """Return what remains of the lines; a line that gives units keeps its charge per unit."""
    rest = pl.col("units") - taken
    kept = pl.when(taken > 0).then(half_up(pl.col("charge_cents") * rest, pl.col("units"))).otherwise("charge_cents")
    return lines.with_columns(kept.alias("charge_cents"), rest.alias("units")).filter(pl.col("units") > 0)


def _new(
    lines: pl.DataFrame,
    taken: pl.Series,
    place: int,
    recode: tuple[str, str, int | None],
    medians: Mapping[str, int],
    steps: Mapping[str, int],
) -> pl.DataFrame:
    """Return the lines of the target code that a recoding makes."""
    source, target, _ = recode
    per_unit = medians.get(target)
    charge = pl.lit(None, pl.Int64) if per_unit is None else pl.col("units") * per_unit
    giving = (pl.col("may") & (1 << place) > 0) & (taken > 0)
    return (
        lines.with_columns(taken.alias("units"))
        .filter(giving)
        .with_columns(
            charge.alias("charge_cents"),
            pl.lit(target, pl.Categorical()).alias("code"),
            pl.col("fee_id") + (steps[target] - steps[source]),
            pl.col("line") + 1,
            pl.lit(value=True).alias("moved"),
        )
    )
