"""The money of the page: one choice beside the headline, which the headline and every part of an answer follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis.payers import Payers
from analysis.whatif.answers import AtMedicareRates
from analysis.whatif.scenarios import BASELINE
from pages._ui.kit import contracts, session
from pages._ui.kit.cache import cached
from pages._ui.what_if import state

if TYPE_CHECKING:
    import polars as pl

    from analysis.whatif.answers import Measure, MedicareMeasure, Money
    from analysis.whatif.visits import Cube
    from pages._ui.kit.view import View

PAYERS, MEDICARE = "payers", "medicare"
CHOICES = {PAYERS: "As your payers pay", MEDICARE: "At Medicare rates"}
"""Whose prices the dollars of the page are, the default first."""
AT_MEDICARE: dict[MedicareMeasure, str] = {"allowed": "Allowed", "receipts": "Expected payments"}
KEY, MEDICARE_KEY = "what_if_money", "what_if_measure"


def choose() -> None:
    """Choose the money of the whole page; at Medicare rates, allowed amounts or expected payments."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="what_if_money_choice"):
        st.segmented_control(
            "Dollars",
            list(CHOICES),
            format_func=CHOICES.__getitem__,
            default=PAYERS,
            required=True,
            key=KEY,
            persist_state="session",
            help="As your payers pay: each payer by its contract, or by the terms its payments show. "
            "At Medicare rates: all lines, regardless of payer.",
        )
        if st.session_state.get(KEY, PAYERS) == MEDICARE:
            st.segmented_control(
                "Measure",
                list(AT_MEDICARE),
                format_func=AT_MEDICARE.__getitem__,
                default="allowed",
                required=True,
                key=MEDICARE_KEY,
                persist_state="session",
            )


def chosen() -> Measure:
    """Return the money chosen."""
    if st.session_state.get(KEY, PAYERS) == PAYERS:
        return "payers"
    measure: MedicareMeasure = st.session_state.get(MEDICARE_KEY, "allowed")
    return measure


def payers(view: View, cube: Cube) -> Payers:
    """Return what prices scenarios by each payer's contract, or by the terms its payments show."""
    return Payers(cube, state.terms_book(view), state.observed())


def money(view: View, cube: Cube) -> Money:
    """Return what prices scenarios in the money chosen."""
    measure = chosen()
    return payers(view, cube) if measure == "payers" else AtMedicareRates(cube, measure)


def payers_today(view: View) -> pl.DataFrame:
    """Return what each payer pays before any scenario: `payers.revenue.PER_PAYER`."""
    entered = contracts.book().contracts
    return cached(
        view.priced,
        "what_if_payers_today",
        (view.filters, state.baseline(view), entered, session.track()),
        lambda: payers(view, state.cube(view)).revenue(BASELINE).per_payer,
        private=bool(entered),
    )
