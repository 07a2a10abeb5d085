"""Contracts: what each payer really pays, from the contract entered or the terms its payments show."""

from __future__ import annotations

import streamlit as st

from pages._ui.contracts import book, compare, entry, in_network, messages, names, overview, payer
from pages._ui.kit import contracts
from pages._ui.kit.screens import CONTRACTS
from pages._ui.kit.shell import headline, screen
from pages._ui.kit.view import View, open_view

PARTS = {
    "Contracts in the book": book.show,
    "Compare payers": compare.show,
    "A payer's own rate file": in_network.show,
}


def page(view: View) -> None:
    """Show the whole page."""
    payers = contracts.known(view.priced)
    ranking = compare.ranking(view, payers)
    headline(CONTRACTS, overview.sentence(payers, ranking))
    contracts.show_unreadable()
    messages.show(messages.TOP)
    chosen = overview.table(view, payers, ranking)
    overview.buttons(view, payers)
    names.offer(view)
    if (known := payer.choose(payers, chosen)) is not None:
        payer.show(view, known)
    part = st.segmented_control(
        "Part of the page",
        list(PARTS),
        default=next(iter(PARTS)),
        required=True,
        key="contracts_part",
        label_visibility="collapsed",
    )
    messages.show(messages.PART)
    PARTS[part](view)
    names.by_hand(view)


with screen(CONTRACTS):
    if (view := open_view(CONTRACTS)) is not None:
        if entry.is_open():
            entry.show(view)
        else:
            page(view)
