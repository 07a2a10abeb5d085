"""What-if: what would change, exactly, under other coding choices, other fee schedules and other contracts."""

from __future__ import annotations

import streamlit as st

from analysis.errors import RevMixError
from analysis.whatif.answers import compare
from pages._ui.kit import filters, shell
from pages._ui.kit.screens import WHAT_IF
from pages._ui.kit.shell import headline, screen
from pages._ui.kit.text import safe
from pages._ui.kit.view import View, standing, view
from pages._ui.what_if import controls, files, guard, opening, result, state
from pages._ui.what_if.words import marked


def begin(seen: View) -> None:
    """No scenario yet: the questions managers come with, each with its answer."""
    answers = opening.replies(seen)
    headline(WHAT_IF, marked(opening.first(seen, answers)))
    standing(seen)
    st.markdown("Choose a question to see how we got the answer, and to change it.")
    opening.cards(seen, answers)
    opening.overview(answers)
    with st.expander("Open a saved scenario or a file", icon=":material/folder_open:"):
        files.load()


def answer(seen: View, draft: state.Draft) -> None:
    """The scenario looked at: its sliders, its result beside them, its guard rails, its parts."""
    heading = st.container()
    files.switch()
    bar = st.container()
    left, right = st.columns((2, 3), gap="large")
    with left:
        draft, refused = controls.show(seen, draft)
    with bar:  # what is kept, shared or duplicated is what the sliders say now
        files.bar(seen, draft)
    if refused is not None:
        with right:
            shell.problem(refused)
            st.caption("Showing the last scenario that could be priced.")
    try:
        cube = state.cube(seen)
        found = compare(cube, draft.scenario)
        paid = result.all_payers(cube, draft.scenario)
    except RevMixError as error:
        with heading:
            headline(WHAT_IF, safe(f"{draft.scenario.name}: one problem to fix"))
            standing(seen)
        with right:
            shell.problem(error)
            controls.leave_out(seen, draft)
        return
    with heading:
        headline(WHAT_IF, marked(result.sentence(seen, found, paid)))
        standing(seen)
    with right:
        result.tiles(found, paid)
        shell.notes(found.notes)
        guard.strip(seen, cube, found)
    result.parts(result.Answer(seen, cube, draft, found, paid))


with screen(WHAT_IF):
    state.take_linked()
    if (seen := view(WHAT_IF)) is not None:
        with st.container():  # there with or without a message, so that nothing below is drawn anew when it goes
            if message := st.session_state.pop(state.MESSAGE, None):
                st.error(message, icon=":material/error:")
            if known := st.session_state.pop(state.NOTE, None):
                st.info(known, icon=":material/info:")
        if not seen.placed:
            shell.empty(
                WHAT_IF,
                "A what-if needs the clinic's ZIP code: none of these lines has a Medicare locality",
                button="Set the ZIP code",
            )
            filters.chips(seen.filters)
        elif (draft := state.chosen()) is None:
            begin(seen)
        else:
            answer(seen, draft)
