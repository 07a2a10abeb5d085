"""Read the fees of rare codes, once the terms are known: what one or two lines show when nothing else explains them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.money import BASIS, half_up
from analysis.payers.discovery.fit import described, enough_lines, with_lesser
from analysis.payers.discovery.fit_lines import most_common, votes
from analysis.payers.discovery.plans import mostly_same
from analysis.payers.discovery.refine import PAIR, before_assistants
from analysis.payers.discovery.terms import Fee, Terms, of_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.payers.discovery.evidence import Evidence, Flags, Ints
    from analysis.payers.discovery.fit import Fit
    from analysis.payers.discovery.stretches import Stretch

_NEAR = 0.03
"""How far, as a part of the fee, a further unit may lie from what further units cost for other codes."""
_CARVED, _FEW_ODD = 2, 0.9
"""Lines that show a fee apart from a percentage; or one of an evaluation, where so many lines come out."""
_MORE_VISITS = 3
"""By how many visits more have to come out under a limit."""
_ROUND = 500
"""Basis points: what a percentage read off a line or two has to be a multiple of."""


def with_rare_fees(parts: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """Return the stretches, their terms with the fees of codes too rare to have earned one.

    A code's fee that one stretch shows holds in the next one as well where most of the table stayed as it was.
    """
    own = [replace(part, fits=tuple(_with_own(part.evidence, fit) for fit in part.fits)) for part in parts]
    own = [replace(part, fits=tuple(_with_limits(part.evidence, fit) for fit in part.fits)) for part in own]
    return tuple(
        replace(part, fits=tuple(_with_others(part, fit, [*own[:at][::-1], *own[at + 1 :]]) for fit in part.fits))
        for at, part in enumerate(own)
    )


def _with_others(part: Stretch, fit: Fit, others: Sequence[Stretch]) -> Fit:
    """Return the fit with fees that other stretches under much the same terms show, and without those they deny."""
    for other in others:
        cap, floor = other.best.terms.cap_cents, other.best.terms.floor_cents
        unlimited = (fit.terms.cap_cents, fit.terms.floor_cents) == (None, None)
        if unlimited and (cap, floor) != (None, None) and fit.terms.named and _same(other, fit):
            fit = _limited(part.evidence, fit, replace(fit.terms, cap_cents=cap, floor_cents=floor), 0)
    terms = fit.terms
    fees = dict(terms.fees)
    lines = _lines_of_fees(part.evidence, fit)
    for other in others:
        if not terms.fees or not _same(other, fit):
            continue
        theirs = _lines_of_fees(other.evidence, other.best)
        for code, fee in other.best.terms.fees.items():
            single, several = theirs.get(code, (0, 0))
            mine = lines.get(code, (0, 0))
            if (code not in fees and single + several) or (
                code in fees and fees[code].first == fee.first and not mine[1] and several
            ):
                fees[code] = fee
            elif code in fees and fees[code] != fee and sum(mine) <= 1 < single + several:
                fees[code] = fee  # one line against several: it is likelier odd than a change of terms
            elif code in fees and fees[code].first != fee.first and sum(mine) <= 1 == single + several:
                del fees[code]  # one line against one: nobody knows
    if not terms.named:
        return fit
    # Fees that came later may be the ones that a charge tests.
    better = with_lesser(part.evidence, replace(terms, fees=dict(sorted(fees.items()))), Terms())
    return replace(better, bits=fit.bits)


def _with_limits(evidence: Evidence, fit: Fit) -> Fit:
    """Return the fit under the cap and floor that visits share whose total the terms miss, if more visits come out.

    What counts is whole visits. Line by line a limit looks dear: an odd line takes the total of its visit with it.
    """
    if fit.terms.visit_cents is not None or not fit.terms.named:
        return fit
    missed = evidence.whole & ~fit.paid.visit_hit & (fit.paid.visits >= 0) & (evidence.visit_amount > 0)
    less = fit.paid.visits > evidence.visit_amount
    for upper in (True, False):
        if (fit.terms.cap_cents if upper else fit.terms.floor_cents) is not None:
            continue
        for cents in most_common(evidence.visit_amount[missed & (less == upper)], 1):
            limit = replace(fit.terms, cap_cents=cents) if upper else replace(fit.terms, floor_cents=cents)
            fit = _limited(evidence, fit, limit, _MORE_VISITS)
    return fit


def _limited(evidence: Evidence, fit: Fit, terms: Terms, least: int) -> Fit:
    """Return the fit with limits if so many visits more come out, and enough lines are left alone by a new cap."""
    cap, floor = terms.cap_cents, terms.floor_cents
    if cap is not None and floor is not None and floor >= cap:
        return fit
    limited = described(evidence, terms, Terms())
    more = np.count_nonzero(limited.paid.visit_hit) - np.count_nonzero(fit.paid.visit_hit)
    free = limited.paid.line_hit & ~limited.paid.at_cap[evidence.visit]
    rests = cap is None or not least or enough_lines(evidence, free)
    return replace(limited, bits=fit.bits) if more >= least and rests else fit


def _same(other: Stretch, fit: Fit) -> bool:
    return other.best.terms.base == fit.terms.base and mostly_same(other.best.terms, fit.terms)


def _lines_of_fees(evidence: Evidence, fit: Fit) -> dict[str, tuple[int, int]]:
    """Return, by code, how many lines of one unit and of several show its fee: those that no limit has changed."""
    free = ~(fit.paid.at_cap | fit.paid.at_floor)[evidence.visit] & fit.paid.line_hit
    counts = np.bincount(2 * evidence.code[free] + (evidence.units[free] > 1), minlength=2 * len(evidence.codes))
    return {code: (int(counts[2 * at]), int(counts[2 * at + 1])) for at, code in enumerate(evidence.codes)}


def _with_own(evidence: Evidence, fit: Fit) -> Fit:
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
    if terms.floor_cents is not None:
        limited = limited | ~evidence.whole  # a floor on lines that are not all here shows other amounts
    if terms.cap_cents is not None:
        limited = limited | (np.abs(evidence.visit_amount - terms.cap_cents) <= 1)
    missed = ~fit.paid.line_hit & ~limited[evidence.visit]
    plain = missed & (evidence.amount > 0) & (evidence.amount != evidence.charge)
    if terms.assistants_bp is None and not (fit.paid.line_hit & evidence.assistant).any():
        plain &= ~evidence.assistant  # nothing tells what an assistant's lines are paid
    # A line shows its fee where the rest of its visit comes out; a line at zero may be one not answered yet.
    odd = ~fit.paid.line_hit & (evidence.amount > 0)
    plain &= (np.bincount(evidence.visit[odd], minlength=evidence.visits) == 1)[evidence.visit]
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
            fee = _first(before_assistants(evidence, terms, rows), evidence.units[rows], ratio)
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


def _first(amount: Ints, units: Ints, ratio: float | None) -> Fee | None:
    """Return the fee a code's lines show: all of them, or most where there are several.

    Where further units cost less, several lines of two units that agree are split as other codes' fees are: no line
    tells how, and any split pays what is billed.
    """
    each, rest = np.divmod(amount, units)
    single, pairs = units == 1, units == PAIR
    split = ratio is not None and not single.any()
    shown = each[single] if single.any() else amount[pairs] if split else each[rest == 0]
    if not shown.size:
        return None
    cents = most_common(shown, 1)[0]
    agreeing = int(np.count_nonzero(shown == cents))
    if agreeing == 1 and (split or shown.size > 1):
        return None
    further = round(cents * ratio / (1 + ratio)) if split and ratio is not None else None
    return Fee(cents, cents) if further is None else Fee(cents - further, further)


def _with_further(evidence: Evidence, rows: Flags, fee: Fee, ratio: float | None) -> Fee:
    """Return the fee with what further units show, if that is near what they cost for the other codes."""
    several = rows & (evidence.units > 1)
    if ratio is None or fee.further != fee.first or not several.any():
        return fee
    several &= ~evidence.assistant
    further, rest = np.divmod(evidence.amount[several] - fee.first, evidence.units[several] - 1)
    near = further[(rest == 0) & (np.abs(further - ratio * fee.first) <= _NEAR * fee.first)]
    return Fee(fee.first, most_common(near, 1)[0]) if near.size else fee
