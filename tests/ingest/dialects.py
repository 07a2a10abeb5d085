"""Tables of charge lines, and the dialects in which billing systems write them out.

`charge_lines` draws true lines and `dialects` a dialect; dialect_files.py writes the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

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
    heading_of: dict[str, str] = {}
    for column in columns:
        if column in EXTRAS:
            heading_of[column] = column
            continue
        name = FIELDS[column]
        used = set(map(plain_heading, heading_of.values()))
        plain = draw(st.sampled_from([alias for alias in source_fields()[name].aliases if alias not in used]))
        place = draw(st.integers(0, len(plain)))
        marked = plain[:place] + draw(st.sampled_from(("", " ", "_", "-", ". ", " #", "/"))) + plain[place:]
        heading_of[column] = draw(st.sampled_from((str.lower, str.upper, str.title)))(marked).strip()
    return heading_of


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
    heading_of = draw(headings(draw(st.permutations(columns))))
    return Dialect(
        container=container,
        typed=draw(flag),
        columns=heading_of,
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
