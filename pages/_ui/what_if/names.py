"""The name of a scenario that the user has not named: its changes in words, so that it follows the sliders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.money import BASIS
from analysis.whatif.scenarios import Recode, Scenario, limits
from analysis.whatif.scenarios.words import percent, where_in_words

if TYPE_CHECKING:
    from analysis.whatif.scenarios import Change

NOTHING = "New scenario"


def name_of(scenario: Scenario) -> str:
    """Name a scenario by its changes, as many as a name has room for."""
    parts = [_recode(change) if isinstance(change, Recode) else change.in_words() for change in scenario.changes]
    parts = [part for part in parts if part]
    most = limits.counts().name_characters
    name = ", ".join(parts) or NOTHING
    if len(name) > most and len(parts) > 1:
        name = f"{parts[0]} and {len(parts) - 1} more changes"
    return name if len(name) <= most else f"{name[: most - 1]}…"


def scenario_of(*changes: Change) -> Scenario:
    """Make a scenario of changes, named by them."""
    scenario = Scenario(NOTHING, changes)
    return replace(scenario, name=name_of(scenario))


def is_named_by_changes(scenario: Scenario) -> bool:
    """Whether the name is the one its changes give, or a copy's of that."""
    from_changes = name_of(scenario)
    return scenario.name == from_changes or scenario.name.startswith(f"{from_changes} (copy")


def _recode(recode: Recode) -> str:
    """A recoding, short: ``One unit to 97112 in 20% of 97110 visits``."""
    most = recode.units_per_visit
    units = "All units" if most is None else "One unit" if most == 1 else f"Up to {most} units"
    share = "all" if recode.share_bp == BASIS else f"{percent(recode.share_bp)} of"
    return f"{units} to {recode.target} in {share} {recode.source} visits{where_in_words(recode.where)}"
