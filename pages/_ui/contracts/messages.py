"""What the page has to say once, after a click that changed something: at the top, or where the click was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._ui.kit.text import safe

if TYPE_CHECKING:
    from analysis.errors import RevMixError

TOP, PART = "contracts_said_at_the_top", "contracts_said_in_the_part"


def refuse(error: RevMixError, place: str = PART) -> None:
    """Keep an error to show once."""
    _keep(place, ("error", safe(error)))


def say(*notices: str, place: str = PART) -> None:
    """Keep notices to show once."""
    for notice in notices:
        _keep(place, ("info", safe(notice)))


def _keep(place: str, message: tuple[str, str]) -> None:
    st.session_state[place] = (*st.session_state.get(place, ()), message)


def show(place: str) -> None:
    """Show what was kept for a place."""
    for kind, text in st.session_state.pop(place, ()):
        if kind == "error":
            st.error(text, icon=":material/error:")
        else:
            st.info(text, icon=":material/info:")
