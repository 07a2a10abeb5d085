"""Tables of charge lines, and the dialects in which billing systems write them out.

`documents` draws true lines and a dialect; `write` gives the file, and where each line stands in it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import openpyxl
from hypothesis import strategies as st

from analysis.ingest.settings import plain_heading, source_fields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import DrawFn

Cell = str | int | float | date | None

PATIENTS = (("Ames, Ada", "A0012"), ("Núñez, Zoë", "A0013"), ("O'Brien-Lee, Jo", "7"), ("Sum, Lee", "0012"))
WORDS = {
    "97110": "Ther ex",
    "97112": "Neuromuscular re-ed",
    "97140": "Manual therapy",
    "97530": "Therapeutic activities",
    "97161": "PT Eval low",
    "G0283": "E-stim, unattended",
}
MODIFIERS = ((), ("GP",), ("GP", "59"), ("GP", "KX"), ("CQ", "GP"))
PAYERS = ("Medicare Part B", "Blue Cross", "Aetna")
PAID = ("insurance", "patient", "adjustment")
FIELDS = {
    "day": "date_of_service",
    "code": "code",
    "units": "units",
    "modifiers": "modifiers",
    "name": "patient_name",
    "number": "patient_id",
    "payer": "payer",
    "charge": "charge_cents",
    "insurance": "insurance_paid_cents",
    "patient": "patient_paid_cents",
    "adjustment": "adjustment_cents",
    "type": "row_type",
    **{f"mod{place}": f"modifier_{place}" for place in range(1, 5)},
}
"""Column of a dialect -> field."""
ROW_TYPES = {"insurance": "Insurance Payment", "patient": "Patient Payment", "adjustment": "Contractual Adj"}
EXTRAS = {
    "Batch": "number",
    "Zone": "word",
    "Entered by": "word",
    "Post Date": "date",
    "Balance": "amount",
    "Notes": "note",
    "Description": "words",
    "": "nothing",
}
"""Columns that are not read -> what they hold."""
TITLES = (
    ("Charges by therapist, printed 11/2/2026",),
    ("Clinic:", "Main St", "Provider:", "All", "Payer:", "All"),
    ("From 1/1/2026 to 12/31/2026",),
    ("",),
)
OF_TEXT = (("\x0cPage 1 of 2",), ("Charges\x0b of June",), ("\x0c",))
"""Titles with characters that end a line elsewhere, and none of a text file."""
INVISIBLE = ("", "\u200b", "\ufeff", "\u00ad")
NUMBERED = ("{d.month}/{d.day}/{d.year}", "{d:%m/%d/%y}", "{d:%m-%d-%Y}")
DAY_FIRST = ("{d.day}/{d.month}/{d.year}", "{d:%d.%m.%Y}")
PLAIN_DATES = ("{d:%Y-%m-%d}", "{d:%b} {d.day}, {d.year}", "{d.day}-{d:%b-%Y}")
DIGITS = ("{d:%m%d%y}", "{d:%Y%m%d}")


@dataclass(frozen=True, slots=True)
class Line:
    """A charge as it truly was; amounts in cents."""

    who: int
    day: date
    code: str
    modifiers: tuple[str, ...]
    units: int
    charge: int
    insurance: int
    patient: int
    adjustment: int
    payer: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written.

    Attributes
    ----------
    container:
        "text", "book" (one sheet) or "months" (a sheet a month); `typed`: its dates and numbers are such, not text.
    columns:
        Column -> heading, in order; a column that is not in `FIELDS` is one that is not read.
    code:
        What stands before a code, before each of its modifiers (where they stand with it), and whether words follow.
    separator:
        What parts the modifiers of one column.
    dates, time, units:
        Formats.
    amount:
        Currency, whether always with two decimals, with a mark between thousands, with a decimal comma.
    negative:
        The columns of payments written below zero, `minus` how; in a ledger any of them means all payments.
    paid:
        "none", "columns", or "ledger": payments in rows of their own.
    grouped:
        "" or "patient" or "day": what stands on the first row of a group only; `merged`: as merged cells.
    blank_zeros, as_text:
        Whether $0.00 is left out, and codes are written ="97110".
    titles, blanks, subtotals, total, pages, footer:
        What stands above, between and below the lines.
    invisible, loud:
        A character without width within cells; whether some names stand in capitals.
    """

    container: str
    typed: bool
    columns: dict[str, str]
    code: tuple[str, str, str]
    separator: str
    dates: str
    time: str
    amount: tuple[str, bool, bool, bool]
    minus: str
    negative: frozenset[str]
    units: str
    paid: str
    grouped: str
    merged: bool
    blank_zeros: bool
    as_text: bool
    delimiter: str
    quote_all: bool
    newline: str
    encoding: str
    titles: tuple[tuple[str, ...], ...]
    blanks: bool
    subtotals: bool
    total: bool
    pages: bool
    footer: bool
    invisible: str
    loud: bool

    @property
    def real(self) -> bool:
        """Whether cells hold dates and numbers rather than text."""
        return self.typed and self.container != "text"


