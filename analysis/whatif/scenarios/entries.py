"""Entries of a scenario file: how each kind of value looks in TOML, read exactly and written back unchanged."""

from __future__ import annotations

import re
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import tomli_w

from analysis.errors import BadInput
from analysis.lines.filters import COLUMNS, Filters
from analysis.whatif.scenarios.limits import ranges
from analysis.whatif.scenarios.values import check_one_of, locality_key, near, within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Table = dict[str, Any]
"""A TOML table as tomllib reads it, with decimals as Decimal."""

_ALL = "all"
_BARE = re.compile(r"[A-Za-z0-9_-]+")


class EntryKind(NamedTuple):
    """Reads a TOML value (with its location, for errors) and writes it back.

    `span` is the range of data/scenarios/limits.toml that a figure has to lie in, whoever made it.
    """

    read: Callable[[object, str], Any]
    write: Callable[[Any], str]
    span: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a table: its name in the file, the field it fills, and its kind.

    Attributes
    ----------
    required:
        Whether a table without it is refused.
    always_written:
        Whether it is written even if it has the default value.
    """

    name: str
    field: str
    kind: EntryKind
    required: bool = False
    always_written: bool = False


def read_table(table: object, keys: Iterable[Key], name: str) -> dict[str, Any]:
    """Read a table's entries as arguments of its record.

    Raises
    ------
    BadInput
        For a value that is not a table, an unknown or missing entry, or a value of another kind.
    """
    keys_by_name = {key.name: key for key in keys}
    if not isinstance(table, dict):
        raise wrong_type(table, "a table of entries such as " + example(keys_by_name), name)
    refuse_unknown(table, keys_by_name, name)
    for key in keys_by_name.values():
        if key.required and key.name not in table:
            raise BadInput(
                f"no {key.name}", expected=f"an entry {key.name}", todo="add it", column=within(name, key.name)
            )
    return {
        keys_by_name[entry_name].field: keys_by_name[entry_name].kind.read(value, within(name, entry_name))
        for entry_name, value in table.items()
    }


def write_table(record: object, keys: Iterable[Key]) -> list[str]:
    """Write a record's table: every entry that differs from its default."""
    defaults = {field.name: field.default for field in fields(record)}  # type: ignore[arg-type]
    lines = []
    for key in keys:
        value = getattr(record, key.field)
        if key.required or key.always_written or defaults[key.field] is MISSING or value != defaults[key.field]:
            lines.append(f"{key.name} = {key.kind.write(value)}")
    return lines


def check_figures(record: object, keys: Iterable[Key], name: str) -> None:
    """Raise BadInput for a figure of a record that is out of its range."""
    for key in keys:
        value = getattr(record, key.field)
        if key.kind.span and value is not None:
            ranges()[key.kind.span].check(value, within(name, key.name))


def filled_in(record: object, keys: Iterable[Key]) -> list[str]:
    """The names of the entries that say something."""
    defaults = {field.name: field.default for field in fields(record)}  # type: ignore[arg-type]
    return [key.name for key in keys if getattr(record, key.field) != defaults[key.field]]


def example(names: Iterable[str]) -> str:
    """Return the names of entries, for a message."""
    return ", ".join(names)


def refuse_unknown(table: Iterable[str], names: Iterable[str], name: str) -> None:
    """Raise BadInput for the first unknown entry, with the nearest known one."""
    known_names = tuple(names)
    for name_in_table in table:
        if name_in_table not in known_names:
            raise BadInput(
                f'the entry "{name_in_table}"',
                expected=example(known_names),
                todo=near(name_in_table, known_names, "correct it or remove it"),
                column=name or None,
            )


def wrong_type(value: object, expected: str, column: str, todo: str = "") -> BadInput:
    """Return the error for a value of another type than expected."""
    return BadInput(_in_words(value), expected=expected, todo=todo or "correct the entry", column=column or None)


