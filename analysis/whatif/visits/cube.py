"""Price scenarios on the distinct visits of a set of lines: exactly, and fast enough for a slider.

Only the cells (`cells.CellBuilder`) are priced again while a conversion factor moves; while a share moves, only the
weights change.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import narwhals as nw
import polars as pl

from analysis.errors import ContractError
from analysis.money import BASIS
from analysis.pricing import AMOUNTS
from analysis.pricing.pipeline import price_units
from analysis.whatif.scenarios import BASELINE, Recode, ScheduleChange, VolumeChange
from analysis.whatif.visits.cells import CellBuilder, has_amount
from analysis.whatif.visits.fee_rows import fee_rows
from analysis.whatif.visits.masks import COUNTED, bit, has
from analysis.whatif.visits.recoding import combinations, shares
from analysis.whatif.visits.structure import distinctions_of, growth_of, is_of_line_kind, structure_of
from analysis.whatif.visits.sums import MEASURES, Outcome, expected_sums, scaled, summed
from analysis.whatif.visits.visit_lines import VisitLines

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from analysis.lines.filters import Filters
    from analysis.medicare.fees.schedules import Track
    from analysis.pricing.baseline import Baseline
    from analysis.pricing.lookups import Lookups
    from analysis.whatif.scenarios import Scenario
    from analysis.whatif.scenarios.fee_rows import FeeRows
    from analysis.whatif.visits.distinct_visits import DistinctVisits
    from analysis.whatif.visits.masks import Mask
    from analysis.whatif.visits.structure import Structure
    from analysis.whatif.visits.unit_charges import UnitCharges

_CACHED_VISITS = 2
_KEY = ("code", "payer_class", *MEASURES)
_TEXT = pl.col(pl.Categorical).cast(pl.String)
_UNCHANGED = pl.lit(0, pl.Int64)


class Cube:
    """Distinct visits of a set of lines, ready to be priced under any scenario.

    Made by `build`. Holds no patients, only distinct visits and their counts. Sums are those of a year if the baseline
    makes one of fewer months (`scale`); counts of visits and lines are the visits' own.
    """

    def __init__(
        self,
        distinct: DistinctVisits,
        all_fees: FeeRows,
        charges: UnitCharges,
        conditions: tuple[Filters, ...],
        years: frozenset[int],
        track: Track,
        lookups: Lookups,
        baseline: Baseline | None = None,
    ) -> None:
        self.distinct, self.all_fees, self.track = distinct, all_fees, track
        self.fees = fee_rows(all_fees, BASELINE, track)
        self.builder = CellBuilder(distinct, all_fees, charges, self.fees, conditions, lookups)
        self.baseline = baseline
        self.scale = Fraction(1) if baseline is None else baseline.scale
        self._years = years
        self._visits: dict[object, VisitLines] = {}

    def covers(self, scenarios: Iterable[Scenario]) -> bool:
        """Tell whether the cube can distinguish what these scenarios ask for; otherwise it must be built with them.

        It cannot be distinguished later: dates of a change within a year, and therapists, clinics, dates.
        """
        conditions, years = distinctions_of(scenarios)
        return years <= self._years and all(
            where in self.builder.conditions or is_of_line_kind(where) for where in conditions
        )

    def _refuse_uncovered(self, scenario: Scenario) -> None:
        """Raise ContractError for a scenario the cube was not built for, because it would be priced wrongly."""
        if not self.covers([scenario]):
            raise ContractError("the cube was not built for the conditions or years of this scenario")

    def fee_rows(self, scenario: Scenario) -> pl.DataFrame:
        """Return the scenario's fee rows (`fee_rows.fee_rows`)."""
        return self.fees if scenario == BASELINE else fee_rows(self.all_fees, scenario, self.track)

    def outcome(self, scenario: Scenario) -> Outcome:
        """Return sums by code and payer class, before and after.

        Raises
        ------
        BadInput, MissingRelease
            For a change the schedules have no answer to.
        """
        self._refuse_uncovered(scenario)
        rows = self.fee_rows(scenario)
        structure = structure_of(scenario)
        schedule = scenario.one(ScheduleChange)
        left_out = schedule.leave_out if schedule else ()
        lines = self.builder.lines(structure)
        change_shares, volume_factors = shares(scenario), growth_of(scenario)
        weight_of = {
            visit_change_mask: dict(combinations(visit_change_mask, change_shares))
            for visit_change_mask in lines["visit_change_mask"].unique()
        }
        rows = self._with_priced_on_both(rows, left_out)
        parts = []
        for combination in sorted({way for ways in weight_of.values() for way in ways}):
            cells = self.builder.cells(structure, combination, rows)
            parts.append(summed(cells, rows).with_columns(pl.lit(combination, pl.Int64).alias("combination")))
        after = expected_sums(pl.concat(parts), weight_of, volume_factors, len(change_shares))
        before = self.builder.cached(("before", left_out), lambda: self._before(left_out))
        sums = {(code, group): tuple(values) for code, group, *values in before.select(_KEY).iter_rows()}
        return Outcome(
            before=scaled(sums, self.scale),
            after=scaled(after, self.scale),
            priced_keys=frozenset(before.filter(pl.col("priced") > 0).select("code", "payer_class").iter_rows()),
            unpriced=self._unpriced(structure, rows, left_out, weight_of),
            moved_visits=self._visits_per_change(lines, structure.moves.count),
            left_out=int(
                before.filter(~pl.col("code").is_in(left_out)).select(pl.col("lines") - pl.col("priced")).sum().item()
            ),
        )

    def visits(self, scenario: Scenario) -> VisitLines:
        """Return the distinct visits line by line, as they are and as the scenario changes them."""
        self._refuse_uncovered(scenario)
        change_shares = shares(scenario)
        possible = tuple((share > 0, share < BASIS) for share in change_shares)
        key = (
            replace(scenario.having(Recode).having(VolumeChange), name="Visits", note=""),
            structure_of(scenario),
            possible,
        )
        if key not in self._visits:
            if len(self._visits) >= _CACHED_VISITS:
                self._visits.pop(next(iter(self._visits)))
            self._visits[key] = self._line_by_line(scenario)
        # Shares and volumes only weight the same visits.
        return replace(self._visits[key], change_shares=change_shares, volume_factors=growth_of(scenario))

    def _line_by_line(self, scenario: Scenario) -> VisitLines:
        structure, rows = structure_of(scenario), self.fee_rows(scenario)
        lines, change_shares = self.builder.lines(structure), shares(scenario)
        per_visit = lines.select("visit", "visit_change_mask").unique("visit", maintain_order=True)
        ways = {way for mask in per_visit["visit_change_mask"].unique() for way, _ in combinations(mask, change_shares)}
        recodes = len(scenario.of(Recode))
        ways |= {*(way >> recodes << recodes for way in ways)}
        plain = self.builder.changed_lines(replace(structure, applies_to=None), 0)
        before = (
            plain.drop("line_change_mask")
            .with_columns(self._amounts_as_they_are())
            .with_columns(_TEXT, combination=_UNCHANGED)
        )
        as_before = structure.applies_to is None and rows.equals(self.fees)
        unchanged = before if as_before else self._combined(self.builder.changed_lines(structure, 0), 0, rows)
        recoded = [self._combined(self.builder.changed_lines(structure, way), way, rows) for way in sorted(ways - {0})]
        return VisitLines(
            before=before,
            unchanged=unchanged,
            after=pl.concat([unchanged.head(0), *recoded]),
            visits=self.distinct.visits.join(per_visit, on="visit", how="left", maintain_order="left"),
            change_shares=change_shares,
            volume_factors=growth_of(scenario),
            scale=self.scale,
        )

    def _amounts_as_they_are(self) -> pl.DataFrame:
        """Return every line's baseline amounts, which are the same for every scenario."""
        lines = self.builder.changed_lines(structure_of(BASELINE), 0)
        return self.builder.cached("amounts", lambda: self.price(lines, self.fees).drop(lines.columns))

    def _combined(self, lines: pl.DataFrame, combination: Mask, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the lines with their amounts; categories become text, because users join them with data files."""
        return (
            self.price(lines, rows)
            .drop("line_change_mask")
            .with_columns(_TEXT, combination=pl.lit(combination, pl.Int64))
        )

    def count(self, where: Filters) -> int:
        """Count the counted lines that meet a condition."""
        kinds = self.distinct.line_kinds.filter(self.builder.meets(where), has("condition_mask", COUNTED)).select(
            "kind"
        )
        lines = self.distinct.lines.join(kinds, on="kind", how="semi")
        return int(self.distinct.visits["visits"].gather(lines["visit"]).sum())

    def fee_rows_in_use(self) -> frozenset[tuple[str, str]]:
        """(code, row modifier) of the fee rows that price the lines in view; "" for a code's plain row."""
        counted = self.distinct.line_kinds.filter(has("condition_mask", COUNTED))["fee_id"].implode()
        rows = self.fees.filter(pl.col("fee_id").is_in(counted))
        return frozenset(rows.select("code", "schedule_modifier").iter_rows())

    def has_assistants(self) -> bool:
        """Tell whether an assistant treated on any of the lines in view."""
        return bool(
            self.distinct.line_kinds.select((has("condition_mask", COUNTED) & pl.col("assistant")).any()).item()
        )

    def payer_classes(self) -> frozenset[str]:
        """Return the payer classes of these visits' lines, in view or not."""
        return frozenset(self.distinct.line_kinds["payer_class"])

    def priced_visits(self) -> int:
        """How many visits have a counted line with an amount."""
        kinds = self.distinct.line_kinds.filter(has_amount(self.fees), has("condition_mask", COUNTED)).select("kind")
        visits = self.distinct.lines.join(kinds, on="kind", how="semi")["visit"].unique()
        return int(self.distinct.visits["visits"].gather(visits).sum())

    def full_units(self, scenario: Scenario) -> pl.DataFrame:
        """Counted lines priced under a scenario: code, units, full_units (those paid in full)."""
        fees = self.fee_rows(scenario)
        cells = self.builder.cells(structure_of(scenario), 0, fees).filter(~pl.col("not_covered"))
        rows = fees.filter(pl.col("full_cents").is_not_null()).select("fee_id", "mppr")
        full = pl.when("mppr").then(pl.col("holds_top").cast(pl.Int64)).otherwise("units")
        lines = pl.col("lines")
        sums = [(pl.col("units") * lines).sum(), (full * lines).sum().alias("full_units")]
        return cells.join(rows, on="fee_id").group_by(pl.col("code").cast(pl.String)).agg(sums)

    def price(self, lines: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """Price lines in visit order at the given fee rows: adds pipeline.AMOUNTS, same order."""
        conditions = self.builder.ranked(lines, rows)
        priced: pl.LazyFrame = price_units(nw.from_native(conditions.lazy()), nw.from_native(rows.lazy())).to_native()
        return priced.select(*dict.fromkeys((*lines.columns, *AMOUNTS))).sort("visit", "line").collect()

    def _before(self, left_out: tuple[str, ...]) -> pl.DataFrame:
        rows = self._with_priced_on_both(self.fees, left_out)
        return summed(self.builder.cells(structure_of(BASELINE), 0, rows), rows)

    def _with_priced_on_both(self, rows: pl.DataFrame, left_out: Collection[str]) -> pl.DataFrame:
        """Add `priced_on_both` to fee rows: whether a line that kept its code is priced on both sides."""
        base = self.fees.filter(pl.col("full_cents").is_not_null(), ~pl.col("code").is_in(list(left_out)))
        return rows.with_columns(
            (pl.col("fee_id") % self.all_fees.size).is_in(base["fee_id"].implode()).alias("priced_on_both")
        )

    def _unpriced(
        self,
        structure: Structure,
        rows: pl.DataFrame,
        left_out: Collection[str],
        weight_of: Mapping[Mask, Mapping[Mask, int]],
    ) -> pl.DataFrame:
        """Return lines the scenario has no amount for although they had one, or were made by a recoding."""
        targets = [target for _, target, _ in structure.moves.recodes]
        lacking = rows.filter(
            pl.col("full_cents").is_null(),
            pl.col("priced_on_both") | pl.col("code").is_in(targets),
            ~pl.col("code").is_in(list(left_out)),
        )
        ways = sorted({way for ways in weight_of.values() for way in ways})
        if lacking.is_empty():
            return lacking.select("code", "schedule_year", "reason", pl.lit(0, pl.Int64).alias("lines"))
        reasons = lacking.select("fee_id", "schedule_year", "reason", "priced_on_both")
        per_combination = [
            self.builder.cells(structure, way, rows)
            .join(reasons, on="fee_id", how="inner")
            .filter(pl.col("priced_on_both") | pl.col("moved"), ~pl.col("not_covered"))
            for way in ways
        ]
        code = pl.col("code").cast(pl.String)
        counted = pl.concat(per_combination).group_by(code, "schedule_year", "reason").agg(pl.col("lines").sum())
        return counted.sort("code")

    def _visits_per_change(self, lines: pl.DataFrame, count: int) -> tuple[int, ...]:
        masks = lines["visit_change_mask"].gather(pl.Series(self.builder.start)).to_numpy()
        visits = self.distinct.visits["visits"].to_numpy()
        return tuple(int(visits[masks & bit(index) > 0].sum()) for index in range(count))
