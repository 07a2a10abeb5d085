"""What a scenario changes in one kind of money, and what prices scenarios in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    import polars as pl

    from analysis.whatif.scenarios import Scenario
    from analysis.whatif.visits import Cube

MedicareMeasure = Literal["allowed", "receipts"]
"""All lines at Medicare rates: expected allowed amounts, or expected payments, by the words of the columns written."""
Measure = Literal["payers", "allowed", "receipts"]
"""What is compared: what the payers pay by their terms, or one of the measures at Medicare rates."""


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """A scenario against the baseline in one measure.

    Attributes
    ----------
    before_cents, after_cents:
        The totals.
    per_code:
        Grain: code, the largest difference first: code, label, units_before, units_after (an expected value), and
        before, after and difference in cents, each named after the measure (allowed_before_cents). Amounts are null for
        a code without any; each column adds up to its total.
    proposed:
        Whether a proposed schedule prices any of it.
    """

    scenario: Scenario
    measure: Measure
    before_cents: int
    after_cents: int
    per_code: pl.DataFrame
    proposed: bool

    @property
    def difference_cents(self) -> int:
        """After less before."""
        return self.after_cents - self.before_cents


@dataclass(frozen=True, slots=True)
class Amounts:
    """A scenario's totals in cents: exact, and as they are shown."""

    before: Fraction
    after: Fraction
    before_cents: int
    after_cents: int

    @property
    def difference_cents(self) -> int:
        """After less before, as shown."""
        return self.after_cents - self.before_cents


class Money(Protocol):
    """Prices scenarios in one measure: at Medicare rates (`AtMedicareRates`), or as the payers pay (`payers.Payers`).

    Whatever takes a scenario apart asks it alone, so that the parts are of the same money as the whole.
    """

    @property
    def measure(self) -> Measure:
        """What it prices in."""

    @property
    def cube(self) -> Cube:
        """The visits it prices."""

    def amounts(self, scenario: Scenario) -> Amounts:
        """Return a scenario's totals. Raises BadInput for what these lines rule out."""

    def levels(self, scenario: Scenario, steps: Sequence[Scenario]) -> list[int]:
        """Return the cents of the baseline, and of each step on the way to a scenario, over the scenario's lines."""
