"""Read delimited text (CSV, TSV, semicolons, bars) into a frame of text cells, one row per record.

Two readers share the work. Polars reads regular text, at a gigabyte in seconds. Anything it does not read as one record
per line (line breaks within quotes, stray or unclosed quotes) goes to Python's csv module, which behaves like a
spreadsheet there.
"""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

from analysis.errors import BadInput
from analysis.ingest.read.file_kinds import EXPECTED, SAVE_AS, refuse
from analysis.ingest.settings import limits

if TYPE_CHECKING:
    from collections.abc import Iterator

DELIMITERS = (",", "\t", ";", "|")
_SAMPLE_BYTES = 1 << 18
_SAMPLE_ROWS = 200
_BLOCK_ROWS = 50_000


def sample_rows(text: bytes, delimiter: str) -> list[list[str]]:
    """Return the first records of a text, parsed with a delimiter; a record cut by the sample's end is left out."""
    head = text[:_SAMPLE_BYTES]
    # Count rows as the full reader does: a form feed or other Unicode line separator does not end a row.
    lines = [f"{line}\n" for line in head.decode("utf-8", errors="ignore").split("\n")]
    if lines[-1] == "\n":
        lines.pop()
    if len(text) > _SAMPLE_BYTES and len(lines) > 1:
        lines.pop()
    rows: list[list[str]] = []
    with suppress(csv.Error):  # a cell that is too long: the full reader names its row
        rows.extend(islice(csv.reader(lines, delimiter=delimiter), limits().search_rows + _SAMPLE_ROWS))
    return rows


def declared_delimiter(text: bytes) -> str | None:
    """Return the delimiter named by Excel's first line ``sep=;``, or None."""
    first = text[:16].splitlines()[:1]
    if first and first[0].lower().startswith(b"sep=") and len(first[0]) == len(b"sep=,"):
        delimiter = first[0][-1:].decode("ascii", errors="ignore")
        return delimiter if delimiter in DELIMITERS else None
    return None


def read_text(text: bytes, name: str, *, delimiter: str, skip: int, width: int) -> tuple[pl.DataFrame, pl.Series]:
    """Read every record below the heading as text cells, and mark rows with filled cells beyond the headings.

    Parameters
    ----------
    skip:
        Records to leave out: the title block and the headings.
    width:
        Number of headings.

    Returns
    -------
    The cells, columns ``0`` .. ``width - 1``, with a blank line as a row of nulls; and one Boolean per row that is true
    if the record has more filled cells than there are headings.
    """
    lines = text.count(b"\n") + (not text.endswith(b"\n"))
    if lines > limits().rows:
        raise too_many_rows(name)
    if lines * width > limits().text_cells:  # a blank line is as wide as any other once read
        raise refuse(
            f"{lines:,} rows under {width:,} headings",
            "export a shorter period, or delete unneeded columns and blank rows",
            file=name,
            expected=f"at most {limits().text_cells:,} cells",
        )
    frame = _fast(text, delimiter, width)
    # Fewer records than lines: a quotation mark joins several lines, on purpose or by mistake.
    if frame is None or frame.height != lines:
        frame = _careful(text, name, delimiter, width)
    frame = frame.head(frame.height - _blank_lines_at_end(text)).slice(skip)
    overflow = frame[str(width)].str.strip_chars().fill_null("") != ""
    return frame.drop(str(width)), overflow


def _blank_lines_at_end(text: bytes) -> int:
    """Count the empty lines at the end of a text, without copying it."""
    end = len(text)
    while end:
        start = max(0, end - _SAMPLE_BYTES)
        if text_length := len(text[start:end].rstrip(b"\r\n")):
            return max(text.count(b"\n", start + text_length) - 1, 0)
        end = start
    return 0


def _fast(text: bytes, delimiter: str, width: int) -> pl.DataFrame | None:
    """Read regular text with Polars; None if it is not regular."""
    if text.count(b'"') % 2 or (b"\r" in text and text.count(b"\r") != text.count(b"\r\n")):
        return None
    try:
        return pl.read_csv(
            io.BytesIO(text),
            has_header=False,
            separator=delimiter,
            schema={str(index): pl.String for index in range(width + 1)},
            truncate_ragged_lines=True,
            missing_columns="insert",
            quote_char='"' if b'"' in text else None,
            raise_if_empty=False,
        )
    except pl.exceptions.PolarsError:
        return None


def _careful(text: bytes, name: str, delimiter: str, width: int) -> pl.DataFrame:
    """Read the whole text with Python's csv module, in blocks."""
    columns = [str(index) for index in range(width + 1)]
    schema = dict.fromkeys(columns, pl.String())
    records = _records(text, name, delimiter, width)
    blocks = [pl.DataFrame(schema=schema)]
    while block := list(islice(records, _BLOCK_ROWS)):
        blocks.append(pl.DataFrame(block, schema=schema, orient="row"))
    return pl.concat(blocks)


def _records(text: bytes, name: str, delimiter: str, width: int) -> Iterator[list[str | None]]:
    """Yield records as a spreadsheet counts them, cut or filled to one cell more than there are headings."""
    longest_cell = limits().cell_characters
    csv.field_size_limit(longest_cell)
    stream = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="")
    # Strict: an unclosed quotation mark would otherwise silently swallow the rows after it.
    lines = _Lines(stream, limit=longest_cell * limits().columns)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    row = 0
    try:
        for row, record in enumerate(reader, start=1):
            lines.length = 0
            if any("\n" in cell and _holds_rows(cell, delimiter, width) for cell in record):
                raise _quotes_error(name, row, "a quotation mark that joins several rows")
            extra = next((cell for cell in record[width:] if cell.strip()), None)
            cells: list[str | None] = [*record[:width]]
            yield [*cells, *(None for _ in range(width - len(cells))), extra]
    except csv.Error as error:
        problem = "a cell that is too long" if "limit" in str(error) else "a quotation mark that is not closed"
        raise _quotes_error(name, row + 1, problem) from error


class _Lines:
    """The lines of a stream; raises csv.Error once one record of them has `limit` characters. `length` counts them."""

    def __init__(self, stream: io.TextIOWrapper, *, limit: int) -> None:
        self.stream, self.limit, self.length = stream, limit, 0

    def __iter__(self) -> Iterator[str]:
        while line := self.stream.readline(self.limit):
            self.length += len(line)
            if self.length >= self.limit:
                raise csv.Error("row larger than the limit")
            yield line


def _holds_rows(cell: str, delimiter: str, width: int) -> bool:
    """Tell whether a cell of several lines has swallowed whole rows of the table."""
    return width > 1 and any(line.count(delimiter) >= width - 1 for line in cell.splitlines()[1:])


def _quotes_error(name: str, row: int, problem: str) -> BadInput:
    """Return the error for quotation marks that do not pair."""
    return BadInput(
        problem,
        expected=f"cells of at most {limits().cell_characters:,} characters with closed quotation marks",
        todo=f"correct the quotation marks from this row on, or {SAVE_AS}",
        file=name,
        row=row,
    )


def too_many_rows(name: str) -> BadInput:
    """Return the error for a table above the row limit."""
    return refuse(
        f"more than {limits().rows:,} rows",
        "export a shorter period, one year at a time",
        file=name,
        expected=EXPECTED,
    )
