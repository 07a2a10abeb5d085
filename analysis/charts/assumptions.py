"""Charts of what a result rests on: each assumption taken lower and higher, and where a recoding breaks even."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from analysis.charts import colours
from analysis.charts.chart import Chart, empty
from analysis.charts.differences import against_baseline, more, signed, size
from analysis.charts.drawing import Drawing, Trace, bar
from analysis.charts.layout import BAR, dollar_axis, figure, on_axis, rows, safe
from analysis.charts.pairs import FILLED, OPEN, below, dots, ticks

if TYPE_CHECKING:
    from analysis.whatif.answers import BreakEven
    from analysis.whatif.answers.compare import Measure

_LINE_LETTERS = 48
"""Letters that fit one line on a phone."""

_LATE = Fraction(11, 20)
"""Share from which the text of a crossing stands left of it."""


def tornado(frame: pl.DataFrame, measure: Measure = "allowed") -> Chart:
    """What each assumption does to the result, taken lower and higher; widest on top (`whatif.sensitivity`)."""
    question = "Which assumption affects the result most?"
    span = (pl.max_horizontal("low_cents", "high_cents") - pl.min_horizontal("low_cents", "high_cents")).alias("span")
    wide = frame.with_columns(span).sort("span", descending=True, maintain_order=True)
    if wide.is_empty():
        return empty(question, "This scenario has no assumptions that can be set lower or higher.")
    base = int(wide["base_cents"][0])
    names = wide["assumption"].to_list()
    texts = [_both_ways(row) for row in wide.iter_rows(named=True)]
    drawn = rows(names, [f"{size(cents)} apart" for cents in wide["span"]], dollar_axis(against_baseline(measure)))
    hover = [
        f"{safe(name)}<br>{text}<br>as entered: {signed(base)}" for name, (text, _) in zip(names, texts, strict=True)
    ]
    drawn.add_traces(_ranges(list(wide.select("low_cents", "high_cents").iter_rows()), base, hover))
    at_left = {"x": 0, "xref": "paper", "xanchor": "left", "align": "left"}
    below(drawn, ({"text": text, **at_left} for text, _ in texts), max(taken for _, taken in texts))
    alt = "Bars between two results, widest on top. " + "; ".join(
        f"{name}: {text.replace('<br>', ', ')}" for name, (text, _) in zip(names, texts, strict=True)
    )
    note = (
        f"{OPEN} the assumption set lower, {FILLED} set higher, one at a time. Vertical marks: gray is the baseline "
        f"($0), color is the scenario as entered ({signed(base)})."
    )
    return Chart(_tornado_title(wide, base), question, drawn, wide.drop("span"), f"{alt}.", notes=(note,))


def _ranges(ends: list[tuple[int, int]], base: int, hover: list[str]) -> list[Trace]:
    """Outlined bars from one result to the other, dots at their ends, upright marks at baseline and scenario."""
    bars = bar(
        x=[on_axis(abs(high - low)) for low, high in ends],
        base=[on_axis(min(low, high)) for low, high in ends],
        y=list(range(len(ends))),
        **BAR,
        marker=colours.outlined(colours.ACCENT),
        hoverinfo="skip",
    )
    baseline = ticks([(row, 0.0, "the baseline") for row in range(len(ends))])
    entered = ticks([(row, base / 100, f"as entered: {signed(base)}") for row in range(len(ends))], colours.WARNING)
    two = dots([(on_axis(low), on_axis(high)) for low, high in ends], [colours.ACCENT] * len(ends), hover)
    return [bars, baseline, entered, *two]


def _both_ways(row: dict[str, int | str]) -> tuple[str, int]:
    """What the assumption's low and high values come to, and the lines that takes."""
    low, high = (
        f"{dot} {safe(str(row[f'{end}_label']))}: {signed(int(row[f'{end}_cents']))}"
        for end, dot in (("low", OPEN), ("high", FILLED))
    )
    one_line = f"{low}   {high}"
    return (one_line, 1) if len(one_line) <= _LINE_LETTERS else (f"{low}<br>{high}", 2)


