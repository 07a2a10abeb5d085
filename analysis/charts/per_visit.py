"""A visit's payments and units, month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.charts import colors
from analysis.charts.chart import Chart, empty, unripe_note
from analysis.charts.layout import figure
from analysis.charts.months import tick_interval
from analysis.charts.revenue import NOTHING
from analysis.metrics import definition
from analysis.metrics.ripeness import few_units, few_visits
from analysis.money import dollars

if TYPE_CHECKING:
    from analysis.metrics import Ripeness

_OF = {
    "settled_per_visit": ("paid per visit", "settled_per_visit_cents"),
    "units_per_visit": ("units per visit", "units_per_visit"),
}


def per_visit(trend: pl.DataFrame, ripe: Ripeness, measure: str) -> Chart:
    """Payments (``settled_per_visit``) or units (``units_per_visit``) per visit by month (`metrics.per_visit`).

    Months that are not full are pale, and so are unripe ones where payments are drawn; neither is in the title. A
    month with few units or visits is not drawn.
    """
    name, column = _OF[measure]
    question = f"How have {name} changed?" if measure == "units_per_visit" else f"How has {name} changed?"
    enough = trend.with_columns(
        pl.when(pl.col("units") >= few_units(), pl.col("visits") >= few_visits()).then(column).alias(column),
        full=pl.col("whole_month") & (~pl.col("unripe") if measure == "settled_per_visit" else True),
    )
    if not enough[column].count():
        return empty(
            question,
            NOTHING if trend.is_empty() else f"No month has {few_units()} units and {few_visits()} visits to average.",
        )
    in_cents = definition(measure).unit == "cents"

    def formatted(value: float | None) -> str:
        return dollars(None if value is None else int(value)) if in_cents else "—" if value is None else f"{value:.2f}"

    drawing = figure(260, bargap=0.2, margin={"l": 8, "t": 10, "b": 30})
    drawing.add_bar(
        x=enough["month"],
        y=enough[column] / 100 if in_cents else enough[column],
        marker=colors.parted(colors.ACCENT if in_cents else colors.CONTEXT, enough["full"].to_list()),
        customdata=[
            f"{row['month']:%b %Y}: {formatted(row[column])} {name}<br>{row['visits']:,} visits"
            + ("" if row["full"] else "<br>not full, or not answered yet")
            for row in enough.iter_rows(named=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    drawing.update_xaxes(
        type="date", tickformat="%b<br>%Y", showgrid=False, tickangle=0, dtick=tick_interval(enough.height)
    )
    drawing.update_yaxes(title={"text": "dollars" if in_cents else "units"}, tickformat="$~s" if in_cents else "~s")
    full = enough.filter("full").drop_nulls(column)
    title = f"No full month with {few_visits()} visits to compare: {name}."
    if full.height:
        values, last = full[column].to_list(), full.row(-1, named=True)
        title = (
            f"{formatted(last[column])} {name} in {last['month']:%b %Y}, the last full"
            f"{' and answered' if in_cents else ''} month; {formatted(min(values))} to {formatted(max(values))} in all."
        )
    notes = list(unripe_note(ripe if in_cents else None))
    thin = [f"{month:%b %Y}" for month in enough.filter((pl.col("units") > 0) & pl.col(column).is_null())["month"]]
    if thin:
        notes.append(f"Not drawn (fewer than {_least()}, or nothing paid): {', '.join(thin)}.")
    return Chart(title, question, drawing, trend, f"Bars by month. {title}", notes=tuple(notes))


def _least() -> str:
    """The least units and visits of a month that is drawn."""
    return f"{few_units()} units or {few_visits()} visits"
