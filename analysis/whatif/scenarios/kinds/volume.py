"""More or fewer of the same visits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.errors import BadInput
from analysis.whatif.scenarios.change import EVERYWHERE, Change, Part, Section, Swing
from analysis.whatif.scenarios.entries import WHERE, Key, figure
from analysis.whatif.scenarios.limits import ranges
from analysis.whatif.scenarios.provenance import UNSAID, Provenance
from analysis.whatif.scenarios.values import check_where
from analysis.whatif.scenarios.words import ends_of, percent, percents, where_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from analysis.lines.filters import Filters
    from analysis.whatif.scenarios.change import LinesInView
    from analysis.whatif.scenarios.scenario import Scenario

_STEP_BP = 500


@dataclass(frozen=True, slots=True)
class VolumeChange(Change):
    """More or fewer of the same visits: the lines of `where` times 1 + change."""

    change_bp: int
    where: Filters = EVERYWHERE
    provenance: Provenance = UNSAID

    section: ClassVar[Section] = Section(
        "volume",
        10,
        (Key("change", "change_bp", figure("change"), required=True), Key("where", "where", WHERE)),
        ("More (0.05 is 5%) or fewer (-0.05) of the same visits.",),
        several=True,
    )

    def check(self, name: str, scenario: Scenario) -> None:  # noqa: ARG002
        """Refuse a condition that cannot be meant."""
        check_where(self.where, f"{name}, where")

    def check_lines(self, lines: LinesInView, name: str, scenario: Scenario) -> None:  # noqa: ARG002
        """Refuse a condition that no line meets."""
        if not lines.count(self.where):
            raise BadInput(
                "a condition that no line meets",
                expected="at least one line",
                todo="correct the where condition, or remove the change",
                column=name,
            )

    def in_words(self) -> str:
        """``Volume +5%, payer class Medicare``."""
        return f"Volume {percent(self.change_bp, sign=True)}{where_in_words(self.where)}"

    @classmethod
    def parts(cls, changes: tuple[VolumeChange, ...]) -> Iterator[Part]:
        """Add one change after another."""
        for number, change in enumerate(changes, start=1):
            yield Part("volume", f"Volume {percent(change.change_bp, sign=True)}", changes[:number])

    @classmethod
    def swings(cls, scenario: Scenario, rows: pl.DataFrame) -> Iterator[Swing]:  # noqa: ARG003
        """Try more and fewer visits, around what the scenario says of all visits."""
        everywhere = [volume for volume in scenario.of(cls) if volume.where == EVERYWHERE]
        elsewhere = tuple(volume for volume in scenario.of(cls) if volume.where != EVERYWHERE)
        limit = ranges()["change"]
        ends = ends_of(sum(volume.change_bp for volume in everywhere), _STEP_BP, limit.low, limit.high)
        low, high = (scenario.having(cls, *elsewhere, cls(end)) for end in ends)
        yield Swing("Volume of visits", percents(ends, sign=True), low, high)

    def conditions(self) -> tuple[Filters, ...]:
        """Its condition."""
        return (self.where,)
