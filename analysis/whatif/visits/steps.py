"""The three steps to a scenario's cells, each cached.

First the lines of the visits as a combination of changes makes them; then which of them holds the unit paid in full;
then how many lines are alike.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from analysis.pricing.visits import mark_top_unit_in_order
from analysis.whatif.visits.recoding import changed
from analysis.whatif.visits.shapes import COUNTED
from analysis.whatif.visits.structure import answered_by_kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from analysis.lines.filters import Filters
    from analysis.pricing.lookups import Lookups
    from analysis.whatif.scenarios.fee_rows import FeeRows
    from analysis.whatif.visits.shapes import Shapes
    from analysis.whatif.visits.structure import Structure

_CELL = (
    "eligible",
    "grows",
    "fee_id",
    "code",
    "payer_class",
    "units",
    "charge_cents",
    "assistant",
    "holds_top",
    "moved",
)
_OF_NO_PRICE = ("payer", "discipline", "distinct_service")
"""The columns lines have for callers that look at whole visits."""
_KEPT = 24
"""How many results are kept."""


class Steps:
    """The steps from distinct visits to cells.

    Attributes
    ----------
    shapes, book, charges:
        The visits, the fee rows there are, the median charge of each code.
    fees:
        The baseline's fee rows.
    marked:
        The conditions that have a bit in the kinds' marks, in order.
    """

    def __init__(
        self,
        shapes: Shapes,
        book: FeeRows,
        charges: Mapping[str, int],
        fees: pl.DataFrame,
        marked: tuple[Filters, ...],
        known: Lookups,
    ) -> None:
        self.shapes, self.book, self.charges, self.fees, self.marked = shapes, book, charges, fees, marked
        self._known = known
        self._memo: dict[object, pl.DataFrame] = {}
        self.start = np.searchsorted(shapes.lines["visit"].to_numpy(), shapes.visits["visit"].to_numpy())
        self._one_place = self._places_of_a_visit() <= 1

    def lines(self, structure: Structure) -> pl.DataFrame:
        """Return every line of every distinct visit with the structure's columns: may, eligible, grows, counted."""
        return self.held(("lines", structure), lambda: self._described(structure))

    def _described(self, structure: Structure) -> pl.DataFrame:
        kinds = self.shapes.kinds
        counted = pl.col("marks") & COUNTED > 0
        priced = pl.col("fee_id").is_in(self.fees.filter(pl.col("full_cents").is_not_null())["fee_id"].implode())
        may = [
            counted & priced & (pl.col("code") == source) & self.meets(where)
            for (source, _, _), where in zip(structure.moves.recodes, structure.wheres, strict=True)
        ]
        if structure.moves.assistants:
            may.append(counted & priced & pl.col("assistant"))
        described = kinds.with_columns(
            counted.alias("counted"),
            _mask(may).alias("may"),
            _mask([self.meets(where) for where in structure.grows]).alias("grows"),
        )
        if structure.applies_to is not None:
            free = ~pl.col("payer_class").is_in(structure.applies_to)
            described = described.with_columns(pl.col("fee_id") + pl.when(free).then(self.book.size).otherwise(0))
        own = self.shapes.lines
        lines = own.drop("kind").hstack(described[own["kind"]].drop("kind", "marks"))
        masks = np.bitwise_or.reduceat(lines["may"].to_numpy(), self.start) if lines.height else np.zeros(0, np.int64)
        lengths = np.diff(np.append(self.start, lines.height))
        return lines.with_columns(pl.Series("eligible", np.repeat(masks, lengths), pl.Int64))

    def meets(self, where: Filters) -> pl.Expr:
        """Tell whether a kind of line meets a condition."""
        if answered_by_kinds(where):
            return where.condition()
        return pl.col("marks") & (COUNTED << 1 + self.marked.index(where)) > 0

    def made(self, structure: Structure, combination: int, *unneeded: str) -> pl.DataFrame:
        """Return the lines of all visits that may get a combination of changes, with the changes applied."""
        lines = self.lines(structure).drop(unneeded)
        if not combination:
            return lines.with_columns(pl.lit(value=False).alias("moved"))
        may = lines.filter(pl.col("eligible") & combination == combination)
        return changed(may, structure.moves, combination, self.charges, self.book.fees.codes)

    def cells(self, structure: Structure, combination: int, rows: pl.DataFrame) -> pl.DataFrame:
        """Return counted lines that are priced alike: the columns of _CELL, and lines."""
        order = self._order(structure, rows)
        key = ("cells", structure, combination, order)
        return self.held(key, lambda: self._counted(self._marked(structure, combination, rows)))

    def _marked(self, structure: Structure, combination: int, rows: pl.DataFrame) -> pl.DataFrame:
        """Return a combination's lines with `holds_top`, which unchanged lines share whatever else is recoded."""
        made = self.made(structure, combination, *_OF_NO_PRICE)
        if combination:
            return self.ranked(made, rows)
        # The order of the existing codes, without the targets: with them, two orders may look the same.
        plain = replace(structure, moves=replace(structure.moves, recodes=()))
        key = ("holds", structure.applies_to, self._order(plain, rows))
        return made.hstack(self.held(key, lambda: self.ranked(made, rows).select("holds_top")))

    def _counted(self, lines: pl.DataFrame) -> pl.DataFrame:
        alike = self.shapes.visits["visits"].gather(lines["visit"])
        counted = lines.with_columns(alike.alias("lines")).filter("counted")
        return counted.group_by(_CELL).agg(pl.col("lines").sum())

    def ranked(self, lines: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """Add `holds_top` to lines, by the order of some fee rows."""
        ranks = np.zeros(2 * self.book.size, np.int64)
        ranks[rows["fee_id"].to_numpy()] = rows["top_rank"].to_numpy()
        highest = lines["charge_cents"].max()
        known = replace(self._known, highest_charge=highest if isinstance(highest, int) else 0)
        return mark_top_unit_in_order(lines, pl.Series(ranks), known)

    def _order(self, structure: Structure, rows: pl.DataFrame) -> bytes:
        """Return a key that is equal for fee rows ranking every visit's lines alike, whatever they pay."""
        codes = {*self.shapes.kinds["code"].unique(), *(target for _, target, _ in structure.moves.recodes)}
        among = ("period_id", "locality_key") if self._one_place else ("period_id",)
        ranked = rows.filter(pl.col("code").is_in(list(codes)))
        # 0 stays 0: a row that is never paid in full does not rank among those that may be.
        place = pl.when(pl.col("top_rank") > 0).then(pl.col("top_rank").rank("dense").over(*among)).otherwise(0)
        order = ranked.select("fee_id", place.alias("top_rank")).sort("fee_id")
        return order["top_rank"].to_numpy().astype(np.uint32).tobytes()

    def held(self, key: object, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Return a cached result, or make it; the oldest is dropped if there are too many."""
        if key not in self._memo:
            while len(self._memo) >= _KEPT:
                self._memo.pop(next(iter(self._memo)))
            self._memo[key] = make()
        return self._memo[key]

    def _places_of_a_visit(self) -> int:
        """Return the most localities that price the lines of one visit."""
        place = self.fees.select("fee_id", pl.col("locality_key").rank("dense"))
        lines = self.shapes.lines.join(self.shapes.kinds.select("kind", "fee_id"), on="kind", how="left")
        counted = lines.join(place, on="fee_id", how="left").group_by("visit").agg(pl.col("locality_key").n_unique())
        return int(counted["locality_key"].cast(pl.Int64).max() or 0)  # type: ignore[arg-type]


def _mask(parts: Iterable[pl.Expr]) -> pl.Expr:
    """Conditions as one number, a bit for each in its order."""
    bits = [pl.when(part).then(1 << index).otherwise(0) for index, part in enumerate(parts)]
    return pl.sum_horizontal(pl.lit(0), *bits).cast(pl.Int64)
