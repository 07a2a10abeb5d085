"""Find the days on which a payer's terms changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analysis.payers.discovery.fit import Fit, described, fit_all
from analysis.payers.discovery.fit_lines import most_common
from analysis.payers.discovery.refine import refined
from analysis.payers.discovery.terms import Terms, pay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.payers.discovery.evidence import Evidence, Flags, Ints

LEAST_VISITS = 8
"""Visits a stretch of time needs to have terms of its own."""
MOST_SEARCHED = 1_500
"""Visits that are searched for terms at the most; more of one payer's would show no more."""
_HELD = 12
BREAK_BITS = 30.0
"""What a day of change costs to describe."""
_TRIED = 4
_DEPTH = 3
_SIGN_BITS = 8.0
_REFINED = 2
_CLOSE = 1.25
"""How many of the shortest fits are put right fee by fee; and under each limit the shortest, if it is this close."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Visits of one stretch of time and the terms that fit them, the shortest first; `since` is None for the first."""

    since: int | None
    evidence: Evidence
    fits: tuple[Fit, ...]

    @property
    def best(self) -> Fit:
        """The shortest."""
        return self.fits[0]


def stretches(evidence: Evidence) -> list[Stretch]:
    """Split a payer's visits at the days its terms changed, oldest first.

    Of a large payer every few visits are searched for terms; these are then held against all its visits.
    """
    apart = -(-evidence.visits // MOST_SEARCHED)
    if apart <= 1:
        return _searched(evidence)
    parts = _searched(evidence.of_visits(np.arange(evidence.visits) % apart == 0))
    for position in range(1, len(parts)):
        pair = parts[position - 1], parts[position]
        parts[position] = replace(parts[position], since=_best_day(_between(evidence, parts, position - 1, 2), pair))
    return [_held_against(_between(evidence, parts, position, 1), part) for position, part in enumerate(parts)]


def _between(evidence: Evidence, parts: list[Stretch], position: int, count: int) -> Evidence:
    """Return all visits of some stretches."""
    start = parts[position].since
    end = parts[position + count].since if position + count < len(parts) else None
    chosen = evidence.visit_day >= (start or 0)
    return evidence.of_visits(chosen if end is None else chosen & (evidence.visit_day < end))


def _held_against(evidence: Evidence, part: Stretch) -> Stretch:
    fits = [described(evidence, fit.terms, Terms()) for fit in part.fits[:_HELD]]
    return Stretch(part.since, evidence, tuple(sorted(fits, key=lambda fit: fit.bits)))


def _searched(evidence: Evidence) -> list[Stretch]:
    return _merged(evidence, _split(Stretch(None, evidence, _fits(evidence)), _DEPTH))


def _fits(evidence: Evidence, known: Terms | None = None, *, trial: bool = False) -> tuple[Fit, ...]:
    """Return the terms that may explain the amounts, the shortest first, the first few put right fee by fee.

    Parameters
    ----------
    trial:
        Whether a day is only tried: then no more than the shortest is put right.
    """
    near = known or Terms()
    fits = fit_all(evidence, near)
    limits: set[tuple[int | None, int | None]] = set()
    better = []
    for place, fit in enumerate(fits):
        limit = fit.terms.cap_cents, fit.terms.floor_cents
        close = fit.bits <= _CLOSE * fits[0].bits and limit not in limits
        chosen = place == 0 if trial else close or place < _REFINED
        better.append(refined(evidence, fit, near) if chosen else fit)
        limits.add(limit)
    return tuple(sorted(better, key=lambda fit: fit.bits))


def _merged(evidence: Evidence, parts: list[Stretch]) -> list[Stretch]:
    """Return the stretches with neighbors put together where the terms of one describe both more shortly."""
    position = 0
    while position + 1 < len(parts):
        left, right = parts[position], parts[position + 1]
        both = _between(evidence, parts, position, 2)
        apart = left.best.bits + right.best.bits + BREAK_BITS
        if min(described(both, part.best.terms, Terms()).bits for part in (left, right)) <= apart:
            parts = [*parts[:position], Stretch(left.since, both, _fits(both)), *parts[position + 2 :]]
            position = max(position - 1, 0)
        else:
            position += 1
    return parts


def _split(whole: Stretch, depth: int) -> list[Stretch]:
    """Return the stretch, or its parts where they describe it more shortly."""
    if depth == 0 or whole.evidence.visits < 2 * LEAST_VISITS or whole.best.hits == whole.evidence.lines:
        return [whole]
    days = _days_of_change(whole.evidence, whole.best.paid.line_hit)
    tried = [(day, parts) for day in days if (parts := _apart(whole, day)) is not None]
    if not tried:
        return [whole]
    day, parts = min(tried, key=lambda each: each[1][0].best.bits + each[1][1].best.bits)
    for _ in range(2):
        better = _best_day(whole.evidence, parts)
        moved = None if better == day else _apart(whole, better)
        if moved is None:
            break
        day, parts = better, moved
    parts = _together(parts)
    if parts[0].best.bits + parts[1].best.bits + BREAK_BITS >= whole.best.bits:
        return [whole]
    return [*_split(parts[0], depth - 1), *_split(parts[1], depth - 1)]


def _apart(whole: Stretch, day: int) -> tuple[Stretch, Stretch] | None:
    """Return the visits before a day and from it on, each with its own terms; None if either has too few."""
    later = whole.evidence.visit_day >= day
    if min(np.count_nonzero(later), np.count_nonzero(~later)) < LEAST_VISITS:
        return None
    before, after = whole.evidence.of_visits(~later), whole.evidence.of_visits(later)
    return Stretch(whole.since, before, _fits(before, trial=True)), Stretch(day, after, _fits(after, trial=True))


def _together(parts: tuple[Stretch, Stretch]) -> tuple[Stretch, Stretch]:
    """Return both stretches with what the other shows: terms that stay as they are cost next to nothing."""
    before, after = parts
    onward = before, replace(after, fits=_fits(after.evidence, before.best.terms))
    backward = replace(before, fits=_fits(before.evidence, after.best.terms)), after
    return min((onward, backward), key=lambda pair: pair[0].best.bits + pair[1].best.bits)


def _best_day(evidence: Evidence, parts: tuple[Stretch, Stretch]) -> int:
    """Return the day that parts the lines best between two sets of terms.

    Between the last line under the old terms and the first under the new ones every day fits alike. Contracts change on
    the first of a month, so that day is chosen where it lies between them, else the first day of the new terms.
    """
    earlier, later = (pay(evidence, part.best.terms).line_hit for part in parts)
    days, first = np.unique(evidence.day, return_index=True)
    ahead = np.concatenate([[0], np.cumsum(earlier)])[first]
    behind = (later.sum() - np.concatenate([[0], np.cumsum(later)]))[first]
    best = np.flatnonzero(ahead + behind == (ahead + behind).max())
    last_old = days[best[0] - 1] if best[0] else days[0]
    first_new = int(days[best[np.flatnonzero(np.diff(best, append=np.iinfo(np.int64).max) > 1)[0]]])
    month = date.fromordinal(first_new).replace(day=1).toordinal()
    return month if month > last_old else first_new


def _days_of_change(evidence: Evidence, hit: Flags) -> list[int]:
    """Return days since which terms fit clearly more or fewer lines, of all codes or of one, the clearest first."""
    signs = [*_clearest(evidence.day, hit)]
    for code in range(len(evidence.codes)):
        rows = evidence.code == code
        if np.count_nonzero(rows) >= LEAST_VISITS:
            signs += _clearest(evidence.day[rows], hit[rows])
            signs += _of_fees(evidence, rows)
    usual = evidence.visit_amount > 0
    for cents in most_common(evidence.visit_amount[usual], 2):
        signs += _clearest(evidence.visit_day[usual], evidence.visit_amount[usual] == cents)
    if evidence.assistant.any():
        signs += _clearest(evidence.day[evidence.assistant], hit[evidence.assistant])
    signs.sort(reverse=True)
    days = dict.fromkeys(day for bits, day in signs if bits > _SIGN_BITS)
    return list(days)[:_TRIED]


def _of_fees(evidence: Evidence, rows: Flags) -> Iterator[tuple[float, int]]:
    """Yield the days on which the usual amount of a code's lines with one number of units changes."""
    for units in most_common(evidence.units[rows], 2):
        alike = rows & (evidence.units == units)
        if np.count_nonzero(alike) >= LEAST_VISITS:
            for cents in most_common(evidence.amount[alike], 2):
                yield from _clearest(evidence.day[alike], evidence.amount[alike] == cents)


def _clearest(day: Ints, hit: Flags) -> Iterator[tuple[float, int]]:
    """Yield the day that parts hits from misses best, with the bits it saves."""
    days, first = np.unique(day, return_index=True)
    if days.size < 2:  # noqa: PLR2004 -- nothing lies between
        return
    total, hits = hit.size, int(hit.sum())
    before, hits_before = first[1:], np.cumsum(hit, dtype=np.int64)[first[1:] - 1]
    apart = _entropy(before, hits_before) + _entropy(total - before, hits - hits_before)
    saved = _entropy(np.array([total]), np.array([hits])) - apart
    best = int(np.argmax(saved))
    yield float(saved[best]), int(days[1:][best])


def _entropy(count: Ints, hits: Ints) -> npt.NDArray[np.float64]:
    """Return the bits that tell which of so many lines are hits."""
    share = np.clip(hits / np.maximum(count, 1), 1e-9, 1 - 1e-9)
    bits: npt.NDArray[np.float64] = -(hits * np.log2(share) + (count - hits) * np.log2(1 - share))
    return bits
