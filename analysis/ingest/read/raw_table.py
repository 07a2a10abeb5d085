"""A table as a file has it: text cells under headings, whatever the file's kind."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from analysis.ingest.frames import PROVIDER_ADJUSTMENTS, RAW_ADJUSTMENTS, RAW_BESIDE, RAW_CHECKS, RAW_IMBALANCES, empty


@dataclass(frozen=True, slots=True)
class MergedCells:
    """A cell of a workbook that runs over several rows: its column's heading and its rows in the frame, from 0."""

    heading: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table as the file has it. Every cell is text; nothing is cleaned.

    Attributes
    ----------
    name, sha256:
        The file's name and the digest of its bytes.
    format:
        ``csv``, ``tsv``, ``xlsx``, ``835``, ``837P`` ...
    sheet, sheets, other_tables:
        The sheet read, all sheets, and further sheets that look like charges too, each with its rows; empty for text.
    encoding, delimiter:
        Of text; empty for a workbook.
    frame:
        One String column a heading, in the file's order, headings made unique; one row for each row below the headings.
    header_row, first_row:
        Rows of the headings and of the first row of `frame`, as a spreadsheet numbers them (the first is row 1). Rows
        of the frame follow each other in the file without a gap.
    overflow:
        True for rows with more filled cells than there are headings: which cell belongs where is not known.
    merged:
        Cells that run over several rows.
    alike:
        Further sheets with the same headings, such as one a month: each is a table of its own.
    preset:
        Per row a reason of `analysis.ingest.rows.reasons` that goes before any other, or null; None where the file says
        nothing of that kind.
    adjustments, imbalances:
        What a remittance says of its rows: `frames.RAW_ADJUSTMENTS`, `frames.RAW_IMBALANCES`.
    provider_adjustments:
        What a remittance says of the whole payment: `frames.PROVIDER_ADJUSTMENTS`.
    checks:
        The checks and EFTs of a remittance: `frames.RAW_CHECKS`.
    remarks:
        What the reader should know of the file as a whole, one sentence each.
    beside:
        What claims and remittances say of a row beside its cells: `frames.RAW_BESIDE`; no row for other files.
    columns:
        Pairs (heading, field) of a file whose standard says what everything in it means; empty for exports.
    numbers:
        Per row its row in the file, where one row of the file has become several of the frame; else None.
    """

    name: str
    sha256: str
    format: str
    sheet: str
    sheets: tuple[str, ...]
    other_tables: tuple[tuple[str, int], ...]
    encoding: str
    delimiter: str
    frame: pl.DataFrame
    header_row: int
    first_row: int
    overflow: pl.Series
    merged: tuple[MergedCells, ...] = ()
    alike: tuple[str, ...] = ()
    preset: pl.Series | None = None
    adjustments: pl.DataFrame = field(default_factory=lambda: empty(RAW_ADJUSTMENTS))
    imbalances: pl.DataFrame = field(default_factory=lambda: empty(RAW_IMBALANCES))
    provider_adjustments: pl.DataFrame = field(default_factory=lambda: empty(PROVIDER_ADJUSTMENTS))
    checks: pl.DataFrame = field(default_factory=lambda: empty(RAW_CHECKS))
    remarks: tuple[str, ...] = ()
    beside: pl.DataFrame = field(default_factory=lambda: empty(RAW_BESIDE))
    columns: tuple[tuple[str, str], ...] = ()
    numbers: pl.Series | None = None

    def source_rows(self, places: pl.Series) -> pl.Series:
        """Rows of the frame (from 0) as the file numbers them (Int64)."""
        rows = places + self.first_row if self.numbers is None else self.numbers[places]
        return rows.cast(pl.Int64)

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings, in the file's order."""
        return tuple(self.frame.columns)
