"""The sentence, the table with one row for each payer, and what can be done with all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis.errors import RevMixError
from analysis.lines.billing_line import PayerClass
from analysis.payers.known import not_entered
from analysis.payers.known import table as known_table
from analysis.whatif.scenarios import contracts_toml
from pages._ui.contracts import messages
from pages._ui.kit import contracts, session, tables
from pages._ui.kit.cache import cached
from pages._ui.kit.text import count, percent, safe

if TYPE_CHECKING:
    from analysis.payers.known import KnownPayer
    from analysis.payers.ranking import Ranking
    from pages._ui.kit.view import View

HEADINGS = {
    "payer": "Payer",
    "terms": "Terms",
    "payer_visit_cents": "A visit",
    "share_of_medicare_amount": "Of Medicare",
    "evidence": "Visits to the cent",
    "origin": "Source",
    "since": "Since",
}


def sentence(payers: tuple[KnownPayer, ...], ranking: Ranking | None) -> str:
    """Return the page's headline: who pays most and least for the same visits, and whose terms are known."""
    known = sum(each.is_known for each in payers)
    insurers = {each.payer for each in payers if each.payer_class != PayerClass.SELF_PAY}
    told = f"We know the terms of {known} of {count(len(payers), 'payer')}"
    if ranking is None:
        return told
    ranked = [
        row
        for row in ranking.per_visit.iter_rows(named=True)
        if row["share_of_medicare_amount"] is not None and row["payer"] in insurers
    ]
    if len(ranked) < 2:  # noqa: PLR2004  a comparison takes two
        return told
    best, worst = ranked[0], ranked[-1]
    most, least = (percent(row["share_of_medicare_amount"]) for row in (best, worst))
    return (
        f"{safe(best['payer'])} pays the most, {most} of Medicare for the same visits; {safe(worst['payer'])} pays the "
        f"least, {least}. {told}"
    )


def table(view: View, payers: tuple[KnownPayer, ...], ranking: Ranking | None) -> str | None:
    """Show one row for each payer; returns the payer of the chosen row."""
    entered = contracts.book().contracts
    frame = cached(
        view.priced,
        "payer_table",
        (entered, session.track()),
        lambda: _with_amounts(known_table(payers, view.priced.lines), ranking),
        private=bool(entered),
    )
    if view.lines.height < view.priced.lines.height:
        st.caption("Terms are read off all lines in the files. The filters do not change them.")
    chosen = tables.show(
        frame, alt="What each payer pays", file_name="revmix_payer_terms.csv", headings=HEADINGS, choose="contracts_row"
    )
    return None if chosen is None else str(frame["payer"][chosen])


def _with_amounts(frame: pl.DataFrame, ranking: Ranking | None) -> pl.DataFrame:
    """Add what each payer would pay for the clinic's own visits; leave out columns that are empty."""
    pairs = frame.select("visits_explained", "visits").rows()
    evidence = [None if visits is None else f"{explained:,} of {visits:,}" for explained, visits in pairs]
    told = frame.with_columns(pl.Series("evidence", evidence, pl.String))
    if ranking is None:
        return told.select(pl.exclude("visits", "visits_explained", "charge_cents"))
    amounts = ranking.per_visit.select("payer", "payer_visit_cents", "share_of_medicare_amount")
    return told.join(amounts, on="payer", how="left", maintain_order="left").select(list(HEADINGS))


def buttons(view: View, payers: tuple[KnownPayer, ...]) -> None:
    """Enter what payments show as contracts; save, download."""
    entered = contracts.book().contracts
    missing = not_entered(payers, contracts.terms_book(view.priced))
    whose = count(len({each.whose for each in missing}), "payer")
    with st.container(horizontal=True, key="contracts_buttons"):
        if st.button(
            f"Enter what payments show for {whose}" if missing else "Enter what payments show",
            type="primary",
            icon=":material/playlist_add_check:",
            disabled=not missing,
            key="contracts_enter_shown",
        ):
            contracts.use(contracts.book().under(missing).contracts)
            messages.say(f"Entered the terms of {whose}. Check them against your paper contracts.", place=messages.TOP)
            st.rerun()
        if st.button(
            "Save on this computer",
            icon=":material/save:",
            disabled=contracts.is_saved(),
            key="contracts_keep",
        ):
            _save()
        st.download_button(
            "Download contracts",
            lambda: contracts_toml(entered),
            "contracts.toml",
            icon=":material/download:",
            disabled=not entered,
            type="tertiary",
            key="contracts_download",
            on_click="ignore",
        )
    if not contracts.is_saved():
        st.caption("Contracts you change last as long as this session, unless you save them on this computer.")


def _save() -> None:
    try:
        contracts.save()
        st.toast("Contracts saved")
    except RevMixError as error:
        messages.refuse(error, messages.TOP)
    st.rerun()
