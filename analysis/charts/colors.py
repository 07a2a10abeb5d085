"""Colors: one a code on every page, one accent for our own figures, gray for context, one for warnings.

Each has a contrast of at least 3:1 with a white page and with a near-black one, and the codes that most often stand
side by side stay apart under the common forms of color blindness (tests/charts/test_colors.py). Color never says
anything alone: labels, dashes or the table say it too.

No two colors that have 3:1 with white and with near-black have it with each other, so marks that touch are parted in
another way: a bar behind another, or paler than its neighbours, is an outline (`outlined`), and bars that stand on each
other have a line of the page's own color between them (`parted`).
"""

from __future__ import annotations

from typing import Any

from analysis.codes import hcpcs as codes

PAGE = {"light": "#FFFFFF", "dark": "#11181B"}
"""What the marks stand on: the backgrounds of .streamlit/config.toml."""

ACCENT = "#1C938A"
"""Our own figures: the clinic's."""

WARNING = "#C2722B"
"""What is taken away, or needs a look."""

CONTEXT = "#7C9096"
"""What ours is compared with, and everything that is not the point."""

GRID = "rgba(124, 144, 150, 0.28)"
"""Grid lines, which stay behind the data on either page."""

CLEAR = "rgba(0, 0, 0, 0)"

_OF_CODE = {
    "97110": "#2896F4",
    "97112": "#D77D19",
    "97530": "#3BA581",
    "97140": "#8C48C0",
    "97116": "#7F650A",
    "G0283": "#AE3E7C",
    "97535": "#3594A7",
    "97113": "#8C5E56",
    "97161": "#D85653",
    "97150": "#69814C",
}

_SHARED = ("#5B84B1", "#B07A4A", "#5F9377", "#9A79B8", "#8A8250", "#B56A8D", "#5D8F99")
"""For codes seldom drawn; neighbours in data/codes.csv differ."""

OUTLINE = 1.5
"""Pixels of an outline."""

PALE = 0.08
"""Part of its color inside an outline, so little that every mark still has 3:1 with it."""


def pale(color: str) -> str:
    """A color for the inside of an outline; one of its own, as keys do not show a mark's opacity."""
    red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {PALE})"


def outlined(color: str) -> dict[str, Any]:
    """Plotly's properties of a bar behind another: its outline, and hardly anything inside."""
    return {"color": pale(color), "line": {"color": color, "width": OUTLINE}}


def parted(color: str, full_bars: list[bool] | None = None) -> dict[str, Any]:
    """Plotly's properties of bars that stand on each other: the page shows between them.

    Parameters
    ----------
    color:
        The bars' own.
    full_bars:
        False for a bar that is drawn as an outline; None: none is.
    """
    page = PAGE["light"]
    if full_bars is None or all(full_bars):
        return {"color": color, "line": {"color": page, "width": 1}}
    return {
        "color": [color if full else pale(color) for full in full_bars],
        "line": {
            "color": [page if full else color for full in full_bars],
            "width": [1 if full else OUTLINE for full in full_bars],
        },
    }


def on_page(marker: dict[str, Any], page: str) -> dict[str, Any]:
    """A marker whose bars are parted by the color of the page they stand on; others as they are."""
    line = marker.get("line", {}).get("color")
    light = PAGE["light"]
    if line == light:
        return {**marker, "line": {**marker["line"], "color": page}}
    if isinstance(line, list) and light in line:
        return {
            **marker,
            "line": {**marker["line"], "color": [page if bar_color == light else bar_color for bar_color in line]},
        }
    return marker


def of_code(code: str) -> str:
    """A code's color, the same on every page; CONTEXT for a code we have no label for, and for "Other"."""
    if code in _OF_CODE:
        return _OF_CODE[code]
    order = [other for other in codes.load() if other not in _OF_CODE]
    return _SHARED[order.index(code) % len(_SHARED)] if code in order else CONTEXT


def of_key(by: str, key: str, position: int) -> str:
    """The color of a band: a code's own; else by position, the remainder band always CONTEXT."""
    if by == "code":
        return of_code(key)
    palette = tuple(_OF_CODE.values())
    return palette[position % len(palette)]
