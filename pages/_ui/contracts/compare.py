"""Payers side by side on the clinic's own visits, and one payer's fee table beside Medicare's and the charges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis import charts
from analysis.codes.hcpcs import code_with_label
from analysis.payers.fee_tables import compare_fees
from analysis.payers.ranking import rank
from analysis.pricing import repricing
from pages._ui.kit import contracts, figures, session, tables
from pages._ui.kit.cache import cached
from pages._ui.kit.text import count, exact, listed, percent, safe

if TYPE_CHECKING:
    import polars as pl

    from analysis.payers.fee_tables import FeeComparison
    from analysis.payers.known import KnownPayer
    from analysis.payers.ranking import Ranking
    from analysis.whatif.scenarios import Contract
    from pages._ui.kit.view import View

RANKED = {
    "payer": "Payer",
    "terms": "Terms",
    "payer_visit_cents": "A visit",
    "share_of_medicare_amount": "Of Medicare",
    "share_of_charges": "Of your charges",
    "visits_priced": "Visits priced",
}
FEES = {
    "code": "Code",
    "fee_cents": "Fee",
    "medicare_cents": "Medicare",
    "share_of_medicare_amount": "Of Medicare",
    "charge_cents": "Your usual charge",
    "share_of_charges": "Of your charge",
    "units": "Your units in 12 months",
}


def ranking(view: View, payers: tuple[KnownPayer, ...]) -> Ranking | None:
    """Return what every payer would pay for the clinic's own visits; None where no payer's terms are known."""
    if not any(known.is_known for known in payers):
        return None
    entered = contracts.book().contracts

    def compute() -> Ranking:
        with st.spinner("Pricing your visits by every payer's terms"):
            return rank(view.priced.lines, payers, track=session.track())

    return cached(view.priced, "payer_ranking", (entered, session.track()), compute, private=bool(entered))


def show(view: View) -> None:
    """Show payers per visit and per code, then one fee table."""
    payers = contracts.known(view.priced)
    ranked = ranking(view, payers)
    if ranked is None:
        st.info("No payer has known terms yet, so there is nothing to compare.", icon=":material/info:")
        return
    figures.show(charts.payers_per_visit(ranked), key="payers_per_visit", table=False)
    medicare = ranked.medicare_per_visit_cents
    average = (
        "" if medicare is None else f" Medicare allows {exact(medicare)} for one, before any charge limit applies."
    )
    st.caption(
        f"Your {count(ranked.visits, 'visit')} of the last 12 months at {ranked.year} rates, each priced as if this "
        f"payer decided all of it.{average} A visit with a code that a payer has no amount for is left out for that "
        "payer, so compare percentages of Medicare: they are of the same visits."
    )
    words = {known.payer: known.words for known in payers}
    frame = ranked.per_visit.with_columns(terms=ranked.per_visit["payer"].replace_strict(words, default=""))
    tables.show(
        frame.select(list(RANKED)),
        alt="What each payer pays for the same visits",
        file_name="revmix_payers_per_visit.csv",
        headings=RANKED,
    )
    st.header("What one more unit brings", anchor=False)
    tables.show(
        _in_cents(ranked),
        alt="What one more unit of a code brings from each payer",
        file_name="revmix_payers_per_unit.csv",
        headings={"payer": "Payer", **{f"{code}_cents": code for code in ranked.codes}},
    )
    st.caption(
        "Added to visits that have the code already: the average gain of a visit. A rate per visit pays nothing more, "
        "and under MPPR the unit is a further one. A dash: the payer has no amount for it."
    )
    _fee_tables(view, payers)


def _in_cents(ranked: Ranking) -> pl.DataFrame:
    return ranked.per_unit.rename({code: f"{code}_cents" for code in ranked.codes})


def _fee_tables(view: View, payers: tuple[KnownPayer, ...]) -> None:
    """Compare one payer's fees for each code."""
    with_fees = {
        known.payer: known.terms.contract for known in payers if known.terms.contract and known.terms.contract.fees
    }
    for contract in contracts.book().contracts:
        if contract.fees:
            with_fees.setdefault(contract.whose, contract)
    st.header("One payer's fees", anchor=False)
    if not with_fees:
        st.caption("No payer has a fee for each code. Load a payer's fee table under Contracts in the book.")
        return
    name = st.selectbox("Payer", list(with_fees), key="contracts_fees_of")
    comparison = _compared(view, with_fees[name])
    st.markdown(safe(fee_sentence(name, comparison, other=with_fees[name].other_bp is not None)))
    labeled = comparison.frame.with_columns(
        comparison.frame["code"].map_elements(code_with_label, return_dtype=comparison.frame.schema["code"])
    )
    tables.show(labeled, alt=f"Fees of {name}", file_name="revmix_fees.csv", headings=FEES)


def _compared(view: View, contract: Contract) -> FeeComparison:
    places = repricing.localities(view.priced.lines)
    return cached(
        view.priced,
        "fee_table",
        (contract, session.track()),
        lambda: compare_fees(contract, view.priced.lines, places[0] if places else None, track=session.track()),
        private=True,
    )


def fee_sentence(name: str, comparison: FeeComparison, *, other: bool = False) -> str:
    """Say what a fee table is worth on the clinic's own units; `other`: whether it pays other codes too."""
    shares = [
        f"{percent(share)} of {what}"
        for share, what in (
            (comparison.share_of_medicare_amount, "Medicare"),
            (comparison.share_of_charges, "your charges"),
        )
        if share is not None
    ]
    if not shares:
        return f"You billed none of the codes in the fee table of {name}."
    without = [] if other else list(comparison.codes_without_fee)
    missing = f" Codes you bill without a fee: {listed(without, at_most=6)}." if without else ""
    return f"On your own units, the fees of {name} are {' and '.join(shares)}.{missing}"
