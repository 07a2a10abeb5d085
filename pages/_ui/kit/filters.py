"""Filters: set in the sidebar, kept across pages, shown above the content as chips that a click removes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import streamlit as st

from analysis.lines.filters import COLUMNS, NAMES, Chip, Filters, choices, days
from pages._ui.kit.session import DATES
from pages._ui.kit.text import safe

if TYPE_CHECKING:
    import polars as pl

LABELS = {field: NAMES[column] for field, column in COLUMNS.items() if field != "codes"}


def _key(field: str) -> str:
    return f"filter_{field}"


def reset() -> None:
    """Remove every filter, as a new file needs."""
    for key in (DATES, *(_key(field) for field in LABELS)):
        st.session_state.pop(key, None)


def sidebar(lines: pl.DataFrame) -> Filters:
    """Draw the filter widgets for a data set and return their values. `lines` is the whole, unfiltered frame."""
    first, last = days(lines)
    with st.sidebar:
        st.markdown("**Filters**")
        if DATES not in st.session_state:
            st.session_state[DATES] = (first, last)
        span = st.date_input(
            "Dates of service", min_value=first, max_value=last, key=DATES, persist_state="session", format="MM/DD/YYYY"
        )
        values = {field: _choice(lines, field, label) for field, label in LABELS.items()}
    start, end = _ends(span)
    return Filters(start=None if start == first else start, end=None if end == last else end, **values)


def _ends(span: object) -> tuple[date | None, date | None]:
    """Return both ends of the range; the second is None while the user has clicked only one day."""
    clicked = [day for day in span if isinstance(day, date)] if isinstance(span, tuple) else []
    start, end, *_ = (*clicked, None, None)
    return start, end


def _choice(lines: pl.DataFrame, field: str, label: str) -> tuple[str, ...]:
    """Draw a multiselect of a field's values; no widget if there is nothing to choose."""
    options = choices(lines, field)
    if len(options) <= 1:
        return ()
    return tuple(
        st.multiselect(label, options, key=_key(field), persist_state="session", placeholder=f"All ({len(options)})")
    )


def chips(filters: Filters) -> None:
    """Show every active filter above the content; a click removes it."""
    in_use = filters.chips()
    if not in_use:
        return
    with st.container(horizontal=True, key="chips", gap="small"):
        for number, chip in enumerate(in_use):
            st.button(
                safe(chip.text),
                key=f"chip_{number}",
                icon=":material/close:",
                icon_position="right",
                help="Remove this filter",
                on_click=_remove,
                args=(filters, chip),
            )
        if len(in_use) > 1:
            st.button("Clear all", key="chip_all", type="tertiary", on_click=reset)


def _remove(filters: Filters, chip: Chip) -> None:
    remaining = filters.without(chip)
    if (remaining.start, remaining.end) != (filters.start, filters.end):
        st.session_state.pop(DATES, None)
    for field in LABELS:
        st.session_state[_key(field)] = list(getattr(remaining, field))
