"""A scenario's assumptions, each with who entered it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from analysis.whatif.scenarios.provenance import UNSAID, Provenance

if TYPE_CHECKING:
    from analysis.whatif.scenarios.change import Change
    from analysis.whatif.scenarios.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Assumption:
    """One change and what it says."""

    change: Change
    text: str


def assumptions(scenario: Scenario) -> tuple[Assumption, ...]:
    """Every change in words, in the order of the scenario."""
    return tuple(Assumption(change, change.in_words()) for change in scenario.changes)


def with_provenance(scenario: Scenario, change: Change, provenance: Provenance) -> Scenario:
    """The scenario with other provenance of one of its changes."""
    changes = tuple(_entered(other, provenance) if other is change else other for other in scenario.changes)
    return replace(scenario, changes=changes)


def stamped(before: Scenario, after: Scenario, who: Provenance) -> Scenario:
    """The scenario `after` with who entered what differs from `before`; a reason stays with its change."""
    changes = []
    for change in after.changes:
        kind = type(change)
        index = next(index for index, other in enumerate(after.of(kind)) if other is change)
        before_change = before.of(kind)[index : index + 1]
        unchanged = bool(before_change) and _entered(before_change[0], UNSAID) == _entered(change, UNSAID)
        changes.append(change if unchanged else _entered(change, replace(who, reason=change.provenance.reason)))
    return replace(after, changes=tuple(changes))


def _entered(change: Change, provenance: Provenance) -> Change:
    record: Any = change
    same: Change = replace(record, provenance=provenance)
    return same
