"""Fees of rare codes, read off a line or two once the terms are known; an odd line teaches nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from analysis.payers.discovery.fit import described
from analysis.payers.discovery.rare import with_rare_fees
from analysis.payers.discovery.stretches import Stretch
from analysis.payers.discovery.terms import Base, Fee, Terms
from tests.payers.discovery.made_up import (
    FEES,
    Line,
    amounts_of,
    by_fee,
    evidence_of,
    made_visits,
    medicare_of,
    share,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.payers.discovery.evidence import Evidence

DAY = date(2025, 8, 1)
COMMON = made_visits(30)
TABLE = {code: Fee(cents, cents) for code, cents in FEES.items()}
STEPPED = {code: Fee(cents, share(cents, 80)) for code, cents in FEES.items()}
MPPR = Base("medicare", "yes")
CHARGE_OF_RARE = 98_00


def rare(*units: int, code: str = "97760", assistant: bool = False) -> list[Line]:
    return [Line(900 + at, DAY, code, each, each * CHARGE_OF_RARE, assistant) for at, each in enumerate(units)]


def with_rare(evidence: Evidence, terms: Terms) -> Terms:
    [part] = with_rare_fees([Stretch(None, evidence, (described(evidence, terms, Terms()),))])
    return part.best.terms


def completed(terms: Terms, extra: Sequence[Line], amounts: Sequence[int], further: float = 100) -> Terms:
    """Return the terms with rare fees; the common lines are paid by `FEES`."""
    lines = [*COMMON, *extra]
    paid = [*amounts_of(COMMON, lambda line: by_fee(line, further=further)), *amounts]
    evidence = evidence_of(lines, paid, medicare_of(lines))
    return with_rare(evidence, terms)


@pytest.mark.parametrize(
    ("units", "amounts", "fee"),
    [
        ((1,), (47_00,), Fee(47_00, 47_00)),
        ((2,), (94_00,), Fee(47_00, 47_00)),
        ((1, 1, 1), (47_00, 47_00, 51_13), Fee(47_00, 47_00)),
        # Two lines that do not agree, and one that cannot be parted into units.
        ((1, 1), (47_00, 51_13), None),
        ((2,), (94_01,), None),
        # Paid in full: the fee may be anything above.
        ((1,), (CHARGE_OF_RARE,), None),
    ],
)
def test_a_fee_off_one_line(units: tuple[int, ...], amounts: tuple[int, ...], fee: Fee | None) -> None:
    found = completed(Terms(fees=TABLE), rare(*units), amounts)
    assert found.fees.get("97760") == fee
    assert {code: found.fees[code] for code in TABLE} == TABLE


def test_an_assistants_line_shows_no_fee() -> None:
    assert "97760" not in completed(Terms(fees=TABLE), rare(1, assistant=True), [47_00]).fees


def test_a_line_shows_its_fee_only_where_the_rest_of_its_visit_comes_out() -> None:
    beside = Line(900, DAY, "97110", 1, 70_00)
    assert completed(Terms(fees=TABLE), [*rare(1), beside], [47_00, 36_00]).fees["97760"] == Fee(47_00, 47_00)
    assert "97760" not in completed(Terms(fees=TABLE), [*rare(1), beside], [47_00, 31_00]).fees


def test_further_units_are_read_where_they_cost_less_for_other_codes_too() -> None:
    stepped = Terms(fees=STEPPED)
    assert completed(stepped, rare(1, 2), [50_00, 90_00], 80).fees["97760"] == Fee(50_00, 40_00)
    # Several units alone do not show the first; 30.00 is far from four fifths of 50.00.
    assert "97760" not in completed(stepped, rare(2), [90_00], 80).fees
    assert completed(stepped, rare(1, 2), [50_00, 80_00], 80).fees["97760"] == Fee(50_00, 50_00)


def test_a_known_fee_learns_what_its_further_units_cost() -> None:
    known = Terms(fees=STEPPED | {"97760": Fee(50_00, 50_00)})
    assert completed(known, rare(1, 2), [50_00, 90_00], 80).fees["97760"] == Fee(50_00, 40_00)


def of_medicare(
    extra: Sequence[Line], amounts: Sequence[int], terms: Terms | None = None, cap: int | None = None
) -> Terms:
    lines = [*COMMON, *extra]
    medicare = medicare_of(lines)
    paid = [share(twice, 55) for twice in medicare[MPPR][: len(COMMON)]]
    evidence = evidence_of(lines, [*paid, *amounts], medicare, parts=[900] if cap else [])
    start = replace(terms or Terms(MPPR, 11_000), cap_cents=cap)
    return with_rare(evidence, start)


def test_beside_a_percentage_a_round_part_of_the_charge_is_likelier_than_a_fee() -> None:
    found = of_medicare(rare(1, 2), [39_20, 78_40])
    assert (found.other_bp, found.fees) == (4000, {})
    # An assistant's line at 85 % of that tells the same.
    less = of_medicare(rare(1, assistant=True), [33_32], Terms(MPPR, 11_000, assistants_bp=8500))
    assert less.other_bp == 4000
    # 41.37 % is not round: two lines that agree are a fee, one alone is nothing.
    assert of_medicare(rare(1, 1), [40_54, 40_54]).fees == {"97760": Fee(40_54, 40_54)}
    assert of_medicare(rare(1), [40_54]) == Terms(MPPR, 11_000)


def test_an_evaluation_apart_from_a_percentage_needs_one_line() -> None:
    lines = [replace(line, code="97110") if line.code == "97161" else line for line in COMMON]
    extra = [Line(900, DAY, "97161", 1, 190_00)]
    medicare = medicare_of([*lines, *extra])
    paid = [*(share(twice, 55) for twice in medicare[MPPR][: len(lines)]), 95_00]
    evidence = evidence_of([*lines, *extra], paid, medicare)
    found = with_rare(evidence, Terms(MPPR, 11_000))
    assert found.fees == {"97161": Fee(95_00, 95_00)}


def test_a_visit_at_the_cap_shows_no_fee_of_a_rare_code() -> None:
    assert of_medicare(rare(1, 1), [40_54, 40_54], cap=40_54).fees == {}
    assert of_medicare(rare(1, 1), [40_54, 40_54], cap=500_00).fees == {"97760": Fee(40_54, 40_54)}
    assert of_medicare(rare(1, 1), [40_54, 40_54]).fees == {"97760": Fee(40_54, 40_54)}


def test_a_rate_per_visit_and_terms_that_miss_nothing_stay_as_they_are() -> None:
    rate = Terms(visit_cents=88_00)
    assert completed(rate, rare(1), [47_00]) == rate
    assert completed(Terms(fees=TABLE), [], []) == Terms(fees=TABLE)
    assert completed(Terms(), rare(1), [47_00]) == Terms()
