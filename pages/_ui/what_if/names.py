"""What a scenario is called while nobody has named it: what it assumes, so that its name follows the sliders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.money import BASIS
from analysis.whatif.scenarios import Recode, Scenario, limits
from analysis.whatif.scenarios.words import percent, where_in_words

if TYPE_CHECKING:
    from analysis.whatif.scenarios import Change

NOTHING = "New scenario"


def spoken(scenario: Scenario) -> str:
    """The changes in words, as many as a name has room for."""
    parts = [_recode(own) if isinstance(own, Recode) else own.in_words() for own in scenario.changes]
    parts = [part for part in parts if part]
    most = limits.counts().name_characters
    name = ", ".join(parts) or NOTHING
    if len(name) > most and len(parts) > 1:
        name = f"{parts[0]} and {len(parts) - 1} more changes"
    return name if len(name) <= most else f"{name[: most - 1]}…"


def nameless(*changes: Change) -> Scenario:
    """A scenario under its own words."""
    scenario = Scenario(NOTHING, changes)
    return replace(scenario, name=spoken(scenario))


def unnamed(scenario: Scenario) -> bool:
    """Whether its name is only what it assumes, or a duplicate's of that."""
    own = spoken(scenario)
    return scenario.name == own or scenario.name.startswith(f"{own} (copy")


def _recode(recode: Recode) -> str:
    """A recoding, short: ``One unit to 97112 in 20% of 97110 visits``."""
    most = recode.units_per_visit
    units = "All units" if most is None else "One unit" if most == 1 else f"Up to {most} units"
    share = "all" if recode.share_bp == BASIS else f"{percent(recode.share_bp)} of"
    return f"{units} to {recode.target} in {share} {recode.source} visits{where_in_words(recode.where)}"
