"""Read tables of web pages in one pass: a page twice as long takes twice as long, whatever it contains.

Tags are split by the HTML standard's rules for comments, quoted attributes and unclosed tags, as far as tables need
them: every step starts where the last one ended, and an unclosed tag takes the rest of the page.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from analysis.ingest.read.file_kinds import EXPECTED, SAVE_AS, refuse
from analysis.ingest.read.grid import WIDEST, Grid, Room
from analysis.ingest.settings import limits

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAG_START = re.compile(r"<(?:(?P<comment>!--)|(?P<end>/?)(?P<tag>[A-Za-z][^\s/>]*)|[!?/])")
_TAG_END_OR_QUOTE = re.compile(r""">|=\s*(["'])""")
_RAW = {name: re.compile(rf"</{name}", re.IGNORECASE) for name in ("script", "style", "title", "textarea", "xmp")}
"""Elements whose text holds no tags."""
_CELLS = "<cells>"
_SPAN = re.compile(r"""\b(col|row)span\s*=\s*["']?\s*([0-9]{1,9})""", re.IGNORECASE)
_ATTRIBUTES = r"""(?>\s++[A-Za-z-]++(?:="[^"<>]*+")?+)*+\s*+"""
_FORMATTING = re.compile(rf"</?(?:a|b|em|font|i|nobr|small|span|strong|u){_ATTRIBUTES}>", re.IGNORECASE)
"""Tags for formatting and links, which say nothing about the table."""
_PLAIN_CELL = re.compile(rf"<t[dh]{_ATTRIBUTES}>((?>[^<]++|{_FORMATTING.pattern})*+)</t[dh]>\s*+", re.IGNORECASE)
_PLAIN_CELLS = re.compile(rf"(?>{_PLAIN_CELL.pattern})++", re.IGNORECASE)
"""Cells that hold only text, as in most long tables: read by the row, ten times faster."""
_ATTRIBUTES_MOST = 1_000
_CELL_TEXT = 10
"""How many times a cell's longest text it may take in the page, because spaces are common."""


def read_page(text: str, name: str) -> list[Grid]:
    """Return the tables of a web page in order; a table within a table is returned separately.

    Raises
    ------
    BadInput
        For more tables or cells than data/ingest/limits.toml allows, and for a cell that is too long.
    """
    tables = _Tables(name)
    try:
        for tag, is_end, content in _tokens(text):
            if tag == _CELLS:
                tables.plain_cells(content)
                continue
            if tag is None:
                tables.text(content)
                continue
            tables.room.take_tag(is_cell=tag in {"td", "th"})
            if is_end:
                tables.end(tag)
            else:
                tables.start(tag, content)
    except ValueError as error:  # an invalid character number, an unclosed tag
        raise refuse("a damaged web page", SAVE_AS, file=name, expected=EXPECTED) from error
    tables.end("table", all_tables=True)
    return tables.grids


def _tokens(text: str) -> Iterator[tuple[str | None, bool, str]]:
    """Yield tags and the texts between them: (tag in lower case, whether it ends, attributes), (None, False, text).

    Consecutive plain cells come together: (_CELLS, False, all of them unchanged).
    """
    position, end = 0, len(text)
    while (match := _TAG_START.search(text, position)) is not None:
        if match.start() > position:
            yield None, False, text[position : match.start()]
        if match["comment"]:
            position = _after(text, "-->", match.start() + 2)
        elif (tag := match["tag"]) is None:
            position = _after(text, ">", match.end())
        else:
            position = _tag_end(text, match.end())
            if position > end:
                return  # an unclosed tag is not a tag
            tag = tag.lower()
            if tag in {"td", "th"} and (cells := _PLAIN_CELLS.match(text, match.start())) is not None:
                position = cells.end()
                yield _CELLS, False, cells[0]
                continue
            yield tag, bool(match["end"]), text[match.end() : position - 1]
            if tag in _RAW and not match["end"]:
                closing = _RAW[tag].search(text, position)
                position = closing.start() if closing else end
        if position >= end:
            return
    yield None, False, text[position:]


def _after(text: str, mark: str, position: int) -> int:
    """Return the position after the next mark, or the end of the text."""
    index = text.find(mark, position)
    return len(text) if index < 0 else index + len(mark)


def _tag_end(text: str, position: int) -> int:
    """Return the position after a tag's closing bracket, ignoring quoted ones; beyond the text if there is none.

    Raises ValueError for a tag with more attributes than any program writes.
    """
    for _ in range(_ATTRIBUTES_MOST):
        match = _TAG_END_OR_QUOTE.search(text, position)
        if match is None:
            return len(text) + 1
        if match[1] is None:
            return match.end()
        position = text.find(match[1], match.end()) + 1
        if position == 0:
            return len(text) + 1
    raise ValueError(_ATTRIBUTES_MOST)


class _Table:
    """An open table: its rows so far, the open row and cell, and the cells that span rows."""

    def __init__(self, room: Room) -> None:
        self.grid = Grid(room)
        self.row: list[str | None] | None = None
        self.cell: list[str] | None = None
        self.length = 0
        self.span = (1, 1)
        self.down: dict[int, int] = {}

    def end_row(self) -> None:
        """Add the open row to the table."""
        self.end_cell()
        if self.row is not None:
            self.grid.add(self.row)
        self.row = None

    def start_row(self) -> list[str | None]:
        """Open a row, with room for cells of earlier rows that span into it."""
        self.row = []
        self._skip(self.row)
        return self.row

    def _skip(self, row: list[str | None]) -> None:
        while self.down.get(len(row), 0) > 0:
            self.down[len(row)] -= 1
            row.append(None)

    def end_cell(self) -> None:
        """Finish the current cell and add it to its row."""
        if self.cell is None:
            return
        row = self.start_row() if self.row is None else self.row
        across, below = self.span
        if below > 1:
            self.down |= dict.fromkeys(range(len(row), len(row) + across), below - 1)
        row.append(" ".join(html.unescape("".join(self.cell)).split()))
        row += [None] * (across - 1)
        self.cell = None
        self._skip(row)
        self.grid.check_row(len(row))


class _Tables:
    """Collects the tables of a page."""

    def __init__(self, name: str) -> None:
        self.room = Room(name)
        self.grids: list[Grid] = []
        self.open: list[_Table] = []

    def start(self, tag: str, attributes: str) -> None:
        """Handle a start tag."""
        if tag == "table":
            self.open.append(_Table(self.room))
            self.grids.append(self.open[-1].grid)
        elif not self.open:
            return
        elif tag == "tr":
            self.open[-1].end_row()
            self.open[-1].start_row()
        elif tag in {"td", "th"}:
            table = self.open[-1]
            table.end_cell()
            table.cell, table.length = [], 0
            table.span = _spans(attributes) if "span" in attributes.lower() else (1, 1)
        elif tag in {"br", "p", "div"}:
            self.text(" ")

    def plain_cells(self, text: str) -> None:
        """Take cells that hold only text."""
        if not self.open:
            return
        table = self.open[-1]
        table.end_cell()
        if table.row is not None and not table.down and "span" not in text:
            contents = _PLAIN_CELL.findall(text)
            self._check_length(max(map(len, contents)))
            self.room.cells_written += len(contents)
            table.row += map(_plain_text, contents)
            table.grid.check_row(len(table.row))
            return
        for cell in _PLAIN_CELL.finditer(text):
            self.room.cells_written += 1
            self.start("td", text[cell.start() : cell.start(1)])
            self.text(_FORMATTING.sub("", cell[1]))
            table.end_cell()

    def end(self, tag: str, *, all_tables: bool = False) -> None:
        """Handle an end tag; `all_tables` at the end of the page."""
        while self.open:
            if tag in {"td", "th"}:
                self.open[-1].end_cell()
            elif tag == "tr":
                self.open[-1].end_row()
            elif tag == "table":
                self.open.pop().end_row()
            if not all_tables:
                return

    def text(self, text: str) -> None:
        """Take text; text outside cells is ignored."""
        if not self.open or (cell := self.open[-1].cell) is None:
            return
        cell.append(text)
        self.open[-1].length += len(text)
        self._check_length(self.open[-1].length)

    def _check_length(self, length: int) -> None:
        if length > limits().cell_characters * _CELL_TEXT:
            limit = f"at most {limits().cell_characters:,}"
            problem = f"a cell of more than {limits().cell_characters:,} characters"
            raise refuse(problem, "shorten the cell", file=self.room.name, expected=limit)


def _plain_text(cell: str) -> str:
    text = _FORMATTING.sub("", cell) if "<" in cell else cell
    return " ".join(html.unescape(text).split())


def _spans(attributes: str) -> tuple[int, int]:
    """Return how many columns and rows a cell spans."""
    spans = {side.lower(): int(number) for side, number in _SPAN.findall(attributes)}
    across, below = (min(spans.get(side, 1) or 1, WIDEST) for side in ("col", "row"))
    return across, below
