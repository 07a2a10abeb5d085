"""The same figures side by side for every code, payer, clinic or therapist."""

from __future__ import annotations

import polars as pl

from analysis.codes import hcpcs as codes
from analysis.lines.billing_line import is_denied
from analysis.lines.filters import NOT_STATED
from analysis.metrics.core import cents_per, share_of_column, sums, total, with_paid
from analysis.metrics.key_figures import key_figures

BY = ("code", "payer", "payer_class", "clinic", "provider", "discipline", "status")


def split(lines: pl.DataFrame, by: str) -> pl.DataFrame:
    """Return figures for every value of one column of the lines, most expected dollars first.

    Grain: one value: key (NOT_STATED if lines leave it empty) and _COLUMNS, each defined in data/metrics.toml. A visit
    counts under every value that has a line in it, so the visits of several codes add up to more than there are.
    Amounts that no line holds are null.
    """
    figures = [key_figures()[name] for name in ("units_per_visit", "expected_per_visit", "paid_per_unit_cents")]
    parts = [part for figure in figures for part in figure.sums()]
    grouped = with_paid(lines).group_by(by).agg(*sums(), *_further_sums(), *parts)
    key = pl.col(by).cast(pl.String).fill_null(NOT_STATED).alias("key")
    return (
        grouped.with_columns(
            key,
            (pl.col("list_cents") - pl.col("scheduled_cents")).alias("mppr_cents"),
            *(figure.value() for figure in figures),
            cents_per("expected_cents", "priced_units").alias("expected_per_unit_cents"),
            pl.when(pl.col("priced_units") > 0).then(pl.col("full_units") / pl.col("priced_units")).alias("share_full"),
            share_of_column("units").alias("share_units"),
            share_of_column("expected_cents").alias("share_expected"),
        )
        .select(_COLUMNS)
        .sort(["expected_cents", "units", "key"], descending=[True, True, False], nulls_last=True)
    )


_COLUMNS = (
    "key",
    "lines",
    "visits",
    "units",
    "billed_cents",
    "billed_lines",
    "list_cents",
    "scheduled_cents",
    "mppr_cents",
    "expected_cents",
    "priced_lines",
    "priced_units",
    "full_units",
    "receipts_cents",
    "allowed_cents",
    "allowed_lines",
    "paid_cents",
    "paid_lines",
    "denied_lines",
    "units_per_visit",
    "expected_per_visit_cents",
    "expected_per_unit_cents",
    "paid_per_unit_cents",
    "share_full",
    "share_units",
    "share_expected",
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
    """Return the sentence above a per-code frame: which code earns most and how that compares with its units."""
    if frame.is_empty() or frame["share_expected"][0] is None:
        return None
    top = frame.row(0, named=True)
    return (
        f"{codes.named(top['code'])} earns most: {top['share_units']:.0%} of units and "
        f"{top['share_expected']:.0%} of revenue at Medicare rates"
    )
