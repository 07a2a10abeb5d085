"""What pages share of unripe months: which ones they are, and figures whose averages leave them out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analysis import metrics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.metrics import Figure, Ripeness
    from pages._ui.kit.view import View

AVERAGES = ("settled_per_visit", "net_collection")
"""Figures of payments that are averages or rates: those of answered months."""


def ripeness(view: View) -> Ripeness:
    """Return how far payers have answered each month of the filtered lines."""
    return view.cached("ripeness", (), lambda: metrics.ripeness(view.lines, view.fields))


def totals(view: View) -> Mapping[str, Figure]:
    """Return the figures of all filtered lines; averages and rates of payments are those of answered months."""
    ripe = ripeness(view)

    def both() -> Mapping[str, Figure]:
        figures = metrics.totals(view.lines, view.fields)
        if not ripe.missing:
            return figures
        answered = metrics.totals(view.lines.filter(ripe.is_ripe()), view.fields)
        left_out = {
            name: replace(
                answered[name], note="; ".join(filter(None, (f"left out: {ripe.missing}", answered[name].note)))
            )
            for name in AVERAGES
            if answered[name].missing is None
        }
        return {**figures, **left_out}

    return view.cached("totals", (), both)


def answers(view: View) -> tuple[str, ...]:
    """Say which months payers have not answered far enough, and how that shows on the page."""
    missing = ripeness(view).missing
    return (f"{missing}. Titles, averages and comparisons of payments leave that out.",) if missing else ()
