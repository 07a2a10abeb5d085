"""Read CMS's quarterly NCCI files for practitioners: procedure-to-procedure pairs and medically unlikely edits.

Columns are found by what they hold, never by where they stand: CMS's headings take several rows, and change. A pair
has two codes, dates and an indicator; a unit limit has a code, a number and the kind of its edit.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

import fastexcel
import polars as pl

from analysis.errors import BadInput
from analysis.ingest.read.archives import unpack_files
from analysis.ingest.read.file_kinds import FileKind, sniff
from analysis.medicare.edits import PAIRS, UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["pairs", "units"]
_EXPECTED = "CMS's NCCI practitioner file: procedure-to-procedure pairs or medically unlikely edits, as text or XLSX"
_TODO = "download the practitioner file of the quarter from CMS's NCCI pages"
_OTHER_KINDS = re.compile(r"outpatient|hospital|opps|ccioph|\bdme|supplier|facility|medicaid", re.IGNORECASE)
_CODE = r"^[0-9A-Z]\d{3}[0-9A-Z]$"
_DAY = r"^(19|20)\d{6}$"
_CODE_LINE = re.compile(rb'^"?[0-9A-Z]\d{3}[0-9A-Z]"?[\t,]', re.MULTILINE)
_WRITTEN_DAY = re.compile(r"(?<!\d)(\d{1,2})[-/_. ](\d{1,2})[-/_. ](20\d\d)(?!\d)")
_VERSION = re.compile(r"v(\d\d)\.?([0-3])r?\d?", re.IGNORECASE)
_PART = re.compile(r"-f([1-4])\b", re.IGNORECASE)
_VERSION_0 = 1994
"""NCCI's version 30 is of 2024; its tenths are the quarters."""
_MOSTLY = 0.9
_LOOKED_AT = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class EditTable:
    """One file's table.

    Attributes
    ----------
    name:
        The file it stands in.
    kind, frame:
        Pairs (`medicare.edits.PAIRS`) or units (`UNITS`).
    effective:
        The first day of its quarter, as its name or text say; None where they do not.
    part:
        Which of the four files of pairs it is; None where the name does not say.
    """

    name: str
    kind: Kind
    frame: pl.DataFrame
    effective: date | None
    part: int | None


def read_edit_file(data: bytes, name: str) -> tuple[EditTable, ...]:
    """Read the tables of a file, or of the files in a zip archive.

    Of a table that an archive holds as text and as a workbook, the text is read.

    Raises
    ------
    BadInput
        For a file of another kind, such as hospital outpatient edits, and for one without a table of edits.
    """
    documents = unpack_files([(name, data)])
    tables: dict[tuple[Kind, int | None], EditTable] = {}
    for document in sorted(documents, key=lambda each: each.name.lower().endswith(".xlsx")):
        _refuse_other_kinds(document.name, document.name)
        above, cells = _cells(document.data, document.name)
        _refuse_other_kinds(above, document.name)
        table = _table(document.name, above, cells)
        if table is not None:
            tables.setdefault((table.kind, table.part), table)
    if not tables:
        raise BadInput("no table of edits", expected=_EXPECTED, todo=_TODO, file=name)
    return tuple(tables.values())


def _refuse_other_kinds(text: str, name: str) -> None:
    if found := _OTHER_KINDS.search(text):
        raise BadInput(
            f"edits of another kind ({found[0]})", expected=_EXPECTED, todo=f"{_TODO}, not this one", file=name
        )


