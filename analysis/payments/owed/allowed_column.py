"""Exports whose allowed column holds the payment: told once per file, and not as underpaid lines."""

from __future__ import annotations

import polars as pl

from analysis.lines.billing_line import PayerClass

SHARE, FEWEST = 0.9, 5
"""How many of a file's telling lines have to show it, as a share, and at least how many lines."""
PAYMENT_AS_ALLOWED: dict[str, pl.DataType] = {
    "source_file": pl.String(),
    "lines": pl.Int64(),
    "line_ids": pl.List(pl.Int64()),
}
"""Grain: a file whose allowed column holds what insurers paid: how many lines show it, and all its lines on which the
two amounts are the same."""


def payment_as_allowed(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the files whose allowed column holds the insurer's payment: `PAYMENT_AS_ALLOWED`.

    A line can tell if the patient owes a part of the allowed amount: a line of Medicare, which never pays all of it, or
    one the patient paid something for. Where nearly all of them are paid just what was allowed, that is the payment.
    """
    paid, allowed = pl.col("insurance_paid_cents"), pl.col("allowed_cents")
    by_medicare = pl.col("payer_class").cast(pl.String) == PayerClass.MEDICARE.value
    telling = (paid > 0) & (allowed > 0) & (by_medicare | (pl.col("patient_paid_cents") > 0))
    same = paid == allowed
    return (
        lines.group_by(pl.col("source_file").cast(pl.String))
        .agg(
            telling.sum().alias("telling"),
            (telling & same).sum().cast(pl.Int64).alias("lines"),
            pl.col("line_id").filter(same).alias("line_ids"),
        )
        .filter((pl.col("lines") >= FEWEST) & (pl.col("lines") >= SHARE * pl.col("telling")))
        .select(*PAYMENT_AS_ALLOWED)
        .sort("source_file")
    )
