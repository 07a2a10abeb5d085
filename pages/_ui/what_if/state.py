"""What the What-if page holds in a session: up to four scenarios, and the cube that prices them.

A draft is a scenario on the screen. Its widgets begin with its values; a draft changed from elsewhere (loaded, started
from a question) gets a new `revision`, so that its widgets begin anew.
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
DRAFTS, CHOSEN, CUBE, SERIAL, LINKED, OPENED = (
    "what_if_drafts",
    "what_if_chosen",
    "what_if_cube",
    "what_if_serial",
    "linked_scenario",
    "what_if_opened",
)
MESSAGE, NOTE = "what_if_message", "what_if_note"
session.owns(of_lines=(CUBE,))


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What is made of the lines looked at, once for the lines and filters it is of; `home` is their state."""

    priced: Priced
    filters: Filters
    cube: Cube
    observed: Observed
    home: str | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A scenario on the screen, under the number and revision its widgets are keyed by."""

    number: int
    revision: int
    scenario: Scenario

    def key(self, name: str) -> str:
        """The key of one of its widgets."""
        return f"what_if_{self.number}_{self.revision}_{name}"


def drafts() -> list[Draft]:
    """The scenarios on the screen."""
    found: list[Draft] = st.session_state.setdefault(DRAFTS, [])
    return found


def add(scenario: Scenario) -> None:
    """Put a scenario on the screen and choose it; its name is made unique.

    Raises BadInput when there are four already.
    """
    held = drafts()
    if len(held) >= MOST:
        raise BadInput(
            f"{len(held)} scenarios side by side", expected=f"at most {MOST}", todo="remove one to make room"
        )
    number = st.session_state[SERIAL] = st.session_state.get(SERIAL, 0) + 1
    names = [draft.scenario.name for draft in held]
    name = store.copy_name(scenario.name, names) if scenario.name in names else scenario.name
    held.append(Draft(number, 0, replace(scenario, name=name)))
    st.session_state[CHOSEN] = number


def chosen() -> Draft | None:
    """The scenario looked at."""
    held = drafts()
    own = [draft for draft in held if draft.number == st.session_state.get(CHOSEN)]
    return own[0] if own else (held[-1] if held else None)


def choose(number: int) -> None:
    """Look at another scenario."""
    st.session_state[CHOSEN] = number


def change(draft: Draft, scenario: Scenario, *, afresh: bool = False) -> Draft:
    """Replace a draft's scenario; with `afresh` its widgets begin anew."""
    changed = replace(draft, scenario=scenario, revision=draft.revision + afresh)
    held = drafts()
    held[[own.number for own in held].index(draft.number)] = changed
    return changed


def remove(draft: Draft) -> None:
    """Take a scenario off the screen."""
    st.session_state[DRAFTS] = [own for own in drafts() if own.number != draft.number]


def say(error: RevMixError | str) -> None:
    """Keep a line to show once."""
    st.session_state[MESSAGE] = safe(error) if isinstance(error, RevMixError) else error


def note(text: str) -> None:
    """Keep something to know to show once; it is no error."""
    st.session_state[NOTE] = safe(text)


def take_linked() -> None:
    """Put the scenario of a link on the screen, once for each link."""
    text = st.query_params.get("scenario") or st.session_state.get(LINKED, "")
    if not text or st.session_state.get("what_if_taken") == text:
        return
    st.session_state["what_if_taken"] = text
    try:
        add(link.decode(text))
    except RevMixError as error:
        say(error)


def cube(seen: View, further: Iterable[Scenario] = ()) -> Cube:
    """The distinct visits looked at, made once for the lines, filters, conditions and years asked for."""
    asked = [*further, *(draft.scenario for draft in drafts())]
    asked += [Scenario("Contracts", contracts.book().contracts)]
    held: Held | None = st.session_state.get(CUBE)
    if held is None or held.priced is not seen.priced or held.filters != seen.filters or not held.cube.covers(asked):
        with st.spinner("Preparing the visits"):
            made = build(seen.priced, seen.filters, asked, codes=codes.load(), track=session.track())
        held = Held(seen.priced, seen.filters, made, observe(seen.lines), seen.state)
        st.session_state[CUBE] = held
    return held.cube


def observed() -> Observed:
    """What payers paid in the lines of the cube."""
    held: Held = st.session_state[CUBE]
    return held.observed


def home() -> str | None:
    """The state most lines of the cube are priced in."""
    held: Held = st.session_state[CUBE]
    return held.home


def keep_scenario(scenario: Scenario) -> None:
    """Save a scenario on this computer. Raises BadInput if another one is saved under its name."""
    opened: dict[str, Scenario] = st.session_state.setdefault(OPENED, {})
    store.save(scenario, opened=opened.get(scenario.name))
    opened[scenario.name] = scenario


def open_scenario(name: str) -> Scenario:
    """A kept scenario. Raises BadInput where there is none."""
    found = store.load(name)
    st.session_state.setdefault(OPENED, {})[name] = found
    return found
