"""A measure by month, with one band per code, payer, clinic or therapist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.lines.filters import NOT_STATED
from analysis.metrics.core import Missing, missing, share_of_column, total, with_paid

if TYPE_CHECKING:
    from collections.abc import Collection

    from analysis.lines.filters import Span
    from analysis.metrics.ripeness import Ripeness

OTHER = "Other"

MEASURES = {
    "expected": "expected_cents",
    "receipts": "receipts_cents",
    "billed": "charge_cents",
    "paid": "paid_cents",
    "units": "units",
}
"""Measure (an entry of data/metrics.toml) -> the column it sums.

Visits are not a measure here: bands of codes would count one visit several times.
"""


def monthly(
    lines: pl.DataFrame,
    fields: Collection[str],
    span: Span,
    measure: str = "expected",
    by: str = "code",
    *,
    top: int = 8,
    ripe: Ripeness | None = None,
) -> pl.DataFrame | Missing:
    """Return a measure by month and band.

    Grain: month and key, without gaps from the first to the last month of `span` (`Filters.span`): month (its first
    day), key (the `top` largest over all months, the rest together as OTHER), value (cents or units; 0 if there is no
    line, null if there are lines but none holds the measure), lines_with and lines (those that hold it, out of how
    many), share_of_month (null if the month sums to nothing), whole_month (false if `span` begins or ends within the
    month), unripe (payments only: too little of the month is answered, by `ripe`). Keys by size, OTHER last. `Missing`
    if the export lacks the column.
    """
    column = MEASURES[measure]
    if missing_column := missing(fields, column) or missing(fields, by):
        return missing_column
    by_month = (
        with_paid(lines)
        .group_by(pl.col("date_of_service").dt.truncate("1mo").alias("month"), by)
        .agg(total(column).alias("value"), pl.col(column).count().alias("lines_with"), pl.len().alias("lines"))
        .with_columns(pl.col(by).cast(pl.String).fill_null(NOT_STATED).alias("key"))
    )
    sizes = by_month.group_by("key").agg(total("value"))
    ranked = sizes.sort(["value", "key"], descending=[True, False], nulls_last=True)["key"].to_list()
    largest = ranked[:top] if len(ranked) > top + 1 else ranked
    keys = [*largest, OTHER] if len(largest) < len(ranked) else largest
    banded = by_month.with_columns(
        pl.when(pl.col("key").is_in(largest)).then("key").otherwise(pl.lit(OTHER)).alias("key")
    )
    summed = banded.group_by("month", "key").agg(total("value"), pl.sum("lines_with", "lines"))
    no_line = pl.col("lines").is_null()
    unripe = list(ripe.unripe) if ripe and measure == "paid" else []
    return (
        months_of(span)
        .join(pl.DataFrame({"key": keys}, schema={"key": pl.String}), how="cross")
        .join(summed, on=["month", "key"], how="left", maintain_order="left")
        .with_columns(pl.when(no_line).then(0).otherwise("value").alias("value"))
        .with_columns(pl.col("lines_with", "lines").fill_null(0))
        .with_columns(share_of_column("value").over("month").alias("share_of_month"))
        .with_columns(pl.col("month").is_in(unripe).alias("unripe"))
        .select("month", "key", "value", "lines_with", "lines", "share_of_month", "whole_month", "unripe")
    )


def month_remarks(span: Span, ripe: Ripeness) -> pl.DataFrame:
    """Return what to say beside each month of a table of payments.

    Grain: month of `span`: key (``2026-10``), remark (how many lines are not answered yet where it is unripe, or that
    it is not full; null where there is nothing to say).
    """
    not_answered = pl.format("{} of {} lines not answered yet", "open_lines", "insured_lines")
    remarks = pl.concat_str(
        pl.when("unripe").then(not_answered),
        pl.when(~pl.col("whole_month")).then(pl.lit("not a full month")),
        separator="; ",
        ignore_nulls=True,
    )
    return (
        months_of(span)
        .join(ripe.months, on="month", how="left", maintain_order="left")
        .with_columns(pl.col("unripe").fill_null(value=False))
        .select(
            pl.col("month").dt.strftime("%Y-%m").alias("key"),
            pl.when(remarks.str.len_chars() > 0).then(remarks).alias("remark"),
        )
    )


def months_of(span: Span) -> pl.DataFrame:
    """Return every month of a span (its first day), and whether the span covers all of it: month, whole_month."""
    return periods_of(span, "1mo").rename({"period": "month", "whole_period": "whole_month"})


def periods_of(span: Span, every: str) -> pl.DataFrame:
    """Return every period of a span, such as ``1mo`` or ``1q``: period (its first day), whole_period.

    A clinic open on weekdays has its last line some days before a month's end: within three days counts as whole.
    """
    first, last = (pl.lit(day) for day in span)
    start = pl.col("period")
    whole = (first <= start.dt.offset_by("3d")) & (last >= start.dt.offset_by(every).dt.offset_by("-4d"))
    return pl.select(
        pl.date_range(first.dt.truncate(every), last.dt.truncate(every), every).alias("period")
    ).with_columns(whole.alias("whole_period"))
