"""What terms pay, worked out by hand: an evaluation with three units, one unit, an unlisted code with two units."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from analysis.payers.discovery.terms import UNKNOWN, Base, Fee, Terms, of_base, of_lines, pay, tolerance
from tests.payers.discovery.made_up import Line, evidence_of

DAY = date(2026, 3, 2)
LINES = [
    Line(0, DAY, "97161", 1, 190_00),
    Line(0, DAY, "97110", 3, 210_00, assistant=True),
    Line(1, DAY, "97110", 1, 70_00),
    Line(2, DAY, "97010", 1, 20_00),
    Line(2, DAY, "97110", 2, 140_00),
]
MEDICARE = Base("medicare", "yes")
TWICE = [2 * 98_47, 2 * 72_57, 2 * 28_51, UNKNOWN, 2 * 50_54]
FEES = {"97161": Fee(108_00, 108_00), "97110": Fee(36_00, 28_80)}
BY_FEE = Terms(fees=FEES)
EVIDENCE = evidence_of(LINES, [0] * 5, {MEDICARE: TWICE})
CHARGE = Base("charge")


@pytest.mark.parametrize(
    ("terms", "cents"),
    [
        (BY_FEE, [108_00, 93_60, 36_00, UNKNOWN, 64_80]),
        (replace(BY_FEE, other_bp=4500), [108_00, 93_60, 36_00, 9_00, 64_80]),
        (Terms(CHARGE, 5800), [110_20, 121_80, 40_60, 11_60, 81_20]),
        (Terms(MEDICARE, 11_000), [108_32, 79_83, 31_36, UNKNOWN, 55_59]),
        (Terms(MEDICARE, 11_000, other_bp=5000), [108_32, 79_83, 31_36, 10_00, 55_59]),
        (Terms(MEDICARE, 11_000, {"97161": Fee(95_00, 95_00)}), [95_00, 79_83, 31_36, UNKNOWN, 55_59]),
        (Terms(), [UNKNOWN] * 5),
    ],
)
def test_the_cents_of_lines_before_any_limit(terms: Terms, cents: list[int]) -> None:
    assert of_lines(EVIDENCE, terms).tolist() == cents


def test_a_percentage_rounds_half_up_and_stays_unknown_where_its_base_is() -> None:
    evidence = evidence_of(LINES[:3], [0] * 3, {MEDICARE: [101, UNKNOWN, 99]})
    assert of_base(evidence, MEDICARE, 10_000).tolist() == [51, UNKNOWN, 50]  # 50.5, none, 49.5 cents
    assert of_base(evidence, MEDICARE, 5000).tolist() == [25, UNKNOWN, 25]  # 25.25, none, 24.75


def test_rounding_may_differ_by_half_a_cent_a_unit_and_by_one_where_a_fee_is_halved() -> None:
    assert tolerance(EVIDENCE).tolist() == [0, 1, 0, 0, 1]
    assert tolerance(EVIDENCE, CHARGE).tolist() == [0, 1, 0, 0, 1]
    assert tolerance(EVIDENCE, Base("medicare", "half")).tolist() == [1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("terms", "visits"),
    [
        # A line without an amount leaves its visit without one.
        (BY_FEE, [201_60, 36_00, UNKNOWN]),
        (replace(BY_FEE, other_bp=4500), [201_60, 36_00, 73_80]),
        # 85 % of 93.60 is 79.56; the evaluation was no assistant's.
        (replace(BY_FEE, assistants_bp=8500), [187_56, 36_00, UNKNOWN]),
        (replace(BY_FEE, cap_cents=75_00), [75_00, 36_00, UNKNOWN]),
        # What is known is above the cap already, whatever the rest is.
        (replace(BY_FEE, cap_cents=64_80), [64_80, 36_00, 64_80]),
        (replace(BY_FEE, floor_cents=60_00), [201_60, 60_00, UNKNOWN]),
        (replace(BY_FEE, other_bp=4500, cap_cents=75_00, floor_cents=60_00), [75_00, 60_00, 73_80]),
        # 180 % of the charge, but never more than that; the assistant's after its cut.
        (Terms(CHARGE, 18_000, lesser=True), [400_00, 70_00, 160_00]),
        (Terms(CHARGE, 11_000, lesser=True, assistants_bp=8500), [190_00 + 196_35, 70_00, 160_00]),
        (Terms(CHARGE, 11_000, lesser=None), [400_00, 70_00, 160_00]),
        (Terms(CHARGE, 11_000, lesser=False), [440_00, 77_00, 176_00]),
        (Terms(visit_cents=88_00), [88_00, 70_00, 88_00]),
        (Terms(visit_cents=88_00, lesser=False), [88_00, 88_00, 88_00]),
        (Terms(visit_cents=88_00, evaluation_cents=128_00), [128_00, 70_00, 88_00]),
        (Terms(visit_cents=60_00, assistants_bp=8500), [51_00, 60_00, 60_00]),
        (Terms(visit_cents=60_00, evaluation_cents=90_00, assistants_bp=8500), [76_50, 60_00, 60_00]),
        (Terms(), [UNKNOWN] * 3),
    ],
)
def test_the_cents_of_visits(terms: Terms, visits: list[int]) -> None:
    assert pay(EVIDENCE, terms).visits.tolist() == visits


def test_an_assistants_line_without_an_amount_stays_without_one() -> None:
    lines = [replace(line, assistant=True) for line in LINES]
    evidence = evidence_of(lines, [0] * 5)
    assert pay(evidence, replace(BY_FEE, assistants_bp=4000)).visits.tolist() == [43_20 + 37_44, 14_40, UNKNOWN]


def test_a_line_is_hit_to_the_cent_and_a_visit_where_all_its_lines_are() -> None:
    evidence = evidence_of(LINES, [108_00, 93_60, 36_01, 9_00, 64_80])
    found = pay(evidence, replace(BY_FEE, other_bp=4500))
    assert found.line_hit.tolist() == [True, True, False, True, True]
    assert found.visit_hit.tolist() == [True, False, True]
    # A line without an amount is never hit, and spoils its visit.
    found = pay(evidence, BY_FEE)
    assert found.line_hit.tolist() == [True, True, False, False, True]
    assert found.visit_hit.tolist() == [True, False, False]


def test_at_a_limit_the_total_tells_however_it_stands_on_the_lines() -> None:
    evidence = evidence_of(LINES, [75_00, 0, 59_99, 20_00, 53_79])
    found = pay(evidence, replace(BY_FEE, other_bp=4500, cap_cents=75_00, floor_cents=60_00))
    assert found.at_cap.tolist() == [True, False, False]
    assert found.at_floor.tolist() == [False, True, False]
    assert found.line_hit.tolist() == [True, True, True, False, False]
    assert found.visit_hit.tolist() == [True, True, False]


def test_a_floor_waits_for_every_line_of_a_visit() -> None:
    found = pay(EVIDENCE, replace(BY_FEE, floor_cents=500_00))
    assert found.at_floor.tolist() == [True, True, False]
    assert not found.at_cap.any()


def test_the_charge_is_tested_where_it_lies_below_the_amount() -> None:
    assert pay(EVIDENCE, Terms(CHARGE, 10_000)).bound.tolist() == [False] * 5
    assert pay(EVIDENCE, replace(BY_FEE, fees={"97010": Fee(20_01, 20_01)})).bound.tolist() == [0, 0, 0, 1, 0]
    # The second visit of 70.00 is below the rate; so are all lines of the visit.
    assert pay(EVIDENCE, Terms(visit_cents=161_00)).bound.tolist() == [False, False, True, True, True]


def test_a_line_without_a_charge_is_never_bound_by_it() -> None:
    lines = [replace(line, charge=UNKNOWN) if line.code == "97010" else line for line in LINES]
    evidence = evidence_of(lines, [0] * 5)
    assert of_lines(evidence, Terms(CHARGE, 5800)).tolist() == [110_20, 121_80, 40_60, UNKNOWN, 81_20]
    assert of_lines(evidence, replace(BY_FEE, other_bp=4500))[3] == UNKNOWN
    assert evidence.visit_charge.tolist() == [400_00, 70_00, UNKNOWN]
    assert pay(evidence, Terms(visit_cents=500_00)).visits.tolist() == [400_00, 70_00, 500_00]
    by_fee = Terms(fees={"97010": Fee(500_00, 500_00)}, lesser=True)
    assert pay(evidence, by_fee).bound.tolist() == [False] * 5


def test_terms_are_named_by_a_base_fees_or_a_rate_alone() -> None:
    assert Terms(CHARGE, 5800).named
    assert BY_FEE.named
    assert Terms(visit_cents=1).named
    assert not Terms(other_bp=4500, cap_cents=75_00).named


def test_some_visits_of_the_evidence_are_numbered_anew() -> None:
    evidence = evidence_of(LINES, [1, 2, 3, 4, 5], {MEDICARE: TWICE}, parts=[2])
    some = evidence.of_visits(np.array([True, False, True]))
    assert some.visit.tolist() == [0, 0, 1, 1]
    assert some.visit_amount.tolist() == [3, 9]
    assert some.medicare[MEDICARE].tolist() == [TWICE[0], TWICE[1], TWICE[3], TWICE[4]]
    assert some.whole.tolist() == [True, False]
    assert some.with_evaluation.tolist() == [True, False]
    assert some.with_assistant.tolist() == [True, False]
    assert some.visit_day.tolist() == [DAY.toordinal()] * 2
