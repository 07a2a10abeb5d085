"""A scenario: a named list of changes over the baseline, checked when it is made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from analysis.errors import BadInput
from analysis.whatif.scenarios.change import Change, check_alone
from analysis.whatif.scenarios.kinds import KINDS
from analysis.whatif.scenarios.provenance import UNSAID, Provenance
from analysis.whatif.scenarios.values import check_line, check_paragraph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

AnyChange = TypeVar("AnyChange", bound=Change)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named list of changes over the baseline, which it never alters.

    The recodings act on the baseline's units all at once: a unit moves at most once.

    Attributes
    ----------
    changes:
        In the order of their kinds (`Section.turn`); None among those given is left out.

    Raises
    ------
    BadInput
        For assumptions that cannot be meant. Its `column` names the change and its entry, as a file has them:
        ``recode 2, share``.
    """

    name: str
    changes: tuple[Change, ...] = ()
    note: str = ""
    provenance: Provenance = UNSAID

    def __post_init__(self) -> None:
        """Put the changes in order and refuse what cannot be meant."""
        object.__setattr__(self, "changes", _in_order(self.changes))
        _check(self)

    def of(self, kind: type[AnyChange]) -> tuple[AnyChange, ...]:
        """Its changes of one kind."""
        return tuple(change for change in self.changes if isinstance(change, kind))

    def one(self, kind: type[AnyChange]) -> AnyChange | None:
        """Its change of a kind of which there may be one, or None."""
        return next(iter(self.of(kind)), None)

    def having(self, kind: type[AnyChange], *changes: AnyChange | None) -> Scenario:
        """The same scenario with these changes of one kind in place of its own."""
        others = tuple(change for change in self.changes if not isinstance(change, kind))
        return replace(self, changes=without_none(*others, *changes))

    def named(self) -> Iterator[tuple[str, Change]]:
        """Its changes, each under the name that messages give it: ``recode 2``, ``schedule``."""
        for kind in KINDS:
            for position, change in enumerate(self.of(kind), start=1):
                yield (f"{kind.section.name} {position}" if kind.section.several else kind.section.name), change


def without_none(*changes: Change | None) -> tuple[Change, ...]:
    """Return the changes that are not None.

    >>> without_none(None)
    ()
    """
    return tuple(change for change in changes if change is not None)


def _in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda change: change.section.turn))


def _check(scenario: Scenario) -> None:
    if not scenario.name.strip():
        raise BadInput("no name", expected="a name for the scenario", todo="give it one", column="name")
    check_line(scenario.name, "name")
    check_paragraph(scenario.note, "note")
    scenario.provenance.check()
    for name, change in scenario.named():
        check_alone(change, name)
    for kind in KINDS:
        changes = scenario.of(kind)
        if len(changes) > 1 and not kind.section.several:
            name = kind.section.name
            raise BadInput(f"{len(changes)} of [{name}]", expected="one", todo="keep one of them", column=name)
        kind.check_together(changes)
    for name, change in scenario.named():
        change.check(name, scenario)


BASELINE = Scenario("Baseline")
"""Nothing changed."""
