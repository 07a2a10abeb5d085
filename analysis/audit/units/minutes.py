"""Which minutes a line has: an export may give each line its own, or the visit's total on every line."""

from __future__ import annotations

import polars as pl

from analysis.audit.units.counting import UNIT_MINUTES


def with_totals_told(lines: pl.DataFrame, timed: pl.Expr) -> pl.DataFrame:
    """Add `minutes_of_visit`: whether a line's minutes are its visit's total, which the file repeats on each line.

    A file does so if every visit of two timed lines or more holds one number, and that number, rather than the sum
    over its lines, fits the units: a file of single quarter hours repeats 15 as well.
    """
    visits = (
        lines.filter(timed & pl.col("minutes").is_not_null())
        .group_by("source_file", "visit_key", "payer", "discipline")
        .agg(
            pl.len().alias("lines"),
            pl.col("minutes").sum().alias("sum"),
            pl.col("minutes").first().alias("one"),
            pl.col("minutes").n_unique().alias("numbers"),
            (pl.col("units").sum() * UNIT_MINUTES).alias("billed"),
        )
        .filter(pl.col("lines") > 1)
    )
    as_total, as_lines = ((pl.col(name) - pl.col("billed")).abs().sum() for name in ("one", "sum"))
    files = visits.group_by("source_file").agg(
        ((pl.col("numbers") == 1).all() & (as_total < as_lines)).alias("minutes_of_visit")
    )
    return lines.join(files, on="source_file", how="left", maintain_order="left").with_columns(
        pl.col("minutes_of_visit").fill_null(value=False)
    )
