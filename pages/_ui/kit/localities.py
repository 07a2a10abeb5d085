"""Choosing Medicare localities: from the list, by typing a ZIP code, or the national amounts."""

from __future__ import annotations

import re

import streamlit as st

from analysis.errors import BadInput
from analysis.medicare.fees import NATIONAL, Locality, resolve
from analysis.medicare.fees.localities import all_localities
from analysis.pricing.repricing import localities as localities_of
from pages._ui.kit import session
from pages._ui.kit.text import safe

ZIP = re.compile(r"\d{5}(-?\d{4})?")
MOST_NAMED = 6


def label(locality: Locality) -> str:
    """Return a locality's name on screen: ``Ohio, OH (15202-00)``; the national amounts say what they are."""
    return "National amounts (no locality)" if locality == NATIONAL else locality.label


@st.cache_data(show_spinner=False)
def by_label() -> dict[str, Locality]:
    """Return every locality of the newest final schedule, and the national amounts, by name on screen."""
    return {label(locality): locality for locality in (*all_localities(), NATIONAL)}


def of_clinic() -> Locality:
    """Return the locality most loaded lines are priced in; the national amounts if nothing is loaded."""
    known = [locality for locality in session.localities().values() if locality is not None]
    return localities_of(session.priced().lines)[0] if known else NATIONAL


def pick(prompt: str, key: str, current: Locality | None, *, hide_label: bool = False) -> Locality | None:
    """Offer every locality, or a typed ZIP code or name; None while none is chosen.

    Typed text becomes the locality it names; text that names none, or several, leaves the choice as it was.
    """
    options = by_label()
    last_key, problem_key = f"{key}_last", f"{key}_problem"
    if key not in st.session_state:
        st.session_state[key] = label(current) if current is not None and label(current) in options else None
        st.session_state.pop(problem_key, None)
    st.session_state[last_key] = st.session_state[key]
    choice = st.selectbox(
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
    if problem_key in st.session_state:
        st.error(safe(st.session_state[problem_key]), icon=":material/error:")
    return options.get(choice or "")


def _typed(key: str) -> None:
    """Replace the typed text by the locality it names, or by the last one with a message about what is wrong."""
    text = st.session_state[key]
    st.session_state.pop(f"{key}_problem", None)
    if text is None or text in by_label():
        return
    try:
        st.session_state[key] = label(find(text))
    except BadInput as error:
        st.session_state[key] = st.session_state[f"{key}_last"]
        st.session_state[f"{key}_problem"] = error.todo


def find(text: str) -> Locality:
    """Return the locality named by a ZIP code, a state, a MAC and number, or a part of its name in any case.

    Raises
    ------
    BadInput
        Whose `todo` is the whole message: no such ZIP code, no such name, or up to six possible ones.
    """
    typed = " ".join(text.split())
    if ZIP.fullmatch(typed):
        try:
            return resolve(typed)
        except BadInput:
            raise _error(typed, f"{typed} is not a ZIP code Medicare knows; type your clinic's 5-digit ZIP") from None
    matches = [locality for name, locality in by_label().items() if typed.casefold() in name.casefold()]
    exact_matches = [
        locality
        for locality in matches
        if typed.casefold() in {locality.name.casefold(), locality.state.casefold(), locality.key}
    ]
    candidates = exact_matches or matches
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise _error(typed, f"{typed} is not a Medicare locality; type your clinic's 5-digit ZIP")
    labels = "; ".join(locality.label for locality in candidates[:MOST_NAMED])
    unlisted = len(candidates) - MOST_NAMED
    and_more = f" and {unlisted} more" if unlisted > 0 else ""
    raise _error(
        typed, f"{typed} matches {len(candidates)} localities: {labels}{and_more}. Type more, or your ZIP code"
    )


def _error(typed: str, todo: str) -> BadInput:
    return BadInput(f"the locality {typed}", expected="a ZIP code or the name of one locality", todo=todo)
