"""Put right a fit's fees and limits one at a time, each where that makes the whole description shorter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.money import BASIS, half_up
from analysis.payers.discovery.fit import described, enough_lines, with_limits
from analysis.payers.discovery.fit_lines import MOST_OTHER_BITS, most_common, percent_bits, votes
from analysis.payers.discovery.terms import Fee, Terms, of_lines, tolerance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.payers.discovery.evidence import Evidence, Flags, Ints
    from analysis.payers.discovery.fit import Fit

_ROUNDS = 3
_LEAST_MISSED = 2
"""A line that does not come out costs less than any amount: one alone puts nothing right."""
_RARE = 3
"""Lines of a code that may not earn it a fee: a percentage of the charge is looked for among these."""
PAIR = 2
_FIRSTS, _FURTHERS = 3, 2
"""How many of a code's most common amounts are tried as its fee, and as what a further unit costs."""


def refined(evidence: Evidence, fit: Fit, known: Terms) -> Fit:
    """Return the fit with each code's fee as it describes all lines most shortly, given the rest of the terms.

    The first reading takes fees off lines that no limit has changed. Once limits and the assistants' percentage are
    known, lines of assistants and of visits at the cap show fees too; but terms under a cap still have to rest on
    enough lines that it left alone.
    """
    missed = evidence.lines - fit.hits
    if fit.terms.visit_cents is not None or not fit.terms.named or missed < _LEAST_MISSED:
        return fit
    better = fit
    for _ in range(_ROUNDS):
        before = better.bits
        missing = np.bincount(evidence.code[~better.paid.line_hit], minlength=len(evidence.codes))
        for position in np.flatnonzero(missing >= _LEAST_MISSED):
            better = _with_best_fee(evidence, better, int(position), known)
        better = with_limits(evidence, _with_other(evidence, better, known), known)
        if better.bits == before:
            break
    free = better.paid.line_hit & ~better.paid.at_cap[evidence.visit]
    rests = better.terms.cap_cents is None or enough_lines(evidence, free)
    return better if rests else fit


def _with_other(evidence: Evidence, fit: Fit, known: Terms) -> Fit:
    """Return the fit with one percentage of the charge in place of the fees it gives as well, if that is shorter."""
    terms = fit.terms
    if terms.base is not None and terms.base.kind == "charge":
        return fit
    shares = [share for share in (known.other_bp,) if share is not None]
    rows = (evidence.charge > 0) & (evidence.amount > 0) & ~evidence.assistant
    rows &= np.bincount(evidence.code[rows], minlength=len(evidence.codes))[evidence.code] <= _RARE
    shares += votes(2 * evidence.charge[rows], evidence.amount[rows], tolerance(evidence)[rows]).best(1)
    for share in dict.fromkeys(shares):
        if percent_bits(share) > MOST_OTHER_BITS:
            continue
        by_charge = np.abs(half_up(evidence.charge * share, BASIS) - evidence.amount) <= 1
        size = len(evidence.codes)
        as_well = np.bincount(evidence.code[by_charge], minlength=size) >= np.bincount(
            evidence.code[fit.paid.line_hit], minlength=size
        )
        kept = {
            code: fee for at, code in enumerate(evidence.codes) if (fee := terms.fees.get(code)) and not as_well[at]
        }
        other = described(evidence, replace(terms, fees=dict(sorted(kept.items())), other_bp=share), known)
        if other.terms.named and other.bits < fit.bits:
            fit = other
    return fit


