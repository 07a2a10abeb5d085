"""A billing export after reading: its lines, and an account of every row and dollar."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from analysis.errors import ContractError
from analysis.ingest.frames import (
    ADJUSTMENTS,
    CHECKS,
    IMBALANCES,
    KEYS,
    NUMBERS,
    POSTINGS,
    PROVIDER_ADJUSTMENTS,
    UNMATCHED,
    empty,
)
from analysis.ingest.rows.reasons import IGNORED, REJECTED

if TYPE_CHECKING:
    from collections.abc import Mapping as AnyMapping

    from analysis.ingest.mapping import Mapping

ROWS_SCHEMA: dict[str, pl.DataType] = {
    "source_file": pl.String(),
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
    """Something the user should know although it loses no row.

    Attributes
    ----------
    name:
        Stable name, such as ``date_of_service__after_today``.
    text:
        The sentence for the user.
    rows:
        The source rows it is about, at most the first twenty.
    count:
        How many rows it is about in total.
    """

    name: str
    text: str
    rows: tuple[int, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """One file of a set, and its own account.

    Attributes
    ----------
    name, sha256, format, sheet, mapping:
        The file, and how it was read.
    rows_read, rows_accepted, rows_rejected, rows_ignored, dollars_*:
        Its share of the whole set's account; dollars in cents.
    """

    name: str
    sha256: str
    format: str
    sheet: str
    mapping: Mapping
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    rows_ignored: int
    dollars_read: int
    dollars_accepted: int
    dollars_rejected: int
    dollars_ignored: int


@dataclass(frozen=True, slots=True)
class Export:
    """One export after cleaning, or a set of files joined by `analysis.ingest.posting.combine.combine`.

    Attributes
    ----------
    name, sha256, format, sheet:
        The file, and the sheet read; for a set the names and formats of all, and a digest of their digests.
    lines:
        The accepted lines, `analysis.lines.billing_line.SCHEMA`.
    mapping:
        How the columns were read.
    fields:
        Canonical fields the export really has; an optional field not among them is all null in `lines`.
    rows:
        One row for every row of the file that was not accepted: source_file, source_row, disposition, reason, column
        (heading), found, message, dollars_cents.
    rejected:
        The rejected rows' own cells, for download: source_file (for a set), source_row, reason, message, and the mapped
        columns, those private to the patient as pseudonyms. Unmapped columns are left out, because they may hold
        private data.
    rows_read, rows_accepted, rows_rejected, rows_ignored, dollars_*:
        The account; dollars are cents of the charge column as far as it could be read, 0 if the export has none.
    notices:
        What else the user should know.
    clinic_zips:
        Clinic -> ZIP code if the export gives it; the key None if it names no clinic.
    keys:
        One row per line: line_id and `frames.KEYS`, by which lines of several files are matched.
    adjustments, provider_adjustments, imbalances, postings, unmatched:
        As described in `analysis.ingest.frames`: what remittances and payment rows say. `postings` are those still to
        be posted to charges of another file, `unmatched` those for which a set of files has none.
    checks:
        The checks and EFTs of remittances, and what became of their dollars (`frames.CHECKS`); the latter is null until
        the files are combined.
    numbers:
        The files' own claim numbers (`frames.NUMBERS`), to find a row in its original system.
    sources:
        The files of a set, in the order given; empty for a single file.
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
    keys: pl.DataFrame = field(default_factory=lambda: empty({"line_id": pl.Int64(), **KEYS}))
    adjustments: pl.DataFrame = field(default_factory=lambda: empty(ADJUSTMENTS))
    provider_adjustments: pl.DataFrame = field(default_factory=lambda: empty(PROVIDER_ADJUSTMENTS))
    imbalances: pl.DataFrame = field(default_factory=lambda: empty(IMBALANCES))
    postings: pl.DataFrame = field(default_factory=lambda: empty(POSTINGS))
    unmatched: pl.DataFrame = field(default_factory=lambda: empty(UNMATCHED))
    checks: pl.DataFrame = field(default_factory=lambda: empty(CHECKS))
    numbers: pl.DataFrame = field(default_factory=lambda: empty(NUMBERS))
    sources: tuple[Source, ...] = ()

    def with_numbers(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Add each row's claim number, if known, to a frame of rows (source_file, source_row)."""
        if self.numbers.is_empty() or frame.is_empty():
            return frame
        on = ["source_file", "source_row"]
        joined = frame.with_columns(pl.col("source_file").cast(pl.String)).join(
            self.numbers, on=on, how="left", maintain_order="left"
        )
        return joined if joined["claim_number"].count() else frame

    @property
    def reasons(self) -> dict[str, int]:
        """Map each reason to the number of rows not accepted for it, the most common first."""
        counts = self.rows.group_by("reason").len().sort(["len", "reason"], descending=[True, False])
        return dict(counts.iter_rows())

    def __post_init__(self) -> None:
        """Raise ContractError if a row or a dollar was lost or counted twice."""
        totals = {
            "rows": (self.rows_read, self.rows_accepted, self.rows_rejected, self.rows_ignored),
            "dollars": (self.dollars_read, self.dollars_accepted, self.dollars_rejected, self.dollars_ignored),
        }
        for measure, (total, *parts) in totals.items():
            if total != sum(parts):
                raise ContractError(
                    f"{measure} read {total}, but accepted + rejected + ignored = {' + '.join(map(str, parts))}"
                )
        groups = {kind: self.rows.filter(pl.col("disposition") == kind) for kind in (REJECTED, IGNORED)}
        comparisons = (
            (self.lines.height, self.rows_accepted, "accepted lines"),
            (groups[REJECTED].height, self.rows_rejected, "rejected rows"),
            (groups[IGNORED].height, self.rows_ignored, "ignored rows"),
            (int(groups[REJECTED]["dollars_cents"].sum()), self.dollars_rejected, "rejected dollars"),
            (int(groups[IGNORED]["dollars_cents"].sum()), self.dollars_ignored, "ignored dollars"),
            (int(self.lines["charge_cents"].sum() or 0), self.dollars_accepted, "accepted dollars"),
        )
        for actual, stated, measure in comparisons:
            if actual != stated:
                raise ContractError(f"{measure}: the tables hold {actual}, the account says {stated}")
