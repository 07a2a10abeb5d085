"""Choosing Medicare localities: from the list, by typing a ZIP code, or the national amounts."""

from __future__ import annotations

import streamlit as st

from analysis.errors import BadInput
from analysis.fees import NATIONAL, Locality, resolve
from analysis.fees.localities import all_localities
from pages._ui.shell import problem


def label(place: Locality) -> str:
    """A locality for people: ``Ohio, OH (15202-00)``; the national amounts say what they are."""
    return "National amounts (no locality)" if place == NATIONAL else place.label


@st.cache_data(show_spinner=False)
def by_label() -> dict[str, Locality]:
    """Every locality of the newest final schedule, and the national amounts, by what they are called here."""
    return {label(place): place for place in (*all_localities(), NATIONAL)}


def pick(prompt: str, key: str, current: Locality | None, *, hide_label: bool = False) -> Locality | None:
    """Offer every locality, or a typed ZIP code; None while none is chosen or the text is unknown."""
    options = by_label()
    names = list(options)
    index = names.index(label(current)) if current is not None and label(current) in options else None
    chosen = st.selectbox(
        prompt,
        names,
        index=index,
        key=key,
        accept_new_options=True,
        placeholder="Choose, or type a ZIP code",
        label_visibility="collapsed" if hide_label else "visible",
        help=None if hide_label else "Medicare pays by locality. Choose one, or type the clinic's ZIP code.",
    )
    if chosen is None or chosen in options:
        return options.get(chosen or "")
    try:
        return resolve(chosen)
    except BadInput as error:
        problem(error)
        return None
