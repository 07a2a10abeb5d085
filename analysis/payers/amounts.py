"""What a contract pays for one line: the only place that defines it, for single lines and distinct visits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.money import BASIS, half_up

if TYPE_CHECKING:
    from analysis.whatif.scenarios import Contract


def line_amount(contract: Contract) -> pl.Expr:
    """Return the cents of one line before any visit cap.

    Computed from its units, charge_cents, code, not_covered (Policy.line_flags) and `pricing.AMOUNTS`. Null if the
    contract gives no amount for the line: a code without a fee, an unknown charge, a line that is not covered, and
    contracts that pay by the visit or by what was observed. A line charged at $0.00 is owed nothing.
    """
    owed = pl.when(pl.col("charge_cents").fill_null(1) > 0).then(_by_terms(contract)).otherwise(0)
    return pl.when(~pl.col("not_covered")).then(owed)


def _by_terms(contract: Contract) -> pl.Expr:
    units, charge = pl.col("units"), pl.col("charge_cents")
    percent = contract.percent_bp or 0
    match contract.basis:
        case "medicare":
            contract_amount = half_up(pl.col("scheduled_cents" if contract.mppr else "list_cents") * percent, BASIS)
            return pl.when(charge < contract_amount).then(charge).otherwise(contract_amount)
        case "fees":
            return units * by_code(dict(contract.fees))
        case "charges":
            return half_up(charge * percent, BASIS)
        case _:
            return pl.lit(None, pl.Int64)


def by_code(values: dict[str, int]) -> pl.Expr:
    """Look up a number by code; null for other codes."""
    return pl.col("code").replace_strict(values, default=None, return_dtype=pl.Int64)
