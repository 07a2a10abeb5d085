"""Another rate of the multiple procedure payment reduction, or other payers who apply it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from analysis.errors import BadInput
from analysis.whatif.scenarios.change import Change, Part, Section, Swing, refuse_empty
from analysis.whatif.scenarios.entries import TEXTS, Key, figure
from analysis.whatif.scenarios.provenance import UNSAID, Provenance
from analysis.whatif.scenarios.values import check_payer_classes
from analysis.whatif.scenarios.words import POINTS_BP, ends_of, percent, percents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.medicare.fees.schedules import Track
    from analysis.whatif.scenarios.change import LinesInView
    from analysis.whatif.scenarios.fee_rows import FeeRows
    from analysis.whatif.scenarios.scenario import Scenario


@dataclass(frozen=True, slots=True)
class MpprChange(Change):
    """The part of the practice expense MPPR takes off additional units, and the payer classes whose lines it holds for.

    None leaves the rate, or who applies it (all lines), as it is. Which lines are priced without MPPR is decided in
    `visits.fee_rows`.
    """

    rate_bp: int | None = None
    applies_to: tuple[str, ...] | None = None
    provenance: Provenance = UNSAID

    section: ClassVar[Section] = Section(
        "mppr",
        6,
        (Key("rate", "rate_bp", figure("share")), Key("applies_to", "applies_to", TEXTS)),
        (
            "Multiple procedure payment reduction: the part of the practice expense taken off additional units",
            "(0: none), and the payer classes it applies to.",
        ),
    )

    def check(self, name: str, scenario: Scenario) -> None:  # noqa: ARG002
        """Refuse one without anything in it, and what is no payer class."""
        refuse_empty(self, name)
        check_payer_classes(self.applies_to or (), f"{name}, applies_to")

    def check_lines(self, lines: LinesInView, name: str, scenario: Scenario) -> None:  # noqa: ARG002
        """Refuse payer classes that no line has."""
        classes = lines.payer_classes()
        if self.applies_to and not {*classes} & {*self.applies_to}:
            raise BadInput(
                f"no line with the payer class {', '.join(self.applies_to)}",
                expected=f"at least one of {', '.join(sorted(classes))}",
                todo="correct applies_to; to repeal MPPR, set its rate to 0",
                column=f"{name}, applies_to",
            )

    def in_words(self) -> str:
        """``MPPR 25% for Medicare``."""
        rate = self.rate_bp
        text = "" if rate is None else "MPPR repealed" if not rate else f"MPPR {percent(rate)}"
        if self.applies_to is None:
            return text
        whose = "nobody" if not self.applies_to else " and ".join(self.applies_to)
        return f"{text or 'MPPR'} for {whose}"

    @classmethod
    def parts(cls, changes: tuple[MpprChange, ...]) -> Iterator[Part]:
        """A payment rule."""
        for change in changes:
            rate = change.rate_bp
            yield Part("rules", "Who applies MPPR" if rate is None else f"MPPR {percent(rate)}", changes)

    @classmethod
    def swings(cls, scenario: Scenario, rows: pl.DataFrame) -> Iterator[Swing]:
        """The rate, around the scenario's own or that of the newest lines."""
        rates = rows.sort("period_id")["pe_reduction_bp"]
        if rates.is_empty():  # no line has a locality: no rate changes anything
            return
        ends = ends_of(int(rates[-1]), POINTS_BP)
        change = scenario.one(cls) or cls(rate_bp=0)
        low, high = (scenario.having(cls, replace(change, rate_bp=end)) for end in ends)
        yield Swing("MPPR on additional units", percents(ends), low, high)

    def on_fee_rows(self, rows: pl.DataFrame, fees: FeeRows, track: Track) -> pl.DataFrame:  # noqa: ARG002
        """Replace MPPR's rate."""
        if self.rate_bp is None:
            return rows
        return rows.with_columns(pl.lit(self.rate_bp, pl.Int64).alias("pe_reduction_bp"))
