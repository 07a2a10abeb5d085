"""Codes that are one unit however long they took, billed with several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.audit.claims import PLAN, found, of_units
from analysis.codes import hcpcs

if TYPE_CHECKING:
    from analysis.audit.claims import Claims


def untimed_units(claims: Claims) -> pl.DataFrame:
    """Find codes without time of which a day has several units: those Medicare's edits know one unit a day of."""
    single = claims.editions[-1].units.filter(pl.col("max_units") == 1)["code"]
    untimed = [code for code in hcpcs.load() if hcpcs.minutes(code) is None and code in single]
    days = (
        claims.lines.filter(pl.col("code").is_in(untimed))
        .group_by(*PLAN, "code", maintain_order=True)
        .agg(
            pl.col("line_id").alias("line_ids"),
            pl.col("units").sum(),
            pl.when(pl.col("value_cents").is_not_null().all()).then(pl.col("value_cents").sum()).alias("value_cents"),
        )
        .filter(pl.col("units") > 1)
    )
    return found(
        days.with_columns(
            message=pl.format("{} units of {}, which is one unit however long it took", "units", "code"),
            at_risk_cents=of_units(pl.col("units") - 1),
        )
    )
