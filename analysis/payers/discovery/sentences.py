"""What was read off a payer's payments, as sentences with their evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from analysis.money import dollars
from analysis.payers.discovery.naming import BELOW_CAP
from analysis.payers.discovery.texts import basis_of, percent_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.payers.discovery.discover import Discovery
    from analysis.payers.discovery.fit import Fit
    from analysis.payers.discovery.stretches import Stretch
    from analysis.payers.discovery.terms import Fee, Terms

_SHOWN_FEES = 4
_LEAST_AT_CHARGE = 3
"""Lines of a code at their whole charge before that is said."""
LEAST_NAMED = 20
"""Visits below which nothing is said of a payer's terms."""


def in_words(terms: Terms) -> str:
    """Describe terms for people: ``110% of Medicare at 2025 rates, without MPPR, at most $75.00 a visit``."""
    return ", ".join(_parts(terms))


def in_words_after(earlier: Terms | None, terms: Terms) -> str:
    """Describe terms that follow others: only what changed, where that is a few fees."""
    if earlier is None or replace(earlier, fees=terms.fees) != terms or earlier.fees.keys() != terms.fees.keys():
        return in_words(terms)
    changed = [code for code in sorted(terms.fees) if terms.fees[code] != earlier.fees[code]]
    if not changed or len(changed) > _SHOWN_FEES:
        return in_words(terms)
    return "as before, but " + ", ".join(
        f"{code} {_fee(terms.fees[code])} instead of {_fee(earlier.fees[code])}" for code in changed
    )


def _parts(terms: Terms) -> Iterator[str]:
    yield from _basis(terms)
    if terms.other_bp is not None:
        yield f"{percent_text(terms.other_bp)}% of the charge for other codes"
    if terms.assistants_bp is not None:
        yield f"{percent_text(terms.assistants_bp)}% of that for assistants"
    if terms.cap_cents is not None:
        yield f"at most {dollars(terms.cap_cents)} a visit"
    if terms.floor_cents is not None:
        yield f"at least {dollars(terms.floor_cents)} a visit"
    if terms.lesser:
        yield "never more than the charge"


def _basis(terms: Terms) -> Iterator[str]:
    match basis_of(terms):
        case "per_visit":
            yield f"{dollars(terms.visit_cents)} a visit"
            if terms.evaluation_cents is not None:
                yield f"{dollars(terms.evaluation_cents)} with an evaluation"
        case "percent_of_charge":
            yield f"{percent_text(terms.percent_bp)}% of the charge"
        case "fee_per_code":
            yield f"a fee for each code ({_fees(terms)})"
        case _:
            yield from _of_medicare(terms)


def _of_medicare(terms: Terms) -> Iterator[str]:
    year = None if terms.base is None else terms.base.year
    yield f"{percent_text(terms.percent_bp)}% of Medicare{'' if year is None else f' at {year} rates'}"
    reduction = "yes" if terms.base is None else terms.base.reduction
    yield from {"yes": (), "no": ("without MPPR",), "half": ("further units at half the fee",)}[reduction]
    if terms.fees:
        yield f"apart from {_fees(terms)}"


def _fees(terms: Terms) -> str:
    listed = [f"{code} {_fee(fee)}" for code, fee in sorted(terms.fees.items())]
    more = len(listed) - _SHOWN_FEES
    return "; ".join(listed[:_SHOWN_FEES]) + (f"; {more} more" if more > 0 else "")


def _fee(fee: Fee) -> str:
    first = dollars(fee.first)
    return first if fee.first == fee.further else f"{first}, further units {dollars(fee.further)}"


def sentences(discovery: Discovery) -> Iterator[str]:
    """Yield a sentence for each stretch of time, the oldest first."""
    name = discovery.payer or discovery.payer_class
    if not any(discovery.readings(stretch) for stretch in discovery.stretches):
        yield f"{name}: {why_unknown(discovery)}"
        return
    earlier: Terms | None = None
    for stretch in discovery.stretches:
        readings = discovery.readings(stretch)
        when = _since(stretch)
        if not readings:
            yield f"{name}, {when}: no terms explain its {stretch.evidence.visits:,} visits"
            continue
        best, *others = readings
        words = in_words_after(earlier, best.terms)
        yield f"{name}: {words}, {_evidence(stretch, best)} {when}" + _left(stretch, best)
        yield from (f"{name}: {what}" for what in _open_questions(earlier, stretch, best))
        for other in others:
            yield f"{name}, {when}: {in_words(other.terms)} fits just as well ({_evidence(stretch, other)})"
        earlier = best.terms


