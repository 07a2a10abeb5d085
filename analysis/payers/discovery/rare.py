"""Read the fees of rare codes, once the terms are known: what one or two lines show when nothing else explains them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.money import BASIS, half_up
from analysis.payers.discovery.fit import described
from analysis.payers.discovery.fit_lines import most_common, votes
from analysis.payers.discovery.terms import Fee, Terms, of_lines

if TYPE_CHECKING:
    from analysis.payers.discovery.evidence import Evidence, Flags
    from analysis.payers.discovery.fit import Fit

_NEAR = 0.06
"""How far, as a part of the fee, a further unit may lie from what further units cost for other codes."""
_CARVED, _FEW_ODD = 2, 0.9
"""Lines that show a fee apart from a percentage; or one of an evaluation, where so many lines come out."""
_ROUND = 500
"""Basis points: what a percentage read off a line or two has to be a multiple of."""


def with_rare_fees(evidence: Evidence, fit: Fit) -> Fit:
    """Return the terms with the fees of codes too rare to have earned one, read off their plain lines.

    Such a fee explains nothing but its own lines, so it never decides which terms are named; it keeps a code from going
    without an amount. Rates by the visit stay as they are.
    """
    terms = _with_other(evidence, fit.terms)
    if terms.visit_cents is None and (terms.fees or terms.base is not None):
        so_far = fit if terms == fit.terms else described(evidence, terms, Terms())
        terms = _with_fees(evidence, so_far, terms)
    if terms == fit.terms:
        return fit
    better = described(evidence, terms, Terms())
    return replace(better, bits=fit.bits) if better.hits > fit.hits else fit


def _with_other(evidence: Evidence, terms: Terms) -> Terms:
    """Return the terms with a round percentage of the charge for codes that have no amount, if one gives them."""
    if terms.other_bp is not None or terms.base is None or terms.base.kind == "charge":
        return terms
    cents = of_lines(evidence, terms)
    lacking = (cents < 0) & (evidence.charge > 0) & (evidence.amount > 0) & (evidence.amount < evidence.charge)
    less = BASIS if terms.assistants_bp is None else terms.assistants_bp
    charge = np.where(evidence.assistant, half_up(evidence.charge * less, BASIS), evidence.charge)[lacking]
    best = votes(2 * charge, evidence.amount[lacking], np.ones(charge.size, dtype=np.int64)).best(1)
    return replace(terms, other_bp=best[0]) if best and best[0] % _ROUND == 0 else terms


def _with_fees(evidence: Evidence, fit: Fit, terms: Terms) -> Terms:
    limited = fit.paid.at_cap | fit.paid.at_floor
    if terms.cap_cents is not None or terms.floor_cents is not None:
        limited = limited | ~evidence.whole  # a limit on lines that are not all here shows other amounts
    missed = ~fit.paid.line_hit & ~limited[evidence.visit]
    plain = missed & ~evidence.assistant & (evidence.amount > 0) & (evidence.amount != evidence.charge)
    # A line shows its fee where the rest of its visit comes out.
    plain &= (np.bincount(evidence.visit[~fit.paid.line_hit], minlength=evidence.visits) == 1)[evidence.visit]
    ratio = _usual_ratio(evidence, fit, terms)
    few_are_odd = fit.hits >= _FEW_ODD * evidence.lines
    fees = dict(terms.fees)
    for position, code in enumerate(evidence.codes):
        of_code = evidence.code == position
        rows = of_code & plain
        if not rows.any():
            continue
        fee = fees.get(code)
        if fee is None and not (fit.paid.line_hit & of_code).any():
            fee = _first(evidence, rows, ratio)
            likely = few_are_odd and (evidence.evaluation & rows).any()
            if terms.base is not None and not likely and np.count_nonzero(rows) < _CARVED:
                continue  # an odd line is likelier than a code apart from the percentage; evaluations often are
        if fee is not None:
            fees[code] = _with_further(evidence, rows, fee, ratio)
    return replace(terms, fees=dict(sorted(fees.items())))


def _usual_ratio(evidence: Evidence, fit: Fit, terms: Terms) -> float | None:
    """Return what further units cost against the first in this fee table; None if they usually cost the same."""
    several = evidence.units > 1
    ratios = []
    for position, code in enumerate(evidence.codes):
        if code in terms.fees and (several & (evidence.code == position) & fit.paid.line_hit).any():
            ratios.append(terms.fees[code].further / terms.fees[code].first)
    usual = float(np.median(ratios)) if ratios else 1.0
    return usual if usual < 1 else None


def _first(evidence: Evidence, rows: Flags, ratio: float | None) -> Fee | None:
    """Return the fee a code's lines show: all of them, or most where there are several.

    Lines of several units alone do not show it where further units cost less.
    """
    each, rest = np.divmod(evidence.amount[rows], evidence.units[rows])
    single = evidence.units[rows] == 1
    shown = each[single] if single.any() else each[rest == 0]
    if not shown.size or (ratio is not None and not single.any()):
        return None
    fee = most_common(shown, 1)[0]
    agreeing = int(np.count_nonzero(shown == fee))
    return Fee(fee, fee) if agreeing == shown.size or agreeing > 1 else None


def _with_further(evidence: Evidence, rows: Flags, fee: Fee, ratio: float | None) -> Fee:
    """Return the fee with what further units show, if that is near what they cost for the other codes."""
    several = rows & (evidence.units > 1)
    if ratio is None or fee.further != fee.first or not several.any():
        return fee
    further, rest = np.divmod(evidence.amount[several] - fee.first, evidence.units[several] - 1)
    near = further[(rest == 0) & (np.abs(further - ratio * fee.first) <= _NEAR * fee.first)]
    return Fee(fee.first, most_common(near, 1)[0]) if near.size else fee
