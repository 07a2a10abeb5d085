"""Contract tables as practices keep them, and what is said of a wrong cell."""

from __future__ import annotations

import io

import openpyxl
import pytest

from analysis.errors import BadInput
from analysis.payers import read_upload
from analysis.whatif.scenarios import Contract, contracts_toml

TABLE = """Payer,Class,Pays by,% of Medicare,Year,MPPR,Visit rate,Cap,CPT,Fee
Acme,,medicare,110%,2025,no,,120,,
Blue,,,1.05,,,,,,
Auto,,,,,,$95.00,,,
Fees Inc,,,,,,,,97110,31.50
Fees Inc,,,,,,,,97112,$33
,Workers' compensation,charges,60,,,,,,
Seen,,observed,,,,,,,
"""
FOUND = (
    Contract("medicare", payer="Acme", percent_bp=11_000, year=2025, mppr=False, visit_cap_cents=12_000),
    Contract("medicare", payer="Blue", percent_bp=10_500),
    Contract("visit", payer="Auto", visit_cents=9_500),
    Contract("fees", payer="Fees Inc", fees=(("97110", 3_150), ("97112", 3_300))),
    Contract("charges", payer_class="Workers' compensation", percent_bp=6_000),
    Contract("observed", payer="Seen"),
)


def test_a_table_of_every_basis() -> None:
    assert read_upload(TABLE.encode(), "contracts.csv").contracts == FOUND


def test_the_same_from_a_workbook_and_from_our_own_file() -> None:
    book = openpyxl.Workbook()
    for row in TABLE.strip().split("\n"):
        book.active.append(row.split(","))
    held = io.BytesIO()
    book.save(held)
    assert read_upload(held.getvalue(), "contracts.xlsx").contracts == FOUND
    assert read_upload(contracts_toml(FOUND).encode(), "contracts.toml").contracts == FOUND


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Name,Percent\nAcme,110\n", "expected a column Payer or Payer class"),
        ("Payer,Percent\nAcme,lots\n", "c.csv, row 2, column \"Percent\": found 'lots'"),
        ("Payer,Year,Percent\nAcme,next,110\n", 'row 2, column "Year"'),
        ("Payer,MPPR,Percent\nAcme,maybe,110\n", "expected yes or no"),
        ("Payer,Visit\nAcme,95\nAcme,96\n", "row 3: found a second row for Acme"),
        ("Payer,CPT,Fee\nAcme,97110,\n", "a code without a fee"),
        ("Payer,CPT,Fee\nAcme,,31\n", "a fee without a code"),
        ("Payer,CPT,Fee\nAcme,97110,31\nAcme,97110,32\n", "97110 twice"),
        ("Payer,Percent\n,110\n", "row 2: found no payer"),
        ("Payer,Percent\n,\n", "found"),
        ("Payer,Percent\nAcme,-5\n", "row 2"),
        ("Payer,Basis,Percent\nAcme,guess,110\n", "row 2"),
        ("Payer,Basis\nAcme,medicare\n", "row 2"),
    ],
)
def test_a_wrong_cell_is_named(text: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_upload(text.encode(), "c.csv")
    assert said in str(refused.value)
    assert "c.csv" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Payer,Percent\nAcme,nan\n", "row 2.*Percent.*a percentage such as 110%"),
        ("Payer,CPT,Fee,Cap\nAcme,97110,31,100\nAcme,97112,33,120\n", "row 3.*visit_cap.*after 100 in an earlier row"),
    ],
    ids=["no number", "rows that differ"],
)
def test_cells_that_cannot_be_meant(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_upload(text.encode(), "contracts.csv")
