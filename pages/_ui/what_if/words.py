"""Amounts of differences in words."""

from __future__ import annotations

from typing import Literal

from analysis.money import dollars
from analysis.money import signed as with_sign
from pages._ui.kit.text import safe


def highlight_proposed(text: str) -> str:
    """Escape a sentence for Markdown and highlight PROPOSED in it."""
    return safe(text).replace("PROPOSED", ":orange[PROPOSED]")


def signed(cents: int, places: Literal[0, 2] = 0) -> str:
    """Format a difference with its sign, in whole dollars or to the cent: ``+$4,310``, ``-$31.07``."""
    return with_sign(cents, places=places)


def change(cents: int, before: int) -> str:
    """Format a difference with its share of the amount before: ``+$4,310 (+1.2%)``."""
    return f"{signed(cents)} ({cents / before:+.1%})" if before else signed(cents)


def brings(cents: int) -> str:
    """Say what a difference does, as a verb and an amount."""
    if not cents:
        return "changes nothing"
    return f"{'adds' if cents > 0 else 'costs'} {dollars(abs(cents), places=0)}"
