"""Expected, allowed and paid side by side; what Medicare's cuts cost."""

from __future__ import annotations

import polars as pl

from analysis.lines.billing_line import PayerClass
from analysis.metrics.core import with_paid

COMPARISON: dict[str, pl.DataType] = {
    "key": pl.String(),
    "lines": pl.Int64(),
    "compared_lines": pl.Int64(),
    "due_cents": pl.Int64(),
    "allowed_cents": pl.Int64(),
    "difference_cents": pl.Int64(),
    "paid_cents": pl.Int64(),
    "paid_lines": pl.Int64(),
    "unknown_lines": pl.Int64(),
}
"""Grain: a payer, code, month and so on (`key`): its lines; how many have both an expected and an allowed amount, which
are all that the next two sums cover; expected, allowed, and allowed less expected; what was paid, over how many lines;
lines whose payer's terms are unknown. Amounts that no line holds are null."""
BY = ("payer", "payer_class", "code", "clinic", "provider", "month")


def compare(lines: pl.DataFrame, expected: pl.DataFrame, by: str) -> pl.DataFrame:
    """Compare what should be allowed, what was allowed, and what was paid: `COMPARISON`, most missing dollars first.

    Months are in order of date.

    Parameters
    ----------
    expected:
        `expectations` of the same lines.
    by:
        One of BY.
    """
    joined = with_paid(lines).join(expected.select("line_id", "due_cents"), on="line_id", how="left")
    key = pl.col("date_of_service").dt.strftime("%Y-%m") if by == "month" else pl.col(by).cast(pl.String)
    both = pl.col("due_cents").is_not_null() & pl.col("allowed_cents").is_not_null()
    compared: pl.DataFrame = (
        joined.with_columns(key=key.fill_null("Not stated"))
        .group_by("key")
        .agg(
            pl.len().cast(pl.Int64).alias("lines"),
            both.sum().cast(pl.Int64).alias("compared_lines"),
            pl.when(both.any()).then(pl.col("due_cents").filter(both).sum()).alias("due_cents"),
            pl.when(both.any()).then(pl.col("allowed_cents").filter(both).sum()).alias("allowed_cents"),
            pl.when(pl.col("paid_cents").count() > 0).then(pl.col("paid_cents").sum()).alias("paid_cents"),
            pl.col("paid_cents").count().cast(pl.Int64).alias("paid_lines"),
            pl.col("due_cents").is_null().sum().cast(pl.Int64).alias("unknown_lines"),
        )
        .with_columns(difference_cents=pl.col("allowed_cents") - pl.col("due_cents"))
    )
    order = ["key"] if by == "month" else ["difference_cents", "lines", "key"]
    falling = [False] if by == "month" else [False, True, False]
    return compared.select(*COMPARISON).sort(order, descending=falling, nulls_last=True)


def cost_of_cuts(lines: pl.DataFrame, under_mppr: pl.DataFrame) -> dict[str, int]:
    """Return the cents Medicare's rules take off the lines they hold for.

    mppr, assistants, sequestration: of the class Medicare. mppr_others: of payers whose terms apply MPPR. Computed from
    the rules, at Medicare rates, on lines with a Medicare amount; MPPR's is the list price less the amount after it.

    Parameters
    ----------
    under_mppr:
        The lines that MPPR cuts (`payers.under_mppr`).
    """
    is_medicare = pl.col("payer_class").cast(pl.String) == PayerClass.MEDICARE.value
    reduction = (pl.col("list_cents") - pl.col("scheduled_cents")).sum()
    row = lines.filter(is_medicare).select(
        assistants=pl.col("assistant_cut_cents").sum(), sequestration=pl.col("sequestration_cents").sum()
    )
    amounts = row.row(0, named=True) | {
        "mppr": under_mppr.filter(is_medicare).select(reduction).item(),
        "mppr_others": under_mppr.filter(~is_medicare).select(reduction).item(),
    }
    return {name: int(cents or 0) for name, cents in amounts.items()}
