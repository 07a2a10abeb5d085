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
from analysis.whatif.visits.masks import bit, has

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from analysis.whatif.scenarios import Scenario
    from analysis.whatif.visits.masks import Mask
    from analysis.whatif.visits.unit_charges import UnitCharges

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
    recode_shares = tuple(recode.share_bp for recode in scenario.of(Recode))
    change = scenario.one(AssistantChange)
    return (*recode_shares, change.to_therapist_bp) if change is not None and change.to_therapist_bp else recode_shares


def combinations(visit_change_mask: Mask, change_shares: Sequence[int]) -> Iterator[tuple[Mask, int]]:
    """Yield every possible combination of the changes an eligible visit may get, with its weight.

    The weight is the probability times BASIS to the power of the number of changes, a whole number: shares of different
    changes are independent.

    >>> list(combinations(0b01, [2_000]))  # one change, in a fifth of the visits
    [(0, 8000), (1, 2000)]
    >>> list(combinations(0b00, [2_000]))  # a visit that it cannot take
    [(0, 10000)]
    """
    ways = [(0, 1)]
    for index, share in enumerate(change_shares):
        this_bit = bit(index)
        if visit_change_mask & this_bit:
            ways = [(c | b, w * p) for c, w in ways for b, p in ((0, BASIS - share), (this_bit, share)) if p]
        else:
            ways = [(c, w * BASIS) for c, w in ways]
    yield from ways


def recoded_lines(
    lines: pl.DataFrame, moves: Moves, combination: Mask, charges: UnitCharges, code_offsets: Mapping[str, int]
) -> pl.DataFrame:
    """Return lines of visits as a combination of changes makes them, in visit order.

    Parameters
    ----------
    lines:
        visit, line, line_change_mask (`masks`), fee_id, code, units, charge_cents, service_year,
        assistant and any other columns to keep.
    charges, code_offsets:
        What the clinic charges for one unit of each code, and each code's offset in fee_id (FeeTable.codes).

    Returns
    -------
    pl.DataFrame
        The same columns and `moved`: whether the line's units changed their code. A line whose units all moved is
        removed.
    """
    lines = lines.with_columns(pl.lit(value=False).alias("moved"), pl.col("line") * _AFTER)
    recodes = [(index, recode) for index, recode in enumerate(moves.recodes) if combination & bit(index)]
    if recodes:
        units_given = _units_given(lines, recodes)
        parts = [_remaining_lines(lines, units_given)] + [
            _target_lines(lines, units_given, index, recode, charges, code_offsets) for index, recode in recodes
        ]
        lines = pl.concat(parts).sort("visit", "line")
    assistants_bit = bit(len(moves.recodes))
    if moves.assistants and combination & assistants_bit:
        lines = lines.with_columns(pl.col("assistant") & ~has("line_change_mask", assistants_bit))
    return lines


def _units_given(lines: pl.DataFrame, recodes: Sequence[tuple[int, tuple[str, str, int | None]]]) -> pl.Series:
    """Return the units each line gives: lines without an assistant first, then those with more units, then in order."""
    givers = lines.select("visit", "line_change_mask", "assistant", "units").with_row_index("row")
    per_recode = [
        _allotted(givers.filter(has("line_change_mask", bit(index))), max_units) for index, (_, _, max_units) in recodes
    ]
    units_of_row = pl.concat(per_recode)
    return (
        givers.select("row").join(units_of_row, on="row", how="left", maintain_order="left")["units_given"].fill_null(0)
    )


def _allotted(lines: pl.DataFrame, max_units: int | None) -> pl.DataFrame:
    """Return `row` and `units_given` of the lines that may give units, up to a maximum per visit."""
    if max_units is None:
        return lines.select("row", pl.col("units").alias("units_given"))
    single_lines = lines.filter(~pl.col("visit").is_duplicated())
    several = lines.filter(pl.col("visit").is_duplicated())
    ordered = several.sort("visit", "assistant", "units", "row", descending=[False, False, True, False])
    units_before = pl.col("units").cum_sum().over("visit") - pl.col("units")
    units = pl.col("units")
    return pl.concat(
        [
            single_lines.select("row", pl.min_horizontal(units, max_units).alias("units_given")),
            ordered.select(
                "row", pl.min_horizontal(units, pl.max_horizontal(max_units - units_before, 0)).alias("units_given")
            ),
        ]
    )


def _remaining_lines(lines: pl.DataFrame, units_given: pl.Series) -> pl.DataFrame:
    """Return what remains of the lines; a line that gives units keeps its charge per unit."""
    units_left = pl.col("units") - units_given
    charge = (
        pl.when(units_given > 0)
        .then(half_up(pl.col("charge_cents") * units_left, pl.col("units")))
        .otherwise("charge_cents")
    )
    return lines.with_columns(charge.alias("charge_cents"), units_left.alias("units")).filter(pl.col("units") > 0)


def _target_lines(
    lines: pl.DataFrame,
    units_given: pl.Series,
    index: int,
    recode: tuple[str, str, int | None],
    charges: UnitCharges,
    code_offsets: Mapping[str, int],
) -> pl.DataFrame:
    """Return the lines of the target code that a recoding makes."""
    source, target, _ = recode
    gives = has("line_change_mask", bit(index)) & (units_given > 0)
    return (
        lines.with_columns(units_given.alias("units"), (charges.per_unit(target) * units_given).alias("charge_cents"))
        .filter(gives)
        .with_columns(
            pl.lit(target, pl.Categorical()).alias("code"),
            pl.col("fee_id") + (code_offsets[target] - code_offsets[source]),
            pl.col("line") + 1,
            pl.lit(value=True).alias("moved"),
        )
    )
