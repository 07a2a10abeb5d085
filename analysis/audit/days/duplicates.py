"""The same service billed twice on one day, and one service spread over lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.audit.claims import DAY, found, has_any

if TYPE_CHECKING:
    from analysis.audit.claims import Claims

_REPEATED = ("76", "77")
"""Modifiers that say a service was repeated, by the same or another practitioner."""


def duplicate_line(claims: Claims) -> pl.DataFrame:
    """Find lines of a day with the same code, modifiers and therapist as another one.

    A line with 59, an X modifier, 76 or 77 says itself that it is another service.
    """
    lines = claims.lines.filter(~pl.col("distinct_service"), ~has_any(_REPEATED))
    days = (
        lines.group_by(*DAY, "code", "modifiers", "provider", maintain_order=True)
        .agg(
            pl.col("line_id").alias("line_ids"),
            pl.len().alias("lines"),
            pl.col("units", "charge_cents").n_unique(),
            pl.when(pl.col("value_cents").is_not_null().all())
            .then(pl.col("value_cents").sum() - pl.col("value_cents").max())
            .alias("at_risk_cents"),
        )
        .filter(pl.col("lines") > 1)
    )
    alike = (pl.col("units") == 1) & (pl.col("charge_cents") == 1)
    return found(
        days.with_columns(
            message=pl.when(alike)
            .then(pl.format("{} equal lines of {}", "lines", "code"))
            .otherwise(pl.format("{} spread over {} lines with the same modifiers", "code", "lines")),
            at_risk_cents=pl.when(alike).then("at_risk_cents"),
        )
    )
