"""What the page has to say once, after a click that changed something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._ui.kit.text import safe

if TYPE_CHECKING:
    from analysis.errors import RevMixError

ERRORS, NOTICES = "contracts_errors", "contracts_notices"


def refuse(error: RevMixError) -> None:
    """Keep an error to show once."""
    st.session_state[ERRORS] = (*st.session_state.get(ERRORS, ()), safe(error))


def say(*notices: str) -> None:
    """Keep notices to show once."""
    st.session_state[NOTICES] = (*st.session_state.get(NOTICES, ()), *map(safe, notices))


def show() -> None:
    """Show what was kept."""
    for text in st.session_state.pop(ERRORS, ()):
        st.error(text, icon=":material/error:")
    for text in st.session_state.pop(NOTICES, ()):
        st.info(text, icon=":material/info:")
