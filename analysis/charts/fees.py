"""Charts of fee schedules: what a unit pays over years and localities, and what a year's change does to a clinic."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.charts import colors
from analysis.charts.chart import Chart, empty
from analysis.charts.differences import signed
from analysis.charts.drawing import Trace, scatter
from analysis.charts.layout import BAR, MIDDLE, dollar_axis, end_labels, figure, on_axis, rows, safe
from analysis.charts.pairs import connections
from analysis.codes import hcpcs as labels
from analysis.medicare.fees.schedules import FACTOR_SCALE
from analysis.money import dollars

if TYPE_CHECKING:
    from analysis.whatif.answers import VolumeEffect

_CENTS_AXIS = {"tickformat": "$.2f"}


def unit_values(rates: pl.DataFrame, when: str) -> Chart:
    """One unit in full and reduced: a row for each code, each locality, or both (`rates.by_locality`).

    `when` is the schedule's label, PROPOSED with it where it is.
    """
    question = "What does Medicare pay for one unit, in full and after MPPR?"
    if rates.is_empty():
        return empty(question, "None of these lines has a Medicare locality, so there are no amounts.")
    priced = rates.drop_nulls("full_cents")
    if priced.is_empty():
        return empty(question, "Medicare sets no amount for these codes.")
    names, pairs = _row_names(priced), list(priced.select("full_cents", "reduced_cents").iter_rows())
    values = [f"{'no MPPR' if reduced is None else dollars(reduced)} / {dollars(full)}" for full, reduced in pairs]
    drawing = rows(names, values, {**_CENTS_AXIS, "title": {"text": "dollars per unit"}}, legend=True)
    drawing.add_traces([connections([(on_axis(reduced), on_axis(full)) for full, reduced in pairs])])
    drawing.add_traces(
        [
            _dots(priced, names, column, name, symbol)
            for name, column, symbol in (
                ("reduced (MPPR)", "reduced_cents", "circle-open"),
                ("full", "full_cents", "circle"),
            )
        ]
    )
    unpriced = rates.filter(pl.col("full_cents").is_null()).unique("code", keep="first", maintain_order=True)
    notes = tuple(f"{row['code']}: {row['reason']}." for row in unpriced.iter_rows(named=True))
    alt = "Dots. " + "; ".join(
        f"{name}: full {dollars(full)}" + ("" if reduced is None else f", reduced {dollars(reduced)}")
        for name, (full, reduced) in zip(names, pairs, strict=True)
    )
    return Chart(_unit_title(priced, when), question, drawing, rates, f"{alt}.", notes=notes)


def _row_names(priced: pl.DataFrame) -> list[str]:
    """What tells the rows apart: the code, the locality, or both."""
    one_locality, one_code = priced["place"].n_unique() == 1, priced["code"].n_unique() == 1
    return [
        short_locality(locality)
        if one_code
        else labels.code_with_label(code)
        if one_locality
        else f"{code} · {short_locality(locality)}"
        for locality, code in priced.select("place", "code").iter_rows()
    ]


def _dots(priced: pl.DataFrame, names: list[str], column: str, name: str, symbol: str) -> Trace:
    color_of_row = [colors.of_code(code) for code in priced["code"]]
    return scatter(
        x=[on_axis(cents) for cents in priced[column]],
        y=[position + MIDDLE for position in range(priced.height)],
        mode="markers",
        name=name,
        marker={"size": 12, "color": color_of_row, "symbol": symbol, "line": {"width": 2.5, "color": color_of_row}},
        customdata=[
            f"{safe(row)}<br>{name}: {dollars(cents)}" for row, cents in zip(names, priced[column], strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )


def short_locality(label: str) -> str:
    """A locality's label without the counties some names list in parentheses; its number stays."""
    return re.sub(r" \([^()]*\)(?=.*\()", "", label)


def _unit_title(priced: pl.DataFrame, when: str) -> str:
    """For one code over localities the range; else, in the first locality, the dearest code against the cheapest."""
    paid = priced.filter(pl.col("full_cents") > 0)
    if paid.is_empty():
        return f"Medicare pays nothing separately for {', '.join(priced['code'].unique(maintain_order=True))} ({when})."
    if paid["code"].n_unique() > 1:
        paid = paid.filter(pl.col("place") == paid["place"][0])
    ranked = paid.sort("full_cents", descending=True)
    most, least = ranked.row(0, named=True), ranked.row(-1, named=True)
    where = short_locality(most["place"])
    if paid.height == 1:
        return f"One unit of {most['code']} pays {dollars(most['full_cents'])} in full ({where}, {when})."
    if paid["code"].n_unique() == 1:
        return (
            f"A full unit of {most['code']} pays {dollars(least['full_cents'])} in {short_locality(least['place'])} "
            f"and {dollars(most['full_cents'])} in {where} ({when})."
        )
    reduced = ""
    if most["reduced_cents"] is not None and least["reduced_cents"] is not None:
        reduced = f", a reduced one {dollars(most['reduced_cents'] - least['reduced_cents'])}"
    gap = dollars(most["full_cents"] - least["full_cents"])
    return f"A full unit of {most['code']} pays {gap} more than {least['code']}{reduced} ({where}, {when})."


