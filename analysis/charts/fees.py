"""Charts of fee schedules: what a unit pays, full and reduced, over years and places, and what a year's change does
here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis import codes as labels
from analysis.charts import colours
from analysis.charts.chart import Chart, empty
from analysis.charts.layout import BAR, MIDDLE, dollar_axis, end_labels, figure, on_axis, rows, safe
from analysis.money import dollars

if TYPE_CHECKING:
    from analysis.rates import VolumeEffect

_CENTS_AXIS = {"tickprefix": "$", "tickformat": ".2f"}


def unit_values(rates: pl.DataFrame, when: str) -> Chart:
    """One unit in full and reduced: a row for each code, each locality, or both (`rates.by_locality`).

    `when` is the schedule's label, PROPOSED with it where it is.
    """
    question = "What does Medicare pay for one unit, in full and after MPPR?"
    shown = rates.drop_nulls("full_cents")
    if shown.is_empty():
        return empty(question, "Medicare sets no amount for these codes.")
    one_place, one_code = shown["place"].n_unique() == 1, shown["code"].n_unique() == 1
    names = [
        short_place(place) if one_code else labels.named(code) if one_place else f"{code} · {short_place(place)}"
        for place, code in shown.select("place", "code").iter_rows()
    ]
    values = [
        f"{dollars(reduced)} / {dollars(full)}" if reduced is not None else f"no MPPR / {dollars(full)}"
        for full, reduced in shown.select("full_cents", "reduced_cents").iter_rows()
    ]
    drawn = rows(names, values, {**_CENTS_AXIS, "title": {"text": "dollars a unit"}}, legend=True)
    positions = [position + MIDDLE for position in range(shown.height)]
    for position, (full, reduced) in zip(
        positions, shown.select("full_cents", "reduced_cents").iter_rows(), strict=True
    ):
        if reduced is not None:
            ends = [on_axis(reduced), on_axis(full)]
            line = {"color": colours.CONTEXT, "width": 3}
            drawn.add_scatter(x=ends, y=[position] * 2, mode="lines", line=line, hoverinfo="skip", showlegend=False)
    dots = [("reduced (MPPR)", "reduced_cents", "circle-open"), ("full", "full_cents", "circle")]
    point_colours = [colours.of_code(code) for code in shown["code"]]
    for name, column, symbol in dots:
        drawn.add_scatter(
            x=[on_axis(cents) for cents in shown[column]],
            y=positions,
            mode="markers",
            name=name,
            marker={
                "size": 12,
                "color": point_colours,
                "symbol": symbol,
                "line": {"width": 2.5, "color": point_colours},
            },
            customdata=[
                f"{safe(row)}<br>{name}: {dollars(cents)}" for row, cents in zip(names, shown[column], strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    title = _unit_title(shown, when)
    unknown = rates.filter(pl.col("full_cents").is_null())
    reasons = unknown.unique("code", keep="first", maintain_order=True)
    notes = tuple(f"{row['code']}: {row['reason']}." for row in reasons.iter_rows(named=True))
    alt = "Dots, full and reduced. " + "; ".join(f"{name}: {value}" for name, value in zip(names, values, strict=True))
    return Chart(title, question, drawn, rates, f"{alt}.", notes=notes)


def short_place(label: str) -> str:
    """A locality's label without the counties some names list in parentheses; its number stays."""
    return re.sub(r" \([^()]*\)(?=.*\()", "", label)


def _unit_title(shown: pl.DataFrame, when: str) -> str:
    """For one code over places the range; else, in the first place, the dearest code against the cheapest that is
    paid."""
    paid = shown.filter(pl.col("full_cents") > 0)
    if paid.is_empty():
        return f"Medicare pays nothing separately for {', '.join(shown['code'].unique(maintain_order=True))} ({when})."
    if paid["code"].n_unique() > 1:
        paid = paid.filter(pl.col("place") == paid["place"][0])
    ranked = paid.sort("full_cents", descending=True)
    most, least = ranked.row(0, named=True), ranked.row(-1, named=True)
    where = short_place(most["place"])
    if paid.height == 1:
        return f"One unit of {most['code']} pays {dollars(most['full_cents'])} in full ({where}, {when})."
    if paid["code"].n_unique() == 1:
        return (
            f"A full unit of {most['code']} pays {dollars(least['full_cents'])} in {short_place(least['place'])} and "
            f"{dollars(most['full_cents'])} in {where} ({when})."
        )
    reduced = ""
    if most["reduced_cents"] is not None and least["reduced_cents"] is not None:
        reduced = f", a reduced one {dollars(most['reduced_cents'] - least['reduced_cents'])}"
    gap = dollars(most["full_cents"] - least["full_cents"])
    return f"A full unit of {most['code']} pays {gap} more than {least['code']}{reduced} ({where}, {when})."


