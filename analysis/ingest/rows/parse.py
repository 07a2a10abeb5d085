"""Read every row of a table into values, each with its first fault."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.cells.amounts import is_european, listed_total, read_amounts
from analysis.ingest.cells.dates import Order, decide_order, read_dates
from analysis.ingest.cells.distinct import by_distinct, tidy
from analysis.ingest.cells.pseudonyms import pseudonyms
from analysis.ingest.cells.row_types import kinds_of
from analysis.ingest.cells.values import (
    known_modifiers,
    read_codes,
    read_minutes,
    read_modifiers,
    read_places,
    read_units,
)
from analysis.ingest.columns.fill_down import filled_down, is_line, repeat_merged_cells
from analysis.ingest.mapping import IDENTITIES
from analysis.ingest.settings import limits, plain_heading, source_fields
from analysis.lines.billing_line import CENTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from analysis.ingest.mapping import Mapping
    from analysis.ingest.read.raw_table import RawTable

AMOUNTS = (CENTS[0], "unit_price", *CENTS[1:])
"""What a row says in dollars."""
MODIFIERS = ("modifiers", "modifier_1", "modifier_2", "modifier_3", "modifier_4")
_PAYMENT_FIELDS = CENTS[1:]
_SEPARATOR = "\x1f"
_SHEETS = 2
_WORD = re.compile(r"[^\W\d_]{2,}")
_DAMAGED = r"^\d(?:[.,]\d+)?E\+?\d+$"
X12 = ("835", "837P")
"""Formats of claims and remittances: not spreadsheets, and their patient numbers are the payer's."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the cells of one field.

    Attributes
    ----------
    field, heading:
        The field, and its column (None for the row as a whole and for the patient).
    fault_names:
        For each row the fault, the second half of a reason's name, or null.
    cells:
        For each row the text to show as found; None if nothing may be shown.
    """

    field: str
    heading: str | None
    fault_names: pl.Series
    cells: pl.Series | None


@dataclass(slots=True)
class Rows:
    """The rows of a table while they are read.

    Attributes
    ----------
    table, mapping:
        What is read, and how.
    cells:
        Tidied text by heading, for the mapped columns.
    values:
        Series by name: date, code, joined, lettered, units, modifiers, patient_key, patient_index, amounts in cents ...
    faults:
        The faults, in the order in which a row's first one is reported.
    dollars:
        Cents of each row for the account of dollars: the charge as far as it could be read, else 0.
    order:
        How dates were read; european: for each amount whether the comma is its decimal mark.
    negated:
        Headings of payments and adjustments that the file writes as negative throughout; they are read as positive.
    flagged:
        Rows to report, by name of the notice.
    among:
        The tables of all sheets with the same headings; empty for a single one.
    """

    table: RawTable
    mapping: Mapping
    cells: dict[str, pl.Series]
    values: dict[str, pl.Series] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    dollars: pl.Series = field(default_factory=pl.Series)
    order: Order = field(default_factory=lambda: Order("mdy", "unneeded"))
    european: dict[str, bool] = field(default_factory=dict)
    negated: tuple[str, ...] = ()
    flagged: dict[str, pl.Series] = field(default_factory=dict)
    among: tuple[RawTable, ...] = ()

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.table.frame.height

    @property
    def frame(self) -> pl.DataFrame:
        """The table's cells, filled down and with merged cells repeated: two rows are copies if these agree."""
        merged = {area.heading for area in self.table.merged}
        filled = {
            heading: self.cells[heading]
            for heading, name in self.mapping.columns
            if name in self.mapping.fill_down or heading in merged
        }
        return self.table.frame.with_columns(**filled) if filled else self.table.frame

    def text(self, name: str) -> pl.Series:
        """Return a field's tidied cells; several columns are joined by a space; nulls if no column has it."""
        headings = self.mapping.headings(name)
        if len(headings) == 1:
            return self.cells[headings[0]].alias(name)
        if not headings:
            return pl.repeat(None, self.height, dtype=pl.String, eager=True).alias(name)
        joined = pl.DataFrame([self.cells[heading] for heading in headings]).select(
            pl.concat_str(pl.all(), separator=" ", ignore_nulls=True).alias(name)
        )
        return joined.to_series().set(joined.to_series() == "", None)

    def whole(self, heading: str) -> pl.Series:
        """Return a column's tidied cells over all sheets with the same headings, to decide how it is written."""
        if len(self.among) < _SHEETS or heading not in self.table.headings:
            return self.cells[heading]
        plain = plain_heading(heading)
        columns = (
            table.frame[candidate]
            for table in self.among
            for candidate in table.headings
            if plain_heading(candidate) == plain
        )
        return pl.concat([tidy(column, blank_words=True).alias(heading) for column in columns])

    def heading(self, name: str) -> str | None:
        """Return the first heading of a field, or None."""
        return next(iter(self.mapping.headings(name)), None)

    def has(self, name: str) -> bool:
        """Tell whether a column of the export holds the field."""
        return name in self.mapping.fields

    def note_faults(self, name: str, heading: str | None, kinds: dict[str, pl.Expr], **columns: pl.Series) -> None:
        """Record the faults of a field: for each row the first kind whose condition holds over the columns given.

        The column ``text``, if there is one, is what the user is shown as found.
        """
        expression = pl.coalesce(pl.when(condition).then(pl.lit(kind)) for kind, condition in kinds.items())
        fault_names = pl.DataFrame(columns).select(kinds=expression).to_series()
        if fault_names.null_count() < self.height:
            self.faults.append(Fault(name, heading, fault_names, columns.get("text")))


