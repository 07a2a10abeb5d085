"""Read sheets of Excel 2003 XML in one pass without a tree: nothing is expanded, and every gap counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers import expat

from analysis.ingest.read.file_kinds import SAVE_AS, refuse
from analysis.ingest.read.grid import WIDEST, Grid, Room
from analysis.ingest.read.tag_lengths import check_tag_lengths
from analysis.ingest.settings import limits

if TYPE_CHECKING:
    from collections.abc import Mapping

_SPACE = "urn:schemas-microsoft-com:office:spreadsheet "
_ROW, _CELL, _DATA = (f"{_SPACE}{name}" for name in ("Row", "Cell", "Data"))
_DECLARES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")
_DEEPEST = 100
"""Most levels of nested elements: a workbook has seven."""


def read_excel_2003(text: bytes, name: str) -> list[tuple[str, Grid]]:
    """Return the sheets, each with its name, in order; cells that span columns leave the others empty.

    Raises
    ------
    BadInput
        For XML that is damaged, is not a workbook or declares entities, and for more sheets, rows or cells than
        data/ingest/limits.toml allows.
    """
    if _DECLARES.search(text):
        raise refuse("XML that declares entities", SAVE_AS, file=name)
    check_tag_lengths(text, name, tag_bytes=limits().tag_bytes)
    collector = _Sheets(name)
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = collector.start, collector.end
    parser.CharacterDataHandler = collector.text
    try:
        parser.Parse(_DECLARATION.sub(b"", text), True)  # noqa: FBT003  that it is the last piece
    except expat.ExpatError as error:
        raise refuse("damaged XML", SAVE_AS, file=name) from error
    return collector.sheets


class _Sheets:
    """Collects the sheets of a workbook."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.room = Room(name)
        self.sheets: list[tuple[str, Grid]] = []
        self.depth = 0
        self.cells: list[str | None] | None = None
        self.data: list[str] | None = None
        self.cell: str | None = None
        self.after = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Handle a start tag."""
        self.room.take_tag(is_cell=tag == _CELL)
        self.depth += 1
        if self.depth == 1 and tag != f"{_SPACE}Workbook":
            raise refuse("an XML file that is not a workbook", SAVE_AS, file=self.name)
        if self.depth > _DEEPEST:
            raise refuse("damaged XML (elements nested too deeply)", SAVE_AS, file=self.name)
        if tag == _CELL and self.cells is not None:
            if attributes:
                position = min(_index(attributes, len(self.cells) + 1), WIDEST)
                self.cells += [None] * (position - 1 - len(self.cells))
            self.cell, self.after = None, min(_number(attributes, "MergeAcross"), WIDEST) if attributes else 0
        elif tag == _DATA and self.cells is not None:
            self.data = []
        elif tag == f"{_SPACE}Worksheet":
            self.sheets.append((attributes.get(f"{_SPACE}Name", "Sheet"), Grid(self.room)))
        elif tag == _ROW and self.sheets:
            grid = self.sheets[-1][1]
            if (gap := _index(attributes, grid.height + 1) - 1 - grid.height) > 0:
                grid.skip(gap)
            self.cells = []

    def end(self, tag: str) -> None:
        """Handle an end tag."""
        self.depth -= 1
        if tag == _DATA and self.data is not None:
            self.cell, self.data = "".join(self.data), None
        elif tag == _CELL and self.cells is not None:
            self.cells.append(self.cell)
            if self.after:
                self.cells += [None] * self.after
            self.sheets[-1][1].check_row(len(self.cells))
        elif tag == _ROW and self.cells is not None:
            self.sheets[-1][1].add(self.cells)
            self.cells = None

    def text(self, text: str) -> None:
        """Take text; text outside cells is ignored."""
        if self.data is not None:
            self.data.append(text)


def _number(attributes: Mapping[str, str], name: str) -> int:
    """Return a whole number among the attributes; 0 if there is none."""
    text = attributes.get(f"{_SPACE}{name}", "")
    return int(text) if text.isdecimal() and len(text) < 19 else 0  # noqa: PLR2004  no program writes longer numbers


def _index(attributes: Mapping[str, str], default: int) -> int:
    return max(_number(attributes, "Index"), default)
