"""One payer: the sentence with its evidence, readings that fit alike, changes over time, visits that do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis.payers import whose_key
from analysis.payers.discovery import readings_of
from analysis.payers.known import is_medicare, misfits
from analysis.payers.readings import apart, differs
from pages._ui.contracts import entry, messages
from pages._ui.kit import contracts, tables
from pages._ui.kit.baseline import today
from pages._ui.kit.cache import cached
from pages._ui.kit.terms import explain
from pages._ui.kit.text import count, safe

if TYPE_CHECKING:
    from analysis.payers.known import KnownPayer
    from analysis.whatif.scenarios import Contract
    from pages._ui.kit.view import View

CHOSEN, LAST_ROW = "contracts_payer", "contracts_last_row"
HEADINGS = {
    "rows": "Rows in the file",
    "codes": "Codes and units",
    "charge_cents": "Charged",
    "allowed_cents": "Allowed",
    "by_terms_cents": "By these terms",
    "off_cents": "Difference",
    "why": "What is known",
}


def choose(payers: tuple[KnownPayer, ...], row: str | None) -> KnownPayer | None:
    """Choose the payer to look at: the one of the table's chosen row, or from the list."""
    by_name = {known.payer: known for known in payers}
    if row is not None and row != st.session_state.get(LAST_ROW):
        st.session_state[CHOSEN] = row
    st.session_state[LAST_ROW] = row
    if st.session_state.get(CHOSEN) not in by_name:
        st.session_state.pop(CHOSEN, None)
    name = st.selectbox(
        "Look at one payer", list(by_name), index=None, placeholder="Choose a row above, or a payer here", key=CHOSEN
    )
    return None if name is None else by_name[name]


def show(view: View, known: KnownPayer) -> None:
    """Show everything that is known of one payer."""
    with st.container(border=True, key="contracts_one"):
        st.header(safe(known.payer), anchor=False, help=explain("allowed_amount", "visit"))
        _in_the_book(known)
        for sentence in known.discovery.sentences():
            st.markdown(safe(sentence))
        if len(known.discovery.spellings) > 1:
            st.caption(safe(f"Also spelled {', '.join(known.discovery.spellings[1:])}."))
        if not is_medicare(known):
            _enter(known)
        _misfits(view, known)


def _in_the_book(known: KnownPayer) -> None:
    """Say what the book has for this payer, and where its payments show something else."""
    if known.terms.source in {"payer", "class"}:
        st.markdown(safe(f"In the book: {known.words}. {known.origin}."))
        if (shown := differs(known)) is not None:
            st.warning(safe(shown), icon=":material/compare_arrows:")


def _enter(known: KnownPayer) -> None:
    """Enter a reading as the payer's contract, or start from it; where several fit alike, the user chooses."""
    shown = readings_of(known.discovery, today())
    number = 0
    last = shown[-1] if shown else ()
    if len(last) > 1:
        words = [each.terms for each in last]
        st.caption(safe(apart(last)))
        number = st.radio(
            "These fit alike. Which one is in your contract?",
            range(len(last)),
            format_func=lambda position: safe(words[position]),
            key=f"contracts_reading_{known.payer}",
        )
    with st.container(horizontal=True):
        if shown and st.button(
            "Enter this as the contract", icon=":material/playlist_add_check:", key="contracts_enter_one"
        ):
            _put(known, (*(each[0] for each in shown[:-1]), last[number]))
        current = known.contract if known.terms.source in {"payer", "discovered"} else None
        label = "Change the terms" if current is not None else "Enter its terms"
        if st.button(label, icon=":material/edit:", key="contracts_edit_one"):
            entered = known.terms.source == "payer"
            entry.open_with(current, whose=known.payer, replaces=current if entered else None)
            st.rerun()


def _put(known: KnownPayer, read_off: tuple[Contract, ...]) -> None:
    book = contracts.book()
    whose = whose_key(read_off[0])
    own = [each for each in book.contracts if whose_key(each) == whose]
    contracts.use(book.under(read_off).contracts)
    replaced = f", in place of {own[-1].terms}" if own else ""
    messages.say(f"{known.payer}: entered what its payments show{replaced}.", place=messages.TOP)
    st.rerun()


def _misfits(view: View, known: KnownPayer) -> None:
    """List the visits that do not come out by the terms in force."""
    if not known.is_known:
        return
    frame = cached(view.priced, "misfits", (known,), lambda: misfits(known, view.priced.lines), private=True)
    if frame.is_empty():
        return
    with st.expander(f"Visits that do not fit: {frame.height:,}", icon=":material/list:"):
        tables.show(
            frame,
            alt=f"Visits of {known.payer} that do not come out by its terms",
            file_name="revmix_visits_that_do_not_fit.csv",
            headings=HEADINGS,
            total=f"**{count(frame.height, 'visit')}** that do not come out to the cent",
        )
