"""From a dropped file to a confirmed export: read, propose columns, correct them, remember them if wished."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from analysis.errors import RevMixError
from analysis.ingest import Mapping, RawTable, clean, propose, read_table
from analysis.ingest.profiles import load_all, save
from pages._ui import session
from pages._ui.session import Pending
from pages._ui.text import safe

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.delta_generator import DeltaGenerator

    from analysis.ingest import ColumnProposal

PROBLEM, NONCE = "upload_problem", "upload_nonce"


def drop_zone() -> None:
    """Offer the place to drop a file. Its bytes are read once and let go: the widget starts empty under a new key."""
    nonce = st.session_state.setdefault(NONCE, 0)
    file = st.file_uploader(
        "Billing export: CSV, TSV or Excel workbook",
        key=f"upload_{nonce}",
        help="One row for each charge line. The file is read on this computer and stays on it.",
    )
    if file is not None:
        receive(file.getvalue(), file.name)
        st.session_state[NONCE] = nonce + 1
        st.rerun()
    if (found := st.session_state.get(PROBLEM)) is not None:
        st.error(found, icon=":material/error:")


def receive(data: bytes, name: str, *, sheet: str | None = None) -> None:
    """Read a dropped file and hold it for confirmation; what cannot be read leaves one line and nothing else."""
    session.drop_pending()
    st.session_state.pop(PROBLEM, None)
    with st.spinner(f"Reading {safe(name)}"):
        try:
            table = read_table(data, name, sheet=sheet)
            proposal = propose(table, saved=load_all())
        except RevMixError as error:
            st.session_state[PROBLEM] = safe(error)
            return
    hold(table, proposal.columns, proposal.mapping, workbook=data if len(table.sheets) > 1 else None)


def hold(
    table: RawTable, columns: tuple[ColumnProposal, ...], mapping: Mapping, *, workbook: bytes | None = None
) -> None:
    """Read a table with a mapping and keep both until the user confirms; the progress shows meanwhile."""
    bar = st.progress(0.0, "Checking every row")
    export, problem = None, None
    today = datetime.now(tz=UTC).astimezone().date()
    try:
        export = clean(table, mapping, key=session.patient_key(), today=today, progress=_progress(bar))
    except RevMixError as error:
        problem = error
    bar.empty()
    session.hold(Pending(table, columns, mapping, export, problem, workbook))


def _progress(bar: DeltaGenerator) -> Callable[[float, str], None]:
    def show(share: float, step: str) -> None:
        bar.progress(share, f"Checking every row: {step}")

    return show


def remap(waiting: Pending, mapping: Mapping) -> None:
    """Read the file again with a corrected mapping."""
    hold(waiting.table, waiting.columns, mapping, workbook=waiting.workbook)


def sheet_choice(waiting: Pending) -> None:
    """Let another sheet of the workbook be chosen, where there are several."""
    if waiting.workbook is None:
        return
    sheets = waiting.table.sheets
    chosen = st.selectbox("Sheet", sheets, index=sheets.index(waiting.table.sheet))
    if chosen != waiting.table.sheet:
        receive(waiting.workbook, waiting.table.name, sheet=chosen)
        st.rerun()


def confirm(waiting: Pending, *, remember: bool) -> None:
    """Use the file as it was read. The mapping is written down only when the user asked for it."""
    if waiting.export is None:
        return
    if remember:
        save(replace(waiting.export.mapping, name=waiting.table.name))
    session.adopt(waiting.export)
