"""Keeping scenarios: several on the screen, saved on this computer, as files, as a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis.errors import RevMixError
from analysis.whatif.scenarios import link, read_bytes, store, to_toml
from pages._ui.data.dropped import take
from pages._ui.kit.text import file_stem, safe
from pages._ui.what_if import starts, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.whatif.scenarios import Scenario
    from pages._ui.kit.view import View
    from pages._ui.what_if.state import Draft

NONCE = "what_if_file_nonce"


def switch() -> None:
    """The scenarios on the screen, one of them looked at."""
    held = {draft.number: draft.scenario.name for draft in state.drafts()}
    draft = state.chosen()
    if draft is None or len(held) < 2:  # noqa: PLR2004  nothing to choose between
        return
    number = st.segmented_control(
        "Scenarios",
        list(held),
        format_func=lambda number: safe(held[number]),
        default=draft.number,
        required=True,
        key=f"what_if_switch_{draft.number}_{len(held)}",
        label_visibility="collapsed",
    )
    if number != draft.number:
        state.choose(number)
        st.rerun()


def bar(seen: View, draft: Draft) -> None:
    """What can be done with the scenario looked at."""
    with st.container(horizontal=True, vertical_alignment="center", key="what_if_bar"):
        with st.popover("Another scenario", icon=":material/add:"):
            starts.questions(seen)
            load()
        st.button("Duplicate", icon=":material/content_copy:", type="tertiary", on_click=_duplicate, args=(draft,))
        st.button("Remove scenario", icon=":material/delete:", type="tertiary", on_click=state.remove, args=(draft,))
        with st.popover("Save and share", icon=":material/save:"):
            _share(draft)


def _duplicate(draft: Draft) -> None:
    _add(lambda: draft.scenario)


def _share(draft: Draft) -> None:
    scenario = draft.scenario
    if st.button("Save on this computer", icon=":material/save:", key=draft.key("save")):
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
        key=draft.key("toml"),
        on_click="ignore",
    )
    st.caption(
        "The link contains what you see here: the changes, and the names of payers, clinics and therapists you chose "
        "for them. It contains no charge lines and no patient data."
    )
    bare = str(st.context.url or "").partition("?")[0]
    st.code(f"{bare}?scenario={link.encode(scenario)}", language=None, wrap_lines=True)


def load() -> None:
    """Scenarios kept on this computer, and files of them."""
    shelf = store.load_all()
    if shelf.names:
        name = st.selectbox("Saved on this computer", shelf.names, index=None, key="what_if_shelf")
        with st.container(horizontal=True):
            st.button("Open", disabled=name is None, on_click=_add, args=(lambda: state.open_scenario(str(name)),))
            st.button("Delete", disabled=name is None, type="tertiary", on_click=_delete, args=(name,))
    for broken in shelf.broken:
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
        state.say(error)


def _delete(name: str) -> None:
    try:
        store.delete(name)
    except RevMixError as error:
        state.say(error)
