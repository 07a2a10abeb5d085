"""All-payer revenue before and after a scenario: every payer by its contract, on the clinic's own visits.

Sums are exact, in millionths of a cent; each payer's sum is rounded half-up to the cent once, and its codes share it
out by largest remainder, so that codes and payers add up to the same total.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Literal

import polars as pl

from analysis.codes.hcpcs import label
from analysis.errors import BadInput, ContractError
from analysis.money import half_up
from analysis.payers.book import in_words, is_plain_medicare, same_payer
from analysis.payers.both_sides import Sums, both_sides
from analysis.payers.coverage import coverage_of
from analysis.payers.observed import MILLIONTHS
from analysis.payers.paid_lines import PAYER
from analysis.payers.revenue_by_reading import differing_readings
from analysis.whatif.answers import Amounts, Difference, is_proposed, shared_out
from analysis.whatif.scenarios import Contract

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from analysis.payers.book import ContractBook, PayerTerms
    from analysis.payers.both_sides import BothSides
    from analysis.payers.coverage import Coverage
    from analysis.payers.observed import Observed
    from analysis.payers.paid_lines import Payer
    from analysis.payers.revenue_by_reading import Readings
    from analysis.whatif.scenarios import Scenario
    from analysis.whatif.visits import Cube

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
    "share_of_medicare": pl.Float64(),
    "difference_cents": pl.Int64(),
}
"""Grain: a payer, the largest difference first: its name (its class if the export names none); what it pays by;
whether a contract was entered; units without an amount, which are on neither side; expected units that a recoding would
move to a code this payer has no amount for, counted as not moved; what it pays before, divided by Medicare's amount of
the same lines after MPPR. Amounts are null if every unit is without one."""


@dataclass(frozen=True, slots=True, eq=False)
class Revenue:
    """Expected revenue from payers and patients.

    Attributes
    ----------
    scenario:
        What it is compared under.
    per_payer:
        The payers with a line in view: `PER_PAYER`.
    per_code:
        Grain: code with an amount, the largest difference first: code, label, units_before, units_after (expected, of
        the lines that count), payers_before_cents, payers_after_cents, payers_difference_cents. They add up to the
        totals. Of what is paid by the day each line has its part (`paid_lines`).
    before_cents, after_cents:
        The sums over payers.
    coverage:
        How much of the practice the amounts speak for.
    readings:
        Each payer whose payments leave more than one reading that matters here, under each of them.
    notes:
        What else to say beside the figures.
    """

    scenario: Scenario
    per_payer: pl.DataFrame
    per_code: pl.DataFrame
    before_cents: int
    after_cents: int
    coverage: Coverage
    readings: tuple[Readings, ...]
    notes: tuple[str, ...]

    @property
    def difference_cents(self) -> int:
        """After less before."""
        return self.after_cents - self.before_cents

    @property
    def is_known(self) -> bool:
        """Whether any payer's amounts are known."""
        return bool(self.per_payer["before_cents"].count())

    def difference(self) -> Difference:
        """Return what the scenario changes as the payers pay."""
        return Difference(
            self.scenario, "payers", self.before_cents, self.after_cents, self.per_code, is_proposed(self.scenario)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Payers:
    """What the payers of a cube's visits pay, as the visits are and under any scenario (`whatif.answers.Money`).

    Attributes
    ----------
    book:
        The contracts, and the terms that payments show. A scenario's own contracts hold for that scenario alone.
    """

    cube: Cube
    book: ContractBook
    observed: Observed
    measure: Literal["payers"] = "payers"

    def __post_init__(self) -> None:
        """Refuse a cube that cannot tell apart what the contracts ask for."""
        if not self.cube.covers(self.book.scenarios()):
            raise ContractError("the cube was not built for the years of these contracts")

    def revenue(self, scenario: Scenario) -> Revenue:
        """Price every payer's lines by its contract, as they are and under a scenario.

        Raises
        ------
        BadInput
            For a contract of the scenario whose payer or class no line in view has.
        """
        terms = self._terms(scenario)
        sides = self._sides(scenario, terms)
        per_payer = _per_payer(terms, sides)
        sums = sides.sums("code")
        readings = differing_readings(
            self.book, {payer: before for payer, (before, _) in terms.items()}, partial(self._reading, scenario)
        )
        contracts = [each.contract for pair in terms.values() for each in pair]
        by_average = any(contract is not None and contract.basis == "observed" for contract in contracts)
        return Revenue(
            scenario=scenario,
            per_payer=per_payer,
            per_code=_per_code(sums),
            before_cents=int(per_payer["before_cents"].sum()),
            after_cents=int(per_payer["after_cents"].sum()),
            coverage=_coverage(sides, self.observed),
            readings=readings,
            notes=tuple(_notes(per_payer, by_average=by_average)),
        )

    def amounts(self, scenario: Scenario) -> Amounts:
        """Return a scenario's totals. Raises BadInput as `revenue` does."""
        return _amounts(self._sides(scenario, self._terms(scenario)))

    def levels(self, scenario: Scenario, steps: Sequence[Scenario]) -> list[int]:
        """Return the cents of the baseline, and of each step on the way to a scenario, over the scenario's lines.

        A line that has no amount at a step keeps the one it has before.
        """
        final = self._sides(scenario, self._terms(scenario))
        known = final.before.select("visit", "line")
        sides = [self._sides(step, self._terms(step), known) for step in steps]
        return [_amounts(final).before_cents, *(_amounts(each).after_cents for each in sides)]

    def _terms(self, scenario: Scenario) -> dict[Payer, tuple[PayerTerms, PayerTerms]]:
        """Return each payer's terms before and after a scenario."""
        lines, new = self.cube.visits(scenario).before, scenario.of(Contract)
        pairs = lines.filter("counted").select(PAYER).unique().sort(PAYER, nulls_last=True).rows()
        _check_payers(new, pairs)
        after = self.book.under(new)
        terms = {payer: (self.book.terms(*payer), after.terms(*payer)) for payer in pairs}
        _check_used(new, {then.contract for _, then in terms.values()})
        return terms

    def _sides(
        self,
        scenario: Scenario,
        terms: Mapping[Payer, tuple[PayerTerms, PayerTerms]],
        known: pl.DataFrame | None = None,
    ) -> BothSides:
        contracts = [{payer: each[side].contract for payer, each in terms.items()} for side in (0, 1)]
        return both_sides(self.cube, scenario, contracts, self.observed, known=known)

    def _reading(self, scenario: Scenario, payer: Payer, other: Contract | None) -> tuple[int, int]:
        """Price one payer's lines before and after, with other terms read off its payments."""
        book = self.book if other is None else self.book.reading(other)
        terms = {payer: (book.terms(*payer), book.under(scenario.of(Contract)).terms(*payer))}
        amounts = _amounts(self._sides(scenario, terms))
        return amounts.before_cents, amounts.after_cents


def revenue(cube: Cube, scenario: Scenario, contracts: ContractBook, observed: Observed) -> Revenue:
    """Price every payer's lines by its contract, as they are and under a scenario: `Payers.revenue`."""
    return Payers(cube, contracts, observed).revenue(scenario)


def _check_payers(contracts: tuple[Contract, ...], pairs: list[Payer]) -> None:
    """Refuse a contract that would silently change nothing."""
    payers, classes = {payer for payer, _ in pairs if payer}, {payer_class for _, payer_class in pairs}
    for position, contract in enumerate(contracts, start=1):
        if contract.payer_class in classes or any(same_payer(contract.payer, payer) for payer in payers):
            continue
        names = payers if contract.payer is not None else classes
        raise BadInput(
            f"no line for {contract.whose}",
            expected=f"one of {', '.join(sorted(names)[:8])}" if names else "lines that name a payer",
            todo="correct the name, or remove the contract",
            column=f"contract {position}, {'payer' if contract.payer is not None else 'payer_class'}",
        )


def _check_used(contracts: tuple[Contract, ...], contracts_in_use: set[Contract | None]) -> None:
    """Refuse a class contract that no payer is paid by, because each has its own."""
    for position, contract in enumerate(contracts, start=1):
        if contract.payer_class is not None and contract not in contracts_in_use and not is_plain_medicare(contract):
            raise BadInput(
                f"{contract.payer_class}, but every payer in this class has its own contract",
                expected="a class with a payer that has no contract",
                todo="change the contracts of its payers, or remove this one",
                column=f"contract {position}, payer_class",
            )


def _amounts(sides: BothSides) -> Amounts:
    sums = sides.sums().values()
    before, after = (
        sum((getattr(each, side) for each in sums), Fraction(0)) / MILLIONTHS for side in ("paid_before", "paid_after")
    )
    before_cents, after_cents = (
        sum(_cents(getattr(each, side)) for each in sums) for side in ("paid_before", "paid_after")
    )
    return Amounts(before, after, before_cents, after_cents)


def _per_payer(terms: Mapping[Payer, tuple[PayerTerms, PayerTerms]], sides: BothSides) -> pl.DataFrame:
    sums = sides.sums()
    counts = sides.visits.visits.select("visit", "visits")
    units = sides.every.join(counts, on="visit").group_by(PAYER).agg((pl.col("units") * pl.col("visits")).sum())
    units_of_payer = {(payer, payer_class): value for payer, payer_class, value in units.iter_rows()}
    of_medicare = _of_medicare(sides.before.join(counts, on="visit"))
    rows = []
    for payer, (before, after) in terms.items():
        found = sums.get(payer, Sums())
        amounts = (_cents(found.paid_before), _cents(found.paid_after)) if found.units_before else (None, None)
        unknown = units_of_payer[payer] - int(found.units_before / sides.visits.scale)
        rows.append(
            (
                payer[0] or payer[1],
                payer[1],
                in_words(before),
                in_words(after),
                "default" not in {before.source, after.source},
                *amounts,
                units_of_payer[payer],
                unknown,
                float(found.unmoved),
                of_medicare.get(payer),
            )
        )
    schema = {name: dtype for name, dtype in PER_PAYER.items() if name != "difference_cents"}
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        difference_cents=pl.col("after_cents") - pl.col("before_cents")
    )
    order = pl.col("difference_cents").abs()
    return frame.sort([order, "before_cents", "payer"], descending=[True, True, False], nulls_last=True)


