"""What every figure and column is called and means, from data/metrics.toml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from analysis.system.toml_data import load

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Definition:
    """A figure's or column's heading, unit (cents, count, ratio, share, factor, date, text) and meaning."""

    name: str
    label: str
    unit: str
    text: str


@cache
def _all() -> Mapping[str, Definition]:
    table = load("metrics.toml", {"*": {"label": str, "unit": str, "text": str}})
    return {name: Definition(name, **entry) for name, entry in table.items()}


def definition(name: str) -> Definition:
    """The definition of a figure (``expected``) or of a column of any of our frames (``expected_cents``).

    A name data/metrics.toml does not have, such as a heading of the user's own file, is its own heading, without a
    meaning.
    """
    found = _all().get(name)
    return found or Definition(name, name.replace("_", " ").capitalize(), "text", "")