def read_rows(table: RawTable, mapping: Mapping, *, key: bytes, today: date, among: Sequence[RawTable] = ()) -> Rows:
    """Read every mapped column of a table; `among` as described in `analysis.ingest.rows.clean`."""
    rows = Rows(table, mapping, _cells(table, mapping), among=tuple(among))
    rows.note_faults("row", None, {"too_many_cells": pl.col("overflow")}, overflow=table.overflow)
    if rows.has("row_type"):
        kinds = kinds_of(rows.text("row_type"))
        rows.note_faults(
            "row_type",
            rows.heading("row_type"),
            {"unknown": pl.col("unknown")},
            text=rows.text("row_type"),
            unknown=kinds["unknown"],
        )
    _read_date(rows, today)
    _read_code(rows)
    _read_units(rows)
    _read_modifiers(rows)
    _read_patient(rows, key)
    _read_amounts(rows)
    _read_optional(rows, today)
    return rows


def _cells(table: RawTable, mapping: Mapping) -> dict[str, pl.Series]:
    """Return tidied cells of the mapped columns, merged cells repeated over the rows they span."""
    fields = {heading: source_fields()[name] for heading, name in mapping.columns}
    cells = {}
    lines = is_line(table, mapping) if mapping.fill_down else pl.Series(dtype=pl.Boolean)
    for heading, source in fields.items():
        column = tidy(table.frame[heading], blank_words=not source.required)
        if source.kind not in {"money", "units", "number"}:  # a merged amount is one amount, not one per row
            column = repeat_merged_cells(column, table, heading)
        if source.name in mapping.fill_down:
            column = filled_down(column, lines, heading)
        cells[heading] = column
    return cells


def _read_date(rows: Rows, today: date) -> None:
    """Read dates of service and their faults."""
    text = rows.text("date_of_service")
    headings = rows.mapping.headings("date_of_service")
    rows.order = decide_order(rows.whole(headings[0]) if headings else text, rows.mapping.date_order)
    days = by_distinct(text, lambda cells: read_dates(cells, order=rows.order.order, today=today))["date"]
    latest = max(limits().schedules_end, today.replace(month=12, day=31))
    rows.values["date"] = days
    rows.flagged["date_of_service__after_today"] = (days > today).fill_null(value=False)
    kinds = {
        "missing": pl.col("text").is_null(),
        "not_a_date": pl.col("day").is_null(),
        "too_early": pl.col("day") < limits().first_date,
        "future": pl.col("day") > latest,
    }
    rows.note_faults("date_of_service", rows.heading("date_of_service"), kinds, text=text, day=days)


def _read_code(rows: Rows) -> None:
    """Read codes, the modifiers joined to them, and their faults."""
    text = rows.text("code")
    codes = by_distinct(text, read_codes)
    rows.values |= {name: codes[name] for name in ("code", "joined", "lettered", "doubtful", "beside")}
    kinds = {
        "missing": pl.col("text").is_null(),
        "several": pl.col("several"),
        "not_a_procedure": pl.col("code").is_null() & pl.col("lettered"),
        "malformed": pl.col("code").is_null(),
    }
    columns = {name: codes[name] for name in ("code", "lettered", "several")}
    rows.note_faults("code", rows.heading("code"), kinds, text=text, **columns)


def _read_units(rows: Rows) -> None:
    """Read units and their faults; 1 everywhere if the user said that every row is one unit."""
    if rows.mapping.one_row_one_unit and not rows.has("units"):
        rows.values["units"] = pl.repeat(1, rows.height, dtype=pl.Int64, eager=True)
        return
    text = rows.text("units")
    units = by_distinct(text, read_units)
    rows.values["units"] = units["units"]
    differs = rows.values["beside"] != rows.values["units"]
    rows.flagged["units__other_beside_the_code"] = differs.fill_null(value=False)
    kinds = {"missing": pl.col("text").is_null()}
    kinds |= {kind: pl.col("fault") == kind for kind in ("not_a_number", "fraction", "too_many", "zero")}
    rows.note_faults("units", rows.heading("units"), kinds, text=text, fault=units["fault"])


