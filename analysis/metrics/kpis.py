"""The figures an owner watches, by clinic, therapist, payer or month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.lines.filters import NOT_STATED
from analysis.metrics.core import missing, share_of_column, with_paid
from analysis.metrics.key_figures import key_figures
from analysis.metrics.trend import month_remarks

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from analysis.lines.filters import Span
    from analysis.metrics.core import Missing
    from analysis.metrics.key_figures import KeyFigure
    from analysis.metrics.ripeness import Ripeness

_ANSWERED = {"paid_cents", "allowed_cents"}
"""Columns that wait for a payer's answer."""
KPI_BY = ("month", "clinic", "provider", "payer", "payer_class")


def kpis(
    lines: pl.DataFrame, fields: Collection[str], by: str, span: Span, ripe: Ripeness
) -> tuple[pl.DataFrame, tuple[Missing, ...]]:
    """Return the figures for every value of one of KPI_BY, and what cannot be shown because a column is missing.

    Grain: key (months in order, else most visits first): key, remark (by month only: `month_remarks`), visits,
    share_visits, and the other key figures of data/metrics.toml that have a place in the table, in its order. Figures
    of a column the export lacks are null; paid amounts per unit and visit are over lines that hold a payment. Averages
    and rates of payments leave unripe months out, except by month, where these are remarked on.
    """
    text = pl.col("date_of_service").dt.strftime("%Y-%m") if by == "month" else pl.col(by).cast(pl.String)
    figures = sorted(
        (figure for figure in key_figures().values() if figure.table), key=lambda figure: figure.table or 0
    )
    keyed = with_paid(lines).with_columns(key=text.fill_null(NOT_STATED))
    of_answers = [figure for figure in figures if figure.per and _ANSWERED & {figure.of, figure.per}]
    others = [figure for figure in figures if figure not in of_answers]
    frame = (
        _figures(keyed, others)
        .join(_figures(keyed if by == "month" else keyed.filter(ripe.is_ripe()), of_answers), on="key", how="left")
        .with_columns(share_visits=share_of_column("visits"))
    )
    lacking = {
        figure.column: why
        for figure in figures
        for field in figure.needs
        if (why := missing(fields, field)) is not None
    }
    ordered = frame.sort(["key"] if by == "month" else ["visits", "key"], descending=by != "month" and [True, False])
    columns = [figure.column for figure in figures]
    columns.insert(columns.index("visits") + 1, "share_visits")
    table = ordered.select("key", *columns)
    if by == "month":
        table = table.join(month_remarks(span, ripe), on="key", how="left", maintain_order="left")
        table = table.select("key", "remark", *columns)
    table = table.with_columns(pl.lit(None).cast(frame.schema[name]).alias(name) for name in lacking)
    return table, tuple(dict.fromkeys(lacking.values()))


def _figures(keyed: pl.DataFrame, figures: Sequence[KeyFigure]) -> pl.DataFrame:
    """Grain: key: key, the figures' sums and the figures."""
    sums = keyed.group_by("key").agg(part for figure in figures for part in figure.sums())
    return sums.with_columns(figure.value() for figure in figures)
