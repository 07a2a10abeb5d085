"""Unmatched rows on either side: payments without a charge, charges without a payment."""

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
"""How many charges are named beside a payment that fits several."""


def unmatched_payments(payments: pl.DataFrame, open_payments: pl.DataFrame, charges: pl.DataFrame) -> pl.DataFrame:
    """Return payments without a charge as `frames.UNMATCHED`, with the charges that come close."""
    charge_names = charges.select("line_id", name=pl.format("{} row {}", "file", "source_row"))
    near_charges = (
        open_payments.with_columns(
            candidates=pl.col("candidates").list.head(_CANDIDATES), many=pl.col("candidates").list.len()
        )
        .explode("candidates")
        .join(charge_names, left_on="candidates", right_on="line_id", how="left", maintain_order="left")
        .group_by("payment", maintain_order=True)
        .agg(
            pl.col("why").first().alias("near"),
            pl.col("name").str.join(", ").alias("candidates"),
            pl.col("many").first(),
        )
    )
    remainder = pl.when(pl.col("many") > _CANDIDATES).then(pl.format(" and {} more", pl.col("many") - _CANDIDATES))
    why = (
        pl.when("takes_back")
        .then(pl.lit("a reversal whose payment is not in the files"))
        .when(pl.col("near").is_not_null())
        .then("near")
        .when(pl.col("code").is_null())
        .then(pl.lit("the payment names no service, and no charges of its claim add up to it"))
        .otherwise(pl.lit("the files have no charge for this patient, date and code"))
    )
    listed = payments.join(near_charges, on="payment", how="left", maintain_order="left").with_columns(
        paid_cents=pl.sum_horizontal("insurance_paid_cents", "patient_paid_cents"),
        side=pl.lit("payment"),
        why=why,
        candidates=pl.concat_str("candidates", remainder.fill_null("")),
    )
    return listed.select(pl.col(name).cast(dtype) for name, dtype in UNMATCHED.items())


def unmatched_charges(
    export: Export, charges: pl.DataFrame, payments: pl.DataFrame, posted: pl.DataFrame
) -> pl.DataFrame:
    """Return insured charges within the remittances' dates that no remittance pays or denies."""
    days = payments["date_of_service"].drop_nulls()
    if charges.is_empty() or days.is_empty():
        return pl.DataFrame(schema=UNMATCHED)
    unanswered = charges.filter(
        pl.col("date_of_service").is_between(days.min(), days.max())
        & _is_answerable(charges, payments, posted)
        & is_insured()
        & ~is_decided()
        & ~pl.col("line_id").is_in(posted["charge"].implode())
        & pl.col("line_id").is_in(export.lines["line_id"].implode())
    )
    listed = unanswered.with_columns(
        source_file="file",
        paid_cents=pl.lit(0),
        side=pl.lit("charge"),
        why=pl.lit("the files have no payment or denial for this charge"),
        candidates=pl.lit(None, pl.String),
    )
    return listed.select(pl.col(name).cast(dtype) for name, dtype in UNMATCHED.items())


def _is_answerable(charges: pl.DataFrame, payments: pl.DataFrame, posted: pl.DataFrame) -> pl.Expr:
    """Tell whether the files have a payment from a charge's payer, so that they could have answered it.

    Export and remittance spell payers differently: they are the same if a payment matched a charge of that name, or if
    they are in one class. A payer of unknown class may be any.
    """
    classes = {payer_class(None, name) for name in payments["payer"].unique()}
    if UNKNOWN in classes:
        return pl.lit(value=True)
    names = charges.filter(pl.col("line_id").is_in(posted["charge"].implode()))["payer"].drop_nulls().unique()
    payer_class_name = pl.col("payer_class").cast(pl.String)
    return (
        payer_class_name.is_in([*classes, UNKNOWN]) | pl.col("payer").is_in(names.implode()) | pl.col("payer").is_null()
    )


def hint(unmatched_rows: pl.DataFrame, payments: pl.DataFrame, charges: pl.DataFrame) -> list[Notice]:
    """Return a hint for when most remittance payments match no charge: the column of claim numbers."""
    if payments.is_empty() or charges.is_empty() or unmatched_rows.height * 2 <= payments.height:
        return []
    if payments["claim_key"].drop_nulls().is_empty():
        return []
    common = charges["claim_key"].drop_nulls().is_in(payments["claim_key"].drop_nulls().implode()).any()
    if common:
        return []
    has_no_numbers = charges["claim_key"].is_null().all()
    has = "no claim number column" if has_no_numbers else "claim numbers that no remittance uses"
    text = (
        f"most payments matched no charge, and the export has {has}: if a column has the claim numbers of the "
        'remittances ("Claim #", "Acct #", "Patient Control #"), choose the meaning "claim number" for it'
    )
    return [Notice("payments__no_claim_numbers", text)]
