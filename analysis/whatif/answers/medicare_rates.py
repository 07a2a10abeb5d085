"""Scenarios priced at Medicare rates: all lines, regardless of payer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.whatif.answers.compare import COLUMN, checked, rounded
from analysis.whatif.answers.difference import Amounts
from analysis.whatif.visits import total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.whatif.answers.difference import MedicareMeasure
    from analysis.whatif.scenarios import Scenario
    from analysis.whatif.visits import Cube


@dataclass(frozen=True, slots=True, eq=False)
class AtMedicareRates:
    """Prices scenarios at Medicare rates (`Money`)."""

    cube: Cube
    measure: MedicareMeasure = "allowed"

    def amounts(self, scenario: Scenario) -> Amounts:
        """Return a scenario's totals, each rounded once. Raises BadInput for what these lines rule out."""
        outcome, column = checked(self.cube, scenario), COLUMN[self.measure]
        before, after = total(outcome.before, column), total(outcome.after, column)
        return Amounts(before, after, rounded(before), rounded(after))

    def levels(self, scenario: Scenario, steps: Sequence[Scenario]) -> list[int]:
        """Return the cents of the baseline, and of each step on the way to a scenario."""
        return [self.amounts(scenario).before_cents, *(self.amounts(step).after_cents for step in steps)]