@dataclass(frozen=True, slots=True)
class Document:
    """A file, the fields to fill down, and every line with the sheet and row in which it stands."""

    name: str
    data: bytes
    fill_down: tuple[str, ...]
    lines: tuple[tuple[str, int, Line], ...]
    dialect: Dialect


# ------------------------------------------------------------------------------------------------------------ the truth
@st.composite
def charge_lines(draw: DrawFn) -> Line:
    charge = draw(st.sampled_from((6000, 8750, 108_750)) | st.integers(1, 200_000))
    insurance = draw(st.integers(0, charge))
    patient = draw(st.integers(0, charge - insurance))
    return Line(
        who=draw(st.integers(0, len(PATIENTS) - 1)),
        day=date(2026, 3, 1) + timedelta(days=draw(st.integers(0, 60))),
        code=draw(st.sampled_from(tuple(WORDS))),
        modifiers=draw(st.sampled_from(MODIFIERS)),
        units=draw(st.integers(1, 4)),
        charge=charge,
        insurance=insurance,
        patient=patient,
        adjustment=draw(st.integers(0, charge - insurance - patient)),
        payer=draw(st.sampled_from(PAYERS)),
    )


TABLES = st.lists(charge_lines(), min_size=3, max_size=12, unique_by=lambda line: (line.who, line.day, line.code))


# ---------------------------------------------------------------------------------------------------------- the dialect
@st.composite
def headings(draw: DrawFn, columns: Sequence[str]) -> dict[str, str]:
    """A known heading for each column, in any case and with any marks; no two alike."""
    found: dict[str, str] = {}
    for column in columns:
        if column in EXTRAS:
            found[column] = column
            continue
        name = FIELDS[column]
        used = set(map(plain_heading, found.values()))
        plain = draw(st.sampled_from([alias for alias in source_fields()[name].aliases if alias not in used]))
        place = draw(st.integers(0, len(plain)))
        marked = plain[:place] + draw(st.sampled_from(("", " ", "_", "-", ". ", " #", "/"))) + plain[place:]
        found[column] = draw(st.sampled_from((str.lower, str.upper, str.title)))(marked).strip()
    return found


