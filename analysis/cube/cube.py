"""Price scenarios on the distinct visits of a set of lines: exact, and quick enough for a slider.

Three steps, each kept for the next time: the lines of the visits as a combination of changes makes them, which of them
holds the unit paid in full, and how many lines are alike after that (the cells). Only the cells are priced while a
conversion factor moves; only weights change while a share does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
import polars as pl

from analysis.cube.recoding import Moves, changed, combinations, moves_of, shares
from analysis.cube.shapes import COUNTED, Shapes, medians, shapes_of
from analysis.cube.terms import FeeBook, fee_book, terms
from analysis.errors import BadInput
from analysis.fees import load_book
from analysis.filters import Filters
from analysis.money import BASIS
from analysis.policy import load_policy
from analysis.pricing import AMOUNTS, periods_of, place_lines, work_of
from analysis.pricing.pipeline import price_units
from analysis.pricing.visits import mark_top_unit_in_order
from analysis.scenarios.changes import BASELINE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from analysis.fees.schedules import Track
    from analysis.pricing import Priced
    from analysis.pricing.lookups import Lookups
    from analysis.scenarios.changes import Scenario

MEASURES = ("units", "scheduled_cents", "expected_cents", "receipts_cents")
"""What is summed over lines; pipeline.AMOUNTS says what the amounts are."""

_ON_KINDS = frozenset({"payers", "payer_classes", "disciplines", "codes"})
"""Fields of a condition that every kind of line answers by itself; the others need a mark when the cube is built."""

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
_KEPT = 24
"""Results of the slower steps held at a time."""
_KEPT_VISITS = 2


def build(
    priced: Priced,
    counted: Filters | None = None,
    scenarios: Iterable[Scenario] = (),
    *,
    codes: Iterable[str],
    track: Track = "non_qp",
) -> Cube:
    """Make the cube of priced lines.

    Parameters
    ----------
    counted:
        The lines looked at; others of the same visits rank with them and are not summed.
    scenarios:
        What will be asked: their conditions on lines and the years they compare with.
    codes:
        Codes a recoding may make, besides those in use.

    Raises
    ------
    BadInput
        Where no line is counted.
    """
    wheres, years = _asked(scenarios)
    placed = place_lines(priced.lines, None)
    periods = periods_of(load_book(), load_policy(), track, proposed=True, aligned_with=years)
    work = work_of(placed, track=track, proposed=True, periods=periods, further=codes)
    # A line is never priced by a proposal unless a scenario asks for it.
    final = tuple(
        (period.start, period.end, work.fees.periods[period.period_id])
        for period in periods
        if not period.schedule.proposed
    )
    work = replace(work, known=replace(work.known, periods=final))
    marked = tuple(where for where in wheres if not _answered_by_kinds(where))
    shapes = shapes_of(placed, work, counted or Filters(), marked)
    if shapes.visits.is_empty():
        raise BadInput(
            "no line that meets the filters", expected="at least one visit to price", todo="take a filter off"
        )
    book = fee_book(work.fees, periods, shapes.kinds["fee_id"])
    return Cube(shapes, book, medians(placed), marked, years, track, work.known)


def _asked(scenarios: Iterable[Scenario]) -> tuple[tuple[Filters, ...], frozenset[int]]:
    """The conditions on lines, and the years whose days have to be told apart."""
    asked = tuple(scenarios)
    recodes = [recode.where for scenario in asked for recode in scenario.recodes]
    volumes = [volume.where for scenario in asked for volume in scenario.volumes]
    years = {scenario.schedule.year for scenario in asked if scenario.schedule is not None}
    years |= {scenario.rules.year for scenario in asked if scenario.rules is not None}
    years |= {contract.year for scenario in asked for contract in scenario.contracts}
    return tuple(dict.fromkeys([*recodes, *volumes])), frozenset(year for year in years if year is not None)


def _answered_by_kinds(where: Filters) -> bool:
    asked = {name for name in Filters.__slots__ if getattr(where, name)}
    return asked <= _ON_KINDS


@dataclass(frozen=True, slots=True, eq=False)
class VisitLines:
    """Distinct visits line by line, as they are and as a scenario makes them.

    Attributes
    ----------
    before:
        Grain: line of a distinct visit, in visit order: visit, line, fee_id, code, units, charge_cents, assistant,
        distinct_service, discipline, payer, payer_class, counted, eligible, grows (bit mask of the scenario's volumes
        it belongs to), moved (units that changed their code: none here), combination (0), and the amounts
        (pipeline.AMOUNTS) of the baseline.
    kept:
        The same lines with the scenario's amounts.
    after:
        The lines with the scenario's amounts for every combination of changes (bit i: recoding i; the bit above the
        recodings: assistants) that can happen, and for each the one without its recodings; not for the empty one.
    visits:
        Grain: distinct visit: visit, visits (how many are like it), eligible (bit mask of the changes it may get).
    bits, growth:
        The share of each change of lines, and what each volume multiplies by, in basis points.
    """

    before: pl.DataFrame
    kept: pl.DataFrame
    after: pl.DataFrame
    visits: pl.DataFrame
    bits: tuple[int, ...]
    growth: tuple[int, ...]

    def weight(self, eligible: int, combination: int, grows: int) -> Fraction:
        """What a line of a visit counts for: how likely its combination is, times the volumes it belongs to."""
        factors = (factor for place, factor in enumerate(self.growth) if grows & (1 << place))
        return self.chance(eligible, combination) * prod(
            (Fraction(factor, BASIS) for factor in factors), start=Fraction(1)
        )

    def chance(self, eligible: int, combination: int) -> Fraction:
        """How likely a visit that may get the changes `eligible` gets just those of `combination`."""
        ways = dict(combinations(eligible, self.bits))
        return Fraction(ways.get(combination, 0), BASIS ** len(self.bits))


Sums = Mapping[tuple[str, str], tuple[Fraction, ...]]
"""Code and payer class -> exact sums in the order of MEASURES."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Exact sums of a scenario, before and after.

    Attributes
    ----------
    before, after:
        (code, payer class) -> sums in the order of MEASURES, in units and cents; `after` is an expectation over shares.
        Amounts are over lines priced on both sides; units over all.
    known:
        (code, payer class) whose amounts are of at least one line.
    unpriced:
        Lines that have an amount in the baseline and none in the scenario: code, schedule year, reason, lines.
    moved_visits:
        For each change of lines, in order, how many visits it may touch.
    left_out:
        Lines looked at that have no amount on one side or the other.
    """

    before: Sums
    after: Sums
    known: frozenset[tuple[str, str]]
    unpriced: pl.DataFrame
    moved_visits: tuple[int, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class _Structure:
    """What decides the lines of a scenario's visits, whatever its shares and rates."""

    moves: Moves
    wheres: tuple[Filters, ...]
    grows: tuple[Filters, ...]
    applies_to: tuple[str, ...] | None


