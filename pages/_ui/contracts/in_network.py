"""A payer's own in-network file: the clinic's negotiated rates as a contract, and the market's beside them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis.errors import RevMixError
from analysis.payers.in_network import (
    Clinic,
    InMemory,
    InNetworkFile,
    against_market,
    beside,
    contract_of,
    read_in_network,
)
from analysis.payers.names import nearest_payer
from pages._ui.contracts import entry, messages
from pages._ui.contracts.names import payers_of
from pages._ui.data.dropped import take
from pages._ui.kit import contracts, shell, tables
from pages._ui.kit.baseline import today
from pages._ui.kit.terms import explain
from pages._ui.kit.text import count, safe
from serving.office import current

if TYPE_CHECKING:
    from pages._ui.kit.view import View

FILE, NONCE = "contracts_in_network", "contracts_in_network_nonce"
HEADINGS = {
    "code": "Code",
    "modifiers": "Modifiers",
    "places": "Places of service",
    "billing_class": "Billing class",
    "negotiated_type": "Kind of rate",
    "rate_cents": "Your rate",
    "percent_bp": "Percent of the charge",
    "expires": "Expires",
    "arrangement": "Arrangement",
    "low_cents": "Market: low",
    "median_cents": "Market: median",
    "high_cents": "Market: high",
    "groups": "Provider groups",
}
FIRST = ("code", "modifiers", "rate_cents", "low_cents", "median_cents", "high_cents", "groups")


def show(view: View) -> None:
    """Ask for the clinic's numbers and the file, then show its rates."""
    st.markdown(
        "Payers must publish what they agreed to pay each provider. Load the payer's file of in-network rates to see "
        "yours, and what others in the file are paid.",
        help=explain("in_network_file", "provider_group"),
    )
    left, right = st.columns(2)
    npis = left.text_input("NPI", key="contracts_npi", placeholder="1234567893", help="Several with commas between.")
    tins = right.text_input(
        "Tax ID", key="contracts_tin", placeholder="12-3456789", help="Several with commas between."
    )
    nonce = st.session_state.setdefault(NONCE, 0)
    file = st.file_uploader(
        "In-network file: JSON, also in .gz or .zip", key=f"contracts_in_network_{nonce}", disabled=not (npis or tins)
    )
    if file is not None:
        [(title, data)] = take([file])
        _read(InMemory(title, data), npis, tins)
        st.session_state[NONCE] = nonce + 1
        st.rerun()
    if current() is None:  # on a server the path would be one of the server's
        with st.expander("A file too large to load: read it where it is on this computer", icon=":material/folder:"):
            text = st.text_input("Path of the file", key="contracts_in_network_path")
            if st.button("Read this file", disabled=not (text and (npis or tins)), key="contracts_in_network_read"):
                _read(Path(text.strip().strip('"')).expanduser(), npis, tins)
                st.rerun()
    if (found := st.session_state.get(FILE)) is not None:
        _rates(view, found)


def _read(file: InMemory | Path, npis: str, tins: str) -> None:
    """Read a file, with its progress; a refusal leaves what was read before."""
    bar = st.progress(0.0, "Reading the file")

    def report(share: float, step: str) -> None:
        bar.progress(min(share, 1.0), safe(f"{step[0].upper()}{step[1:]}"))

    try:
        clinic = Clinic.of(_each(npis), _each(tins))
        st.session_state[FILE] = read_in_network(file, clinic, progress=report)
    except RevMixError as error:
        messages.refuse(error)
    finally:
        bar.empty()


def _each(text: str) -> list[str]:
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]


def _rates(view: View, file: InNetworkFile) -> None:
    rates = beside(file.negotiated, file.market)
    of = file.payer or file.name
    st.header(safe(f"{of}: {count(file.negotiated.height, 'rate')} of yours"), anchor=False)
    compared = against_market(file.negotiated, file.market)
    if compared:
        st.markdown(safe(f"{compared[0].upper()}{compared[1:]}."))
    empty = [name for name in rates.columns if not _says_something(rates[name])]
    ordered = rates.select(*FIRST, *(name for name in rates.columns if name not in FIRST))
    shown = ordered.with_columns(ordered["percent_bp"] / 100) if "percent_bp" not in empty else ordered
    tables.show(
        shown.drop(name for name in empty if name not in {"code", "rate_cents"}),
        alt=f"Rates in the file of {of}, with the market's",
        file_name="revmix_in_network.csv",
        headings=HEADINGS,
    )
    shell.notes([f"{note[0].upper()}{note[1:]}." for note in file.notes])
    payers = payers_of(view.priced.lines)
    meant = nearest_payer(of, payers)
    payer = st.selectbox(
        "Whose contract is it?",
        payers,
        payers.index(meant) if meant in payers else None,
        accept_new_options=True,
        placeholder="Choose a payer, or type a name",
        key="contracts_in_network_payer",
    )
    if not payer:
        return
    made = contract_of(file, payer=payer, today=today())
    shell.notes(made.notes)
    if made.contract is None:
        st.caption("A contract can hold none of these rates.")
        return
    st.markdown(safe(f"As a contract: {made.contract.in_words()}"))
    label, icon = "Enter these rates as the contract", ":material/playlist_add_check:"
    if st.button(label, type="primary", icon=icon, key="contracts_enter_rates"):
        entered = replace(made.contract, provenance=entry.stamp(made.contract.provenance.reason))
        contracts.use(contracts.book().under((entered,)).contracts)
        messages.say(f"Entered: {made.contract.in_words()}.")
        st.rerun()


def _says_something(column: pl.Series) -> bool:
    """Whether a column is not empty in every row."""
    texts = column.cast(pl.String).drop_nulls()
    return bool((texts != "").any())
