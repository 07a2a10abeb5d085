"""The payers' contracts of a session, and the terms that payments show for the payers without one.

Contracts are those saved on this computer, until the user changes them on the Contracts page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis.payers import ContractBook
from analysis.payers.discovery import alternatives_of, contracts_of, discover
from analysis.payers.known import known_payers
from analysis.whatif.scenarios import store
from pages._ui.kit import session
from pages._ui.kit.baseline import today
from pages._ui.kit.cache import cached
from pages._ui.kit.screens import CONTRACTS as PAGE
from pages._ui.kit.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.payers.discovery import Discoveries
    from analysis.payers.known import KnownPayer
    from analysis.pricing import Priced
    from analysis.whatif.scenarios import Contract

CONTRACTS, SAVED = "contracts", "saved_contracts"


def book() -> ContractBook:
    """Return the payers' contracts."""
    if CONTRACTS not in st.session_state:
        saved = st.session_state[SAVED] = store.load_contracts()
        st.session_state[CONTRACTS] = ContractBook(saved.contracts)
    contracts: ContractBook = st.session_state[CONTRACTS]
    return contracts


def discovered(priced: Priced) -> Discoveries:
    """Return what the payments of all lines show of each payer's terms."""

    def look() -> Discoveries:
        every_file = session.export()
        return discover(priced, None if every_file is None else every_file.adjustments)

    return cached(priced, "discovered", (), look)


def terms_book(priced: Priced) -> ContractBook:
    """Return the contracts entered, with the terms that payments show for the payers that have none."""
    shown, others = cached(
        priced,
        "discovered_contracts",
        (),
        lambda: tuple(read(discovered(priced), today()) for read in (contracts_of, alternatives_of)),
    )
    return ContractBook(book().contracts, shown, others)


def known(priced: Priced) -> tuple[KnownPayer, ...]:
    """Return what is known of each payer's terms."""
    entered = book().contracts
    return cached(
        priced,
        "known_payers",
        (entered,),
        lambda: known_payers(discovered(priced), terms_book(priced)),
        private=bool(entered),
    )


def use(contracts: Iterable[Contract]) -> None:
    """Use other contracts in this session."""
    st.session_state[CONTRACTS] = ContractBook(tuple(contracts))


def saved() -> store.SavedContracts:
    """Return the file of contracts as this session last read or saved it."""
    book()
    file: store.SavedContracts = st.session_state[SAVED]
    return file


def save() -> None:
    """Save the contracts on this computer. Raises BadInput where the file changed since, or cannot be written."""
    st.session_state[SAVED] = store.save_contracts(book().contracts, saved())


def is_saved() -> bool:
    """Return whether the contracts are those saved on this computer."""
    return set(book().contracts) == set(saved().contracts)


def to_contracts(key: str, label: str = "Enter contracts") -> None:
    """Show a button that leads to the Contracts page."""
    if st.button(label, icon=PAGE.icon, key=f"to_contracts_{key}"):
        st.switch_page(PAGE.path)


def show_unreadable() -> None:
    """Say which saved contracts could not be read, wherever contracts decide amounts."""
    for problem in saved().broken:
        st.error(
            safe(f"A saved contract could not be read, so it is not used here: {problem}. Your file was not changed."),
            icon=":material/error:",
        )
