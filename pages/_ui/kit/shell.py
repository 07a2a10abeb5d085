"""The frame around every screen: guard, headline, errors in one line, empty states."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from analysis.errors import RevMixError
from pages._ui.kit import focus, gate, idle, session
from pages._ui.kit.screens import DATA, Screen
from pages._ui.kit.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
CORRECT = "Correct the columns"


@contextmanager
def screen(page: Screen) -> Iterator[None]:
    """Run a page's body behind the guard; an error of ours becomes one line, never a traceback.

    When the first visitor after a start opens a deep link, Streamlit runs that page without app.py, so without page
    config, state or navigation. Only app.py sets ``routed``; a page that does not find it goes through app.py first.
    """
    if "routed" not in st.session_state or not gate.is_open():
        st.session_state["wanted"] = page.path
        # The way through app.py drops what the address asks for: the scenario or the visit of a link.
        for name in ("scenario", "visit"):
            st.session_state[f"linked_{name}"] = st.query_params.get(name, "")
        st.switch_page("app.py")
    st.html(HERE / "style.css")
    dark = st.context.theme.type == "dark"
    # Popovers and menus stand outside of the part of the page that Streamlit gives its theme's scheme.
    st.html(f"<style>:root {{ color-scheme: {'dark' if dark else 'light'}; }}</style>")
    if dark:
        st.html(HERE / "dark_on_paper.css")
    idle.say_loss()
    try:
        yield
    except RevMixError as error:
        problem(error)


def problem(error: RevMixError) -> None:
    """Show an error in one line: where, what was found, what was expected, what to do."""
    st.error(safe(error), icon=":material/error:")


def headline(page: Screen, sentence: str, *, step: str = "", has_problem: bool = False) -> None:
    """Show the page's question, small, and its answer as the title; the focus moves there when the page changes.

    Parameters
    ----------
    page, sentence:
        The page, and its answer in Markdown.
    step:
        Which of its steps a page is at.
    has_problem:
        Whether the focus goes to the first problem under the title instead.
    """
    with st.container(key="headline", gap=None):
        st.caption(f"{page.title} · {page.question}")
        st.title(sentence, anchor=False)
        focus.move_focus(f"{page.path} {step}", has_problem=has_problem)


def correct_button(key: str) -> None:
    """Offer to correct the columns of the file, or lead to the list of files if there are several."""
    correctable = [file for file in session.files() if file.correctable]
    if correctable and st.button(CORRECT, icon=":material/view_column:", key=f"to_columns_{key}"):
        session.ask_for_columns(correctable[0] if len(correctable) == 1 else None)
        st.switch_page(DATA.path)


def empty(page: Screen, sentence: str, *, button: str = "Open a billing export", to: Screen = DATA) -> None:
    """Show an empty state: one sentence and one button."""
    headline(page, sentence)
    if st.button(button, type="primary", icon=to.icon, key="empty_state"):
        st.switch_page(to.path)


def notes(lines: tuple[str, ...] | list[str]) -> None:
    """Show the small print of the figures above it."""
    if lines:
        st.caption(safe(" ".join(lines)))
