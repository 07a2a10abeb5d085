"""Colours: one a code on every page, one accent for our own figures, grey for context, one for warnings.

Each has a contrast of at least 3:1 with a white page and with a near-black one, and the codes that most often stand
side by side stay apart under the common forms of colour blindness (tests/charts/test_colours.py). Colour never says
anything alone: labels, dashes or the table say it too.
"""

from __future__ import annotations

from analysis.codes import hcpcs as codes

ACCENT = "#1C938A"
"""Our own figures: the clinic's."""

ACCENT_PALE = "rgba(28, 147, 138, 0.38)"
"""ACCENT for the wider bar behind another; a colour of its own, as keys do not show a mark's opacity."""

WARNING = "#C2722B"
"""What is taken away, or needs a look."""

CONTEXT = "#7C9096"
"""What ours is compared with, and everything that is not the point."""

GRID = "rgba(124, 144, 150, 0.28)"
"""Grid lines, which stay behind the data on either page."""

CLEAR = "rgba(0, 0, 0, 0)"

_OWN = {
    "97110": "#2896F4",
    "97112": "#D77D19",
    "97530": "#3BA581",
    "97140": "#8C48C0",
    "97116": "#796007",
    "G0283": "#A83876",
    "97535": "#3594A7",
    "97113": "#8C5E56",
    "97161": "#D85653",
    "97150": "#69814C",
}

_SHARED = ("#5B84B1", "#B07A4A", "#5F9377", "#9A79B8", "#8A8250", "#B56A8D", "#5D8F99")
"""For codes seldom drawn; neighbours in data/codes.csv differ."""


def of_code(code: str) -> str:
    """A code's colour, the same on every page; CONTEXT for a code we have no label for, and for "Other"."""
    if code in _OWN:
        return _OWN[code]
    order = [known for known in codes.load() if known not in _OWN]
    return _SHARED[order.index(code) % len(_SHARED)] if code in order else CONTEXT


def of_key(by: str, key: str, position: int) -> str:
    """The colour of a band: a code's own; else by position, the remainder band always CONTEXT."""
    if by == "code":
        return of_code(key)
    palette = tuple(_OWN.values())
    return palette[position % len(palette)]
