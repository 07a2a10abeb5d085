"""Terms that may explain a payer's payments, and what they pay for the lines and visits of an `Evidence`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from analysis.money import BASIS, half_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.payers.discovery.evidence import Evidence, Flags, Ints

Reduction = Literal["yes", "no", "half"]
"""How units after a visit's first are reduced: MPPR (half the practice expense), not at all, or half of the fee."""

UNKNOWN = -1
"""An amount that terms do not give."""
_FAR = np.iinfo(np.int64).max // 4


@dataclass(frozen=True, slots=True)
class Fee:
    """Cents for the first unit of a line and for each further one."""

    first: int
    further: int


@dataclass(frozen=True, slots=True)
class Base:
    """What a percentage is of: the charge, or Medicare's amount of a schedule year (None: that of each date)."""

    kind: Literal["charge", "medicare"]
    reduction: Reduction = "no"
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What one payer pays in one stretch of time.

    Attributes
    ----------
    base, percent_bp:
        What lines without a fee are a percentage of.
    fees:
        Code -> its fee.
    other_bp:
        Part of the charge that is paid where neither a base nor a fee gives an amount.
    visit_cents, evaluation_cents:
        Rate of a visit, and of a visit with an initial evaluation where that differs.
    lesser:
        Whether never more than the charge is paid; None if no charge was low enough to tell.
    assistants_bp:
        Part of the amount that is paid for an assistant's lines.
    cap_cents, floor_cents:
        The most and the least a visit pays.
    """

    base: Base | None = None
    percent_bp: int = 0
    fees: Mapping[str, Fee] = field(default_factory=dict)
    other_bp: int | None = None
    visit_cents: int | None = None
    evaluation_cents: int | None = None
    lesser: bool | None = None
    assistants_bp: int | None = None
    cap_cents: int | None = None
    floor_cents: int | None = None

    @property
    def named(self) -> bool:
        """Whether there are any terms."""
        return self.base is not None or bool(self.fees) or self.visit_cents is not None


@dataclass(frozen=True, slots=True)
class Paid:
    """What terms pay on an `Evidence`, beside what was paid.

    Attributes
    ----------
    visits:
        Cents of each visit; UNKNOWN where a line of it has no amount.
    line_hit, visit_hit:
        Whether the line, the visit's total, comes out to the cent.
    at_cap, at_floor:
        Visits whose total is the cap or the floor.
    bound:
        Lines (of a visit rate: lines of the visits) whose amount was above the charge, so that `lesser` was tested.
    """

    visits: Ints
    line_hit: Flags
    visit_hit: Flags
    at_cap: Flags
    at_floor: Flags
    bound: Flags


def tolerance(evidence: Evidence, base: Base | None = None) -> Ints:
    """Cents by which rounding per unit and per line may differ: none for a single unit."""
    loose = evidence.units // 2 + evidence.slack
    return np.maximum(loose, 1) if base is not None and base.reduction == "half" else loose


def of_base(evidence: Evidence, base: Base, percent_bp: int) -> Ints:
    """Return each line's cents at a percentage of a base, half-up; UNKNOWN where the base is."""
    twice = evidence.base(base)
    return np.where(twice < 0, UNKNOWN, half_up(twice * percent_bp, 2 * BASIS))


def of_lines(evidence: Evidence, terms: Terms) -> Ints:
    """Return each line's cents before the charge, the assistants' percentage and limits of the visit."""
    if terms.base is None:
        cents = np.full(evidence.lines, UNKNOWN, dtype=np.int64)
    else:
        cents = of_base(evidence, terms.base, terms.percent_bp)
    if terms.fees:
        first = np.full(len(evidence.codes), UNKNOWN, dtype=np.int64)
        further = np.zeros(len(evidence.codes), dtype=np.int64)
        for position, code in enumerate(evidence.codes):
            if code in terms.fees:
                first[position], further[position] = terms.fees[code].first, terms.fees[code].further
        has_fee = first[evidence.code] >= 0
        by_fee = first[evidence.code] + (evidence.units - 1) * further[evidence.code]
        cents = np.where(has_fee, by_fee, cents)
    if terms.other_bp is not None:
        other = (cents < 0) & (evidence.charge >= 0)
        cents = np.where(other, half_up(evidence.charge * terms.other_bp, BASIS), cents)
    return cents


def for_assistants(evidence: Evidence, cents: Ints, assistants_bp: int | None) -> Ints:
    """Return the cents with an assistant's lines at their percentage."""
    if assistants_bp is None:
        return cents
    less = half_up(cents * assistants_bp, BASIS)
    return np.where(evidence.assistant & (cents >= 0), less, cents)


def pay(evidence: Evidence, terms: Terms) -> Paid:
    """Return what terms pay and where that is what was paid."""
    return _by_visit(evidence, terms) if terms.visit_cents is not None else _by_line(evidence, terms)


def _by_visit(evidence: Evidence, terms: Terms) -> Paid:
    rate = np.full(evidence.visits, terms.visit_cents, dtype=np.int64)
    if terms.evaluation_cents is not None:
        rate = np.where(evidence.with_evaluation, terms.evaluation_cents, rate)
    if terms.assistants_bp is not None:
        rate = np.where(evidence.with_assistant, half_up(rate * terms.assistants_bp, BASIS), rate)
    bound = (evidence.visit_charge >= 0) & (evidence.visit_charge < rate)
    if terms.lesser is not False:
        rate = np.where(bound, evidence.visit_charge, rate)
    hit = np.abs(evidence.visit_amount - rate) <= 1
    nothing = np.zeros(evidence.visits, dtype=np.bool_)
    return Paid(rate, hit[evidence.visit], hit, nothing, nothing, bound[evidence.visit])


def _by_line(evidence: Evidence, terms: Terms) -> Paid:
    cents = for_assistants(evidence, of_lines(evidence, terms), terms.assistants_bp)
    known = cents >= 0
    bound = known & (evidence.charge >= 0) & (evidence.charge < cents)
    if terms.lesser is not False:
        cents = np.where(bound, evidence.charge, cents)
    loose = tolerance(evidence, terms.base)
    line_hit = known & (np.abs(evidence.amount - cents) <= loose)
    unknown = np.bincount(evidence.visit[~known], minlength=evidence.visits) > 0
    total = evidence.per_visit(np.where(known, cents, 0))
    at_cap = total >= (_FAR if terms.cap_cents is None else terms.cap_cents)
    at_floor = ~unknown & (total < (-1 if terms.floor_cents is None else terms.floor_cents))
    total = np.where(at_cap, terms.cap_cents or 0, np.where(at_floor, terms.floor_cents or 0, total))
    limited = at_cap | at_floor
    same_total = np.abs(evidence.visit_amount - total) <= 1
    all_lines = np.bincount(evidence.visit[~line_hit], minlength=evidence.visits) == 0
    # A line that is not here leaves open whether the limit applied: what is here may come out either way.
    of_visit = np.where(evidence.whole, same_total, same_total | all_lines)
    visit_hit = np.where(limited, of_visit, all_lines)
    in_part = line_hit & ~evidence.whole[evidence.visit]
    line_hit = np.where(limited[evidence.visit], same_total[evidence.visit] | in_part, line_hit)
    return Paid(np.where(unknown & ~at_cap, UNKNOWN, total), line_hit, visit_hit, at_cap, at_floor, bound)
