"""The mapping: which heading of an export means which field, as a value and as a file."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import tomli_w

from analysis.errors import BadInput
from analysis.ingest.settings import plain_heading, source_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

DateOrder = Literal["auto", "mdy", "dmy", "ymd"]
DATE_ORDERS: tuple[str, ...] = get_args(DateOrder)
Duplicates = Literal["auto", "keep", "drop"]
DUPLICATES: tuple[str, ...] = get_args(Duplicates)
SYNONYMS = {
    "code_with_modifiers": "code",
    "charge": "charge_cents",
    "allowed": "allowed_cents",
    "paid": "paid_cents",
    "insurance_paid": "insurance_paid_cents",
    "patient_paid": "patient_paid_cents",
    "adjustment": "adjustment_cents",
}
"""Alternative names a mapping file may use for a field."""
IDENTITIES = ("patient_id", "patient_name", "visit_id")
"""Fields of which a line needs at least one: the patient, or the visit."""
FILLABLE = ("date_of_service", "patient_id", "patient_name", "visit_id", "payer", "clinic", "provider")
"""Fields that a group of rows may give only on its first row."""
_TODO = "correct this line, or choose the columns on the Data page and save the mapping there"


@dataclass(frozen=True, slots=True)
class Mapping:
    """The columns of an export and how to read them.

    As a file it is TOML::

        name = "WebPT charges"             # optional, shown to the user

        [columns]                          # "heading in the export" = "field"
        "DOS" = "date_of_service"
        "CPT" = "code"                     # may carry modifiers: 97110-59, 97110 GP KX
        "Mod 1" = "modifier_1"
        "Units" = "units"
        "Acct No" = "patient_id"
        "Billed" = "charge_cents"          # dollars in the export, whole cents in RevMix; "charge" is read too

        [options]                          # optional
        date_order = "mdy"                 # auto (default), mdy, dmy or ymd
        one_row_one_unit = false           # true: every row is one unit and there is no column of units
        duplicates = "auto"                # repeated rows: auto drops certain copies; keep or drop all
        fill_down = ["date_of_service"]    # fields given only on the first row of a group

    Headings are compared without case, spaces and punctuation; columns that are not named are not read. The fields are
    those in data/ingest/headings.toml: date_of_service, code, units, modifiers, modifier_1 .. modifier_4, minutes,
    patient_id, patient_name, patient_birth_date, visit_id, billing_group, payer, payer_type, clinic, clinic_zip,
    provider, discipline, place_of_service, charge_cents, unit_price, allowed_cents, paid_cents (insurers and
    patient together), insurance_paid_cents, patient_paid_cents, adjustment_cents, adjustment_reasons, status, row_type,
    record_id, export_flag. Several columns may map to modifiers, patient_name, insurance_paid_cents,
    patient_paid_cents or adjustment_cents: modifiers and names are joined, amounts added.

    Attributes
    ----------
    columns:
        Pairs (heading, field) in the order of the export.
    date_order:
        Order of day, month and year in numeric dates; "auto" decides for the whole column.
    one_row_one_unit:
        Every row is one unit.
    duplicates:
        What to do with rows that repeat an earlier row: "auto" drops those that are certain to be copies.
    fill_down:
        Fields whose blank cells are filled from above, on rows that have a code.
    fingerprint:
        Digest of all headings of the export, used to recognize a saved mapping; holds no patient data.
    name:
        The name the user gave it.
    """

    columns: tuple[tuple[str, str], ...]
    date_order: DateOrder = "auto"
    one_row_one_unit: bool = False
    fingerprint: str = ""
    name: str = ""
    duplicates: Duplicates = "auto"
    fill_down: tuple[str, ...] = ()

    def headings(self, field: str) -> tuple[str, ...]:
        """Return the headings that mean a field, in the order of the export; empty if none does."""
        return tuple(heading for heading, target in self.columns if target == field)

    @property
    def fields(self) -> frozenset[str]:
        """Every field that a heading maps to."""
        return frozenset(field for _, field in self.columns)

    def field_of(self, heading: str) -> str | None:
        """Return the field a heading maps to, or None."""
        return next((field for name, field in self.columns if name == heading), None)

    def with_column(self, heading: str, field: str | None) -> Mapping:
        """Return the mapping with one heading changed; the former heading loses the field unless it takes several."""
        keep = [(name, target) for name, target in self.columns if name != heading]
        if field is None:
            return replace(self, columns=tuple(keep))
        if not source_fields()[field].several:
            keep = [(name, target) for name, target in keep if target != field]
        return replace(self, columns=(*keep, (heading, field)))

    def missing(self) -> tuple[str, ...]:
        """Return the names of required fields that are missing; `patient_id` stands for any patient identity."""
        absent = [field for field in ("date_of_service", "code") if field not in self.fields]
        if "units" not in self.fields and not self.one_row_one_unit:
            absent.append("units")
        if not self.fields.intersection(IDENTITIES):
            absent.append("patient_id")
        return tuple(absent)

    def to_toml(self) -> str:
        """Write the mapping as the text of a file; `from_toml` reads it back to an equal mapping."""
        head = {"name": self.name, "fingerprint": self.fingerprint}
        options = {
            "date_order": self.date_order,
            "duplicates": "" if self.duplicates == "auto" else self.duplicates,
            "fill_down": list(self.fill_down),
        }
        return tomli_w.dumps(
            {
                **_without_empty(head),
                "columns": dict(self.columns),
                "options": {**_without_empty(options), "one_row_one_unit": self.one_row_one_unit},
            }
        )

    @classmethod
    def from_toml(cls, text: str, *, file: str | None = None) -> Mapping:
        """Read a mapping from the text of a file.

        Raises
        ------
        BadInput
            Naming the wrong entry and the fields or values that are allowed.
        """
        try:
            table = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # Python's own error, for huge numbers and deep tables
            reason = (
                error
                if isinstance(error, tomllib.TOMLDecodeError)
                else "a number too long, or tables nested too deeply"
            )
            raise BadInput(
                f"a mapping file that is not TOML ({reason})",
                expected='lines such as "DOS" = "date_of_service"',
                todo=_TODO,
                file=file,
            ) from error
        for key in table.keys() - {"name", "fingerprint", "columns", "options"}:
            raise _entry_error(f'the entry "{key}"', "name, fingerprint, [columns] and [options]", file)
        columns, options = table.get("columns", {}), table.get("options", {})
        if not isinstance(columns, dict) or not columns:
            raise _entry_error("no [columns]", 'a table [columns] with lines such as "DOS" = "date_of_service"', file)
        if not isinstance(options, dict):
            raise _entry_error("options that are not a table", "a table [options]", file)
        pairs = tuple((heading, _field(heading, value, file)) for heading, value in columns.items())
        for key in ("name", "fingerprint"):
            if not isinstance(table.get(key, ""), str):
                raise _entry_error(f"a {key} that is not text", "text in quotation marks", file)
        return check(
            cls(pairs, **_options(options, file), fingerprint=table.get("fingerprint", ""), name=table.get("name", "")),
            file,
        )


def check(mapping: Mapping, file: str | None = None) -> Mapping:
    """Return the mapping itself if no heading is named twice and no field has more headings than it may.

    Raises
    ------
    BadInput
        Naming the heading or field.
    """
    earlier: set[str] = set()
    for heading, field in mapping.columns:
        if field not in source_fields():
            raise _entry_error(f'"{heading}" = "{field}"', f"one of the fields {', '.join(source_fields())}", file)
        if heading in earlier:
            raise _entry_error(f'the heading "{heading}" twice', "each heading once", file)
        earlier.add(heading)
        if len(mapping.headings(field)) > 1 and not source_fields()[field].several:
            columns = ", ".join(f'"{name}"' for name in mapping.headings(field))
            raise _entry_error(f"the columns {columns} for the same field {field}", "one column for it", file)
    return mapping


def fingerprint(headings: Iterable[str]) -> str:
    """Return a digest of an export's headings that ignores order, case and punctuation."""
    plain = "\n".join(sorted(plain_heading(heading) for heading in headings))
    return hashlib.sha256(plain.encode()).hexdigest()[:32]


