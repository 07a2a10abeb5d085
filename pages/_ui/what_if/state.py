"""What the What-if page holds in a session: up to four scenarios, and the cube that prices them.

Each scenario on the screen has a slot. Its widgets start with its values; a scenario changed in another way (a button,
a file) gets a new `revision`, so that its widgets start over with the new values.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from analysis.codes import hcpcs as codes
from analysis.errors import BadInput, RevMixError
from analysis.payers import Observed, observe
from analysis.whatif.scenarios import Scenario, link, store
from analysis.whatif.visits import Cube, build
from pages._ui.kit import contracts, session
from pages._ui.kit.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.lines.filters import Filters
    from analysis.pricing import Priced
    from pages._ui.kit.view import View

MOST = 4
"""Scenarios side by side."""
SLOTS, SELECTED, CUBE, SERIAL, LINKED, OPENED = (
    "what_if_slots",
    "what_if_selected",
    "what_if_cube",
    "what_if_serial",
    "linked_scenario",
    "what_if_opened",
)
ERROR, NOTICE = "what_if_message", "what_if_note"
session.register_keys(of_lines=(CUBE,))


@dataclass(frozen=True, slots=True, eq=False)
class CachedCube:
    """The cube of some lines under some filters, and what payers paid in them."""

    priced: Priced
    filters: Filters
    cube: Cube
    observed: Observed


@dataclass(frozen=True, slots=True)
class Slot:
    """A place on the screen for a scenario; number and revision are in the keys of its widgets."""

    number: int
    revision: int
    scenario: Scenario

    def key(self, name: str) -> str:
        """Return the key of one of its widgets."""
        return f"what_if_{self.number}_{self.revision}_{name}"


def slots() -> list[Slot]:
    """Return the slots of the scenarios on the screen, in their order."""
    open_slots: list[Slot] = st.session_state.setdefault(SLOTS, [])
    return open_slots


def add(scenario: Scenario) -> None:
    """Put a scenario on the screen and select it; its name is made unique.

    Raises BadInput when there are four already.
    """
    open_slots = slots()
    if len(open_slots) >= MOST:
        raise BadInput(
            f"{len(open_slots)} scenarios side by side", expected=f"at most {MOST}", todo="remove one to make room"
        )
    number = st.session_state[SERIAL] = st.session_state.get(SERIAL, 0) + 1
    names = [slot.scenario.name for slot in open_slots]
    name = store.copy_name(scenario.name, names) if scenario.name in names else scenario.name
    open_slots.append(Slot(number, 0, replace(scenario, name=name)))
    st.session_state[SELECTED] = number


def selected_slot() -> Slot | None:
    """Return the slot of the selected scenario; the last one if none is selected."""
    open_slots = slots()
    selected = [slot for slot in open_slots if slot.number == st.session_state.get(SELECTED)]
    return selected[0] if selected else (open_slots[-1] if open_slots else None)


def select(number: int) -> None:
    """Select another scenario."""
    st.session_state[SELECTED] = number


def change(slot: Slot, scenario: Scenario, *, new_widgets: bool = False) -> Slot:
    """Replace a slot's scenario; with `new_widgets` its widgets start over from the new values."""
    changed = replace(slot, scenario=scenario, revision=slot.revision + new_widgets)
    open_slots = slots()
    open_slots[[other.number for other in open_slots].index(slot.number)] = changed
    return changed


def remove(slot: Slot) -> None:
    """Remove a scenario from the screen."""
    st.session_state[SLOTS] = [other for other in slots() if other.number != slot.number]


def set_error(error: RevMixError | str) -> None:
    """Keep an error message to show once."""
    st.session_state[ERROR] = safe(error) if isinstance(error, RevMixError) else error


def set_notice(text: str) -> None:
    """Keep a notice to show once; it is not an error."""
    st.session_state[NOTICE] = safe(text)


def open_link() -> None:
    """Put the scenario of a link on the screen, once for each link."""
    text = st.query_params.get("scenario") or st.session_state.get(LINKED, "")
    if not text or st.session_state.get("what_if_link_opened") == text:
        return
    st.session_state["what_if_link_opened"] = text
    try:
        add(link.decode(text))
    except RevMixError as error:
        set_error(error)


def cube(view: View, extra: Iterable[Scenario] = ()) -> Cube:
    """Return the filtered lines' distinct visits, built once for the lines, filters, conditions and years needed."""
    scenarios = [*extra, *(slot.scenario for slot in slots())]
    scenarios += [Scenario("Contracts", contracts.terms_book(view.priced).every)]
    entry: CachedCube | None = st.session_state.get(CUBE)
    if (
        entry is None
        or entry.priced is not view.priced
        or entry.filters != view.filters
        or not entry.cube.covers(scenarios)
    ):
        with st.spinner("Preparing the visits"):
            new_cube = build(view.priced, view.filters, scenarios, codes=codes.load(), track=session.track())
        entry = CachedCube(view.priced, view.filters, new_cube, observe(view.lines))
        st.session_state[CUBE] = entry
    return entry.cube


def observed() -> Observed:
    """Return what payers paid in the lines of the cube."""
    entry: CachedCube = st.session_state[CUBE]
    return entry.observed


def keep_scenario(scenario: Scenario) -> None:
    """Save a scenario on this computer. Raises BadInput if another one is saved under its name."""
    opened: dict[str, Scenario] = st.session_state.setdefault(OPENED, {})
    store.save(scenario, opened=opened.get(scenario.name))
    opened[scenario.name] = scenario


def open_scenario(name: str) -> Scenario:
    """Return a saved scenario. Raises BadInput if there is none by that name."""
    scenario = store.load(name)
    st.session_state.setdefault(OPENED, {})[name] = scenario
    return scenario
