"""Filing limits: how long each payer takes claims and appeals, as the clinic enters it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import streamlit as st
from streamlit.column_config import NumberColumn

from analysis import payments
from analysis.errors import BadInput
from pages._ui.kit import tables
from pages._ui.kit.text import count, safe

if TYPE_CHECKING:
    from pages._ui.kit.view import View

LIMITS = "filing_limits"
"""Key of the limits; they outlast the lines, as contracts do."""
PROBLEM = "filing_limits_problem"
"""Key of why kept limits could not be read."""
PAYER, FILE, APPEAL = "Payer", "Days to send a claim", "Days to appeal"


def entered() -> tuple[payments.FilingLimit, ...]:
    """Return the limits kept on this computer, or entered since."""
    if LIMITS not in st.session_state:
        st.session_state[LIMITS] = ()
        try:
            st.session_state[LIMITS] = payments.load_limits()
        except BadInput as error:
            st.session_state[PROBLEM] = str(error)
    limits: tuple[payments.FilingLimit, ...] = st.session_state[LIMITS]
    return limits


def show(view: View, found: pl.DataFrame) -> None:
    """Ask for the limits that are missing; nothing where nothing is owed."""
    if found.is_empty():
        return
    limits = entered()
    if problem := st.session_state.get(PROBLEM):
        st.error(safe(f"Your filing limits could not be read, so they aren't used: {problem}"), icon=":material/error:")
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
        "They are kept on this computer."
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
    days = {name: NumberColumn(name, min_value=1, max_value=payments.MOST_DAYS, step=1) for name in (FILE, APPEAL)}
    edited = tables.edit(
        table, alt="Filing limits by payer", key="payments_limits", fixed=[PAYER], units={}, config=days,
    )  # fmt: skip
    changed = tuple(payments.FilingLimit(*row) for row in edited.iter_rows() if row[1] or row[2])
    if st.button("Keep these limits", key="payments_keep_limits", disabled=changed == limits):
        try:
            payments.save_limits(changed)
        except BadInput as error:
            st.error(safe(error), icon=":material/error:")
            return
        st.session_state[LIMITS] = changed
        st.session_state.pop(PROBLEM, None)
        st.rerun()
