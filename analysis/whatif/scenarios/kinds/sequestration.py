"""Another rate of sequestration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from analysis.whatif.scenarios.change import Change, Part, Section, Swing
from analysis.whatif.scenarios.entries import Key, figure
from analysis.whatif.scenarios.provenance import UNSAID, Provenance
from analysis.whatif.scenarios.words import ends_of, percent, percents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.medicare.fees.schedules import Track
    from analysis.whatif.scenarios.fee_rows import FeeRows
    from analysis.whatif.scenarios.scenario import Scenario

_STEP_BP = 200
"""It moves by two points, its whole present size."""


@dataclass(frozen=True, slots=True)
class SequestrationChange(Change):
    """The part cut from Medicare's payment."""

    rate_bp: int
    provenance: Provenance = UNSAID

    section: ClassVar[Section] = Section(
        "sequestration",
        8,
        (Key("rate", "rate_bp", figure("share"), required=True),),
        ("The part cut from Medicare's payment.",),
    )

    def in_words(self) -> str:
        """``Sequestration 2%``."""
        return f"Sequestration {percent(self.rate_bp)}"

    @classmethod
    def parts(cls, changes: tuple[SequestrationChange, ...]) -> Iterator[Part]:
        """A payment rule."""
        yield from (Part("rules", change.in_words(), changes) for change in changes)

    @classmethod
    def swings(cls, scenario: Scenario, rows: pl.DataFrame) -> Iterator[Swing]:  # noqa: ARG003
        """Try the rate, if the scenario has one."""
        if (change := scenario.one(cls)) is not None:
            ends = ends_of(change.rate_bp, _STEP_BP)
            low, high = (scenario.having(cls, cls(end)) for end in ends)
            yield Swing("Sequestration", percents(ends), low, high)

    def on_fee_rows(self, rows: pl.DataFrame, fees: FeeRows, track: Track) -> pl.DataFrame:  # noqa: ARG002
        """Replace the cut."""
        return rows.with_columns(pl.lit(self.rate_bp, pl.Int64).alias("sequestration_bp"))
