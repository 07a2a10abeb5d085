"""Data: is my file understood? Upload, columns, reconciliation, rows to correct, localities, payer classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from pages._ui.data import clinics, columns, files, quality, upload
from pages._ui.kit import session, shell
from pages._ui.kit.screens import DATA, REVENUE
from pages._ui.kit.shell import headline, problem, screen
from pages._ui.kit.text import count, safe
from pages._ui.kit.view import named

if TYPE_CHECKING:
    from analysis.ingest import Export
    from pages._ui.kit.session import Pending

LOOK_AT = "Rows to review"
WELCOME = {
    "What the files need": "One row for each charge line: date of service, CPT code, units, patient. Any column names "
    "work. Add charges, payments, payer, clinic and therapist to see more. Remittances (835) are matched for you.",
    "What you get": "What each code earns, what Medicare would allow for every visit, to the cent, and how your units "
    "split across codes.",
    "What happens to your file": "RevMix reads it in memory and sends it nowhere. Codes replace patient names and "
    "numbers in every figure. Your file stays in memory until you clear it, close the page, or leave it unused for "
    "a long time. Nothing is written to disk.",
}


def welcome() -> None:
    """Nothing is loaded: a place to drop a file, and the sample clinic."""
    headline(
        DATA,
        "Drop a billing export to see what each code earns and what Medicare would allow",
        step=f"drop {upload.tries()}",
        troubled=upload.failed(),
    )
    upload.drop_zone()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("No file handy?", width="content")
        if st.button("Try the sample clinic", icon=":material/science:"):
            session.open_sample()
            st.switch_page(REVENUE.path)
    files.mappings()
    for place, (title, text) in zip(st.columns(len(WELCOME)), WELCOME.items(), strict=True):
        with place.container(border=True, height="stretch"):
            st.markdown(f"**{title}**\n\n{text}")


def review(waiting: Pending) -> None:
    """Show how a file was understood, and let its columns be corrected and confirmed."""
    export = waiting.read.export
    headline(
        DATA,
        quality.sentence(export)
        if export
        else f"{count(waiting.read.rows, 'row')} read; the columns need your attention",
        step="review",
    )
    if waiting.read.problem is not None:
        problem(columns.below(waiting.read.problem, waiting.read.mapping))
    with st.container(horizontal=True, vertical_alignment="center"):
        ready = export is not None and export.rows_accepted > 0
        use = st.button("Use these lines", type="primary", icon=":material/check:", disabled=not ready)
        back = "Choose another file" if waiting.replaces is None else "Keep it as it was"
        if st.button(back, icon=":material/close:"):
            session.drop_pending()
            st.rerun()
        remember = st.checkbox(
            "Remember these columns",
            help="Saves the headings and their meanings on this computer, so the next file with the same headings "
            "is read right away. Headings only, no patient data.",
        )
    upload.sheet_choice(waiting)
    if alike := waiting.read.alike:
        sheets = ", ".join(safe(name) for name in (waiting.read.sheet, *alike))
        st.info(f"The sheets {sheets} have the same columns, so they are read together.", icon=":material/info:")
    columns.groups(waiting)
    answers = clinics.ask(export.lines) if export is not None else {}
    if use:
        upload.confirm(waiting, remember=remember)
        clinics.keep(answers)
        st.rerun()
    if export is not None:
        quality.reconciliation(export)
        quality.notices(export, without=("once_a_group", "money__not_read"))
    left, right = st.tabs(["Columns", LOOK_AT])
    with left:
        quality.not_used(waiting, export)
        columns.editor(waiting)
    with right:
        if export is not None:
            quality.rows_set_aside(export)


def loaded(export: Export) -> None:
    """Show the confirmed export: how it was read, and the settings it cannot tell."""
    named(export)
    homeless = session.homeless()
    asked = f". One step left: what is {'the' if len(homeless) == 1 else 'each'} clinic's ZIP code?" if homeless else ""
    headline(DATA, quality.sentence(export) + asked, step=f"loaded {upload.tries()}", troubled=upload.failed())
    upload.problems()
    clinics.lead(export)
    answers = clinics.ask(export.lines)
    if answers and st.button("Use these classes", icon=":material/check:"):
        clinics.keep(answers)
        st.rerun()
    with st.container(horizontal=True):
        if st.button("See revenue", type="secondary" if homeless else "primary", icon=REVENUE.icon):
            st.switch_page(REVENUE.path)
        if len(session.files()) == 1:
            shell.correct_button("top")
        if st.button("Clear this data", icon=":material/delete:", help="Forgets the files and all settings."):
            session.clear()
            st.rerun()
    st.caption(files.held())
    quality.reconciliation(export)
    quality.payments(export)
    quality.notices(export)
    missing = _without_amount()
    if said := quality.no_amount(missing):
        st.info(safe(said), icon=":material/info:")
    tabs = st.tabs(
        ["Clinics and localities", clinics.PAYERS, LOOK_AT, session.FILES_TAB],
        default=st.session_state.pop(session.DATA_TAB, None),
    )
    with tabs[0]:
        clinics.places(export)
    with tabs[1]:
        clinics.payers(export)
    with tabs[2]:
        quality.rows_set_aside(export)
        quality.lines_without_amount(missing)
    with tabs[3]:
        files.listing()
        upload.drop_zone()
        files.mappings()


def _without_amount() -> pl.DataFrame:
    """The ready lines without a Medicare amount; none while no clinic has a locality, which the page asks for first."""
    if len(session.homeless()) == len(session.places()):
        return pl.DataFrame()
    with st.spinner("Pricing every visit"):
        return quality.unpriced(session.priced())


with screen(DATA):
    upload.resume()
    files.open_asked()
    if (waiting := session.pending()) is not None:
        review(waiting)
    elif (export := session.export()) is not None:
        loaded(export)
    else:
        welcome()
