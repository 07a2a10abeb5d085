"""Read the bytes of a file into a table of text cells under unique headings."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

from analysis.codes.hcpcs import load as load_codes
from analysis.errors import BadInput
from analysis.ingest.read.delimited import DELIMITERS, declared_delimiter, read_text, sample_rows
from analysis.ingest.read.file_kinds import EXPECTED, FileKind, refuse, sniff, to_utf8
from analysis.ingest.read.headings import HeaderRow, find_header, unique_headings
from analysis.ingest.read.markup import read_markup
from analysis.ingest.read.payment_files import as_payments
from analysis.ingest.read.raw_table import MergedCells, RawTable
from analysis.ingest.read.workbook import Sheet, Workbook, read_old_workbook
from analysis.ingest.read.x12 import read_x12
from analysis.ingest.settings import alias_index, limits, plain_heading

if TYPE_CHECKING:
    from collections.abc import Collection

_MAP_IT = "export one row per charge with column headings, not a printed report"


def read_table(data: bytes, name: str, *, sheet: str | None = None, headings: Collection[str] = ()) -> RawTable:
    """Read the table of a file.

    Parameters
    ----------
    sheet:
        The sheet to read; by default the one with the most known headings, and of those the longest.
    headings:
        Headings a mapping names: they find the row of headings when the aliases do not.

    Raises
    ------
    BadInput
        For any file without a table that RevMix can read.
    """
    kind = sniff(data, name)
    if kind is FileKind.X12:
        table = read_x12(data, name)
    elif kind is FileKind.WORKBOOK:
        book = Workbook(data, name)
        table = _of_sheets(book.read(sheet), book.sheets, "xlsx", data, name, sheet, headings)
    elif kind is FileKind.OLD_WORKBOOK:
        web_sheets = read_old_workbook(data, name)
        table = _of_sheets(_requested(web_sheets, sheet, name), _names(web_sheets), "xls", data, name, sheet, headings)
    elif kind is FileKind.MARKUP:
        web_sheets = read_markup(data, name)
        table = _of_sheets(_requested(web_sheets, sheet, name), _names(web_sheets), "html", data, name, sheet, headings)
    else:
        table = _text(data, name, headings)
    if table.frame.is_empty():
        raise BadInput(
            "headings with no rows below them",
            expected="at least one charge line",
            todo="widen the report's dates or filters and export it again",
            file=name,
            row=table.header_row,
        )
    _check_cells(table)
    return table if table.columns else as_payments(table)


def _no_headings(name: str) -> BadInput:
    """Return the error for a table without a row of headings."""
    return refuse(f"no row of column headings in the first {limits().search_rows} rows", _MAP_IT, file=name)


def _check_width(width: int, name: str) -> None:
    """Raise BadInput for a table with too few or too many columns."""
    if width < 2:  # noqa: PLR2004 - a single column holds no date, code and units
        raise refuse("a single column with no delimiter", _MAP_IT, file=name)
    if width > limits().columns:
        todo = "delete the columns you do not need and export it again"
        raise refuse(f"{width:,} columns", todo, file=name, expected=f"at most {limits().columns} columns")


def _text(data: bytes, name: str, extra: Collection[str]) -> RawTable:
    """Read the table of delimited text."""
    text, encoding = to_utf8(data, name)
    delimiter, header = _layout(text, name, extra)
    width = len(header.cells)
    _check_width(width, name)
    cells, overflow = read_text(text, name, delimiter=delimiter, skip=header.index + 1, width=width)
    if cells.height and overflow.mean() == 1.0:
        raise BadInput(
            f"every row has more cells than there are headings ({width} headings)",
            expected="one heading for each column",
            todo="give every column a heading and save the file again",
            file=name,
            row=header.index + 2,
        )
    return RawTable(
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        format="tsv" if delimiter == "\t" else "csv",
        sheet="",
        sheets=(),
        other_tables=(),
        encoding=encoding,
        delimiter=delimiter,
        frame=cells.rename(dict(zip(cells.columns, unique_headings(header.cells), strict=True))),
        header_row=header.index + 1,
        first_row=header.index + 2,
        overflow=overflow,
    )


def _layout(text: bytes, name: str, extra: Collection[str]) -> tuple[str, HeaderRow]:
    """Return the delimiter and row of headings under which most headings are known, then the widest."""
    declared = declared_delimiter(text)
    layouts = [
        (header.score, len(header.cells), -order, delimiter, header)
        for order, delimiter in enumerate(DELIMITERS if declared is None else (declared,))
        if (header := find_header(sample_rows(text, delimiter), extra)) is not None
    ]
    if not layouts:
        single = all(len(row) <= 1 for delimiter in DELIMITERS for row in sample_rows(text, delimiter))
        raise refuse("text without columns", _MAP_IT, file=name, expected=EXPECTED) if single else _no_headings(name)
    *_, delimiter, header = max(layouts, key=lambda candidate: candidate[:3])
    return delimiter, header


def _names(sheets: list[Sheet]) -> tuple[str, ...]:
    return tuple(sheet.name for sheet in sheets)


def _requested(sheets: list[Sheet], sheet_name: str | None, name: str) -> list[Sheet]:
    """Return the requested sheet, or all of them."""
    matching = [sheet for sheet in sheets if sheet_name in (None, sheet.name)]
    if not matching:
        raise refuse(f'no sheet "{sheet_name}"', "name one of these", file=name, expected=", ".join(_names(sheets)))
    return matching


def _of_sheets(
    loaded: list[Sheet],
    sheets: tuple[str, ...],
    kind: str,
    data: bytes,
    name: str,
    requested: str | None,
    extra: Collection[str],
) -> RawTable:
    """Read a workbook, or a page of tables: the sheet that looks most like charge lines."""
    candidates = [(sheet, find_header(sheet.top(limits().search_rows + 20), extra)) for sheet in loaded]
    tables = [(sheet, header) for sheet, header in candidates if header is not None]
    if not tables:
        raise _no_headings(name) if any(sheet.frame.height for sheet, _ in candidates) else _empty(name, requested)
    sheet, header = max(tables, key=lambda pair: (pair[1].score, pair[0].frame.height))
    rivals = [
        (other.name, other_header)
        for other, other_header in tables
        if other is not sheet and _has_charges_too(other_header, header)
    ]
    alike = tuple(other for other, other_header in rivals if header.score and _same_headings(other_header, header))
    unread = {
        other.name: other.frame.height - other_header.index - 1 for other, other_header in tables if other is not sheet
    }
    unread = {name: rows for name, rows in unread.items() if name in dict(rivals) and name not in alike}
    unread |= {
        other.name: rows
        for other in loaded
        if other.name not in dict(rivals) and (rows := _rows_of_codes(other, sheet))
    }
    _check_width(len(header.cells), name)
    names = unique_headings(header.cells)
    frame = sheet.frame.slice(header.index + 1)
    start = header.index + 1
    return RawTable(
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        format=kind,
        sheet=sheet.name,
        sheets=sheets,
        other_tables=tuple(unread.items()),
        encoding="",
        delimiter="",
        frame=frame.rename(dict(zip(frame.columns, names, strict=True))),
        header_row=start,
        first_row=start + 1,
        overflow=pl.repeat(value=False, n=frame.height, dtype=pl.Boolean, eager=True),
        merged=_merged(sheet, names, start),
        alike=alike,
    )


def _same_headings(header: HeaderRow, other_header: HeaderRow) -> bool:
    """Tell whether two sheets have the same columns, in any order, ignoring extra columns nobody reads."""
    headings, other_headings = ({plain_heading(cell) for cell in row.cells} - {""} for row in (other_header, header))
    return bool(headings & other_headings) and not any(plain in alias_index() for plain in headings ^ other_headings)


def _rows_of_codes(other: Sheet, read_sheet: Sheet) -> int:
    """Count rows with a procedure code on a sheet with unknown headings, such as another page of the same list."""
    if other is read_sheet or not other.frame.width:
        return 0
    codes = "|".join(load_codes())
    hits = other.frame.select(pl.any_horizontal(pl.all().str.contains(rf"^\s*({codes})\b")))
    return int(hits.to_series().fill_null(value=False).sum())


def _has_charges_too(other: HeaderRow, read_header: HeaderRow) -> bool:
    """Tell whether another sheet's headings suggest that it holds charge lines too."""
    return other.score > 2 and other.score * 2 >= read_header.score  # noqa: PLR2004 - more than a chance pair of headings