def conversion_factors(factors: pl.DataFrame) -> Chart:
    """The conversion factor as steps, a proposed one dashed (`rates.conversion_factors`)."""
    question = "How has Medicare's price level moved?"
    drawn = figure(320, margin={"l": 8, "r": 24, "t": 24, "b": 30})
    for row in factors.iter_rows(named=True):
        factor = row["conversion_factor_e4"] / 10_000
        drawn.add_scatter(
            x=[row["start"], row["end"]],
            y=[factor, factor],
            mode="lines",
            line={
                "color": colours.WARNING if row["proposed"] else colours.ACCENT,
                "width": 4,
                "dash": "dot" if row["proposed"] else "solid",
            },
            customdata=[_factor_hover(row)] * 2,
            hovertemplate="%{customdata}<extra></extra>",
        )
        # 2024's first ten weeks are too narrow for a label of their own beside the rest of the year.
        if (row["end"] - row["start"]).days > 180:  # noqa: PLR2004
            middle = row["start"] + (row["end"] - row["start"]) / 2
            note = "<br>PROPOSED" if row["proposed"] else ""
            drawn.add_annotation(
                x=middle,
                y=factor,
                text=f"{factor:.2f}{note}",
                yanchor="bottom",
                yshift=2,
                showarrow=False,
                font={"size": 11},
            )
    drawn.update_xaxes(type="date", tickformat="%Y", dtick="M12", showgrid=False)
    drawn.update_yaxes(title={"text": "dollars per RVU"}, tickprefix="$", tickformat=".0f", dtick=1)
    final = factors.filter(~pl.col("proposed"))
    first, last = final.row(0, named=True), final.row(-1, named=True)
    change = last["conversion_factor_e4"] / first["conversion_factor_e4"] - 1
    title = (
        f"A relative value unit pays ${_factor(last)} in {last['schedule']}, {abs(change):.1%} "
        f"{'less' if change < 0 else 'more'} than in {first['schedule']} (${_factor(first)})."
    )
    notes = tuple(
        f"{row['schedule']}: ${_factor(row)}, not final." for row in factors.filter("proposed").iter_rows(named=True)
    )
    return Chart(title, question, drawn, factors, f"Steps by date. {title}", notes=notes)


def _factor(row: dict[str, int]) -> str:
    return f"{row['conversion_factor_e4'] // 10_000}.{row['conversion_factor_e4'] % 10_000:04d}"


def _factor_hover(row: dict[str, int]) -> str:
    change = row["change"]
    moved = "" if change is None else f"<br>{change:+.2%} from the one before"
    return f"{row['schedule']}: ${_factor(row)}<br>{row['start']} to {row['end']}{moved}"


