"""The loaded files, how each was read, and how to correct or remove it; also the mappings saved on disk."""

from __future__ import annotations

import streamlit as st

from analysis.ingest.columns.saved_mappings import load_all, remove
from analysis.ingest.posting.combine import REMITTANCE
from analysis.ingest.settings import source_fields
from pages._ui.data import upload
from pages._ui.kit import idle, session
from pages._ui.kit.session import Loaded
from pages._ui.kit.shell import CORRECT
from pages._ui.kit.text import count, exact, listed, safe

MEGABYTE = 1_000_000
HOUR = 60


def listing() -> None:
    """List each file: what was read of it, a button for its columns, a button to remove it."""
    for index, file in enumerate(session.files()):
        with st.container(border=True):
            name_cell, correct_cell, remove_cell = st.columns((6, 3, 2), vertical_alignment="center")
            name_cell.markdown(f"**{safe(file.name)}**  \n{_account(file)}")
            if file.correctable and correct_cell.button(
                CORRECT, icon=":material/view_column:", key=f"correct_{index}", width="stretch"
            ):
                upload.reopen(file)
                st.rerun()
            if len(session.files()) > 1 and remove_cell.button(
                "Remove", icon=":material/close:", key=f"remove_{index}", width="stretch"
            ):
                session.remove(file)
                st.rerun()


def _account(file: Loaded) -> str:
    """Say what was read of a file."""
    rows = sum(export.rows_read for export in file.exports)
    if checks := [export.checks for export in file.exports if export.format == REMITTANCE]:
        paid = sum(int(frame["claims_cents"].fill_null(0).sum()) for frame in checks)
        number = sum(frame.height for frame in checks)
        return f"{count(rows, 'row')} of {count(number, 'check or EFT', 'checks and EFTs')}, {exact(paid)} paid"
    ready = sum(export.rows_accepted for export in file.exports)
    dollars = sum(export.dollars_accepted for export in file.exports)
    sheets = f" of {count(len(file.exports), 'sheet')}" if len(file.exports) > 1 else ""
    return f"{ready:,} of {count(rows, 'row')}{sheets} ready, {exact(dollars)} billed"


def storage_note() -> str:
    """Say which of the user's data is in memory, where, and until when."""
    if session.is_sample():
        return "The sample clinic is made up. It has no real patients."
    loaded = session.files()
    size = sum(len(file.data) for file in loaded)
    size_text = f"{size / MEGABYTE:.1f} MB" if size >= MEGABYTE / 10 else f"{size / 1_000:.1f} kB"
    subject = "Your file" if len(loaded) == 1 else f"Your {len(loaded)} files"
    minutes = idle.minutes()
    hours = f"{minutes / HOUR:g} hours" if minutes % HOUR == 0 and minutes > HOUR else f"{minutes:g} minutes"
    unused = f", or after {hours} without a click" if minutes else ""
    deletion = "It is deleted" if len(loaded) == 1 else "They are deleted"
    return (
        f"{subject} ({size_text}) and what RevMix read are in memory, for this browser page only. "
        f"Nothing is written to disk. {deletion} when you clear the data, when you close or reload the page{unused}."
    )


def open_file_to_correct() -> None:
    """Open the columns of the file that another page asked for (`shell.correct_button`)."""
    if (file := session.file_to_correct()) is not None:
        upload.reopen(file)


def mappings() -> None:
    """List the mappings saved on this computer, each with its columns and a button to delete it."""
    saved, broken = load_all()
    if not saved and not broken:
        return
    with st.expander(f"{count(len(saved) + len(broken), 'saved column setup')}", icon=":material/bookmark:"):
        st.caption("Saved on this computer: column headings and what they mean. No patient data.")
        for mapping in saved:
            text_cell, delete_cell = st.columns((7, 2), vertical_alignment="center")
            fields = source_fields()
            meanings = [f"{heading} is {fields[field].label}" for heading, field in mapping.columns]
            title = mapping.name or "without a name"
            text_cell.markdown(f"**{safe(title)}**", help=safe("; ".join(meanings)))
            text_cell.caption(safe(listed([heading for heading, _ in mapping.columns], at_most=6)))
            if delete_cell.button(
                "Delete", icon=":material/delete:", key=f"forget_{mapping.fingerprint}", width="stretch"
            ):
                remove(mapping)
                st.rerun()
        for problem in broken:
            st.warning(safe(problem), icon=":material/warning:")
