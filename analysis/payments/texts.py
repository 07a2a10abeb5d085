"""Known payer mistakes in our own words: data/remittance/mistakes.toml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.system.toml_data import load

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Mistake:
    """A known mistake that makes a line's amount too low: its name for people, what happened, what to do."""

    label: str
    text: str
    todo: str


@cache
def mistakes() -> Mapping[str, Mistake]:
    """Map each name to its mistake, in the order in which they are tried."""
    form = {"mistakes": {"*": {"label": str, "text": str, "todo": str}}}
    table = load("remittance/mistakes.toml", form)["mistakes"]
    return MappingProxyType({name: Mistake(**entry) for name, entry in table.items()})
