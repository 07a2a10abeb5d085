"""What a session holds: the confirmed export as canonical lines, its clinics' localities, corrected payer classes.

Nothing is shared between sessions and nothing touches the disk. A file's own bytes are held until the session's data
are cleared (`Loaded`), because its columns may have to be corrected at any time; all pages work on pseudonymised lines.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis.errors import BadInput
from analysis.ingest import Export, combine, read_export
from analysis.ingest.rows.parse import X12
from analysis.lines.filters import days
from analysis.lines.payers import with_joined_payers
from analysis.pricing import Priced, clinics, price
from analysis.system.apart import release_memory
from analysis.system.paths import DATA
from pages._ui.kit.cache import CACHE, IS_SAMPLE, cached

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analysis.ingest.review import Review
    from analysis.medicare.fees import Locality
    from analysis.medicare.fees.schedules import Track

SAMPLE = DATA / "samples" / "riverside_pt.csv"
EXPORT, LOCALITIES, CLASSES, PENDING, KEY = "export", "localities", "payer_classes", "pending", "patient_key"
TRACK, FILES, JOINED = "track", "files", "joined_payers"
INBOX = "upload_inbox"
"""Key of dropped files that are not read yet."""
COLUMNS_OF, DATA_TAB, FILES_TAB = "columns_of", "data_tab", "Files"
"""What another page asks of Data: a file's columns, or a tab, such as the one of the files."""
DATES = "filter_dates"
"""Key of the dates filtered to."""
_OF_LINES, _OF_FILE = {CACHE}, {"filter_"}
"""Prefixes of the keys computed from the lines, and of the user's choices for a file; pages add their own."""


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A file in use: its name, its bytes, and its exports (one for each sheet of a workbook)."""

    name: str
    data: bytes
    exports: tuple[Export, ...]

    @property
    def correctable(self) -> bool:
        """Whether it has columns to correct: remittances, claim files and lists of payments have none."""
        return any(export.format not in X12 and export.lines.height for export in self.exports)


@dataclass(frozen=True, slots=True, eq=False)
class Pending:
    """A file whose columns are not confirmed yet.

    Attributes
    ----------
    review:
        What was read of the file, with the mapping as the user has corrected it since.
    data:
        The bytes of the file.
    add:
        Whether the file joins those that are loaded.
    replaces:
        The loaded file that is read again; None for a new file.
    """

    review: Review
    data: bytes
    add: bool = False
    replaces: Loaded | None = None


def register_keys(*, of_lines: Iterable[str] = (), of_file: Iterable[str] = ()) -> None:
    """Declare a page's session keys, or their prefixes.

    Parameters
    ----------
    of_lines:
        What is computed from the lines: deleted when the lines change.
    of_file:
        The user's choices for a file, and messages about it: deleted when other files replace it.
    """
    _OF_LINES.update(of_lines)
    _OF_FILE.update(of_file)


def patient_key() -> bytes:
    """Return the secret behind this session's patient pseudonyms; it ends with the session."""
    key: bytes = st.session_state.setdefault(KEY, secrets.token_bytes(32))
    return key


def export() -> Export | None:
    """Return the confirmed export, if there is one."""
    current: Export | None = st.session_state.get(EXPORT)
    if current is None and (loaded := files()):
        current = st.session_state[EXPORT] = combine([export for file in loaded for export in file.exports])
    return current


def ask_for_columns(file: Loaded | None) -> None:
    """Have the Data page open a file's columns; None: its list of files."""
    st.session_state[COLUMNS_OF if file else DATA_TAB] = file or FILES_TAB


def file_to_correct() -> Loaded | None:
    """Return, once, the file whose columns another page asked to correct."""
    file: Loaded | None = st.session_state.pop(COLUMNS_OF, None)
    return file


def has_unread_files() -> bool:
    """Return whether any dropped files have not been read yet."""
    return INBOX in st.session_state


def pending() -> Pending | None:
    """Return the file whose columns are not confirmed yet, if there is one."""
    file: Pending | None = st.session_state.get(PENDING)
    return file


def set_pending(file: Pending) -> None:
    """Keep a dropped file until its columns are confirmed."""
    st.session_state[PENDING] = file


def drop_pending() -> None:
    """Delete the pending file with its text."""
    st.session_state.pop(PENDING, None)


def files() -> tuple[Loaded, ...]:
    """Return the files that the session's data comes from."""
    loaded: tuple[Loaded, ...] = st.session_state.get(FILES, ())
    return loaded


def has_own_files() -> bool:
    """Return whether the user's files are loaded; they always replace the sample clinic."""
    return bool(files()) and not is_sample()


def is_sample() -> bool:
    """Return whether the sample clinic is loaded."""
    return bool(st.session_state.get(IS_SAMPLE))


