"""Shares of units within a set of codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

from analysis.codes import hcpcs as labels
from analysis.lines.filters import NOT_STATED
from analysis.metrics.core import Missing, missing
from analysis.metrics.key_figures import key_figures
from analysis.metrics.trend import periods_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from analysis.lines.filters import Span

Every = Literal["month", "quarter"]
_INTERVAL = {"month": "1mo", "quarter": "1q"}


def _of_set(lines: pl.DataFrame, codes: Sequence[str]) -> pl.DataFrame:
    return lines.filter(pl.col("code").is_in(list(codes)))


def _units(lines: pl.DataFrame, codes: Sequence[str], *keys: pl.Expr | str) -> pl.DataFrame:
    """Count units of the set by keys and code. Codes become text only after counting: text is slow to group by."""
    counted = _of_set(lines, codes).group_by(*keys, "code").agg(pl.col("units").sum())
    return counted.with_columns(pl.col("code").cast(pl.String))


def _codes(codes: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame({"code": list(dict.fromkeys(codes))}, schema={"code": pl.String})


def _share(group: str | None) -> list[pl.Expr]:
    """Fill units with 0 for a code without any; add set_units and share (null if the set has none) within a group."""
    units = pl.col("units").fill_null(0)
    whole = units.sum() if group is None else units.sum().over(group)
    return [units, whole.alias("set_units"), pl.when(whole > 0).then(units / whole).alias("share")]


def totals(lines: pl.DataFrame, codes: Sequence[str]) -> pl.DataFrame:
    """Return grain code, in the order asked for: code, units, set_units, share (null if the set has no units)."""
    summed = _units(lines, codes)
    return _codes(codes).join(summed, on="code", how="left", maintain_order="left").with_columns(_share(None))


def over_time(lines: pl.DataFrame, codes: Sequence[str], span: Span, every: Every = "month") -> pl.DataFrame:
    """Return shares period by period, from the first to the last date of `span` (`Filters.span`).

    Grain: period and code, without gaps: period (its first day), whole_period (false if `span` begins or ends within
    it), code, units, set_units, share (null if the set has none).
    """
    start = pl.col("date_of_service").dt.truncate(_INTERVAL[every]).alias("period")
    grid = periods_of(span, _INTERVAL[every]).join(_codes(codes), how="cross")
    summed = _units(lines, codes, start)
    return grid.join(summed, on=["period", "code"], how="left", maintain_order="left").with_columns(_share("period"))


def _focus_of_set(focus: str) -> tuple[pl.Expr, pl.Expr]:
    focus_units = pl.col("units").filter(pl.col("code") == focus).sum()
    return focus_units.alias("focus_units"), pl.col("units").sum().alias("set_units")


def multiples(
    lines: pl.DataFrame,
    fields: Collection[str],
    codes: Sequence[str],
    focus: str,
    span: Span,
    by: str = "provider",
    every: Every = "quarter",
    top: int = 9,
) -> pl.DataFrame | Missing:
    """Return the focus code's share over time, one small panel for each of the `top` values with most units of the set.

    Grain: key and period, no gaps in `span`: key, period, whole_period (false if `span` begins or ends within it),
    focus_units, set_units, share (null in a period without units of the set).
    """
    if missing_column := missing(fields, by):
        return missing_column
    start = pl.col("date_of_service").dt.truncate(_INTERVAL[every]).alias("period")
    key = pl.col(by).cast(pl.String).fill_null(NOT_STATED).alias("key")
    counted = _units(lines, codes, by, start).with_columns(key)
    sizes = counted.group_by("key").agg(pl.col("units").sum()).sort(["units", "key"], descending=[True, False])
    shares = counted.group_by("key", "period").agg(*_focus_of_set(focus))
    units, whole = pl.col("focus_units").fill_null(0), pl.col("set_units").fill_null(0)
    return (
        sizes.head(top)
        .select("key")
        .join(periods_of(span, _INTERVAL[every]), how="cross")
        .join(shares, on=["key", "period"], how="left", maintain_order="left")
        .with_columns(units, whole, pl.when(whole > 0).then(units / whole).alias("share"))
    )


def units_per_visit(lines: pl.DataFrame, codes: Sequence[str]) -> pl.DataFrame:
    """Return how many units of each code a visit with that code has.

    Grain: code, in the order asked for: code, label, visits (with the code), units, units_per_visit, full_units,
    priced_units, share_full (of priced units; null if none is priced).
    """
    priced = pl.col("expected_cents").is_not_null()
    figures = [key_figures()[name] for name in ("units_per_visit", "share_full")]
    summed = (
        _of_set(lines, codes)
        .group_by("code")
        .agg(
            pl.col("visit_key").n_unique().alias("visits"),
            pl.sum("units", "full_units"),
            pl.col("units").filter(priced).sum().alias("priced_units"),
            *(part for figure in figures for part in figure.sums()),
        )
    )
    summed = summed.with_columns(pl.col("code").cast(pl.String))
    frame = _codes(codes).join(summed, on="code", how="left", maintain_order="left")
    counts = pl.col("visits", "units", "full_units", "priced_units").fill_null(0)
    frame = frame.with_columns(counts).with_columns(
        *(figure.value() for figure in figures),
        pl.Series("label", [labels.label(code) for code in frame["code"]], pl.String),
    )
    return frame.select(
        "code", "label", "visits", "units", "units_per_visit", "full_units", "priced_units", "share_full"
    )
