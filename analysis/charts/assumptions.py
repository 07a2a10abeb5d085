"""Charts of what a result rests on: each assumption taken lower and higher, and where a recoding breaks even."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from analysis.charts import colors
from analysis.charts.chart import Chart, empty
from analysis.charts.differences import against_baseline, more, signed, size
from analysis.charts.drawing import Drawing, Trace, bar
from analysis.charts.layout import BAR, dollar_axis, figure, on_axis, rows, safe
from analysis.charts.pairs import FILLED, OPEN, below, dots, ticks

if TYPE_CHECKING:
    from analysis.whatif.answers import BreakEven, Measure

_LINE_LETTERS = 48
"""Letters that fit one line on a phone."""

_LATE = Fraction(11, 20)
"""Share from which the text of a crossing stands left of it."""


def tornado(frame: pl.DataFrame, measure: Measure = "allowed") -> Chart:
    """What each assumption does to the result, taken lower and higher; widest on top (`whatif.sensitivity`)."""
    question = "Which assumption affects the result most?"
    span = (pl.max_horizontal("low_cents", "high_cents") - pl.min_horizontal("low_cents", "high_cents")).alias("span")
    ranked = frame.with_columns(span).sort("span", descending=True, maintain_order=True)
    if ranked.is_empty():
        return empty(question, "This scenario has no assumptions that can be set lower or higher.")
    base = int(ranked["base_cents"][0])
    names = ranked["assumption"].to_list()
    texts = [_both_ways(row) for row in ranked.iter_rows(named=True)]
    drawing = rows(names, [f"{size(cents)} apart" for cents in ranked["span"]], dollar_axis(against_baseline(measure)))
    hover = [
        f"{safe(name)}<br>{text}<br>as entered: {signed(base)}" for name, (text, _) in zip(names, texts, strict=True)
    ]
    drawing.add_traces(_ranges(list(ranked.select("low_cents", "high_cents").iter_rows()), base, hover))
    at_left = {"x": 0, "xref": "paper", "xanchor": "left", "align": "left"}
    below(drawing, ({"text": text, **at_left} for text, _ in texts), max(lines for _, lines in texts))
    alt = "Bars between two results, widest on top. " + "; ".join(
        f"{name}: {text.replace('<br>', ', ')}" for name, (text, _) in zip(names, texts, strict=True)
    )
    note = (
        f"{OPEN} the assumption set lower, {FILLED} set higher, one at a time. Vertical marks: gray is the baseline "
        f"($0), color is the scenario as entered ({signed(base)})."
    )
    return Chart(_tornado_title(ranked, base), question, drawing, ranked.drop("span"), f"{alt}.", notes=(note,))


def _ranges(ends: list[tuple[int, int]], base: int, hover: list[str]) -> list[Trace]:
    """Outlined bars from one result to the other, dots at their ends, upright marks at baseline and scenario."""
    bars = bar(
        x=[on_axis(abs(high - low)) for low, high in ends],
        base=[on_axis(min(low, high)) for low, high in ends],
        y=list(range(len(ends))),
        **BAR,
        marker=colors.outlined(colors.ACCENT),
        hoverinfo="skip",
    )
    baseline = ticks([(row, 0.0, "the baseline") for row in range(len(ends))])
    entered = ticks([(row, base / 100, f"as entered: {signed(base)}") for row in range(len(ends))], colors.WARNING)
    two = dots([(on_axis(low), on_axis(high)) for low, high in ends], [colors.ACCENT] * len(ends), hover)
    return [bars, baseline, entered, *two]


def _both_ways(row: dict[str, int | str]) -> tuple[str, int]:
    """What the assumption's low and high values come to, and the lines that takes."""
    low, high = (
        f"{dot} {safe(str(row[f'{end}_label']))}: {signed(int(row[f'{end}_cents']))}"
        for end, dot in (("low", OPEN), ("high", FILLED))
    )
    one_line = f"{low}   {high}"
    return (one_line, 1) if len(one_line) <= _LINE_LETTERS else (f"{low}<br>{high}", 2)


