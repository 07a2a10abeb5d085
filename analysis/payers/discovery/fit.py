"""Find the shortest terms for one stretch of a payer's payments: line by line or by the visit, limits included."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.money import BASIS
from analysis.payers.discovery import fit_lines
from analysis.payers.discovery.fit_lines import (
    MEDICARE_BITS,
    MISS_BITS,
    MOST_OTHER_BITS,
    most_common,
    percent_bits,
    votes,
)
from analysis.payers.discovery.terms import Terms, of_lines, pay, tolerance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.payers.discovery.evidence import Evidence, Flags, Ints
    from analysis.payers.discovery.terms import Paid

_AMOUNT_BITS = 13.0
"""What an amount of dollars and cents costs to describe."""
_FIXED_YEAR_BITS, _HALF_BITS = 2.0, 1.0
_COMMON = 0.04
"""The share of visits that have one total before it may be a cap, a floor or a rate."""
_LEAST_COMMON = 4
_BEYOND = 0.2
"""The share of visits that may lie beyond a cap or a floor: odd ones."""
_LEAST_LINES = 10
_LEAST_OTHER = 2
_KEPT = 8
"""How many of the shortest line fits are completed."""
_UNCAPPED_LINES, _UNCAPPED_CODES = 12, 3
"""What terms under a cap are read off at the least."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Terms, what they pay, and what they and the lines they miss cost to describe."""

    terms: Terms
    paid: Paid
    bits: float

    @property
    def hits(self) -> int:
        """Lines that come out to the cent."""
        return int(self.paid.line_hit.sum())


def fit_all(evidence: Evidence, known: Terms | None = None) -> list[Fit]:
    """Return the terms that may explain the amounts, the shortest description first.

    Parameters
    ----------
    known:
        Terms of a neighboring stretch of time: what stays as it is there costs nearly nothing.
    """
    near = known or Terms()
    fits = [*_visit_rates(evidence, near), *_line_terms(evidence, near)]
    nothing = Terms()
    fits.append(Fit(nothing, pay(evidence, nothing), evidence.lines * MISS_BITS))
    return sorted(_distinct(fits), key=lambda fit: fit.bits)


def _distinct(fits: list[Fit]) -> Iterator[Fit]:
    earlier_terms: list[Terms] = []
    for fit in fits:
        if fit.terms not in earlier_terms:
            earlier_terms.append(fit.terms)
            yield fit


def described(evidence: Evidence, terms: Terms, known: Terms) -> Fit:
    """Return a fit with its bits: those of the terms and of the lines they miss."""
    paid = pay(evidence, terms)
    bits = 0.0
    if terms.base is not None:
        same = (terms.base, terms.percent_bp) == (known.base, known.percent_bp)
        bits += 1.0 if same else percent_bits(terms.percent_bp)
        bits += 0.0 if terms.base.kind == "charge" else MEDICARE_BITS
        bits += 0.0 if terms.base.year is None else _FIXED_YEAR_BITS
        bits += _HALF_BITS if terms.base.reduction == "half" else 0.0
    for code, fee in terms.fees.items():
        bits += 1.0 if known.fees.get(code) == fee else _AMOUNT_BITS * (1 if fee.first == fee.further else 2)
    for name in ("visit_cents", "evaluation_cents", "cap_cents", "floor_cents"):
        if (cents := getattr(terms, name)) is not None:
            bits += 1.0 if getattr(known, name) == cents else _AMOUNT_BITS
    for name in ("assistants_bp", "other_bp"):
        if (share := getattr(terms, name)) is not None:
            bits += 1.0 if getattr(known, name) == share else percent_bits(share) + 1
    return Fit(terms, paid, bits + MISS_BITS * float(evidence.lines - paid.line_hit.sum()))


