"""The reader's limits and word lists, from data/ingest/*.toml."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from analysis.lines.billing_line import PayerClass
from analysis.system.paths import DATA
from analysis.system.toml_data import check, fault, load, once, owners

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.system.toml_data import Form

FOLDER = DATA / "ingest"
UNKNOWN = PayerClass.UNKNOWN.value
"""Class of a payer that no rule knows."""
_FIELD: Form = {
    "label": str,
    "kind": str,
    "aliases": [str],
    "sums?": [str],
    "required?": bool,
    "private?": bool,
    "several?": bool,
}
_RULE: Form = {"class": str, "pattern": str}
_FORMS: Mapping[str, Form] = {
    "headings.toml": {
        "fields": {"*": _FIELD},
        "shared": {"headings": [str]},
        "known": [{"what": str, "aliases": [str], "private?": bool}],
    },
    "limits.toml": {"*": {"*": (int, float, date)}},
    "payer_classes.toml": {"type_ids": {"*": str}, "rules": [_RULE], "hints": [_RULE]},
    "values.toml": {
        "blank": [str],
        "totals": str,
        "footers": str,
        "status": {name: [str] for name in ("denied", "not_denied", "further_payer", "void")},
        "flag": {"yes": [str], "no": [str]},
        "row_type": {"*": [str]},
        "export_flag": {"modified": [str], "removed": [str]},
        "modifiers": {"known": [str], "beside": [str]},
        "discipline": {"*": [str]},
        "place_of_service": {"*": [str]},
        "payment_file": {"*": [str]},
    },
    "x12.toml": {
        "payer_type": {"*": str},
        "claim_status": {name: [str] for name in ("denied", "reversal", "further_payer", "predetermination")},
        "sets": {"*": str},
    },
}
"""What each file of data/ingest holds."""
_ONE_LIST_EACH = ("flag", "export_flag", "discipline", "place_of_service")
"""Tables of values.toml in which a word belongs to one list alone."""


@cache
def _toml(name: str) -> Mapping[str, Any]:
    """Return one of the data files, parsed once."""
    table = load(f"ingest/{name}", _FORMS[name])
    if name == "values.toml":
        for part in _ONE_LIST_EACH:
            lists = {key: [word.casefold() for word in listed] for key, listed in table[part].items()}
            owners(lists, f"ingest/{name}", part)
    if name == "payer_classes.toml":
        for part in ("rules", "hints"):
            once((rule["pattern"] for rule in table[part]), f"ingest/{name}", part)
    return MappingProxyType(table)


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused; the reasons are in data/ingest/limits.toml, whose keys these are."""

    text_bytes: int
    workbook_bytes: int
    rows: int
    text_cells: int
    columns: int
    cell_characters: int
    entries: int
    unzipped_bytes: int
    ratio: int
    ratio_from_bytes: int
    cells: int
    text_in_cells: int
    shared_strings: int
    sheets: int
    archive_depth: int
    archive_ratio: int
    segments: int
    segment_characters: int
    interchanges: int
    markup_bytes: int
    markup_cells: int
    tables: int
    tags: int
    other_tags: int
    tags_a_cell: int
    tag_bytes: int
    memory_bytes: int
    cpu_seconds: int
    cpu_seconds_per_mb: float
    cpu_seconds_per_dense_mb: float
    wall_factor: int
    search_rows: int
    numbered_rows: int
    units: int
    charge_cents: int
    first_date: date
    schedules_end: date


@cache
def limits() -> Limits:
    """Return the limits in force."""
    values: dict[str, Any] = {}
    for section, table in _toml("limits.toml").items():
        for key, value in table.items():
            if key in values:
                raise fault("ingest/limits.toml", (section, key), "an earlier table has this key too")
            values[key] = value
    check(values, {field.name: (int, float, date) for field in fields(Limits)}, "ingest/limits.toml")
    return Limits(**values)


def plain_heading(heading: str) -> str:
    """Simplify a heading for comparison, without case, spaces and punctuation.

    >>> plain_heading("Charge Amt ($)")
    'chargeamt'
    """
    return "".join(letter for letter in unicodedata.normalize("NFKC", heading).casefold() if letter.isalnum())


@dataclass(frozen=True, slots=True)
class SourceField:
    """One kind of data a column of an export may hold.

    Attributes
    ----------
    name:
        Name in a mapping. A name ending in `_cents` is for a column of dollars, which is read in whole cents.
    label:
        The same in the user's words.
    kind:
        What its cells must look like: date, code, units, modifiers, number, money, name, zip, place, discipline, any.
    required, private, several:
        As explained in data/ingest/headings.toml.
    aliases:
        Headings that mean this field, as `plain_heading` writes them, the best first.
    sums:
        Headings that belong together: if the best of them is chosen, the others are added to it.
    """

    name: str
    label: str
    kind: str
    aliases: tuple[str, ...]
    sums: tuple[str, ...] = ()
    required: bool = False
    private: bool = False
    several: bool = False


