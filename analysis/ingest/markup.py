"""Tables of web pages and of Excel 2003's XML, which many systems write into files named .xls.

Both are read as text: nothing is fetched, no entity is defined by the file, and cells are counted against the limits.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import polars as pl

from analysis.ingest.files import EXPECTED, SAVE_AS, refuse, to_utf8
from analysis.ingest.settings import limits
from analysis.ingest.workbook import Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable

_SPREADSHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"
_DECLARES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_WIDEST = 1_000
"""Columns a cell may run over: more is a mistake of the page, as no table is so wide."""

Grid = list[list[str | None]]


def read_markup(data: bytes, name: str) -> list[Sheet]:
    """The tables of a web page, or the sheets of an Excel 2003 XML file, in their order.

    A table within a table is one of its own. Cells that run over several columns or rows fill all of them with nothing
    but the first, as a spreadsheet does.

    Raises
    ------
    BadInput
        For a file without a table, XML that is no workbook or declares entities, and more cells than the limits allow.
    """
    text, _ = to_utf8(data, name)
    start = text.lstrip()[:4096].lower()
    grids = _workbook(text, name) if start.startswith(b"<?xml") and b"<html" not in start else _page(text, name)
    sheets = [Sheet(title, _frame(grid), ()) for title, grid in grids if grid]
    if not sheets:
        raise refuse("a page without a table", SAVE_AS, file=name)
    return sheets


def _frame(grid: Grid) -> pl.DataFrame:
    """Rows of equal width as text columns."""
    width = max(map(len, grid))
    rows = [[*row, *(None for _ in range(width - len(row)))] for row in grid]
    return pl.DataFrame(rows, schema={f"column_{place}": pl.String for place in range(width)}, orient="row")


def _too_many(count: int, name: str) -> None:
    if count > limits().cells:
        raise refuse(f"more than {limits().cells:,} cells", "export a shorter period", file=name)


def _workbook(text: bytes, name: str) -> Iterable[tuple[str, Grid]]:
    """Sheets of an Excel 2003 XML file."""
    if _DECLARES.search(text):
        raise refuse("XML that declares entities", SAVE_AS, file=name)
    declared = re.sub(rb"^\s*<\?xml[^>]*\?>", b"", text)
    try:
        root = ET.fromstring(declared)  # noqa: S314  without declarations nothing is expanded
    except ET.ParseError as error:
        raise refuse("damaged XML", SAVE_AS, file=name) from error
    if root.tag != f"{_SPREADSHEET}Workbook":
        raise refuse("an XML file that is no workbook", SAVE_AS, file=name)
    for sheet in root.iter(f"{_SPREADSHEET}Worksheet"):
        yield sheet.get(f"{_SPREADSHEET}Name", "Sheet"), _rows_of(sheet, name)


def _rows_of(sheet: ET.Element, name: str) -> Grid:
    """The rows of a worksheet; its Index attributes leave gaps."""
    grid: Grid = []
    count = 0
    for row in sheet.iter(f"{_SPREADSHEET}Row"):
        place = _index(row, len(grid) + 1)
        _too_many(place, name)
        while len(grid) < place - 1:
            grid.append([])
        cells: list[str | None] = []
        for cell in row.findall(f"{_SPREADSHEET}Cell"):
            column = min(_index(cell, len(cells) + 1), _WIDEST)
            cells += [None] * (column - 1 - len(cells))
            data = cell.find(f"{_SPREADSHEET}Data")
            cells.append(None if data is None else "".join(data.itertext()))
            across = cell.get(f"{_SPREADSHEET}MergeAcross", "0")
            cells += [None] * min(int(across) if across.isdecimal() else 0, _WIDEST)
        count += len(cells)
        _too_many(count, name)
        grid.append(cells)
    return grid


def _index(element: ET.Element, default: int) -> int:
    text = element.get(f"{_SPREADSHEET}Index", "")
    return max(int(text), default) if text.isdecimal() else default


class _Tables(HTMLParser):
    """Collects the tables of a page."""

    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.name = name
        self.found: list[Grid] = []
        self.open: list[Grid] = []
        self.cell: list[list[str] | None] = []
        self.spans: list[tuple[int, int]] = []
        self.down: list[dict[int, int]] = []
        self.count = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            grid: Grid = []
            self.found.append(grid)
            self.open.append(grid)
            self.cell.append(None)
            self.spans.append((1, 1))
            self.down.append({})
        elif not self.open:
            return
        elif tag == "tr":
            self._end_cell()
            self.open[-1].append([])
            self._skip()
        elif tag in {"td", "th"}:
            self._end_cell()
            self.cell[-1] = []
            given = dict(attrs)
            self.spans[-1] = (_span(given.get("colspan")), _span(given.get("rowspan")))
        elif tag == "br" and (cell := self.cell[-1]) is not None:
            cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if not self.open:
            return
        if tag in {"td", "th", "tr"}:
            self._end_cell()
        elif tag == "table":
            self._end_cell()
            for stack in (self.open, self.cell, self.spans, self.down):
                stack.pop()

    def handle_data(self, data: str) -> None:
        if self.cell and (cell := self.cell[-1]) is not None:
            cell.append(data)

    def _skip(self) -> None:
        """Leave room for cells of earlier rows that run down into this one."""
        row, down = self.open[-1][-1], self.down[-1]
        while down.get(len(row), 0) > 0:
            down[len(row)] -= 1
            row.append(None)

    def _end_cell(self) -> None:
        """Put the open cell into its row."""
        if not self.cell or self.cell[-1] is None:
            return
        grid = self.open[-1]
        if not grid:
            grid.append([])
        text = " ".join("".join(self.cell[-1]).split())
        across, below = self.spans[-1]
        row = grid[-1]
        for place in range(across):
            if below > 1:
                self.down[-1][len(row)] = below - 1
            row.append(text if place == 0 else None)
        self.cell[-1] = None
        self.count += across
        _too_many(self.count, self.name)
        self._skip()


def _span(text: str | None) -> int:
    return min(int(text), _WIDEST) if text and text.isdecimal() and int(text) else 1


def _page(text: bytes, name: str) -> Iterable[tuple[str, Grid]]:
    """The tables of a web page."""
    parser = _Tables(name)
    try:
        parser.feed(text.decode("utf-8", "replace"))
        parser.close()
    except (AssertionError, ValueError) as error:  # the parser's own, for markup it gives up on
        raise refuse("a damaged web page", SAVE_AS, file=name, expected=EXPECTED) from error
    return ((f"table {place}", grid) for place, grid in enumerate(parser.found, start=1))
