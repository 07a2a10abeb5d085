"""Prepare a file for a page: used at once if its format defines its content, else with columns to confirm.

These functions run in a separate process (`analysis.system.apart`), so that a file cannot use up the server's memory
or time. The table's own cells stay there: only what was read from them comes back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analysis.errors import RevMixError
from analysis.ingest.columns.fill_down import once_a_group
from analysis.ingest.columns.missing import has_codes
from analysis.ingest.columns.propose import propose
from analysis.ingest.columns.summed_reports import SummaryOnly
from analysis.ingest.columns.unused import unused
from analysis.ingest.posting.combine import combine
from analysis.ingest.read.file_kinds import is_x12
from analysis.ingest.read.sheets import read_sheets, together
from analysis.ingest.read.tables import read_table
from analysis.ingest.reading import clean_sheets, read_each
from analysis.ingest.settings import limits
from analysis.system.apart import Bounds, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from analysis.ingest.columns.propose import ColumnProposal
    from analysis.ingest.mapping import Mapping
    from analysis.ingest.read.archives import Document
    from analysis.ingest.read.raw_table import RawTable
    from analysis.ingest.rows.export import Export

    Progress = Callable[[float, str], None]

_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0"
_READ = 0.4
"""Share of the time until the columns are known."""


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """How every file of a session is read: the secret of its pseudonyms, its date, the remembered mappings."""

    key: bytes
    today: date
    saved: tuple[Mapping, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """A file whose columns the user has to confirm.

    Attributes
    ----------
    name, sha256:
        The file, and the digest of its bytes.
    requested_sheet, sheet, sheets, alike:
        The sheet that was asked for, if any; the one read, all sheets, and those read with it because they have the
        same headings. Empty for text.
    rows:
        Rows below the headings, over all sheets read.
    columns, mapping:
        What each column was read as, and the mapping the file was read with.
    remark:
        What to say about a remembered mapping; empty if none was used.
    once_a_group, unused:
        What filling down would add (`analysis.ingest.columns.fill_down`), and which columns look useful but are unused
    exports:
        What was read, one per sheet; empty while that is impossible, and `problem` says why.
    """

    name: str
    sha256: str
    requested_sheet: str | None
    sheet: str
    sheets: tuple[str, ...]
    alike: tuple[str, ...]
    rows: int
    columns: tuple[ColumnProposal, ...]
    mapping: Mapping
    remark: str
    once_a_group: dict[str, int]
    unused: dict[str, list[str]]
    exports: tuple[Export, ...]
    problem: RevMixError | None

    @property
    def export(self) -> Export | None:
        """Everything that was read, from all sheets."""
        return combine(self.exports) if self.exports else None


def bounds(data: bytes) -> Bounds:
    """Return the limits for reading a file: data/ingest/limits.toml, [process]."""
    limit = limits()
    a_megabyte = limit.cpu_seconds_per_dense_mb if data.startswith(_ZIP) or is_x12(data) else limit.cpu_seconds_per_mb
    seconds = limit.cpu_seconds + int(a_megabyte * len(data) / 1_000_000)
    return Bounds(limit.memory_bytes, seconds, seconds * limit.wall_factor)


def load_apart(document: Document, settings: ReadSettings, progress: Progress | None = None) -> tuple[Export, ...]:
    """Run `load` in a separate process."""
    return run(load, document, settings, bounds=bounds(document.data), file=document.name, progress=progress)


def review_apart(
    document: Document,
    settings: ReadSettings,
    *,
    sheet: str | None = None,
    mapping: Mapping | None = None,
    before: Review | None = None,
    progress: Progress | None = None,
) -> Review | tuple[Export, ...]:
    """Run `review` in a separate process. Of `before`, only what the file's cells do not show is passed on."""
    recognized = None if before is None else (before.columns, before.remark)
    return run(
        review,
        *(document, settings, sheet, mapping, recognized),
        bounds=bounds(document.data),
        file=document.name,
        progress=progress,
    )


