"""Read files one by one and make them one export."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from analysis.errors import BadInput
from analysis.ingest.cells.pseudonyms import new_key
from analysis.ingest.columns.propose import propose
from analysis.ingest.posting.combine import combine
from analysis.ingest.posting.concatenate import with_file_name
from analysis.ingest.read.archives import unpack_files
from analysis.ingest.read.sheets import read_sheets, together
from analysis.ingest.rows.clean import clean
from analysis.ingest.rows.export import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from analysis.ingest.mapping import Mapping
    from analysis.ingest.read.raw_table import RawTable
    from analysis.ingest.rows.export import Export

    Progress = Callable[[float, str], None]

_JOINING = 0.95
"""Share of the time that reading takes; the rest is joining."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """How every file of a set is read."""

    key: bytes
    today: date
    mapping: Mapping | None
    saved: tuple[Mapping, ...]

    def __call__(self, data: bytes, name: str, sheet: str | None, report: Progress) -> list[Export]:
        """Read one file, and every sheet of a workbook with the same headings; columns by the mapping."""
        report(0.0, f"reading {name}")
        headings = [heading for heading, _ in self.mapping.columns] if self.mapping else ()
        tables = read_sheets(data, name, sheet=sheet, headings=headings)
        report(0.4, "recognizing the columns")
        mapping = self.mapping
        if mapping is None or tables[0].columns:
            whole = together(tables)
            proposal = propose(whole, saved=self.saved)
            if proposal.missing:
                raise proposal.refusal(whole)
            mapping, tables = proposal.mapping, (proposal.with_remark(tables[0]), *tables[1:])
        return clean_sheets(
            tables,
            mapping,
            key=self.key,
            today=self.today,
            progress=lambda share, step: report(0.4 + 0.6 * share, step),
        )


def clean_sheets(
    tables: Sequence[RawTable], mapping: Mapping, *, key: bytes, today: date, progress: Progress | None = None
) -> list[Export]:
    """Read a file's sheets under one mapping: dates, decimal marks and signs are decided over all of them."""
    exports = []
    for table in tables:
        export = clean(table, mapping, key=key, today=today, progress=progress, among=tables)
        exports.append(with_file_name(export, f"{table.name}, sheet {table.sheet}") if len(tables) > 1 else export)
    return exports


def _silent(_share: float, _step: str) -> None:
    """Report no progress."""


def _reader(mapping: Mapping | None, saved: Iterable[Mapping], key: bytes | None, today: date | None) -> _Reader:
    """Return a reader, with a fresh key and today's date by default."""
    return _Reader(key or new_key(), today or datetime.now(tz=UTC).astimezone().date(), mapping, tuple(saved))


def read_export(
    data: bytes,
    name: str,
    *,
    mapping: Mapping | None = None,
    saved: Iterable[Mapping] = (),
    sheet: str | None = None,
    key: bytes | None = None,
    today: date | None = None,
    progress: Progress | None = None,
) -> Export:
    """Read one file.

    Parameters
    ----------
    data, name:
        The file's bytes and its name, which is only for messages.
    mapping:
        How to read the columns; by default headings and cells decide, or a mapping in `saved` for these headings.
    sheet:
        The sheet of a workbook; by default the one that looks most like charge lines.
    key:
        Secret of the patients' pseudonyms; by default a fresh one, so two readings share no pseudonyms.
    today:
        The day after which a date of service is in the future; by default the machine's.
    progress:
        Called with a share from 0 to 1 and a word for the step.

    Raises
    ------
    BadInput
        One clear line for whatever is wrong with the file as a whole. Faults of single rows are in the Export.
    """
    return combine(_reader(mapping, saved, key, today)(data, name, sheet, progress or _silent))


def read_files(
    files: Iterable[tuple[str, bytes]],
    *,
    mapping: Mapping | None = None,
    saved: Iterable[Mapping] = (),
    key: bytes | None = None,
    today: date | None = None,
    progress: Progress | None = None,
) -> Export:
    """Read files, and the files in zip archives, as one export: `read_each`, then `combine`."""
    report = progress or _silent
    exports = read_each(files, mapping=mapping, saved=saved, key=key, today=today, progress=report)
    report(_JOINING, "joining the files")
    whole = combine(exports)
    report(1.0, "ready")
    return whole


def read_each(
    files: Iterable[tuple[str, bytes]],
    *,
    mapping: Mapping | None = None,
    saved: Iterable[Mapping] = (),
    key: bytes | None = None,
    today: date | None = None,
    progress: Progress | None = None,
) -> list[Export]:
    """Read files, and the files in zip archives, under one key.

    Parameters
    ----------
    files:
        Pairs of name and bytes; the names are only for messages.
    mapping, saved, key, today, progress:
        As in `analysis.ingest.read_export`; the mapping applies to every file except remittances and claims.

    Raises
    ------
    BadInput
        One clear line for a file that cannot be read. In an archive such a file is skipped with a notice, as long as
        another file can be read.
    """
    report = progress or _silent
    inputs = unpack_files(files)
    if not inputs:
        raise BadInput("no file", expected="one file or more", todo="name the files to read")
    reader = _reader(mapping, saved, key, today)
    exports: list[Export] = []
    skipped: list[Notice] = []
    first_error: BadInput | None = None
    for index, document in enumerate(inputs):
        try:
            exports += reader(document.data, document.name, None, _part(report, index, len(inputs)))
        except BadInput as error:
            if not document.packed:
                raise
            first_error = first_error or error
            skipped.append(Notice("file__passed_over", f"skipped in the archive: {error}"))
    if not exports and first_error is not None:
        raise first_error
    if skipped:
        exports[-1] = replace(exports[-1], notices=(*exports[-1].notices, *skipped))
    return exports


def _part(report: Progress, index: int, files: int) -> Progress:
    """Report one file's progress as part of the progress of all files."""
    return lambda share, step: report(_JOINING * (index + share) / files, step)
