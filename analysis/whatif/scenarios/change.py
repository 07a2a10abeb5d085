"""What every kind of what-if change says of itself. A kind is one file in `kinds`; everything else loops over them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

from analysis.errors import BadInput
from analysis.lines.filters import Filters
from analysis.whatif.scenarios.entries import check_figures, filled_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from typing import Self

    import polars as pl

    from analysis.medicare.fees.schedules import Track
    from analysis.whatif.scenarios.entries import Key
    from analysis.whatif.scenarios.fee_rows import FeeRows
    from analysis.whatif.scenarios.provenance import Provenance
    from analysis.whatif.scenarios.scenario import Scenario

EVERYWHERE = Filters()
"""Every line."""
Cause = Literal["volume", "mix", "price", "rules"]
"""What a difference can come from, in the order in which it is taken apart."""


@dataclass(frozen=True, slots=True)
class Section:
    """A kind's table in a scenario's file.

    Attributes
    ----------
    name:
        Of the table, and what a message calls the change: ``recode``.
    turn:
        The position of the kind among the others: in files, and when figures replace those of the fee rows.
    keys:
        The entries.
    about:
        What the file says about them, in lines of comments.
    several:
        A scenario may have more than one.
    """

    name: str
    turn: int
    keys: tuple[Key, ...]
    about: tuple[str, ...]
    several: bool = False

    @property
    def head(self) -> str:
        """The heading of its table."""
        return f"[[{self.name}]]" if self.several else f"[{self.name}]"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a scenario's difference: its cause, its name for people, and the kind's changes from then on."""

    cause: Cause
    label: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Swing:
    """An assumption with the scenario at its low and at its high end."""

    assumption: str
    labels: tuple[str, str]
    low: Scenario
    high: Scenario


class LinesInView(Protocol):
    """The lines in view, so that a change can check whether it affects any of them (`visits.Cube`)."""

    def count(self, where: Filters) -> int:
        """How many of them meet a condition."""

    def fee_rows_in_use(self) -> frozenset[tuple[str, str]]:
        """(code, row modifier) of the fee rows that price them."""

    def has_assistants(self) -> bool:
        """Whether an assistant treated on any of them."""

    def payer_classes(self) -> Collection[str]:
        """The payer classes they have."""


class Change(ABC):
    """A change that a scenario lays over the baseline: an immutable record in exact integers.

    Scales are those of the figures it replaces: basis points (10,000 is all), RVUs times 100, GPCIs times 1,000,
    conversion factors times 10,000, money in cents. What it means for a visit is said in docs/what-if.md.
    """

    __slots__ = ()
    section: ClassVar[Section]
    provenance: Provenance

    def check(self, name: str, scenario: Scenario) -> None:  # noqa: B027  some kinds have nothing to refuse
        """Refuse what cannot be meant; `name` is what the message calls the change. Raises BadInput.

        Figures out of their range (data/scenarios/limits.toml) are refused before.
        """

    @classmethod  # noqa: B027  likewise
    def check_together(cls, changes: tuple[Self, ...]) -> None:
        """Refuse changes of this kind that do not go together. Raises BadInput."""

    def check_lines(self, lines: LinesInView, name: str, scenario: Scenario) -> None:  # noqa: B027  likewise
        """Refuse a change that affects no line in view: it would quietly change nothing. Raises BadInput."""

    @abstractmethod
    def in_words(self) -> str:
        """What the change says, for people."""

    @classmethod
    @abstractmethod
    def parts(cls, changes: tuple[Self, ...]) -> Iterator[Part]:
        """The parts of the difference that come from the changes of this kind."""

    @classmethod
    def swings(cls, scenario: Scenario, rows: pl.DataFrame) -> Iterator[Swing]:  # noqa: ARG003
        """The assumptions of this kind moved down and up; `rows` are the scenario's fee rows."""
        yield from ()

    def on_fee_rows(self, rows: pl.DataFrame, fees: FeeRows, track: Track) -> pl.DataFrame:  # noqa: ARG002
        """Lay the change's figures over the ingredients of the fee rows."""
        return rows

    def makes(self) -> tuple[str, ...]:
        """The codes it puts on lines that had another."""
        return ()

    def conditions(self) -> tuple[Filters, ...]:
        """The conditions on lines it asks for."""
        return ()

    def years(self) -> tuple[int, ...]:
        """The years whose days it tells apart."""
        return ()


def check_alone(change: Change, name: str) -> None:
    """Refuse what is wrong with a change whatever else a scenario has: who entered it, figures out of range."""
    change.provenance.check(name)
    check_figures(change, change.section.keys, name)


def refuse_empty(change: Change, name: str, keys: Sequence[Key] = ()) -> None:
    """Raise BadInput for a change that says nothing, of `keys` if given: it would quietly do nothing."""
    keys = keys or change.section.keys
    if not filled_in(change, keys):
        listed = ", ".join(key.name for key in keys)
        raise BadInput(
            "an empty change", expected=f"one of {listed}", todo="enter one, or remove the change", column=name
        )
