"""What-if: what would change, exactly, under other coding choices, other fee schedules and other contracts."""

from __future__ import annotations

import streamlit as st

from analysis.errors import RevMixError
from analysis.whatif.answers import compare
from pages._ui.kit import filters, shell
from pages._ui.kit.screens import WHAT_IF
from pages._ui.kit.shell import headline, screen
from pages._ui.kit.text import safe
from pages._ui.kit.view import View, open_view, show_scope
from pages._ui.what_if import controls, files, guard, money, result, start_page, state
from pages._ui.what_if.words import highlight_proposed


def show_questions(view: View) -> None:
    """Show the common questions, each with its answer, while there is no scenario."""
    heading = st.container()
    state.choose_baseline()
    try:
        replies = start_page.all_replies(view)
    except RevMixError as error:
        with heading:
            headline(WHAT_IF, start_page.NO_ANSWER)
            show_scope(view, state.baseline(view))
        show_problem(view, error)
        return
    with heading:
        headline(WHAT_IF, highlight_proposed(start_page.first_sentence(view, replies)))
        show_scope(view, state.baseline(view))
        money.choose()
    st.markdown("Choose a question to see how we got the answer, and to change it.")
    start_page.cards(view, replies)
    start_page.overview(view, replies)
    with st.expander("Open a saved scenario or a file", icon=":material/folder_open:"):
        files.load()


def show_problem(view: View, error: RevMixError) -> None:
    """Show an error, and which visits count: a scenario may be about others."""
    shell.problem(error)
    if (start := state.baseline(view)) is not None:
        st.caption(safe(f'Only the visits of {start.span} count. "{state.STARTS[state.AS_IT_WAS]}" counts all visits.'))


def show_answer(view: View, slot: state.Slot) -> None:
    """Show the selected scenario: its sliders, its result beside them, its guard rails, its parts."""
    heading = st.container()
    state.choose_baseline()
    files.switch()
    bar = st.container()
    left, right = st.columns((2, 3), gap="large")
    with left:
        slot, problem = controls.show(view, slot)
    with bar:  # what is saved, shared or duplicated is what the sliders show now
        files.bar(view, slot)
    if problem is not None:
        with right:
            shell.problem(problem)
            st.caption("Showing the last scenario that could be priced.")
    try:
        cube = state.cube(view)
        comparison = compare(cube, slot.scenario)
        payer_revenue, measure = money.payers(view, cube).revenue(slot.scenario), money.chosen()
    except RevMixError as error:
        with heading:
            headline(WHAT_IF, safe(f"{slot.scenario.name}: one problem to fix"))
            show_scope(view, state.baseline(view))
        with right:
            show_problem(view, error)
            controls.leave_out(view, slot)
        return
    with heading:
        headline(WHAT_IF, highlight_proposed(result.sentence(view, comparison, payer_revenue, measure)))
        show_scope(view, state.baseline(view))
        money.choose()
        result.about(payer_revenue, measure)
    with right:
        result.tiles(comparison, payer_revenue, measure)
        shell.notes(result.notes(comparison, measure))
        guard.strip(view, cube, comparison)
    result.parts(result.Answer(view, cube, slot, comparison, payer_revenue, measure))


with screen(WHAT_IF):
    state.open_link()
    if (view := open_view(WHAT_IF)) is not None:
        with st.container():  # always there, so that nothing below is redrawn when a message disappears
            if error_text := st.session_state.pop(state.ERROR, None):
                st.error(error_text, icon=":material/error:")
            if notice := st.session_state.pop(state.NOTICE, None):
                st.info(notice, icon=":material/info:")
        if not view.has_locality:
            shell.empty(
                WHAT_IF,
                "A what-if needs the clinic's ZIP code: none of these lines has a Medicare locality",
                button="Set the ZIP code",
            )
            filters.chips(view.filters)
        elif (slot := state.selected_slot()) is None:
            show_questions(view)
        else:
            show_answer(view, slot)
