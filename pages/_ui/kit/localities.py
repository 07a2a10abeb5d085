"""Choosing Medicare localities: from the list, by typing a ZIP code, or the national amounts."""

from __future__ import annotations

import re

import streamlit as st

from analysis.errors import BadInput
from analysis.medicare.fees import NATIONAL, Locality, resolve
from analysis.medicare.fees.localities import all_localities
from pages._ui.kit.text import safe

ZIP = re.compile(r"\d{5}(-?\d{4})?")
MOST_NAMED = 6


def label(place: Locality) -> str:
    """A locality for people: ``Ohio, OH (15202-00)``; the national amounts say what they are."""
    return "National amounts (no locality)" if place == NATIONAL else place.label


@st.cache_data(show_spinner=False)
def by_label() -> dict[str, Locality]:
    """Every locality of the newest final schedule, and the national amounts, by what they are called here."""
    return {label(place): place for place in (*all_localities(), NATIONAL)}


def pick(prompt: str, key: str, current: Locality | None, *, hide_label: bool = False) -> Locality | None:
    """Offer every locality, or a typed ZIP code or name; None while none is chosen.

    What is typed becomes the locality it means; what means none, or several, leaves the choice as it was.
    """
    options = by_label()
    kept, said = f"{key}_kept", f"{key}_problem"
    if key not in st.session_state:
        st.session_state[key] = label(current) if current is not None and label(current) in options else None
        st.session_state.pop(said, None)
    st.session_state[kept] = st.session_state[key]
    chosen = st.selectbox(
        prompt,
        list(options),
        index=None,
        key=key,
        accept_new_options=True,
        filter_mode="prefix",  # looser ones would offer Ohio, 15202-00, to the ZIP code 15202 of Pittsburgh
        placeholder="Type the ZIP code, or choose",
        label_visibility="collapsed" if hide_label else "visible",
        help=None if hide_label else "Medicare pays by locality. Choose one, or type the clinic's ZIP code.",
        on_change=_typed,
        args=(key,),
    )
    if said in st.session_state:
        st.error(safe(st.session_state[said]), icon=":material/error:")
    return options.get(chosen or "")


def _typed(key: str) -> None:
    """Put the locality that was meant in the place of the typed text, or the last one back with what is wrong."""
    text = st.session_state[key]
    st.session_state.pop(f"{key}_problem", None)
    if text is None or text in by_label():
        return
    try:
        st.session_state[key] = label(meant(text))
    except BadInput as error:
        st.session_state[key] = st.session_state[f"{key}_kept"]
        st.session_state[f"{key}_problem"] = error.todo


def meant(text: str) -> Locality:
    """The locality a reader means by a ZIP code, a state, a MAC and number, or a part of its name in any case.

    Raises
    ------
    BadInput
        Whose `todo` is the whole message: no such ZIP code, no such name, or up to six of those it may be.
    """
    given = " ".join(text.split())
    if ZIP.fullmatch(given):
        try:
            return resolve(given)
        except BadInput:
            raise _refused(given, f"{given} is not a ZIP code Medicare knows; type your clinic's 5-digit ZIP") from None
    found = [place for name, place in by_label().items() if given.casefold() in name.casefold()]
    same = [place for place in found if given.casefold() in {place.name.casefold(), place.state.casefold(), place.key}]
    if len(same or found) == 1:
        return (same or found)[0]
    if not found:
        raise _refused(given, f"{given} is not a Medicare locality; type your clinic's 5-digit ZIP")
    shown = "; ".join(place.label for place in (same or found)[:MOST_NAMED])
    more = len(same or found) - MOST_NAMED
    further = f" and {more} more" if more > 0 else ""
    raise _refused(
        given, f"{given} matches {len(same or found)} localities: {shown}{further}. Type more, or your ZIP code"
    )


def _refused(given: str, todo: str) -> BadInput:
    return BadInput(f"the locality {given}", expected="a ZIP code or the name of one locality", todo=todo)
