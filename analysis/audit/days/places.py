"""One patient and therapist at two clinics on one day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.audit.claims import found

if TYPE_CHECKING:
    from analysis.audit.claims import Claims


def two_clinics(claims: Claims) -> pl.DataFrame:
    """Find days on which one patient, with one therapist where they are named, was at two clinics."""
    days = (
        claims.lines.filter(pl.col("clinic").is_not_null())
        .group_by("patient_key", "date_of_service", "provider", maintain_order=True)
        .agg(pl.col("line_id").alias("line_ids"), pl.col("clinic").unique(maintain_order=True), pl.col("code").first())
        .filter(pl.col("clinic").list.len() > 1)
    )
    return found(
        days.with_columns(message=pl.format("one patient at {} on one day", pl.col("clinic").list.join(" and ")))
    )
