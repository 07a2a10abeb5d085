"""From how much evidence on a change is told: data/remittance/breaks.toml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from analysis.system.toml_data import load


@dataclass(frozen=True, slots=True)
class PaysLess:
    """When a code counts as paid less; the fields are explained in the file."""

    lines: int
    window: int
    agree_percent: int
    strangers_percent: int
    fall_percent: int


@dataclass(frozen=True, slots=True)
class Slower:
    """When a payer counts as slower."""

    visits: int
    evidence: float
    days: int
    percent: int


@dataclass(frozen=True, slots=True)
class DeniesMore:
    """When a reason counts as denied more."""

    visits: int
    denied: int
    patients: int
    evidence: float
    times: float
    points: float


@dataclass(frozen=True, slots=True)
class Since:
    """When the first of a month is said instead of the likeliest day."""

    month_days: int
    almost: float


@dataclass(frozen=True, slots=True)
class Rules:
    """All of the file."""

    pays_less: PaysLess
    slower: Slower
    denies_more: DeniesMore
    since: Since


@cache
def rules() -> Rules:
    """Return the rules."""
    kinds = {"pays_less": PaysLess, "slower": Slower, "denies_more": DeniesMore, "since": Since}
    types = {"int": int, "float": float}
    form = {name: {key: types[kind] for key, kind in one.__annotations__.items()} for name, one in kinds.items()}
    table = load("remittance/breaks.toml", form)
    return Rules(**{name: kind(**table[name]) for name, kind in kinds.items()})
