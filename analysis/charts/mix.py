"""Charts of a mix of codes: how a set shares the work over time, by therapist and payer, against Medicare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.charts import colors
from analysis.charts.chart import Chart, empty, without
from analysis.charts.drawing import Drawing, Trace, scatter
from analysis.charts.layout import MIDDLE, end_labels, figure, row_lines, rows, safe, share_axis
from analysis.codes import hcpcs as labels
from analysis.lines.filters import word as word_of
from analysis.medicare.benchmarks import LABEL, NATION
from analysis.metrics import Missing

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMED_UNITS = 50
"""Units of the set below which nobody is named as an extreme: at 50 units a share of one half is still uncertain by 13
points either way (95 % Wilson interval), and with fewer the highest and lowest shares are mostly chance."""


def set_name(codes: Sequence[str]) -> str:
    """A set of codes in words: ``97110 and 97112``."""
    return f"{', '.join(codes[:-1])} and {codes[-1]}" if len(codes) > 1 else "".join(codes)


def _references(reference: pl.DataFrame | None, focus: str) -> list[tuple[str, float]]:
    """The nation's and a state's share of the focus code, those that are known."""
    if reference is None:
        return []
    shares = reference.filter(pl.col("code") == focus, pl.col("share").is_not_null())
    return [
        ("nation" if where == NATION else where, share) for where, share in shares.select("where", "share").iter_rows()
    ]


def share_over_time(shares: pl.DataFrame, focus: str, reference: pl.DataFrame | None = None) -> Chart:
    """Each code's share of the set's units over time, and Medicare's shares of the focus code as lines.

    Parameters
    ----------
    shares:
        `mix.over_time`.
    reference:
        `benchmarks.reference` of the same codes; None leaves Medicare's lines out.
    """
    codes = shares["code"].unique(maintain_order=True).to_list()
    question = (
        f"How do your units split across {set_name(codes)}?" if codes else "How do your units split across codes?"
    )
    focus_shares = shares.filter(pl.col("code") == focus)
    if not focus_shares["units"].sum() and not focus_shares["set_units"].sum():
        return empty(question, f"No line has {set_name(codes)}." if codes else "No line matches the filters.")
    others = _references(reference, focus)
    height = 360
    axis = share_axis(
        "share of the units compared", max([*shares["share"].drop_nulls(), *(share for _, share in others)])
    )
    drawing = figure(height, margin={"l": 8, "t": 10, "b": 30})
    lines = {code: shares.filter(pl.col("code") == code) for code in codes}
    drawing.add_traces([_share_line(line, code, is_focus=code == focus) for code, line in lines.items()])
    known_shares = {code: line["share"].drop_nulls() for code, line in lines.items()}
    ends = [
        (f"{code} {part[-1]:.0%}", part[-1], colors.of_code(code)) for code, part in known_shares.items() if part.len()
    ]
    for (where, share), dash in zip(others, ("dash", "dot"), strict=False):
        drawing.add_hline(y=share, line={"color": colors.CONTEXT, "width": 1.5, "dash": dash})
        ends.append((f"{where} {share:.0%}", share, colors.CONTEXT))
    end_labels(drawing, ends, span=(0.0, axis["range"][1]), height=height - 60)
    drawing.update_yaxes(**axis)
    drawing.update_xaxes(type="date", tickformat="%b<br>%Y", showgrid=False, tickangle=0, nticks=6)
    title = _share_title(focus_shares, focus, codes, others)
    notes = _reference_notes(reference, focus)
    alt = f"Lines of shares over time. {title}"
    return Chart(title, question, drawing, shares, alt, notes=notes)


def _share_line(line: pl.DataFrame, code: str, *, is_focus: bool) -> Trace:
    return scatter(
        x=line["period"],
        y=line["share"],
        mode="lines+markers",
        name=code,
        line={"color": colors.of_code(code), "width": 3 if is_focus else 1.75},
        marker={"size": 6 if is_focus else 4},
        customdata=[_period_hover(code, row, row["units"]) for row in line.iter_rows(named=True)],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _period_hover(code: str, row: dict[str, object], units: int) -> str:
    share = row["share"]
    part = "none of these units" if share is None else f"{share:.1%} of these units"
    return f"{labels.code_with_label(code)}<br>{row['period']:%b %Y}: {part}<br>{units:,} of {row['set_units']:,} units"


def _share_title(focus_shares: pl.DataFrame, focus: str, codes: Sequence[str], others: list[tuple[str, float]]) -> str:
    units, whole = int(focus_shares["units"].sum()), int(focus_shares["set_units"].sum())
    medicare_shares = " and ".join(
        f"{share:.0%} in {'the nation' if where == 'nation' else where}" for where, share in others
    )
    against = f", compared with {medicare_shares} ({LABEL})" if others else ""
    return f"{focus} is {units / whole:.0%} of your {set_name(codes)} units{against}."


def _reference_notes(reference: pl.DataFrame | None, focus: str) -> tuple[str, ...]:
    if reference is None:
        return ()
    notes: list[str] = []
    unknown = reference.filter(pl.col("services").is_null())
    for where, code in unknown.select("where", "code").iter_rows():
        area = "the nation" if where == NATION else where
        notes.append(f"CMS has no figures on {code} for {area}, so the chart does not show its mix there.")
    summed = reference.filter(pl.col("where") == NATION, pl.col("source") == "sum of states")["code"].to_list()
    if summed and not unknown.filter(pl.col("where") == NATION).height:
        notes.append(f"CMS's national file has no {' or '.join(summed)}, so we use the sum of the states.")
    if _references(reference, focus):
        notes.append(f"{LABEL}: everyone who bills these codes to Medicare. Your lines are for all payers shown.")
    return tuple(notes)


def share_dots(
    shares: pl.DataFrame | Missing,
    focus: str,
    codes: Sequence[str],
    by: str = "provider",
    reference: pl.DataFrame | None = None,
) -> Chart:
    """The focus code's share for each therapist (payer, clinic) with its 95 % interval, and the clinic's own line.

    A dot is filled where the interval leaves the clinic's share out. `shares` is `mix.by`.
    """
    word = word_of(by)
    question = f"Which {word} uses more {focus} than the others?"
    if isinstance(shares, Missing):
        return without(question, shares)
    if shares.is_empty():
        return empty(question, f"No line has {set_name(codes)}.")
    overall = int(shares["focus_units"].sum()) / int(shares["set_units"].sum())
    values = [
        f"{share:.0%} ({low:.0%}–{high:.0%}) of {whole:,}"
        for share, low, high, whole in shares.select("share", "low", "high", "set_units").iter_rows()
    ]
    others = _references(reference, focus)
    highest = max([*shares["high"], *(share for _, share in others)])
    drawing = rows(
        shares["key"].to_list(), values, share_axis(f"{focus} as a share of {set_name(codes)} units", highest)
    )
    drawing.update_layout(margin={"t": 30}, height=drawing.layout["height"] + 22)
    context = {"color": colors.CONTEXT, "width": 1.5}
    medicare_lines = [
        (share, {**context, "dash": dash}) for (_, share), dash in zip(others, ("dash", "dot"), strict=False)
    ]
    row_lines(drawing, shares.height, [*medicare_lines, (overall, {"color": colors.ACCENT, "width": 2})])
    _mark_lines(
        drawing, [(f"all {overall:.0%}", overall), *((f"{where} {share:.0%}", share) for where, share in others)]
    )
    drawing.add_traces([_interval_dots(shares, focus, overall)])
    title = _dots_title(shares, focus, codes, word)
    notes = (
        "Filled: overall share is outside the 95% interval. Units in a visit are related, so true ranges are wider.",
        *_reference_notes(reference, focus),
    )
    alt = f"Dots with intervals, one row per {word}. {title}"
    return Chart(title, question, drawing, shares, alt, notes=notes)


def _interval_dots(shares: pl.DataFrame, focus: str, overall: float) -> Trace:
    color = colors.of_code(focus)
    outside = [not low <= overall <= high for low, high in shares.select("low", "high").iter_rows()]
    return scatter(
        x=shares["share"],
        y=[position + MIDDLE for position in range(shares.height)],
        mode="markers",
        cliponaxis=False,  # a share near 0 is drawn as a whole dot
        error_x={
            "type": "data",
            "array": shares["high"] - shares["share"],
            "arrayminus": shares["share"] - shares["low"],
            "color": colors.CONTEXT,
            "thickness": 3,
            "width": 0,
        },
        marker={
            "size": 12,
            "color": color,
            "symbol": ["circle" if is_outside else "circle-open" for is_outside in outside],
            "line": {"width": 2.5, "color": color},
        },
        customdata=[
            f"{safe(row['key'])}<br>{row['share']:.1%}, 95% between {row['low']:.1%} and {row['high']:.1%}<br>"
            f"{row['focus_units']:,} of {row['set_units']:,} units"
            for row in shares.iter_rows(named=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _mark_lines(drawing: Drawing, marks: list[tuple[str, float]]) -> None:
    """Names of vertical lines above the rows, left of the line or right of it so that neighbours do not touch."""
    notes: list[dict[str, Any]] = []
    for index, (text, x) in enumerate(sorted(marks, key=lambda mark: mark[1])):
        left = index == 0 and len(marks) > 1
        notes.append(
            {
                "text": text,
                "x": x,
                "xanchor": "right" if left else "left",
                "xshift": -3 if left else 3,
                "y": 1,
                "yref": "paper",
                "yanchor": "bottom",
                "yshift": 1 if index < 2 else 13,  # noqa: PLR2004  a third name goes a line higher
                "font": {"size": 11},
            }
        )
    drawing.add_notes(notes)


def _dots_title(shares: pl.DataFrame, focus: str, codes: Sequence[str], word: str) -> str:
    """The highest and lowest share of those with enough units to be named; else the share of all."""
    overall = int(shares["focus_units"].sum()) / int(shares["set_units"].sum())
    with_enough_units = shares.filter(pl.col("set_units") >= NAMED_UNITS)
    if with_enough_units.height < 2:  # noqa: PLR2004  a range takes two
        too_few = (
            f"there is only one {word}" if shares.height == 1 else f"fewer than two have {NAMED_UNITS} units to compare"
        )
        return f"{focus} is {overall:.0%} of your {set_name(codes)} units; {too_few}."
    highest, lowest = with_enough_units.row(0, named=True), with_enough_units.row(-1, named=True)
    return (
        f"{focus} ranges from {lowest['share']:.0%} ({lowest['key']}) to {highest['share']:.0%} ({highest['key']}) of "
        f"{set_name(codes)} units; {overall:.0%} overall."
    )


def share_multiples(
    shares: pl.DataFrame | Missing, focus: str, codes: Sequence[str], by: str = "provider", columns: int = 2
) -> Chart:
    """The focus code's share over time in small panels of the same scale, one a therapist (`mix.multiples`)."""
    word = word_of(by)
    question = f"Has the use of {focus} changed for some {word}?"
    if isinstance(shares, Missing):
        return without(question, shares)
    keys = shares["key"].unique(maintain_order=True).to_list()
    if not keys:
        return empty(question, f"No line has {set_name(codes)}.")
    across = min(columns, len(keys))
    down = -(-len(keys) // across)
    drawing = figure(down * 140 + 40, margin={"l": 8, "r": 12, "t": 26, "b": 30})
    gaps = (0.06, min(0.16, 0.42 / down))
    drawing.panels([safe(key, 22) for key in keys], across, gaps=gaps, title={"font": {"size": 12}})
    summed = shares.group_by("period").agg(pl.sum("focus_units", "set_units"))
    with_units = summed.filter(pl.col("set_units") > 0).sort("period")
    everyone = scatter(
        x=with_units["period"],
        y=with_units["focus_units"] / with_units["set_units"],
        mode="lines",
        line={"color": colors.CONTEXT, "width": 1.25, "dash": "dot"},
        hoverinfo="skip",
    )
    for index, key in enumerate(keys):
        drawing.on_panel(index, [everyone, _panel(shares.filter(pl.col("key") == key), focus)])
    highest = max(shares["share"].drop_nulls(), default=0.0)
    drawing.update_yaxes(tickformat=".0%", range=[0, min(1.0, highest * 1.12 + 0.02)])
    drawing.update_xaxes(type="date", tickformat="%b<br>%Y", showgrid=False, tickangle=0, nticks=4)
    title = _multiples_title(shares, focus, codes, word)
    notes = (
        f"Dotted: all {word}s combined. Every panel has the same scale: {focus} as a share of {set_name(codes)} units.",
    )
    return Chart(title, question, drawing, shares, f"Small line charts, one per {word}. {title}", notes=notes)


def _panel(panel: pl.DataFrame, focus: str) -> Trace:
    return scatter(
        x=panel["period"],
        y=panel["share"],
        mode="lines+markers",
        line={"color": colors.of_code(focus), "width": 2.25},
        marker={"size": 4},
        customdata=[
            f"{safe(row['key'])}<br>{_period_hover(focus, row, row['focus_units'])}"
            for row in panel.iter_rows(named=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _multiples_title(shares: pl.DataFrame, focus: str, codes: Sequence[str], word: str) -> str:
    """The largest move between a panel's first and last period with enough units to be named."""
    of_set = f"of {set_name(codes)} units"
    with_enough_units = shares.filter(pl.col("set_units") >= NAMED_UNITS).sort("period")
    moves = (
        with_enough_units.group_by("key")
        .agg(pl.first("share").alias("first"), pl.last("share").alias("last"), pl.len().alias("periods"))
        .filter(pl.col("periods") > 1)
        .sort([(pl.col("last") - pl.col("first")).abs(), "key"], descending=[True, False])
    )
    if moves.is_empty():
        return (
            f"No {word} has two periods with {NAMED_UNITS} units of {set_name(codes)}, so there is no change to report."
        )
    most = moves.row(0, named=True)
    return f"{most['key']} changed most: {focus} from {most['first']:.0%} to {most['last']:.0%} {of_set}."
