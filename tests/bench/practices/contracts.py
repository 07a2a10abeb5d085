"""Contracts drawn at random: every kind of terms RevMix can name, alone and combined, and how they change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.bench.practices.terms import EVALUATIONS, THOUSANDTHS, Terms, pays, share

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    from tests.bench.practices.terms import Fee, Visit

KINDS = {"percent_of_medicare": 36, "fee_per_code": 28, "per_visit": 18, "percent_of_charge": 18}
"""Basis -> how often."""
_COMMON = ("97110", "97112", "97140", "97530", "97116", "97535")
_STEPS = (25, 50, 100, 100, 1)


def _rounded(draw: random.Random, cents: float) -> int:
    step = draw.choice(_STEPS)
    return max(step, round(cents / step) * step)


def _fees(draw: random.Random, charges: Mapping[str, int], codes: Sequence[str]) -> Terms:
    """Draw a fee table of all codes or of the common ones; further units sometimes at less."""
    level = draw.uniform(0.36, 0.62)
    listed = codes if draw.random() < 0.6 else [code for code in codes if code in _COMMON or code in EVALUATIONS]
    further = draw.choice((1, 1, 1, 0.8, 0.75, 0.6))
    fees = {}
    for code in listed or codes:
        first = _rounded(draw, charges[code] * level * draw.uniform(0.85, 1.2))
        fees[code] = (first, first if further == 1 or code in EVALUATIONS else _rounded(draw, first * further))
    other = draw.choice((35, 40, 45, 50, 60)) * 1000 if draw.random() < 0.6 else None
    return Terms("fee_per_code", fees=fees, other=other)


def _of_medicare(draw: random.Random, codes: Sequence[str], charges: Mapping[str, int]) -> Terms:
    percent = draw.choice((85, 90, 95, 100, 100, 105, 110, 115, 120, 125, 130, 140, 150, 160, 180)) * 1000
    if draw.random() < 0.15:
        percent = draw.randrange(85_000, 180_000, 500)
    year = draw.randint(2020, 2026) if draw.random() < 0.35 else None
    terms = Terms("percent_of_medicare", percent, draw.choices(("yes", "no", "half"), (55, 30, 15))[0], year)
    evaluations = [code for code in codes if code in EVALUATIONS]
    if evaluations and draw.random() < 0.2:
        fee = _rounded(draw, charges[evaluations[0]] * draw.uniform(0.45, 0.65))
        terms = replace(terms, carve=dict.fromkeys(evaluations, fee))
    return terms if draw.random() < 0.6 else replace(terms, other=draw.choice((30, 40, 50)) * 1000)


def _basis(draw: random.Random, basis: str, charges: Mapping[str, int], codes: Sequence[str]) -> Terms:
    if basis == "percent_of_medicare":
        return _of_medicare(draw, codes, charges)
    if basis == "fee_per_code":
        return _fees(draw, charges, codes)
    if basis == "percent_of_charge":
        return Terms(basis, draw.choice((45, 50, 55, 58, 60, 65, 70, 75, 76, 80, 85, 92)) * 1000)
    visit = _rounded(draw, draw.uniform(62_00, 125_00))
    evaluation = _rounded(draw, visit * draw.uniform(1.2, 1.7)) if draw.random() < 0.35 else None
    return Terms(basis, visit=visit, evaluation=evaluation)


def draw_terms(
    draw: random.Random, basis: str, charges: Mapping[str, int], visits: Sequence[Visit], fees: Sequence[Fee]
) -> Terms:
    """Draw terms of a basis for a payer's visits, with caps and floors where they bind."""
    codes = sorted({line.code for visit in visits for line in visit.lines})
    terms = _basis(draw, basis, charges, codes)
    if basis != "percent_of_charge" and draw.random() < 0.35:
        terms = replace(terms, lesser=True)
    if basis == "per_visit":
        return terms
    if draw.random() < 0.25:
        terms = replace(terms, assistants=85_000)
    totals = sorted(pays(terms, visit, fees) for visit in visits)
    if draw.random() < 0.2:
        cap = round(totals[int(draw.uniform(0.3, 0.95) * len(totals))] / 500) * 500
        terms = replace(terms, cap=max(cap, 50_00))
    if draw.random() < 0.08:
        floor = totals[int(draw.uniform(0.05, 0.25) * len(totals))] // 500 * 500
        terms = replace(terms, floor=floor) if 0 < floor < (terms.cap or floor + 1) else terms
    return terms


def _all_up(draw: random.Random, terms: Terms) -> Terms:
    """Raise every fee, rate and percentage by 2 to 5 %."""
    by = THOUSANDTHS + draw.choice((2000, 2500, 3000, 4000, 5000))
    return replace(
        terms,
        percent=share(terms.percent, by) // 100 * 100,
        visit=share(terms.visit, by),
        evaluation=None if terms.evaluation is None else share(terms.evaluation, by),
        fees={code: (share(first, by), share(further, by)) for code, (first, further) in terms.fees.items()},
        carve={code: share(fee, by) for code, fee in terms.carve.items()},
    )


def changed_fee(terms: Terms, code: str, percent: int) -> Terms:
    """Pay a percentage (in thousandths of a percent) of a code's fee."""
    first, further = terms.fees[code]
    return replace(terms, fees={**terms.fees, code: (share(first, percent), share(further, percent))})


def change(
    draw: random.Random, terms: Terms, charges: Mapping[str, int], visits: Sequence[Visit], fees: Sequence[Fee]
) -> Terms:
    """Draw what terms become on a later day: all up, one fee, assistants paid less, another rate or another basis."""
    how = draw.random()
    assisted = any(line.assistant for visit in visits for line in visit.lines)
    if assisted and terms.basis != "per_visit" and terms.assistants == THOUSANDTHS and how < 0.35:
        return replace(terms, assistants=85_000)
    common = [code for code in _COMMON if code in terms.fees]
    if common and how < 0.65:
        return changed_fee(terms, draw.choice(common), draw.choice((85_000, 88_000, 92_000, 106_000, 110_000)))
    if how > 0.85:
        other = draw.choice([basis for basis in KINDS if basis != terms.basis])
        return draw_terms(draw, other, charges, visits, fees)
    if terms.percent and how > 0.6:
        return replace(terms, percent=terms.percent + draw.choice((-15, -10, -5, 5, 10, 15, 20)) * 1000)
    return _all_up(draw, terms)
