"""From a dropped file to a confirmed export: read, propose columns, correct them at any time, remember if wished."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis.codes import label
from analysis.errors import BadInput, RevMixError
from analysis.ingest import Document, Mapping, SummaryOnly, documents, propose, read_each, read_table
from analysis.ingest.files import is_x12
from analysis.ingest.missing import has_codes
from analysis.ingest.profiles import load_all, save
from analysis.ingest.reading import clean_sheets
from analysis.ingest.sheets import read_sheets, together
from pages._ui import session, tables
from pages._ui.session import Loaded, Pending
from pages._ui.text import count, safe

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from streamlit.delta_generator import DeltaGenerator

    from analysis.ingest import Export, Summary

PROBLEM, NONCE, ADD, SUMMARY = "upload_problem", "upload_nonce", "upload_add", "upload_summary"


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """A dropped file that could not be read: the sentence, and the file itself where choosing its columns may help."""

    sentence: str
    file: Document | None = None


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
        help="One row for each charge line. RevMix reads the files in memory and sends them nowhere.",
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
    for place, refused in enumerate(st.session_state.get(PROBLEM, ())):
        st.error(refused.sentence, icon=":material/error:")
        if refused.file is not None and st.button(
            f"Choose the columns of {safe(refused.file.name)}", icon=":material/view_column:", key=f"choose_{place}"
        ):
            left = [other for other in st.session_state[PROBLEM] if other is not refused]
            receive_one(refused.file, add=session.has_own_files())
            st.session_state[PROBLEM] = [*left, *st.session_state.get(PROBLEM, ())]
            st.rerun()


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


def receive(files: list[tuple[str, bytes]], *, add: bool = False) -> None:
    """Read dropped files. One export is held until its columns are confirmed; several are used as they are recognised.

    What cannot be read leaves one line each and nothing else.
    """
    try:
        found = documents(files)
    except RevMixError as error:
        _forget()
        st.session_state[PROBLEM] = [Refused(safe(error))]
        return
    with st.spinner("Reading " + ", ".join(safe(document.name) for document in found[:3])):
        if len(found) == 1:
            receive_one(found[0], add=add)
        else:
            _forget()
            _receive_several(found, add=add)


def _forget() -> None:
    """Nothing waits and nothing is wrong."""
    session.drop_pending()
    for key in (PROBLEM, SUMMARY):
        st.session_state.pop(key, None)


def receive_one(document: Document, *, add: bool, sheet: str | None = None) -> None:
    """Hold one file for confirmation; a remittance or claim file needs none."""
    _forget()
    try:
        if is_x12(document.data):
            _use([_read(document)], add=add)
            return
        tables = read_sheets(document.data, document.name, sheet=sheet)
        whole = together(tables)
        proposal = propose(whole, saved=load_all()[0])
        if whole.columns:
            _use([_read(document)], add=add)
            return
        if proposal.missing and isinstance(summed := proposal.refusal(whole), SummaryOnly):
            st.session_state[SUMMARY] = summed.summary
            raise summed
    except RevMixError as error:
        st.session_state[PROBLEM] = [Refused(safe(error))]
        return
    told = (proposal.told(tables[0]), *tables[1:])
    hold(Pending(told, document.data, proposal.columns, proposal.mapping, add=add))


def _read(document: Document) -> Loaded:
    """A file and, where it is a workbook, every sheet of it with the same headings. Raises BadInput."""
    exports = read_each(
        [(document.name, document.data)],
        key=session.patient_key(),
        saved=load_all()[0],
        today=_today(),
    )
    return Loaded(document.name, document.data, tuple(exports))


def _receive_several(found: list[Document], *, add: bool) -> None:
    """Use every file that is recognised, and say of each other one why it is not."""
    loaded: list[Loaded] = []
    refused: list[Refused] = []
    bar = st.progress(0.0, "Reading the files")
    for place, document in enumerate(found):
        bar.progress(place / len(found), f"Reading {safe(document.name)}")
        try:
            loaded.append(_read(document))
        except RevMixError as error:
            refused.append(_refused(document, error))
    bar.empty()
    st.session_state[PROBLEM] = refused
    if loaded:
        _use(loaded, add=add)


def _refused(document: Document, error: RevMixError) -> Refused:
    """What is said of a refused file; of a table of charge lines with the way to choose its columns."""
    if isinstance(error, SummaryOnly) or not isinstance(error, BadInput):
        return Refused(safe(error))
    try:
        table = read_table(document.data, document.name)
        may_be_chosen = bool(propose(table).missing) and has_codes(table)
    except RevMixError:
        may_be_chosen = False
    if not may_be_chosen:
        return Refused(safe(error))
    todo = "choose its columns with the button below, or export the single charge lines"
    told = BadInput(error.found, expected=error.expected, todo=todo, file=error.file, row=error.row)
    return Refused(safe(told), document)


def _use(loaded: list[Loaded], *, add: bool) -> None:
    """Make files the session's data, beside those it has or in their place."""
    add = add and session.has_own_files()
    session.adopt([*(session.files() if add else ()), *loaded], keep=add)


def _today() -> date:
    return datetime.now(tz=UTC).astimezone().date()


def hold(waiting: Pending) -> None:
    """Read a file's tables with its mapping and keep both until the user confirms; the progress shows meanwhile."""
    bar = st.progress(0.0, "Checking every row")
    exports: list[Export] = []
    problem = None
    try:
        exports = clean_sheets(
            waiting.tables, waiting.mapping, key=session.patient_key(), today=_today(), progress=_progress(bar)
        )
    except RevMixError as error:
        problem = error
    bar.empty()
    session.hold(replace(waiting, exports=tuple(exports), problem=problem))


def reopen(file: Loaded) -> None:
    """Let the columns of a loaded file be corrected, as they were confirmed."""
    first = file.exports[0]
    alone = first.sheet if len(file.exports) == 1 else None
    tables = read_sheets(file.data, file.name, sheet=alone or None)
    hold(Pending(tables, file.data, propose(together(tables)).columns, first.mapping, replaces=file))


def _progress(bar: DeltaGenerator) -> Callable[[float, str], None]:
    def show(share: float, step: str) -> None:
        bar.progress(share, f"Checking every row: {step}")

    return show


def remap(waiting: Pending, mapping: Mapping) -> None:
    """Read the file again with a corrected mapping."""
    hold(replace(waiting, mapping=mapping))


def sheet_choice(waiting: Pending) -> None:
    """Let another sheet of the workbook be chosen, where there are several."""
    first = waiting.tables[0]
    if len(first.sheets) < 2 or waiting.replaces is not None:  # noqa: PLR2004  a choice takes two
        return
    every = f"{first.sheet} and {count(len(first.alike), 'more sheet')} like it" if first.alike else first.sheet
    chosen = st.selectbox(
        "Sheet",
        first.sheets,
        index=first.sheets.index(first.sheet),
        format_func=lambda name: every if name == first.sheet else name,
    )
    if chosen != first.sheet:
        receive_one(Document(first.name, waiting.data), sheet=chosen, add=waiting.add)
        st.rerun()


def confirm(waiting: Pending, *, remember: bool) -> None:
    """Use the file as it was read. The mapping is written down only when the user asked for it."""
    if not waiting.exports:
        return
    if remember:
        save(replace(waiting.exports[0].mapping, name=waiting.tables[0].name))
    loaded = Loaded(waiting.tables[0].name, waiting.data, waiting.exports)
    if waiting.replaces is None:
        _use([loaded], add=waiting.add)
    else:
        session.adopt([loaded if file is waiting.replaces else file for file in session.files()], keep=True)
