"""Filing limits: how long each payer takes claims and appeals, as the clinic enters it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import streamlit as st
from streamlit.column_config import NumberColumn

from analysis import payments
from pages._ui.kit import tables
from pages._ui.kit.text import count, safe

if TYPE_CHECKING:
    from pages._ui.kit.view import View

LIMITS = "filing_limits"
"""Key of the limits of this session; they outlast the lines, as contracts do."""
PAYER, FILE, APPEAL = "Payer", "Days to send a claim", "Days to appeal"
MOST = 3650
"""Days; more is a slip of the keyboard."""


def entered() -> tuple[payments.FilingLimit, ...]:
    """Return the limits entered in this session."""
    limits: tuple[payments.FilingLimit, ...] = st.session_state.get(LIMITS, ())
    return limits


def show(view: View, found: pl.DataFrame) -> None:
    """Ask for the limits that are missing; nothing where nothing is owed."""
    if found.is_empty():
        return
    limits = entered()
    without = payments.payers_without_limit(view.priced.lines, limits)
    if without:
        st.caption(
            safe(
                f"No deadline is shown for {count(len(without), 'payer')}: enter your payer's filing limit. "
                "Medicare's is set by law."
            )
        )
    with st.expander("Filing limits", icon=":material/event_busy:"):
        _edit(without, limits)


def _edit(without: tuple[str, ...], limits: tuple[payments.FilingLimit, ...]) -> None:
    st.caption(
        "Your contracts say them: days from the service to send a claim, and days from the payer's answer to appeal. "
        "They are kept until you close RevMix."
    )
    known = {limit.payer: limit for limit in limits}
    names = [*known, *(name for name in without if name not in known)]
    table = pl.DataFrame(
        {
            PAYER: names,
            FILE: [known[name].file_days if name in known else None for name in names],
            APPEAL: [known[name].appeal_days if name in known else None for name in names],
        },
        schema={PAYER: pl.String, FILE: pl.Int64, APPEAL: pl.Int64},
    )
    days = {name: NumberColumn(name, min_value=1, max_value=MOST, step=1) for name in (FILE, APPEAL)}
    edited = tables.edit(
        table, alt="Filing limits by payer", key="payments_limits", fixed=[PAYER], units={}, config=days,
    )  # fmt: skip
    changed = tuple(payments.FilingLimit(*row) for row in edited.iter_rows() if row[1] or row[2])
    if st.button("Use these limits", key="payments_use_limits", disabled=changed == limits):
        st.session_state[LIMITS] = changed
        st.rerun()