def _cells(data: bytes, name: str) -> tuple[str, pl.DataFrame]:
    """Return the text above the table, and its rows as text cells."""
    if sniff(data, name) is FileKind.WORKBOOK:
        reader = fastexcel.read_excel(data)
        sheets = [
            reader.load_sheet(sheet, header_row=None, dtypes="string").to_polars() for sheet in reader.sheet_names
        ]
        cells = max(sheets, key=lambda sheet: sheet.height)
        is_row = cells.select(pl.first().str.strip_chars().str.contains(_CODE).fill_null(value=False)).to_series()
        first = is_row.arg_max() if is_row.any() else cells.height
        head = cells.head(first or 0)
        return " ".join(text for row in head.iter_rows() for text in row if text), cells.slice(first or 0)
    first_row = _CODE_LINE.search(data)
    if first_row is None:
        return data[:4_000].decode("latin-1"), pl.DataFrame()
    line = data[first_row.start() :].split(b"\n", 1)[0]
    rows = pl.read_csv(
        io.BytesIO(data[first_row.start() :]),
        has_header=False,
        infer_schema=False,
        separator="\t" if line.count(b"\t") > line.count(b",") else ",",
        encoding="utf8-lossy",
        truncate_ragged_lines=True,
    )
    return data[: first_row.start()].decode("latin-1"), rows


def _table(name: str, above: str, cells: pl.DataFrame) -> EditTable | None:
    """Tell what the columns hold; None for text that is no table of edits, such as a note in the archive."""
    cells = cells.with_columns(pl.all().str.strip_chars())
    looked_at = cells.head(_LOOKED_AT)
    codes = _columns(looked_at, _CODE)
    days = _columns(looked_at, _DAY)
    flags = [column for column in _columns(looked_at, r"^[019]$") if column not in codes]
    kinds = _columns(looked_at, r"^[123] +\w")
    counts = [column for column in _columns(looked_at, r"^\d{1,5}$") if column not in (*codes, *days)]
    day, part = _effective(f"{name} {above}"), _PART.search(name)
    if len(codes) > 1 and flags and days:
        ends = next((column for column in cells.columns[cells.columns.index(days[0]) + 1 :]), None)
        frame = cells.select(
            pl.col(codes[0]).alias("col1"),
            pl.col(codes[1]).alias("col2"),
            pl.col(flags[-1]).cast(pl.Int64, strict=False).alias("modifier_indicator"),
            _day(days[0]).alias("begins"),
            (_day(ends) if ends else pl.lit(None, pl.Date)).alias("ends"),
        )
        good = _typed(frame.drop_nulls(["col1", "col2", "modifier_indicator"]), PAIRS)
        return EditTable(name, "pairs", good, day, int(part[1]) if part else None)
    if codes and counts and kinds:
        frame = cells.select(
            pl.col(codes[0]).alias("code"),
            pl.col(counts[0]).cast(pl.Int64, strict=False).alias("max_units"),
            pl.col(kinds[0]).str.head(1).cast(pl.Int64, strict=False).alias("mai"),
        )
        return EditTable(name, "units", _typed(frame.drop_nulls(), UNITS), day, None)
    return None


def _typed(frame: pl.DataFrame, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def _columns(cells: pl.DataFrame, pattern: str) -> list[str]:
    """Return the columns of which nearly every filled cell has a form."""
    share = {
        name: (cells[name].str.contains(pattern).mean() or 0) if cells[name].count() else 0 for name in cells.columns
    }
    return [name for name, matching in share.items() if isinstance(matching, float) and matching >= _MOSTLY]


def _day(column: str) -> pl.Expr:
    return pl.col(column).str.to_date("%Y%m%d", strict=False)


def _effective(text: str) -> date | None:
    """Find the first day of the quarter in a name or in the text above a table."""
    for match in _WRITTEN_DAY.finditer(text):
        month, number, year = map(int, match.groups())
        if 1 <= month <= 12 and number == 1:  # noqa: PLR2004  a quarter begins on the first of a month
            return date(year, month, 1)
    if version := _VERSION.search(text):
        return date(_VERSION_0 + int(version[1]), 3 * int(version[2]) + 1, 1)
    return None


def quarters(tables: Iterable[EditTable]) -> tuple[date, ...]:
    """Return the days that tables say they are effective from, each once, in order."""
    return tuple(sorted({table.effective for table in tables if table.effective is not None}))
