"""Judge whether terms explain enough of a stretch of time to be named, and which others fit as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.payers.discovery.fit import fit_all
from analysis.payers.discovery.fit_lines import percent_bits
from analysis.payers.discovery.terms import of_lines
from analysis.payers.discovery.texts import basis_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.payers.discovery.evidence import Ints
    from analysis.payers.discovery.fit import Fit
    from analysis.payers.discovery.stretches import Stretch
    from analysis.payers.discovery.terms import Base, Terms

LEAST_SHARE = 0.7
"""The share of lines that terms have to give to the cent before they are named."""
LEAST_OF_RATE, LEAST_OF_ODD_RATE = 0.55, 0.35
"""The same for a rate per visit, since one odd line takes its whole visit with it. The lower one is enough where visits
that miss the rate lie on both sides of it, which a cap would not leave."""
_ABOVE = 0.25
"""The part of the visits that miss a rate which lie above it, if they are odd ones and the rate no cap."""
_LEAST_BELOW, BELOW_CAP, _FOLLOWS = 3, 0.08, 0.6
"""How many visits, which part, below a rate speak of a cap, if terms line by line give this share of their lines."""
_MOST_UNSURE = 0.06
"""The part of a payer's visits that terms may miss before they are named."""
_SEVERAL = 3
"""Lines of one kind that do not come out before that is taken for more than odd lines."""
_ALIKE = 0.005
"""The share of lines by which other terms may fall behind and still fit alike."""
_ROUND_BITS = 12.0
_MOST_ALIKE = 4


def is_clear(stretch: Stretch, others: Sequence[Stretch] = ()) -> bool:
    """Whether the best terms give enough of a stretch's lines to the cent, and hardly a code goes without a fee.

    Parameters
    ----------
    others:
        The payer's other stretches, which may show fees that hold here too.
    """
    best = stretch.best
    if best.terms.visit_cents is not None:
        return _hits_rate(stretch) and not _looks_capped(stretch)
    return best.terms.named and _hits_lines(stretch) and _unsure(stretch, others) <= _MOST_UNSURE


def _hits_lines(stretch: Stretch) -> bool:
    """Whether enough lines come out, and of visits at a limit enough totals: one odd line spoils such a total."""
    evidence, paid = stretch.evidence, stretch.best.paid
    limited = paid.at_cap | paid.at_floor
    free = ~limited[evidence.visit]
    if stretch.best.hits >= LEAST_SHARE * evidence.lines:
        return True
    lines, totals = np.count_nonzero(free), np.count_nonzero(limited)
    return bool(
        np.count_nonzero(paid.line_hit & free) >= LEAST_SHARE * lines > 0
        and np.count_nonzero(paid.visit_hit & limited) >= LEAST_OF_ODD_RATE * totals
    )


def _hits_rate(stretch: Stretch) -> bool:
    """Whether enough visits have the rate; fewer are enough where the others lie above it as well as below."""
    evidence, paid = stretch.evidence, stretch.best.paid
    if stretch.best.hits >= LEAST_OF_RATE * evidence.lines:
        return True
    missed = evidence.whole & ~paid.visit_hit & (evidence.visit_amount > 0)
    above = missed & (evidence.visit_amount > paid.visits)
    most = np.count_nonzero(paid.visit_hit & evidence.whole) >= LEAST_OF_ODD_RATE * np.count_nonzero(evidence.whole)
    return bool(most and np.count_nonzero(above) >= _ABOVE * np.count_nonzero(missed))


def _looks_capped(stretch: Stretch) -> bool:
    """Whether a rate per visit is rather a cap: the visits below it follow terms of their own, line by line."""
    paid, evidence = stretch.best.paid, stretch.evidence
    below = ~paid.visit_hit & evidence.whole & (evidence.visit_amount > 0) & (evidence.visit_amount < paid.visits)
    if np.count_nonzero(below) < max(_LEAST_BELOW, BELOW_CAP * np.count_nonzero(evidence.whole)):
        return False
    others = evidence.of_visits(below)
    under = fit_all(others)[0]
    return under.terms.named and under.terms.visit_cents is None and under.hits >= _FOLLOWS * others.lines


