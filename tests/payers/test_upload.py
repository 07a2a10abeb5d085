"""Contract tables as practices keep them, and what is said of a wrong cell."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest

from analysis.errors import BadInput
from analysis.payers import WithoutPayer, read_upload
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


def read(text: str) -> tuple[Contract, ...]:
    return read_upload(text.encode(), "contracts.csv").contracts


def test_every_entry_of_a_contract_has_a_column() -> None:
    text = (
        "Payer,Pays by,% of Medicare,Further units %,Rate per visit,Evaluation rate,Floor,Cap,Lesser of charge,PTA %,"
        "Other codes,From,To,CPT,Fee,Fee of further units\n"
        'Acme,,110%,50%,,,60,"1,100",no,85,45%,1/1/2026,12/31/2026,97161,95,\n'
        "Zeta,,,,88,128,,,,,,,,,,\n"
        "Omega,,,,,,,,,,,,,97110,36,28.80\n"
    )
    assert read(text) == (
        Contract(
            "medicare",
            payer="Acme",
            percent_bp=11_000,
            further_units_bp=5_000,
            visit_floor_cents=6_000,
            visit_cap_cents=110_000,
            lesser=False,
            assistants_bp=8_500,
            other_bp=4_500,
            since=date(2026, 1, 1),
            until=date(2026, 12, 31),
            fees=(("97161", 9_500),),
        ),
        Contract("visit", payer="Zeta", visit_cents=8_800, evaluation_cents=12_800),
        Contract("fees", payer="Omega", fees=(("97110", 3_600),), further_fees=(("97110", 2_880),)),
    )


def test_a_payer_has_one_contract_for_each_stretch_of_time_however_it_is_spelled() -> None:
    text = "Payer,From,CPT,Fee\nAcme PPO,,97110,30\nACME-PPO,,97112,33\nAcme PPO,2026-04-01,97110,31\n"
    assert read(text) == (
        Contract("fees", payer="Acme PPO", fees=(("97110", 3_000), ("97112", 3_300))),
        Contract("fees", payer="Acme PPO", fees=(("97110", 3_100),), since=date(2026, 4, 1)),
    )


def test_a_percent_of_charge_is_never_taken_for_one_of_medicare() -> None:
    assert read("Payer,% of charge\nAcme,58\n") == (Contract("charges", payer="Acme", percent_bp=5_800),)
    both = "Payer,% of Medicare,% of charge\nAcme,110%,\nZeta,,58%\n"
    assert [contract.basis for contract in read(both)] == ["medicare", "charges"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Payer,Percent,Rate %\nAcme,110,\n", "the columns Percent and Rate %, which mean the same"),
        ("Payer,% of Medicare,% of charge\nAcme,110,58\n", "row 2: found both % of Medicare and % of charge"),
        ("Payer,Percent,Visit\nAcme,,\n", "row 2: found no terms for Acme"),
        ('Payer,Visit\nAcme,"88,00"\n', "expected dollars such as 31.50 or 1,100.00"),
        ("Payer,Visit\nAcme,-88\n", "not a negative number"),
        ("Payer,PTA %,Visit\nAcme,185,88\n", "at most 100%"),
        ("Payer,Visit,From,To\nAcme,88,2026-04-01,2026-03-31\n", 'column "To": found a last day of 2026-03-31'),
    ],
)
def test_what_would_mislead_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(text)
    assert said in str(refused.value)
    assert str(refused.value).count(";") == 2


def test_columns_nobody_knows_are_named() -> None:
    assert read_upload(b"Payer,Percent\nAcme,110\n", "c.csv").notes == ()
    [note] = read_upload(b"Payer,Percent,Remarks\nAcme,110,x\n", "c.csv").notes
    assert note.startswith("This column was not read: Remarks.")


FEE_TABLE = b"CPT,Description,Rate\n97110,Exercise,31.50\n97010,Packs,0.00\n97140,Manual,\n"


def test_a_fee_table_needs_its_payer() -> None:
    with pytest.raises(WithoutPayer):
        read_upload(FEE_TABLE, "fees.csv")
    upload = read_upload(FEE_TABLE, "fees.csv", payer="Acme")
    assert upload.contracts == (Contract("fees", payer="Acme", fees=(("97010", 0), ("97110", 3_150))),)
    assert [note.split(":")[0] for note in upload.notes] == [
        "This column was not read",
        "Row without a code or a fee",
    ]


def test_a_fee_table_without_a_fee_is_refused() -> None:
    with pytest.raises(BadInput, match="no fee for any code"):
        read_upload(b"CPT,Rate\n97110,\n", "fees.csv", payer="Acme")
