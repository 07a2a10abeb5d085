"""Allowed ranges of assumptions, from data/scenarios/limits.toml."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from analysis.errors import BadInput
from analysis.system.toml_data import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.system.toml_data import Form

_LONGEST = 40
"""Longest number accepted; longer input is refused before any arithmetic."""


@dataclass(frozen=True, slots=True)
class Range:
    """One kind of figure: lowest and highest, both allowed, times 10 to the power of `decimals`."""

    low: int
    high: int
    decimals: int
    hint: str

    @property
    def words(self) -> str:
        """What is expected: ``a number from 0 to 1 with at most 4 decimals``."""
        span = f"from {self.text(self.low)} to {self.text(self.high)}"
        return f"a number {span} with at most {self.decimals} decimals" if self.decimals else f"a whole number {span}"

    def text(self, value: int) -> str:
        """Write a figure as people do, exactly and without trailing zeros."""
        return f"{Decimal(value).scaleb(-self.decimals).normalize():f}"

    def exact(self, number: Decimal, column: str) -> int:
        """Return a number in RevMix's exact form.

        Raises
        ------
        BadInput
            If it is out of range or has more decimals than are kept.
        """
        size = number.as_tuple()
        if not number.is_finite() or number.adjusted() > _LONGEST:
            raise self._refuse(f"{number:.6g}", column)
        if len(size.digits) > _LONGEST or number.adjusted() < -_LONGEST:
            raise self._refuse(f"{number:.{self.decimals + 2}g} with too many decimals", column)
        scaled = Fraction(number) * 10**self.decimals
        if scaled.denominator != 1:
            raise self._refuse(f"{number:f}", column, todo="round it" if self.decimals else "")
        self.check(int(scaled), column)
        return int(scaled)

    def check(self, value: int, column: str) -> None:
        """Raise BadInput for a figure in RevMix's form that is out of range."""
        if not self.low <= value <= self.high:
            raise self._refuse(self.text(value), column)

    def _refuse(self, found: str, column: str, todo: str = "") -> BadInput:
        return BadInput(found, expected=self.words, todo=todo or self.hint, column=column)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a scenario, a file and a link may hold."""

    recodes: int
    name_characters: int
    note_characters: int
    file_bytes: int
    link_bytes: int


@cache
def _table() -> Mapping[str, Any]:
    figure = (int, Decimal)
    form: Form = {
        "range": {"*": {"low": figure, "high": figure, "decimals": int, "hint": str}},
        "count": {field.name: int for field in fields(Counts)},
    }
    return MappingProxyType(load("scenarios/limits.toml", form, parse_float=Decimal))


@cache
def ranges() -> Mapping[str, Range]:
    """Return every range by its name in the file."""
    return MappingProxyType({name: _range(entry) for name, entry in _table()["range"].items()})


def _range(entry: Mapping[str, Any]) -> Range:
    scale = 10 ** entry["decimals"]
    return Range(int(entry["low"] * scale), int(entry["high"] * scale), entry["decimals"], entry["hint"])


@cache
def counts() -> Counts:
    """Return the counts in force."""
    return Counts(**_table()["count"])