def rates_by_year(rates: pl.DataFrame, *, reduced: bool = False) -> Chart:
    """One unit of each code over the schedules of one locality (`rates.by_year`), one coloured step line a code."""
    question = "How has the pay of a unit moved over the years?"
    column = "reduced_cents" if reduced else "full_cents"
    kind = "reduced" if reduced else "full"
    known = rates.drop_nulls(column)
    if known.is_empty():
        return empty(question, f"No schedule has a {kind} amount for these codes.")
    height = 380
    drawn = figure(height, margin={"l": 8, "t": 10, "b": 30})
    ends: list[tuple[str, float, str]] = []
    for code in known["code"].unique(maintain_order=True):
        line = known.filter(pl.col("code") == code)
        changes = line[column.replace("_cents", "_change")]
        drawn.add_scatter(
            x=line["start"],
            y=[on_axis(cents) for cents in line[column]],
            mode="lines+markers",
            line={"color": colours.of_code(code), "width": 2.5, "shape": "hv"},
            marker={"size": 7, "symbol": ["circle-open" if new else "circle" for new in line["proposed"]]},
            customdata=[
                f"{labels.named(code)}<br>{schedule}: {dollars(cents)} {kind}"
                + ("" if change is None else f"<br>{change:+.1%} from the schedule before")
                for schedule, cents, change in zip(line["schedule"], line[column], changes, strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
        ends.append((code, line[column][-1] / 100, colours.of_code(code)))
    span = (known[column].min() / 100, known[column].max() / 100)
    end_labels(drawn, ends, span=span, height=height - 60)
    drawn.update_xaxes(type="date", tickformat="%Y", dtick="M24", tickangle=0, showgrid=False)
    drawn.update_yaxes(**_CENTS_AXIS, title={"text": f"dollars a {kind} unit"})
    notes = ("Open circle: PROPOSED, not final.",) if known["proposed"].any() else ()
    title = _years_title(known, column, kind)
    return Chart(title, question, drawn, rates, f"Lines over years. {title}", notes=notes)


def _years_title(known: pl.DataFrame, column: str, kind: str) -> str:
    final = known.filter(~pl.col("proposed"))
    ends = final.group_by("code", maintain_order=True).agg(
        pl.col(column).first().alias("first"), pl.col(column).last().alias("last"), pl.col("schedule").last()
    )
    moved = ends.with_columns((pl.col("last") / pl.col("first") - 1).alias("change")).sort(pl.col("change").abs())
    most = moved.row(-1, named=True)
    start = final["schedule"][0]
    return (
        f"A {kind} unit of {most['code']} pays {dollars(most['last'])} in {most['schedule']}, {most['change']:+.0%} since "
        f"{start} ({dollars(most['first'])})."
    )


def volume_effect(effect: VolumeEffect, top: int = 12) -> Chart:
    """What a change of schedule does to this clinic's own work, code by code (`rates.volume_effect`)."""
    question = f"What does the step from {effect.before} to {effect.after} do to our own work?"
    if not effect.lines:
        return empty(question, f"No line of {effect.volume_year} has an amount under both schedules.")
    shown = effect.frame.head(top)
    names = [labels.named(code) for code in shown["code"]]
    values = [
        signed(cents) + ("" if change is None else f" ({change:+.1%})")
        for cents, change in shown.select("difference_cents", "change").iter_rows()
    ]
    drawn = rows(names, values, dollar_axis("dollars a year"))
    drawn.add_bar(
        x=[on_axis(cents) for cents in shown["difference_cents"]],
        y=list(range(shown.height)),
        **BAR,
        marker={"color": [colours.WARNING if cents < 0 else colours.ACCENT for cents in shown["difference_cents"]]},
        customdata=[
            f"{labels.named(row['code'])}, {row['units']:,} units<br>{effect.before}: {dollars(row['before_cents'])}<br>"
            f"{effect.after}: {dollars(row['after_cents'])}<br>difference {signed(row['difference_cents'], places=2)}"
            for row in shown.iter_rows(named=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    before = int(effect.frame["before_cents"].sum())
    part = f" ({effect.difference_cents / before:+.1%})" if before else ""
    more = "more" if effect.difference_cents >= 0 else "less"
    title = (
        f"The work of {effect.volume_year} earns {dollars(abs(effect.difference_cents), places=0)} {more}{part} at "
        f"{effect.after} rates than at those of {effect.before}."
    )
    notes = ["Medicare's rates for all lines, whatever their payer; MPPR ranked afresh; charge limit left aside."]
    if effect.left_out:
        notes.append(f"{effect.left_out:,} lines without an amount under both schedules are left out.")
    if effect.frame.height > shown.height:
        notes.append(f"{effect.frame.height - shown.height} more codes in the table only.")
    alt = "Bars left for less, right for more. " + "; ".join(f"{n}: {v}" for n, v in zip(names, values, strict=True))
    return Chart(title, question, drawn, effect.frame, f"{alt}.", notes=tuple(notes))


def signed(cents: int, places: int = 0) -> str:
    """A difference in dollars with its sign."""
    return f"+{dollars(cents, places=places)}" if cents > 0 else dollars(cents, places=places)
