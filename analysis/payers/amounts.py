"""What a contract pays for one line: the only place that defines it, for single lines and distinct visits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.medicare.policy import load_policy
from analysis.metrics.key_figures import evaluation_codes
from analysis.money import BASIS, half_up

if TYPE_CHECKING:
    from analysis.whatif.scenarios import Contract


def line_amount(contract: Contract) -> pl.Expr:
    """Return the cents of one line before any limit of the visit.

    Needs units, charge_cents, code, assistant (whether an assistant gave the service) and `pricing.AMOUNTS`. Null if
    the contract gives no amount for the line: a code without a fee, an unknown charge, and contracts that pay by the
    visit or by what was observed.
    """
    amount = pl.coalesce(_by_fee(contract), _by_basis(contract), _by_charge(contract.other_bp))
    amount = for_assistants(contract, amount)
    limited = contract.basis == "medicare" if contract.lesser is None else contract.lesser
    charge = pl.col("charge_cents")
    return pl.when(charge < amount).then(charge).otherwise(amount) if limited else amount


def is_assistant() -> pl.Expr:
    """Tell whether a line's modifiers say that an assistant gave the service."""
    modifiers = pl.col("modifiers").cast(pl.String)
    return modifiers.str.split(" ").list.set_intersection(list(load_policy().assistant_modifiers)).list.len() > 0


def for_assistants(contract: Contract, amount: pl.Expr, assistant: pl.Expr | None = None) -> pl.Expr:
    """Return an amount as it is for an assistant's service (by default those of the column `assistant`)."""
    if contract.assistants_bp is None:
        return amount
    given = pl.col("assistant") if assistant is None else assistant
    return pl.when(given).then(half_up(amount * contract.assistants_bp, BASIS)).otherwise(amount)


def visit_amount(contract: Contract, day: list[str]) -> pl.Expr:
    """Return the cents of a patient-day that is paid a rate, on each of its lines.

    Needs charge_cents, code and assistant. `day` are the columns that tell the payer's patient-days apart. The rate is
    never more than the day's charges where the contract says so and every charge is known.
    """
    rate = pl.lit(contract.visit_cents or 0, pl.Int64)
    if contract.evaluation_cents is not None:
        evaluated = pl.col("code").cast(pl.String).is_in(list(evaluation_codes())).any().over(day)
        rate = pl.when(evaluated).then(contract.evaluation_cents).otherwise(rate)
    rate = for_assistants(contract, rate, pl.col("assistant").any().over(day))
    if not contract.lesser:
        return rate
    known, charges = pl.col("charge_cents").is_not_null().all().over(day), pl.col("charge_cents").sum().over(day)
    return pl.when(known & (charges < rate)).then(charges).otherwise(rate)


def _by_basis(contract: Contract) -> pl.Expr:
    """Return the percentage of Medicare's amount or of the charge."""
    units, percent = pl.col("units"), contract.percent_bp or 0
    if contract.basis == "charges":
        return _by_charge(percent)
    if contract.basis != "medicare":
        return pl.lit(None, pl.Int64)
    if contract.further_units_bp is not None:
        # The list price is that of all units in full; units after the visit's first are paid a part of it.
        full, further = pl.col("full_units") * BASIS, (units - pl.col("full_units")) * contract.further_units_bp
        return half_up(pl.col("list_cents") * (full + further) * percent, units * BASIS * BASIS)
    return half_up(pl.col("scheduled_cents" if contract.mppr else "list_cents") * percent, BASIS)


def _by_charge(percent_bp: int | None) -> pl.Expr:
    return pl.lit(None, pl.Int64) if percent_bp is None else half_up(pl.col("charge_cents") * percent_bp, BASIS)


def _by_fee(contract: Contract) -> pl.Expr:
    """Return the fee of the code, for the line's first unit and its further ones."""
    if not contract.fees:
        return pl.lit(None, pl.Int64)
    first = by_code(dict(contract.fees))
    further = by_code(dict(contract.fees) | dict(contract.further_fees))
    return first + (pl.col("units") - 1) * further


def by_code(values: dict[str, int]) -> pl.Expr:
    """Look up a number by code; null for other codes."""
    return pl.col("code").replace_strict(values, default=None, return_dtype=pl.Int64)
