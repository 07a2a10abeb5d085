"""From distinct visits to a scenario's cells, the lines that are priced alike: three stages, each cached.

First the lines of the visits as a combination of changes makes them; then which of them holds the unit paid in full;
then how many lines are alike.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from analysis.medicare.policy import load_policy
from analysis.pricing.visits import in_ranking_order, mark_top_unit_in_order
from analysis.whatif.visits.masks import COUNTED, has, mask_of
from analysis.whatif.visits.recoding import recoded_lines
from analysis.whatif.visits.structure import is_of_line_kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.lines.filters import Filters
    from analysis.pricing.lookups import Lookups
    from analysis.whatif.scenarios.fee_rows import FeeRows
    from analysis.whatif.visits.distinct_visits import DistinctVisits
    from analysis.whatif.visits.masks import Mask
    from analysis.whatif.visits.structure import Structure
    from analysis.whatif.visits.unit_charges import UnitCharges

_CELL = (
    "visit_change_mask",
    "volume_mask",
    "fee_id",
    "code",
    "payer_class",
    "units",
    "charge_cents",
    "holds_top",
    "moved",
)
_WITHOUT_EFFECT_ON_PRICE = ("payer", "discipline", "distinct_service")
"""The columns lines have for callers that look at whole visits."""
_RANKED_BY = ("fee_id", "payer_number", "assistant", "not_covered", "charge_cents")
"""What decides which line of a visit holds the unit paid in full."""
_MOST_CACHED = 24
"""How many results are cached."""


def has_amount(fees: pl.DataFrame) -> pl.Expr:
    """Tell whether a line has an amount at some fee rows: its row has one, and Medicare covers the line."""
    priced = fees.filter(pl.col("full_cents").is_not_null())["fee_id"].implode()
    return pl.col("fee_id").is_in(priced) & ~pl.col("not_covered")


class CellBuilder:
    """Makes a scenario's cells of the distinct visits, and keeps what the next scenario can use again.

    Attributes
    ----------
    distinct, all_fees, charges:
        The visits, the fee rows there are, what the clinic charges for a unit of each code.
    fees:
        The baseline's fee rows.
    conditions:
        The conditions that have a bit in `condition_mask`, in order (`masks`).
    """

    def __init__(
        self,
        distinct: DistinctVisits,
        all_fees: FeeRows,
        charges: UnitCharges,
        fees: pl.DataFrame,
        conditions: tuple[Filters, ...],
        lookups: Lookups,
    ) -> None:
        self.distinct, self.all_fees, self.charges = distinct, all_fees, charges
        self.fees, self.conditions = fees, conditions
        self._lookups = lookups
        self._memo: dict[object, pl.DataFrame] = {}
        self.start = np.searchsorted(distinct.lines["visit"].to_numpy(), distinct.visits["visit"].to_numpy())
        self._one_locality = self._localities_of_a_visit() <= 1

    def lines(self, structure: Structure) -> pl.DataFrame:
        """Return every line of every distinct visit with the structure's columns: counted, and its masks (`masks`)."""
        return self.cached(("lines", structure), lambda: self._described(structure))

    def _described(self, structure: Structure) -> pl.DataFrame:
        kinds = self.distinct.line_kinds
        counted = has("condition_mask", COUNTED)
        priced = has_amount(self.fees)
        changes = [
            counted & priced & (pl.col("code") == source) & self.meets(where)
            for (source, _, _), where in zip(structure.moves.recodes, structure.recode_conditions, strict=True)
        ]
        if structure.moves.assistants:
            changes.append(counted & pl.col("assistant"))
        described = kinds.with_columns(
            counted.alias("counted"),
            mask_of(changes).alias("line_change_mask"),
            mask_of([self.meets(where) for where in structure.volume_conditions]).alias("volume_mask"),
        )
        if structure.applies_to is not None:
            without_mppr = ~pl.col("payer_class").is_in(structure.applies_to)
            described = described.with_columns(
                pl.col("fee_id") + pl.when(without_mppr).then(self.all_fees.size).otherwise(0)
            )
        visit_lines = self.distinct.lines
        lines = visit_lines.drop("kind").hstack(described[visit_lines["kind"]].drop("kind", "condition_mask"))
        visit_masks = (
            np.bitwise_or.reduceat(lines["line_change_mask"].to_numpy(), self.start)
            if lines.height
            else np.zeros(0, np.int64)
        )
        lengths = np.diff(np.append(self.start, lines.height))
        return lines.with_columns(pl.Series("visit_change_mask", np.repeat(visit_masks, lengths), pl.Int64))

    def meets(self, where: Filters) -> pl.Expr:
        """Tell whether a kind of line meets a condition."""
        if is_of_line_kind(where):
            return where.condition()
        return has("condition_mask", COUNTED << 1 + self.conditions.index(where))

    def changed_lines(self, structure: Structure, combination: Mask, *unneeded: str) -> pl.DataFrame:
        """Return the lines of all visits that may get a combination of changes, with the changes applied."""
        lines = self.lines(structure).drop(unneeded)
        if not combination:
            return lines.with_columns(pl.lit(value=False).alias("moved"))
        changeable = lines.filter(pl.col("visit_change_mask") & combination == combination)
        return recoded_lines(changeable, structure.moves, combination, self.charges, self.all_fees.fees.codes)

    def cells(self, structure: Structure, combination: Mask, rows: pl.DataFrame) -> pl.DataFrame:
        """Return counted lines that are priced alike: _CELL, the line flags (Policy.line_flags), and lines."""
        order = self._order(structure, rows)
        key = ("cells", structure, combination, order)
        return self.cached(key, lambda: self._counted(self._marked(structure, combination, rows)))

    def _marked(self, structure: Structure, combination: Mask, rows: pl.DataFrame) -> pl.DataFrame:
        """Return a combination's lines with `holds_top`, which unchanged lines share whatever else is recoded."""
        lines = self.changed_lines(structure, combination, *_WITHOUT_EFFECT_ON_PRICE)
        if combination:
            return self.ranked(lines, rows)
        # The order of the existing codes, without the targets: with them, two orders may look the same.
        plain = replace(structure, moves=replace(structure.moves, recodes=()))
        key = ("holds", structure.applies_to, self._order(plain, rows))
        return lines.hstack(self.cached(key, lambda: self.ranked(lines, rows).select("holds_top")))

    def _counted(self, lines: pl.DataFrame) -> pl.DataFrame:
        visits = self.distinct.visits["visits"].gather(lines["visit"])
        counted = lines.with_columns(visits.alias("lines")).filter("counted")
        return counted.group_by(*_CELL, *load_policy().line_flags).agg(pl.col("lines").sum())

    def ranked(self, lines: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """Add `holds_top` to lines in visit order, by the order of some fee rows; the lines keep their order."""
        ranks = np.zeros(2 * self.all_fees.size, np.int64)
        ranks[rows["fee_id"].to_numpy()] = rows["top_rank"].to_numpy()
        highest = lines["charge_cents"].max()
        lookups = replace(self._lookups, highest_charge=highest if isinstance(highest, int) else 0)
        together = in_ranking_order(lines.select("visit", *_RANKED_BY).with_row_index("row"))
        marked = mark_top_unit_in_order(together, pl.Series(ranks), lookups)
        marked = marked if marked["row"].is_sorted() else marked.sort("row")
        return lines.with_columns(marked["holds_top"])

    def _order(self, structure: Structure, rows: pl.DataFrame) -> bytes:
        """Return a key that is equal for fee rows ranking every visit's lines alike, whatever they pay."""
        codes = {*self.distinct.line_kinds["code"].unique(), *(target for _, target, _ in structure.moves.recodes)}
        partition = ("period_id", "locality_key") if self._one_locality else ("period_id",)
        ranked = rows.filter(pl.col("code").is_in(list(codes)))
        # 0 stays 0: a row that is never paid in full does not rank among those that may be.
        rank = pl.when(pl.col("top_rank") > 0).then(pl.col("top_rank").rank("dense").over(*partition)).otherwise(0)
        order = ranked.select("fee_id", rank.alias("top_rank")).sort("fee_id")
        return order["top_rank"].to_numpy().astype(np.uint32).tobytes()

    def cached(self, key: object, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Return a cached result, or make it; the oldest is dropped if there are too many."""
        if key not in self._memo:
            while len(self._memo) >= _MOST_CACHED:
                self._memo.pop(next(iter(self._memo)))
            self._memo[key] = make()
        return self._memo[key]

    def _localities_of_a_visit(self) -> int:
        """Return the most localities that price the lines of one visit."""
        locality = self.fees.select("fee_id", pl.col("locality_key").rank("dense"))
        lines = self.distinct.lines.join(self.distinct.line_kinds.select("kind", "fee_id"), on="kind", how="left")
        counted = lines.join(locality, on="fee_id", how="left").group_by("visit").agg(pl.col("locality_key").n_unique())
        return int(counted["locality_key"].cast(pl.Int64).max() or 0)  # type: ignore[arg-type]
