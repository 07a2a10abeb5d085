"""What reason codes and known mistakes mean, in our own words: data/remittance/*.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from analysis.paths import DATA

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["denial", "reduction", "patient", "contract"]


@dataclass(frozen=True, slots=True)
class Carc:
    """A claim adjustment reason code: what kind it is, what it says, what to do."""

    kind: Kind
    text: str
    todo: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """A known way in which a line comes out too low: its name for people, what happened, what to do."""

    label: str
    text: str
    todo: str


@cache
def carcs() -> Mapping[str, Carc]:
    """Code -> what it means."""
    with (DATA / "remittance" / "carc.toml").open("rb") as file:
        return MappingProxyType({code: Carc(**entry) for code, entry in tomllib.load(file)["codes"].items()})


@cache
def groups() -> Mapping[str, str]:
    """Group code -> who bears the adjustment."""
    with (DATA / "remittance" / "carc.toml").open("rb") as file:
        return MappingProxyType(tomllib.load(file)["groups"])


@cache
def mistakes() -> Mapping[str, Mistake]:
    """Name -> what it means, in the order in which they are tried."""
    with (DATA / "remittance" / "mistakes.toml").open("rb") as file:
        return MappingProxyType({name: Mistake(**entry) for name, entry in tomllib.load(file)["mistakes"].items()})


def carc_text(code: str) -> str:
    """What a code says; of a code that is not in our list only its number."""
    entry = carcs().get(code)
    return entry.text if entry else f"reason {code}, which is not in our list"
