"""The same figures side by side for every code, payer, clinic or therapist."""

from __future__ import annotations

import polars as pl

from analysis.codes import hcpcs as codes
from analysis.lines.billing_line import is_denied
from analysis.lines.filters import NOT_STATED
from analysis.metrics.core import share_of_column, sums, total, with_paid
from analysis.metrics.key_figures import key_figures
from analysis.metrics.ripeness import few_units

BY = ("code", "payer", "payer_class", "clinic", "provider", "discipline", "status")
_FIGURES = ("units_per_visit", "expected_per_visit", "expected_per_unit_cents", "paid_per_unit_cents", "share_full")
"""Figures of data/metrics.toml that are one sum divided by another."""
SPLIT: dict[str, pl.DataType] = {
    "key": pl.String(),
    "lines": pl.Int64(),
    "visits": pl.Int64(),
    "units": pl.Int64(),
    "billed_cents": pl.Int64(),
    "billed_lines": pl.Int64(),
    "list_cents": pl.Int64(),
    "scheduled_cents": pl.Int64(),
    "mppr_cents": pl.Int64(),
    "expected_cents": pl.Int64(),
    "priced_lines": pl.Int64(),
    "priced_units": pl.Int64(),
    "full_units": pl.Int64(),
    "receipts_cents": pl.Int64(),
    "allowed_cents": pl.Int64(),
    "allowed_lines": pl.Int64(),
    "paid_cents": pl.Int64(),
    "paid_lines": pl.Int64(),
    "denied_lines": pl.Int64(),
    "units_per_visit": pl.Float64(),
    "expected_per_visit_cents": pl.Int64(),
    "expected_per_unit_cents": pl.Int64(),
    "paid_per_unit_cents": pl.Int64(),
    "share_full": pl.Float64(),
    "share_units": pl.Float64(),
    "share_expected": pl.Float64(),
}
"""Grain: a value of the column that `split` goes by (`key`; NOT_STATED if lines leave it empty). The other columns are
defined in data/metrics.toml."""


def split(lines: pl.DataFrame, by: str) -> pl.DataFrame:
    """Return figures for every value of one column of the lines, most expected dollars first.

    Grain: one value: `SPLIT`. A visit counts under every value that has a line in it, so the visits of several codes
    add up to more than there are. Amounts that no line holds are null.
    """
    figures = [key_figures()[name] for name in _FIGURES]
    parts = [part for figure in figures for part in figure.sums()]
    grouped = with_paid(lines).group_by(by).agg(*sums(), *_further_sums(), *parts)
    key = pl.col(by).cast(pl.String).fill_null(NOT_STATED).alias("key")
    return (
        grouped.with_columns(
            key,
            (pl.col("list_cents") - pl.col("scheduled_cents")).alias("mppr_cents"),
            *(figure.value() for figure in figures),
            share_of_column("units").alias("share_units"),
            share_of_column("expected_cents").alias("share_expected"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in SPLIT.items())
        .sort(["expected_cents", "units", "key"], descending=[True, True, False], nulls_last=True)
    )


def _further_sums() -> list[pl.Expr]:
    """Return sums that only a split shows."""
    return [
        pl.col("units").filter(pl.col("expected_cents").is_not_null()).sum().alias("priced_units"),
        total("full_units"),
        total("list_cents"),
        total("scheduled_cents"),
        is_denied().sum().alias("denied_lines"),
    ]


def per_code(lines: pl.DataFrame) -> pl.DataFrame:
    """`split` by code, with `code` instead of `key` and our `label` after it."""
    frame = split(lines, "code").rename({"key": "code"})
    labels = pl.Series("label", [codes.label(code) for code in frame["code"]], pl.String)
    return frame.insert_column(1, labels)


def headline(frame: pl.DataFrame) -> str | None:
    """Return the sentence above a per-code frame: which code earns the most and how that compares with its units.

    None if no code with enough units has a Medicare amount.
    """
    enough = frame.filter(pl.col("units") >= few_units()).head(1)
    if enough.is_empty() or enough["share_expected"][0] is None:
        return None
    top = enough.row(0, named=True)
    return (
        f"{codes.code_with_label(top['code'])} earns the most: {top['share_units']:.0%} of units and "
        f"{top['share_expected']:.0%} of revenue at Medicare rates"
    )
