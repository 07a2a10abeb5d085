"""All-payer revenue before and after a scenario: every payer by its contract, on the clinic's own visits.

Line amounts are whole millionths of a cent (an observed average may not be whole cents); sums are exact in them, and
each payer's sum is rounded half-up to the cent once.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from analysis.errors import BadInput, ContractError
from analysis.money import half_up
from analysis.payers.amounts import line_amount
from analysis.payers.book import ContractBook, Terms, in_words
from analysis.payers.observed import MILLIONTHS
from analysis.pricing import AMOUNTS
from analysis.whatif.scenarios import (
    BASELINE,
    Contract,
    GpciChange,
    MpprChange,
    RulesChange,
    RvuChange,
    Scenario,
    ScheduleChange,
    given,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.payers.observed import Observed
    from analysis.whatif.visits import Cube, VisitLines

_PAYER = ["payer", "payer_class"]
_DAY = ["visit", "combination", *_PAYER]
_LINE = ["visit", "combination", "eligible", "grows", "line", "moved", "units", "code", *_PAYER]


@dataclass(frozen=True, slots=True, eq=False)
class Revenue:
    """Expected revenue from payers and patients.

    Attributes
    ----------
    per_payer:
        Grain: payer, the largest difference first: payer (its class if the export names none), payer_class, pays_by (in
        words), pays_by_after, entered (whether a contract was entered), before_cents, after_cents, difference_cents,
        units, unknown_units (without an amount: on neither side), unmoved_units (expected units a recoding would move
        to a code this payer has no amount for: counted as not moved). Amounts are null if every unit is unknown.
    before_cents, after_cents:
        Their sums.
    notes:
        What to say beside the figures.
    """

    per_payer: pl.DataFrame
    before_cents: int
    after_cents: int
    notes: tuple[str, ...]

    @property
    def difference_cents(self) -> int:
        """After less before."""
        return self.after_cents - self.before_cents


def revenue(cube: Cube, scenario: Scenario, book: ContractBook, observed: Observed) -> Revenue:
    """Price every payer's lines by its contract, as they are and under a scenario.

    Raises
    ------
    BadInput
        For a contract of the scenario whose payer or class no line in view has.
    """
    if not cube.covers([Scenario("Contracts", (*book.contracts,))]):
        raise ContractError("the cube was not built for the years of these contracts")
    lines = cube.visits(scenario)
    after_book = book.under(scenario.of(Contract))
    pairs = lines.before.filter("counted").select(_PAYER).unique().sort(_PAYER, nulls_last=True).rows()
    _check_payers(scenario.of(Contract), pairs)
    now = {pair: book.terms(*pair) for pair in pairs}
    terms = {pair: after_book.terms(*pair) for pair in pairs}
    _check_used(scenario.of(Contract), terms)
    before = _paid(cube, BASELINE, lines.before, now, observed)
    kept, after = (_paid(cube, scenario, frame, terms, observed) for frame in (lines.kept, lines.after))
    known = before.join(kept.select("visit", "line", kept="paid", kept_units="units"), on=["visit", "line"], how="left")
    known = known.filter(pl.col("paid").is_not_null() & pl.col("kept").is_not_null())
    after = _after(after, known)
    kept = kept.join(known.select("visit", "line"), on=["visit", "line"], how="semi")
    then = _by_day(pl.concat([kept.with_columns(unmoved=pl.lit(0, pl.Int64)), after]), terms)
    sides = {pair: (now[pair], terms[pair]) for pair in pairs}
    return _result(lines, sides, before, _by_day(known, now), then)


def _check_payers(contracts: tuple[Contract, ...], pairs: list[tuple[str | None, str]]) -> None:
    """Refuse a contract that would silently change nothing."""
    payers, groups = {payer for payer, _ in pairs if payer}, {group for _, group in pairs}
    for position, contract in enumerate(contracts, start=1):
        there = payers if contract.payer is not None else groups
        name = contract.payer or contract.payer_class
        if name not in there:
            raise BadInput(
                f"no line for {name}",
                expected=f"one of {', '.join(sorted(there)[:8])}" if there else "lines that name a payer",
                todo="correct the name, or remove the contract",
                column=f"contract {position}, {'payer' if contract.payer is not None else 'payer_class'}",
            )


def _check_used(contracts: tuple[Contract, ...], terms: dict[tuple[str | None, str], Terms]) -> None:
    """Refuse a class contract that no payer is paid by, because each has its own."""
    used = {own.contract for own in terms.values()}
    for position, contract in enumerate(contracts, start=1):
        if contract not in used:
            raise BadInput(
                f"{contract.payer_class}, but every payer in this class has its own contract",
                expected="a class with a payer that has no contract",
                todo="change the contracts of its payers, or remove this one",
                column=f"contract {position}, payer_class",
            )


def _paid(
    cube: Cube,
    scenario: Scenario,
    lines: pl.DataFrame,
    terms: dict[tuple[str | None, str], Terms],
    observed: Observed,
) -> pl.DataFrame:
    """Return counted lines with `paid`, what their payers owe in millionths of a cent; null if unknown.

    A rate per visit is on every line, and caps are not applied: see `_by_day`.
    """
    contracts = list(dict.fromkeys(own.contract for own in terms.values()))
    payers = [(*pair, contracts.index(own.contract)) for pair, own in terms.items()]
    whose = pl.DataFrame(
        payers, schema={"payer": pl.String, "payer_class": pl.String, "contract": pl.Int64}, orient="row"
    )
    parts = []
    for place in dict.fromkeys(map(_priced_in, contracts or [None])):
        priced = lines if place == (None, None) else _elsewhere(cube, scenario, lines, *place)
        here = {index: contract for index, contract in enumerate(contracts) if _priced_in(contract) == place}
        counted = priced.filter("counted").join(whose, on=_PAYER, nulls_equal=True)
        with_average = counted.filter(pl.col("contract").is_in(list(here))).join(
            observed.per_unit, on=[*_PAYER, "code"], how="left", nulls_equal=True
        )
        parts.append(with_average.select(*_LINE, paid=_owed(here)))
    return pl.concat(parts)


def _is(pair: tuple[str | None, str]) -> pl.Expr:
    payer, group = pair
    own = pl.col("payer").is_null() if payer is None else pl.col("payer") == payer
    return own & (pl.col("payer_class") == group)


def _priced_in(contract: Contract | None) -> tuple[int | None, str | None]:
    """Return the fixed year and locality of a percent of Medicare."""
    if contract is None or contract.basis != "medicare":
        return None, None
    return contract.year, contract.locality


def _elsewhere(
    cube: Cube, scenario: Scenario, lines: pl.DataFrame, year: int | None, locality: str | None
) -> pl.DataFrame:
    """The same lines at the amounts of another year or locality, whole visits ranked afresh."""
    schedule = scenario.one(ScheduleChange) if year is None else ScheduleChange(year=year)
    gpci = scenario.one(GpciChange) if locality is None else GpciChange(locality)
    rvus = scenario.of(RvuChange) if year is None else ()  # a year's schedule is its RVUs too
    fixed = Scenario(scenario.name, given(*rvus, schedule, gpci, scenario.one(MpprChange), scenario.one(RulesChange)))
    rows = cube.fee_rows(fixed)
    plain = lines.drop(name for name in AMOUNTS if name != "fee_id")
    parts = [cube.price(part, rows) for part in plain.partition_by("combination", maintain_order=True)]
    return pl.concat(parts) if parts else lines


def _owed(contracts: dict[int, Contract | None]) -> pl.Expr:
    """Return what each line's contract (its number in `contract`) pays for it, before any cap."""
    owed = pl.lit(None, pl.Int64)
    for index, contract in contracts.items():
        owed = pl.when(pl.col("contract") == index).then(_of_line(contract)).otherwise(owed)
    return owed


