"""From a dropped file to a confirmed export: read, propose columns, correct them at any time, save them if asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis.codes.hcpcs import label
from analysis.errors import BadInput, RevMixError
from analysis.ingest import Document, Mapping, SummaryOnly, unpack_files
from analysis.ingest.columns.saved_mappings import load_all, save
from analysis.ingest.review import ReadSettings, Review, load_apart, may_be_chosen_apart, review_apart
from analysis.system import apart
from pages._ui.data.dropped import let_go, read
from pages._ui.kit import session, tables
from pages._ui.kit.session import Loaded, Pending
from pages._ui.kit.terms import explain
from pages._ui.kit.text import count, safe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from analysis.ingest import Summary

NAMED = 4
"""How many headings make up the name of a remembered mapping."""
PROBLEM, NONCE, ADD, SUMMARY = "upload_problem", "upload_nonce", "upload_add", "upload_summary"
session.register_keys(of_file=(PROBLEM, SUMMARY))


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """A dropped file that could not be read: the sentence, and the file itself where choosing its columns may help."""

    sentence: str
    file: Document | None = None


def drop_zone() -> None:
    """Show the box to drop files. Their bytes are read once and released: the widget starts empty under a new key."""
    apart.ready()
    nonce = st.session_state.setdefault(NONCE, 0)
    add = session.has_own_files() and st.toggle(
        "Add to the loaded files",
        value=True,
        key=f"{ADD}_{nonce}",
        help="Remittances are posted to the charges they pay, and lines that are in two files count once. "
        "Off: the new files replace the loaded ones.",
    )
    files = st.file_uploader(
        "Billing exports (CSV, TSV, Excel), remittances (835), claims (837P), or a zip file of these",
        key=f"upload_{nonce}",
        accept_multiple_files=True,
        help="One row for each charge line. RevMix reads the files in memory and sends them nowhere.\n\n"
        + explain("remittance", "claim", "posting"),
    )
    if files:
        keep_until_read(files, add=bool(add))
        st.rerun()
    if session.export() is None:
        problems()
    if (summary := st.session_state.get(SUMMARY)) is not None:
        _show_summary(summary)


def keep_until_read(files: Sequence[UploadedFile], *, add: bool) -> None:
    """Keep dropped files until they are read (`resume`): another drop or page can stop a run at any time."""
    unread, _ = st.session_state.get(session.INBOX, ({}, add))
    dropped = read(files)
    st.session_state[session.INBOX] = ({**unread, **dropped}, add)
    let_go(dropped)


def resume() -> None:
    """Read the dropped files that are not read yet; start over if a run was stopped."""
    if session.INBOX not in st.session_state:
        return
    unread, add = st.session_state[session.INBOX]
    try:
        receive(list(unread.values()), add=add)
    except Exception:  # a fault of ours: the files are not read over and over
        del st.session_state[session.INBOX]
        raise
    del st.session_state[session.INBOX]
    st.session_state[NONCE] = st.session_state.get(NONCE, 0) + 1
    st.rerun()


def read_count() -> int:
    """Return how often files have been read in this session."""
    return int(st.session_state.get(NONCE, 0))


def failed() -> bool:
    """Return whether any of the last dropped files could not be read."""
    return bool(st.session_state.get(PROBLEM))


def problems() -> None:
    """Show which of the last dropped files could not be read, one sentence each, at the top of the page."""
    for index, refused in enumerate(st.session_state.get(PROBLEM, ())):
        st.error(refused.sentence, icon=":material/error:")
        if refused.file is not None and st.button(
            f"Choose the columns of {safe(refused.file.name)}", icon=":material/view_column:", key=f"choose_{index}"
        ):
            others = [other for other in st.session_state[PROBLEM] if other is not refused]
            receive_one(refused.file, add=session.has_own_files())
            st.session_state[PROBLEM] = [*others, *st.session_state.get(PROBLEM, ())]
            st.rerun()


def _show_summary(summary: Summary) -> None:
    """Show the code totals of a report without single lines: it has nothing else."""
    st.subheader(f"Code totals in {safe(summary.name)}", anchor=False)
    frame = summary.frame
    labels = pl.Series("label", [label(code) for code in frame["code"]], dtype=pl.String)
    tables.show(
        frame.insert_column(1, labels),
        alt="Units and dollars by code, as in the report",
        file_name="revmix_code_totals.csv",
    )
    st.caption(
        "Totals as in the report. Medicare's amounts depend on what else was billed the same day, so none is shown."
    )


def receive(files: list[tuple[str, bytes]], *, add: bool = False) -> None:
    """Read dropped files. A single export waits for its columns to be confirmed; several are used as recognized.

    What cannot be read leaves one line each and nothing else.
    """
    errors: list[BadInput] = []
    unpacked = unpack_files(files, errors)
    refused = [Refused(safe(error)) for error in errors]
    _forget()
    with st.spinner("Reading " + ", ".join(safe(document.name) for document in unpacked[:3])):
        if len(unpacked) == 1 and not refused:
            receive_one(unpacked[0], add=add)
        else:
            _receive_several(unpacked, refused, add=add)


def _forget() -> None:
    """Clear the pending file and the messages."""
    session.drop_pending()
    for key in (PROBLEM, SUMMARY):
        st.session_state.pop(key, None)


def receive_one(document: Document, *, add: bool, sheet: str | None = None) -> None:
    """Hold one file for confirmation; a remittance or claim file needs none."""
    _forget()
    try:
        with _progress(document.name) as report:
            result = review_apart(document, _options(), sheet=sheet, progress=report)
    except RevMixError as error:
        if isinstance(error, SummaryOnly):
            st.session_state[SUMMARY] = error.summary
        st.session_state[PROBLEM] = [Refused(safe(error))]
        return
    if isinstance(result, Review):
        session.set_pending(Pending(result, document.data, add=add))
    else:
        _use([Loaded(document.name, document.data, result)], add=add)


def _options() -> ReadSettings:
    """Return how this session reads files: its pseudonym key, today's date, the remembered mappings."""
    return ReadSettings(session.patient_key(), datetime.now(tz=UTC).astimezone().date(), tuple(load_all()[0]))


