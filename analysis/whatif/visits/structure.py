"""The part of a scenario that changes visit lines, and the distinctions its cube must keep."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from analysis.lines.filters import COLUMNS, Filters
from analysis.medicare.fees import load_book
from analysis.medicare.policy import load_policy
from analysis.money import BASIS
from analysis.pricing import periods_of
from analysis.whatif.scenarios import MpprChange, Recode, VolumeChange
from analysis.whatif.visits.distinct_visits import OF_LINE
from analysis.whatif.visits.recoding import moves_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.whatif.scenarios import Scenario
    from analysis.whatif.visits.recoding import Moves

_LINE_KIND_FIELDS = frozenset(field for field, column in COLUMNS.items() if column in {"code", *OF_LINE})
"""Fields of a condition that are columns of every kind of line; the others need a bit when the cube is built."""


@dataclass(frozen=True, slots=True)
class Structure:
    """What determines the lines of a scenario's visits, whatever its shares and rates.

    Attributes
    ----------
    moves:
        What its recodings and its assistants do to lines.
    recode_conditions, volume_conditions:
        Which lines each recoding may take, and which each change of volume multiplies.
    applies_to:
        The payer classes with MPPR; None: all.
    """

    moves: Moves
    recode_conditions: tuple[Filters, ...]
    volume_conditions: tuple[Filters, ...]
    applies_to: tuple[str, ...] | None


def growth_of(scenario: Scenario) -> tuple[int, ...]:
    """What each change of volume multiplies by, in basis points."""
    return tuple(BASIS + volume.change_bp for volume in scenario.of(VolumeChange))


def structure_of(scenario: Scenario) -> Structure:
    """A scenario's structure."""
    mppr = scenario.one(MpprChange)
    return Structure(
        moves_of(scenario),
        tuple(recode.where for recode in scenario.of(Recode)),
        tuple(volume.where for volume in scenario.of(VolumeChange)),
        mppr.applies_to if mppr else None,
    )


def distinctions_of(scenarios: Iterable[Scenario]) -> tuple[tuple[Filters, ...], frozenset[int]]:
    """Return the conditions on lines, and the years whose dates must be distinguished because they change mid-year."""
    listed = tuple(scenarios)
    changes = [change for scenario in listed for change in scenario.changes]
    conditions = dict.fromkeys(where for change in changes for where in change.conditions())
    years = {year for change in changes for year in change.years()}
    return tuple(conditions), frozenset(year for year in _changing_years() if year in years)


@cache
def _changing_years() -> frozenset[int]:
    """Return years in which a conversion factor or payment rule changes after the first day."""
    starts = {period.start for period in periods_of(load_book(), load_policy(), proposed=True)}
    return frozenset(day.year for day in starts if (day.month, day.day) != (1, 1))


def is_of_line_kind(where: Filters) -> bool:
    """Tell whether a condition is on columns that every kind of line has, so that it needs no bit of its own."""
    fields = {name for name in Filters.__slots__ if getattr(where, name)}
    return fields <= _LINE_KIND_FIELDS
