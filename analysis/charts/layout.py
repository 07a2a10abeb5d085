"""The look all charts share, and rows: a horizontal layout that reads on a phone as well as on a desk.

A row carries its name above its bar, at the left, and its figure at the right, so that no label is ever cut off at a
narrow width and no value axis has to be read to know an amount.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from analysis.charts.colors import CLEAR, GRID
from analysis.charts.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROW_PIXELS = 44
BAR: dict[str, Any] = {"orientation": "h", "width": 0.36, "offset": -0.22}
"""A row's bar: close under its name, well above the next row's."""

MIDDLE: float = BAR["offset"] + BAR["width"] / 2
"""Where the middle of a row's marks lies below its whole number."""

_LINE_LETTERS = 46
"""Letters of a row's name and figure together that a phone shows side by side."""

_END_LETTERS = 14
_LETTER_PIXELS = 7.4

Dollars = float
"""Cents as dollars for a position on an axis only; every amount in words is made of the cents (analysis.money)."""


def on_axis(cents: int | None) -> Dollars | None:
    """Where an amount lies on a dollar axis."""
    return None if cents is None else cents / 100


def safe(text: str, max_letters: int | None = None) -> str:
    """Text of the user's file for a figure: shortened, and escaped, as Plotly reads some HTML."""
    shortened = text if max_letters is None or len(text) <= max_letters else f"{text[: max_letters - 1].rstrip()}…"
    return escape(shortened, quote=False)


_AXIS = {"automargin": True, "gridcolor": GRID, "zerolinecolor": GRID, "fixedrange": True}
_LOOK: dict[str, Any] = {
    "paper_bgcolor": CLEAR,
    "plot_bgcolor": CLEAR,
    "showlegend": False,
    "hoverlabel": {"align": "left"},
    "hovermode": "closest",
    "bargap": 0.25,
    "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
    "modebar": {"remove": ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"]},
    "xaxis": _AXIS,
    "yaxis": _AXIS,
}
"""The house look."""


def figure(height: int, **layout: Any) -> Drawing:  # noqa: ANN401  Plotly's own layout arguments
    """An empty figure in the house look: transparent, quiet grid, hover text to the left, no legend."""
    return Drawing({**_LOOK, "height": height}).update_layout(**layout)


def dollar_axis(title: str) -> dict[str, Any]:
    """An axis in dollars with its unit in the title."""
    return {"title": {"text": title}, "tickformat": "$~s"}


def share_axis(title: str, highest: float) -> dict[str, Any]:
    """An axis of shares from zero to a little above the highest."""
    return {"title": {"text": title}, "tickformat": ".0%", "range": [0, min(1.0, highest * 1.12 + 0.02)]}


def row_lines(drawing: Drawing, count: int, lines: Iterable[tuple[float, dict[str, Any]]]) -> None:
    """Vertical lines through the marks of all rows, interrupted where the rows' texts stand: where, and how drawn."""
    drawing.add_shapes(
        {
            "type": "line",
            "x0": x,
            "x1": x,
            "y0": position + MIDDLE - 0.24,
            "y1": position + MIDDLE + 0.24,
            "line": line,
            "layer": "below",
        }
        for x, line in lines
        for position in range(count)
    )


def rows(
    names: Sequence[str],
    values: Sequence[str],
    axis: dict[str, Any],
    *,
    legend: bool = False,
    pixels: int = ROW_PIXELS,
) -> Drawing:
    """A figure with one row for each name, the first at the top; row `i` is drawn at y = i.

    Parameters
    ----------
    names, values:
        The row's text at the left and at the right, above its marks. Names are escaped and shortened here.
    axis:
        The horizontal axis.
    legend:
        Room for a key of the marks above the rows.
    pixels:
        Height of a row.
    """
    top = 34 if legend else 8
    drawing = figure(len(names) * pixels + top + 58)
    drawing.update_layout(margin={"l": 10, "r": 14, "t": top, "b": 50}, barmode="overlay")
    if legend:
        key = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "itemclick": False}
        drawing.update_layout(showlegend=True, legend={**key, "itemdoubleclick": False})
    drawing.update_xaxes(**axis)
    drawing.update_yaxes(visible=False, range=[len(names) - 0.6, -0.72], automargin=False)
    notes: list[dict[str, Any]] = []
    for position, (name, value) in enumerate(zip(names, values, strict=True)):
        anchor = {"y": position, "yref": "y", "yshift": 9, "yanchor": "bottom", "xref": "paper"}
        short_name = safe(name, max(_END_LETTERS, _LINE_LETTERS - len(value)))
        notes += [
            {**anchor, "text": short_name, "x": 0, "xanchor": "left"},
            {**anchor, "text": value, "x": 1, "xanchor": "right"},
        ]
    drawing.add_notes(notes)
    return drawing


def end_labels(
    drawing: Drawing, labels: Sequence[tuple[str, float, str]], *, span: tuple[float, float], height: int, gap: int = 15
) -> None:
    """Write labels beside the right end of series, moved apart where they would touch, and make room for them.

    Parameters
    ----------
    labels:
        Text, value the label belongs to, color of the mark before it.
    span:
        Lowest and highest value of the axis.
    height, gap:
        Height of the drawing area, and least distance of two labels, in pixels.
    """
    ordered = sorted(labels, key=lambda label: label[1])
    longest = max((min(len(text), _END_LETTERS) for text, _, _ in labels), default=0)
    drawing.update_layout(margin={"r": 26 + round(longest * _LETTER_PIXELS)})
    heights = _apart([value for _, value, _ in ordered], span[1], (span[1] - span[0]) * gap / height)
    drawing.add_notes(
        (
            {
                "text": f'<span style="color:{color}">■</span> {safe(text, _END_LETTERS)}',
                "x": 1,
                "xref": "paper",
                "xanchor": "left",
                "xshift": 4,
                "y": y,
                "yref": "y",
                "yanchor": "middle",
                "align": "left",
            }
            for (text, _, color), y in zip(ordered, heights, strict=True)
        ),
    )


def _apart(values: Sequence[float], top: float, gap: float) -> list[float]:
    """Rising values moved at least `gap` apart: upwards, and back from the top where they run over it."""
    heights: list[float] = []
    for value in values:
        heights.append(max(value, heights[-1] + gap) if heights else value)
    ceiling = top
    for index in reversed(range(len(heights))):
        heights[index] = min(heights[index], ceiling)
        ceiling = heights[index] - gap
    return heights
