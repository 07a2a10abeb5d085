"""Charts of revenue: what each code, payer, clinic and therapist earns, by month, and what Medicare's rules take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
import polars as pl

from analysis import codes
from analysis.charts import colours
from analysis.charts.chart import Chart, empty, without
from analysis.charts.layout import BAR, MIDDLE, dollar_axis, end_labels, figure, on_axis, rows, safe
from analysis.metrics import Missing, Waterfall, definition, missing
from analysis.metrics.trend import OTHER
from analysis.money import dollars

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_PAID_WIDTH = 0.14
_FEW = 3
_NOTHING = "No line passes the filters."
_WORDS = {"payer": "payer", "payer_class": "payer class", "clinic": "clinic", "provider": "therapist"}


def code_bars(per_code: pl.DataFrame, fields: Collection[str], top: int = 12) -> Chart:
    """Expected Medicare allowed by code, largest first, with what was paid inside it (`metrics.per_code`)."""
    question = "What does each code earn?"
    if per_code.is_empty():
        return empty(question, _NOTHING)
    shown = per_code.head(top)
    names = [codes.named(code) for code in shown["code"]]
    notes = _left_out(per_code.height - shown.height, "code")
    return _amount_rows(shown, names, fields, question, _code_title(per_code), notes)


def _code_title(per_code: pl.DataFrame) -> str:
    """How far the expected dollars rest on few codes; with three codes or less, what a unit of the first one earns."""
    first = per_code.row(0, named=True)
    if first["share_expected"] is None:
        return "None of these lines has a Medicare amount."
    earning = per_code.filter(pl.col("expected_cents") > 0)
    if earning.height > _FEW:
        *others, last = earning["code"].head(_FEW)
        part = earning["share_expected"].head(_FEW).sum()
        return f"{', '.join(others)} and {last} earn {part:.0%} of expected dollars; {earning.height} codes earn any."
    return f"A unit of {first['code']} earns {dollars(first['expected_per_unit_cents'])} on average, MPPR included."


def split_bars(split: pl.DataFrame, fields: Collection[str], by: str, top: int = 12) -> Chart:
    """Expected Medicare allowed by payer, class, clinic or therapist, with paid inside it (`metrics.split`)."""
    question = f"Which {_WORDS.get(by, by)} brings the work, and the money?"
    if gone := missing(fields, by):
        return without(question, gone)
    if split.is_empty():
        return empty(question, _NOTHING)
    shown = split.head(top)
    first = split.row(0, named=True)
    title = "None of these lines has a Medicare amount."
    if first["share_expected"] is not None:
        title = (
            f"{first['key']} is {first['share_expected']:.0%} of expected Medicare revenue "
            f"({dollars(first['expected_cents'], places=0)}) and {first['share_units']:.0%} of units."
        )
    notes = _left_out(split.height - shown.height, _WORDS.get(by, by))
    return _amount_rows(shown, shown["key"].to_list(), fields, question, title, notes)


def _left_out(count: int, what: str) -> tuple[str, ...]:
    return (f"{count} more {what}{'s' if count > 1 else ''} in the table only.",) if count > 0 else ()


def _amount_rows(
    shown: pl.DataFrame,
    names: list[str],
    fields: Collection[str],
    question: str,
    title: str,
    notes: tuple[str, ...],
) -> Chart:
    """Rows with a wide pale bar for expected and a narrow full one for paid, where the export has payments."""
    gone = missing(fields, "paid_cents")
    values = [
        dollars(cents, places=0) if cents is not None else "no Medicare amount" for cents in shown["expected_cents"]
    ]
    drawn = rows(names, values, dollar_axis("dollars"), legend=True)
    positions = list(range(shown.height))
    drawn.add_bar(
        x=[on_axis(cents) for cents in shown["expected_cents"]],
        y=positions,
        **BAR,
        marker={"color": colours.ACCENT_PALE},
        name="expected at Medicare's rules",
        customdata=[_hover(row, name) for name, row in zip(names, shown.iter_rows(named=True), strict=True)],
        hovertemplate="%{customdata}<extra></extra>",
    )
    if not gone:
        drawn.add_bar(
            x=[on_axis(cents) for cents in shown["paid_cents"]],
            y=positions,
            orientation="h",
            width=_PAID_WIDTH,
            offset=MIDDLE - _PAID_WIDTH / 2,
            marker={"color": colours.ACCENT},
            name="paid",
            customdata=[
                f"{safe(name)}<br>paid {dollars(row['paid_cents'])} over {row['paid_lines']:,} of "
                f"{row['lines']:,} lines"
                for name, row in zip(names, shown.iter_rows(named=True), strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    columns = [
        column
        for column in ("code", "label", "key", "units", "visits", "billed_cents", "expected_cents", "paid_cents")
        if column in shown.columns
    ]
    wanted = [*columns, "priced_lines", "lines", "expected_per_unit_cents", "share_units", "share_expected"]
    alt = "Bar chart. " + "; ".join(f"{name}: {value}" for name, value in zip(names, values, strict=True)) + "."
    return Chart(title, question, drawn, shown.select(wanted), alt, missing=(gone,) if gone else (), notes=notes)


def _hover(row: dict[str, int | None], name: str) -> str:
    said = [
        safe(name),
        f"expected {dollars(row['expected_cents'])} over {row['priced_lines']:,} of {row['lines']:,} lines",
        f"{row['units']:,} units, {dollars(row['expected_per_unit_cents'])} a unit",
        f"MPPR took {dollars(row['mppr_cents'])} off the list price",
    ]
    return "<br>".join(said)


def monthly(
    trend: pl.DataFrame | Missing, measure: str = "expected", by: str = "code", *, share: bool = False
) -> Chart:
    """A measure by month, stacked by code, payer, clinic or therapist (`metrics.monthly`); or as shares."""
    label = definition(measure).label
    word = label[0].lower() + label[1:]
    question = f"How has {word} moved from month to month?"
    if isinstance(trend, Missing):
        return without(question, trend)
    if trend.is_empty():
        return empty(question, _NOTHING)
    in_cents = definition(measure).unit == "cents"
    scale = 100 if in_cents else 1
    height = 380
    top = 1.0 if share else max(trend.group_by("month").agg(pl.sum("value"))["value"]) / scale * 1.04 or 1.0
    drawn = figure(height, barmode="stack", bargap=0.12, margin={"l": 8, "t": 10, "b": 30})
    labels: list[tuple[str, float, str]] = []
    bars: list[go.Bar] = []
    base = 0.0
    for position, key in enumerate(trend["key"].unique(maintain_order=True)):
        band = trend.filter(pl.col("key") == key)
        heights = band["share"] if share else band["value"] / scale
        colour = colours.CONTEXT if key == OTHER else colours.of_key(by, key, position)
        bars.append(_band(band, heights, colour, by, in_cents=in_cents))
        last = heights[-1] or 0.0
        labels.append((key, base + last / 2, colour))
        base += last
    drawn.add_traces(bars)
    end_labels(drawn, labels, span=(0.0, top), height=height - 60)
    months = trend["month"].n_unique()
    drawn.update_xaxes(type="date", tickformat="%b<br>%Y", showgrid=False, tickangle=0, dtick=_month_step(months))
    unit = dollar_axis("dollars") if in_cents else {"title": {"text": word}, "tickformat": "~s"}
    drawn.update_yaxes(
        range=[0, top], **({"title": {"text": f"share of {word}"}, "tickformat": ".0%"} if share else unit)
    )
    partial = trend.filter(~pl.col("whole_month"))["month"].unique().sort()
    notes = tuple(f"{month:%B %Y} is not a whole month and drawn pale." for month in partial)
    title, alt = _month_title(trend, measure, in_cents=in_cents)
    table = trend.rename({"value": f"{measure}_cents" if in_cents else measure})
    return Chart(title, question, drawn, table, alt, notes=notes)


def _band(band: pl.DataFrame, heights: pl.Series, colour: str, by: str, *, in_cents: bool) -> go.Bar:
    """One code's (payer's, clinic's) bars; a month that is not whole is pale."""
    return go.Bar(
        x=band["month"],
        y=heights,
        name=safe(band["key"][0]),
        marker={
            "color": colour,
            "opacity": [1.0 if whole else 0.5 for whole in band["whole_month"]],
            "line": {"width": 0},
        },
        customdata=[_month_hover(row, by, in_cents=in_cents) for row in band.iter_rows(named=True)],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _month_step(months: int) -> str:
    return "M1" if months <= 6 else "M3" if months <= 14 else "M6" if months <= 30 else "M12"  # noqa: PLR2004  fits a phone


def _month_hover(row: dict[str, object], by: str, *, in_cents: bool) -> str:
    key, value, share = str(row["key"]), row["value"], row["share"]
    name = codes.named(key) if by == "code" else key
    amount = dollars(int(str(value))) if in_cents else f"{value:,} units"
    part = "" if share is None else f", {share:.1%} of the month"
    whole = "" if row["whole_month"] else "<br>not a whole month"
    return f"{safe(name)}<br>{row['month']:%B %Y}: {amount}{part}{whole}"


def _month_title(trend: pl.DataFrame, measure: str, *, in_cents: bool) -> tuple[str, str]:
    """The title compares the last whole month with the one before; with less than two it names the whole."""

    def shown(value: int) -> str:
        return dollars(value, places=0) if in_cents else f"{value:,}"

    label = definition(measure).label
    months = trend.filter("whole_month").group_by("month").agg(pl.sum("value")).sort("month")
    if months.height < 2:  # noqa: PLR2004  a comparison takes two
        title = f"{label}: {shown(int(trend['value'].sum()))} in all; no two whole months to compare."
        return title, f"Stacked bars by month. {title}"
    earlier, later = months.tail(2).iter_rows(named=True)
    average = int(months["value"].sum()) // months.height
    title = (
        f"{label}: {shown(later['value'])} in {later['month']:%B %Y}, {shown(earlier['value'])} in "
        f"{earlier['month']:%B}; a month's average is {shown(average)}."
    )
    bands = ", ".join(trend["key"].unique(maintain_order=True))
    return title, f"Stacked bars by month, bands {bands}. {title}"


def waterfall(way: Waterfall) -> Chart:
    """The way from list price to receipts, one row a step (`metrics.waterfall`)."""
    question = "What do Medicare's rules take off the list price?"
    if way.steps.is_empty():
        return empty(question, "None of these lines has a Medicare amount.")
    steps = way.steps
    kept = {"list", "expected", "receipts"}
    values = [
        dollars(cents, places=0) + (f" ({share:+.1%})" if step not in kept and cents and share is not None else "")
        for step, cents, share in steps.select("step", "cents", "share_of_list").iter_rows()
    ]
    drawn = rows(steps["name"].to_list(), values, dollar_axis("dollars"))
    drawn.add_bar(
        x=[abs(on_axis(cents) or 0.0) for cents in steps["cents"]],
        base=[
            0.0 if step in kept else on_axis(left) for step, left in steps.select("step", "running_cents").iter_rows()
        ],
        y=list(range(steps.height)),
        **BAR,
        marker={"color": [colours.ACCENT if step in kept else colours.WARNING for step in steps["step"]]},
        customdata=[
            f"{row['name']}: {dollars(row['cents'])}<br>left after it: {dollars(row['running_cents'])}"
            for row in steps.iter_rows(named=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    amounts = dict(steps.select("step", "cents").iter_rows())
    title = (
        f"Of {dollars(amounts['list'], places=0)} list price {dollars(amounts['receipts'], places=0)} would arrive "
        f"under Medicare's rules; MPPR alone takes {dollars(-amounts['mppr'], places=0)}."
    )
    notes = (
        ()
        if way.priced_lines == way.lines
        else (f"Over {way.priced_lines:,} of {way.lines:,} lines; the rest have no amount.",)
    )
    alt = "Bars from list price to receipts. " + "; ".join(
        f"{name} {value}" for name, value in zip(steps["name"], values, strict=True)
    )
    gone = (way.missing,) if way.missing else ()
    return Chart(title, question, drawn, steps.drop("step"), f"{alt}.", missing=gone, notes=notes)


def reconciliation(rows_of: Mapping[str, int], cents_of: Mapping[str, int | None]) -> Chart:
    """Rows and dollars read, split into accepted, rejected and ignored: two thin bars.

    Parameters
    ----------
    rows_of, cents_of:
        Counts and billed cents under ``accepted``, ``rejected`` and ``ignored``; cents are None where the file has no
        charges, and the bar of dollars is left out then.
    """
    question = "Is every row and dollar of the file accounted for?"
    kinds = {"accepted": colours.ACCENT, "rejected": colours.WARNING, "ignored": colours.CONTEXT}
    dollars_known = all(cents_of.get(kind) is not None for kind in kinds)
    bars: dict[str, Mapping[str, int | None]] = {"rows": rows_of, **({"dollars": cents_of} if dollars_known else {})}
    drawn = figure(46 * len(bars) + 46, barmode="stack", bargap=0.45, margin={"l": 8, "r": 12, "t": 30, "b": 4})
    drawn.update_layout(
        showlegend=True, legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"}
    )
    for kind, colour in kinds.items():
        parts = [amounts[kind] or 0 for amounts in bars.values()]
        wholes = [sum(abs(amount or 0) for amount in amounts.values()) for amounts in bars.values()]
        said = [f"{rows_of[kind]:,} rows", *([dollars(cents_of[kind])] if dollars_known else [])]
        drawn.add_bar(
            x=[abs(part) / whole if whole else 0 for part, whole in zip(parts, wholes, strict=True)],
            y=list(bars),
            orientation="h",
            marker={"color": colour},
            name=f"{kind} {rows_of[kind]:,}",
            customdata=[f"{kind}: {text}" for text in said],
            hovertemplate="%{customdata}<extra></extra>",
        )
    drawn.update_xaxes(visible=False, range=[0, 1])
    drawn.update_yaxes(autorange="reversed", showgrid=False)
    read = sum(rows_of[kind] for kind in kinds)
    title = f"{rows_of['accepted']:,} of {read:,} rows are ready."
    table = pl.DataFrame(
        {
            "disposition": list(kinds),
            "rows": [rows_of[kind] for kind in kinds],
            "billed_cents": pl.Series([cents_of.get(kind) for kind in kinds], dtype=pl.Int64),
        }
    )
    alt = "; ".join(f"{kind} {rows_of[kind]:,} rows" for kind in kinds)
    return Chart(title, question, drawn, table, f"Two stacked bars: {alt}.")
