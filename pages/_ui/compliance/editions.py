"""The edits claims are held against: which editions there are, and CMS's files of the current quarter brought in."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import streamlit as st

from analysis.errors import BadInput
from analysis.medicare.edits import editions
from analysis.releases import install, installed, remove
from pages._ui.data.dropped import take
from pages._ui.kit import shell
from pages._ui.kit.text import count, day, safe
from serving.office import current

if TYPE_CHECKING:
    from analysis.releases import Installed

DONE, FAILED, ROUND = "audit_edits_done", "audit_edits_failed", "audit_edits_round"


def key() -> tuple[date, ...]:
    """Return what a cached audit depends on besides the lines."""
    return tuple(edition.effective for edition in editions())


def show() -> None:
    """Show the editions; on one's own computer CMS's files can be installed and removed."""
    with st.expander("Code pairs and unit limits (NCCI)", icon=":material/table_view:"):
        _messages()
        days = ", ".join(day(edition.effective) for edition in editions())
        st.markdown(f"Claims are held against the edition of their date. RevMix has: {days}.")
        if current() is not None:
            st.caption("On this server, whoever runs it installs editions: revmix import-edits.")
            return
        for edition in installed():
            _installed(edition)
        st.markdown(
            "CMS publishes new tables every quarter. Drop the practitioner files here: all four parts of the "
            "procedure-to-procedure edits, the medically unlikely edits, or zips of them."
        )
        effective = st.date_input(
            "First day of the quarter, if the files do not say it",
            value=None,
            format="MM/DD/YYYY",
            key="audit_edits_day",
        )
        files = st.file_uploader(
            "CMS's practitioner files",
            type=["zip", "txt", "csv", "xlsx"],
            accept_multiple_files=True,
            key=f"audit_edits_files_{st.session_state.get(ROUND, 0)}",
        )
        if st.button(
            "Install these tables", icon=":material/download_done:", disabled=not files, key="audit_edits_install"
        ):
            _install(take(files), effective)


def _install(files: list[tuple[str, bytes]], effective: date | None) -> None:
    try:
        edition = install(files, effective)
    except BadInput as error:
        st.session_state[FAILED] = error
    else:
        st.session_state[DONE] = (
            f"Installed for services from {day(edition.effective)} on: {count(edition.pairs, 'pair')}, "
            f"{count(edition.units, 'unit limit')}."
        )
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    st.rerun()


def _installed(edition: Installed) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{day(edition.effective)}**: {count(edition.pairs, 'pair')}, {count(edition.units, 'unit limit')}, from "
            f"{safe(', '.join(edition.source))}, installed {day(edition.installed_on)}",
            width="stretch",
        )
        if st.button("Remove", icon=":material/delete:", key=f"audit_edits_remove_{edition.effective}"):
            remove(edition.effective)
            st.rerun()


def _messages() -> None:
    """Say once what became of the files."""
    if (done := st.session_state.pop(DONE, None)) is not None:
        st.success(safe(done), icon=":material/check:")
    if (failed := st.session_state.pop(FAILED, None)) is not None:
        shell.problem(failed)
