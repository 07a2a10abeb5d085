"""Tables collected row by row: packed into columns as they grow, and counted with their padding."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from analysis.ingest.read.file_kinds import SAVE_AS, refuse
from analysis.ingest.settings import limits

WIDEST = 1_000
"""Most columns or rows a cell may span: more is a mistake in the page, because no table is that wide."""
_SHEET_COLUMNS, _SHEET_ROWS = 16_384, 1_048_576
_BLOCK_ROWS = 10_000
_FEWER = "export a shorter period, or save the table as CSV"


@dataclass(slots=True)
class Room:
    """How much the tables of one file may still hold; `name` is the file's, for messages."""

    name: str
    cells: int = 0
    tables: int = 0
    tags: int = 0
    cells_written: int = 0
    _most_tags: int = field(default_factory=lambda: limits().tags)
    _other_tags: int = field(default_factory=lambda: limits().other_tags)
    _tags_each: int = field(default_factory=lambda: limits().tags_a_cell)

    def take(self, cells: int) -> None:
        """Raise BadInput if these are more cells than a file may have."""
        self.cells += cells
        if self.cells > limits().markup_cells:
            limit = f"{limits().markup_cells:,} cells"
            problem = f"more than {limit}, counting empty ones"
            raise refuse(problem, _FEWER, file=self.name, expected=f"at most {limit}")

    def take_tag(self, *, is_cell: bool) -> None:
        """Raise BadInput if this is one tag too many: in all, or for the cells that are written."""
        self.tags += 1
        self.cells_written += is_cell
        if self.tags > self._most_tags or self.tags > self._other_tags + self._tags_each * self.cells_written:
            problem = f"{self.tags:,} tags, {self.cells_written:,} of them cells"
            expected = f"at most {limits().tags:,} tags, and not many more tags than cells"
            raise refuse(problem, SAVE_AS, file=self.name, expected=expected)

    def take_table(self) -> None:
        """Raise BadInput if this is one table too many."""
        self.tables += 1
        if self.tables > limits().tables:
            limit = f"at most {limits().tables:,} tables"
            raise refuse(f"more than {limits().tables:,} tables", SAVE_AS, file=self.name, expected=limit)


class Grid:
    """One table: rows of cells, each as wide as it comes; null if there is no cell.

    Every method raises BadInput if the table, with all rows as wide as its widest, exceeds what `room` allows.
    """

    def __init__(self, room: Room) -> None:
        room.take_table()
        self._room = room
        self._rows: list[list[str | None]] = []
        self._blocks: list[pl.DataFrame] = []
        self._width = 0
        self.height = 0

    def add(self, row: list[str | None]) -> None:
        """Add a row."""
        self._grow(self.height + 1, max(self._width, len(row)))
        self._rows.append(row)
        if len(self._rows) == _BLOCK_ROWS:
            self._pack()

    def skip(self, rows: int) -> None:
        """Add rows without cells."""
        self._grow(self.height + rows, self._width)
        self._pack()
        self._blocks.append(pl.DataFrame({_column(0): pl.repeat(None, rows, dtype=pl.String, eager=True)}))

    def check_row(self, width: int) -> None:
        """Check a row that is still open."""
        self._check(self.height + 1, width)

    def _grow(self, height: int, width: int) -> None:
        self._check(height, width)
        self._room.take(height * width - self.height * self._width)
        self.height, self._width = height, width

    def _check(self, height: int, width: int) -> None:
        if height > _SHEET_ROWS or width > _SHEET_COLUMNS:
            problem = f"a table that reaches to row {height:,} and column {width:,}"
            limit = f"at most {_SHEET_ROWS:,} rows and {limits().columns} columns"
            raise refuse(problem, _FEWER, file=self._room.name, expected=limit)

    def _pack(self) -> None:
        """Pack the rows added since the last call into columns: a list takes ten times the memory."""
        if not self._rows:
            return
        width = max(1, *map(len, self._rows))
        rows = [[*row, *[None] * (width - len(row))] for row in self._rows]
        self._blocks.append(
            pl.DataFrame(rows, schema={_column(index): pl.String for index in range(width)}, orient="row")
        )
        self._rows = []

    def frame(self) -> pl.DataFrame:
        """Return all rows as text columns."""
        self._pack()
        wide = max(self._blocks, key=lambda block: block.width, default=pl.DataFrame())
        return pl.concat([wide.clear(), *self._blocks], how="diagonal") if self._blocks else wide


def _column(index: int) -> str:
    return f"column_{index}"
