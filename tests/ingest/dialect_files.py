"""Files in a dialect: `documents` draws lines and a dialect, `write` gives the file and where each line stands."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import openpyxl
from hypothesis import strategies as st

from tests.ingest.dialects import (
    EXTRAS,
    FIELDS,
    PAID,
    PATIENTS,
    ROW_TYPES,
    TABLES,
    WORDS,
    Cell,
    Dialect,
    Line,
    dialects,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import DrawFn


@dataclass(frozen=True, slots=True)
class Document:
    """A file, the fields to fill down, and every line with the sheet and row in which it stands."""

    name: str
    data: bytes
    fill_down: tuple[str, ...]
    lines: tuple[tuple[str, int, Line], ...]
    dialect: Dialect


@st.composite
def documents(draw: DrawFn) -> Document:
    lines = draw(TABLES)
    return write(lines, draw(dialects(lines)))


# ---------------------------------------------------------------------------------------------------------- the writing
@dataclass(slots=True)
class _Sheet:
    """Rows of cells, where the lines among them stand, and the first and last row of each merged cell, by column."""

    rows: list[list[Cell]] = field(default_factory=list)
    lines: list[tuple[int, Line]] = field(default_factory=list)
    spans: list[tuple[str, int, int]] = field(default_factory=list)


def write(lines: Sequence[Line], dialect: Dialect) -> Document:
    """The lines in a dialect."""
    settled = _settled(lines, dialect)
    if dialect.grouped or dialect.subtotals:
        lines = sorted(lines, key=lambda line: (line.who, line.day))
    sheets = {title: _sheet(part, settled) for title, part in _parts(lines, dialect.container).items()}
    name = "june.csv" if dialect.container == "text" else "june.xlsx"
    fill = (
        ()
        if dialect.merged or not dialect.grouped
        else ("name", "number", "day")[: 3 if dialect.grouped == "day" else 2]
    )
    return Document(
        name,
        _text(sheets[""], settled) if dialect.container == "text" else _book(sheets, settled),
        tuple(FIELDS[column] for column in fill if column in dialect.columns),
        tuple(
            (title if len(sheets) > 1 else "", row, line)
            for title, sheet in sheets.items()
            for row, line in sheet.lines
        ),
        settled,
    )


def _parts(lines: Sequence[Line], container: str) -> dict[str, list[Line]]:
    """The lines of each sheet, by its title."""
    if container != "months":
        return {"": list(lines)}
    months = sorted({line.day.replace(day=1) for line in lines})
    return {f"{month:%b %Y}": [line for line in lines if line.day.month == month.month] for month in months}


def _settled(lines: Sequence[Line], dialect: Dialect) -> Dialect:
    """The dialect without what the lines leave undecided: a single amount below zero may be a correction."""
    negative = {name for name in dialect.negative if sum(getattr(line, name) != 0 for line in lines) > 1}
    return replace(dialect, negative=frozenset(negative))


def _sheet(lines: Sequence[Line], dialect: Dialect) -> _Sheet:
    """One table with all that stands around it."""
    sheet = _Sheet([list(title) for title in dialect.titles])
    head: list[Cell] = [dialect.invisible + heading for heading in dialect.columns.values()]
    sheet.rows.append(head)
    placed: list[tuple[int, Line]] = []
    for index, line in enumerate(lines):
        if dialect.pages and index and index == len(lines) // 2:
            sheet.rows += [["Page 1 of 2"], head]
        sheet.lines.append((len(sheet.rows) + 1, line))
        for row in _rows(line, dialect):
            sheet.rows.append(row)
            placed.append((len(sheet.rows), line))
        last = index + 1 == len(lines) or lines[index + 1].who != line.who
        if dialect.subtotals and last:
            sheet.rows.append(_sum("Subtotal", [one for one in lines if one.who == line.who], dialect))
        if dialect.blanks and index % 3 == 2:
            sheet.rows.append([None] * len(head) if index % 2 else [])
    sheet.rows += [_sum("Grand total", lines, dialect)] if dialect.total else []
    sheet.rows += [["Printed 11/2/2026 by Ann"]] if dialect.footer else []
    if dialect.grouped:
        _group(sheet, placed, dialect)
    return sheet


def _rows(line: Line, dialect: Dialect) -> list[list[Cell]]:
    """The rows of a line: its own, and in a ledger those of its payments."""
    rows = [[_cell(column, line, dialect) for column in dialect.columns]]
    paid = [(name, getattr(line, name)) for name in PAID if getattr(line, name)] if dialect.paid == "ledger" else []
    for name, cents in paid:
        row = dict(zip(dialect.columns, rows[0], strict=True))
        minus = bool(dialect.negative)
        row |= {"type": _inked(ROW_TYPES[name], dialect), "charge": _amount(cents, dialect, minus=minus), "units": None}
        rows.append(list(row.values()))
    return rows


def _group(sheet: _Sheet, placed: list[tuple[int, Line]], dialect: Dialect) -> None:
    """Leave patient and day on the first row of a group only, or merge cells that no other row parts."""
    for column in ("name", "number", "day")[: 3 if dialect.grouped == "day" else 2]:
        if column not in dialect.columns:
            continue
        place = list(dialect.columns).index(column)
        start = 0
        for (row_before, before), (row, line) in pairwise(placed):
            same = before.who == line.who and (column != "day" or before.day == line.day)
            if not dialect.merged and same:
                sheet.rows[row - 1][place] = None
            elif same and row == row_before + 1:
                start = start or row_before
            elif start:
                sheet.spans.append((column, start, row_before))
                start = 0
        if start:
            sheet.spans.append((column, start, placed[-1][0]))


def _sum(label: str, lines: Sequence[Line], dialect: Dialect) -> list[Cell]:
    """A row of totals: its label in the first column that holds no number."""
    numbers = {"units", "charge", *PAID}
    row: dict[str, Cell] = dict.fromkeys(dialect.columns)
    first = next(column for column in dialect.columns if column not in numbers)
    row[first] = label
    row["units"] = sum(line.units for line in lines)
    row["charge"] = _amount(sum(line.charge for line in lines), dialect)
    for name in PAID if dialect.paid == "columns" else ():
        row[name] = _amount(sum(getattr(line, name) for line in lines), dialect, minus=name in dialect.negative)
    return list(row.values())


def _cell(column: str, line: Line, dialect: Dialect) -> Cell:
    """What stands in a column for a line."""
    if column in EXTRAS:
        return _extra(EXTRAS[column], line, dialect)
    if column in {"charge", *PAID}:
        cents = getattr(line, column)
        minus = column in dialect.negative
        return None if not cents and dialect.blank_zeros else _amount(cents, dialect, minus=minus)
    if column == "day":
        return _day(line.day, dialect)
    if column == "code":
        return _code(line, dialect)
    name, number = PATIENTS[line.who]
    texts = {
        "name": name.upper() if dialect.loud and line.units % 2 else name,
        "number": number,
        "payer": line.payer,
        "type": "Charge",
        "units": dialect.units.format(line.units),
        "modifiers": dialect.separator.join(line.modifiers),
        **{f"mod{index}": modifier for index, modifier in enumerate(line.modifiers, start=1)},
    }
    text = texts.get(column, "")
    whole = str(line.units) if column == "units" else text
    return (
        int(whole)
        if dialect.real and column.startswith(("units", "mod")) and whole.isdigit()
        else _inked(text, dialect)
    )


def _extra(kind: str, line: Line, dialect: Dialect) -> Cell:
    texts: dict[str, Cell] = {
        "number": str(line.charge),
        "word": "Lee",
        "date": _day(line.day + timedelta(days=3), dialect),
        "amount": _amount(line.charge - line.insurance, dialect),
        "note": "Total knee\nleft" if line.units > 2 else "",
        "words": WORDS[line.code],
        "nothing": None,
    }
    return texts[kind]


def _day(day: date, dialect: Dialect) -> Cell:
    if dialect.real:
        return datetime(day.year, day.month, day.day, 9, 30) if dialect.time else day  # noqa: DTZ001
    return _inked(dialect.dates.format(d=day) + dialect.time, dialect)


def _code(line: Line, dialect: Dialect) -> Cell:
    before, joiner, words = dialect.code
    text = before + line.code + "".join(joiner + modifier for modifier in line.modifiers if joiner)
    text += words + WORDS[line.code] if words else ""
    if dialect.real and text.isdigit():
        return int(text)
    text = _inked(text, dialect) or ""
    return f'="{text}"' if dialect.as_text else text


def _amount(cents: int, dialect: Dialect, *, minus: bool = False) -> Cell:
    if dialect.real:
        return -cents / 100 if minus else cents / 100
    symbol, fixed, grouped, european = dialect.amount
    text = f"{cents // 100:,}" if grouped else str(cents // 100)
    text += f".{cents % 100:02}"
    if not fixed:
        text = text.rstrip("0").rstrip(".")
    if european:
        text = text.translate(str.maketrans(",.", ".,"))
    return _inked(dialect.minus.format(symbol + text) if minus and cents else symbol + text, dialect)


def _inked(text: str, dialect: Dialect) -> str | None:
    """A text with an invisible character in its middle; nothing for an empty one."""
    middle = len(text) // 2
    return text[:middle] + dialect.invisible + text[middle:] if text else None


def _text(sheet: _Sheet, dialect: Dialect) -> bytes:
    """Delimited text."""

    def quoted(cell: Cell) -> str:
        text = "" if cell is None else str(cell)
        bare = text.startswith('="') or not set(text) & {'"', "\n"}  # ="97110" is written without further quotes
        if bare and dialect.delimiter not in text and not dialect.quote_all:
            return text
        return '"' + text.replace('"', '""') + '"'

    lines = (dialect.delimiter.join(map(quoted, row)) for row in sheet.rows)
    return (dialect.newline.join(lines) + dialect.newline).encode(dialect.encoding)


def _book(sheets: dict[str, _Sheet], dialect: Dialect) -> bytes:
    """A workbook."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, sheet in sheets.items():
        target = book.create_sheet(title or "Charges")
        for row in sheet.rows:
            target.append(row)
        for column, top, bottom in sheet.spans:
            place = list(dialect.columns).index(column) + 1
            target.merge_cells(start_row=top, end_row=bottom, start_column=place, end_column=place)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
