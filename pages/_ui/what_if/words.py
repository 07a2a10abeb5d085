"""Amounts of differences in words."""

from __future__ import annotations

from typing import Literal

from analysis.money import dollars
from pages._ui.kit.text import safe


def marked(text: str) -> str:
    """A sentence for a Markdown place, in which PROPOSED stands out."""
    return safe(text).replace("PROPOSED", ":orange[PROPOSED]")


def signed(cents: int, places: Literal[0, 2] = 0) -> str:
    """A difference with its sign, in whole dollars or to the cent: ``+$4,310``, ``-$31.07``."""
    return f"{'+' if cents > 0 else ''}{dollars(cents, places=places)}"


def change(cents: int, before: int) -> str:
    """A difference with its part of what was: ``+$4,310 (+1.2%)``."""
    return f"{signed(cents)} ({cents / before:+.1%})" if before else signed(cents)


def brings(cents: int) -> str:
    """What a difference does, to begin a sentence's predicate with."""
    if not cents:
        return "changes nothing"
    return f"{'adds' if cents > 0 else 'costs'} {dollars(abs(cents), places=0)}"
