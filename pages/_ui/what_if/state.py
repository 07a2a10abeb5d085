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
from pages._ui.kit.baseline import of_today, today
from pages._ui.kit.text import period, safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.lines.filters import Filters
    from analysis.payers import ContractBook
    from analysis.pricing import Priced
    from analysis.pricing.baseline import Baseline
    from pages._ui.kit.view import View

CURRENT, AS_IT_WAS = "current", "dates"
STARTS = {CURRENT: "Today's rates, for a year", AS_IT_WAS: "As it was, on the dates of service"}
"""What scenarios are compared with, the default first."""
MOST = 4
"""Scenarios side by side."""
SLOTS, SELECTED, CUBE, SERIAL, LINKED, OPENED, START = (
    "what_if_slots",
    "what_if_selected",
    "what_if_cube",
    "what_if_serial",
    "linked_scenario",
    "what_if_opened",
    "what_if_baseline",
)
ERROR, NOTICE = "what_if_message", "what_if_note"
session.register_keys(of_lines=(CUBE,))


@dataclass(frozen=True, slots=True, eq=False)
class CachedCube:
    """The cube of some lines, filters and a baseline, and what payers paid in them."""

    priced: Priced
    filters: Filters
    baseline: Baseline | None
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


def baseline(view: View) -> Baseline | None:
    """Return the baseline chosen; None for the visits as they were on their dates of service."""
    return of_today(view.priced, view.filters) if st.session_state.get(START, CURRENT) == CURRENT else None


def basis(view: View) -> tuple[str, str]:
    """Return what follows an amount: `` a year``, or nothing; and the visits and rates that it rests on."""
    start = baseline(view)
    if start is None:
        return "", f"{period(view.lines)}, at the rates of each date of service"
    return start.per_year, start.basis


def terms_book(view: View) -> ContractBook:
    """Return the payers' terms, entered or read off: those in force today, unless the visits are as they were."""
    book = contracts.terms_book(view.priced)
    return book if baseline(view) is None else book.in_force(today())


def choose_baseline() -> None:
    """Choose what scenarios are compared with."""
    st.segmented_control(
        "Compare with",
        list(STARTS),
        format_func=STARTS.__getitem__,
        default=CURRENT,
        required=True,
        key=START,
        persist_state="session",
        help="Today's rates: the visits of the last 12 full months at the Medicare rates and contracts in force today. "
        "Fewer months are scaled up to a year. As it was: all visits, each at the rates of its date of service.",
    )


def cube(view: View, extra: Iterable[Scenario] = ()) -> Cube:
    """Return the filtered lines' distinct visits, built once for the lines, filters, conditions and years needed."""
    scenarios = [*extra, *(slot.scenario for slot in slots())]
    scenarios += contracts.terms_book(view.priced).scenarios()
    start = baseline(view)
    entry: CachedCube | None = st.session_state.get(CUBE)
    if (
        entry is None
        or entry.priced is not view.priced
        or entry.filters != view.filters
        or entry.baseline != start
        or not entry.cube.covers(scenarios)
    ):
        with st.spinner("Preparing the visits"):
            new_cube = build(
                view.priced, view.filters, scenarios, codes=codes.load(), track=session.track(), baseline=start
            )
        entry = CachedCube(view.priced, view.filters, start, new_cube, observe(view.lines))
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
