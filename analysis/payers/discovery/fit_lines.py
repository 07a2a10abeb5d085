"""Fit terms that pay line by line: fees for codes, and one percentage for the codes without a fee.

The shortest description wins: a fee or a percentage costs bits, and so does each line that does not come out to the
cent. A fee that one line alone supports never pays for itself, so nothing is read off a single line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analysis.money import BASIS, half_up
from analysis.payers.discovery.terms import UNKNOWN, Base, Fee, Terms, tolerance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from analysis.payers.discovery.evidence import Evidence, Flags, Ints

MISS_BITS = 12.0
"""What a line costs that does not come out: its amount has to be told."""
_FEE_BITS = 13.0
MOST_OTHER_BITS = 8.0
"""A percentage of the charge for other codes is a round one."""
MEDICARE_BITS = 5.0
"""Which of Medicare's amounts a percentage is of: what further units cost, which year."""
_SAME_BITS = 1.0
"""What a fee costs that is the one already known, and a further unit's that is the first's."""
_CHOICE_BITS = 1.0
"""Which of fee and percentage a code goes by."""
_LEAST_BP, _MOST_BP = 500, 50_000
_PEAKS = 3
_ROUND = ((500, 6.0), (100, 8.0), (50, 9.5), (10, 12.0))
"""Basis points a percentage may be a multiple of, and what it then costs to describe."""
_ODD_BITS = 15.0
_SHARE_OF_CODE = 0.6
_RANKED = 8
"""How many of Medicare's bases are looked at closely."""


@dataclass(frozen=True, slots=True)
class LineFit:
    """Terms line by line with what they cost to describe, the lines missed included."""

    terms: Terms
    bits: float


def percent_bits(percent_bp: int) -> float:
    """Return what a percentage costs to describe: round ones less."""
    return next((bits for multiple, bits in _ROUND if percent_bp % multiple == 0), _ODD_BITS)