def conversion_factors(factors: pl.DataFrame) -> Chart:
    """The conversion factor as level lines, a proposed one dotted (`rates.conversion_factors`)."""
    question = "How has Medicare's conversion factor changed?"
    drawing = figure(320, margin={"l": 8, "r": 24, "t": 24, "b": 30})
    periods = list(factors.iter_rows(named=True))
    drawing.add_traces([_factor_line(row) for row in periods])
    # 2024's first ten weeks are too narrow for a label of their own; hover and table have it.
    drawing.add_notes([_factor_label(row) for row in periods if row["end"] - row["start"] > timedelta(days=180)])
    drawing.update_xaxes(type="date", tickformat="%Y", dtick="M12", showgrid=False)
    drawing.update_yaxes(title={"text": "dollars per RVU"}, tickformat="$.0f", dtick=1)
    final = factors.filter(~pl.col("proposed"))
    first, last = final.row(0, named=True), final.row(-1, named=True)
    change = last["conversion_factor_e4"] / first["conversion_factor_e4"] - 1
    title = (
        f"One relative value unit (RVU) pays ${_factor(last)} in {last['schedule']}, {abs(change):.1%} "
        f"{'less' if change < 0 else 'more'} than in {first['schedule']} (${_factor(first)})."
    )
    notes = tuple(f"{row['schedule']}: ${_factor(row)}, not final." for row in periods if row["proposed"])
    return Chart(title, question, drawing, factors, f"Steps by date. {title}", notes=notes)


def _factor_line(row: dict[str, Any]) -> Trace:
    height = row["conversion_factor_e4"] / FACTOR_SCALE
    return scatter(
        x=[row["start"], row["end"]],
        y=[height, height],
        mode="lines",
        line={
            "color": colors.WARNING if row["proposed"] else colors.ACCENT,
            "width": 4,
            "dash": "dot" if row["proposed"] else "solid",
        },
        customdata=[_factor_hover(row)] * 2,
        hovertemplate="%{customdata}<extra></extra>",
    )


def _factor_label(row: dict[str, Any]) -> dict[str, Any]:
    height = row["conversion_factor_e4"] / FACTOR_SCALE
    return {
        "x": row["start"] + (row["end"] - row["start"]) / 2,
        "y": height,
        "text": f"{height:.2f}" + ("<br>PROPOSED" if row["proposed"] else ""),
        "yanchor": "bottom",
        "yshift": 2,
        "font": {"size": 11},
    }


def _factor(row: dict[str, Any]) -> str:
    whole, decimals = divmod(row["conversion_factor_e4"], FACTOR_SCALE)
    return f"{whole}.{decimals:04d}"


def _factor_hover(row: dict[str, Any]) -> str:
    change = row["change"]
    change_text = "" if change is None else f"<br>{change:+.2%} from the previous schedule"
    return f"{row['schedule']}: ${_factor(row)}<br>{row['start']} to {row['end']}{change_text}"


def rates_by_year(rates: pl.DataFrame, *, reduced: bool = False) -> Chart:
    """One unit of each code over the schedules of one locality (`rates.by_year`)."""
    question = "How has payment per unit changed over the years?"
    column, kind = ("reduced_cents", "reduced") if reduced else ("full_cents", "full")
    amounts = rates.drop_nulls(column)
    if amounts.is_empty():
        return empty(question, f"No schedule has a {kind} amount for these codes.")
    height = 380
    drawing = figure(height, margin={"l": 8, "t": 10, "b": 30})
    lines = [amounts.filter(pl.col("code") == code) for code in amounts["code"].unique(maintain_order=True)]
    # Codes may pay the same to the cent (97110 and 97116): an earlier line is wider and shows under a later one.
    lines_above = range(len(lines) - 1, -1, -1)
    drawing.add_traces(
        [_year_line(line, column, 2.25 + 0.75 * count) for count, line in zip(lines_above, lines, strict=True)]
    )
    ends = [(code, line[column][-1] / 100, colors.of_code(code)) for line in lines for code in line["code"].head(1)]
    cents = amounts[column].to_list()
    end_labels(drawing, ends, span=(min(cents) / 100, max(cents) / 100), height=height - 60)
    drawing.update_xaxes(type="date", tickformat="%Y", dtick="M24", tickangle=0, showgrid=False)
    drawing.update_yaxes(**_CENTS_AXIS, title={"text": f"dollars per {kind} unit"})
    notes = ("Open circle: PROPOSED, not final.",) if amounts["proposed"].any() else ()
    title = _years_title(amounts, column, kind)
    return Chart(title, question, drawing, rates, f"Lines over years. {title}", notes=notes)


