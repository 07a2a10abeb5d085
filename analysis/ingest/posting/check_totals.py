"""Account for the dollars of each check and EFT, and of each file of payment rows: `frames.CHECKS`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.frames import CHECKS

if TYPE_CHECKING:
    from analysis.ingest.rows.export import Export

_SETTLED = (
    "remittance__reversed",
    "remittance__superseded",
    "remittance__denied_after",
    "remittance__duplicate",
    "remittance__reversed_in_export",
)
"""Reasons of rows that remittances settle among themselves, or against a payment the export shows."""
_ROW = ["source_file", "source_row"]
_GROUP = ["source_file", "transaction"]


def paid_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Add what each payment row paid (`frames.POSTINGS`, or remittance lines with their keys)."""
    return rows.select(
        pl.col("source_file").cast(pl.String),
        "source_row",
        "transaction",
        paid=pl.sum_horizontal("insurance_paid_cents", "patient_paid_cents"),
    )


def with_account(export: Export, paid: pl.DataFrame) -> Export:
    """Return the export with what became of every payment; `paid` has all files' rows, from `paid_rows`.

    A remittance's own checks are already there; an export's payment rows become one entry for the file.
    """
    alone = export.unmatched.filter(pl.col("side") == "payment").select(*_ROW, unmatched=pl.lit(value=True)).unique()
    fate = export.rows.select(*_ROW, "reason", "disposition").unique(_ROW)
    told = (
        paid.unique(_ROW, keep="first", maintain_order=True)
        .join(alone, on=_ROW, how="left")
        .join(fate, on=_ROW, how="left")
    )
    lost = pl.col("unmatched").fill_null(value=False)
    settled = ~lost & pl.col("reason").is_in(_SETTLED).fill_null(value=False)
    ahead = pl.col("reason") == "remittance__predetermination"
    sums = (
        told.filter(~ahead.fill_null(value=False))
        .group_by(_GROUP, maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("rows"),
            pl.col("paid").sum().alias("all"),
            pl.col("paid").filter(~lost & ~settled).sum().alias("posted_cents"),
            pl.col("paid").filter(settled).sum().alias("settled_cents"),
            pl.col("paid").filter(lost).sum().alias("unmatched_cents"),
        )
    )
    own = export.checks.drop("posted_cents", "settled_cents", "unmatched_cents", "left_cents")
    of_exports = (
        sums.filter(pl.col("transaction").is_null())
        .select(
            *(pl.lit(None, dtype).alias(name) for name, dtype in own.schema.items() if name != "source_file"),
            "source_file",
        )
        .with_columns(claims_cents=sums.filter(pl.col("transaction").is_null())["all"], provider_cents=pl.lit(0))
    )
    every = pl.concat([own, of_exports.select(own.columns)], how="vertical_relaxed")
    joined = every.join(sums, on=_GROUP, how="left", nulls_equal=True, maintain_order="left").with_columns(
        pl.col("posted_cents", "settled_cents", "unmatched_cents").fill_null(0)
    )
    accounted = pl.sum_horizontal("posted_cents", "settled_cents", "unmatched_cents")
    return replace(
        export,
        checks=joined.with_columns(left_cents=pl.col("claims_cents") - accounted).select(
            pl.col(name).cast(dtype) for name, dtype in CHECKS.items()
        ),
    )
