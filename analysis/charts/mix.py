"""Charts of the page Code mix: how a set of codes shares the work, over time, by therapist and payer, against
Medicare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
import polars as pl
from plotly.subplots import make_subplots

from analysis import codes as labels
from analysis.benchmarks import LABEL, NATION
from analysis.charts import colours
from analysis.charts.chart import Chart, empty, without
from analysis.charts.layout import MIDDLE, end_labels, figure, row_lines, rows, safe, share_axis
from analysis.metrics import Missing

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORDS = {"payer": "payer", "payer_class": "payer class", "clinic": "clinic", "provider": "therapist"}


def set_name(codes: Sequence[str]) -> str:
    """A set of codes in words: ``97110 and 97112``."""
    return f"{', '.join(codes[:-1])} and {codes[-1]}" if len(codes) > 1 else "".join(codes)


def _references(reference: pl.DataFrame | None, focus: str) -> list[tuple[str, float]]:
    """The nation's and a state's share of the focus code, those that are known."""
    if reference is None:
        return []
    known = reference.filter(pl.col("code") == focus, pl.col("share").is_not_null())
    return [
        ("nation" if where == NATION else where, share) for where, share in known.select("where", "share").iter_rows()
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
    question = f"How do {set_name(codes)} share the work?" if codes else "How do codes share the work?"
    mine = shares.filter(pl.col("code") == focus)
    if not mine["units"].sum() and not mine["set_units"].sum():
        return empty(question, f"No line has {set_name(codes)}." if codes else "No line passes the filters.")
    others = _references(reference, focus)
    highest = max([*shares["share"].drop_nulls(), *(share for _, share in others)])
    height = 360
    drawn = figure(height, margin={"l": 8, "t": 10, "b": 30})
    ends: list[tuple[str, float, str]] = []
    for code in codes:
        line = shares.filter(pl.col("code") == code)
        is_focus = code == focus
        drawn.add_scatter(
            x=line["period"],
            y=line["share"],
            mode="lines+markers",
            name=code,
            line={"color": colours.of_code(code), "width": 3 if is_focus else 1.75},
            marker={"size": 6 if is_focus else 4},
            customdata=[_period_hover(code, row) for row in line.iter_rows(named=True)],
            hovertemplate="%{customdata}<extra></extra>",
        )
        if (known := line["share"].drop_nulls()).len():
            ends.append((f"{code} {known[-1]:.0%}", known[-1], colours.of_code(code)))
    axis = share_axis("share of units", highest)
    for (where, share), dash in zip(others, ("dash", "dot"), strict=False):
        drawn.add_hline(y=share, line={"color": colours.CONTEXT, "width": 1.5, "dash": dash})
        ends.append((f"{where} {share:.0%}", share, colours.CONTEXT))
    end_labels(drawn, ends, span=(0.0, axis["range"][1]), height=height - 60)
    drawn.update_yaxes(**axis)
    drawn.update_xaxes(type="date", tickformat="%b<br>%Y", showgrid=False, tickangle=0, nticks=6)
    title = _share_title(mine, focus, codes, others)
    notes = _reference_notes(reference, focus)
    alt = f"Lines of shares over time. {title}"
    return Chart(title, question, drawn, shares, alt, notes=notes)


def _period_hover(code: str, row: dict[str, object]) -> str:
    share = row["share"]
    part = "no units of the set" if share is None else f"{share:.1%} of the set"
    return f"{labels.named(code)}<br>{row['period']:%B %Y}: {part}<br>{row['units']:,} of {row['set_units']:,} units"


def _share_title(mine: pl.DataFrame, focus: str, codes: Sequence[str], others: list[tuple[str, float]]) -> str:
    units, whole = int(mine["units"].sum()), int(mine["set_units"].sum())
    beside = " and ".join(f"{share:.0%} in {'the nation' if where == 'nation' else where}" for where, share in others)
    against = f", against {beside} ({LABEL})" if others else ""
    return f"{focus} is {units / whole:.0%} of the units of {set_name(codes)}{against}."


def _reference_notes(reference: pl.DataFrame | None, focus: str) -> tuple[str, ...]:
    if reference is None:
        return ()
    notes: list[str] = []
    unknown = reference.filter(pl.col("services").is_null())
    for where, code in unknown.select("where", "code").iter_rows():
        place = "the nation" if where == NATION else where
        notes.append(f"CMS's figures for {place} have no {code}, so its mix there is not known and not drawn.")
    summed = reference.filter(pl.col("where") == NATION, pl.col("source") == "sum of states")["code"].to_list()
    if summed and not unknown.filter(pl.col("where") == NATION).height:
        notes.append(f"CMS's national file has no {' or '.join(summed)}: the sum of the states stands in.")
    if _references(reference, focus):
        notes.append(
            f"{LABEL}: everybody who bills these codes to Original Medicare; your lines are of all payers shown."
        )
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
    word = _WORDS.get(by, by)
    question = f"Which {word} uses more {focus} than the others?"
    if isinstance(shares, Missing):
        return without(question, shares)
    if shares.is_empty():
        return empty(question, f"No line has {set_name(codes)}.")
    overall = shares["units"].sum() / shares["set_units"].sum()
    values = [
        f"{share:.0%} ({low:.0%}–{high:.0%}) of {whole:,}"
        for share, low, high, whole in shares.select("share", "low", "high", "set_units").iter_rows()
    ]
    others = _references(reference, focus)
    highest = max([*shares["high"], *(share for _, share in others)])
    drawn = rows(
        shares["key"].to_list(), values, share_axis(f"{focus} as share of units of {set_name(codes)}", highest)
    )
    drawn.update_layout(margin={"t": 30}, height=(drawn.layout.height or 0) + 22)
    for (where, share), dash in zip(others, ("dash", "dot"), strict=False):
        row_lines(drawn, shares.height, share, {"color": colours.CONTEXT, "width": 1.5, "dash": dash})
    _mark_lines(drawn, [(f"all {overall:.0%}", overall), *((f"{where} {share:.0%}", share) for where, share in others)])
    row_lines(drawn, shares.height, overall, {"color": colours.ACCENT, "width": 2})
    colour = colours.of_code(focus)
    apart = [not low <= overall <= high for low, high in shares.select("low", "high").iter_rows()]
    drawn.add_scatter(
        x=shares["share"],
        y=[position + MIDDLE for position in range(shares.height)],
        mode="markers",
        error_x={
            "type": "data",
            "array": shares["high"] - shares["share"],
            "arrayminus": shares["share"] - shares["low"],
            "color": colours.CONTEXT,
            "thickness": 3,
            "width": 0,
        },
        marker={
            "size": 12,
            "color": colour,
            "symbol": ["circle" if far else "circle-open" for far in apart],
            "line": {"width": 2.5, "color": colour},
        },
        customdata=[
            f"{safe(row['key'])}<br>{row['share']:.1%}, 95% between {row['low']:.1%} and {row['high']:.1%}<br>"
            f"{row['units']:,} of {row['set_units']:,} units"
            for row in shares.iter_rows(named=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    title = _dots_title(shares, focus, word, overall)
    notes = (
        "Filled: the 95% interval leaves the share of all out. Units of one visit hang together, so true intervals are "
        "somewhat wider.",
        *_reference_notes(reference, focus),
    )
    alt = f"Dots with intervals, one row a {word}. {title}"
    return Chart(title, question, drawn, shares, alt, notes=notes)


def _mark_lines(drawn: go.Figure, marks: list[tuple[str, float]]) -> None:
    """Names of vertical lines above the rows, left of the line or right of it so that neighbours do not touch."""
    for index, (text, x) in enumerate(sorted(marks, key=lambda mark: mark[1])):
        left = index == 0 and len(marks) > 1
        drawn.add_annotation(
            text=text,
            x=x,
            y=1,
            yref="paper",
            yanchor="bottom",
            yshift=1 if index < 2 else 13,  # noqa: PLR2004  a third name goes a line higher
            xanchor="right" if left else "left",
            xshift=-3 if left else 3,
            showarrow=False,
            font={"size": 11},
        )


def _dots_title(shares: pl.DataFrame, focus: str, word: str, overall: float) -> str:
    if shares.height == 1:
        return f"{focus} is {overall:.0%} of units; there is only one {word}."
    highest, lowest = shares.row(0, named=True), shares.row(-1, named=True)
    return (
        f"{focus} runs from {lowest['share']:.0%} of units ({lowest['key']}) to {highest['share']:.0%} "
        f"({highest['key']}); {overall:.0%} for all."
    )


def share_multiples(
    shares: pl.DataFrame | Missing, focus: str, codes: Sequence[str], by: str = "provider", columns: int = 2
) -> Chart:
    """The focus code's share over time in small panels of the same scale, one a therapist (`mix.multiples`)."""
    word = _WORDS.get(by, by)
    question = f"Has the use of {focus} changed for some {word}?"
    if isinstance(shares, Missing):
        return without(question, shares)
    keys = shares["key"].unique(maintain_order=True).to_list()
    if not keys:
        return empty(question, f"No line has {set_name(codes)}.")
    across = min(columns, len(keys))
    down = -(-len(keys) // across)
    drawn = make_subplots(
        down,
        across,
        shared_xaxes="all",
        shared_yaxes="all",
        subplot_titles=[safe(key, 22) for key in keys],
        horizontal_spacing=0.06,
        vertical_spacing=min(0.16, 0.42 / down),
    )
    house = figure(down * 140 + 40, margin={"l": 8, "r": 12, "t": 26, "b": 30})
    drawn.update_layout(house.layout)
    whole = shares.group_by("period").agg(pl.sum("units", "set_units")).filter(pl.col("set_units") > 0).sort("period")
    for index, key in enumerate(keys):
        place = {"row": index // across + 1, "col": index % across + 1}
        panel = shares.filter(pl.col("key") == key)
        everyone = {"color": colours.CONTEXT, "width": 1.25, "dash": "dot"}
        drawn.add_scatter(
            x=whole["period"],
            y=whole["units"] / whole["set_units"],
            mode="lines",
            line=everyone,
            hoverinfo="skip",
            **place,
        )
        drawn.add_scatter(
            x=panel["period"],
            y=panel["share"],
            mode="lines+markers",
            line={"color": colours.of_code(focus), "width": 2.25},
            marker={"size": 4},
            customdata=[f"{safe(key)}<br>{_period_hover(focus, row)}" for row in panel.iter_rows(named=True)],
            hovertemplate="%{customdata}<extra></extra>",
            **place,
        )
    drawn.update_annotations(font={"size": 12})
    highest = max(shares["share"].drop_nulls(), default=0.0)
    drawn.update_yaxes(
        tickformat=".0%", range=[0, min(1.0, highest * 1.12 + 0.02)], gridcolor=colours.GRID, fixedrange=True
    )
    drawn.update_xaxes(type="date", tickformat="%b<br>%Y", showgrid=False, tickangle=0, nticks=4, fixedrange=True)
    title = _multiples_title(shares, focus)
    notes = (
        f"Dotted: all {word}s shown together. Every panel has the same scale: {focus} as share of {set_name(codes)}.",
    )
    return Chart(title, question, drawn, shares, f"Small line charts, one a {word}. {title}", notes=notes)


def _multiples_title(shares: pl.DataFrame, focus: str) -> str:
    """The largest move between a panel's first and last known share."""
    known = shares.drop_nulls("share").sort("period")
    moves = known.group_by("key").agg(
        pl.col("share").first().alias("first"), (pl.col("share").last() - pl.col("share").first()).alias("move")
    )
    if moves.is_empty():
        return f"No share of {focus} is known in any period."
    most = moves.sort([pl.col("move").abs(), "key"], descending=[True, False]).row(0, named=True)
    return f"{most['key']} moved most: {focus} from {most['first']:.0%} to {most['first'] + most['move']:.0%} of units."
