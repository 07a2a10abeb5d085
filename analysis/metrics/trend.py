"""A measure month by month, one band a code, payer, clinic or therapist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.filters import NOT_STATED
from analysis.metrics.core import Missing, missing, share_of_column, with_paid

if TYPE_CHECKING:
    from collections.abc import Collection

OTHER = "Other"

MEASURES = {
    "expected": "expected_cents",
    "receipts": "receipts_cents",
    "billed": "charge_cents",
    "paid": "paid_cents",
    "units": "units",
}
"""Measure (an entry of data/metrics.toml) -> the column it sums.

Visits are no measure here: bands of codes would count one visit several times.
"""


def monthly(
    lines: pl.DataFrame, fields: Collection[str], measure: str = "expected", by: str = "code", top: int = 8
) -> pl.DataFrame | Missing:
    """A measure by month and band.

    Grain: month and key, no gaps: month (its first day), key (the `top` largest over all months, the rest together
    as OTHER), value (cents or units; 0 in a month without such lines), share (of the month; null where none),
    whole_month (false where the lines begin or end within the month). Keys by size, OTHER last. `Missing` where the
    export lacks the column.
    """
    column = MEASURES[measure]
    if gone := missing(fields, column) or missing(fields, by):
        return gone
    found = (
        with_paid(lines)
        .group_by(pl.col("date_of_service").dt.truncate("1mo").alias("month"), by)
        .agg(pl.col(column).sum().alias("value"))
        .with_columns(pl.col(by).cast(pl.String).fill_null(NOT_STATED).alias("key"))
    )
    ranked = (
        found.group_by("key").agg(pl.sum("value")).sort(["value", "key"], descending=[True, False])["key"].to_list()
    )
    kept = ranked[:top] if len(ranked) > top + 1 else ranked
    keys = [*kept, OTHER] if len(kept) < len(ranked) else kept
    banded = found.with_columns(pl.when(pl.col("key").is_in(kept)).then("key").otherwise(pl.lit(OTHER)).alias("key"))
    summed = banded.group_by("month", "key").agg(pl.sum("value"))
    return (
        _months(lines)
        .join(pl.DataFrame({"key": keys}, schema={"key": pl.String}), how="cross")
        .join(summed, on=["month", "key"], how="left", maintain_order="left")
        .with_columns(pl.col("value").fill_null(0))
        .with_columns(share_of_column("value").over("month").alias("share"))
        .select("month", "key", "value", "share", "whole_month")
    )


def _months(lines: pl.DataFrame) -> pl.DataFrame:
    """Every month from the first line to the last, and whether the lines can cover all of it.

    A clinic that opens on weekdays has its last line some days before a month's end: within three days counts as whole.
    """
    day = pl.col("date_of_service")
    first, last = lines.select(day.min().alias("first"), day.max().alias("last")).row(0)
    if first is None:
        return pl.DataFrame(schema={"month": pl.Date, "whole_month": pl.Boolean})
    months = pl.DataFrame({"month": pl.date_range(first.replace(day=1), last, "1mo", eager=True)})
    whole = (pl.lit(first) <= pl.col("month").dt.offset_by("3d")) & (
        pl.lit(last) >= pl.col("month").dt.month_end().dt.offset_by("-3d")
    )
    return months.with_columns(whole.alias("whole_month"))
