"""What is left over on either side: payments without a charge, charges without a payment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.cells.values import payer_class
from analysis.ingest.frames import UNMATCHED
from analysis.ingest.rows.export import Notice
from analysis.ingest.settings import UNKNOWN
from analysis.lines.billing_line import is_decided, is_insured

if TYPE_CHECKING:
    from analysis.ingest.rows.export import Export

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
    """Insured charges of the days and payers that remittances speak of, for which nobody decided anything."""
    days = payments["date_of_service"].drop_nulls()
    if charges.is_empty() or days.is_empty():
        return pl.DataFrame(schema=UNMATCHED)
    left = charges.filter(
        pl.col("date_of_service").is_between(days.min(), days.max())
        & _heard(charges, payments, matched)
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


def _heard(charges: pl.DataFrame, payments: pl.DataFrame, matched: pl.DataFrame) -> pl.Expr:
    """Whether some payment is of a charge's payer, so that the files could have answered it.

    Export and remittance write payers in their own ways: they are the same where a payment has found a charge of that
    name, or else where they are of one class. A payer whose class nobody knows may be any.
    """
    classes = {payer_class(None, name) for name in payments["payer"].unique()}
    if UNKNOWN in classes:
        return pl.lit(value=True)
    names = charges.filter(pl.col("line_id").is_in(matched["charge"].implode()))["payer"].drop_nulls().unique()
    own = pl.col("payer_class").cast(pl.String)
    return own.is_in([*classes, UNKNOWN]) | pl.col("payer").is_in(names.implode()) | pl.col("payer").is_null()


def hint(left_over: pl.DataFrame, payments: pl.DataFrame, charges: pl.DataFrame) -> list[Notice]:
    """What may help where most payments of remittances find no charge: the column of claim numbers."""
    if payments.is_empty() or charges.is_empty() or left_over.height * 2 <= payments.height:
        return []
    if payments["claim_key"].drop_nulls().is_empty():
        return []
    common = charges["claim_key"].drop_nulls().is_in(payments["claim_key"].drop_nulls().implode()).any()
    if common:
        return []
    none = charges["claim_key"].is_null().all()
    has = "no column of claim numbers" if none else "claim numbers that no remittance names"
    text = (
        f"most payments found no charge, and the export has {has}: if one of its columns holds those of the "
        'remittances ("Claim #", "Acct #", "Patient Control #"), give it the meaning "claim number"'
    )
    return [Notice("payments__no_claim_numbers", text)]