def _growth(scenario: Scenario) -> tuple[int, ...]:
    """What each change of volume multiplies by, in basis points."""
    return tuple(BASIS + volume.change_bp for volume in scenario.volumes)


def _structure(scenario: Scenario) -> _Structure:
    return _Structure(
        moves_of(scenario),
        tuple(recode.where for recode in scenario.recodes),
        tuple(volume.where for volume in scenario.volumes),
        scenario.mppr.applies_to if scenario.mppr else None,
    )


class Cube:
    """Distinct visits of a set of lines, ready to be priced under any scenario.

    Made by `build`. Holds no patient, only kinds of visits and how many there are.
    """

    def __init__(
        self,
        shapes: Shapes,
        book: FeeBook,
        charges: Mapping[str, int],
        marked: tuple[Filters, ...],
        years: frozenset[int],
        track: Track,
        known: Lookups,
    ) -> None:
        self.shapes, self.book, self.charges, self.track = shapes, book, charges, track
        self._marked, self._years, self._known = marked, years, known
        self._memo: dict[object, pl.DataFrame] = {}
        self._visits: dict[object, VisitLines] = {}
        self._start = np.searchsorted(shapes.lines["visit"].to_numpy(), shapes.visits["visit"].to_numpy())
        self.fees = terms(book, BASELINE, track)
        self._one_place = self._places_of_a_visit() <= 1

    def covers(self, scenarios: Iterable[Scenario]) -> bool:
        """Whether the cube can tell apart what these scenarios ask for; otherwise it has to be built with them."""
        wheres, years = _asked(scenarios)
        return years <= self._years and all(where in self._marked or _answered_by_kinds(where) for where in wheres)

    def terms(self, scenario: Scenario) -> pl.DataFrame:
        """The scenario's fee rows (terms.terms)."""
        return self.fees if scenario == BASELINE else terms(self.book, scenario, self.track)

    def outcome(self, scenario: Scenario) -> Outcome:
        """Sums by code and payer class, before and after.

        Raises
        ------
        BadInput, MissingRelease
            For a change the schedules do not answer to.
        """
        rows = self.terms(scenario)
        structure = _structure(scenario)
        left_out = scenario.schedule.leave_out if scenario.schedule else ()
        lines = self._lines(structure)
        bits, growth = shares(scenario), _growth(scenario)
        weight_of = {eligible: dict(combinations(eligible, bits)) for eligible in lines["eligible"].unique()}
        rows = self._with_known(rows, left_out)
        parts = []
        for combination in sorted({way for ways in weight_of.values() for way in ways}):
            cells = self._cells(structure, combination, rows)
            parts.append(_summed(cells, rows).with_columns(pl.lit(combination, pl.Int64).alias("combination")))
        after = _expected(pl.concat(parts), weight_of, growth, len(bits))
        before = self._held(("before", left_out), lambda: self._before(left_out))
        sums = {(code, group): tuple(map(Fraction, values)) for code, group, *values in before.select(_KEY).iter_rows()}
        return Outcome(
            before=sums,
            after=after,
            known=frozenset(before.filter(pl.col("priced") > 0).select("code", "payer_class").iter_rows()),
            unpriced=self._unpriced(structure, rows, left_out, weight_of),
            moved_visits=self._touched(lines, structure.moves.count),
            left_out=int((before["lines"] - before["priced"]).sum()),
        )

    def visits(self, scenario: Scenario) -> VisitLines:
        """The distinct visits line by line, as they are and as the scenario makes them."""
        bits = shares(scenario)
        possible = tuple((share > 0, share < BASIS) for share in bits)
        key = (replace(scenario, name="Visits", note="", recodes=(), volumes=()), _structure(scenario), possible)
        if key not in self._visits:
            if len(self._visits) >= _KEPT_VISITS:
                self._visits.pop(next(iter(self._visits)))
            self._visits[key] = self._line_by_line(scenario)
        # Shares and volumes only weigh the same visits.
        return replace(self._visits[key], bits=bits, growth=_growth(scenario))

    def _line_by_line(self, scenario: Scenario) -> VisitLines:
        structure, rows = _structure(scenario), self.terms(scenario)
        lines, bits = self._lines(structure), shares(scenario)
        eligible = lines.select("visit", "eligible").unique("visit", maintain_order=True)
        ways = {way for mask in eligible["eligible"].unique() for way, _ in combinations(mask, bits)}
        recodes = len(scenario.recodes)
        ways |= {0, *(way >> recodes << recodes for way in ways)}
        made = {way: self._combined(self._made(structure, way), way, rows) for way in sorted(ways)}
        kept = made.pop(0)
        plain = self._made(replace(structure, applies_to=None), 0)
        return VisitLines(
            before=self._combined(plain, 0, self.fees),
            kept=kept,
            after=pl.concat([kept.head(0), *made.values()]),
            visits=self.shapes.visits.join(eligible, on="visit", how="left", maintain_order="left"),
            bits=bits,
            growth=_growth(scenario),
        )

    def _combined(self, lines: pl.DataFrame, combination: int, rows: pl.DataFrame) -> pl.DataFrame:
        return self.price(lines, rows).drop("may").with_columns(pl.lit(combination, pl.Int64).alias("combination"))

    def counts(self, where: Filters) -> int:
        """How many counted lines meet a condition."""
        kinds = self.shapes.kinds.filter(self._meets(where), pl.col("marks") & COUNTED > 0).select("kind")
        lines = self.shapes.lines.join(kinds, on="kind", how="semi")
        return int(self.shapes.visits["visits"].gather(lines["visit"]).sum())

    def used(self) -> frozenset[tuple[str, str]]:
        """(code, row modifier) of the fee rows that price the lines looked at; "" for a code's plain row."""
        counted = self.shapes.kinds.filter(pl.col("marks") & COUNTED > 0)["fee_id"].implode()
        rows = self.fees.filter(pl.col("fee_id").is_in(counted))
        return frozenset(rows.select("code", "schedule_modifier").iter_rows())

    def assisted(self) -> bool:
        """Whether an assistant furnished any of the lines looked at."""
        return bool(self.shapes.kinds.select(((pl.col("marks") & COUNTED > 0) & pl.col("assistant")).any()).item())

    def priced_visits(self) -> int:
        """How many visits have a counted line with an amount."""
        priced = self.fees.filter(pl.col("full_cents").is_not_null())["fee_id"].implode()
        kinds = self.shapes.kinds.filter(pl.col("fee_id").is_in(priced), pl.col("marks") & COUNTED > 0).select("kind")
        visits = self.shapes.lines.join(kinds, on="kind", how="semi")["visit"].unique()
        return int(self.shapes.visits["visits"].gather(visits).sum())

    def full_units(self, scenario: Scenario) -> pl.DataFrame:
        """Counted lines priced under a scenario: code, units, full_units (those paid in full)."""
        fees = self.terms(scenario)
        cells = self._cells(_structure(scenario), 0, fees)
        rows = fees.filter(pl.col("full_cents").is_not_null()).select("fee_id", "mppr")
        full = pl.when("mppr").then(pl.col("holds_top").cast(pl.Int64)).otherwise("units")
        lines = pl.col("lines")
        sums = [(pl.col("units") * lines).sum(), (full * lines).sum().alias("full_units")]
        return cells.join(rows, on="fee_id").group_by("code").agg(sums)

    def price(self, lines: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """Lines of visits, in visit order, with pipeline.AMOUNTS at the given fee rows, in the same order."""
        marked = self._ranked(lines, rows)
        priced: pl.LazyFrame = price_units(nw.from_native(marked.lazy()), nw.from_native(rows.lazy())).to_native()
        return priced.select(*dict.fromkeys((*lines.columns, *AMOUNTS))).sort("visit", "line").collect()

    def _before(self, left_out: tuple[str, ...]) -> pl.DataFrame:
        rows = self._with_known(self.fees, left_out)
        return _summed(self._cells(_structure(BASELINE), 0, rows), rows)

    # ------------------------------------------------------------------------------------------------ the three steps
    def _lines(self, structure: _Structure) -> pl.DataFrame:
        """Every line of every distinct visit with what the structure says of it: may, eligible, grows, counted."""
        return self._held(("lines", structure), lambda: self._described(structure))

    def _described(self, structure: _Structure) -> pl.DataFrame:
        kinds = self.shapes.kinds
        counted = pl.col("marks") & COUNTED > 0
        priced = pl.col("fee_id").is_in(self.fees.filter(pl.col("full_cents").is_not_null())["fee_id"].implode())
        may = [
            counted & priced & (pl.col("code") == source) & self._meets(where)
            for (source, _, _), where in zip(structure.moves.recodes, structure.wheres, strict=True)
        ]
        if structure.moves.assistants:
            may.append(counted & priced & pl.col("assistant"))
        described = kinds.with_columns(
            counted.alias("counted"),
            _mask(may).alias("may"),
            _mask([self._meets(where) for where in structure.grows]).alias("grows"),
        )
        if structure.applies_to is not None:
            free = ~pl.col("payer_class").is_in(structure.applies_to)
            described = described.with_columns(pl.col("fee_id") + pl.when(free).then(self.book.size).otherwise(0))
        own = self.shapes.lines
        lines = own.drop("kind").hstack(described[own["kind"]].drop("kind", "marks"))
        masks = np.bitwise_or.reduceat(lines["may"].to_numpy(), self._start) if lines.height else np.zeros(0, np.int64)
        lengths = np.diff(np.append(self._start, lines.height))
        return lines.with_columns(pl.Series("eligible", np.repeat(masks, lengths), pl.Int64))

    def _meets(self, where: Filters) -> pl.Expr:
        """Whether a kind of line meets a condition."""
        if _answered_by_kinds(where):
            return where.condition()
        return pl.col("marks") & (COUNTED << 1 + self._marked.index(where)) > 0

    def _made(self, structure: _Structure, combination: int) -> pl.DataFrame:
        """The lines of all visits that may get a combination of changes, with them made."""
        lines = self._lines(structure)
        if not combination:
            return lines.with_columns(pl.lit(value=False).alias("moved"))
        may = lines.filter(pl.col("eligible") & combination == combination)
        return changed(may, structure.moves, combination, self.charges, self.book.fees.codes)

    def _cells(self, structure: _Structure, combination: int, rows: pl.DataFrame) -> pl.DataFrame:
        """Counted lines that are alike in all that prices them: the columns of _CELL, and lines."""
        key = ("cells", structure, combination, self._order(structure, rows))
        return self._held(key, lambda: self._counted(self._ranked(self._made(structure, combination), rows)))

    def _counted(self, lines: pl.DataFrame) -> pl.DataFrame:
        alike = self.shapes.visits["visits"].gather(lines["visit"])
        counted = lines.with_columns(alike.alias("lines")).filter("counted")
        return counted.group_by(_CELL).agg(pl.col("lines").sum())

    def _ranked(self, lines: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """Lines with `holds_top` under the order of some fee rows."""
        ranks = np.zeros(2 * self.book.size, np.int64)
        ranks[rows["fee_id"].to_numpy()] = rows["top_rank"].to_numpy()
        highest = lines["charge_cents"].max()
        known = replace(self._known, highest_charge=highest if isinstance(highest, int) else 0)
        return mark_top_unit_in_order(lines, pl.Series(ranks), known)

    # --------------------------------------------------------------------------------------------------------- helpers
    def _order(self, structure: _Structure, rows: pl.DataFrame) -> bytes:
        """Fee rows that rank the lines of every visit alike have the same order, whatever they pay."""
        codes = {*self.shapes.kinds["code"].unique(), *(target for _, target, _ in structure.moves.recodes)}
        among = ("period_id", "place") if self._one_place else ("period_id",)
        ranked = rows.filter(pl.col("code").is_in(list(codes)))
        order = ranked.select("fee_id", pl.col("top_rank").rank("dense").over(*among)).sort("fee_id")
        return order["top_rank"].to_numpy().astype(np.uint32).tobytes()

    def _with_known(self, rows: pl.DataFrame, left_out: Collection[str]) -> pl.DataFrame:
        """Fee rows with `known`: whether a line that kept its code is priced on both sides, as far as we may tell."""
        base = self.fees.filter(pl.col("full_cents").is_not_null(), ~pl.col("code").is_in(list(left_out)))
        return rows.with_columns((pl.col("fee_id") % self.book.size).is_in(base["fee_id"].implode()).alias("known"))

    def _unpriced(
        self,
        structure: _Structure,
        rows: pl.DataFrame,
        left_out: Collection[str],
        weight_of: Mapping[int, Mapping[int, int]],
    ) -> pl.DataFrame:
        """Lines the scenario finds no amount for though they had one, or were made by a recoding."""
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
            self._cells(structure, way, rows)
            .join(reasons, on="fee_id", how="inner")
            .filter(pl.col("known") | pl.col("moved"))
            for way in ways
        ]
        return pl.concat(found).group_by("code", "schedule_year", "reason").agg(pl.col("lines").sum()).sort("code")

    def _touched(self, lines: pl.DataFrame, count: int) -> tuple[int, ...]:
        first = lines["eligible"].gather(pl.Series(self._start)).to_numpy()
        alike = self.shapes.visits["visits"].to_numpy()
        return tuple(int(alike[first & (1 << place) > 0].sum()) for place in range(count))

    def _places_of_a_visit(self) -> int:
        """The most localities the lines of one visit are priced in."""
        place = self.fees.select("fee_id", pl.col("place").rank("dense"))
        lines = self.shapes.lines.join(self.shapes.kinds.select("kind", "fee_id"), on="kind", how="left")
        counted = lines.join(place, on="fee_id", how="left").group_by("visit").agg(pl.col("place").n_unique())
        return int(counted["place"].cast(pl.Int64).max() or 0)  # type: ignore[arg-type]

    def _held(self, key: object, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """A result made once; the oldest goes when there are too many."""
        if key not in self._memo:
            while len(self._memo) >= _KEPT:
                self._memo.pop(next(iter(self._memo)))
            self._memo[key] = make()
        return self._memo[key]


def total(sums: Sums, measure: str) -> Fraction:
    """The sum of one of MEASURES over all codes and payer classes, unrounded."""
    place = MEASURES.index(measure)
    return sum((values[place] for values in sums.values()), Fraction(0))


_KEY = ("code", "payer_class", *MEASURES)


def _mask(parts: Iterable[pl.Expr]) -> pl.Expr:
    """Conditions as one number, a bit for each in its order."""
    bits = [pl.when(part).then(1 << place).otherwise(0) for place, part in enumerate(parts)]
    return pl.sum_horizontal(pl.lit(0), *bits).cast(pl.Int64)


def _summed(cells: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Cells priced and summed: eligible, grows, code, payer_class, MEASURES, lines, priced (lines with an amount).

    A line that kept its code counts in dollars where `known` says so, one that changed it always.
    """
    priced: pl.LazyFrame = price_units(nw.from_native(cells.lazy()), nw.from_native(rows.lazy())).to_native()
    counts = pl.col("expected_cents").is_not_null() & (pl.col("known").fill_null(value=False) | pl.col("moved"))
    amounts = [
        (pl.when(counts).then(pl.col(name)).otherwise(0) * pl.col("lines")).sum().alias(name) for name in MEASURES[1:]
    ]
    return (
        priced.join(rows.lazy().select("fee_id", "known"), on="fee_id", how="left")
        .group_by("eligible", "grows", "code", "payer_class")
        .agg(
            (pl.col("units") * pl.col("lines")).sum(),
            *amounts,
            pl.when(counts).then(pl.col("lines")).otherwise(0).sum().alias("priced"),
            pl.col("lines").sum(),
        )
        .collect()
    )


def _expected(
    sums: pl.DataFrame, weight_of: Mapping[int, Mapping[int, int]], growth: tuple[int, ...], bits: int
) -> dict[tuple[str, str], tuple[Fraction, ...]]:
    """The expectation over combinations, and the growth of volumes, in exact fractions."""
    totals: dict[tuple[str, str], list[int]] = {}
    columns = ("eligible", "combination", "grows", *_KEY)
    for eligible, combination, grows, code, group, *values in sums.select(columns).iter_rows():
        weight = weight_of[eligible].get(combination, 0)
        if not weight:
            continue
        for place, factor in enumerate(growth):
            weight *= factor if grows & (1 << place) else BASIS
        total = totals.setdefault((code, group), [0] * len(MEASURES))
        for place, value in enumerate(values):
            total[place] += weight * value
    whole = BASIS ** (bits + len(growth))
    return {key: tuple(Fraction(value, whole) for value in values) for key, values in totals.items()}
