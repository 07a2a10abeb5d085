"""The same codes and units, visit after visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.audit import facts
from analysis.audit.claims import found

if TYPE_CHECKING:
    from analysis.audit.claims import Claims


def same_visits(claims: Claims) -> pl.DataFrame:
    """Find runs of a patient's visits under one plan of care with the very same codes and units."""
    least = int(facts.limits()["same_visits"]["visits"])
    visits = (
        claims.lines.sort("code", "units")
        .group_by("patient_key", "discipline", "date_of_service")
        .agg(
            pl.col("line_id"),
            pl.concat_str("code", pl.lit(" x "), "units").str.join(", ").alias("codes"),
            pl.col("code").first(),
        )
        .sort("patient_key", "discipline", "date_of_service", nulls_last=True)
    )
    starts = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(name).shift(1)) for name in ("patient_key", "discipline", "codes")
    ).fill_null(value=True)
    runs = (
        visits.with_columns(run=starts.cum_sum())
        .group_by("run", maintain_order=True)
        .agg(
            pl.col("line_id").list.explode(keep_nulls=False, empty_as_null=False).sort().alias("line_ids"),
            pl.len().alias("visits"),
            pl.col("codes", "code").first(),
            pl.col("date_of_service").min().alias("from"),
            pl.col("date_of_service").max().alias("to"),
        )
        .filter(pl.col("visits") >= least)
    )
    day = "%b %-d, %Y"
    return found(
        runs.with_columns(
            message=pl.format(
                "{} visits in a row with {}, {} to {}",
                "visits", "codes", pl.col("from").dt.strftime(day), pl.col("to").dt.strftime(day),
            )
        )
    )  # fmt: skip