def _with_best_fee(evidence: Evidence, fit: Fit, position: int, known: Terms) -> Fit:
    """Return the fit with the fee of one code, or none, that makes the description shortest."""
    code = evidence.codes[position]
    with_code = np.bincount(evidence.visit[evidence.code == position], minlength=evidence.visits) > 0
    here = evidence.of_visits(with_code)
    best_terms, best_bits = fit.terms, described(here, fit.terms, known).bits
    for fee in dict.fromkeys(_fees(here, fit.terms, position, known)):
        fees = {each: at for each, at in fit.terms.fees.items() if each != code}
        if fee is not None:
            fees[code] = fee
        terms = replace(fit.terms, fees=dict(sorted(fees.items())))
        if terms.named and (bits := described(here, terms, known).bits) < best_bits:
            best_terms, best_bits = terms, bits
    return fit if best_terms == fit.terms else described(evidence, best_terms, known)


def _fees(evidence: Evidence, terms: Terms, position: int, known: Terms) -> Iterator[Fee | None]:
    """Yield fees of a code worth a try: none, its neighbor's, and those its lines show."""
    code = evidence.codes[position]
    if terms.base is not None or terms.other_bp is not None:
        yield None
    if code in known.fees:
        yield known.fees[code]
    rows = (evidence.code == position) & (evidence.amount > 0)
    amount, units = before_assistants(evidence, terms, rows), evidence.units[rows]
    firsts = most_common(amount[units == 1], _FIRSTS)
    if code in terms.fees:
        firsts.append(terms.fees[code].first)
    each, rest = np.divmod(amount, units)
    for first in dict.fromkeys([*firsts, *most_common(each[(rest == 0) & (units > 1)], _FURTHERS)]):
        yield Fee(first, first)
    several = units > 1
    if not firsts:
        yield from _of_pairs(terms, code, amount[several], units[several])
    for first in dict.fromkeys(firsts):
        further, rest = np.divmod(amount[several] - first, units[several] - 1)
        for cents in most_common(further[(rest == 0) & (further > 0) & (further < first)], _FURTHERS):
            yield Fee(first, cents)
    if terms.cap_cents is not None:  # the last resort: of fees that do as well the first stays
        yield from _up_to_the_cap(evidence, terms, position, terms.cap_cents)


def _up_to_the_cap(evidence: Evidence, terms: Terms, position: int, cap: int) -> Iterator[Fee]:
    """Yield what a unit costs at the least for visits at the cap to reach it, if the code stands in no others."""
    cents, ours = of_lines(evidence, terms), evidence.code == position
    at_cap = np.abs(evidence.visit_amount - cap) <= 1
    if (ours & ~at_cap[evidence.visit] & (evidence.amount > 0)).sum() > 1:
        return
    rest = evidence.per_visit(np.where(ours, 0, np.maximum(cents, 0)))
    units = evidence.per_visit(np.where(ours, evidence.units, 0))
    capped = at_cap & (units > 0) & (rest < cap)
    lacking = -((rest[capped] - cap) // units[capped])
    for each in (*most_common(lacking, 1), *([int(lacking.max())] if lacking.size else [])):
        yield Fee(each, each)


def _of_pairs(terms: Terms, code: str, amount: Ints, units: Ints) -> Iterator[Fee]:
    """Yield the fee of a code that is billed in several units only: split as the table splits other codes' fees.

    How such a line's amount is split no line tells; any split pays what is billed.
    """
    ratio = usual_ratio(terms, code)
    for together in most_common(amount[units == PAIR], _FURTHERS):
        further = round(together * ratio / (1 + ratio))
        yield Fee(together - further, further)


def usual_ratio(terms: Terms, code: str) -> float:
    """Return what further units cost against the first where other codes' cost less; 1 if they usually do not."""
    less = [fee.further / fee.first for each, fee in terms.fees.items() if each != code and fee.further != fee.first]
    return float(np.median(less)) if less else 1.0


def before_assistants(evidence: Evidence, terms: Terms, rows: Flags) -> Ints:
    """Return the amounts of lines as they were before the assistants' percentage."""
    amount = evidence.amount[rows]
    if terms.assistants_bp is None:
        return amount
    return np.where(evidence.assistant[rows], half_up(amount * BASIS, terms.assistants_bp), amount)