def _tornado_title(wide: pl.DataFrame, base: int) -> str:
    """What moves the result most, and whether anything turns it."""
    most = wide.row(0, named=True)
    turns = wide.filter(
        (pl.min_horizontal("low_cents", "high_cents") < 0)
        if base > 0
        else (pl.max_horizontal("low_cents", "high_cents") > 0)
    ).height
    turned = ""
    if base:
        into = "the gain into a loss" if base > 0 else "the loss into a gain"
        turned = f"; {turns or 'none'} of {wide.height} can turn {into}"
    return (
        f"{most['assumption']} matters most: {more(most['low_cents'])} at {most['low_label']}, "
        f"{more(most['high_cents'])} at {most['high_label']}{turned}."
    )


def break_even(found: BreakEven) -> Chart:
    """The difference to the baseline over the share of visits a recoding takes place in (`whatif.break_even`).

    The line is exact: a share is that part of the visits, in expectation. Where it crosses zero is marked.
    """
    swap = f"{found.recode.source} to {found.recode.target}"
    question = f"In what share of visits must {swap} happen to break even?"
    ends = (found.without_cents, found.all_cents)
    drawn = figure(340, margin={"l": 8, "r": 20, "t": 16, "b": 40})
    drawn.add_scatter(
        x=[0, 1],
        y=[on_axis(cents) for cents in ends],
        mode="lines+markers",
        line={"color": colours.ACCENT, "width": 3},
        marker={"size": 9},
        customdata=[f"{swap} in {part}: {more(cents)}" for part, cents in zip(_PARTS, ends, strict=True)],
        hovertemplate="%{customdata}<extra></extra>",
    )
    drawn.add_hline(y=0, line={"color": colours.CONTEXT, "width": 1.5, "dash": "dash"})
    _end_texts(drawn, ends)
    if found.share is not None:
        _mark_crossing(drawn, found.share, rising=found.all_cents > found.without_cents)
    drawn.update_xaxes(
        title={"text": "share of the visits with a unit to recode"}, tickformat=".0%", range=[-0.03, 1.03]
    )
    drawn.update_yaxes(**dollar_axis("dollars compared with the baseline"), range=_with_room(ends))
    points = ((Fraction(0), ends[0]), (found.share, 0), (Fraction(1), ends[1]))
    table = pl.DataFrame(
        [(float(share), cents) for share, cents in points if share is not None],
        schema={"share_of_visits": pl.Float64, f"{found.measure}_difference_cents": pl.Int64},
        orient="row",
    ).unique(maintain_order=True)
    alt = f"A straight line from {more(ends[0])} in {_PARTS[0]} to {more(ends[1])} in {_PARTS[1]}. {found.sentence}"
    return Chart(found.sentence, question, drawn, table, alt)


_PARTS = ("no visit", "all visits")


def _end_texts(drawn: Drawing, ends: tuple[int, int]) -> None:
    """What the difference is in no visit and in all, on the side of the line that is free."""
    rising = ends[1] > ends[0]
    under = {"yanchor": "top", "yshift": -8}
    over = {"yanchor": "bottom", "yshift": 8}
    left = {"text": f"{_PARTS[0]}: {signed(ends[0])}", "x": 0, "xanchor": "left", "y": on_axis(ends[0])}
    right = {"text": f"{_PARTS[1]}: {signed(ends[1])}", "x": 1, "xanchor": "right", "y": on_axis(ends[1])}
    drawn.add_notes([{**left, **(under if rising else over)}, {**right, **(over if rising else under)}])


def _mark_crossing(drawn: Drawing, share: Fraction, *, rising: bool) -> None:
    """A diamond where the line is at zero, its text away from the line."""
    said = f"breaks even at {float(share):.1%}"
    drawn.add_scatter(
        x=[float(share)],
        y=[0],
        mode="markers",
        marker={"size": 15, "symbol": "diamond", "color": colours.WARNING},
        customdata=[f"{said} of the visits"],
        hovertemplate="%{customdata}<extra></extra>",
    )
    early = share < _LATE
    up = rising != early
    place = {"xanchor": "left" if early else "right", "xshift": 10 if early else -10}
    place |= {"yanchor": "bottom", "yshift": 8} if up else {"yanchor": "top", "yshift": -8}
    drawn.add_notes([{"text": said, "x": float(share), "y": 0, **place}])


def _with_room(ends: tuple[int, int]) -> list[float]:
    """The axis from the lowest to the highest amount, zero among them, with room for the texts."""
    low, high = min(*ends, 0) / 100, max(*ends, 0) / 100
    room = 0.18 * (high - low) or 1.0
    return [low - room, high + room]
