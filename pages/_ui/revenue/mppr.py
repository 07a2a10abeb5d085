"""What MPPR really costs: on Medicare, and on the payers whose terms apply it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis import charts, metrics, payers
from analysis.lines.billing_line import PayerClass
from pages._ui.kit import contracts, figures, session
from pages._ui.kit.text import listed, money

if TYPE_CHECKING:
    from analysis.payers import ContractBook
    from pages._ui.kit.view import View

LOOKED = "mppr_payers_looked_up"
AT_ONCE = 50_000
"""Lines up to which every payer's terms are read off its payments at once; of more, that takes its time: on demand."""
session.register_keys(of_lines=(LOOKED,))


def cuts(view: View) -> None:
    """Show what Medicare's rules take off where they hold, and what they would take from all payers."""
    if not _looks(view):
        st.caption("In a file this large, the terms of payers without a contract are looked up when you ask.")
        if st.button("Look up which payers apply MPPR", icon=":material/search:", key="mppr_look_up"):
            st.session_state[LOOKED] = True
            st.rerun()
    with st.spinner("Reading each payer's terms off its payments"):
        lines = under_mppr(view)
    whose = _whose(lines)
    steps = view.cached(
        "waterfall",
        (lines,),
        lambda: charts.waterfall(
            metrics.waterfall(lines, view.fields), metrics.waterfall(view.lines, view.fields), whose
        ),
        private=True,
    )
    figures.show(steps, key="waterfall", terms=("mppr", "list_price", "cq_co", "sequestration", "expected_payment"))


def of_code(view: View, every: metrics.CodeFacts) -> str:
    """Say what MPPR takes from a code where payers apply it, and what it would take from all at Medicare rates."""
    cut = metrics.code_facts(under_mppr(view), every.code)
    everybody = (
        f"At Medicare rates, all payers: {every.full_units:,} of {every.priced_units:,} units in full, "
        f"{money(every.mppr_cents)} cut from a list price of {money(every.list_cents)}."
    )
    if not cut.priced_units:
        return f"No payer of this code is known to apply MPPR. {everybody}"
    return (
        f"MPPR cuts {money(cut.mppr_cents)} from a list price of {money(cut.list_cents)} on Medicare and the payers "
        f"that apply it: {cut.full_units:,} of {cut.priced_units:,} units are paid in full. {everybody}"
    )


def under_mppr(view: View) -> pl.DataFrame:
    """Return the lines of payers whose terms, entered or read off their payments, apply MPPR."""
    book: ContractBook = contracts.terms_book(view.priced) if _looks(view) else contracts.book()
    return view.cached("under MPPR", (book,), lambda: payers.under_mppr(view.lines, book), private=True)


def _looks(view: View) -> bool:
    """Tell whether terms are read off the payments of these lines."""
    return view.priced.lines.height <= AT_ONCE or LOOKED in st.session_state


def _whose(lines: pl.DataFrame) -> str:
    """Name the payers that MPPR holds for: Medicare, and the others by name."""
    names = lines.select(pl.col("payer", "payer_class").cast(pl.String)).unique().sort("payer", nulls_last=True)
    is_medicare = pl.col("payer_class") == PayerClass.MEDICARE.value
    others = [row["payer"] or row["payer_class"] for row in names.filter(~is_medicare).to_dicts()]
    return listed([*(["Medicare"] if names.filter(is_medicare).height else []), *others], at_most=3)