def _unsure(stretch: Stretch, others: Sequence[Stretch]) -> float:
    """Return the part of the visits whose amount the terms would probably miss.

    A visit counts if it has a code (in one unit, in several) that no line shows the fee of, or of which most lines do
    not come out; so does one with an assistant, if most of theirs do not. It counts in part, as far as lines are odd,
    if one line alone shows a fee.
    """
    evidence, best = stretch.evidence, stretch.best
    kind = 2 * evidence.code + (evidence.units > 1)
    free = ~(best.paid.at_cap | best.paid.at_floor)[evidence.visit]  # a limit pays whatever the fees are
    counts = _shown(stretch)
    missed = np.bincount(kind[free & ~best.paid.line_hit & (evidence.amount > 0)], minlength=counts.size)
    mostly = (missed > counts) & (missed >= _SEVERAL)
    for other in others:
        if other is not stretch:
            same = [other.best.terms.fees.get(code, -1) == best.terms.fees.get(code) for code in evidence.codes]
            counts = counts + np.where(np.repeat(same, 2), _shown(other), 0)
    shown = counts[kind]
    odd = 1 - best.hits / evidence.lines
    by_fee = np.array([code in best.terms.fees for code in evidence.codes])[evidence.code] | (best.terms.base is None)
    risk = np.where(by_fee & (shown == 0), 1.0, np.where(by_fee & (shown == 1), odd, 0.0))
    nothing = evidence.amount == 0
    never = np.bincount(kind[free & nothing & (of_lines(evidence, best.terms) > 0)], minlength=missed.size)
    # What is allowed at nothing is a limit's or never paid; terms that pay what never was paid miss it.
    risk = np.where(nothing, np.where((never > _shown(stretch))[kind] & (never >= _SEVERAL)[kind], 1.0, 0.0), risk)
    risk = np.where(mostly[kind] | (evidence.assistant & _assistants_missed(stretch)), 1.0, risk)
    of_visit = np.zeros(evidence.visits)
    np.maximum.at(of_visit, evidence.visit, np.where(free, risk, 0.0))
    return float(of_visit.mean())


def _assistants_missed(stretch: Stretch) -> bool:
    """Whether most of the assistants' lines do not come out: they may be paid less."""
    evidence = stretch.evidence
    rows = evidence.assistant & (evidence.amount > 0)
    missed = int(np.count_nonzero(rows & ~stretch.best.paid.line_hit))
    return missed >= _SEVERAL and 2 * missed > int(np.count_nonzero(rows))


def _shown(stretch: Stretch) -> Ints:
    """Count the lines that show a fee, no limit having changed them: by code, those of one unit and of several."""
    evidence, paid = stretch.evidence, stretch.best.paid
    free = ~(paid.at_cap | paid.at_floor)[evidence.visit]
    kind = 2 * evidence.code + (evidence.units > 1)
    return np.bincount(kind[paid.line_hit & free], minlength=2 * len(evidence.codes))


def alike(stretch: Stretch) -> Iterator[Fit]:
    """Yield other terms that fit as well as the shortest: one of each kind, and none with an odd percentage."""
    best = stretch.best
    least = best.hits - max(1, int(_ALIKE * stretch.evidence.lines))
    kinds = {_kind(best)}
    for fit in stretch.fits[1:]:
        odd = fit.terms.base is not None and percent_bits(fit.terms.percent_bp) > _ROUND_BITS
        again = _same_of_charge(best.terms, fit.terms)
        if fit.hits >= least and fit.terms.named and not odd and not again and _kind(fit) not in kinds:
            kinds.add(_kind(fit))
            yield fit
            if len(kinds) > _MOST_ALIKE:
                return


def _kind(fit: Fit) -> tuple[str, Base | None]:
    return basis_of(fit.terms), fit.terms.base


def _same_of_charge(best: Terms, other: Terms) -> bool:
    """Whether other terms are the best's percentage of the charge, written as that of codes without a fee."""
    of_charge = best.base is not None and best.base.kind == "charge"
    return of_charge and other.base is None and other.other_bp == best.percent_bp
