"""Names and meanings of figures and columns, from data/metrics.toml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from analysis.system.toml_data import fault, load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.system.toml_data import Form


@dataclass(frozen=True, slots=True)
class Definition:
    """A figure's or column's heading, unit (cents, count, ratio, share, factor, date, month, text) and meaning."""

    name: str
    label: str
    unit: str
    text: str
    places: int = 0
    """Decimals of a dollar amount in a tile."""


_UNITS = ("cents", "count", "ratio", "share", "factor", "date", "month", "text")
_ENTRY: Form = {
    "label": str,
    "unit": str,
    "text": str,
    **dict.fromkeys(("of?", "per?", "over?", "where?", "holds?"), str),
    "places?": int,
    "table?": int,
}


@cache
def definitions() -> Mapping[str, Mapping[str, Any]]:
    """The entries of data/metrics.toml."""
    return load("metrics.toml", {"*": _ENTRY})


def column_of(name: str, unit: str) -> str:
    """Return a figure's column in a frame: an amount ends in ``_cents``."""
    return name if unit != "cents" or name.endswith("_cents") else f"{name}_cents"


@cache
def _all() -> Mapping[str, Definition]:
    parts = ("label", "unit", "text", "places")
    by_name = {}
    for name, entry in definitions().items():
        if entry["unit"] not in _UNITS:
            raise fault("metrics.toml", (name, "unit"), f"{entry['unit']!r} is none of {', '.join(_UNITS)}")
        of_entry = {part: entry[part] for part in parts if part in entry}
        by_name[name] = Definition(name, **of_entry)
        # A table calls an amount by its column; an entry of that name says it better for tables.
        if (column := column_of(name, entry["unit"])) not in definitions():
            by_name[column] = Definition(column, **of_entry)
    return by_name


def definition(name: str) -> Definition:
    """Return the definition of a figure (``expected``) or of a column of any of our frames (``expected_cents``).

    A name not in data/metrics.toml, such as a heading of the user's own file, is its own heading, without a meaning.
    """
    entry = _all().get(name)
    return entry or Definition(name, name.replace("_", " ").capitalize(), "text", "")
