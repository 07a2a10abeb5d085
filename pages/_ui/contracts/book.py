"""The contracts in the book: each with its terms and provenance, to change and to remove; more from a file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from analysis.errors import RevMixError
from analysis.payers import WithoutPayer, read_upload
from analysis.payers.discovery.contracts import READER
from analysis.payers.known import in_the_book
from analysis.payers.names import nearest_payer, without_lines
from analysis.whatif.scenarios import UNSAID, check_contracts
from pages._ui.contracts import entry, messages
from pages._ui.contracts.names import payers_of
from pages._ui.data.dropped import take
from pages._ui.kit import contracts, session
from pages._ui.kit.text import count, safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.whatif.scenarios import Contract
    from pages._ui.kit.view import View

NONCE, FEE_FILE = "contracts_nonce", "contracts_fee_file"
session.register_keys(of_file=(FEE_FILE,))


def show(view: View) -> None:
    """List the contracts in the book, and add to them."""
    entered = contracts.book().contracts
    payers = payers_of(view.priced.lines)
    if not entered:
        st.caption(
            "No contract is in the book. Until you enter one, Medicare pays by its rules and every other payer by the "
            "terms its payments show."
        )
    strangers = without_lines(entered, payers)
    for position, contract in enumerate(entered):
        with st.container(border=True, key=f"contract_{position}", gap="small"):
            _contract(position, contract)
            if contract in strangers:
                _stranger(position, contract, strangers[contract])
    with st.container(horizontal=True):
        if st.button("Add a contract", icon=":material/add:", key="contracts_add"):
            entry.open_with(None)
            st.rerun()
        if st.button(
            "Remove all", icon=":material/delete:", type="tertiary", disabled=not entered, key="contracts_clear"
        ):
            contracts.use(())
            messages.say(_after_removal())
            st.rerun()
    _upload(view)


def _contract(position: int, contract: Contract) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        whose = contract.payer or f"All of {contract.payer_class} without a contract of their own"
        st.markdown(f"**{safe(whose)}**: {safe(contract.terms)}", width="content")
        with st.container(horizontal=True, width="content"):
            if st.button("Change", icon=":material/edit:", type="tertiary", key=f"contract_change_{position}"):
                entry.open_with(contract, replaces=contract)
                st.rerun()
            if st.button("Remove", icon=":material/delete:", type="tertiary", key=f"contract_remove_{position}"):
                _replace(contract, ())
                messages.say(f"Removed the contract of {contract.whose}. {_after_removal()}".strip())
                st.rerun()
    origin, reason = in_the_book(contract.provenance), contract.provenance.reason
    st.caption(
        safe(
            origin
            if not reason or contract.provenance.entered_by == READER
            else f"{origin}. {reason[0].upper()}{reason[1:]}"
        )
    )


def _stranger(position: int, contract: Contract, meant: str | None) -> None:
    """Say that no line names a contract's payer, and offer the one that is probably meant."""
    with st.container(horizontal=True, vertical_alignment="center"):
        question = "" if meant is None else f"; did you mean {meant}?"
        st.markdown(f":material/help: {safe(f'No line of {contract.payer}{question}')}", width="content")
        if meant is not None and st.button(f"It is {safe(meant)}", key=f"contract_rename_{position}"):
            try:
                _replace(contract, (replace(contract, payer=meant),))
            except RevMixError as error:
                messages.refuse(error)
            st.rerun()


def _replace(contract: Contract, others: Iterable[Contract]) -> None:
    """Put other contracts in the place of one. Raises BadInput if they do not go with the rest."""
    kept = [each for each in contracts.book().contracts if each != contract]
    check_contracts((*kept, *others))
    contracts.use((*kept, *others))


def _after_removal() -> str:
    return "" if contracts.is_saved() else "The file on this computer still has it until you save."


# ---------------------------------------------------------------------------------------------------------------- files
def _upload(view: View) -> None:
    st.header("From a file", anchor=False)
    nonce = st.session_state.setdefault(NONCE, 0)
    file = st.file_uploader(
        "A table of contracts, or one payer's fee table: CSV, Excel or TOML",
        key=f"contracts_file_{nonce}",
        help="One row for each payer, or one for each payer and code. A fee table needs only a code and a fee.",
    )
    if file is not None:
        [(title, data)] = take([file])
        _read(title, data)
        st.session_state[NONCE] = nonce + 1
        st.rerun()
    if FEE_FILE in st.session_state:
        _whose_fees(view, *st.session_state[FEE_FILE])


def _read(title: str, data: bytes, payer: str | None = None) -> None:
    """Put a file's contracts in the book, in place of those of the same payers."""
    try:
        upload = read_upload(data, title, payer=payer)
        stamped = [
            replace(each, provenance=entry.stamp("Read from a file")) if each.provenance == UNSAID else each
            for each in upload.contracts
        ]
        contracts.use(contracts.book().under(stamped).contracts)
    except WithoutPayer:
        st.session_state[FEE_FILE] = (title, data)
        return
    except RevMixError as error:
        messages.refuse(error)
        return
    st.session_state.pop(FEE_FILE, None)
    messages.say(f"Read {count(len(upload.contracts), 'contract')} from {title}.", *upload.notes)


def _whose_fees(view: View, title: str, data: bytes) -> None:
    """Ask whose fees a table without a payer has."""
    with st.container(border=True, key="contracts_whose"):
        payers = payers_of(view.priced.lines)
        meant = nearest_payer(title.rpartition(".")[0], payers)
        st.markdown(f"**{safe(title)}** has codes and fees, but does not say whose they are.")
        payer = st.selectbox(
            "Whose fee table is it?",
            payers,
            index=payers.index(meant) if meant in payers else None,
            accept_new_options=True,
            placeholder="Choose a payer, or type a name",
            key="contracts_whose_fees",
        )
        with st.container(horizontal=True):
            if st.button("Use these fees", type="primary", disabled=not payer, key="contracts_use_fees"):
                _read(title, data, payer)
                st.rerun()
            if st.button("Cancel", type="tertiary", key="contracts_drop_fees"):
                del st.session_state[FEE_FILE]
                st.rerun()
