"""Payment rules of another year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.medicare.policy import load_policy
from analysis.whatif.scenarios.change import Change, Part, Section
from analysis.whatif.scenarios.entries import YEAR, Key
from analysis.whatif.scenarios.provenance import UNSAID, Provenance
from analysis.whatif.scenarios.values import check_year

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from analysis.medicare.fees.schedules import Track
    from analysis.whatif.scenarios.fee_rows import FeeRows
    from analysis.whatif.scenarios.scenario import Scenario


@dataclass(frozen=True, slots=True)
class RulesChange(Change):
    """Every dated payment rule (data/policy) as it was on the same days of another year."""

    year: int
    provenance: Provenance = UNSAID

    section: ClassVar[Section] = Section(
        "rules",
        3,
        (Key("year", "year", YEAR, required=True),),
        ("The payment rules (MPPR, sequestration and others) as on the same dates of another year.",),
    )

    def check(self, name: str, scenario: Scenario) -> None:  # noqa: ARG002
        """Refuse a year without a schedule."""
        check_year(self.year, f"{name}, year")

    def in_words(self) -> str:
        """``Payment rules of 2024``."""
        return f"Payment rules of {self.year}"

    @classmethod
    def parts(cls, changes: tuple[RulesChange, ...]) -> Iterator[Part]:
        """A payment rule."""
        yield from (Part("rules", change.in_words(), changes) for change in changes)

    def on_fee_rows(self, rows: pl.DataFrame, fees: FeeRows, track: Track) -> pl.DataFrame:  # noqa: ARG002
        """Take the rates of the other year."""
        return rows.with_columns(fees.in_other_period(rows, self.year, None).select(*load_policy().rates))

    def years(self) -> tuple[int, ...]:
        """The year."""
        return (self.year,)