def _read_modifiers(rows: Rows) -> None:
    """Read modifiers from the code's own cell and every modifier column, sorted, each once."""
    parts = [rows.values["joined"], *(rows.text(name) for name in MODIFIERS if rows.has(name))]
    frame = pl.DataFrame({str(index): part for index, part in enumerate(parts)})
    text = frame.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True).str.strip_chars()).to_series()
    text = text.set(text == "", None)
    modifiers = by_distinct(text, read_modifiers)["modifiers"]
    rows.values["modifiers"] = modifiers.fill_null("")
    rows.flagged["modifiers__unknown"] = by_distinct(rows.values["modifiers"], _unknown_modifiers)["unknown"]
    heading = next((rows.heading(name) for name in MODIFIERS if rows.has(name)), rows.heading("code"))
    unread = pl.col("text").is_not_null() & pl.col("read").is_null()
    rows.note_faults("modifiers", heading, {"not_modifiers": unread}, text=text, read=modifiers)


def _unknown_modifiers(distinct: pl.Series) -> pl.DataFrame:
    """Tell whether any of some modifiers is unknown to RevMix."""
    unknown = [not known_modifiers().issuperset(text.split()) for text in distinct]
    return pl.DataFrame({"unknown": pl.Series(unknown, dtype=pl.Boolean)})


def _read_patient(rows: Rows, key: bytes) -> None:
    """Identify the patient by number, else name and date of birth, else visit; as a keyed pseudonym.

    A number that a spreadsheet has rounded (1.00E+11) does not count: it may be shared by many patients.
    """
    parts = {name: rows.text(name) for name in (*IDENTITIES, "patient_birth_date")}
    damaged = parts["patient_id"].str.contains(_DAMAGED).fill_null(value=False)
    rows.flagged["patient_id__damaged"] = damaged
    parts["patient_id"] = parts["patient_id"].set(damaged, None)
    if rows.table.format not in X12:
        shared = _shared_numbers(parts["patient_id"], parts["patient_name"])
        rows.flagged["patient_id__shared"] = shared
        number_and_name = (
            pl.DataFrame(parts).select(pl.concat_str("patient_id", "patient_name", separator=_SEPARATOR)).to_series()
        )
        parts["patient_id"] = number_and_name.zip_with(shared, parts["patient_id"])
    number, name, visit, born = (pl.col(part) for part in parts)
    # In claims and remittances it is the member number, which a family may share.
    member = pl.lit("member" + _SEPARATOR) + number + _SEPARATOR + name
    identity = pl.DataFrame(parts).select(
        pl.coalesce(
            member if rows.table.format in X12 else pl.lit(None, pl.String),
            pl.lit("number" + _SEPARATOR) + number,
            pl.concat_str(pl.lit("name"), name, born.fill_null(""), separator=_SEPARATOR),
            pl.lit("visit" + _SEPARATOR) + visit,
        )
    )
    patients = by_distinct(
        identity.to_series(), lambda texts: by_distinct(_same_person(texts), lambda t: pseudonyms(t, key))
    )
    rows.values |= {part: patients[part] for part in ("patient_key", "patient_index")}
    rows.note_faults("patient", None, {"missing": pl.col("key").is_null()}, key=patients["patient_key"])


def _shared_numbers(numbers: pl.Series, names: pl.Series) -> pl.Series:
    """Mark rows whose number is used with names that share no word: it belongs to several people, or is a filler."""
    pairs = pl.DataFrame({"number": numbers, "name": names}).drop_nulls().unique()
    several = pairs.filter(pl.len().over("number") > 1)
    shared_by_several = []
    for (number,), group in several.group_by("number"):
        words = [frozenset(_WORD.findall(text.casefold())) for text in group["name"]]
        if any(first and second and not first & second for first in words for second in words):
            shared_by_several.append(number)
    return (numbers.is_in(shared_by_several) & names.is_not_null()).fill_null(value=False)


def _same_person(identities: pl.Series) -> pl.Series:
    """Normalize identities: ignores case, spaces, accent forms, the ".0" of a float."""
    return (
        identities.str.normalize("NFKC")
        .str.replace_all(r"\s*,\s*", ", ")
        .str.to_uppercase()
        .str.replace(r"\.0+$", "")
        .str.replace_all(r"[ \t\u{a0}]+", " ")
    )


