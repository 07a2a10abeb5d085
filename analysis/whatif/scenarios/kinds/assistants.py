"""What assistants are paid at, and how many of their visits a therapist takes over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from analysis.errors import BadInput
from analysis.whatif.scenarios.change import Change, Part, Section, Swing
from analysis.whatif.scenarios.entries import Key, figure
from analysis.whatif.scenarios.provenance import UNSAID, Provenance
from analysis.whatif.scenarios.words import POINTS_BP, ends_of, percent, percents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.medicare.fees.schedules import Track
    from analysis.whatif.scenarios.change import LinesInView
    from analysis.whatif.scenarios.fee_rows import FeeRows
    from analysis.whatif.scenarios.scenario import Scenario

_SHARE = figure("share")


@dataclass(frozen=True, slots=True)
class AssistantChange(Change):
    """What Medicare's share is paid at where an assistant treated, and how many of those visits a therapist takes over.

    Attributes
    ----------
    rate_bp:
        Part of Medicare's own share that is paid on lines with CQ or CO; None leaves it.
    to_therapist_bp:
        Fraction of the visits with CQ or CO lines whose lines lose the modifier, in expectation.
    """

    rate_bp: int | None = None
    to_therapist_bp: int = 0
    provenance: Provenance = UNSAID

    section: ClassVar[Section] = Section(
        "assistants",
        7,
        (Key("rate", "rate_bp", _SHARE), Key("to_therapist", "to_therapist_bp", _SHARE, always_written=True)),
        (
            "Lines with CQ or CO. rate: the part of Medicare's own share that is paid. to_therapist: the part of those",
            "visits that therapists take over.",
        ),
    )

    def check_lines(self, lines: LinesInView, name: str, scenario: Scenario) -> None:  # noqa: ARG002
        """Refuse it where no assistant treated."""
        if (self.rate_bp is not None or self.to_therapist_bp) and not lines.has_assistants():
            raise BadInput(
                "no line with CQ or CO",
                expected="visits treated by an assistant",
                todo="remove the change",
                column=f"{name}, {'to_therapist' if self.to_therapist_bp else 'rate'}",
            )

    def in_words(self) -> str:
        """``Assistants paid at 90%, 25% of assistants' visits treated by therapists``."""
        words = [] if self.rate_bp is None else [f"Assistants paid at {percent(self.rate_bp)}"]
        if self.to_therapist_bp:
            words.append(f"{percent(self.to_therapist_bp)} of assistants' visits treated by therapists")
        return ", ".join(words)

    @classmethod
    def parts(cls, changes: tuple[AssistantChange, ...]) -> Iterator[Part]:
        """Who treats is mix, what is paid for it a rule."""
        for change in changes:
            if change.to_therapist_bp:
                mix = cls(to_therapist_bp=change.to_therapist_bp)
                yield Part("mix", "Therapists for assistants", (mix,))
            if change.rate_bp is not None:
                yield Part("rules", f"Assistants paid at {percent(change.rate_bp)}", changes)

    @classmethod
    def swings(cls, scenario: Scenario, rows: pl.DataFrame) -> Iterator[Swing]:  # noqa: ARG003
        """Try the rate and the share, if the scenario has them."""
        change = scenario.one(cls)
        if change is not None and change.rate_bp is not None:
            ends = ends_of(change.rate_bp, POINTS_BP)
            low, high = (scenario.having(cls, replace(change, rate_bp=end)) for end in ends)
            yield Swing("Assistants' rate", percents(ends), low, high)
        if change is not None and change.to_therapist_bp:
            ends = ends_of(change.to_therapist_bp, POINTS_BP)
            low, high = (scenario.having(cls, replace(change, to_therapist_bp=end)) for end in ends)
            yield Swing("Visits from assistants to therapists", percents(ends), low, high)

    def on_fee_rows(self, rows: pl.DataFrame, fees: FeeRows, track: Track) -> pl.DataFrame:  # noqa: ARG002
        """Replace what Medicare pays of its share for assistants."""
        if self.rate_bp is None:
            return rows
        return rows.with_columns(pl.lit(self.rate_bp, pl.Int64).alias("assistant_share_bp"))