# --------------------------------------------------------------------------------------------------------- by the visit
def _visit_rates(evidence: Evidence, known: Terms) -> Iterator[Fit]:
    totals = evidence.visit_amount
    usual = evidence.whole & (totals > 0) & (totals != evidence.visit_charge)
    if np.count_nonzero(usual) < _LEAST_COMMON:
        usual = totals > 0
    rates = [*most_common(totals[usual & ~evidence.with_evaluation], 2), *most_common(totals[usual], 1)]
    if known.visit_cents is not None:
        rates.append(known.visit_cents)
    for rate in dict.fromkeys(rates):
        terms = Terms(visit_cents=rate)
        evaluations = most_common(totals[usual & evidence.with_evaluation], 2)
        options = [terms, *(replace(terms, evaluation_cents=cents) for cents in evaluations if cents != rate)]
        options += [replace(each, assistants_bp=share) for each in options for share in _of_visits(evidence, rate)]
        yield min((with_lesser(evidence, each, known) for each in options), key=lambda fit: fit.bits)


def _of_visits(evidence: Evidence, rate: int) -> list[int]:
    """Return the percentage that assistants' visits are paid, where it is another."""
    with_one = evidence.with_assistant & evidence.whole & ~evidence.with_evaluation
    totals = evidence.visit_amount[with_one]
    counted = votes(np.full(totals.size, 2 * rate), totals, np.zeros(totals.size, dtype=np.int64))
    return [percent for percent in counted.best(1) if percent < BASIS]


def with_lesser(evidence: Evidence, terms: Terms, known: Terms) -> Fit:
    """Return the terms with or without the charge as a limit, whichever comes out; None where no charge tells."""
    limited = described(evidence, replace(terms, lesser=True), known)
    if not limited.paid.bound.any():
        return replace(limited, terms=replace(terms, lesser=None))
    unlimited = described(evidence, replace(terms, lesser=False), known)
    bound = limited.paid.bound
    if np.array_equal(limited.paid.line_hit[bound], unlimited.paid.line_hit[bound]):
        return replace(limited, terms=replace(terms, lesser=None))
    return min(limited, unlimited, key=lambda fit: fit.bits)


# --------------------------------------------------------------------------------------------------------- line by line
def _line_terms(evidence: Evidence, known: Terms) -> Iterator[Fit]:
    """Yield the terms under no limit, under each cap, and under each floor with the best of these."""
    fits = [
        fit
        for cap in (None, *_limits(evidence, known.cap_cents, upper=True))
        for fit in _under(evidence, known, cap, None)
    ]
    yield from fits
    best = min(fits, key=lambda fit: fit.bits, default=None)
    cap = None if best is None else best.terms.cap_cents
    for floor in _limits(evidence, known.floor_cents, upper=False):
        if cap is None or floor < cap:
            yield from _under(evidence, known, cap, floor)


def _under(evidence: Evidence, known: Terms, cap: int | None, floor: int | None) -> Iterator[Fit]:
    lines = _to_read(evidence, cap, floor)
    for line_fit in fit_lines.fit(evidence, lines, known)[:_KEPT]:
        if not line_fit.terms.named:
            continue
        terms = replace(line_fit.terms, cap_cents=cap, floor_cents=floor)
        if cap is None or _enough_below(evidence, terms, lines):
            yield _complete(evidence, terms, known)


def _limits(evidence: Evidence, known: int | None, *, upper: bool) -> list[int]:
    """Return totals that so many visits have, and so few go beyond, that they may be a cap (a floor)."""
    totals = evidence.visit_amount[evidence.whole & (evidence.visit_amount > 0)]
    limits = [] if known is None else [known]
    for cents, count in fit_lines.commonest(totals, 4):
        beyond = int(np.count_nonzero(totals > cents if upper else totals < cents))
        if count >= max(_LEAST_COMMON, int(_COMMON * totals.size)) and beyond <= _BEYOND * totals.size:
            limits.append(cents)
    return list(dict.fromkeys(limits))[:3]


