"""Whose lines MPPR cuts: Medicare's, and those of payers whose terms apply it, on the days they hold."""

from __future__ import annotations

from datetime import date

import pytest

from analysis.medicare.fees import NATIONAL
from analysis.payers import ContractBook, under_mppr
from analysis.payments import cost_of_cuts
from analysis.pricing import price
from analysis.whatif.scenarios import Contract
from tests.pricing.lines import frame

SUMMIT = {"payer": "Summit", "payer_class": "Commercial"}
LINES = price(
    frame(
        [
            {"visit_key": 1, "payer": "Medicare", "units": 2},
            {"visit_key": 2, "payer": "Evergreen", "payer_class": "Medicare Advantage", "units": 2},
            {"visit_key": 3, **SUMMIT, "units": 2},
            {"visit_key": 4, **SUMMIT, "units": 2, "date_of_service": date(2026, 6, 1)},
            {"visit_key": 5, "payer": None, "payer_class": "Unknown", "units": 2},
        ]
    ),
    NATIONAL,
).lines


def _visits(*contracts: Contract, discovered: tuple[Contract, ...] | None = ()) -> list[int]:
    return under_mppr(LINES, ContractBook(contracts, discovered))["visit_key"].to_list()


def test_medicare_applies_it_and_unknown_terms_do_not_count() -> None:
    assert _visits() == [1]
    assert _visits(discovered=None) == [1]


def test_payers_that_pay_a_percent_of_medicare_with_it_count_whether_entered_or_discovered() -> None:
    evergreen = Contract("medicare", payer="Evergreen", percent_bp=10_000)
    assert _visits(evergreen) == _visits(discovered=(evergreen,)) == [1, 2]
    assert _visits(Contract("medicare", payer_class="Unknown", percent_bp=9_000)) == [1, 5]


@pytest.mark.parametrize(
    "contract",
    [
        Contract("medicare", payer="Summit", percent_bp=11_000, mppr=False),
        Contract("medicare", payer="Summit", percent_bp=11_000, further_units_bp=5_000),
        Contract("visit", payer="Summit", visit_cents=9_000),
        Contract("charges", payer="Summit", percent_bp=5_000),
    ],
)
def test_other_terms_do_not_apply_it(contract: Contract) -> None:
    assert _visits(contract) == [1]


def test_terms_count_on_the_days_they_hold() -> None:
    since = Contract("medicare", payer="Summit", percent_bp=11_000, since=date(2026, 5, 1))
    before = Contract("visit", payer="Summit", visit_cents=9_000)
    assert _visits(before, since) == [1, 4]
    assert _visits(since) == [1, 4]


def test_medicare_by_an_entered_contract_without_it_has_no_cost_of_mppr() -> None:
    assert _visits(Contract("medicare", payer_class="Medicare", percent_bp=10_000, mppr=False)) == []


def test_its_cost_is_told_apart_for_medicare_and_the_others() -> None:
    book = ContractBook((Contract("medicare", payer="Evergreen", percent_bp=10_000),))
    cuts = cost_of_cuts(LINES, under_mppr(LINES, book))
    of_a_visit = LINES.filter(visit_key=1).select(LINES["list_cents"][0] - LINES["scheduled_cents"][0]).item()
    assert cuts["mppr"] == cuts["mppr_others"] == of_a_visit > 0
