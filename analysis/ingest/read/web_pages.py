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

_OPENS = re.compile(r"<(?:(?P<comment>!--)|(?P<end>/?)(?P<tag>[A-Za-z][^\s/>]*)|[!?/])")
_CLOSES = re.compile(r""">|=\s*(["'])""")
_RAW = {name: re.compile(rf"</{name}", re.IGNORECASE) for name in ("script", "style", "title", "textarea", "xmp")}
"""Elements whose text holds no tags."""
_CELLS = "<cells>"
_SPAN = re.compile(r"""\b(col|row)span\s*=\s*["']?\s*([0-9]{1,9})""", re.IGNORECASE)
_ATTRIBUTES = r"""(?>\s++[A-Za-z-]++(?:="[^"<>]*+")?+)*+\s*+"""
_LOOKS = re.compile(rf"</?(?:a|b|em|font|i|nobr|small|span|strong|u){_ATTRIBUTES}>", re.IGNORECASE)
"""Tags for formatting and links, which say nothing about the table."""
_PLAIN_CELL = re.compile(rf"<t[dh]{_ATTRIBUTES}>((?>[^<]++|{_LOOKS.pattern})*+)</t[dh]>\s*+", re.IGNORECASE)
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
        for tag, ends, content in _tokens(text):
            if tag == _CELLS:
                tables.plain_cells(content)
                continue
            if tag is None:
                tables.text(content)
                continue
            tables.room.take_tag(is_cell=tag in {"td", "th"})
            if ends:
                tables.end(tag)
            else:
                tables.start(tag, content)
    except ValueError as error:  # an invalid character number, an unclosed tag
        raise refuse("a damaged web page", SAVE_AS, file=name, expected=EXPECTED) from error
    tables.end("table", every=True)
    return tables.found


def _tokens(text: str) -> Iterator[tuple[str | None, bool, str]]:
    """Yield tags and the texts between them: (tag in lower case, whether it ends, attributes), (None, False, text).

    Consecutive plain cells come together: (_CELLS, False, all of them unchanged).
    """
    place, end = 0, len(text)
    while (opens := _OPENS.search(text, place)) is not None:
        if opens.start() > place:
            yield None, False, text[place : opens.start()]
        if opens["comment"]:
            place = _after(text, "-->", opens.start() + 2)
        elif (tag := opens["tag"]) is None:
            place = _after(text, ">", opens.end())
        else:
            place = _tag_end(text, opens.end())
            if place > end:
                return  # an unclosed tag is not a tag
            tag = tag.lower()
            if tag in {"td", "th"} and (cells := _PLAIN_CELLS.match(text, opens.start())) is not None:
                place = cells.end()
                yield _CELLS, False, cells[0]
                continue
            yield tag, bool(opens["end"]), text[opens.end() : place - 1]
            if tag in _RAW and not opens["end"]:
                closing = _RAW[tag].search(text, place)
                place = closing.start() if closing else end
        if place >= end:
            return
    yield None, False, text[place:]


def _after(text: str, mark: str, place: int) -> int:
    """Return the position after the next mark, or the end of the text."""
    found = text.find(mark, place)
    return len(text) if found < 0 else found + len(mark)


def _tag_end(text: str, place: int) -> int:
    """Return the position after a tag's closing bracket, ignoring quoted ones; beyond the text if there is none.

    Raises ValueError for a tag with more attributes than any program writes.
    """
    for _ in range(_ATTRIBUTES_MOST):
        found = _CLOSES.search(text, place)
        if found is None:
            return len(text) + 1
        if found[1] is None:
            return found.end()
        place = text.find(found[1], found.end()) + 1
        if place == 0:
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
        self.found: list[Grid] = []
        self.open: list[_Table] = []

    def start(self, tag: str, attributes: str) -> None:
        """Handle a start tag."""
        if tag == "table":
            self.open.append(_Table(self.room))
            self.found.append(self.open[-1].grid)
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
            found = _PLAIN_CELL.findall(text)
            self._check_length(max(map(len, found)))
            self.room.written += len(found)
            table.row += map(_plain_text, found)
            table.grid.check_row(len(table.row))
            return
        for cell in _PLAIN_CELL.finditer(text):
            self.room.written += 1
            self.start("td", text[cell.start() : cell.start(1)])
            self.text(_LOOKS.sub("", cell[1]))
            table.end_cell()

    def end(self, tag: str, *, every: bool = False) -> None:
        """Handle an end tag; `every` for the end of the page."""
        while self.open:
            if tag in {"td", "th"}:
                self.open[-1].end_cell()
            elif tag == "tr":
                self.open[-1].end_row()
            elif tag == "table":
                self.open.pop().end_row()
            if not every:
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
            most = f"at most {limits().cell_characters:,}"
            found = f"a cell of more than {limits().cell_characters:,} characters"
            raise refuse(found, "shorten the cell", file=self.room.name, expected=most)


def _plain_text(cell: str) -> str:
    text = _LOOKS.sub("", cell) if "<" in cell else cell
    return " ".join(html.unescape(text).split())


def _spans(attributes: str) -> tuple[int, int]:
    """Return how many columns and rows a cell spans."""
    said = {side.lower(): int(number) for side, number in _SPAN.findall(attributes)}
    across, below = (min(said.get(side, 1) or 1, WIDEST) for side in ("col", "row"))
    return across, below