@dataclass(frozen=True, slots=True)
class Votes:
    """How many lines each percentage gives to the cent.

    Attributes
    ----------
    percents:
        Basis points, rising: where a line's range begins, and the round ones above that.
    lines:
        How many lines each gives.
    """

    percents: Ints
    lines: Ints

    def best(self, most: int = _PEAKS) -> list[int]:
        """Return the percentages that save most bits, the best first, a good deal apart."""
        saved = self.saved
        chosen: list[int] = []
        for _ in range(most):
            if not saved.size or saved.max() <= 0:
                break
            best = int(self.percents[int(np.argmax(saved))])
            chosen.append(best)
            saved = np.where(np.abs(self.percents - best) <= max(best * 3 // 1000, 3), -1.0, saved)
        return chosen

    @property
    def saved(self) -> npt.NDArray[np.float64]:
        """What each percentage saves: the lines it gives less what it costs to describe."""
        return self.lines * MISS_BITS - _bits_of(self.percents)


def _bits_of(percents: Ints) -> npt.NDArray[np.float64]:
    """Return `percent_bits` of many percentages."""
    bits = np.full(percents.size, _ODD_BITS)
    for multiple, less in reversed(_ROUND):
        bits[percents % multiple == 0] = less
    return bits


def _ranges(twice: Ints, amount: Ints, loose: Ints) -> tuple[Ints, Ints]:
    """Return the lowest and highest percentage that gives each line's amount, for lines that have any."""
    usable = (twice > 0) & (amount > 0)
    base, cents, slack = twice[usable], amount[usable], loose[usable]
    scale = 2 * BASIS
    low = -((-(2 * (cents - slack) - 1) * scale) // (2 * base))
    high = -((-(2 * (cents + slack) + 1) * scale) // (2 * base)) - 1
    there = (high >= low) & (high >= _LEAST_BP) & (low <= _MOST_BP)
    return low[there], high[there]


def _worth_trying(low: Ints) -> Ints:
    """Return where ranges begin and the next round percentages above: the most lines share one of these."""
    distinct = np.unique(np.maximum(low, _LEAST_BP))
    return np.unique(np.concatenate([distinct, *(-(-distinct // multiple) * multiple for multiple, _ in _ROUND)]))


def _count(percents: Ints, low: Ints, high: Ints) -> Ints:
    begun = np.searchsorted(np.sort(low), percents, side="right")
    ended = np.searchsorted(np.sort(high), percents, side="left")
    return begun - ended


def votes(twice: Ints, amount: Ints, loose: Ints) -> Votes:
    """Count, for each percentage worth a try, the lines whose amount it gives to the cent.

    Parameters
    ----------
    twice, amount, loose:
        Of each line: twice the cents the percentage is of, the cents allowed, and by how many they may differ.
    """
    low, high = _ranges(twice, amount, loose)
    percents = _worth_trying(low)
    return Votes(percents, _count(percents, low, high))


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
    firsts = most_common(single, 3)
    for first in firsts:
        options.setdefault(Fee(first, first), _FEE_BITS + _SAME_BITS)
        more = units > 1
        further, rest = np.divmod(amount[more] - first, units[more] - 1)
        for each in most_common(further[(rest == 0) & (further > 0) & (further < first)], 2):
            options.setdefault(Fee(first, each), 2 * _FEE_BITS)
    whole = amount % units == 0
    for each in most_common((amount[whole] // units[whole]), 2):
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


def commonest(values: Ints, most: int) -> list[tuple[int, int]]:
    """Return the most common values with how often they occur, the most common first."""
    distinct, counts = np.unique(values, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:most]
    return [(int(distinct[at]), int(counts[at])) for at in order]


def most_common(values: Ints, most: int) -> list[int]:
    """Return the most common values, the most common first."""
    return [value for value, _ in commonest(values, most)]


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
    results = [_result(evidence, None, 0, fees, use_fee, float(alone.sum()))]
    if not lines.any():
        return results
    amount, code = evidence.amount[lines], evidence.code[lines]
    for base, percents in _candidates(evidence, lines, known, count):
        twice = evidence.base(base)[lines]
        loose = tolerance(evidence, base)[lines]
        best = None
        for percent_bp in percents:
            cents = np.where(twice < 0, UNKNOWN, half_up(twice * percent_bp, 2 * BASIS))
            hits = np.bincount(code[np.abs(cents - amount) <= loose], minlength=count.size)
            by_base = (count - hits) * MISS_BITS
            use_fee = (by_fee + _CHOICE_BITS < by_base) & (count > 0)
            chosen = np.where(use_fee, by_fee + _CHOICE_BITS, np.minimum(by_base, by_none))
            same = (known.base, known.percent_bp) == (base, percent_bp) or (
                base.kind == "charge" and known.other_bp == percent_bp
            )
            bits = float(chosen.sum()) + (_SAME_BITS if same else percent_bits(percent_bp))
            bits += 0.0 if base.kind == "charge" else MEDICARE_BITS
            by_fees, by_percent = int(use_fee.sum()), int(((hits > 0) & ~use_fee).sum())
            if base.kind == "medicare" and by_percent < max(by_fees, min(2, int((count > 0).sum()))):
                continue  # a fee table, of which some fees happen to be a percentage of Medicare
            if base.kind == "charge" and use_fee.any() and percent_bits(percent_bp) > MOST_OTHER_BITS:
                continue  # the charge of a few rare codes happens to be that
            if best is None or bits < best.bits:
                best = _result(evidence, base, percent_bp, fees, use_fee, bits)
        if best is not None:
            results.append(best)
    return sorted(results, key=lambda each: each.bits)


def _candidates(evidence: Evidence, lines: Flags, known: Terms, count: Ints) -> Iterator[tuple[Base, list[int]]]:
    """Yield the bases that explain most lines by some percentage, with the percentages worth a try."""
    amount, code = evidence.amount[lines], evidence.code[lines]
    ranked: list[tuple[float, Base, Votes]] = []
    for base in bases(evidence):
        twice = evidence.base(base)[lines]
        loose = tolerance(evidence, base)[lines]
        counted = votes(twice, amount, loose)
        if base.kind == "charge" or known.base == base:
            by_codes = _by_codes(twice, amount, loose, code, count) if base.kind == "charge" else []
            near = [known.percent_bp] if known.base == base else []
            near += [known.other_bp] if known.other_bp is not None and base.kind == "charge" else []
            yield base, list(dict.fromkeys([*counted.best(), *by_codes, *near]))
        else:
            ranked.append((float(counted.saved.max(initial=0.0)), base, counted))
    ranked.sort(key=lambda each: -each[0])
    for _, base, counted in ranked[:_RANKED]:
        yield base, counted.best()


def _by_codes(twice: Ints, amount: Ints, loose: Ints, code: Ints, count: Ints) -> list[int]:
    """Return the percentage that explains most lines of most codes: what codes without a fee of their own share."""
    percents = _worth_trying(_ranges(twice, amount, loose)[0])
    codes = np.zeros(percents.size, dtype=np.int64)
    for each in np.flatnonzero(count):
        rows = code == each
        counts = _count(percents, *_ranges(twice[rows], amount[rows], loose[rows]))
        codes += counts >= max(_SHARE_OF_CODE * count[each], 1)
    if not codes.size:
        return []
    best = int(np.argmax(codes * _FEE_BITS - _bits_of(percents)))
    return [int(percents[best])] if codes[best] > 1 else []


def _result(
    evidence: Evidence,
    base: Base | None,
    percent_bp: int,
    fees: Mapping[int, Fee],
    use_fee: Flags,
    bits: float,
) -> LineFit:
    chosen = {evidence.codes[code]: fee for code, fee in sorted(fees.items()) if use_fee[code]}
    if base is not None and base.kind == "charge" and chosen:
        return LineFit(Terms(fees=chosen, other_bp=percent_bp), bits)
    return LineFit(Terms(base, percent_bp, chosen), bits)
