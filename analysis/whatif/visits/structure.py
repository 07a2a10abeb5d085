"""The part of a scenario that changes visit lines, and the distinctions its cube must keep."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from analysis.lines.filters import Filters
from analysis.medicare.fees import load_book
from analysis.medicare.policy import load_policy
from analysis.money import BASIS
from analysis.pricing import periods_of
from analysis.whatif.visits.recoding import moves_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.whatif.scenarios.changes import Scenario
    from analysis.whatif.visits.recoding import Moves

_ON_KINDS = frozenset({"payers", "payer_classes", "disciplines", "codes"})
"""Condition fields that every kind of line answers by itself; the others need a mark when the cube is built."""


@dataclass(frozen=True, slots=True)
class Structure:
    """What determines the lines of a scenario's visits, whatever its shares and rates."""

    moves: Moves
    wheres: tuple[Filters, ...]
    grows: tuple[Filters, ...]
    applies_to: tuple[str, ...] | None


def growth_of(scenario: Scenario) -> tuple[int, ...]:
    """Return the factor of each volume change, in basis points."""
    return tuple(BASIS + volume.change_bp for volume in scenario.volumes)


def structure_of(scenario: Scenario) -> Structure:
    """Return a scenario's structure."""
    return Structure(
        moves_of(scenario),
        tuple(recode.where for recode in scenario.recodes),
        tuple(volume.where for volume in scenario.volumes),
        scenario.mppr.applies_to if scenario.mppr else None,
    )


def asked_of(scenarios: Iterable[Scenario]) -> tuple[tuple[Filters, ...], frozenset[int]]:
    """Return the conditions on lines, and the years whose dates must be distinguished because they change mid-year."""
    asked = tuple(scenarios)
    recodes = [recode.where for scenario in asked for recode in scenario.recodes]
    volumes = [volume.where for scenario in asked for volume in scenario.volumes]
    years = {scenario.schedule.year for scenario in asked if scenario.schedule is not None}
    years |= {scenario.rules.year for scenario in asked if scenario.rules is not None}
    years |= {contract.year for scenario in asked for contract in scenario.contracts}
    return tuple(dict.fromkeys([*recodes, *volumes])), frozenset(year for year in _changing_years() if year in years)


@cache
def _changing_years() -> frozenset[int]:
    """Return years in which a conversion factor or payment rule changes after the first day."""
    starts = {period.start for period in periods_of(load_book(), load_policy(), proposed=True)}
    return frozenset(day.year for day in starts if (day.month, day.day) != (1, 1))


def answered_by_kinds(where: Filters) -> bool:
    """Tell whether every kind of line answers a condition by itself."""
    asked = {name for name in Filters.__slots__ if getattr(where, name)}
    return asked <= _ON_KINDS
