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


def with_checks(export: Export, payment_rows: pl.DataFrame) -> Export:
    """Return the export with what became of every payment; `payment_rows` has all files' rows, from `paid_rows`.

    A remittance's own checks are already there; an export's payment rows become one entry for the file.
    """
    unmatched_rows = (
        export.unmatched.filter(pl.col("side") == "payment").select(*_ROW, unmatched=pl.lit(value=True)).unique()
    )
    row_reasons = export.rows.select(*_ROW, "reason", "disposition").unique(_ROW)
    outcomes = (
        payment_rows.unique(_ROW, keep="first", maintain_order=True)
        .join(unmatched_rows, on=_ROW, how="left")
        .join(row_reasons, on=_ROW, how="left")
    )
    is_unmatched = pl.col("unmatched").fill_null(value=False)
    is_settled = ~is_unmatched & pl.col("reason").is_in(_SETTLED).fill_null(value=False)
    is_predetermination = pl.col("reason") == "remittance__predetermination"
    sums = (
        outcomes.filter(~is_predetermination.fill_null(value=False))
        .group_by(_GROUP, maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("rows"),
            pl.col("paid").sum().alias("all"),
            pl.col("paid").filter(~is_unmatched & ~is_settled).sum().alias("posted_cents"),
            pl.col("paid").filter(is_settled).sum().alias("settled_cents"),
            pl.col("paid").filter(is_unmatched).sum().alias("unmatched_cents"),
        )
    )
    remittance_checks = export.checks.drop("posted_cents", "settled_cents", "unmatched_cents", "left_cents")
    export_checks = (
        sums.filter(pl.col("transaction").is_null())
        .select(
            *(
                pl.lit(None, dtype).alias(name)
                for name, dtype in remittance_checks.schema.items()
                if name != "source_file"
            ),
            "source_file",
        )
        .with_columns(claims_cents=sums.filter(pl.col("transaction").is_null())["all"], provider_cents=pl.lit(0))
    )
    checks = pl.concat([remittance_checks, export_checks.select(remittance_checks.columns)], how="vertical_relaxed")
    joined = checks.join(sums, on=_GROUP, how="left", nulls_equal=True, maintain_order="left").with_columns(
        pl.col("posted_cents", "settled_cents", "unmatched_cents").fill_null(0)
    )
    accounted = pl.sum_horizontal("posted_cents", "settled_cents", "unmatched_cents")
    return replace(
        export,
        checks=joined.with_columns(left_cents=pl.col("claims_cents") - accounted).select(
            pl.col(name).cast(dtype) for name, dtype in CHECKS.items()
        ),
    )
