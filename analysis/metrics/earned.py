"""What really came in, by code, payer, clinic or therapist, beside Medicare's rates for the same lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.codes import hcpcs as codes
from analysis.lines.billing_line import is_decided
from analysis.lines.filters import NOT_STATED
from analysis.metrics.core import Missing, missing, share_of_column, total, with_paid
from analysis.metrics.key_figures import is_settled
from analysis.metrics.ripeness import few_units
from analysis.money import dollars

if TYPE_CHECKING:
    from collections.abc import Collection

    from analysis.metrics.ripeness import Ripeness


def earned(lines: pl.DataFrame, fields: Collection[str], ripe: Ripeness, by: str) -> pl.DataFrame | Missing:
    """Add up payments, and what was allowed so far where a month is unripe, for every value of a column of the lines.

    Grain: one value, most dollars first: key, units, visits, lines, earned_cents (paid_ripe_cents + so_far_cents),
    paid_ripe_cents, so_far_cents, medicare_cents (at Medicare rates, the lines of earned_cents), medicare_ripe_cents
    (the lines of paid_ripe_cents), earned_lines, settled_units, share_paid, share_settled_units. An amount no line
    holds is null, and an open $0.00 is no payment. `Missing` if the export lacks payments or the column.
    """
    if missing_column := missing(fields, "paid_cents") or missing(fields, by):
        return missing_column
    paid = pl.when(is_settled()).then(pl.col("paid_cents").fill_null(0))
    so_far = pl.when(is_decided()).then(pl.coalesce(pl.col("allowed_cents"), paid)).otherwise(paid)
    priced = pl.col("expected_cents")
    marked = (
        with_paid(lines)
        .with_columns(ripe=ripe.is_ripe())
        .with_columns(
            paid_ripe_cents=pl.when("ripe").then(paid),
            so_far_cents=pl.when(~pl.col("ripe")).then(so_far),
        )
        .with_columns(earned_cents=pl.coalesce("paid_ripe_cents", "so_far_cents"))
        .with_columns(
            medicare_cents=pl.when(pl.col("earned_cents").is_not_null()).then(priced),
            medicare_ripe_cents=pl.when(pl.col("paid_ripe_cents").is_not_null()).then(priced),
        )
    )
    amounts = ("earned_cents", "paid_ripe_cents", "so_far_cents", "medicare_cents", "medicare_ripe_cents")
    return (
        marked.group_by(pl.col(by).cast(pl.String).fill_null(NOT_STATED).alias("key"))
        .agg(
            pl.col("units").sum(),
            pl.col("visit_key").n_unique().cast(pl.Int64).alias("visits"),
            pl.len().cast(pl.Int64).alias("lines"),
            *(total(name) for name in amounts),
            pl.col("earned_cents").count().cast(pl.Int64).alias("earned_lines"),
            pl.col("units").filter(pl.col("paid_ripe_cents").is_not_null()).sum().alias("settled_units"),
        )
        .with_columns(
            share_of_column("paid_ripe_cents").alias("share_paid"),
            share_of_column("settled_units").alias("share_settled_units"),
        )
        .sort(["earned_cents", "units", "key"], descending=[True, True, False], nulls_last=True)
    )


def earns_most(frame: pl.DataFrame, by: str) -> str | None:
    """Return the sentence about the row of `earned` that brought most payments; None if too little is answered.

    Only answered months count, and no row with few units is named.
    """
    enough = frame.filter(pl.col("paid_ripe_cents") > 0, pl.col("settled_units") >= few_units())
    top = enough.sort("paid_ripe_cents", descending=True).head(1)
    if top.is_empty():
        return None
    row = top.row(0, named=True)
    name = codes.code_with_label(row["key"]) if by == "code" else row["key"]
    at_medicare = row["medicare_ripe_cents"]
    beside = "" if at_medicare is None else f" ({dollars(at_medicare, places=0)} at Medicare rates)"
    # Where refunds of others make the whole smaller than this part, a share would be nonsense.
    share = f"{row['share_paid']:.0%} of payments and " if row["share_paid"] <= 1 else ""
    return (
        f"{name} earns the most: {dollars(row['paid_ripe_cents'], places=0)} paid{beside}, {share}"
        f"{row['share_settled_units']:.0%} of units"
    )