def _of_medicare(before: pl.DataFrame) -> dict[Payer, float]:
    """What each payer pays, divided by Medicare's amount, over the lines that Medicare has an amount for."""
    with_amount = before.filter(pl.col("scheduled_cents") > 0)
    both = (pl.col("paid", "scheduled_cents") * pl.col("visits")).sum()
    return {
        (payer, payer_class): paid / MILLIONTHS / scheduled
        for payer, payer_class, paid, scheduled in with_amount.group_by(PAYER).agg(both).iter_rows()
    }


def _per_code(sums: Mapping[tuple[str | None, ...], Sums]) -> pl.DataFrame:
    """Share each payer's whole cents out over its codes, and add the payers up."""
    of_code: dict[str, list[int]] = {}
    units: dict[str, Sums] = {}
    payers = dict.fromkeys(key[:2] for key in sums)
    for payer in payers:
        codes = {str(key[2]): each for key, each in sums.items() if key[:2] == payer}
        for code, each in codes.items():
            units.setdefault(code, Sums()).add(each)
        for side, name in enumerate(("paid_before", "paid_after")):
            exact = [Fraction(getattr(each, name)) / MILLIONTHS for each in codes.values()]
            for code, cents in zip(codes, shared_out(exact, _cents(sum(exact) * MILLIONTHS)), strict=True):
                of_code.setdefault(code, [0, 0])[side] += cents
    rows = [
        (code, label(code), float(units[code].units_before), round(float(units[code].units_after), 4), *cents)
        for code, cents in of_code.items()
    ]
    sides = ("payers_before_cents", "payers_after_cents")
    schema = {"code": pl.String, "label": pl.String, "units_before": pl.Float64, "units_after": pl.Float64}
    frame = pl.DataFrame(rows, schema=schema | dict.fromkeys(sides, pl.Int64), orient="row")
    if (frame["units_before"] % 1 == 0).all():  # they are whole unless fewer months make a year
        frame = frame.cast({"units_before": pl.Int64})
    difference = (pl.col("payers_after_cents") - pl.col("payers_before_cents")).alias("payers_difference_cents")
    return frame.with_columns(difference).sort(
        [pl.col("payers_difference_cents").abs(), "code"], descending=[True, False]
    )


def _coverage(sides: BothSides, observed: Observed) -> Coverage:
    counts = sides.visits.visits.select("visit", "visits")
    return coverage_of(sides.every.join(counts, on="visit"), sides.before.join(counts, on="visit"), observed)


def _cents(millionths: Fraction | int) -> int:
    value = Fraction(millionths) / MILLIONTHS
    return half_up(value.numerator, value.denominator)


def _notes(frame: pl.DataFrame, *, by_average: bool) -> Iterator[str]:
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