def _year_line(line: pl.DataFrame, column: str, width: float) -> Trace:
    code = line["code"][0]
    kind, changes = column.removesuffix("_cents"), line[column.replace("_cents", "_change")]
    return scatter(
        x=line["start"],
        y=[on_axis(cents) for cents in line[column]],
        mode="lines+markers",
        line={"color": colors.of_code(code), "width": width, "shape": "hv"},
        marker={"size": 7, "symbol": ["circle-open" if new else "circle" for new in line["proposed"]]},
        customdata=[
            f"{labels.code_with_label(code)}<br>{schedule}: {dollars(cents)} {kind}"
            + ("" if change is None else f"<br>{change:+.1%} from the previous schedule")
            for schedule, cents, change in zip(line["schedule"], line[column], changes, strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _years_title(amounts: pl.DataFrame, column: str, kind: str) -> str:
    """The code whose pay moved most between its own first and last final schedule; if none has two, the newest pay."""
    final = amounts.filter(~pl.col("proposed"))
    ends = final.group_by("code", maintain_order=True).agg(
        pl.first(column).alias("first"),
        pl.last(column).alias("last"),
        pl.first("schedule").alias("since"),
        pl.last("schedule").alias("until"),
    )
    change = (pl.col("last") / pl.col("first") - 1).alias("change")
    changed = ends.filter(pl.col("first") > 0, pl.col("since") != pl.col("until")).with_columns(change)
    if changed.is_empty():
        newest = (amounts if final.is_empty() else final).row(-1, named=True)
        return f"A {kind} unit of {newest['code']} pays {dollars(newest[column])} in {newest['schedule']}."
    most = changed.sort(pl.col("change").abs(), descending=True, maintain_order=True).row(0, named=True)
    return (
        f"A {kind} unit of {most['code']} pays {dollars(most['last'])} in {most['until']}, {most['change']:+.0%} "
        f"since {most['since']} ({dollars(most['first'])})."
    )


def volume_effect(effect: VolumeEffect, top: int = 12) -> Chart:
    """What a change of schedule does to this clinic's own work, code by code (`whatif.volume_effect`)."""
    question = f"What does the change from {effect.before} to {effect.after} do to our own visits?"
    if effect.frame.is_empty():
        return empty(question, f"No line of {effect.baseline.span} has an amount under both schedules.")
    largest = effect.frame.head(top)
    names = [labels.code_with_label(code) for code in largest["code"]]
    values = [
        signed(cents, places=0) + ("" if change is None else f" ({change:+.1%})")
        for cents, change in largest.select("difference_cents", "effect_change").iter_rows()
    ]
    drawing = rows(names, values, dollar_axis("dollars"))
    drawing.add_bar(
        x=[on_axis(cents) for cents in largest["difference_cents"]],
        y=list(range(largest.height)),
        **BAR,
        marker={"color": [colors.WARNING if cents < 0 else colors.ACCENT for cents in largest["difference_cents"]]},
        customdata=[
            f"{labels.code_with_label(row['code'])}, {row['units']:,} units"
            f"<br>{effect.before}: {dollars(row['before_cents'])}"
            f"<br>{effect.after}: {dollars(row['after_cents'])}"
            f"<br>difference {signed(row['difference_cents'], places=2)}"
            for row in largest.iter_rows(named=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    notes = [
        "Allowed at Medicare rates, regardless of payer. MPPR is recalculated. No line earns more than its charge."
    ]
    if effect.left_out:
        notes.append(
            f"Lines left out because they have no amount under {effect.before} or {effect.after}: {effect.left_out:,}."
        )
    if effect.frame.height > largest.height:
        notes.append(f"More codes in the table only: {effect.frame.height - largest.height}.")
    alt = "Bars left for less, right for more. " + "; ".join(f"{n}: {v}" for n, v in zip(names, values, strict=True))
    return Chart(_effect_title(effect), question, drawing, effect.frame, f"{alt}.", notes=tuple(notes))


def _effect_title(effect: VolumeEffect) -> str:
    before, difference = int(effect.frame["before_cents"].sum()), effect.difference_cents
    baseline = effect.baseline
    subject = "All lines at Medicare rates"
    if not difference:
        amount = f"{dollars(before, places=0)}{baseline.per_year}"
        return f"{subject}: {amount} at {effect.before} and at {effect.after} rates, {baseline.rests_on}."
    part = f" ({difference / before:+.1%})" if before else ""
    more = "more" if difference > 0 else "less"
    return (
        f"{subject}: {dollars(abs(difference), places=0)} {more}{part}{baseline.per_year} at {effect.after} rates than "
        f"at {effect.before} rates, {baseline.rests_on}."
    )
