"""Fit terms that pay line by line: fees for codes, and one percentage for the codes without a fee.

The shortest description wins: a fee or a percentage costs bits, and so does each line that does not come out to the
cent. A fee that one line alone supports never pays for itself, so nothing is read off a single line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from analysis.money import BASIS
from analysis.payers.discovery.terms import UNKNOWN, Base, Fee, Terms, tolerance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from analysis.payers.discovery.evidence import Evidence, Flags, Ints

MISS_BITS = 12.0
"""What a line costs that does not come out: its amount has to be told."""
_FEE_BITS = 13.0
_SAME_BITS = 1.0
"""What a fee costs that is the one already known, and a further unit's that is the first's."""
_CHOICE_BITS = 1.0
"""Which of fee and percentage a code goes by."""
_LEAST_BP, _MOST_BP = 500, 50_000
_PEAKS = 3
_SHARE_OF_CODE = 0.6
_RANKED = 8
"""How many of Medicare's bases are looked at closely."""


@dataclass(frozen=True, slots=True)
class LineFit:
    """Terms line by line with what they cost to describe, the lines missed included."""

    terms: Terms
    bits: float
    hits: int = field(default=0)


def percent_bits(percent_bp: int) -> float:
    """Return what a percentage costs to describe: round ones less."""
    for multiple, bits in ((500, 5.0), (100, 7.0), (50, 8.5), (10, 11.0)):
        if percent_bp % multiple == 0:
            return bits
    return 14.0


_PERCENT_BITS = np.array([percent_bits(percent_bp) for percent_bp in range(_MOST_BP + 1)])


