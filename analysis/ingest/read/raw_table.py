"""A table as a file has it: text cells under headings, for any kind of file."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from analysis.ingest.frames import PROVIDER_ADJUSTMENTS, RAW_ADJUSTMENTS, RAW_BESIDE, RAW_CHECKS, RAW_IMBALANCES, empty


@dataclass(frozen=True, slots=True)
class MergedCells:
    """A workbook cell that spans several rows: its column's heading and its rows in the frame, from 0."""

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
        The sheet read, all sheets, and other sheets that look like charges, each with its rows; empty for text.
    encoding, delimiter:
        For text; empty for a workbook.
    frame:
        One String column per heading, in file order, headings made unique; one row for each row below the headings.
    header_row, first_row:
        Row numbers of the headings and of the first row of `frame`, as a spreadsheet counts (the first is row 1). Rows
        of the frame follow each other in the file without gaps.
    overflow:
        True for rows with more filled cells than headings: which cell belongs where is unknown.
    merged:
        Cells that span several rows.
    alike:
        Other sheets with the same headings, such as one per month: each is a separate table.
    preset:
        For each row a reason from `analysis.ingest.rows.reasons` that comes before any other, or null; None if the file
        has none.
    adjustments, imbalances:
        What a remittance says about its rows: `frames.RAW_ADJUSTMENTS`, `frames.RAW_IMBALANCES`.
    provider_adjustments:
        What a remittance says about the whole payment: `frames.PROVIDER_ADJUSTMENTS`.
    checks:
        The checks and EFTs of a remittance: `frames.RAW_CHECKS`.
    remarks:
        What the user should know about the file as a whole, one sentence each.
    beside:
        What claims and remittances say about a row besides its cells: `frames.RAW_BESIDE`; no rows for other files.
    columns:
        Pairs (heading, field) for a file whose standard defines what everything means; empty for exports.
    numbers:
        For each row its row in the file, if one file row became several rows of the frame; else None.
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

    def source_rows(self, positions: pl.Series) -> pl.Series:
        """Convert rows of the frame (from 0) to the file's row numbers (Int64)."""
        rows = positions + self.first_row if self.numbers is None else self.numbers[positions]
        return rows.cast(pl.Int64)

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings, in file order."""
        return tuple(self.frame.columns)