def _read_amounts(rows: Rows) -> None:
    """Read every amount in cents, several columns of one field added, and their faults."""
    headings = {name: rows.mapping.headings(name) for name in AMOUNTS if rows.has(name)}
    whole_file = is_european(rows.whole(heading) for listed in headings.values() for heading in listed) or False
    fractions = pl.repeat(value=False, n=rows.height, dtype=pl.Boolean, eager=True)
    for name, listed in headings.items():
        sums = []
        for heading in listed:
            text = rows.cells[heading]
            is_comma = is_european([rows.whole(heading)])
            rows.european[heading] = european = whole_file if is_comma is None else is_comma
            amounts = by_distinct(text, lambda cells, european=european: read_amounts(cells, european=european))  # type: ignore[misc]
            sums.append(amounts["cents"])
            fractions = fractions | amounts["fraction"].fill_null(value=False)
            kinds = {
                "not_money": pl.col("text").is_not_null() & pl.col("cents").is_null(),
                "too_large": pl.col("cents").abs() > limits().charge_cents,
            }
            rows.note_faults(name, heading, kinds, text=text, cents=amounts["cents"])
        rows.values[name] = _sum(sums)
    _make_positive(rows, headings)
    rows.flagged["amounts__fraction_of_a_cent"] = fractions
    if "charge_cents" not in headings and "unit_price" in headings:
        rows.values["charge_cents"] = rows.values["unit_price"] * rows.values["units"].abs()
    charge = rows.values.get("charge_cents")
    if charge is None:
        rows.dollars = pl.repeat(0, rows.height, dtype=pl.Int64, eager=True).alias("dollars_cents")
        return
    text = rows.text("charge_cents")
    several = by_distinct(text, listed_total)["cents"] if charge.null_count() > text.null_count() else charge
    rows.dollars = charge.zip_with(charge.is_not_null(), several).fill_null(0).alias("dollars_cents")


def _cents(cells: pl.Series, *, european: bool) -> pl.Series:
    """Read cells as cents; null if they are not amounts."""
    return by_distinct(cells, lambda distinct: read_amounts(distinct, european=european))["cents"]


def _make_positive(rows: Rows, headings: dict[str, tuple[str, ...]]) -> None:
    """Make payments and adjustments positive if the file writes them as negative throughout, as bookkeepers do.

    One negative amount may be money taken back; several in columns without any positive one are a way of writing, and
    then every such column is turned. A remittance's sign shows what it takes back, so only exports are turned.
    """
    if rows.table.format in X12:
        return
    below = {}
    for name in set(_PAYMENT_FIELDS) & headings.keys():
        if len(rows.among) < _SHEETS and len(headings[name]) == 1:
            amounts = rows.values[name]
        else:
            parts = (_cents(rows.whole(heading), european=rows.european[heading]) for heading in headings[name])
            amounts = pl.concat(parts)
        filled = amounts.filter(amounts != 0)
        if filled.len() and bool((filled < 0).all()):
            below[name] = filled.len()
    if sum(below.values()) > 1:
        for name in (name for name in _PAYMENT_FIELDS if name in below):
            rows.values[name] = -rows.values[name]
            rows.negated += headings[name]


def _sum(amounts: list[pl.Series]) -> pl.Series:
    """Add up several columns, null only if all are null."""
    if len(amounts) == 1:
        return amounts[0]
    frame = pl.DataFrame({str(index): amount for index, amount in enumerate(amounts)})
    empty = pl.all_horizontal(pl.all().is_null())
    return frame.select(pl.when(~empty).then(pl.sum_horizontal(pl.all()))).to_series()


def _read_optional(rows: Rows, today: date) -> None:
    """Read values that a line can do without: unreadable ones are left empty and reported, the line stays."""
    optional = (
        ("minutes", read_minutes, "minutes"),
        ("place_of_service", read_places, "place"),
        ("units_paid", read_units, "units"),
    )
    for name, reader, value in optional:
        if not rows.has(name):
            continue
        text = rows.text(name)
        rows.values[name] = by_distinct(text, reader)[value]
        rows.flagged[f"{name}__unreadable"] = text.is_not_null() & rows.values[name].is_null()
    if rows.has("payment_date"):
        text = rows.text("payment_date")
        order = decide_order(rows.whole(rows.mapping.headings("payment_date")[0]), rows.mapping.date_order).order
        rows.values["paid_on"] = by_distinct(text, lambda cells: read_dates(cells, order=order, today=today))["date"]
        rows.flagged["paid_on__unreadable"] = text.is_not_null() & rows.values["paid_on"].is_null()
