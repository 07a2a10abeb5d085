"""Managing scenarios: several on the screen, saved on this computer, as files, as a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis.errors import RevMixError
from analysis.whatif.scenarios import link, read_bytes, store, to_toml
from pages._ui.data.dropped import take
from pages._ui.kit.text import file_stem, safe
from pages._ui.what_if import questions, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.whatif.scenarios import Scenario
    from pages._ui.kit.view import View
    from pages._ui.what_if.state import Slot

NONCE = "what_if_file_nonce"


def switch() -> None:
    """Select one of the scenarios on the screen."""
    names = {slot.number: slot.scenario.name for slot in state.slots()}
    slot = state.selected_slot()
    if slot is None or len(names) < 2:  # noqa: PLR2004  nothing to choose between
        return
    number = st.segmented_control(
        "Scenarios",
        list(names),
        format_func=lambda number: safe(names[number]),
        default=slot.number,
        required=True,
        key=f"what_if_switch_{slot.number}_{len(names)}",
        label_visibility="collapsed",
    )
    if number != slot.number:
        state.select(number)
        st.rerun()


def bar(view: View, slot: Slot) -> None:
    """Show what can be done with the selected scenario."""
    with st.container(horizontal=True, vertical_alignment="center", key="what_if_bar"):
        with st.popover("Another scenario", icon=":material/add:"):
            questions.show_questions(view)
            load()
        st.button("Duplicate", icon=":material/content_copy:", type="tertiary", on_click=_duplicate, args=(slot,))
        st.button("Remove scenario", icon=":material/delete:", type="tertiary", on_click=state.remove, args=(slot,))
        with st.popover("Save and share", icon=":material/save:"):
            _share(slot)


def _duplicate(slot: Slot) -> None:
    _add(lambda: slot.scenario)


def _share(slot: Slot) -> None:
    scenario = slot.scenario
    if st.button("Save on this computer", icon=":material/save:", key=slot.key("save")):
        try:
            state.keep_scenario(scenario)
            st.success(safe(f"Saved as {scenario.name}"))
        except RevMixError as error:
            st.error(safe(error))
    st.download_button(
        "Download as a file",
        lambda: to_toml(scenario),
        f"{file_stem(scenario.name.lower())}.toml",
        icon=":material/download:",
        key=slot.key("toml"),
        on_click="ignore",
    )
    st.caption(
        "The link contains what you see here: the changes, and the names of payers, clinics and therapists you chose "
        "for them. It contains no charge lines and no patient data."
    )
    address = str(st.context.url or "").partition("?")[0]
    st.code(f"{address}?scenario={link.encode(scenario)}", language=None, wrap_lines=True)


def load() -> None:
    """Open scenarios saved on this computer, or a scenario file."""
    saved = store.load_all()
    if saved.names:
        name = st.selectbox("Saved on this computer", saved.names, index=None, key="what_if_shelf")
        with st.container(horizontal=True):
            st.button("Open", disabled=name is None, on_click=_add, args=(lambda: state.open_scenario(str(name)),))
            st.button("Delete", disabled=name is None, type="tertiary", on_click=_delete, args=(name,))
    for broken in saved.broken:
        st.caption(safe(broken))
    nonce = st.session_state.setdefault(NONCE, 0)
    file = st.file_uploader("A scenario file (TOML)", key=f"what_if_file_{nonce}")
    if file is not None:
        [(title, data)] = take([file])
        _add(lambda: read_bytes(data, title))
        st.session_state[NONCE] = nonce + 1
        st.rerun()


def _add(make: Callable[[], Scenario]) -> None:
    try:
        state.add(make())
    except RevMixError as error:
        state.set_error(error)


def _delete(name: str) -> None:
    try:
        store.delete(name)
    except RevMixError as error:
        state.set_error(error)
