"""What a payer allowed, as arrays: the lines that count, their visits, and what Medicare would set for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analysis.payers.discovery.terms import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.payers.discovery.terms import Base

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Evidence:
    """Lines a payer answered, in the order of their dates and visits.

    Attributes
    ----------
    line_id:
        Of each line.
    visit:
        Each line's visit, counted from 0 in the order of the dates.
    day:
        Each line's date of service as an ordinal.
    code:
        Each line's position in `codes`.
    units, charge, amount:
        Of each line; charge and amount in cents, the charge UNKNOWN where the line has none. `amount` is what the payer
        allowed.
    assistant, evaluation:
        Whether an assistant gave the service; whether the code is an initial evaluation.
    whole:
        Of each visit: whether all its lines are here. A denied or open line leaves the visit's total open.
    slack:
        Cents by which an amount may differ because it was worked out from rounded ones.
    medicare:
        Base -> twice Medicare's cents of each line (so that half a fee is exact), UNKNOWN where it sets none.
    """

    codes: tuple[str, ...]
    line_id: Ints
    visit: Ints
    day: Ints
    code: Ints
    units: Ints
    charge: Ints
    amount: Ints
    assistant: Flags
    evaluation: Flags
    whole: Flags
    medicare: Mapping[Base, Ints]
    slack: int = 0

    @property
    def lines(self) -> int:
        """How many lines."""
        return int(self.visit.size)

    @property
    def visits(self) -> int:
        """How many visits."""
        return int(self.whole.size)

    def base(self, base: Base) -> Ints:
        """Return twice the cents of a base, line by line; UNKNOWN where there are none."""
        return np.where(self.charge < 0, UNKNOWN, 2 * self.charge) if base.kind == "charge" else self.medicare[base]

    def per_visit(self, values: Ints) -> Ints:
        """Sum the lines' values by visit."""
        sums = np.bincount(self.visit, weights=values, minlength=self.visits)
        return sums.astype(np.int64)

    @cached_property
    def visit_amount(self) -> Ints:
        """What each visit was allowed, in cents."""
        return self.per_visit(self.amount)

    @cached_property
    def visit_charge(self) -> Ints:
        """What each visit was charged, in cents; UNKNOWN where a line has no charge."""
        lacking = np.bincount(self.visit[self.charge < 0], minlength=self.visits) > 0
        return np.where(lacking, UNKNOWN, self.per_visit(np.maximum(self.charge, 0)))

    @cached_property
    def visit_day(self) -> Ints:
        """The date of each visit as an ordinal."""
        days = np.zeros(self.visits, dtype=np.int64)
        days[self.visit] = self.day
        return days

    @cached_property
    def with_evaluation(self) -> Flags:
        """Visits with an initial evaluation."""
        return np.bincount(self.visit[self.evaluation], minlength=self.visits) > 0

    @cached_property
    def with_assistant(self) -> Flags:
        """Visits with a line of an assistant."""
        return np.bincount(self.visit[self.assistant], minlength=self.visits) > 0

    def of_visits(self, chosen: Flags) -> Evidence:
        """Return the lines of some visits only."""
        lines = chosen[self.visit]
        number = np.cumsum(chosen) - 1
        return replace(
            self,
            line_id=self.line_id[lines],
            visit=number[self.visit[lines]],
            day=self.day[lines],
            code=self.code[lines],
            units=self.units[lines],
            charge=self.charge[lines],
            amount=self.amount[lines],
            assistant=self.assistant[lines],
            evaluation=self.evaluation[lines],
            whole=self.whole[chosen],
            medicare={base: values[lines] for base, values in self.medicare.items()},
        )
