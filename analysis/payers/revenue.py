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
from analysis.payers.amounts import line_amount, visit_amount
from analysis.payers.book import ContractBook, PayerTerms, in_words, is_plain_medicare
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
    without_none,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.payers.observed import Observed
    from analysis.whatif.visits import Cube, VisitLines

PER_PAYER: dict[str, pl.DataType] = {
    "payer": pl.String(),
    "payer_class": pl.String(),
    "pays_by": pl.String(),
    "pays_by_after": pl.String(),
    "entered": pl.Boolean(),
    "before_cents": pl.Int64(),
    "after_cents": pl.Int64(),
    "units": pl.Int64(),
    "unknown_units": pl.Int64(),
    "unmoved_units": pl.Float64(),
    "difference_cents": pl.Int64(),
}
"""Grain: a payer, the largest difference first: its name (its class if the export names none); what it pays by;
whether a contract was entered; units without an amount, which are on neither side; expected units that a recoding would
move to a code this payer has no amount for, counted as not moved. Amounts are null if every unit is without one."""
_PAYER = ["payer", "payer_class"]
Payer = tuple[str | None, str]
"""A payer's name, None if the export names none, and its class."""
_DAY = ["visit", "combination", *_PAYER]
_LINE = [
    "visit",
    "combination",
    "visit_change_mask",
    "volume_mask",
    "line",
    "moved",
    "units",
    "code",
    "charge_cents",
    "assistant",
    *_PAYER,
]


@dataclass(frozen=True, slots=True, eq=False)
class Revenue:
    """Expected revenue from payers and patients.

    Attributes
    ----------
    per_payer:
        The payers with a line in view: `PER_PAYER`.
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


def revenue(cube: Cube, scenario: Scenario, contracts: ContractBook, observed: Observed) -> Revenue:
    """Price every payer's lines by its contract, as they are and under a scenario.

    Raises
    ------
    BadInput
        For a contract of the scenario whose payer or class no line in view has.
    """
    if not cube.covers([Scenario("Contracts", contracts.every)]):
        raise ContractError("the cube was not built for the years of these contracts")
    lines = cube.visits(scenario)
    contracts_after = contracts.under(scenario.of(Contract))
    pairs = lines.before.filter("counted").select(_PAYER).unique().sort(_PAYER, nulls_last=True).rows()
    _check_payers(scenario.of(Contract), pairs)
    terms_before = {pair: contracts.terms(*pair) for pair in pairs}
    terms_after = {pair: contracts_after.terms(*pair) for pair in pairs}
    _check_used(scenario.of(Contract), terms_after)
    before = _paid(cube, BASELINE, lines.before, terms_before, observed)
    unchanged, after = (_paid(cube, scenario, frame, terms_after, observed) for frame in (lines.unchanged, lines.after))
    priced_on_both = before.join(
        unchanged.select("visit", "line", unchanged_paid="paid", unchanged_units="units"),
        on=["visit", "line"],
        how="left",
    )
    priced_on_both = priced_on_both.filter(pl.col("paid").is_not_null() & pl.col("unchanged_paid").is_not_null())
    after = _after(after, priced_on_both)
    unchanged = unchanged.join(priced_on_both.select("visit", "line"), on=["visit", "line"], how="semi")
    amounts_after = _by_day(pl.concat([unchanged.with_columns(unmoved=pl.lit(0, pl.Int64)), after]), terms_after)
    terms_of_payer = {pair: (terms_before[pair], terms_after[pair]) for pair in pairs}
    return _result(lines, terms_of_payer, before, _by_day(priced_on_both, terms_before), amounts_after)


def _check_payers(contracts: tuple[Contract, ...], pairs: list[Payer]) -> None:
    """Refuse a contract that would silently change nothing."""
    payers, classes = {payer for payer, _ in pairs if payer}, {payer_class for _, payer_class in pairs}
    for position, contract in enumerate(contracts, start=1):
        names = payers if contract.payer is not None else classes
        name = contract.payer or contract.payer_class
        if name not in names:
            raise BadInput(
                f"no line for {name}",
                expected=f"one of {', '.join(sorted(names)[:8])}" if names else "lines that name a payer",
                todo="correct the name, or remove the contract",
                column=f"contract {position}, {'payer' if contract.payer is not None else 'payer_class'}",
            )


def _check_used(contracts: tuple[Contract, ...], terms_of_payer: dict[Payer, PayerTerms]) -> None:
    """Refuse a class contract that no payer is paid by, because each has its own."""
    contracts_in_use = {terms.contract for terms in terms_of_payer.values()}
    for position, contract in enumerate(contracts, start=1):
        if contract.payer_class is not None and contract not in contracts_in_use and not is_plain_medicare(contract):
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
    terms_of_payer: dict[Payer, PayerTerms],
    observed: Observed,
) -> pl.DataFrame:
    """Return counted lines with `paid`, what their payers owe in millionths of a cent; null if unknown.

    A rate per visit is on every line, and caps are not applied: see `_by_day`.
    """
    contracts = list(dict.fromkeys(terms.contract for terms in terms_of_payer.values()))
    rows = [(*pair, contracts.index(terms.contract)) for pair, terms in terms_of_payer.items()]
    contract_of_payer = pl.DataFrame(
        rows, schema={"payer": pl.String, "payer_class": pl.String, "contract": pl.Int64}, orient="row"
    )
    parts = []
    for pricing in dict.fromkeys(map(_priced_in, contracts or [None])):
        priced = lines if pricing == (None, None) else _elsewhere(cube, scenario, lines, *pricing)
        contracts_here = {
            index: contract for index, contract in enumerate(contracts) if _priced_in(contract) == pricing
        }
        counted = priced.filter("counted").join(contract_of_payer, on=_PAYER, nulls_equal=True)
        with_average = counted.filter(pl.col("contract").is_in(list(contracts_here))).join(
            observed.per_unit, on=[*_PAYER, "code"], how="left", nulls_equal=True
        )
        parts.append(with_average.select(*_LINE, paid=_contract_amount(contracts_here)))
    return pl.concat(parts)


def _is(pair: Payer) -> pl.Expr:
    payer, payer_class = pair
    same_payer = pl.col("payer").is_null() if payer is None else pl.col("payer") == payer
    return same_payer & (pl.col("payer_class") == payer_class)


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
    fixed = Scenario(
        scenario.name, without_none(*rvus, schedule, gpci, scenario.one(MpprChange), scenario.one(RulesChange))
    )
    rows = cube.fee_rows(fixed)
    plain = lines.drop(name for name in AMOUNTS if name != "fee_id")
    parts = [cube.price(part, rows) for part in plain.partition_by("combination", maintain_order=True)]
    return pl.concat(parts) if parts else lines


def _contract_amount(contracts: dict[int, Contract | None]) -> pl.Expr:
    """Return what each line's contract (its number in `contract`) pays for it, before any cap."""
    amount = pl.lit(None, pl.Int64)
    for index, contract in contracts.items():
        amount = pl.when(pl.col("contract") == index).then(_of_line(contract)).otherwise(amount)
    return amount


