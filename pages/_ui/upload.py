"""From a dropped file to a confirmed export: read, propose columns, correct them, remember them if wished."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis.codes import label
from analysis.errors import RevMixError
from analysis.ingest import Export, Mapping, RawTable, SummaryOnly, clean, documents, propose, read_each, read_table
from analysis.ingest.fill import once_a_group
from analysis.ingest.profiles import load_all, save
from pages._ui import session, tables
from pages._ui.session import Pending
from pages._ui.text import safe

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from streamlit.delta_generator import DeltaGenerator

    from analysis.ingest import ColumnProposal, Document, Summary

PROBLEM, NONCE, ADD, SUMMARY = "upload_problem", "upload_nonce", "upload_add", "upload_summary"


def drop_zone() -> None:
    """Offer the place to drop files. Their bytes are read once and let go: the widget starts empty under a new key."""
    nonce = st.session_state.setdefault(NONCE, 0)
    add = session.has_own_files() and st.toggle(
        "Add to the files that are loaded",
        value=True,
        key=f"{ADD}_{nonce}",
        help="Remittances are posted to the charges they pay, and lines that two files hold count once. "
        "Off: the files take the place of what is loaded.",
    )
    files = st.file_uploader(
        "Billing exports (CSV, TSV, Excel), remittances (835), claims (837P), or a zip of them",
        key=f"upload_{nonce}",
        accept_multiple_files=True,
        help="One row for each charge line. The files are read on this computer and stay on it.",
    )
    if files:
        receive([(file.name, file.getvalue()) for file in files], add=add)
        st.session_state[NONCE] = nonce + 1
        st.rerun()
    if session.export() is None:
        problems()
    if (summary := st.session_state.get(SUMMARY)) is not None:
        _show_summary(summary)


def problems() -> None:
    """What of the files dropped last could not be read, one sentence each: at the top of the page."""
    for found in st.session_state.get(PROBLEM, ()):
        st.error(found, icon=":material/error:")


def _show_summary(summary: Summary) -> None:
    """The code totals of a report without single lines: all that can be said of it."""
    st.subheader(f"The mix of codes in {safe(summary.name)}", anchor=False)
    frame = summary.frame
    labels = pl.Series("label", [label(code) for code in frame["code"]], dtype=pl.String)
    tables.show(
        frame.insert_column(1, labels),
        alt="Units and dollars by code as the report sums them",
        file_name="revmix_code_totals.csv",
    )
    st.caption("As the report sums them. Medicare's amounts depend on what else was done on the day, so none is shown.")


def receive(files: list[tuple[str, bytes]], *, add: bool = False, sheet: str | None = None) -> None:
    """Read dropped files. One export is held until its columns are confirmed; several are used as they are recognised.

    What cannot be read leaves one line each and nothing else.
    """
    session.drop_pending()
    for key in (PROBLEM, SUMMARY):
        st.session_state.pop(key, None)
    try:
        found = documents(files)
    except RevMixError as error:
        st.session_state[PROBLEM] = [safe(error)]
        return
    with st.spinner("Reading " + ", ".join(safe(document.name) for document in found[:3])):
        if len(found) == 1:
            _receive_one(found[0], add=add, sheet=sheet)
        else:
            _receive_several(found, add=add)


def _receive_one(document: Document, *, add: bool, sheet: str | None) -> None:
    """Hold one file for confirmation; a remittance or claim file needs none."""
    try:
        table = read_table(document.data, document.name, sheet=sheet)
        proposal = propose(table, saved=load_all())
        if table.columns:
            _use([clean(table, proposal.mapping, key=session.patient_key(), today=_today())], add=add)
            return
        asks = not proposal.missing and once_a_group(table, proposal.mapping)
        if table.alike and sheet is None and not proposal.missing and not asks:
            _use(read_each([(document.name, document.data)], key=session.patient_key(), saved=load_all()), add=add)
            return
        if proposal.missing and isinstance(summed := proposal.refusal(table), SummaryOnly):
            st.session_state[SUMMARY] = summed.summary
            raise summed
    except RevMixError as error:
        st.session_state[PROBLEM] = [safe(error)]
        return
    workbook = document.data if len(table.sheets) > 1 else None
    hold(proposal.told(table), proposal.columns, proposal.mapping, workbook=workbook, add=add)


def _receive_several(found: list[Document], *, add: bool) -> None:
    """Use every file that is recognised, and say of each other one why it is not."""
    exports: list[Export] = []
    problems: list[str] = []
    saved = load_all()
    bar = st.progress(0.0, "Reading the files")
    for place, document in enumerate(found):
        bar.progress(place / len(found), f"Reading {safe(document.name)}")
        try:
            table = read_table(document.data, document.name)
            proposal = propose(table, saved=saved)
            if proposal.missing:
                raise proposal.refusal(table)
            exports.append(clean(proposal.told(table), proposal.mapping, key=session.patient_key(), today=_today()))
        except RevMixError as error:
            problems.append(safe(error))
    bar.empty()
    st.session_state[PROBLEM] = problems
    if exports:
        _use(exports, add=add)


def _use(exports: list[Export], *, add: bool) -> None:
    """Make files the session's data, beside those it has or in their place."""
    add = add and session.has_own_files()
    session.adopt([*(session.parts() if add else ()), *exports], add=add)


def _today() -> date:
    return datetime.now(tz=UTC).astimezone().date()


def hold(
    table: RawTable,
    columns: tuple[ColumnProposal, ...],
    mapping: Mapping,
    *,
    workbook: bytes | None = None,
    add: bool = False,
) -> None:
    """Read a table with a mapping and keep both until the user confirms; the progress shows meanwhile."""
    bar = st.progress(0.0, "Checking every row")
    export, problem = None, None
    try:
        export = clean(table, mapping, key=session.patient_key(), today=_today(), progress=_progress(bar))
    except RevMixError as error:
        problem = error
    bar.empty()
    session.hold(Pending(table, columns, mapping, export, problem, workbook, add))


def _progress(bar: DeltaGenerator) -> Callable[[float, str], None]:
    def show(share: float, step: str) -> None:
        bar.progress(share, f"Checking every row: {step}")

    return show


def remap(waiting: Pending, mapping: Mapping) -> None:
    """Read the file again with a corrected mapping."""
    hold(waiting.table, waiting.columns, mapping, workbook=waiting.workbook, add=waiting.add)


def sheet_choice(waiting: Pending) -> None:
    """Let another sheet of the workbook be chosen, where there are several."""
    if waiting.workbook is None:
        return
    sheets = waiting.table.sheets
    chosen = st.selectbox("Sheet", sheets, index=sheets.index(waiting.table.sheet))
    if chosen != waiting.table.sheet:
        receive([(waiting.table.name, waiting.workbook)], sheet=chosen, add=waiting.add)
        st.rerun()


def confirm(waiting: Pending, *, remember: bool) -> None:
    """Use the file as it was read. The mapping is written down only when the user asked for it."""
    if waiting.export is None:
        return
    if remember:
        save(replace(waiting.export.mapping, name=waiting.table.name))
    if waiting.table.alike and waiting.workbook is not None:
        document = (waiting.table.name, waiting.workbook)
        exports = read_each([document], key=session.patient_key(), mapping=waiting.export.mapping)
    else:
        exports = [waiting.export]
    _use(exports, add=waiting.add)
