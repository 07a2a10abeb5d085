"""The frames that leave the room have the columns and types their schemas say, in that order."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from analysis.ingest import read_export
from analysis.medicare.fees import resolve
from analysis.payers import ContractBook
from analysis.payments import FINDINGS, WORKLIST, compare, expectations, findings, underpaid
from analysis.payments.compared import BY, COMPARISON
from analysis.payments.expected import EXPECTATIONS
from analysis.pricing import price
from analysis.whatif.scenarios import Contract

CSV = """Patient ID,DOS,CPT,Mods,Units,Charge,Payer,Allowed,Insurance Paid,Status,Adjustment Reason,Remittance Date
P1,2026-01-05,97110,GP,2,120.00,Medicare,30.00,20.00,paid,CO-45,2026-01-25
P1,2026-01-05,97140,GP,1,60.00,Aetna,0.00,0.00,denied,CO-197,2026-01-30
P2,2026-02-05,97110,GP,x,60.00,Medicare,,,,,
"""
EXPORT = read_export(CSV.encode(), "a.csv", key=b"k" * 32, today=date(2026, 11, 22))
PRICED = price(EXPORT.lines, resolve("14202"))
CONTRACTS = ContractBook((Contract("medicare", payer="Aetna", percent_bp=11_000, year=2025),))


@pytest.mark.parametrize("contracts", [ContractBook(), CONTRACTS], ids=["no contract", "a contract"])
def test_what_is_expected_and_what_is_short(contracts: ContractBook) -> None:
    expected = expectations(PRICED, contracts)
    assert dict(expected.schema) == EXPECTATIONS
    assert expected["line_id"].equals(PRICED.lines["line_id"])
    assert dict(underpaid(PRICED, contracts).schema) == WORKLIST
    assert dict(findings(PRICED, EXPORT, contracts).schema) == FINDINGS
    for by in BY:
        assert dict(compare(PRICED.lines, expected, by).schema) == COMPARISON


def test_they_are_the_same_without_a_line() -> None:
    nothing = price(EXPORT.lines.clear(), resolve("14202"))
    expected = expectations(nothing, CONTRACTS)
    assert dict(expected.schema) == EXPECTATIONS
    assert dict(compare(nothing.lines, expected, "payer").schema) == COMPARISON
    assert list(COMPARISON) == compare(nothing.lines, expected, "month").columns
    assert isinstance(WORKLIST["due_cents"], pl.Int64)
