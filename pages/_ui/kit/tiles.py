"""Tiles: one figure each, with its definition on hover; a figure whose data is missing says what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis.metrics import definition
from pages._ui.kit import shell
from pages._ui.kit.text import MILLION_CENTS, money, safe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.metrics import Figure


def show(figures: Mapping[str, Figure], names: Sequence[str]) -> None:
    """Show the named figures side by side, as many in a row as fit."""
    present = [figures[name] for name in names if figures[name].missing is None]
    with st.container(horizontal=True, key="tiles"):
        for figure in present:
            st.metric(safe(figure.label), _value(figure), help=_help(figure), border=True)
    absent = [figures[name] for name in names if figures[name].missing is not None]
    for sentence in dict.fromkeys(figure.missing.sentence for figure in absent if figure.missing):
        labels = ", ".join(figure.label for figure in absent if figure.missing and figure.missing.sentence == sentence)
        st.caption(safe(f"{labels}: {sentence}"))
    if absent:
        shell.correct_button("tiles")


def _value(figure: Figure) -> str:
    """Return the rounded value; from a million dollars in millions, so that it fits (the exact one is on hover)."""
    cents = figure.value if definition(figure.name).unit == "cents" else None
    if isinstance(cents, int) and cents >= MILLION_CENTS:
        return money(cents).replace("\\", "")
    return figure.text


def _help(figure: Figure) -> str:
    """Return the definition, the exact value, and how many lines it covers."""
    exact = f"Exact amount: {figure.exact}" if figure.exact != figure.text else ""
    return "\n\n".join(safe(part) for part in (figure.help, exact, figure.note) if part)