@st.composite
def dialects(draw: DrawFn, lines: Sequence[Line]) -> Dialect:
    flag = st.booleans()
    container = draw(st.sampled_from(("text", "text", "book", "months")))
    is_text = container == "text"
    paid = draw(st.sampled_from(("none", "columns", "ledger")))
    placed = draw(st.sampled_from(("cell", "column", "columns", "both")))
    european = is_text and draw(flag)
    delimiter = ";" if european else draw(st.sampled_from(",;\t|"))
    encoding = draw(st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "cp1252")))
    columns = ["day", "code", "units", "charge", *draw(st.sampled_from((["name"], ["number"], ["name", "number"])))]
    columns += ["payer"] if draw(flag) else []
    columns += {"none": [], "columns": list(PAID), "ledger": ["type"]}[paid]
    columns += ["modifiers"] if placed in {"column", "both"} else []
    columns += [f"mod{place}" for place in range(1, draw(st.integers(2, 4)) + 1)] if placed == "columns" else []
    columns += draw(st.lists(st.sampled_from(tuple(EXTRAS)), unique=True, max_size=3))
    grouped = draw(st.sampled_from(("", "", "patient", "day")))
    merged = bool(grouped) and not is_text and draw(flag)
    joiner = draw(st.sampled_from(("-", ":", " ", ", ", "*"))) if placed in {"cell", "both"} else ""
    fixed = draw(flag)
    proved = any(line.day.day > 12 for line in lines)
    kinds = PLAIN_DATES + DIGITS + NUMBERED + (DAY_FIRST if proved else ())
    dates = draw(st.sampled_from(kinds))
    times = ("", "", " 09:30", " 9:30 AM", " 0:00", "T09:30:00")
    time = draw(st.sampled_from(times if dates == "{d:%Y-%m-%d}" else times[:-1])) if dates not in DIGITS else ""
    inks = [ink for ink in INVISIBLE if encoding != "cp1252" or not is_text or ink in {"", "\u00ad"}]
    minus = draw(st.sampled_from(("({})", "-{}", "{}-", "\u2212{}")))
    blank_zeros = draw(flag)
    found = draw(headings(draw(st.permutations(columns))))
    return Dialect(
        container=container,
        typed=draw(flag),
        columns=found,
        code=(draw(st.sampled_from(("", "", "CPT ", "HCPCS "))), joiner, draw(st.sampled_from(("", "", " - ", " ")))),
        separator=draw(st.sampled_from((",", " ", ";", "/", ", "))),
        dates=dates,
        time=time,
        amount=("" if european else draw(st.sampled_from(("", "$", "$ "))), fixed, fixed and draw(flag), european),
        minus="-{}" if minus.startswith("\u2212") and encoding == "cp1252" and is_text else minus,
        negative=frozenset(draw(st.sets(st.sampled_from(PAID)))),
        units=draw(st.sampled_from(("{}", "{}.0", "{} units"))),
        paid=paid,
        grouped=grouped,
        merged=merged,
        blank_zeros=blank_zeros,
        as_text=is_text and draw(flag),
        delimiter=delimiter,
        quote_all=draw(flag),
        newline=draw(st.sampled_from(("\n", "\r\n"))),
        encoding=encoding,
        titles=tuple(draw(st.lists(st.sampled_from(TITLES + (OF_TEXT if is_text else ())), max_size=3))),
        blanks=draw(flag),
        subtotals=draw(flag),
        total=draw(flag),
        pages=draw(flag),
        footer=draw(flag),
        invisible=draw(st.sampled_from(inks)),
        loud=draw(flag),
    )


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
    held: list[tuple[int, Line]] = []
    for index, line in enumerate(lines):
        if dialect.pages and index and index == len(lines) // 2:
            sheet.rows += [["Page 1 of 2"], head]
        sheet.lines.append((len(sheet.rows) + 1, line))
        for row in _rows(line, dialect):
            sheet.rows.append(row)
            held.append((len(sheet.rows), line))
        last = index + 1 == len(lines) or lines[index + 1].who != line.who
        if dialect.subtotals and last:
            sheet.rows.append(_sum("Subtotal", [one for one in lines if one.who == line.who], dialect))
        if dialect.blanks and index % 3 == 2:
            sheet.rows.append([None] * len(head) if index % 2 else [])
    sheet.rows += [_sum("Grand total", lines, dialect)] if dialect.total else []
    sheet.rows += [["Printed 11/2/2026 by Ann"]] if dialect.footer else []
    if dialect.grouped:
        _group(sheet, held, dialect)
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


def _group(sheet: _Sheet, held: list[tuple[int, Line]], dialect: Dialect) -> None:
    """Leave patient and day on the first row of a group only, or merge cells that no other row parts."""
    for column in ("name", "number", "day")[: 3 if dialect.grouped == "day" else 2]:
        if column not in dialect.columns:
            continue
        place = list(dialect.columns).index(column)
        start = 0
        for (row_before, before), (row, line) in pairwise(held):
            same = before.who == line.who and (column != "day" or before.day == line.day)
            if not dialect.merged and same:
                sheet.rows[row - 1][place] = None
            elif same and row == row_before + 1:
                start = start or row_before
            elif start:
                sheet.spans.append((column, start, row_before))
                start = 0
        if start:
            sheet.spans.append((column, start, held[-1][0]))


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
