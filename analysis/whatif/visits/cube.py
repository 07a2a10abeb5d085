"""Price scenarios on the distinct visits of a set of lines: exactly, and fast enough for a slider.

Only the cells (steps.Steps) are priced again while a conversion factor moves; only weights change while a share does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import narwhals as nw
import polars as pl

from analysis.errors import ContractError
from analysis.money import BASIS
from analysis.pricing import AMOUNTS
from analysis.pricing.pipeline import price_units
from analysis.whatif.scenarios import BASELINE, Recode, ScheduleChange, VolumeChange
from analysis.whatif.visits.fee_rows import fee_rows
from analysis.whatif.visits.recoding import combinations, shares
from analysis.whatif.visits.shapes import COUNTED
from analysis.whatif.visits.steps import Steps
from analysis.whatif.visits.structure import answered_by_kinds, asked_of, growth_of, structure_of
from analysis.whatif.visits.sums import MEASURES, Outcome, expected, summed
from analysis.whatif.visits.visit_lines import VisitLines

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from analysis.lines.filters import Filters
    from analysis.medicare.fees.schedules import Track
    from analysis.pricing.lookups import Lookups
    from analysis.whatif.scenarios import Scenario
    from analysis.whatif.scenarios.fee_rows import FeeRows
    from analysis.whatif.visits.shapes import Shapes
    from analysis.whatif.visits.structure import Structure

_KEPT_VISITS = 2
_KEY = ("code", "payer_class", *MEASURES)
_TEXT = pl.col(pl.Categorical).cast(pl.String)
_NONE = pl.lit(0, pl.Int64)


class Cube:
    """Distinct visits of a set of lines, ready to be priced under any scenario.

    Made by `build`. Holds no patients, only distinct visits and their counts.
    """

    def __init__(
        self,
        shapes: Shapes,
        book: FeeRows,
        charges: Mapping[str, int],
        marked: tuple[Filters, ...],
        years: frozenset[int],
        track: Track,
        known: Lookups,
    ) -> None:
        self.shapes, self.book, self.charges, self.track = shapes, book, charges, track
        self.fees = fee_rows(book, BASELINE, track)
        self.steps = Steps(shapes, book, charges, self.fees, marked, known)
        self._years = years
        self._visits: dict[object, VisitLines] = {}

    def covers(self, scenarios: Iterable[Scenario]) -> bool:
        """Tell whether the cube can distinguish what these scenarios ask for; otherwise it must be built with them.

        It cannot be distinguished later: dates of a change within a year, and therapists, clinics, dates.
        """
        wheres, years = asked_of(scenarios)
        return years <= self._years and all(where in self.steps.marked or answered_by_kinds(where) for where in wheres)

    def _refuse_strangers(self, scenario: Scenario) -> None:
        """Raise ContractError for a scenario the cube was not built for, because it would be priced wrongly."""
        if not self.covers([scenario]):
            raise ContractError("the cube was not built for the conditions or years of this scenario")

    def fee_rows(self, scenario: Scenario) -> pl.DataFrame:
        """The scenario's fee rows (terms.terms)."""
        return self.fees if scenario == BASELINE else fee_rows(self.book, scenario, self.track)

    def outcome(self, scenario: Scenario) -> Outcome:
        """Return sums by code and payer class, before and after.

        Raises
        ------
        BadInput, MissingRelease
            For a change the schedules have no answer to.
        """
        self._refuse_strangers(scenario)
        rows = self.fee_rows(scenario)
        structure = structure_of(scenario)
        schedule = scenario.one(ScheduleChange)
        left_out = schedule.leave_out if schedule else ()
        lines = self.steps.lines(structure)
        bits, growth = shares(scenario), growth_of(scenario)
        weight_of = {eligible: dict(combinations(eligible, bits)) for eligible in lines["eligible"].unique()}
        rows = self._with_known(rows, left_out)
        parts = []
        for combination in sorted({way for ways in weight_of.values() for way in ways}):
            cells = self.steps.cells(structure, combination, rows)
            parts.append(summed(cells, rows).with_columns(pl.lit(combination, pl.Int64).alias("combination")))
        after = expected(pl.concat(parts), weight_of, growth, len(bits))
        before = self.steps.held(("before", left_out), lambda: self._before(left_out))
        sums = {(code, group): tuple(values) for code, group, *values in before.select(_KEY).iter_rows()}
        return Outcome(
            before=sums,
            after=after,
            known=frozenset(before.filter(pl.col("priced") > 0).select("code", "payer_class").iter_rows()),
            unpriced=self._unpriced(structure, rows, left_out, weight_of),
            moved_visits=self._touched(lines, structure.moves.count),
            left_out=int(
                before.filter(~pl.col("code").is_in(left_out)).select(pl.col("lines") - pl.col("priced")).sum().item()
            ),
        )

    def visits(self, scenario: Scenario) -> VisitLines:
        """Return the distinct visits line by line, as they are and as the scenario changes them."""
        self._refuse_strangers(scenario)
        bits = shares(scenario)
        possible = tuple((share > 0, share < BASIS) for share in bits)
        key = (
            replace(scenario.having(Recode).having(VolumeChange), name="Visits", note=""),
            structure_of(scenario),
            possible,
        )
        if key not in self._visits:
            if len(self._visits) >= _KEPT_VISITS:
                self._visits.pop(next(iter(self._visits)))
            self._visits[key] = self._line_by_line(scenario)
        # Shares and volumes only weight the same visits.
        return replace(self._visits[key], bits=bits, growth=growth_of(scenario))

    def _line_by_line(self, scenario: Scenario) -> VisitLines:
        structure, rows = structure_of(scenario), self.fee_rows(scenario)
        lines, bits = self.steps.lines(structure), shares(scenario)
        eligible = lines.select("visit", "eligible").unique("visit", maintain_order=True)
        ways = {way for mask in eligible["eligible"].unique() for way, _ in combinations(mask, bits)}
        recodes = len(scenario.of(Recode))
        ways |= {*(way >> recodes << recodes for way in ways)}
        plain = self.steps.made(replace(structure, applies_to=None), 0)
        before = plain.drop("may").with_columns(self._amounts_as_they_are()).with_columns(_TEXT, combination=_NONE)
        as_before = structure.applies_to is None and rows.equals(self.fees)
        kept = before if as_before else self._combined(self.steps.made(structure, 0), 0, rows)
        made = [self._combined(self.steps.made(structure, way), way, rows) for way in sorted(ways - {0})]
        return VisitLines(
            before=before,
            kept=kept,
            after=pl.concat([kept.head(0), *made]),
            visits=self.shapes.visits.join(eligible, on="visit", how="left", maintain_order="left"),
            bits=bits,
            growth=growth_of(scenario),
        )

    def _amounts_as_they_are(self) -> pl.DataFrame:
        """Return every line's baseline amounts, which are the same for every scenario."""
        lines = self.steps.made(structure_of(BASELINE), 0)
        return self.steps.held("amounts", lambda: self.price(lines, self.fees).drop(lines.columns))

    def _combined(self, lines: pl.DataFrame, combination: int, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the lines with their amounts; categories become text, because users join them with data files."""
        return self.price(lines, rows).drop("may").with_columns(_TEXT, combination=pl.lit(combination, pl.Int64))

    def counts(self, where: Filters) -> int:
        """Count the counted lines that meet a condition."""
        kinds = self.shapes.kinds.filter(self.steps.meets(where), pl.col("marks") & COUNTED > 0).select("kind")
        lines = self.shapes.lines.join(kinds, on="kind", how="semi")
        return int(self.shapes.visits["visits"].gather(lines["visit"]).sum())

    def used(self) -> frozenset[tuple[str, str]]:
        """(code, row modifier) of the fee rows that price the lines in view; "" for a code's plain row."""
        counted = self.shapes.kinds.filter(pl.col("marks") & COUNTED > 0)["fee_id"].implode()
        rows = self.fees.filter(pl.col("fee_id").is_in(counted))
        return frozenset(rows.select("code", "schedule_modifier").iter_rows())

    def assisted(self) -> bool:
        """Whether an assistant furnished any of the lines in view."""
        return bool(self.shapes.kinds.select(((pl.col("marks") & COUNTED > 0) & pl.col("assistant")).any()).item())

    def classes(self) -> frozenset[str]:
        """The payer classes of the lines looked at."""
        return frozenset(self.shapes.kinds["payer_class"])

    def priced_visits(self) -> int:
        """How many visits have a counted line with an amount."""
        priced = self.fees.filter(pl.col("full_cents").is_not_null())["fee_id"].implode()
        kinds = self.shapes.kinds.filter(pl.col("fee_id").is_in(priced), pl.col("marks") & COUNTED > 0).select("kind")
        visits = self.shapes.lines.join(kinds, on="kind", how="semi")["visit"].unique()
        return int(self.shapes.visits["visits"].gather(visits).sum())

    def full_units(self, scenario: Scenario) -> pl.DataFrame:
        """Counted lines priced under a scenario: code, units, full_units (those paid in full)."""
        fees = self.fee_rows(scenario)
        cells = self.steps.cells(structure_of(scenario), 0, fees)
        rows = fees.filter(pl.col("full_cents").is_not_null()).select("fee_id", "mppr")
        full = pl.when("mppr").then(pl.col("holds_top").cast(pl.Int64)).otherwise("units")
        lines = pl.col("lines")
        sums = [(pl.col("units") * lines).sum(), (full * lines).sum().alias("full_units")]
        return cells.join(rows, on="fee_id").group_by(pl.col("code").cast(pl.String)).agg(sums)

    def price(self, lines: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """Price lines in visit order at the given fee rows: adds pipeline.AMOUNTS, same order."""
        marked = self.steps.ranked(lines, rows)
        priced: pl.LazyFrame = price_units(nw.from_native(marked.lazy()), nw.from_native(rows.lazy())).to_native()
        return priced.select(*dict.fromkeys((*lines.columns, *AMOUNTS))).sort("visit", "line").collect()

    def _before(self, left_out: tuple[str, ...]) -> pl.DataFrame:
        rows = self._with_known(self.fees, left_out)
        return summed(self.steps.cells(structure_of(BASELINE), 0, rows), rows)

    def _with_known(self, rows: pl.DataFrame, left_out: Collection[str]) -> pl.DataFrame:
        """Add `known` to fee rows: whether a line that kept its code is priced on both sides."""
        base = self.fees.filter(pl.col("full_cents").is_not_null(), ~pl.col("code").is_in(list(left_out)))
        return rows.with_columns((pl.col("fee_id") % self.book.size).is_in(base["fee_id"].implode()).alias("known"))

    def _unpriced(
        self,
        structure: Structure,
        rows: pl.DataFrame,
        left_out: Collection[str],
        weight_of: Mapping[int, Mapping[int, int]],
    ) -> pl.DataFrame:
        """Return lines the scenario has no amount for although they had one, or were made by a recoding."""
        targets = [target for _, target, _ in structure.moves.recodes]
        lacking = rows.filter(
            pl.col("full_cents").is_null(),
            pl.col("known") | pl.col("code").is_in(targets),
            ~pl.col("code").is_in(list(left_out)),
        )
        ways = sorted({way for ways in weight_of.values() for way in ways})
        if lacking.is_empty():
            return lacking.select("code", "schedule_year", "reason", pl.lit(0, pl.Int64).alias("lines"))
        reasons = lacking.select("fee_id", "schedule_year", "reason", "known")
        found = [
            self.steps.cells(structure, way, rows)
            .join(reasons, on="fee_id", how="inner")
            .filter(pl.col("known") | pl.col("moved"))
            for way in ways
        ]
        code = pl.col("code").cast(pl.String)
        counted = pl.concat(found).group_by(code, "schedule_year", "reason").agg(pl.col("lines").sum())
        return counted.sort("code")

    def _touched(self, lines: pl.DataFrame, count: int) -> tuple[int, ...]:
        first = lines["eligible"].gather(pl.Series(self.steps.start)).to_numpy()
        alike = self.shapes.visits["visits"].to_numpy()
        return tuple(int(alike[first & (1 << place) > 0].sum()) for place in range(count))