def _tornado_title(ranked: pl.DataFrame, base: int) -> str:
    """What moves the result most, and whether anything turns it."""
    widest = ranked.row(0, named=True)
    turning_count = ranked.filter(
        (pl.min_horizontal("low_cents", "high_cents") < 0)
        if base > 0
        else (pl.max_horizontal("low_cents", "high_cents") > 0)
    ).height
    turning = ""
    if base:
        into = "the gain into a loss" if base > 0 else "the loss into a gain"
        turning = f"; {turning_count or 'none'} of {ranked.height} can turn {into}"
    return (
        f"{widest['assumption']} matters most: {more(widest['low_cents'])} at {widest['low_label']}, "
        f"{more(widest['high_cents'])} at {widest['high_label']}{turning}."
    )


def break_even(answer: BreakEven) -> Chart:
    """The difference to the baseline over the share of visits a recoding takes place in (`whatif.break_even`).

    The line is exact: a share is that part of the visits, in expectation. Where it crosses zero is marked.
    """
    swap = f"{answer.recode.source} to {answer.recode.target}"
    question = f"In what share of visits must {swap} happen to break even?"
    ends = (answer.without_cents, answer.all_cents)
    drawing = figure(340, margin={"l": 8, "r": 20, "t": 16, "b": 40})
    drawing.add_scatter(
        x=[0, 1],
        y=[on_axis(cents) for cents in ends],
        mode="lines+markers",
        line={"color": colors.ACCENT, "width": 3},
        marker={"size": 9},
        customdata=[f"{swap} in {part}: {more(cents)}" for part, cents in zip(_PARTS, ends, strict=True)],
        hovertemplate="%{customdata}<extra></extra>",
    )
    drawing.add_hline(y=0, line={"color": colors.CONTEXT, "width": 1.5, "dash": "dash"})
    _end_texts(drawing, ends)
    if answer.share is not None:
        _mark_crossing(drawing, answer.share, rising=answer.all_cents > answer.without_cents)
    drawing.update_xaxes(
        title={"text": "share of the visits with a unit to recode"}, tickformat=".0%", range=[-0.03, 1.03]
    )
    drawing.update_yaxes(**dollar_axis("dollars compared with the baseline"), range=_with_room(ends))
    points = ((Fraction(0), ends[0]), (answer.share, 0), (Fraction(1), ends[1]))
    table = pl.DataFrame(
        [(float(share), cents) for share, cents in points if share is not None],
        schema={"share_of_visits": pl.Float64, f"{answer.measure}_difference_cents": pl.Int64},
        orient="row",
    ).unique(maintain_order=True)
    alt = f"A straight line from {more(ends[0])} in {_PARTS[0]} to {more(ends[1])} in {_PARTS[1]}. {answer.sentence}"
    return Chart(answer.sentence, question, drawing, table, alt)


_PARTS = ("no visit", "all visits")


def _end_texts(drawing: Drawing, ends: tuple[int, int]) -> None:
    """What the difference is in no visit and in all, on the side of the line that is free."""
    rising = ends[1] > ends[0]
    under = {"yanchor": "top", "yshift": -8}
    over = {"yanchor": "bottom", "yshift": 8}
    left = {"text": f"{_PARTS[0]}: {signed(ends[0])}", "x": 0, "xanchor": "left", "y": on_axis(ends[0])}
    right = {"text": f"{_PARTS[1]}: {signed(ends[1])}", "x": 1, "xanchor": "right", "y": on_axis(ends[1])}
    drawing.add_notes([{**left, **(under if rising else over)}, {**right, **(over if rising else under)}])


def _mark_crossing(drawing: Drawing, share: Fraction, *, rising: bool) -> None:
    """A diamond where the line is at zero, its text away from the line."""
    label = f"breaks even at {float(share):.1%}"
    drawing.add_scatter(
        x=[float(share)],
        y=[0],
        mode="markers",
        marker={"size": 15, "symbol": "diamond", "color": colors.WARNING},
        customdata=[f"{label} of the visits"],
        hovertemplate="%{customdata}<extra></extra>",
    )
    early = share < _LATE
    up = rising != early
    anchor = {"xanchor": "left" if early else "right", "xshift": 10 if early else -10}
    anchor |= {"yanchor": "bottom", "yshift": 8} if up else {"yanchor": "top", "yshift": -8}
    drawing.add_notes([{"text": label, "x": float(share), "y": 0, **anchor}])


def _with_room(ends: tuple[int, int]) -> list[float]:
    """The axis from the lowest to the highest amount, zero among them, with room for the texts."""
    low, high = min(*ends, 0) / 100, max(*ends, 0) / 100
    room = 0.18 * (high - low) or 1.0
    return [low - room, high + room]