def _without_empty(table: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if value}


def _entry_error(problem: str, expected: str, file: str | None) -> BadInput:
    """Return the error for an entry of a mapping file."""
    return BadInput(
        problem, expected=expected, todo="correct the mapping file" if file else "correct the mapping", file=file
    )


def _field(heading: str, value: object, file: str | None) -> str:
    """Return the field named by an entry of [columns]."""
    name = SYNONYMS.get(value, value) if isinstance(value, str) else ""
    if name in source_fields():
        return name
    if SYNONYMS.get(heading, heading) in source_fields():
        raise _entry_error(
            f'"{heading}" = {value!r}', f'the heading first, then the field: {value!r} = "{heading}"', file
        )
    raise _entry_error(f'"{heading}" = {value!r}', f"one of the fields {', '.join(source_fields())}", file)


def _options(table: dict[str, Any], file: str | None) -> dict[str, Any]:
    """Read the options of a mapping file as arguments of Mapping."""
    for key in table.keys() - {"date_order", "one_row_one_unit", "duplicates", "fill_down"}:
        raise _entry_error(f'the option "{key}"', "date_order, one_row_one_unit, duplicates and fill_down", file)
    order, single = table.get("date_order", "auto"), table.get("one_row_one_unit", False)
    if order not in DATE_ORDERS:
        raise _entry_error(f"date_order = {order!r}", f"one of {', '.join(DATE_ORDERS)}", file)
    if not isinstance(single, bool):
        raise _entry_error(f"one_row_one_unit = {single!r}", "true or false", file)
    if (duplicates := table.get("duplicates", "auto")) not in DUPLICATES:
        raise _entry_error(f"duplicates = {duplicates!r}", f"one of {', '.join(DUPLICATES)}", file)
    fill = table.get("fill_down", [])
    if not isinstance(fill, list) or any(name not in FILLABLE for name in fill):
        raise _entry_error(f"fill_down = {fill!r}", f"a list of {', '.join(FILLABLE)}", file)
    return {"date_order": order, "one_row_one_unit": single, "duplicates": duplicates, "fill_down": tuple(fill)}
