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
from pages._ui.kit.view import show_data_set

if TYPE_CHECKING:
    from analysis.ingest import Export
    from pages._ui.kit.session import Pending

REVIEW_TAB = "Rows to review"
WELCOME = {
    "What the files need": "One row for each charge line: date of service, CPT code, units, patient. Any column names "
    "work. Add charges, payments, payer, clinic and therapist to see more. Remittances (835) are matched for you.",
    "What you get": "What each code earns, what Medicare would allow for every visit, to the cent, and how your units "
    "split across codes.",
    "What happens to your file": "RevMix reads it in memory and sends it nowhere. Codes replace patient names and "
    "numbers in every figure. Your file stays in memory until you clear it, close the page, or leave it unused for "
    "a long time. Nothing is written to disk.",
}


def show_welcome() -> None:
    """Show a box to drop a file, and the sample clinic, while nothing is loaded."""
    headline(
        DATA,
        "Drop a billing export to see what each code earns and what Medicare would allow",
        step=f"drop {upload.read_count()}",
        has_problem=upload.failed(),
    )
    upload.drop_zone()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("No file handy?", width="content")
        if st.button("Try the sample clinic", icon=":material/science:"):
            session.open_sample()
            st.switch_page(REVENUE.path)
    files.mappings()
    for cell, (title, text) in zip(st.columns(len(WELCOME)), WELCOME.items(), strict=True):
        with cell.container(border=True, height="stretch"):
            st.markdown(f"**{title}**\n\n{text}")


def show_review(pending: Pending) -> None:
    """Show how a file was understood, and let its columns be corrected and confirmed."""
    export = pending.review.export
    headline(
        DATA,
        quality.sentence(export)
        if export
        else f"{count(pending.review.rows, 'row')} read; the columns need your attention",
        step="review",
    )
    if pending.review.problem is not None:
        problem(columns.error_with_todo(pending.review.problem, pending.review.mapping))
    with st.container(horizontal=True, vertical_alignment="center"):
        ready = export is not None and export.rows_accepted > 0
        use = st.button("Use these lines", type="primary", icon=":material/check:", disabled=not ready)
        back = "Choose another file" if pending.replaces is None else "Keep it as it was"
        if st.button(back, icon=":material/close:"):
            session.drop_pending()
            st.rerun()
        remember = st.checkbox(
            "Remember these columns",
            help="Saves the headings and their meanings on this computer, so the next file with the same headings "
            "is read right away. Headings only, no patient data.",
        )
    upload.sheet_choice(pending)
    if alike := pending.review.alike:
        sheets = ", ".join(safe(name) for name in (pending.review.sheet, *alike))
        st.info(f"The sheets {sheets} have the same columns, so they are read together.", icon=":material/info:")
    columns.fill_down_options(pending)
    answers = clinics.ask(export.lines) if export is not None else {}
    if use:
        upload.confirm(pending, remember=remember)
        clinics.keep(answers)
        st.rerun()
    if export is not None:
        quality.reconciliation(export)
        quality.notices(export, without=("once_a_group", "money__not_read"))
    left, right = st.tabs(["Columns", REVIEW_TAB])
    with left:
        quality.missing_and_unused(pending, export)
        columns.editor(pending)
    with right:
        if export is not None:
            quality.rows_to_review(export)


def show_loaded(export: Export) -> None:
    """Show the confirmed export: how it was read, and the settings that are not in the file."""
    show_data_set(export)
    without_locality = session.clinics_without_locality()
    question = (
        f". One step left: what is {'the' if len(without_locality) == 1 else 'each'} clinic's ZIP code?"
        if without_locality
        else ""
    )
    headline(
        DATA, quality.sentence(export) + question, step=f"loaded {upload.read_count()}", has_problem=upload.failed()
    )
    upload.problems()
    clinics.ask_for_zip(export)
    answers = clinics.ask(export.lines)
    if answers and st.button("Use these classes", icon=":material/check:"):
        clinics.keep(answers)
        st.rerun()
    with st.container(horizontal=True):
        if st.button("See revenue", type="secondary" if without_locality else "primary", icon=REVENUE.icon):
            st.switch_page(REVENUE.path)
        if len(session.files()) == 1:
            shell.correct_button("top")
        if st.button("Clear this data", icon=":material/delete:", help="Removes the files and all settings."):
            session.clear()
            st.rerun()
    st.caption(files.storage_note())
    quality.reconciliation(export)
    quality.payments(export)
    quality.notices(export)
    without_amount = _without_amount()
    if sentence := quality.no_amount(without_amount):
        st.info(safe(sentence), icon=":material/info:")
    tabs = st.tabs(
        ["Clinics and localities", clinics.PAYERS, REVIEW_TAB, session.FILES_TAB],
        default=st.session_state.pop(session.DATA_TAB, None),
    )
    with tabs[0]:
        clinics.locality_settings(export)
    with tabs[1]:
        clinics.payers(export)
    with tabs[2]:
        quality.rows_to_review(export)
        quality.lines_without_amount(without_amount)
    with tabs[3]:
        files.listing()
        upload.drop_zone()
        files.mappings()


def _without_amount() -> pl.DataFrame:
    """Return the ready lines without a Medicare amount; none until a clinic has a locality: that is asked first."""
    if len(session.clinics_without_locality()) == len(session.localities()):
        return pl.DataFrame()
    with st.spinner("Pricing every visit"):
        return quality.unpriced(session.priced())


with screen(DATA):
    upload.resume()
    files.open_file_to_correct()
    if (pending := session.pending()) is not None:
        show_review(pending)
    elif (export := session.export()) is not None:
        show_loaded(export)
    else:
        show_welcome()
