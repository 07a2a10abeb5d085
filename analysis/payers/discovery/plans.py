"""Tell whether a payer's name stands for two plans: payments that follow two sets of terms at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.payers.discovery.fit import fit_all
from analysis.payers.discovery.refine import refined
from analysis.payers.discovery.stretches import BREAK_BITS, LEAST_VISITS, MOST_SEARCHED
from analysis.payers.discovery.terms import Terms, pay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.payers.discovery.evidence import Evidence, Flags, Ints
    from analysis.payers.discovery.fit import Fit
    from analysis.payers.discovery.stretches import Stretch

_EXPLAINED = 0.9
"""The share of lines that one set of terms has to give, in one stretch of time, for no second to be looked for."""
_SECOND_VISITS, _SECOND_PART, _SECOND_SHARE = 12, 0.15, 0.7
"""How many visits, which part of all, and what share of their lines second terms have to explain to be a plan."""
_ROUNDS = 2
"""How often visits are given to the terms that explain them better, and the terms read off them anew."""
_BEYOND = 0.9
"""The part of a rate's visits that other terms pay more (less) for, if the rate is their cap (floor)."""


def two_plans(evidence: Evidence, parts: Sequence[Stretch]) -> bool:
    """Whether two plans at the same time describe the visits more shortly than terms that change on days.

    Which of the two a visit is of has to be told for each visit; a change costs its day.
    """
    whole = len(parts) == 1 and parts[0].best.hits >= _EXPLAINED * evidence.lines
    if whole or evidence.visits < LEAST_VISITS:
        return False
    apart = sum(part.best.bits for part in parts) + BREAK_BITS * (len(parts) - 1)
    searched = evidence.of_visits(np.arange(evidence.visits) % -(-evidence.visits // MOST_SEARCHED) == 0)
    found = _parted(searched)
    if found is None:
        return False
    first, second, of_second = found
    ours, theirs = searched.of_visits(~of_second), searched.of_visits(of_second)
    clear = (
        np.count_nonzero(second.paid.visit_hit) >= _least(searched)
        and second.hits >= _SECOND_SHARE * theirs.lines
        and not mostly_same(first.terms, second.terms)
        and not _limits(ours, first.terms, second.terms)
        and not _limits(theirs, second.terms, first.terms)
    )
    part = theirs.visits / searched.visits
    which = -searched.visits * (part * np.log2(part) + (1 - part) * np.log2(1 - part))
    return bool(clear and first.bits + second.bits + which < apart * searched.visits / evidence.visits)


def _parted(evidence: Evidence) -> tuple[Fit, Fit, Flags] | None:
    """Return two sets of terms and the visits that are of the second; None if one set leaves too few visits.

    The second is read off the visits that the first misses; then each takes the visits it explains better.
    """
    first = _shortest(evidence)
    of_second = ~first.paid.visit_hit & evidence.whole
    for _ in range(_ROUNDS):
        if not first.terms.named or np.count_nonzero(of_second) < _least(evidence):
            return None
        second = _shortest(evidence.of_visits(of_second))
        of_second = _misses(evidence, second.terms) < _misses(evidence, first.terms)
        if not of_second.any() or of_second.all():
            return None
        first = _shortest(evidence.of_visits(~of_second))
    second = _shortest(evidence.of_visits(of_second))
    return first, second, of_second


def _least(evidence: Evidence) -> float:
    return max(_SECOND_VISITS, _SECOND_PART * evidence.visits)


def _shortest(evidence: Evidence) -> Fit:
    return refined(evidence, fit_all(evidence)[0], Terms())


def _misses(evidence: Evidence, terms: Terms) -> Ints:
    """Return how many of each visit's lines terms miss."""
    return np.bincount(evidence.visit[~pay(evidence, terms).line_hit], minlength=evidence.visits)


def _limits(evidence: Evidence, rate: Terms, other: Terms) -> bool:
    """Whether terms are a rate per visit that is rather the cap, or the floor, of the other terms."""
    if rate.visit_cents is None or other.visit_cents is not None:
        return False
    paid = pay(evidence, other).visits
    known = paid >= 0
    least = _BEYOND * np.count_nonzero(known)
    above, below = (np.count_nonzero(known & side) for side in (paid > rate.visit_cents, paid < rate.visit_cents))
    return bool(known.any() and max(above, below) >= least)


def mostly_same(first: Terms, second: Terms) -> bool:
    """Whether two sets of terms share their percentage, their rate or most of the fees that both have."""
    if first.base is not None and (first.base, first.percent_bp) == (second.base, second.percent_bp):
        return True
    if first.visit_cents is not None and first.visit_cents == second.visit_cents:
        return True
    both = first.fees.keys() & second.fees.keys()
    return sum(first.fees[code] == second.fees[code] for code in both) > len(both) // 2
