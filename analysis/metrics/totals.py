"""The tiles of a set of lines, and the notes beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.codes import hcpcs as codes
from analysis.lines.billing_line import is_denied
from analysis.metrics.core import Figure, missing, over_lines, partly_paid, total, with_paid
from analysis.metrics.key_figures import key_figures
from analysis.money import dollars

if TYPE_CHECKING:
    from collections.abc import Collection

    from analysis.metrics.key_figures import KeyFigure


def totals(lines: pl.DataFrame, fields: Collection[str]) -> dict[str, Figure]:
    """Every key figure of data/metrics.toml by name, in the order of the file."""
    figures = key_figures().values()
    sums = with_paid(lines).select(
        pl.len().cast(pl.Int64).alias("lines"), *(part for figure in figures for part in figure.sums())
    )
    row = sums.with_columns(figure.value() for figure in figures).row(0, named=True)
    return {figure.name: _figure(figure, row, fields) for figure in figures}


def _figure(key_figure: KeyFigure, row: dict[str, Any], fields: Collection[str]) -> Figure:
    lines = row["lines"]
    absent_column = next((absent for field in key_figure.needs if (absent := missing(fields, field))), None)
    if absent_column:
        return Figure(key_figure.name, None, 0, lines, missing=absent_column)
    lines_with = row[f"{key_figure.name}:lines"] if key_figure.holds else lines
    remarks = [
        over_lines(lines_with, lines, key_figure.holds),
        partly_paid(fields) if key_figure.of == "paid_cents" else "",
    ]
    return Figure(key_figure.name, row[key_figure.column], lines_with, lines, note="; ".join(filter(None, remarks)))


def _lines(count: int) -> str:
    return f"{count:,} line{'' if count == 1 else 's'}"


def notes(lines: pl.DataFrame, fields: Collection[str]) -> tuple[str, ...]:
    """Return notes for every expected-dollar figure: lines without a price, denied lines, no charges."""
    expected, charge = pl.col("expected_cents"), pl.col("charge_cents")
    denied = is_denied() & expected.is_not_null()
    unpriced_charge = charge.filter(expected.is_null())
    row = lines.select(
        pl.len().alias("lines"),
        expected.null_count().alias("unpriced"),
        pl.when(unpriced_charge.count() > 0).then(unpriced_charge.sum()).alias("unpriced_cents"),
        denied.sum().alias("denied"),
        expected.filter(denied).sum().alias("denied_cents"),
    ).row(0, named=True)
    sentences: list[str] = []
    if row["unpriced"]:
        billed = f" (billed {dollars(row['unpriced_cents'])})" if row["unpriced_cents"] is not None else ""
        sentences.append(
            f"{row['unpriced']:,} of {row['lines']:,} lines{billed} have no Medicare amount and are left out of "
            "expected dollars."
        )
    if row["denied"]:
        sentences.append(
            f"Expected dollars include {_lines(row['denied'])} that payers denied ({dollars(row['denied_cents'])})."
        )
    if "charge_cents" not in fields:
        sentences.append(
            "Medicare pays no more than the charge; this export has no charges, so RevMix does not apply that limit."
        )
    return tuple(sentences)


def unpriced(lines: pl.DataFrame, reasons: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return lines without a Medicare amount, by code and reason, most lines first.

    Grain: code and reason: code, label, reason, lines, units, billed_cents (null where no line has a charge). `reasons`
    is ``Priced.reasons()``; without it the reason is null.
    """
    unpriced_lines = lines.filter(pl.col("expected_cents").is_null())
    if reasons is None:
        unpriced_lines = unpriced_lines.with_columns(pl.lit(None, pl.String).alias("reason"))
    else:
        unpriced_lines = unpriced_lines.join(reasons.select("line_id", "reason"), on="line_id", how="left")
    return (
        unpriced_lines.group_by(pl.col("code").cast(pl.String), "reason")
        .agg(pl.len().alias("lines"), pl.col("units").sum(), total("charge_cents").alias("billed_cents"))
        .with_columns(pl.col("code").map_elements(codes.label, return_dtype=pl.String).alias("label"))
        .select("code", "label", "reason", "lines", "units", "billed_cents")
        .sort(["lines", "code"], descending=[True, False])
    )
