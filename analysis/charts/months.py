"""The monthly chart: a measure month by month, stacked by code, payer, clinic or therapist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.charts import colors
from analysis.charts.chart import Chart, empty, unripe_note, without
from analysis.charts.drawing import Trace, bar
from analysis.charts.layout import dollar_axis, end_labels, figure, safe
from analysis.charts.revenue import NOTHING
from analysis.codes import hcpcs as codes
from analysis.metrics import MEASURES, Missing, definition
from analysis.metrics.core import VALUE_NAMES, over_lines, total
from analysis.metrics.trend import OTHER
from analysis.money import dollars, half_up

if TYPE_CHECKING:
    from analysis.metrics import Ripeness


def monthly(
    trend: pl.DataFrame | Missing,
    measure: str = "expected",
    by: str = "code",
    *,
    share: bool = False,
    ripe: Ripeness | None = None,
) -> Chart:
    """A measure by month, stacked by code, payer, clinic or therapist (`metrics.monthly`); or as shares.

    Unripe months are pale and stay out of the title; `ripe` says what they lack.
    """
    label = definition(measure).label
    measure_name = label[0].lower() + label[1:]
    question = f"How has {measure_name} changed from month to month?"
    if isinstance(trend, Missing):
        return without(question, trend)
    if trend.is_empty():
        return empty(question, NOTHING)
    in_cents = definition(measure).unit == "cents"
    scale = 100 if in_cents else 1
    height = 380
    top = 1.0 if share else max(trend.group_by("month").agg(pl.sum("value"))["value"]) / scale * 1.04 or 1.0
    drawing = figure(height, barmode="stack", bargap=0.12, margin={"l": 8, "t": 10, "b": 30})
    labels: list[tuple[str, float, str]] = []
    bars: list[Trace] = []
    base = 0.0
    for position, key in enumerate(trend["key"].unique(maintain_order=True)):
        band = trend.filter(pl.col("key") == key)
        heights = band["share_of_month"] if share else band["value"] / scale
        color = colors.CONTEXT if key == OTHER else colors.of_key(by, key, position)
        bars.append(_band(band, heights, color, by, in_cents=in_cents))
        last = heights[-1] or 0.0
        labels.append((key, base + last / 2, color))
        base += last
    drawing.add_traces(bars)
    end_labels(drawing, labels, span=(0.0, top), height=height - 60)
    months = _months(trend)
    drawing.update_xaxes(
        type="date", tickformat="%b<br>%Y", showgrid=False, tickangle=0, dtick=tick_interval(months.height)
    )
    unit = dollar_axis("dollars") if in_cents else {"title": {"text": measure_name}, "tickformat": "~s"}
    drawing.update_yaxes(
        range=[0, top], **({"title": {"text": f"share of {measure_name}"}, "tickformat": ".0%"} if share else unit)
    )
    value_name = VALUE_NAMES[MEASURES[measure]]
    title = _title(months, label, value_name, in_cents=in_cents)
    alt = f"Stacked bars by month, bands {', '.join(trend['key'].unique(maintain_order=True))}. {title}"
    table = trend.rename({"value": f"{measure}_cents" if in_cents else measure})
    return Chart(title, question, drawing, table, alt, notes=_notes(months, value_name, ripe))


def _months(trend: pl.DataFrame) -> pl.DataFrame:
    """Grain: month, in order: month, value (null where its lines hold none), lines_with, lines, whole_month, unripe."""
    return (
        trend.group_by("month")
        .agg(total("value"), pl.sum("lines_with", "lines"), pl.first("whole_month", "unripe"))
        .with_columns(pl.when((pl.col("lines") == 0) | (pl.col("lines_with") > 0)).then("value").alias("value"))
        .sort("month")
    )


def _band(band: pl.DataFrame, heights: pl.Series, color: str, by: str, *, in_cents: bool) -> Trace:
    """One code's (payer's, clinic's) bars; of a month not whole or unripe, pale ones in an outline."""
    return bar(
        x=band["month"],
        y=heights,
        name=safe(band["key"][0]),
        marker=colors.parted(color, (band["whole_month"] & ~band["unripe"]).to_list()),
        customdata=[_hover(row, by, in_cents=in_cents) for row in band.iter_rows(named=True)],
        hovertemplate="%{customdata}<extra></extra>",
    )


def tick_interval(months: int) -> str:
    """How far apart the labels of a time axis stand, by how many months it shows."""
    return "M1" if months <= 6 else "M3" if months <= 14 else "M6" if months <= 30 else "M12"  # noqa: PLR2004  fits a phone


def _hover(row: dict[str, object], by: str, *, in_cents: bool) -> str:
    key, value, share = str(row["key"]), row["value"], row["share_of_month"]
    name = codes.code_with_label(key) if by == "code" else key
    amount = "unknown" if value is None else dollars(int(str(value))) if in_cents else f"{value:,} units"
    part = "" if share is None else f", {share:.1%} of the month"
    coverage = "" if row["lines_with"] == row["lines"] else f"<br>on {row['lines_with']:,} of {row['lines']:,} lines"
    partial_month = "" if row["whole_month"] else "<br>not a full month"
    unripe = "<br>not answered yet" if row["unripe"] else ""
    return f"{safe(name)}<br>{row['month']:%b %Y}: {amount}{part}{coverage}{partial_month}{unripe}"


def _title(months: pl.DataFrame, label: str, what: str, *, in_cents: bool) -> str:
    """The last whole month against the whole one before it, of those that are known; with less than two, the whole."""

    def formatted(value: int) -> str:
        return dollars(value, places=0) if in_cents else f"{value:,}"

    if not months["lines_with"].sum():
        return f"0 of {months['lines'].sum():,} lines show a {what}."
    with_value = months.drop_nulls("value")
    full_months = with_value.filter("whole_month", ~pl.col("unripe"))
    if full_months.height < 2:  # noqa: PLR2004  a comparison takes two
        return (
            f"{label}: {formatted(int(with_value['value'].sum()))} in total; there are not two full "
            f"{'and answered ' if with_value['unripe'].any() else ''}months to compare."
        )
    earlier, later = full_months.tail(2).iter_rows(named=True)
    average = half_up(int(full_months["value"].sum()), full_months.height)
    return (
        f"{label}: {formatted(later['value'])} in {later['month']:%b %Y}, {formatted(earlier['value'])} in "
        f"{earlier['month']:%b %Y}; the monthly average is {formatted(average)}."
    )


def _notes(months: pl.DataFrame, what: str, ripe: Ripeness | None) -> tuple[str, ...]:
    """Over how many lines the amounts are, which months are not known, not answered yet, and not whole."""
    notes: list[str] = []
    if over := over_lines(int(months["lines_with"].sum()), int(months["lines"].sum()), what):
        notes.append(f"{over[0].upper()}{over[1:]}.")
    if unknown := [f"{month:%b %Y}" for month in months.filter(pl.col("value").is_null())["month"]]:
        notes.append(f"Unknown because no line shows a {what}: {', '.join(unknown)}.")
    notes += unripe_note(ripe if months["unripe"].any() else None)
    partial = months.filter(~pl.col("whole_month"))["month"]
    return (*notes, *(f"{month:%b %Y} is not a full month, so its bars are pale." for month in partial))
