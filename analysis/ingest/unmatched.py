"""What is left over on either side: payments without a charge, charges without a payment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.frames import UNMATCHED
from analysis.lines import is_decided, is_insured

if TYPE_CHECKING:
    from analysis.ingest.export import Export

_CANDIDATES = 3
"""Charges named beside a payment that fits several."""


def payments_alone(payments: pl.DataFrame, near: pl.DataFrame, charges: pl.DataFrame) -> pl.DataFrame:
    """Payments without a charge: `frames.UNMATCHED`, with the charges that come near them."""
    named = charges.select("line_id", name=pl.format("{} row {}", "file", "source_row"))
    told = (
        near.with_columns(candidates=pl.col("candidates").list.head(_CANDIDATES), many=pl.col("candidates").list.len())
        .explode("candidates")
        .join(named, left_on="candidates", right_on="line_id", how="left", maintain_order="left")
        .group_by("payment", maintain_order=True)
        .agg(
            pl.col("why").first().alias("near"),
            pl.col("name").str.join(", ").alias("candidates"),
            pl.col("many").first(),
        )
    )
    more = pl.when(pl.col("many") > _CANDIDATES).then(pl.format(" and {} more", pl.col("many") - _CANDIDATES))
    why = (
        pl.when("takes_back")
        .then(pl.lit("takes back a payment that none of the files holds"))
        .when(pl.col("near").is_not_null())
        .then("near")
        .when(pl.col("code").is_null())
        .then(pl.lit("the payment names no service, and no charges of its claim add up to it"))
        .otherwise(pl.lit("no charge of this patient, day and code is in the files"))
    )
    listed = payments.join(told, on="payment", how="left", maintain_order="left").with_columns(
        paid_cents=pl.sum_horizontal("insurance_paid_cents", "patient_paid_cents"),
        side=pl.lit("payment"),
        why=why,
        candidates=pl.concat_str("candidates", more.fill_null("")),
    )
    return listed.select(pl.col(name).cast(dtype) for name, dtype in UNMATCHED.items())


def charges_alone(out: Export, charges: pl.DataFrame, payments: pl.DataFrame, matched: pl.DataFrame) -> pl.DataFrame:
    """Insured charges of the days that remittances speak of, for which nobody decided anything."""
    days = payments["date_of_service"].drop_nulls()
    if charges.is_empty() or days.is_empty():
        return pl.DataFrame(schema=UNMATCHED)
    left = charges.filter(
        pl.col("date_of_service").is_between(days.min(), days.max())
        & is_insured()
        & ~is_decided()
        & ~pl.col("line_id").is_in(matched["charge"].implode())
        & pl.col("line_id").is_in(out.lines["line_id"].implode())
    )
    told = left.with_columns(
        source_file="file",
        paid_cents=pl.lit(0),
        side=pl.lit("charge"),
        why=pl.lit("no payment or denial in the files names this charge"),
        candidates=pl.lit(None, pl.String),
    )
    return told.select(pl.col(name).cast(dtype) for name, dtype in UNMATCHED.items())
