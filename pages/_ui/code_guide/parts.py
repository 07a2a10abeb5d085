"""What every part of the Code guide shows the same way: lists, sources, codes to open, where the reader is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis.codes.hcpcs import code_with_label
from pages._ui.kit import session
from pages._ui.kit.text import day, safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analysis.codes.guide import Source

SEARCH, SHOW, CODE = "guide_search", "guide_show", "guide_code"
"""Keys of the search box, of the part that is shown, and of the code whose card is open."""
CARD = "code"
"""The part that shows one code."""
LOCALITY = "guide_locality"

session.register_keys(of_file=(LOCALITY,))


def open_card(code: str) -> None:
    """Show a code's card at the next run, instead of what was searched for."""
    st.session_state[CODE], st.session_state[SHOW], st.session_state[SEARCH] = code, CARD, ""


def cards(codes: Sequence[str], key: str) -> None:
    """Offer the cards of some codes."""
    with st.container(horizontal=True):
        for code in codes:
            st.button(
                safe(code_with_label(code)),
                key=f"open_{key}_{code}",
                icon=":material/arrow_forward:",
                on_click=open_card,
                args=(code,),
            )


def bullets(lines: Iterable[str]) -> None:
    """Show sentences as a list."""
    st.markdown("\n".join(f"- {safe(line)}" for line in lines))


def sources(found: Iterable[Source], since: str = "") -> None:
    """Say where a statement is from, when that was published and since when all of it is checked."""
    named = dict.fromkeys(found)
    read_on = min(source.read_on for source in named)
    titles = "; ".join(f"{source.title} ({source.published})" for source in named)
    st.caption(safe(f"{since}{'. ' if since else ''}Source: {titles}. Checked {day(read_on)}."))