def _of_line(contract: Contract | None) -> pl.Expr:
    if contract is None:
        return pl.col("receipts_cents") * MILLIONTHS
    match contract.basis:
        case "visit":
            return pl.lit((contract.visit_cents or 0) * MILLIONTHS, pl.Int64)
        case "observed":
            return pl.col("units") * pl.col("unit_millionths")
        case "unknown":
            return pl.lit(None, pl.Int64)
        case _:
            return line_amount(contract) * MILLIONTHS


def _by_day(lines: pl.DataFrame, terms_of_payer: dict[Payer, PayerTerms]) -> pl.DataFrame:
    """Add what is paid per patient-day instead of per line: the day's first line has its rate, and its limits."""
    first = pl.col("line") == pl.col("line").min().over(_DAY)
    for pair, terms in terms_of_payer.items():
        contract = terms.contract
        if contract is None:
            continue
        paid, of_payer = pl.col("paid"), _is(pair)
        if contract.basis == "visit":
            rate = visit_amount(contract, _DAY) * MILLIONTHS
            lines = lines.with_columns(
                paid=pl.when(of_payer).then(pl.when(first).then(rate).otherwise(0)).otherwise(paid)
            )
        limits = []
        if contract.visit_floor_cents is not None:
            limits.append(pl.max_horizontal(contract.visit_floor_cents * MILLIONTHS - paid.sum().over(_DAY), 0))
        if contract.visit_cap_cents is not None:
            limits.append(-pl.max_horizontal(paid.sum().over(_DAY) - contract.visit_cap_cents * MILLIONTHS, 0))
        for change in limits:
            lines = lines.with_columns(paid=pl.when(of_payer & first).then(paid + change).otherwise(paid))
    return lines


def _after(after: pl.DataFrame, priced_on_both: pl.DataFrame) -> pl.DataFrame:
    """Return lines of recoded visits from known lines; units moved to a code without an amount stay unchanged."""
    unchanged = priced_on_both.select("visit", "unchanged_paid", "unchanged_units", "line")
    sourced = after.with_columns(source=pl.col("line") // 2).join(
        unchanged, left_on=["visit", "source"], right_on=["visit", "line"], how="inner"
    )
    unchanged_share = half_up(pl.col("unchanged_paid") * pl.col("units"), pl.col("unchanged_units"))
    without_amount = pl.col("paid").is_null()
    return sourced.with_columns(
        paid=pl.when(without_amount).then(unchanged_share).otherwise("paid"),
        unmoved=pl.when(without_amount & pl.col("moved")).then("units").otherwise(0).cast(pl.Int64),
    ).drop("source", "unchanged_paid", "unchanged_units")


