"""Payers on the same visits, worked by hand at the national amounts of 2026; a fee table beside Medicare's amounts.

97110: full 29.06, reduced 22.21. 97112: full 32.73, reduced 24.88; it outranks 97110.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from analysis.medicare.fees import NATIONAL
from analysis.payers import ContractBook
from analysis.payers.discovery.discover import Discoveries, Discovery
from analysis.payers.fee_tables import compare_fees
from analysis.payers.known import known_payers
from analysis.payers.ranking import rank
from analysis.pricing import price
from analysis.whatif.scenarios import Contract
from tests.pricing.lines import frame

if TYPE_CHECKING:
    import polars as pl

    from analysis.payers.ranking import Ranking


def line(visit: int, code: str, units: int, charge: int, **other: Any) -> dict[str, Any]:
    return {"visit_key": visit, "patient_key": visit, "code": code, "units": units, "charge_cents": charge} | other


ACME, ZETA = ({"payer": name, "payer_class": "Commercial"} for name in ("Acme", "Zeta"))
ROWS = [
    line(1, "97112", 1, 8_000, **ACME),
    line(1, "97110", 2, 14_000, **ZETA),
    line(2, "97110", 1, 7_000, **ACME),
]
"""A visit two payers share, and one of a single unit: at Medicare rates, decided by one, 32.73 + 44.42 and 29.06."""


@pytest.fixture(scope="module")
def lines() -> pl.DataFrame:
    return price(frame(ROWS), NATIONAL).lines


def ranked(lines: pl.DataFrame, *contracts: Contract) -> Ranking:
    payers = [contract.payer for contract in contracts]
    looked_at = tuple(Discovery(payer, "Commercial", (payer or "",), "", (), 0) for payer in (*payers, "Nobody"))
    return rank(lines, known_payers(Discoveries(looked_at), ContractBook(contracts, ())))


def test_the_same_visits_by_every_payers_terms(lines: pl.DataFrame) -> None:
    found = ranked(
        lines,
        Contract("medicare", payer="Medicare and a half", percent_bp=15_000),
        Contract("visit", payer="By the visit", visit_cents=5_000),
        Contract("fees", payer="One fee", fees=(("97110", 3_000),)),
        Contract("charges", payer="Capped", percent_bp=5_000, visit_cap_cents=6_000),
    )
    assert (found.visits, found.medicare_per_visit_cents) == (2, (7_715 + 2_906 + 1) // 2)
    rows = {row["payer"]: row for row in found.per_visit.iter_rows(named=True)}
    # 32.73 x 1.5 = 49.095, 44.42 x 1.5 = 66.63 and 29.06 x 1.5 = 43.59, each line rounded.
    assert rows["Medicare and a half"]["payer_visit_cents"] == (4_910 + 6_663 + 4_359) // 2
    assert rows["By the visit"]["payer_visit_cents"] == 5_000
    assert rows["By the visit"]["share_of_medicare_amount"] == 10_000 / 10_621
    # No fee for 97112: its visit is left out, on Medicare's side too.
    assert (rows["One fee"]["payer_visit_cents"], rows["One fee"]["visits_priced"]) == (3_000, 1)
    assert rows["One fee"]["share_of_medicare_amount"] == 3_000 / 2_906
    # Half of 220.00 is above the cap of 60.00; half of 70.00 is 35.00.
    assert rows["Capped"]["payer_visit_cents"] == (6_000 + 3_500) // 2
    assert rows["Capped"]["share_of_charges"] == 9_500 / 29_000
    assert set(rows["Nobody"].values()) == {"Nobody", None}
    assert found.per_visit["payer"].to_list() == ["Medicare and a half", "One fee", "By the visit", "Capped", "Nobody"]


def test_what_one_more_unit_brings(lines: pl.DataFrame) -> None:
    found = ranked(
        lines,
        Contract("medicare", payer="As Medicare", percent_bp=10_000),
        Contract("visit", payer="By the visit", visit_cents=5_000),
        Contract("charges", payer="Capped", percent_bp=5_000, visit_cap_cents=6_000),
    )
    assert found.codes == ("97110", "97112")
    units = {row["payer"]: row for row in found.per_unit.iter_rows(named=True)}
    assert units["As Medicare"]["97110"] == 2_221, "a further unit in both visits"
    assert units["As Medicare"]["97112"] == 2_488
    assert units["By the visit"]["97110"] == 0
    # Nothing in the visit that is at its cap; half of 140.00 is more than 60.00, so 25.00 in the other one.
    assert units["Capped"]["97110"] == 2_500 // 2
    assert units["Nobody"]["97110"] is None


def test_a_fee_table_beside_medicare_and_the_charges(lines: pl.DataFrame) -> None:
    contract = Contract("fees", payer="Acme", fees=(("97110", 3_600), ("97150", 1_000)))
    found = compare_fees(contract, lines, NATIONAL)
    assert found.frame.select("code", "fee_cents", "medicare_cents", "charge_cents", "units").rows() == [
        ("97110", 3_600, 2_906, 7_000, 3),
        ("97112", None, 3_273, 8_000, 1),
        ("97150", 1_000, 1_804, None, 0),
    ]
    assert found.share_of_medicare_amount == 3_600 / 2_906
    assert found.share_of_charges == 3_600 / 7_000
    assert found.codes_without_fee == ("97112",)
    nowhere = compare_fees(contract, lines, None)
    assert nowhere.share_of_medicare_amount is None