def adopt(
    loaded: Sequence[Loaded], *, keep: bool = False, sample: bool = False, combined: Export | None = None
) -> None:
    """Make files the session's data: localities from their ZIP codes; the old filters and corrections are deleted.

    `keep`: the files are those already loaded, with one added, removed or read again, and the user's settings stay:
    localities, payer classes, filters. `combined`: the export of all files, if the caller has it already.
    """
    combined = combined or combine([export for file in loaded for export in file.exports])
    old_localities = localities() if keep else {}
    known = {clinic: locality for clinic, locality in old_localities.items() if locality is not None}
    by_clinic = {
        clinic: known.get(clinic, locality) for clinic, locality in clinics.clinic_localities(combined).items()
    }
    # Streamlit may stop a run wherever it touches the state. The export goes first and comes last, so that no other
    # files' settings ever stand beside it; `export` combines the files again if a run was stopped in between.
    _forget_whole_span()
    st.session_state.pop(EXPORT, None)
    st.session_state[IS_SAMPLE] = sample or (keep and is_sample())
    if not keep:
        st.session_state.pop(CLASSES, None)
        st.session_state.pop(JOINED, None)
    going = tuple(_OF_LINES if keep else _OF_LINES | _OF_FILE)
    for key in [name for name in st.session_state if str(name).startswith(going)]:
        del st.session_state[key]
    st.session_state[LOCALITIES] = by_clinic
    st.session_state[FILES] = tuple(loaded)
    st.session_state[EXPORT] = combined
    drop_pending()


def _forget_whole_span() -> None:
    """Forget dates that were not narrowed: the full range of the old lines is not that of the new ones."""
    old = export()
    if old is not None and old.rows_accepted and st.session_state.get(DATES) == days(old.lines):
        del st.session_state[DATES]


def remove(file: Loaded) -> None:
    """Remove a file from the session's data; the others stay with the user's settings."""
    others = [other for other in files() if other is not file]
    if others:
        adopt(others, keep=True)
    else:
        clear()


def clear() -> None:
    """Delete all of the user's data in this session, and release its memory to the system if possible."""
    keys = [name for name in st.session_state if name != "routed"]
    for key in sorted(keys, key=lambda name: name not in (FILES, EXPORT, PENDING)):  # patients' data first
        del st.session_state[key]
    release_memory()


def open_sample() -> None:
    """Load the sample clinic, a synthetic one, as if its file had been dropped and confirmed."""
    file = _sample()
    adopt([file], sample=True, combined=file.exports[0])


@cache
def _sample() -> Loaded:
    """The sample clinic, read once for all sessions: it is made up, so its pseudonyms hide nobody."""
    data = SAMPLE.read_bytes()
    return Loaded(SAMPLE.name, data, (combine([read_export(data, SAMPLE.name, key=secrets.token_bytes(32))]),))


def localities() -> Mapping[str | None, Locality | None]:
    """Return each clinic's Medicare locality; None if it is not known, so that its lines cannot be priced."""
    by_clinic: Mapping[str | None, Locality | None] = st.session_state.get(LOCALITIES, {})
    return by_clinic


def set_locality(clinic: str | None, locality: Locality | None) -> None:
    """Set a clinic's locality."""
    st.session_state[LOCALITIES] = {**localities(), clinic: locality}


def clinics_without_locality() -> list[str | None]:
    """Return the clinics without a locality."""
    return [clinic for clinic, locality in localities().items() if locality is None]


def track() -> Track:
    """Return which conversion factor applies if a year has two: qualifying APM participants', or everyone else's."""
    current: Track = st.session_state.get(TRACK, "non_qp")
    return current


def set_track(choice: Track) -> None:
    """Choose the conversion factor of all pages."""
    st.session_state[TRACK] = choice


def payer_classes() -> Mapping[str, str]:
    """Return the payer classes the user corrected, by payer."""
    by_payer: Mapping[str, str] = st.session_state.get(CLASSES, {})
    return by_payer


def reclass(payer: str, payer_class: str) -> None:
    """Correct a payer's class."""
    st.session_state[CLASSES] = {**payer_classes(), payer: payer_class}


def joined_payers() -> Mapping[str, str]:
    """Return the names the user said are one payer's: name in the files -> the name that stands for it."""
    names: Mapping[str, str] = st.session_state.get(JOINED, {})
    return names


def join_payers(names: Mapping[str, str]) -> None:
    """Take several names for one payer's, on every page, until other files replace these."""
    st.session_state[JOINED] = dict(names)


def priced() -> Priced:
    """Return the session's lines with Medicare's amounts, priced once for each data set and set of localities.

    Streamlit's caches would hash a sample of the frame.
    """
    all_files = export()
    if all_files is None:
        raise BadInput("no billing export", expected="a file with charge lines", todo="open one on the Data page")
    by_clinic = {clinic: locality for clinic, locality in localities().items() if locality is not None}
    return cached(
        all_files,
        "priced",
        (tuple(by_clinic.items()), tuple(payer_classes().items()), tuple(joined_payers().items()), track()),
        lambda: price(
            with_joined_payers(with_classes(all_files.lines, payer_classes()), joined_payers()),
            localities=by_clinic,
            track=track(),
        ),
    )


def with_classes(lines: pl.DataFrame, classes: Mapping[str, str]) -> pl.DataFrame:
    """Return the lines with the user's payer classes in place of the export's."""
    if not classes:
        return lines
    payer = pl.col("payer").cast(pl.String)
    original = pl.col("payer_class").cast(pl.String)
    corrected = payer.replace_strict(dict(classes), default=None, return_dtype=pl.String)
    return lines.with_columns(pl.coalesce(corrected, original).cast(pl.Categorical).alias("payer_class"))
