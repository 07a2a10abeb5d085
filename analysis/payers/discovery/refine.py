"""Put right a fit's fees and limits one at a time, each where that makes the whole description shorter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.money import BASIS, half_up
from analysis.payers.discovery.fit import described
from analysis.payers.discovery.fit_lines import most_common
from analysis.payers.discovery.terms import Fee, Terms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.payers.discovery.evidence import Evidence, Flags, Ints
    from analysis.payers.discovery.fit import Fit

_ROUNDS = 3
_FIRSTS, _FURTHERS = 3, 2
"""How many of a code's most common amounts are tried as its fee, and as what a further unit costs."""


def refined(evidence: Evidence, fit: Fit, known: Terms) -> Fit:
    """Return the fit with each code's fee as it describes all lines most shortly, given the rest of the terms.

    The first reading takes fees off lines that no limit has changed. Once limits and the assistants' percentage are
    known, lines of assistants and of visits at the cap show fees too.
    """
    if fit.terms.visit_cents is not None or not fit.terms.named:
        return fit
    for _ in range(_ROUNDS):
        before = fit.bits
        for position in np.unique(evidence.code[~fit.paid.line_hit]):
            fit = _with_best_fee(evidence, fit, int(position), known)
        if fit.bits == before:
            return fit
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
    amount, units = _before_assistants(evidence, terms, rows), evidence.units[rows]
    firsts = most_common(amount[units == 1], _FIRSTS)
    if code in terms.fees:
        firsts.append(terms.fees[code].first)
    each, rest = np.divmod(amount, units)
    for first in dict.fromkeys([*firsts, *most_common(each[(rest == 0) & (units > 1)], _FURTHERS)]):
        yield Fee(first, first)
    several = units > 1
    for first in dict.fromkeys(firsts):
        further, rest = np.divmod(amount[several] - first, units[several] - 1)
        for cents in most_common(further[(rest == 0) & (further > 0) & (further < first)], _FURTHERS):
            yield Fee(first, cents)


def _before_assistants(evidence: Evidence, terms: Terms, rows: Flags) -> Ints:
    """Return the amounts of lines as they were before the assistants' percentage."""
    amount = evidence.amount[rows]
    if terms.assistants_bp is None:
        return amount
    return np.where(evidence.assistant[rows], half_up(amount * BASIS, terms.assistants_bp), amount)