@cache
def source_fields() -> Mapping[str, SourceField]:
    """Return every field a mapping may name, by name, in the order of headings.toml."""
    fields_by_name = {}
    for name, table in _toml("headings.toml")["fields"].items():
        options = dict(table)
        aliases = tuple(dict.fromkeys(map(plain_heading, options.pop("aliases"))))
        sums = tuple(map(plain_heading, options.pop("sums", ())))
        fields_by_name[name] = SourceField(name, aliases=aliases, sums=sums, **options)
    return MappingProxyType(fields_by_name)


@dataclass(frozen=True, slots=True)
class KnownHeading:
    """A heading that is understood but not read: what it is, and whether its cells are private to the patient."""

    meaning: str
    private: bool


@cache
def known_headings() -> Mapping[str, KnownHeading]:
    """Return headings that are understood but not read, by `plain_heading`."""
    entries = {entry["what"]: entry for entry in _toml("headings.toml")["known"]}
    plain = {meaning: map(plain_heading, entry["aliases"]) for meaning, entry in entries.items()}
    meaning_of = owners(plain, "ingest/headings.toml", "known")
    return MappingProxyType(
        {alias: KnownHeading(meaning, entries[meaning].get("private", False)) for alias, meaning in meaning_of.items()}
    )


@cache
def alias_index() -> Mapping[str, tuple[tuple[str, int], ...]]:
    """Map each plain heading to the fields it can mean, each with the heading's rank in the field (0 is best).

    Raises
    ------
    ContractError
        For a heading of two fields that is not marked as shared, and one that is also marked as not read.
    """
    index: dict[str, tuple[tuple[str, int], ...]] = {}
    for field in source_fields().values():
        ranked = dict.fromkeys((*field.aliases, *field.sums))
        for rank, alias in enumerate(ranked):
            index[alias] = (*index.get(alias, ()), (field.name, rank))
    shared = set(map(plain_heading, _toml("headings.toml")["shared"]["headings"]))
    for alias, ranked_fields in index.items():
        names = [name for name, _ in ranked_fields]
        if len(names) > 1 and alias not in shared:
            problem = f"{alias} is listed under {' and '.join(names)}, but not under [shared]"
            raise fault("ingest/headings.toml", ("fields",), problem)
        if alias in known_headings():
            raise fault("ingest/headings.toml", ("fields",), f"{alias} is listed under {names[0]} and under [[known]]")
    return MappingProxyType(index)


@cache
def words(table: str, key: str | None = None) -> frozenset[str]:
    """Return a list of data/ingest/values.toml in lower case: ``words("blank")``, ``words("status", "denied")``."""
    entry = _toml("values.toml")[table]
    return frozenset(word.casefold() for word in (entry if key is None else entry[key]))


@cache
def totals_pattern() -> re.Pattern[str]:
    """Return the pattern of a totals row's first words."""
    return re.compile(_toml("values.toml")["totals"], re.IGNORECASE)


@cache
def footers_pattern() -> re.Pattern[str]:
    """Return the pattern of the first words of a page header or footer."""
    return re.compile(_toml("values.toml")["footers"], re.IGNORECASE)


@cache
def meanings(table: str) -> Mapping[str, str]:
    """Map each word in lower case to its meaning, for the tables `discipline` and `place_of_service` of values.toml."""
    return MappingProxyType(
        {word.casefold(): meaning for meaning, listed in _toml("values.toml")[table].items() for word in listed}
    )


@dataclass(frozen=True, slots=True)
class PayerRules:
    """How a payer's name or type becomes a class: WebPT's type numbers, then patterns, the first that fits.

    `hints` are patterns for payers that no rule knows: suggestions for the user to confirm.
    """

    type_ids: Mapping[str, str]
    patterns: tuple[tuple[re.Pattern[str], str], ...]
    hints: tuple[tuple[re.Pattern[str], str], ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """Every class a payer may have, in the order of the alphabet."""
        return tuple(sorted(payer_class.value for payer_class in PayerClass))


@cache
def payer_rules() -> PayerRules:
    """Return the rules of data/ingest/payer_classes.toml."""
    table = _toml("payer_classes.toml")
    patterns, hints = (
        tuple((re.compile(rule["pattern"], re.IGNORECASE), PayerClass(rule["class"]).value) for rule in table[kind])
        for kind in ("rules", "hints")
    )
    type_ids = {number: PayerClass(name).value for number, name in table["type_ids"].items()}
    return PayerRules(MappingProxyType(type_ids), patterns, hints)


@cache
def payment_columns() -> Mapping[str, tuple[str, ...]]:
    """Map each field to headings of payment-only exports, as `plain_heading` writes them, the best first."""
    table = _toml("values.toml")["payment_file"]
    return MappingProxyType({field: tuple(map(plain_heading, listed)) for field, listed in table.items()})


@cache
def x12_codes(table: str) -> Mapping[str, Any]:
    """Return a table of data/ingest/x12.toml: `payer_type`, `claim_status`, `sets`."""
    return MappingProxyType(_toml("x12.toml")[table])