def read_each_apart(
    files: list[tuple[str, bytes]], *, mapping: Mapping | None, progress: Progress | None
) -> list[Export]:
    """Run `read_each`, in a separate process for workbooks and archives, whose readers have no limits themselves.

    Text is read in this process: its reader is limited by data/ingest/limits.toml.
    """
    packed = [data for _, data in files if data.startswith((_ZIP, _OLE))]
    if not packed:
        return read_each(files, mapping=mapping, progress=progress)
    largest = bounds(max(packed, key=len))
    together = Bounds(largest.memory_bytes, largest.cpu_seconds * len(files), largest.wall_seconds * len(files))
    names = ", ".join(name for name, _ in files)
    return run(_read_each, files, mapping, bounds=together, file=names, progress=progress)


def _read_each(files: list[tuple[str, bytes]], mapping: Mapping | None, *, progress: Progress) -> list[Export]:
    return read_each(files, mapping=mapping, progress=progress)


def may_be_chosen_apart(document: Document) -> bool:
    """Run `may_be_chosen` in a separate process."""
    try:
        return run(may_be_chosen, document, bounds=bounds(document.data), file=document.name)
    except RevMixError:
        return False


def load(document: Document, settings: ReadSettings, *, progress: Progress) -> tuple[Export, ...]:
    """Read a file and, in a workbook, every sheet with the same headings. Raises BadInput."""
    files = [(document.name, document.data)]
    return tuple(read_each(files, key=settings.key, saved=settings.saved, today=settings.today, progress=progress))


def review(
    document: Document,
    settings: ReadSettings,
    sheet: str | None,
    mapping: Mapping | None,
    recognized: tuple[tuple[ColumnProposal, ...], str] | None,
    *,
    progress: Progress,
) -> Review | tuple[Export, ...]:
    """Read a file for confirmation; a remittance, claim or payment file needs none and is returned as read.

    Parameters
    ----------
    sheet:
        The sheet to read; None for the one that looks most like charges.
    mapping:
        What the columns mean; None to recognize them.
    recognized:
        The columns as recognized before, and the remark on a remembered mapping: they do not change with the mapping.

    Raises
    ------
    BadInput
        For a file without a table of charges; SummaryOnly for totals by code.
    """
    if is_x12(document.data):
        return load(document, settings, progress=progress)
    progress(0.0, f"reading {document.name}")
    tables = read_sheets(document.data, document.name, sheet=sheet)
    whole = together(tables)
    if recognized is None:
        progress(_READ, "recognizing the columns")
        proposal = propose(whole, saved=settings.saved if mapping is None else ())
        if whole.columns:
            return load(document, settings, progress=progress)
        if mapping is None and proposal.missing and isinstance(refusal := proposal.refusal(whole), SummaryOnly):
            raise refusal
        recognized = proposal.columns, proposal.remark
        mapping = mapping or proposal.mapping
    columns, remark = recognized
    assert mapping is not None  # noqa: S101  recognized columns come with a mapping
    first = replace(tables[0], remarks=(*tables[0].remarks, remark)) if remark else tables[0]
    exports, problem = _clean_or_problem((first, *tables[1:]), mapping, settings, progress)
    return Review(
        name=document.name,
        sha256=first.sha256,
        requested_sheet=sheet,
        sheet=first.sheet,
        sheets=first.sheets,
        alike=first.alike,
        rows=whole.frame.height,
        columns=columns,
        mapping=mapping,
        remark=remark,
        once_a_group=once_a_group(whole, mapping),
        unused=unused(whole, mapping),
        exports=exports,
        problem=problem,
    )


def _clean_or_problem(
    tables: tuple[RawTable, ...], mapping: Mapping, settings: ReadSettings, progress: Progress
) -> tuple[tuple[Export, ...], RevMixError | None]:
    """Return what is read with a mapping, or why nothing can be."""

    def report(share: float, step: str) -> None:
        progress(_READ + (1 - _READ) * share, f"checking every row: {step}")

    try:
        return tuple(clean_sheets(tables, mapping, key=settings.key, today=settings.today, progress=report)), None
    except RevMixError as error:
        return (), error


def may_be_chosen(document: Document, *, progress: Progress) -> bool:
    """Tell whether a refused file is a table of charge lines whose columns the user could name. Raises BadInput."""
    progress(0.0, f"reading {document.name}")
    table = read_table(document.data, document.name)
    return bool(propose(table).missing) and has_codes(table)
