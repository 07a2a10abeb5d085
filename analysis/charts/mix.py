"""Charts of a mix of codes over time: how a set shares the work, for all and for each therapist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.charts import colors
from analysis.charts.chart import Chart, empty, without
from analysis.charts.drawing import Trace, scatter
from analysis.charts.layout import end_labels, figure, safe, share_axis
from analysis.codes import hcpcs as labels
from analysis.lines.filters import word as word_of
from analysis.metrics import Missing, few_share_units

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_NAMED = 3
"""Most periods named one by one."""


def set_name(codes: Sequence[str]) -> str:
    """A set of codes in words: ``97110 and 97112``."""
    return f"{', '.join(codes[:-1])} and {codes[-1]}" if len(codes) > 1 else "".join(codes)


def share_over_time(shares: pl.DataFrame, focus: str) -> Chart:
    """Each code's share of the set's units over time (`mix.over_time`).

    Periods of few units are not drawn; a period that is not full is an open dot and stays out of the title.
    """
    codes = shares["code"].unique(maintain_order=True).to_list()
    question = (
        f"How do your units split across {set_name(codes)}?" if codes else "How do your units split across codes?"
    )
    focus_shares = shares.filter(pl.col("code") == focus)
    whole = int(focus_shares["set_units"].sum())
    if not whole:
        return empty(question, f"No line has {set_name(codes)}." if codes else "No line matches the filters.")
    drawn = shares.with_columns(pl.when(pl.col("set_units") >= few_share_units()).then("share").alias("share"))
    if not drawn["share"].count():
        return empty(
            question,
            f"{set_name(codes)}: {whole:,} unit{'' if whole == 1 else 's'}, and no month has the {few_share_units()} "
            "that a share takes.",
        )
    height = 360
    axis = share_axis("share of the units compared", max(drawn["share"].drop_nulls()))
    drawing = figure(height, margin={"l": 8, "t": 10, "b": 30})
    lines = {code: drawn.filter(pl.col("code") == code) for code in codes}
    drawing.add_traces([_share_line(line, code, is_focus=code == focus) for code, line in lines.items()])
    known_shares = {code: line["share"].drop_nulls() for code, line in lines.items()}
    ends = [
        (f"{code} {part[-1]:.0%}", part[-1], colors.of_code(code)) for code, part in known_shares.items() if part.len()
    ]
    end_labels(drawing, ends, span=(0.0, axis["range"][1]), height=height - 60)
    drawing.update_yaxes(**axis)
    drawing.update_xaxes(type="date", tickformat="%b<br>%Y", showgrid=False, tickangle=0, nticks=6)
    title = _share_title(drawn.filter(pl.col("code") == focus), focus, codes)
    alt = f"Lines of shares over time. {title}"
    return Chart(title, question, drawing, shares, alt, notes=_period_notes(focus_shares, "month"))


def _share_line(line: pl.DataFrame, code: str, *, is_focus: bool) -> Trace:
    return scatter(
        x=line["period"],
        y=line["share"],
        mode="lines+markers",
        name=code,
        line={"color": colors.of_code(code), "width": 3 if is_focus else 1.75},
        marker=_marker(line, code, 7 if is_focus else 5),
        customdata=[_period_hover(code, row, row["units"]) for row in line.iter_rows(named=True)],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _marker(line: pl.DataFrame, code: str, size: int) -> dict[str, Any]:
    """Dots of a line of periods; of a period that is not full an open one, a little larger."""
    whole = line["whole_period"].to_list()
    return {
        "size": [size if is_whole else size + 3 for is_whole in whole],
        "symbol": ["circle" if is_whole else "circle-open" for is_whole in whole],
        "color": colors.of_code(code),
        # Of dots of several sizes Plotly would draw a ring in the page's color around each.
        "line": {"width": [0 if is_whole else 1.5 for is_whole in whole], "color": colors.of_code(code)},
    }


def _period_hover(code: str, row: dict[str, Any], units: int) -> str:
    share = row["share"]
    part = "too few of these units for a share" if share is None else f"{share:.1%} of these units"
    partial = "" if row["whole_period"] else "<br>not a full period"
    period = f"{row['period']:%b %Y}"
    return f"{labels.code_with_label(code)}<br>{period}: {part}<br>{units:,} of {row['set_units']:,} units{partial}"


def _share_title(focus_shares: pl.DataFrame, focus: str, codes: Sequence[str]) -> str:
    """The share of the whole time, and of the last full month with enough units."""
    units, whole = int(focus_shares["units"].sum()), int(focus_shares["set_units"].sum())
    full = focus_shares.filter("whole_period").drop_nulls("share")
    latest = ""
    if full.height > 1:
        row = full.row(-1, named=True)
        latest = f"; {row['share']:.0%} in {row['period']:%b %Y}"
    return f"{focus} is {units / whole:.0%} of your {set_name(codes)} units, all payers{latest}."


def _period_notes(one_code: pl.DataFrame, period: str) -> tuple[str, ...]:
    """Which periods are not drawn, and which are not full. `one_code` holds each period once."""
    notes = []
    thin = one_code.filter(pl.col("set_units") < few_share_units())
    if thin.height:
        names = f": {', '.join(f'{day:%b %Y}' for day in thin['period'])}" if thin.height <= _MOST_NAMED else ""
        notes.append(
            f"{thin.height} {period}{'' if thin.height == 1 else 's'} with fewer than {few_share_units()} of these "
            f"units not drawn{names}."
        )
    partial = one_code.filter(~pl.col("whole_period"), pl.col("set_units") >= few_share_units())["period"]
    notes += [f"{day:%b %Y} is not a full {period}, so its dot is open." for day in partial]
    return tuple(notes)


def share_multiples(
    shares: pl.DataFrame | Missing,
    compared: pl.DataFrame | Missing,
    focus: str,
    codes: Sequence[str],
    by: str = "provider",
    columns: int = 2,
) -> Chart:
    """The focus code's share over time in small panels of the same scale, one a therapist (`mix.multiples`).

    Nobody with few units has a panel, and no quarter of few units a dot. The title names the largest of the changes
    that `compared` (`mix.by`) tells from chance.
    """
    word = word_of(by)
    question = f"Has the use of {focus} changed for some {word}?"
    if isinstance(shares, Missing):
        return without(question, shares)
    if isinstance(compared, Missing):
        return without(question, compared)
    sizes = shares.group_by("key", maintain_order=True).agg(pl.sum("set_units"))
    keys = sizes.filter(pl.col("set_units") >= few_share_units())["key"].to_list()
    if not keys:
        few = f"No {word} has {few_share_units()} units of {set_name(codes)}."
        return empty(question, few if sizes.height else f"No line has {set_name(codes)}.")
    across = min(columns, len(keys))
    down = -(-len(keys) // across)
    drawing = figure(down * 140 + 40, margin={"l": 8, "r": 12, "t": 26, "b": 30})
    gaps = (0.06, min(0.16, 0.42 / down))
    drawing.panels([safe(key, 22) for key in keys], across, gaps=gaps, title={"font": {"size": 12}})
    enough = pl.col("set_units") >= few_share_units()
    summed = shares.group_by("period").agg(pl.sum("focus_units", "set_units"))
    with_units = summed.filter(enough).sort("period")
    everyone = scatter(
        x=with_units["period"],
        y=with_units["focus_units"] / with_units["set_units"],
        mode="lines",
        line={"color": colors.CONTEXT, "width": 1.25, "dash": "dot"},
        hoverinfo="skip",
    )
    drawn = shares.with_columns(pl.when(enough).then("share").alias("share"))
    for index, key in enumerate(keys):
        drawing.on_panel(index, [everyone, _panel(drawn.filter(pl.col("key") == key), focus)])
    highest = max([*drawn["share"].drop_nulls(), *(with_units["focus_units"] / with_units["set_units"])], default=0.0)
    drawing.update_yaxes(tickformat=".0%", range=[0, min(1.0, highest * 1.12 + 0.02)])
    drawing.update_xaxes(type="date", tickformat="%b<br>%Y", showgrid=False, tickangle=0, nticks=4)
    title = _multiples_title(compared, focus, codes, word)
    thin = drawn.filter(pl.col("key").is_in(keys), pl.col("set_units") > 0, pl.col("share").is_null()).height
    partial = shares.filter(~pl.col("whole_period"))["period"].unique(maintain_order=True)
    notes = [
        f"Dotted: all {word}s combined. Every panel has the same scale: {focus} as a share of {set_name(codes)} units.",
        *([f"No dot where a quarter has fewer than {few_share_units()} units."] if thin else []),
        *(f"The quarter from {day:%b %Y} is not full, so its dots are open." for day in partial),
    ]
    if left_out := sizes.height - len(keys):
        notes.append(f"{left_out} {word}{'' if left_out == 1 else 's'} with fewer units not shown.")
    return Chart(title, question, drawing, shares, f"Small line charts, one per {word}. {title}", notes=tuple(notes))


def _panel(panel: pl.DataFrame, focus: str) -> Trace:
    return scatter(
        x=panel["period"],
        y=panel["share"],
        mode="lines+markers",
        line={"color": colors.of_code(focus), "width": 2.25},
        marker=_marker(panel, focus, 5),
        customdata=[
            f"{safe(row['key'])}<br>{_period_hover(focus, row, row['focus_units'])}"
            for row in panel.iter_rows(named=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _multiples_title(compared: pl.DataFrame, focus: str, codes: Sequence[str], word: str) -> str:
    """The largest change that is more than chance."""
    of_set = f"of {set_name(codes)} units"
    if not compared["patients"].count():
        return f"{focus} by {word}: without a patient column, no change can be told from chance."
    if not compared["low"].count():
        return f"{focus} by {word}: too few patients to tell a change from chance."
    size = (pl.col("share_since") - pl.col("share_earlier")).abs()
    changed = compared.drop_nulls("changed_since").sort([size, "key"], descending=[True, False])
    if changed.is_empty():
        return f"No {word}'s use of {focus} has changed by more than chance would explain."
    most = changed.row(0, named=True)
    others = changed.height - 1
    change = (
        f"since about {most['changed_since']:%b %Y}, {focus} from {most['share_earlier']:.0%} to "
        f"{most['share_since']:.0%} {of_set}"
    )
    return f"{most['key']} changed most: {change}; {others} more changed." if others else f"{most['key']}: {change}."
