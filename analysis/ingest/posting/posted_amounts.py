"""What matched payments bring to their charges: a part each where one pays several, and nothing that repeats others."""

from __future__ import annotations

import polars as pl

from analysis.codes.carc import PRIOR_PAYER


def posted_amounts(posted: pl.DataFrame, adjustments: pl.DataFrame, line_amounts: pl.DataFrame) -> pl.DataFrame:
    """Return matched payments with the amounts they bring to their charges.

    A payment of several charges gives each its part, in whole cents that add up. Later payers' adjustments leave out
    what they repeat from earlier payers (`_without_prior`). A reversal of a payment shown in the export brings no
    dollars: it only says that the amount no longer holds. `line_amounts` has what lines that are remittances already
    hold: charge, own_paid, own_adjusted.
    """
    frame = _without_prior(posted, adjustments, line_amounts)
    paid = pl.col("insurance_paid_cents").fill_null(0)
    shares = {
        name: _part(pl.col(name))
        for name in ("allowed_cents", "insurance_paid_cents", "patient_paid_cents", "units_paid")
    }
    # Split together with the payment, so that no charge is adjusted by a cent too much.
    shares["adjustment_cents"] = _part(pl.col("adjustment_cents") + paid) - _part(paid)
    brings_nothing = pl.col("alone") & pl.col("takes_back")
    return frame.with_columns(
        pl.when(brings_nothing & pl.col(name).is_not_null()).then(pl.lit(0)).otherwise(share).alias(name)
        for name, share in shares.items()
    )


def _without_prior(posted: pl.DataFrame, adjustments: pl.DataFrame, line_amounts: pl.DataFrame) -> pl.DataFrame:
    """Remove from later payers' adjustments what they repeat from earlier payers.

    CARC 23 says what earlier payers paid and took off; some payers also repeat the contractual cut (45). So if the
    first payer's decision is known, all payers together took off no more than the charge less all payments and less
    what the last one leaves to the patient.
    """
    prior = (
        adjustments.filter(pl.col("carc") == PRIOR_PAYER)
        .group_by(remittance_line="line_id")
        .agg(prior_cents=pl.col("amount_cents").sum())
    )
    frame = posted.join(prior, on="remittance_line", how="left", maintain_order="left").join(
        line_amounts, on="charge", how="left", maintain_order="left"
    )
    repeats_prior = pl.col("further_payer") & (pl.col("prior_cents").fill_null(0) != 0)
    adjusted, paid = pl.col("adjustment_cents").fill_null(0), pl.col("insurance_paid_cents").fill_null(0)
    frame = frame.sort("paid_on", "payment", nulls_last=False, maintain_order=True).with_columns(
        repeats=repeats_prior,
        first_is_known=(
            (~pl.col("further_payer") & ~pl.col("takes_back")).any().over("charge")
            | pl.col("own_adjusted").is_not_null()
        ),
        by_first=adjusted.filter(~pl.col("further_payer")).sum().over("charge") + pl.col("own_adjusted").fill_null(0),
        all_paid=paid.sum().over("charge") + pl.col("own_paid").fill_null(0),
        is_last=pl.col("payment") == pl.col("payment").filter(repeats_prior).last().over("charge"),
    )
    remaining = pl.col("charge_cents") - pl.col("all_paid") - pl.col("owed_cents").fill_null(0) - pl.col("by_first")
    own_adjustment = pl.col("adjustment_cents") - pl.col("prior_cents").fill_null(0)
    limit = pl.min_horizontal(own_adjustment, pl.max_horizontal(remaining, pl.lit(0)))
    together = pl.when(pl.col("is_last").fill_null(value=False)).then(limit).otherwise(0)
    adjustment = (
        pl.when("repeats")
        .then(pl.when("first_is_known").then(together).otherwise(own_adjustment))
        .otherwise("adjustment_cents")
    )
    return frame.with_columns(adjustment_cents=adjustment).sort("payment", maintain_order=True)


def _part(amount: pl.Expr) -> pl.Expr:
    """Return a payment's part of an amount: the parts of all its charges add up to it."""
    before, part, whole = (pl.col(name) for name in ("before", "part", "whole"))
    return amount * (before + part) // whole - amount * before // whole


def move_adjustments(adjustments: pl.DataFrame, posted: pl.DataFrame) -> pl.DataFrame:
    """Move the adjustments of remittance lines to the charges they pay."""
    paid_charges = posted.drop_nulls("remittance_line").select(
        "charge", "before", "part", "whole", line_id="remittance_line"
    )
    moved = adjustments.join(paid_charges, on="line_id", how="inner", maintain_order="left")
    return moved.with_columns(line_id="charge", amount_cents=_part(pl.col("amount_cents"))).select(adjustments.columns)