def _receive_several(unpacked: list[Document], refused: list[Refused], *, add: bool) -> None:
    """Use every file that is recognized, and say why the others are not."""
    loaded: list[Loaded] = []
    options = _options()
    for index, document in enumerate(unpacked):
        try:
            with _progress(document.name, index, len(unpacked)) as report:
                loaded.append(Loaded(document.name, document.data, load_apart(document, options, report)))
        except RevMixError as error:
            refused.append(_refused(document, error))
    if loaded:
        _use(loaded, add=add)
    st.session_state[PROBLEM] = refused


def _refused(document: Document, error: RevMixError) -> Refused:
    """Return the message for a refused file; for a table of charge lines, with a way to choose its columns."""
    if isinstance(error, SummaryOnly) or not isinstance(error, BadInput) or not may_be_chosen_apart(document):
        return Refused(safe(error))
    todo = "choose its columns with the button below, or export single charge lines"
    with_todo = BadInput(error.found, expected=error.expected, todo=todo, file=error.file, row=error.row)
    return Refused(safe(with_todo), document)


def _use(loaded: list[Loaded], *, add: bool) -> None:
    """Make files the session's data, in addition to its files or instead of them."""
    add = add and session.has_own_files()
    new = {(file.name, file.data) for file in loaded}
    others = [file for file in session.files() if (file.name, file.data) not in new] if add else []
    session.adopt([*others, *loaded], keep=add)


@contextmanager
def _progress(name: str, index: int = 0, files: int = 1) -> Iterator[Callable[[float, str], None]]:
    """Show a bar with the progress of reading one file, or all of several."""
    bar = st.progress(index / files, f"Reading {safe(name)}")

    def show(share: float, step: str) -> None:
        bar.progress((index + share) / files, f"{safe(name)}: {safe(step)}")

    try:
        yield show
    finally:
        bar.empty()


def reopen(file: Loaded) -> None:
    """Let the columns of a loaded file be corrected, as they were confirmed."""
    first = file.exports[0]
    alone = first.sheet if len(file.exports) == 1 else None
    with _progress(file.name) as report:
        document = Document(file.name, file.data)
        result = review_apart(document, _options(), sheet=alone or None, mapping=first.mapping, progress=report)
    if isinstance(result, Review):
        session.set_pending(Pending(result, file.data, replaces=file))


def remap(pending: Pending, mapping: Mapping) -> None:
    """Read the file again with a corrected mapping."""
    before = pending.review
    with _progress(before.name) as report:
        document = Document(before.name, pending.data)
        result = review_apart(
            document, _options(), sheet=before.requested_sheet, mapping=mapping, before=before, progress=report
        )
    if isinstance(result, Review):
        session.set_pending(replace(pending, review=result))


def sheet_choice(pending: Pending) -> None:
    """Let another sheet of the workbook be chosen, where there are several."""
    first = pending.review
    if len(first.sheets) < 2 or pending.replaces is not None:  # noqa: PLR2004  a choice takes two
        return
    every = (
        f"{first.sheet} and {count(len(first.alike), 'more sheet')} with the same columns"
        if first.alike
        else first.sheet
    )
    choice = st.selectbox(
        "Sheet",
        first.sheets,
        index=first.sheets.index(first.sheet),
        format_func=lambda name: every if name == first.sheet else name,
    )
    if choice != first.sheet:
        receive_one(Document(first.name, pending.data), sheet=choice, add=pending.add)
        st.rerun()


def confirm(pending: Pending, *, remember: bool) -> None:
    """Use the file as it was read. The mapping is saved only if the user asked for it."""
    exports = pending.review.exports
    if not exports:
        return
    if remember:
        # Named by its headings: a file's name may be a patient's.
        mapping = exports[0].mapping
        save(replace(mapping, name=", ".join(heading for heading, _ in mapping.columns[:NAMED])))
    loaded = Loaded(pending.review.name, pending.data, exports)
    if pending.replaces is None:
        _use([loaded], add=pending.add)
    else:
        session.adopt([loaded if file is pending.replaces else file for file in session.files()], keep=True)
