"""A billing export, read: its lines, and an account of every row and every dollar."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from analysis.errors import ContractError
from analysis.ingest.reasons import IGNORED, REJECTED

if TYPE_CHECKING:
    from collections.abc import Mapping as AnyMapping

    from analysis.ingest.mapping import Mapping

ROWS_SCHEMA: dict[str, pl.DataType] = {
    "source_row": pl.Int64(),
    "disposition": pl.String(),
    "reason": pl.String(),
    "column": pl.String(),
    "found": pl.String(),
    "message": pl.String(),
    "dollars_cents": pl.Int64(),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know though no row was lost by it.

    Attributes
    ----------
    name:
        Stable name, such as ``date_of_service__after_today``.
    text:
        The sentence for the reader.
    rows:
        Source rows it is about, at most the first twenty.
    count:
        How many rows it is about in all.
    """

    name: str
    text: str
    rows: tuple[int, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class Export:
    """One export after cleaning.

    Attributes
    ----------
    name, sha256, format, sheet:
        The file, and the sheet read.
    lines:
        The accepted lines, `analysis.lines.SCHEMA`.
    mapping:
        How the columns were read.
    fields:
        Canonical fields the export really holds; an optional field that is not among them is all null in `lines`.
    rows:
        One row for every row of the file that was not accepted: source_row, disposition, reason, column (heading),
        found, message, dollars_cents.
    rejected:
        The rejected rows' own cells, for download: source_row, reason, message, and the mapped columns, those private
        to the patient as pseudonyms. Columns that are not mapped are left out: they may hold what is private.
    rows_read, rows_accepted, rows_rejected, rows_ignored, dollars_*:
        The account; dollars are cents of the charge column as far as it could be read, 0 where the export has none.
    notices:
        What else the user should know.
    clinic_zips:
        Clinic -> ZIP code where the export tells; the key None where it names no clinic.
    """

    name: str
    sha256: str
    format: str
    sheet: str
    lines: pl.DataFrame
    mapping: Mapping
    fields: frozenset[str]
    rows: pl.DataFrame
    rejected: pl.DataFrame
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    rows_ignored: int
    dollars_read: int
    dollars_accepted: int
    dollars_rejected: int
    dollars_ignored: int
    notices: tuple[Notice, ...] = ()
    clinic_zips: AnyMapping[str | None, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def reasons(self) -> dict[str, int]:
        """Reason -> number of rows not accepted for it, the commonest first."""
        counts = self.rows.group_by("reason").len().sort(["len", "reason"], descending=[True, False])
        return dict(counts.iter_rows())

    def __post_init__(self) -> None:
        """Raise ContractError when a row or a dollar was lost or counted twice."""
        counted = {
            "rows": (self.rows_read, self.rows_accepted, self.rows_rejected, self.rows_ignored),
            "dollars": (self.dollars_read, self.dollars_accepted, self.dollars_rejected, self.dollars_ignored),
        }
        for what, (read, *parts) in counted.items():
            if read != sum(parts):
                raise ContractError(
                    f"{what} read {read}, but accepted + rejected + ignored = {' + '.join(map(str, parts))}"
                )
        groups = {kind: self.rows.filter(pl.col("disposition") == kind) for kind in (REJECTED, IGNORED)}
        held = (
            (self.lines.height, self.rows_accepted, "accepted lines"),
            (groups[REJECTED].height, self.rows_rejected, "rejected rows"),
            (groups[IGNORED].height, self.rows_ignored, "ignored rows"),
            (int(groups[REJECTED]["dollars_cents"].sum()), self.dollars_rejected, "rejected dollars"),
            (int(groups[IGNORED]["dollars_cents"].sum()), self.dollars_ignored, "ignored dollars"),
            (int(self.lines["charge_cents"].sum() or 0), self.dollars_accepted, "accepted dollars"),
        )
        for have, said, what in held:
            if have != said:
                raise ContractError(f"{what}: the tables hold {have}, the account says {said}")