def _empty(name: str, sheet: str | None) -> BadInput:
    """Return the error for a workbook without filled cells."""
    problem = f'an empty sheet "{sheet}"' if sheet else "a workbook without filled cells"
    return refuse(problem, "export the report again from your billing system", file=name)


def _merged(sheet: Sheet, names: tuple[str, ...], start: int) -> tuple[MergedCells, ...]:
    """Return the merged cells below the headings, by heading and row of the frame."""
    last = sheet.frame.height - 1
    return tuple(
        MergedCells(names[column], top - start, min(bottom, last) - start)
        for column, top, bottom in sheet.merged
        if top >= start and top <= last and column < len(names)
    )


def _check_cells(table: RawTable) -> None:
    """Raise BadInput for the first cell that is longer than a spreadsheet allows."""
    limit = limits().cell_characters
    longest = table.frame.select(pl.all().str.len_bytes().max()).row(0)
    for heading, length in zip(table.frame.columns, longest, strict=True):
        if (length or 0) <= limit:
            continue
        characters = table.frame[heading].str.len_chars()
        if (row := characters.arg_max()) is not None and characters[row] > limit:
            raise BadInput(
                f"a cell of {characters[row]:,} characters",
                expected=f"at most {limit:,}",
                todo="shorten the cell; an unclosed quotation mark may have joined several",
                file=table.name,
                row=table.first_row + row,
                column=heading,
            )
