"""Fees and percentages read off lines: the true percentage is always among those that are tried."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.money import BASIS
from analysis.payers.discovery import fit_lines
from analysis.payers.discovery.fit_lines import _bits_of, _ranges, fees_by_code, percent_bits, votes
from analysis.payers.discovery.terms import Base, Fee, Terms
from tests.payers.discovery.made_up import CHARGES, START, Line, amounts_of, by_fee, evidence_of, made_visits, share

PERCENTS = st.integers(500, 50_000)
ROUND = st.sampled_from((10, 50, 100, 500)).flatmap(
    lambda step: st.integers(-(-500 // step), 50_000 // step).map(lambda times: times * step)
)
BASES = st.lists(st.integers(2 * 1_00, 2 * 500_00), min_size=1, max_size=30)


def at(
    twice: np.ndarray[tuple[int], np.dtype[np.int64]], percent_bp: int
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return (twice * percent_bp + BASIS) // (2 * BASIS)


@given(bases=BASES, percent_bp=PERCENTS | ROUND, slack=st.integers(0, 2))
def test_a_percentage_as_plain_as_the_true_one_is_tried_and_gives_every_line(
    bases: list[int], percent_bp: int, slack: int
) -> None:
    twice = np.array(bases, dtype=np.int64)
    amount = at(twice, percent_bp)
    loose = np.full(twice.size, slack, dtype=np.int64)
    found = votes(twice, amount, loose)
    every = found.percents[found.lines == np.count_nonzero(amount > 0)]
    assert min(percent_bits(int(each)) for each in every) <= percent_bits(percent_bp)
    for each in every:
        assert (np.abs(at(twice, int(each)) - amount) <= slack).all()


@given(bases=BASES, percent_bp=PERCENTS | ROUND)
def test_one_line_of_a_hundred_dollars_pins_the_percentage(bases: list[int], percent_bp: int) -> None:
    # From $100 on a basis point is a cent, so that no other percentage gives the same amount.
    twice = np.array([*bases, 2 * 100_00], dtype=np.int64)
    found = votes(twice, at(twice, percent_bp), np.zeros(twice.size, dtype=np.int64))
    assert percent_bp in found.percents
    assert found.percents[found.lines.argmax()] == percent_bp


@given(twice=st.integers(2, 2 * 500_00), percent_bp=PERCENTS, slack=st.integers(0, 2))
def test_a_range_holds_the_percentages_that_give_the_amount_and_no_other(
    twice: int, percent_bp: int, slack: int
) -> None:
    base = np.array([twice], dtype=np.int64)
    amount = at(base, percent_bp)
    low, high = _ranges(base, amount, np.array([slack], dtype=np.int64))
    if not low.size:  # nothing was paid at all
        assert amount[0] == 0
        return
    assert low[0] <= percent_bp <= high[0]
    gives = [int(abs(at(base, each)[0] - amount[0])) <= slack for each in range(int(low[0]) - 1, int(high[0]) + 2)]
    assert gives == [False, *[True] * (len(gives) - 2), False]


@given(bases=BASES, percent_bp=ROUND, odd=st.integers(1, 5))
def test_odd_lines_take_no_vote_from_the_others(bases: list[int], percent_bp: int, odd: int) -> None:
    twice = np.array([*bases, *[2 * 100_00] * 9, *[2 * 90_00] * odd], dtype=np.int64)
    amount = at(twice, percent_bp)
    amount[-odd:] += np.arange(3, 3 + odd)
    found = votes(twice, amount, np.zeros(twice.size, dtype=np.int64))
    usable = np.count_nonzero(amount[:-odd] > 0)
    assert found.lines[found.percents == percent_bp] >= usable
    assert found.lines.max() <= usable + odd


@pytest.mark.parametrize(
    ("percent_bp", "bits"), [(11_000, 6.0), (10_500, 6.0), (10_300, 8.0), (5850, 9.5), (5810, 12.0), (5811, 15.0)]
)
def test_round_percentages_are_shorter(percent_bp: int, bits: float) -> None:
    assert percent_bits(percent_bp) == bits
    assert _bits_of(np.array([percent_bp])).tolist() == [bits]


def test_the_best_percentages_lie_apart() -> None:
    twice = np.array([2 * 100_00] * 10 + [2 * 50_00] * 5, dtype=np.int64)
    amount = at(twice, 11_000)
    amount[10:] = at(twice[10:], 8000)
    found = votes(twice, amount, np.zeros(15, dtype=np.int64))
    assert found.best() == [11_000, 8000]
    assert found.best(1) == [11_000]
    none = np.zeros(0, dtype=np.int64)
    assert votes(none, none, none).best() == []


def test_a_single_line_never_pays_for_a_percentage_nobody_would_agree_on() -> None:
    one = np.array([2 * 100_00], dtype=np.int64)
    assert votes(one, np.array([5811], dtype=np.int64), np.zeros(1, dtype=np.int64)).best() == []
    assert votes(one, np.array([5800], dtype=np.int64), np.zeros(1, dtype=np.int64)).best() == [5800]


# ----------------------------------------------------------------------------------------------------------------- fees
def fees_of(lines: list[Line], amounts: list[int], known: dict[str, Fee] | None = None) -> dict[str, Fee]:
    evidence = evidence_of(lines, amounts)
    fees, *_ = fees_by_code(evidence, np.ones(evidence.lines, dtype=np.bool_), known or {})
    return {evidence.codes[code]: fee for code, fee in fees.items()}


def some(*units: int, code: str = "97110") -> list[Line]:
    return [Line(number, START, code, each, each * CHARGES[code]) for number, each in enumerate(units)]


@pytest.mark.parametrize(
    ("units", "amounts", "fee"),
    [
        ((1, 1, 1), (36_00, 36_00, 36_00), Fee(36_00, 36_00)),
        ((2, 2, 3), (72_00, 72_00, 108_00), Fee(36_00, 36_00)),
        ((1, 1, 2, 2, 3), (36_00, 36_00, 64_80, 64_80, 93_60), Fee(36_00, 28_80)),
        # Two of four agree: still shorter than four amounts told one by one.
        ((1, 1, 1, 1), (36_00, 36_00, 35_10, 29_00), Fee(36_00, 36_00)),
        # Nothing agrees, or one line stands alone.
        ((1, 1), (36_00, 35_00), None),
        ((1,), (36_00,), None),
        # Nothing was paid: no fee of 0.00.
        ((1, 1, 1), (0, 0, 0), None),
    ],
)
def test_a_fee_is_what_lines_of_a_code_agree_on(
    units: tuple[int, ...], amounts: tuple[int, ...], fee: Fee | None
) -> None:
    assert fees_of(some(*units), list(amounts)) == ({} if fee is None else {"97110": fee})


def test_a_fee_already_known_needs_one_line() -> None:
    assert fees_of(some(2), [64_80], {"97110": Fee(36_00, 28_80)}) == {"97110": Fee(36_00, 28_80)}
    assert fees_of(some(2), [64_00], {"97110": Fee(36_00, 28_80)}) == {}


def test_no_lines_no_fees() -> None:
    evidence = evidence_of(some(1), [36_00])
    fees, hits, count, _ = fees_by_code(evidence, np.zeros(1, dtype=np.bool_), {})
    assert (fees, hits.tolist(), count.tolist()) == ({}, [0], [0])
    [nothing] = fit_lines.fit(evidence, np.zeros(1, dtype=np.bool_), Terms())
    assert not nothing.terms.named


# ------------------------------------------------------------------------------------------------------- base and fees
EVERY = made_visits(30)


def fitted(amounts: list[int], lines: list[Line] = EVERY, known: Terms | None = None) -> list[Terms]:
    evidence = evidence_of(lines, amounts)
    found = fit_lines.fit(evidence, np.ones(evidence.lines, dtype=np.bool_), known or Terms())
    return [each.terms for each in found]


def test_a_percentage_of_the_charge_stands_for_codes_without_a_fee_of_their_own() -> None:
    listed = ("97110", "97112", "97161")
    best = fitted(amounts_of(EVERY, lambda line: by_fee(line) if line.code in listed else share(line.charge, 45)))[0]
    assert best.base is None
    assert best.other_bp == 4500
    assert {code: fee.first for code, fee in best.fees.items()} == {"97110": 36_00, "97112": 40_50, "97161": 108_00}


def test_the_charge_is_no_base_where_no_line_has_one() -> None:
    evidence = evidence_of([Line(1, START, "97110", 1, -1)], [36_00])
    assert list(fit_lines.bases(evidence)) == []
    assert list(fit_lines.bases(evidence_of(some(1), [36_00], {Base("medicare"): [1]}))) == [
        Base("charge"),
        Base("medicare"),
    ]


def test_charges_of_which_nothing_was_paid_show_no_percentage() -> None:
    assert [terms for terms in fitted([0, 0, 0], some(1, 1, 2)) if terms.percent_bp] == []


def test_the_percentage_of_the_stretch_beside_is_tried_too() -> None:
    lines = some(*[1] * 2)
    amounts = [share(line.charge, 58.11) for line in lines]
    assert Terms(Base("charge"), 5811) in fitted(amounts, lines, Terms(Base("charge"), 5811))
    best = fitted(amounts, lines, Terms(other_bp=5811))[0]
    assert (best.base, best.percent_bp) == (Base("charge"), 5811)