def _result(
    lines: VisitLines,
    terms_of_payer: dict[Payer, tuple[PayerTerms, PayerTerms]],
    before: pl.DataFrame,
    priced_on_both: pl.DataFrame,
    after: pl.DataFrame,
) -> Revenue:
    counts = lines.visits.select("visit", "visits")
    count = pl.col("visits")
    paid_before = priced_on_both.join(counts, on="visit").group_by(_PAYER).agg((pl.col("paid") * count).sum())
    units = before.join(counts, on="visit").group_by(_PAYER).agg((pl.col("units") * count).sum())
    priced_units = priced_on_both.join(counts, on="visit").group_by(_PAYER).agg((pl.col("units") * count).sum())
    keys = [*_PAYER, "visit_change_mask", "combination", "volume_mask"]
    sums = after.join(counts, on="visit").group_by(keys).agg((pl.col("paid", "unmoved") * count).sum())
    sums_after: dict[Payer, list[Fraction]] = {}
    for payer, payer_class, visit_changes, combination, volumes, paid, unmoved in sums.iter_rows():
        weight = lines.weight(visit_changes, combination, volumes)
        total = sums_after.setdefault((payer, payer_class), [Fraction(0), Fraction(0)])
        total[0], total[1] = total[0] + weight * paid, total[1] + weight * unmoved
    before_of_payer, units_of_payer, priced_units_of_payer = (
        {(payer, payer_class): value for payer, payer_class, value in frame.iter_rows()}
        for frame in (paid_before, units, priced_units)
    )
    rows = []
    for pair, (terms_before, terms_after) in terms_of_payer.items():
        units_with_amount = priced_units_of_payer.get(pair, 0)
        amounts = (
            [_cents(lines.scale * before_of_payer.get(pair, 0)), _cents(sums_after.get(pair, [Fraction(0)])[0])]
            if units_with_amount
            else [None, None]
        )
        unmoved = float(sums_after.get(pair, [Fraction(0), Fraction(0)])[1])
        words = (in_words(terms_before), in_words(terms_after))
        entered = "default" not in {terms_before.source, terms_after.source}
        rows.append(
            (
                pair[0] or pair[1],
                pair[1],
                *words,
                entered,
                *amounts,
                units_of_payer[pair],
                units_of_payer[pair] - units_with_amount,
                unmoved,
            )
        )
    row_schema = {name: dtype for name, dtype in PER_PAYER.items() if name != "difference_cents"}
    frame = pl.DataFrame(rows, schema=row_schema, orient="row").with_columns(
        difference_cents=pl.col("after_cents") - pl.col("before_cents")
    )
    order = pl.col("difference_cents").abs()
    frame = frame.sort([order, "before_cents", "payer"], descending=[True, True, False], nulls_last=True)
    totals = [int(frame[f"{side}_cents"].sum()) for side in ("before", "after")]
    every = (terms.contract for pair in terms_of_payer.values() for terms in pair)
    by_average = any(contract is not None and contract.basis == "observed" for contract in every)
    return Revenue(frame, totals[0], totals[1], tuple(_notes(frame, by_average=by_average)))


def _cents(millionths: Fraction | int) -> int:
    value = Fraction(millionths) / MILLIONTHS
    return half_up(value.numerator, value.denominator)


def _notes(frame: pl.DataFrame, *, by_average: bool) -> Iterable[str]:
    without_amount = frame.filter(pl.col("unknown_units") > 0)
    if without_amount.height:
        names = ", ".join(without_amount["payer"].head(3)) + (" and others" if without_amount.height > 3 else "")  # noqa: PLR2004
        yield (
            f"{int(without_amount['unknown_units'].sum()):,} units from {names} have no amount (no payment in this "
            "export, no fee in the contract, or no Medicare rate), so they are on neither side."
        )
    unmoved = frame.filter(pl.col("unmoved_units") > 0)
    if unmoved.height:
        yield (
            f"{float(unmoved['unmoved_units'].sum()):,.1f} units that would move have no amount from the payer "
            "under the new code, so they count as not moved."
        )
    if not frame["entered"].all():
        others = "what they paid here per unit of a code" if by_average else "by the terms their payments show"
        yield f"Medicare pays by its rules; payers without a contract pay {others}."
