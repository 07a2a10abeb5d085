"""Write a sample as the file a practice system would export. The same frame gives the same bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from analysis.errors import BadInput
from analysis.sample.export import COUNTS, DATES, MONEY
from analysis.system.keep import replacing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import polars as pl
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_XLSX_ROWS = 1_048_575
"""Rows below the headings that fit on a worksheet."""

_WIDTH = 16


def write(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame of generate() as CSV, TSV, XLSX or Parquet, by the file's ending.

    Raises
    ------
    BadInput
        For another ending, a missing folder, or more rows than a worksheet holds.
    """
    ending = path.suffix.lower()
    if not path.parent.is_dir():
        raise BadInput(
            f"no folder {path.parent}", expected="an existing folder", todo="create it first", file=path.name
        )
    if ending not in {*_SEPARATORS, ".parquet", ".xlsx"}:
        raise BadInput(
            f"the ending {ending!r}",
            expected=".csv, .tsv, .xlsx or .parquet",
            todo="change the file's ending",
            file=path.name,
        )
    with replacing(path) as draft:
        if ending in _SEPARATORS:
            frame.write_csv(draft, separator=_SEPARATORS[ending])
        elif ending == ".parquet":
            frame.write_parquet(draft)
        else:
            _write_xlsx(frame, draft)


def _date(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%m/%d/%Y")  # noqa: DTZ007  a calendar day, in no time zone
    except ValueError:
        return None


def _number(text: str) -> float | None:
    negative = text.startswith("(")
    try:
        value = float(text.strip("()"))
    except ValueError:
        return None
    return -value if negative else value


def _cell_writer(sheet: Worksheet, name: str, day: Format, money: Format) -> Callable[[int, int, str], object]:
    """How the cells of a column are written: as dates and numbers where they are, else as text, never as a formula."""

    def date_cell(row: int, column: int, text: str) -> object:
        value = _date(text)
        return sheet.write_string(row, column, text) if value is None else sheet.write_datetime(row, column, value, day)

    def number_cell(row: int, column: int, text: str) -> object:
        value = _number(text)
        if value is None:
            return sheet.write_string(row, column, text)
        return sheet.write_number(row, column, value, money if name in MONEY else None)

    if name in DATES:
        return date_cell
    return number_cell if name in {*MONEY, *COUNTS} else sheet.write_string


def _write_xlsx(frame: pl.DataFrame, path: Path) -> None:
    """One sheet, "Charges", streamed row by row; the headings stay in view."""
    import xlsxwriter  # noqa: PLC0415  only this format needs it

    if frame.height > _XLSX_ROWS:
        raise BadInput(
            f"{frame.height:,} rows",
            expected=f"at most {_XLSX_ROWS:,} rows on a worksheet",
            todo="write CSV or Parquet",
            file=path.name,
        )
    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False}) as workbook:
        # A fixed moment of creation: a sample depends on its seed alone.
        workbook.set_properties({"created": datetime(2026, 11, 1, tzinfo=UTC)})
        sheet = workbook.add_worksheet("Charges")
        day, money = workbook.add_format({"num_format": "mm/dd/yyyy"}), workbook.add_format({"num_format": "#,##0.00"})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, frame.width - 1, _WIDTH)
        sheet.write_row(0, 0, frame.columns)
        writers = [_cell_writer(sheet, name, day, money) for name in frame.columns]
        for row_number, row in enumerate(frame.iter_rows(), start=1):
            for column, (text, write_cell) in enumerate(zip(row, writers, strict=True)):
                if text is not None:
                    write_cell(row_number, column, text)