def _of_line(contract: Contract | None) -> pl.Expr:
    if contract is None:
        return pl.col("receipts_cents") * MILLIONTHS
    match contract.basis:
        case "visit":
            return pl.lit((contract.visit_cents or 0) * MILLIONTHS, pl.Int64)
        case "observed":
            return pl.col("units") * pl.col("unit_millionths")
        case _:
            return line_amount(contract) * MILLIONTHS


def _by_day(lines: pl.DataFrame, terms: dict[tuple[str | None, str], Terms]) -> pl.DataFrame:
    """Add what is paid per patient-day instead of per line: the day's first line has its rate, and its cap."""
    paid, first = pl.col("paid"), pl.col("line") == pl.col("line").min().over(_DAY)
    for pair, own in terms.items():
        contract = own.contract
        if contract is None:
            continue
        if contract.basis == "visit":
            lines = lines.with_columns(paid=pl.when(_is(pair) & ~first).then(0).otherwise(paid))
        if contract.visit_cap_cents is not None:
            over = pl.max_horizontal(paid.sum().over(_DAY) - contract.visit_cap_cents * MILLIONTHS, 0)
            lines = lines.with_columns(paid=pl.when(_is(pair) & first).then(paid - over).otherwise(paid))
    return lines


def _after(after: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return lines of recoded visits from known lines; units moved to a code without an amount stay unchanged."""
    source = known.select("visit", "kept", "kept_units", line="line")
    found = after.with_columns(source=pl.col("line") // 2).join(
        source, left_on=["visit", "source"], right_on=["visit", "line"], how="inner"
    )
    stays = half_up(pl.col("kept") * pl.col("units"), pl.col("kept_units"))
    lost = pl.col("paid").is_null()
    return found.with_columns(
        paid=pl.when(lost).then(stays).otherwise("paid"),
        unmoved=pl.when(lost & pl.col("moved")).then("units").otherwise(0).cast(pl.Int64),
    ).drop("source", "kept", "kept_units")


def _result(
    lines: VisitLines,
    sides: dict[tuple[str | None, str], tuple[Terms, Terms]],
    before: pl.DataFrame,
    known: pl.DataFrame,
    after: pl.DataFrame,
) -> Revenue:
    alike = lines.visits.select("visit", "visits")
    count = pl.col("visits")
    now = known.join(alike, on="visit").group_by(_PAYER).agg((pl.col("paid") * count).sum())
    units = before.join(alike, on="visit").group_by(_PAYER).agg((pl.col("units") * count).sum())
    held = known.join(alike, on="visit").group_by(_PAYER).agg((pl.col("units") * count).sum())
    keys = [*_PAYER, "eligible", "combination", "grows"]
    sums = after.join(alike, on="visit").group_by(keys).agg((pl.col("paid", "unmoved") * count).sum())
    then: dict[tuple[str | None, str], list[Fraction]] = {}
    for payer, group, eligible, combination, grows, paid, unmoved in sums.iter_rows():
        weight = lines.weight(eligible, combination, grows)
        total = then.setdefault((payer, group), [Fraction(0), Fraction(0)])
        total[0], total[1] = total[0] + weight * paid, total[1] + weight * unmoved
    paid_now, all_units, known_units = (
        {(payer, group): value for payer, group, value in frame.iter_rows()} for frame in (now, units, held)
    )
    rows = []
    for pair, (was, becomes) in sides.items():
        seen = known_units.get(pair, 0)
        ends = [_cents(paid_now.get(pair, 0)), _cents(then.get(pair, [Fraction(0)])[0])] if seen else [None, None]
        unmoved = float(then.get(pair, [Fraction(0), Fraction(0)])[1])
        words = (in_words(was), in_words(becomes))
        entered = "default" not in {was.source, becomes.source}
        rows.append(
            (pair[0] or pair[1], pair[1], *words, entered, *ends, all_units[pair], all_units[pair] - seen, unmoved)
        )
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row").with_columns(
        difference_cents=pl.col("after_cents") - pl.col("before_cents")
    )
    order = pl.col("difference_cents").abs()
    frame = frame.sort([order, "before_cents", "payer"], descending=[True, True, False], nulls_last=True)
    whole = [int(frame[f"{side}_cents"].sum()) for side in ("before", "after")]
    return Revenue(frame, whole[0], whole[1], tuple(_notes(frame)))


_SCHEMA = {
    "payer": pl.String,
    "payer_class": pl.String,
    "pays_by": pl.String,
    "pays_by_after": pl.String,
    "entered": pl.Boolean,
    "before_cents": pl.Int64,
    "after_cents": pl.Int64,
    "units": pl.Int64,
    "unknown_units": pl.Int64,
    "unmoved_units": pl.Float64,
}


def _cents(millionths: Fraction | int) -> int:
    value = Fraction(millionths) / MILLIONTHS
    return half_up(value.numerator, value.denominator)


def _notes(frame: pl.DataFrame) -> Iterable[str]:
    unknown = frame.filter(pl.col("unknown_units") > 0)
    if unknown.height:
        names = ", ".join(unknown["payer"].head(3)) + (" and others" if unknown.height > 3 else "")  # noqa: PLR2004
        yield (
            f"{int(unknown['unknown_units'].sum()):,} units from {names} have no amount (no payment in this "
            "export, no fee in the contract, or no Medicare rate), so they are on neither side."
        )
    unmoved = frame.filter(pl.col("unmoved_units") > 0)
    if unmoved.height:
        yield (
            f"{float(unmoved['unmoved_units'].sum()):,.1f} units that would move have no amount from the payer "
            "under the new code, so they count as not moved."
        )
    if not frame["entered"].all():
        yield "Payers without a contract pay what they paid here per unit of a code; Medicare pays by its rules."