def votes(twice: Ints, amount: Ints, loose: Ints) -> Ints:
    """Count, for each percentage in basis points, the lines whose amount it gives to the cent."""
    usable = (twice > 0) & (amount > 0)
    base, cents, slack = twice[usable], amount[usable], loose[usable]
    scale = 2 * BASIS
    # The percentages that round to within `slack` of the cents form a range; each end is counted once.
    low = -((-(2 * (cents - slack) - 1) * scale) // (2 * base))
    high = -((-(2 * (cents + slack) + 1) * scale) // (2 * base)) - 1
    inside = (high >= _LEAST_BP) & (low <= _MOST_BP)
    begins = np.bincount(np.clip(low[inside], 0, _MOST_BP), minlength=_MOST_BP + 1)
    ends = np.bincount(np.clip(high[inside], 0, _MOST_BP) + 1, minlength=_MOST_BP + 2)
    counts: Ints = np.cumsum(begins - ends[: _MOST_BP + 1])
    counts[:_LEAST_BP] = 0
    return counts


def best_percents(counts: Ints, most: int = _PEAKS) -> list[int]:
    """Return the percentages that save most bits, the best first, at least 3 % of it apart."""
    saved = counts * MISS_BITS - _PERCENT_BITS
    chosen: list[int] = []
    saved = saved.copy()
    for _ in range(most):
        best = int(np.argmax(saved))
        if saved[best] <= 0:
            break
        chosen.append(best)
        apart = max(best * 3 // 1000, 3)
        saved[max(best - apart, 0) : best + apart + 1] = -1
    return chosen


def fees_by_code(evidence: Evidence, lines: Flags, known: Mapping[str, Fee]) -> tuple[dict[int, Fee], Ints, Ints, Ints]:
    """Return the best fee of each code, with its hits, its lines and its bits (x 1,000) by code position."""
    size = len(evidence.codes)
    fees: dict[int, Fee] = {}
    hits, count, bits = (np.zeros(size, dtype=np.int64) for _ in range(3))
    chosen = np.flatnonzero(lines)
    order = chosen[np.argsort(evidence.code[chosen], kind="stable")]
    if not order.size:
        return fees, hits, count, bits
    codes, starts = np.unique(evidence.code[order], return_index=True)
    for code, rows in zip(codes, np.split(order, starts[1:]), strict=True):
        amount, units = evidence.amount[rows], evidence.units[rows]
        count[code] = rows.size
        best = _best_fee(amount, units, known.get(evidence.codes[code]))
        if best is not None:
            fees[int(code)], hits[code], bits[code] = best
    return fees, hits, count, bits


def _best_fee(amount: Ints, units: Ints, known: Fee | None) -> tuple[Fee, int, int] | None:
    """Return the fee that saves most, its hits and its bits (x 1,000)."""
    options: dict[Fee, float] = {}
    if known is not None:
        options[known] = _SAME_BITS
    single = amount[units == 1]
    firsts = _modes(single, 3)
    for first in firsts:
        options.setdefault(Fee(first, first), _FEE_BITS + _SAME_BITS)
        more = units > 1
        further, rest = np.divmod(amount[more] - first, units[more] - 1)
        for each in _modes(further[(rest == 0) & (further > 0) & (further < first)], 2):
            options.setdefault(Fee(first, each), 2 * _FEE_BITS)
    whole = amount % units == 0
    for each in _modes((amount[whole] // units[whole]), 2):
        options.setdefault(Fee(each, each), _FEE_BITS + _SAME_BITS)
    best = None
    for fee, bits in options.items():
        if fee.first <= 0:
            continue
        hits = int(np.count_nonzero(np.abs(fee.first + (units - 1) * fee.further - amount) == 0))
        saved = hits * MISS_BITS - bits
        if saved > 0 and (best is None or saved > best[0]):
            best = (saved, fee, hits, int(bits * 1000))
    return None if best is None else best[1:]


def _modes(values: Ints, most: int) -> list[int]:
    distinct, counts = np.unique(values, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:most]
    return [int(value) for value in distinct[order]]


def bases(evidence: Evidence) -> Iterable[Base]:
    """Return every base these lines can be a percentage of."""
    if (evidence.charge > 0).any():
        yield Base("charge")
    yield from evidence.medicare


def fit(evidence: Evidence, lines: Flags, known: Terms) -> list[LineFit]:
    """Return the best terms of each base, and fees alone, the shortest first.

    Parameters
    ----------
    lines:
        The lines to read the terms off: neither an assistant's nor those a limit has changed.
    known:
        Terms of a neighboring stretch of time: what stays as it is there costs nearly nothing.
    """
    fees, fee_hits, count, fee_bits = fees_by_code(evidence, lines, known.fees)
    by_fee = (count - fee_hits) * MISS_BITS + fee_bits / 1000
    by_none = count * MISS_BITS
    alone = np.where(by_fee < by_none, by_fee, by_none)
    use_fee = by_fee < by_none
    results = [_result(evidence, None, 0, fees, use_fee, float(alone.sum()), np.where(use_fee, fee_hits, 0))]
    if not lines.any():
        return results
    amount, code = evidence.amount[lines], evidence.code[lines]
    for base, percents in _candidates(evidence, lines, known, count):
        twice = evidence.base(base)[lines]
        loose = tolerance(evidence, base)[lines]
        best = None
        for percent_bp in percents:
            cents = np.where(twice < 0, UNKNOWN, (twice * percent_bp + BASIS) // (2 * BASIS))
            hits = np.bincount(code[np.abs(cents - amount) <= loose], minlength=count.size)
            by_base = (count - hits) * MISS_BITS
            use_fee = (by_fee + _CHOICE_BITS < by_base) & (count > 0)
            use_none = (by_none <= by_base) & ~use_fee
            chosen = np.where(use_fee, by_fee + _CHOICE_BITS, np.minimum(by_base, by_none))
            same = (known.base, known.percent_bp) == (base, percent_bp)
            bits = float(chosen.sum()) + (_SAME_BITS if same else percent_bits(percent_bp))
            bits += 0.0 if base.kind == "charge" else 3.0
            if best is None or bits < best.bits:
                explained = np.where(use_fee, fee_hits, np.where(use_none, 0, hits))
                best = _result(evidence, base, percent_bp, fees, use_fee, bits, explained)
        if best is not None:
            results.append(best)
    return sorted(results, key=lambda each: each.bits)


def _candidates(evidence: Evidence, lines: Flags, known: Terms, count: Ints) -> Iterator[tuple[Base, list[int]]]:
    """Yield the bases that explain most lines by some percentage, with the percentages worth a try."""
    amount, code = evidence.amount[lines], evidence.code[lines]
    ranked: list[tuple[float, Base, list[int]]] = []
    for base in bases(evidence):
        twice = evidence.base(base)[lines]
        loose = tolerance(evidence, base)[lines]
        counts = votes(twice, amount, loose)
        percents = best_percents(counts)
        saved = max((float(counts[each] * MISS_BITS - _PERCENT_BITS[each]) for each in percents), default=0.0)
        if base.kind == "charge":
            percents += _by_codes(twice, amount, loose, code, count)
        if known.base == base:
            percents.append(known.percent_bp)
        if base.kind == "charge" or known.base == base:
            yield base, list(dict.fromkeys(percents))
        else:
            ranked.append((saved, base, percents))
    ranked.sort(key=lambda each: -each[0])
    for _, base, percents in ranked[:_RANKED]:
        yield base, percents


def _by_codes(twice: Ints, amount: Ints, loose: Ints, code: Ints, count: Ints) -> list[int]:
    """Return percentages that explain most of several codes' lines: what codes without a fee of their own share."""
    total = np.zeros(_MOST_BP + 1, dtype=np.int64)
    for each in np.flatnonzero(count):
        rows = code == each
        total += votes(twice[rows], amount[rows], loose[rows]) >= max(_SHARE_OF_CODE * count[each], 1)
    saved = total * _FEE_BITS - _PERCENT_BITS
    best = int(np.argmax(saved))
    return [best] if total[best] > 1 else []


def _result(
    evidence: Evidence,
    base: Base | None,
    percent_bp: int,
    fees: Mapping[int, Fee],
    use_fee: Flags,
    bits: float,
    hits: Ints,
) -> LineFit:
    chosen = {evidence.codes[code]: fee for code, fee in sorted(fees.items()) if use_fee[code]}
    return LineFit(Terms(base, percent_bp, chosen), bits, int(hits.sum()))
