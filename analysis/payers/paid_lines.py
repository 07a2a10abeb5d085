"""What payers pay for the lines of distinct visits, each by its terms, line by line.

Amounts are whole millionths of a cent, because an observed average may not be whole cents. What is paid for a
patient-day as a whole (a rate per visit, a cap, a floor) is shared out over the day's lines, so that the lines add up
to it exactly: a rate by each line's share of Medicare's amount for the day (by units where Medicare has none), a cap
or a floor by each line's share of what it would be paid without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.payers.amounts import line_amount, visit_amount
from analysis.payers.observed import MILLIONTHS
from analysis.pricing import AMOUNTS
from analysis.whatif.scenarios import (
    GpciChange,
    MpprChange,
    RulesChange,
    RvuChange,
    Scenario,
    ScheduleChange,
    without_none,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.payers.observed import Observed
    from analysis.whatif.scenarios import Contract
    from analysis.whatif.visits import Cube

Payer = tuple[str | None, str]
"""A payer's name, None if the export names none, and its class."""
PAYER = ("payer", "payer_class")
_DAY = ["visit", "combination", "payer_number"]
"""A payer's patient-day, however its name is spelled on the lines."""
_LINE = (
    "visit",
    "combination",
    "visit_change_mask",
    "volume_mask",
    "line",
    "moved",
    "units",
    "code",
    "charge_cents",
    "scheduled_cents",
    "assistant",
    "payer_number",
    *PAYER,
    "contract",
)
_WIDE = pl.Int128
"""Products of amounts in millionths of a cent do not fit 64 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class PayersPrices:
    """Prices the lines of a cube's visits by what each payer pays.

    Attributes
    ----------
    contracts:
        The contract of each payer that counts; None: Medicare's own rules. Lines of other payers have no row.
    """

    cube: Cube
    contracts: Mapping[Payer, Contract | None]
    observed: Observed

    def lines(self, scenario: Scenario, lines: pl.DataFrame) -> pl.DataFrame:
        """Return counted lines with `paid`, in millionths of a cent, before what is decided by the day; null: unknown.

        A rate per visit is on every line: see `settled`. `contract` is the position among the distinct contracts.
        """
        distinct = self._distinct()
        rows = [(*payer, distinct.index(contract)) for payer, contract in self.contracts.items()]
        schema = {"payer": pl.String, "payer_class": pl.String, "contract": pl.Int64}
        of_payer = pl.DataFrame(rows, schema=schema, orient="row")
        parts = []
        for pricing in dict.fromkeys(map(_priced_in, distinct or [None])):
            here = {index: contract for index, contract in enumerate(distinct) if _priced_in(contract) == pricing}
            payers_here = of_payer.filter(pl.col("contract").is_in(list(here)))
            of_these = lines if pricing == (None, None) else self._elsewhere(scenario, lines, payers_here, *pricing)
            counted = of_these.filter("counted").join(payers_here, on=PAYER, nulls_equal=True)
            with_average = counted.join(self.observed.per_unit, on=[*PAYER, "code"], how="left", nulls_equal=True)
            parts.append(with_average.select(*_LINE, paid=_line_amounts(here)))
        return pl.concat(parts)

    def settled(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Apply rates per visit, floors and caps: what a payer pays for a patient-day, shared out over its lines."""
        distinct = self._distinct()
        parts = [part for part in lines.partition_by("contract", maintain_order=True) if part.height]
        settled = [_settled(part, distinct[part["contract"][0]]) for part in parts]
        return pl.concat(settled) if settled else lines

    def _distinct(self) -> list[Contract | None]:
        return list(dict.fromkeys(self.contracts.values()))

    def _elsewhere(
        self, scenario: Scenario, lines: pl.DataFrame, payers: pl.DataFrame, year: int | None, locality: str | None
    ) -> pl.DataFrame:
        """The lines of these payers at the amounts of another year or locality, whole visits ranked afresh.

        MPPR ranks each payer's lines by themselves, so the other payers' lines are not needed.
        """
        schedule = scenario.one(ScheduleChange) if year is None else ScheduleChange(year=year)
        gpci = scenario.one(GpciChange) if locality is None else GpciChange(locality)
        rvus = scenario.of(RvuChange) if year is None else ()  # a year's schedule is its RVUs too
        fixed = Scenario(
            scenario.name, without_none(*rvus, schedule, gpci, scenario.one(MpprChange), scenario.one(RulesChange))
        )
        rows = self.cube.fee_rows(fixed)
        numbers = lines.join(payers, on=PAYER, how="semi", nulls_equal=True)["payer_number"].unique().implode()
        theirs = lines.filter(pl.col("payer_number").is_in(numbers))
        plain = theirs.drop(name for name in AMOUNTS if name != "fee_id")
        parts = [self.cube.price(part, rows) for part in plain.partition_by("combination", maintain_order=True)]
        return pl.concat(parts) if parts else theirs


def _priced_in(contract: Contract | None) -> tuple[int | None, str | None]:
    """Return the fixed year and locality of a percent of Medicare."""
    if contract is None or contract.basis != "medicare":
        return None, None
    return contract.year, contract.locality


def _line_amounts(contracts: Mapping[int, Contract | None]) -> pl.Expr:
    """Return what each line's contract (its number in `contract`) pays for it, before any limit of the day."""
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


def _settled(lines: pl.DataFrame, contract: Contract | None) -> pl.DataFrame:
    """Apply to lines of one contract what it pays by the day."""
    if contract is None:
        return lines
    lines = lines.sort(*_DAY, "line")
    if contract.basis == "visit":
        by_medicare = _weights(pl.col("scheduled_cents").fill_null(0))
        rate = visit_amount(contract, _DAY) * MILLIONTHS
        lines = lines.with_columns(_weight=by_medicare).with_columns(paid=_shared(rate)).drop("_weight")
    for limit, is_beyond in ((contract.visit_floor_cents, _is_below), (contract.visit_cap_cents, _is_above)):
        if limit is None:
            continue
        millionths = pl.lit(limit * MILLIONTHS, pl.Int64)
        limited = pl.when(is_beyond(limit)).then(_shared(millionths)).otherwise("paid")
        lines = lines.with_columns(_weight=_weights(pl.col("paid"))).with_columns(paid=limited).drop("_weight")
    return lines


def _is_below(cents: int) -> pl.Expr:
    return pl.col("paid").sum().over(_DAY) < cents * MILLIONTHS


def _is_above(cents: int) -> pl.Expr:
    return pl.col("paid").sum().over(_DAY) > cents * MILLIONTHS


def _weights(amount: pl.Expr) -> pl.Expr:
    """Return what a day's amount is shared out by: these amounts, or units on a day without any."""
    return pl.when(amount.sum().over(_DAY) > 0).then(amount).otherwise("units").cast(_WIDE)


def _shared(amount: pl.Expr) -> pl.Expr:
    """Return each line's part of its day's amount, by `_weight`: the parts are whole and add up to the amount.

    Each line has what is due up to it, rounded down, less what is due up to the line before. Needs lines in order.
    """
    weight, whole = pl.col("_weight"), pl.col("_weight").sum().over(_DAY)
    up_to = pl.col("_weight").cum_sum().over(_DAY)
    total = amount.cast(_WIDE)
    return (total * up_to // whole - total * (up_to - weight) // whole).cast(pl.Int64)
