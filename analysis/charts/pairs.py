"""Rows with two amounts each: an open dot and a filled one, joined by a line, and what is written below them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.charts import colors
from analysis.charts.drawing import Drawing, Trace, scatter
from analysis.charts.layout import MIDDLE, ROW_PIXELS, safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Pair = tuple[float | None, float | None]
"""Where a row's open dot and its filled one lie on the axis."""

OPEN, FILLED = "○", "●"
"""The two dots, as they stand in a text beside them."""

_SYMBOLS = {OPEN: "circle-open", FILLED: "circle"}
_SIZES = {OPEN: 16, FILLED: 8}
"""The filled dot is smaller: where both stand at the same position, each is still seen."""

LINE = 18
"""Pixels of a line of text below a row."""

_BELOW = 7
"""Pixels from a row's own position down to its text below."""

_EDGE = 0.35
"""Part of the axis at either end in which a text begins or ends at its mark, so that it is not cut off."""


def connections(pairs: Sequence[Pair]) -> Trace:
    """One line a row between its two positions on the axis; rows without both have none."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for position, (start, end) in enumerate(pairs):
        if start is not None and end is not None:
            # The empty third point parts one row's line from the next.
            xs += [start, end, None]
            ys += [position + MIDDLE, position + MIDDLE, None]
    line = {"color": colors.CONTEXT, "width": 3}
    return scatter(x=xs, y=ys, mode="lines", line=line, hoverinfo="skip", showlegend=False)


def dots(pairs: Sequence[Pair], color: Sequence[str], hover: Sequence[str]) -> list[Trace]:
    """The open dots of all rows, and the filled ones."""
    return [
        scatter(
            x=[pair[index] for pair in pairs],
            y=[position + MIDDLE for position in range(len(pairs))],
            mode="markers",
            marker={
                "size": _SIZES[kind],
                "color": color,
                "symbol": _SYMBOLS[kind],
                "line": {"width": 2.5, "color": color},
            },
            customdata=hover,
            hovertemplate="%{customdata}<extra></extra>",
        )
        for index, kind in enumerate((OPEN, FILLED))
    ]


def ticks(marks: Sequence[tuple[int, float, str]], color: str = colors.CONTEXT) -> Trace:
    """Vertical marks at the figures we compare with: row, position on the axis, hover text."""
    return scatter(
        x=[x for _, x, _ in marks],
        y=[row + MIDDLE for row, _, _ in marks],
        mode="markers",
        marker={"size": 11, "symbol": "line-ns", "line": {"width": 2.5, "color": color}},
        customdata=[hover for _, _, hover in marks],
        hovertemplate="%{customdata}<extra></extra>",
    )


def below(drawing: Drawing, notes: Iterable[dict[str, Any]], lines: int = 1) -> None:
    """Write a text below each row's marks, the rows growing to hold so many lines; bars keep their height.

    Parameters
    ----------
    drawing:
        A figure of `layout.rows`, its marks drawn.
    notes:
        One a row, in the rows' order, empty for a row without: its text and where it lies across.
    """
    texts = list(notes)
    drawing.update_layout(height=drawing.layout["height"] + LINE * lines * len(texts))
    row = ROW_PIXELS + LINE * lines
    top = drawing.layout["yaxis"]["range"][1]
    drawing.update_yaxes(range=[len(texts) - 1 + (_BELOW + LINE * lines + 6) / row, top])
    taller = row / ROW_PIXELS
    for bars in (trace for trace in drawing.data if trace["type"] == "bar"):
        bars |= {"width": bars["width"] / taller, "offset": bars["offset"] / taller}
    anchor = {"yref": "y", "yanchor": "top", "yshift": -_BELOW, "font": {"size": 12}}
    drawing.add_notes(({**anchor, "y": position, **note} for position, note in enumerate(texts) if note))


def named_marks(marks: Sequence[tuple[str, float]], span: tuple[float, float]) -> dict[str, Any]:
    """One text for the marks of a row, in their order from left to right, near them and within the axis."""
    if not marks:
        return {}
    ordered = sorted(marks, key=lambda mark: mark[1])
    text = " · ".join(safe(name) for name, _ in ordered)
    lowest, highest = ordered[0][1], ordered[-1][1]
    middle = (lowest + highest) / 2
    across = (middle - span[0]) / (span[1] - span[0])
    if across < _EDGE:
        return {"text": text, "x": lowest, "xanchor": "left", "xshift": -4}
    if across > 1 - _EDGE:
        return {"text": text, "x": highest, "xanchor": "right", "xshift": 4}
    return {"text": text, "x": middle, "xanchor": "center"}