def _to_read(evidence: Evidence, cap: int | None, floor: int | None) -> Flags:
    """Return the lines that show the terms plainly: no assistant's, none at a limit, none at its charge."""
    lines = np.ones(evidence.lines, dtype=np.bool_)
    for limit in (cap, floor):
        if limit is not None:
            lines &= ((np.abs(evidence.visit_amount - limit) > 1) & evidence.whole)[evidence.visit]
    for unclear in (evidence.assistant, evidence.amount == evidence.charge):
        if int(np.count_nonzero(lines & ~unclear)) >= max(_LEAST_LINES, int(np.count_nonzero(lines)) // 4):
            lines &= ~unclear
    return lines


def _enough_below(evidence: Evidence, terms: Terms, lines: Flags) -> bool:
    """Whether the terms under a cap rest on enough lines of enough codes that the cap left alone."""
    cents = of_lines(evidence, terms)
    hit = lines & (cents >= 0) & (np.abs(cents - evidence.amount) <= tolerance(evidence, terms.base))
    return enough_lines(evidence, hit)


def enough_lines(evidence: Evidence, lines: Flags) -> bool:
    """Whether lines that a cap left alone are enough, and of enough codes, to read terms off."""
    codes = np.unique(evidence.code[lines]).size
    return bool(np.count_nonzero(lines) >= _UNCAPPED_LINES and codes >= min(_UNCAPPED_CODES, len(evidence.codes)))


def _complete(evidence: Evidence, terms: Terms, known: Terms) -> Fit:
    """Return the terms with the assistants' percentage and the limit of the charge that come out best."""
    terms = _with_other(evidence, terms)
    best = with_lesser(evidence, terms, known)
    shares = [] if known.assistants_bp is None else [known.assistants_bp]
    shares += _of_assistants(evidence, terms)
    for share in dict.fromkeys(shares):
        fit = with_lesser(evidence, replace(terms, assistants_bp=share), known)
        if fit.bits < best.bits:
            best = fit
    return with_limits(evidence, best, known)


def with_limits(evidence: Evidence, fit: Fit, known: Terms) -> Fit:
    """Return the fit with the cap or floor that several visits share which the terms miss otherwise."""
    missed = evidence.whole & ~fit.paid.visit_hit & (fit.paid.visits >= 0) & (evidence.visit_amount > 0)
    less, more = fit.paid.visits > evidence.visit_amount, fit.paid.visits < evidence.visit_amount
    options = []
    shared = _shared(evidence.visit_amount[missed & less])
    if fit.terms.cap_cents is None and shared and shared > (fit.terms.floor_cents or 0):
        plain = (np.abs(evidence.visit_amount - shared) > 1)[evidence.visit]
        if _enough_below(evidence, fit.terms, plain):
            below = {code: fee for code, fee in fit.terms.fees.items() if fee.first < shared}  # the others were the cap
            options.append(replace(fit.terms, fees=below, cap_cents=shared))
    cap = fit.terms.cap_cents
    shared = _shared(evidence.visit_amount[missed & more])
    if fit.terms.floor_cents is None and shared and (cap is None or shared < cap):
        options.append(replace(fit.terms, floor_cents=shared))
    return min((fit, *(described(evidence, terms, known) for terms in options)), key=lambda each: each.bits)


def _shared(totals: Ints) -> int | None:
    """Return the total that most visits have, if more than one has it."""
    most = fit_lines.commonest(totals, 1)
    return most[0][0] if most and most[0][1] > 1 else None


def _with_other(evidence: Evidence, terms: Terms) -> Terms:
    """Return the terms with the percentage of the charge that lines without an amount share, if they share one."""
    lacking = (of_lines(evidence, terms) < 0) & (evidence.charge > 0) & (evidence.amount < evidence.charge)
    lacking &= ~evidence.assistant
    if terms.other_bp is not None or np.count_nonzero(lacking) < _LEAST_OTHER:
        return terms
    best = votes(2 * evidence.charge[lacking], evidence.amount[lacking], tolerance(evidence)[lacking]).best(1)
    return replace(terms, other_bp=best[0]) if best and percent_bits(best[0]) <= MOST_OTHER_BITS else terms


def _of_assistants(evidence: Evidence, terms: Terms) -> list[int]:
    """Return the percentage of the amount that an assistant's lines are paid, where it is another."""
    cents = of_lines(evidence, terms)
    free = evidence.assistant & (cents > 0) & (evidence.amount != evidence.charge)
    if terms.cap_cents is not None:
        free &= (np.abs(evidence.visit_amount - terms.cap_cents) > 1)[evidence.visit]
    counted = votes(2 * cents[free], evidence.amount[free], tolerance(evidence)[free])
    return [percent for percent in counted.best(1) if percent < BASIS]