def why_unknown(discovery: Discovery) -> str:
    """Say why a payer's terms are not named."""
    if discovery.visits < LEAST_NAMED:
        noun = "visit" if discovery.visits == 1 else "visits"
        return f"{discovery.visits} answered {noun}; reading its terms takes at least {LEAST_NAMED}"
    if discovery.two_plans:
        return "its payments follow two sets of terms; if the name stands for two plans, give each its own name"
    return f"no terms explain its {discovery.visits:,} visits"


def _since(stretch: Stretch) -> str:
    if stretch.since is None:
        return f"since {date.fromordinal(int(stretch.evidence.day.min())):%b %Y}"
    day = date.fromordinal(stretch.since)
    return f"since {day:%b} {day.day}, {day.year}"


def _evidence(stretch: Stretch, fit: Fit) -> str:
    return f"{int(fit.paid.visit_hit.sum()):,} of {stretch.evidence.visits:,} visits to the cent"


def _left(stretch: Stretch, fit: Fit) -> str:
    """Say what is with the visits that do not come out."""
    missed = ~fit.paid.visit_hit
    count = int(np.count_nonzero(missed))
    partial = int(np.count_nonzero(missed & ~stretch.evidence.whole))
    if not count:
        return ""
    if partial == count:
        return f"; the other {count:,} {_have(count)} denied or open lines"
    if not partial:
        return f"; the other {count:,} {_are(count)} unexplained"
    rest = count - partial
    denied = f"{partial:,} {_have(partial)} denied or open lines"
    return f"; of the other {count:,}, {denied}, {rest:,} {_are(rest)} unexplained"


def _open_questions(earlier: Terms | None, stretch: Stretch, fit: Fit) -> Iterator[str]:
    """Yield what the payments leave open: a rate or a cap, a change or underpayment, a fee above the charge."""
    terms, evidence = fit.terms, stretch.evidence
    missed = evidence.whole & ~fit.paid.visit_hit & (evidence.visit_amount > 0)
    if terms.visit_cents is not None and missed.any():
        below = missed & (evidence.visit_amount < fit.paid.visits)
        if np.count_nonzero(below) >= BELOW_CAP * evidence.visits and np.array_equal(below, missed):
            yield (
                f"{dollars(terms.visit_cents)} may also be a cap on something higher; "
                f"{np.count_nonzero(below):,} visits lie below it, none above"
            )
    fell = [
        code
        for code, fee in sorted(terms.fees.items())
        if earlier is not None and code in earlier.fees and fee.first < earlier.fees[code].first
    ]
    if fell and len(fell) <= _SHOWN_FEES:
        yield f"if its contract did not change, it pays {', '.join(fell)} too little; only the contract tells"
    for code, cents in _at_charge(stretch, terms):
        least = f"so its fee is at least {dollars(cents)}"
        yield f"{code} is allowed at your whole charge, {least}; a higher charge would show it"


def _at_charge(stretch: Stretch, terms: Terms) -> Iterator[tuple[str, int]]:
    """Yield codes of which every line is allowed at its charge, with the highest charge of one unit."""
    evidence = stretch.evidence
    if terms.visit_cents is not None or (terms.base is not None and terms.base.kind == "charge"):
        return
    paid = evidence.amount > 0
    whole = paid & (evidence.amount == evidence.charge)
    size = len(evidence.codes)
    at_charge, lines = (np.bincount(evidence.code[rows], minlength=size) for rows in (whole, paid))
    for position, code in enumerate(evidence.codes):
        if lines[position] >= _LEAST_AT_CHARGE and at_charge[position] == lines[position]:
            rows = whole & (evidence.code == position)
            yield code, int((evidence.charge[rows] // evidence.units[rows]).max())


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
