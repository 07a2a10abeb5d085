"""Names and meanings of figures and columns, from data/metrics.toml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from analysis.system.toml_data import load

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


_ENTRY: Form = {
    "label": str,
    "unit": str,
    "text": str,
    **dict.fromkeys(("of?", "per?", "over?", "where?", "holds?"), str),
    "needs?": [str],
    "places?": int,
    "table?": int,
}


@cache
def definitions() -> Mapping[str, Mapping[str, Any]]:
    """The entries of data/metrics.toml."""
    return load("metrics.toml", {"*": _ENTRY})


@cache
def _all() -> Mapping[str, Definition]:
    parts = ("label", "unit", "text", "places")
    entries = definitions().items()
    return {name: Definition(name, **{part: entry[part] for part in parts if part in entry}) for name, entry in entries}


def definition(name: str) -> Definition:
    """Return the definition of a figure (``expected``) or of a column of any of our frames (``expected_cents``).

    A name not in data/metrics.toml, such as a heading of the user's own file, is its own heading, without a meaning.
    """
    entry = _all().get(name)
    return entry or Definition(name, name.replace("_", " ").capitalize(), "text", "")
