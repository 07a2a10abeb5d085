"""Known payer mistakes in our own words: data/remittance/mistakes.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.system.paths import DATA

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
    with (DATA / "remittance" / "mistakes.toml").open("rb") as file:
        return MappingProxyType({name: Mistake(**entry) for name, entry in tomllib.load(file)["mistakes"].items()})
