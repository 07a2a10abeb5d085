"""How many units some minutes carry, by the two rules in use, and which codes they belong to.

Medicare (Claims Processing Manual, chapter 5, section 20.2.C): the total timed minutes of the day decide how many
units; each code has one for every full 15 minutes; what is left over goes to the codes with the most minutes left.
Midpoint: each code counts alone, and 8 minutes of its last 15 are a unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

UNIT_MINUTES = 15
LEAST_MINUTES = 8
"""A started unit counts from here on."""


def units_of(minutes: pl.Expr) -> pl.Expr:
    """Return the units that minutes carry as one total: under 8 none, 8-22 one, 23-37 two ..."""
    return (minutes + UNIT_MINUTES - LEAST_MINUTES) // UNIT_MINUTES


@dataclass(frozen=True, slots=True)
class Allocation:
    """Units by Medicare's rule, with the working.

    Attributes
    ----------
    total_minutes, total_units:
        Of all timed codes of a day and plan of care.
    units:
        Units of each code, in the order given.
    ties:
        Codes that may change places: a unit may stand on any of them.
    """

    total_minutes: int
    total_units: int
    units: Mapping[str, int]
    ties: tuple[str, ...]

    @property
    def working(self) -> str:
        """Say how the units come out of the minutes."""
        parts = ", ".join(f"{code} x {count}" for code, count in self.units.items() if count) or "none"
        either = f" ({' or '.join(self.ties)} may have the last unit)" if self.ties else ""
        units = f"{self.total_units} unit{'' if self.total_units == 1 else 's'}"
        return f"{self.total_minutes} timed minutes carry {units}: {parts}{either}"


def allocate(minutes: Mapping[str, int]) -> Allocation:
    """Spread a day's timed minutes over its codes by Medicare's rule.

    Parameters
    ----------
    minutes:
        Minutes of each timed code under one plan of care, 0 or more.
    """
    total = sum(minutes.values())
    count = (total + UNIT_MINUTES - LEAST_MINUTES) // UNIT_MINUTES
    units = {code: spent // UNIT_MINUTES for code, spent in minutes.items()}
    left = {code: spent % UNIT_MINUTES for code, spent in minutes.items()}
    by_rest = sorted(minutes, key=lambda code: -left[code])
    extra = count - sum(units.values())
    for code in by_rest[:extra]:
        units[code] += 1
    edge = left[by_rest[extra - 1]] if extra else None
    at_edge = [code for code in by_rest if left[code] == edge]
    undecided = extra < len(by_rest) and extra > 0 and left[by_rest[extra]] == edge
    return Allocation(total, count, units, tuple(at_edge) if undecided else ())