def _in_words(value: object) -> str:
    """Describe a TOML value as a reader of the file would."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return f"the number {Decimal(value):.12g}"
    if isinstance(value, str):
        return f'the text "{value[:60]}"'
    names = {list: "a list", dict: "a table", date: f"the date {value}"}
    return names.get(type(value), f"the time {value}")


# ---------------------------------------------------------------------------------------------------------------- kinds
def quoted(text: str) -> str:
    """Quote text as a TOML basic string: JSON's escapes are TOML's except for the delete character."""
    return tomli_w.dumps({"x": text}).removeprefix("x = ").removesuffix("\n")


def _text(value: object, column: str) -> str:
    if not isinstance(value, str):
        number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
        raise wrong_type(value, "text", column, "put it in quotation marks" if number else "")
    return value


def _texts(value: object, column: str) -> tuple[str, ...]:
    """Read a text, or a list of them."""
    if isinstance(value, list):
        return tuple(_text(item, column) for item in value)
    return (_text(value, column),)


def _write_texts(values: Iterable[str]) -> str:
    return f"[{', '.join(map(quoted, values))}]"


def _code(value: object, column: str) -> str:
    return _text(value, column).strip().upper()


def _codes(value: object, column: str) -> tuple[str, ...]:
    return tuple(text.strip().upper() for text in _texts(value, column))


def _day(value: object, column: str) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise wrong_type(value, "a date such as 2026-03-01, without quotation marks", column)
    return value


def _year(value: object, column: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not date.min.year <= value <= date.max.year:
        raise wrong_type(value, "a year such as 2026", column)
    return value


def _truth(value: object, column: str) -> bool:
    if not isinstance(value, bool):
        raise wrong_type(value, "true or false, without quotation marks", column)
    return value


def _figure(value: object, column: str, kind: str) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise wrong_type(value, f"{ranges()[kind].words}, without quotation marks", column, ranges()[kind].hint)
    return ranges()[kind].exact(Decimal(value), column)


def figure(kind: str) -> EntryKind:
    """A number in a range of data/scenarios/limits.toml, kept as a whole number of its smallest part."""
    decimals_written = {"dollars": 2}.get(kind, 1)

    def write(value: int) -> str:
        whole, _, decimals = ranges()[kind].text(value).partition(".")
        return f"{whole}.{decimals.ljust(decimals_written, '0')}"

    return EntryKind(lambda value, column: _figure(value, column, kind), write, kind)


def _units(value: object, column: str) -> int | None:
    if isinstance(value, str) and value.strip().lower() == _ALL:
        return None
    return _figure(value, column, "units_per_visit")


def one_of(*words: str) -> EntryKind:
    """One of a few words."""

    def read(value: object, column: str) -> str:
        check_one_of(_text(value, column), words, column)
        return str(value)

    return EntryKind(read, quoted)


TEXT = EntryKind(_text, quoted)
TEXTS = EntryKind(_texts, _write_texts)
CODE = EntryKind(_code, quoted)
CODES = EntryKind(_codes, _write_texts)
DAY = EntryKind(_day, date.isoformat)
YEAR = EntryKind(_year, str)
TRUTH = EntryKind(_truth, lambda value: "true" if value else "false")
UNITS = EntryKind(_units, lambda value: quoted(_ALL) if value is None else str(value), "units_per_visit")
LOCALITY = EntryKind(lambda value, column: locality_key(_text(value, column), column), quoted)


# ------------------------------------------------------------------------------------------------------ inner tables
_WHERE = (
    *(Key(column, field, TEXTS) for field, column in COLUMNS.items() if column != "code"),
    Key("start", "start", DAY),
    Key("end", "end", DAY),
)
_ALIAS = {"therapist": "provider"}


def _where(value: object, column: str) -> Filters:
    if isinstance(value, dict):
        value = _without_aliases(value, column)
    conditions = read_table(value, _WHERE, column)
    for key in _WHERE:
        if conditions.get(key.field) == ():
            raise BadInput(
                "an empty list",
                expected="at least one name",
                todo="remove the condition to include all lines",
                column=within(column, key.name),
            )
    return Filters(**conditions)


def _without_aliases(table: Table, column: str) -> Table:
    plain: Table = {}
    for word, value in table.items():
        name = _ALIAS.get(word, word)
        if name in plain:
            raise BadInput(
                f"both {word} and {name if word != name else 'therapist'}",
                expected="one of the two: they mean the same",
                todo="put the names into one list",
                column=column,
            )
        plain[name] = value
    return plain


def _write_where(where: Filters) -> str:
    return f"{{ {', '.join(write_table(where, _WHERE))} }}"


WHERE = EntryKind(_where, _write_where)


def _fees(value: object, column: str) -> tuple[tuple[str, int], ...]:
    if not isinstance(value, dict):
        raise wrong_type(value, "a table of codes and dollars, such as { 97110 = 31.00 }", column)
    fees = [(_code(code, column), _figure(fee, within(column, code), "dollars")) for code, fee in value.items()]
    return tuple(sorted(fees))


def _write_fees(fees: Iterable[tuple[str, int]]) -> str:
    """Write fees in code order."""
    entries = (f"{code if _BARE.fullmatch(code) else quoted(code)} = {_DOLLARS.write(cents)}" for code, cents in fees)
    return f"{{ {', '.join(entries)} }}"


_DOLLARS = figure("dollars")
FEES = EntryKind(_fees, _write_fees)
