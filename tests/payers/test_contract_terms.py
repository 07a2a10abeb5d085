"""What a contract pays, term by term, worked by hand; and terms as `revmix contracts` writes them, read back."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from analysis.errors import BadInput
from analysis.payers import ContractBook, is_assistant, line_amount, read_upload, same_payer
from analysis.payers.amounts import visit_amount
from analysis.payers.discovery import contract_of
from analysis.payers.discovery.texts import basis_of, read_terms, terms_text
from analysis.whatif.scenarios import Contract

if TYPE_CHECKING:
    from collections.abc import Sequence

LINES = pl.DataFrame(
    {
        # A visit: 97530 in full, two of 97110 reduced, an assistant's 97140, and a code without a Medicare amount.
        "visit": [1, 1, 1, 1],
        "code": ["97530", "97110", "97140", "97014"],
        "units": [1, 2, 1, 1],
        "charge_cents": [8_000, 12_000, 5_500, 3_000],
        "assistant": [False, False, True, False],
        "not_covered": [False] * 4,
        "full_units": [1, 0, 0, None],
        "list_cents": [3_507, 5_714, 2_700, None],
        "scheduled_cents": [3_507, 4_300, 2_000, None],
    },
    schema_overrides={"full_units": pl.Int64, "list_cents": pl.Int64, "scheduled_cents": pl.Int64},
)


def paid(**terms: Any) -> list[int | None]:
    """What each of LINES is paid."""
    return LINES.with_columns(paid=line_amount(Contract(payer="Acme", **terms)))["paid"].to_list()


@pytest.mark.parametrize(
    ("terms", "cents"),
    [
        ({"basis": "medicare", "percent_bp": 11_000}, [3_858, 4_730, 2_200, None]),
        ({"basis": "medicare", "percent_bp": 10_000, "mppr": False}, [3_507, 5_714, 2_700, None]),
        # Half of the fee for every unit but the visit's first: 57.14 / 2 and 27.00 / 2.
        ({"basis": "medicare", "percent_bp": 10_000, "further_units_bp": 5_000}, [3_507, 2_857, 1_350, None]),
        ({"basis": "medicare", "percent_bp": 10_000, "fees": (("97110", 3_000),)}, [3_507, 6_000, 2_000, None]),
        ({"basis": "medicare", "percent_bp": 10_000, "other_bp": 4_000}, [3_507, 4_300, 2_000, 1_200]),
        ({"basis": "medicare", "percent_bp": 10_000, "assistants_bp": 8_500}, [3_507, 4_300, 1_700, None]),
        ({"basis": "medicare", "percent_bp": 30_000}, [8_000, 12_000, 5_500, None]),
        ({"basis": "medicare", "percent_bp": 30_000, "lesser": False}, [10_521, 12_900, 6_000, None]),
        (
            {"basis": "fees", "fees": (("97110", 3_600), ("97530", 4_200)), "further_fees": (("97110", 2_880),)},
            [4_200, 6_480, None, None],
        ),
        ({"basis": "fees", "fees": (("97530", 9_000),), "other_bp": 5_000}, [9_000, 6_000, 2_750, 1_500]),
        ({"basis": "fees", "fees": (("97530", 9_000),), "lesser": True}, [8_000, None, None, None]),
        ({"basis": "charges", "percent_bp": 5_800, "assistants_bp": 8_500}, [4_640, 6_960, 2_712, 1_740]),
        ({"basis": "visit", "visit_cents": 8_800}, [None, None, None, None]),
        ({"basis": "observed"}, [None, None, None, None]),
    ],
)
def test_what_a_line_is_paid(terms: dict[str, Any], cents: Sequence[int | None]) -> None:
    assert paid(**terms) == cents


@pytest.mark.parametrize(
    ("terms", "codes", "cents"),
    [
        ({"visit_cents": 8_800}, ["97110"], 8_800),
        ({"visit_cents": 8_800, "evaluation_cents": 12_800}, ["97161", "97110"], 12_800),
        ({"visit_cents": 8_800, "evaluation_cents": 12_800}, ["97110", "97112"], 8_800),
        ({"visit_cents": 8_800, "lesser": True}, ["97110"], 7_000),
        ({"visit_cents": 8_800, "assistants_bp": 8_500}, ["97110"], 7_480),
    ],
)
def test_what_a_visit_is_paid(terms: dict[str, Any], codes: list[str], cents: int) -> None:
    size = len(codes)
    day = pl.DataFrame({"visit": [1] * size, "code": codes, "charge_cents": [7_000] * size, "assistant": [True] * size})
    expression = visit_amount(Contract("visit", payer="Acme", **terms), ["visit"])
    assert day.select(expression.alias("paid"))["paid"].unique().to_list() == [cents]


def test_an_unknown_charge_is_no_limit() -> None:
    day = pl.DataFrame({"visit": [1, 1], "code": ["97110"] * 2, "charge_cents": [100, None], "assistant": [False] * 2})
    rate = visit_amount(Contract("visit", payer="Acme", visit_cents=8_800, lesser=True), ["visit"])
    assert day.select(rate.alias("paid"))["paid"].to_list() == [8_800, 8_800]


def test_modifiers_say_who_gave_the_service() -> None:
    lines = pl.DataFrame({"modifiers": ["CQ GP", "GP", "", "CO GO", "GP KX"]}, schema={"modifiers": pl.Categorical()})
    assert lines.select(is_assistant()).to_series().to_list() == [True, False, False, True, False]


# ---------------------------------------------------------------------------------------------------------------- names
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Aetna PPO", "AETNA - PPO.", True),
        ("Aetna", "Aetna PPO", False),
        (None, "Aetna", False),
        ("BCBS_OH", "bcbs oh", True),
    ],
)
def test_spellings_of_a_payer(one: str | None, other: str, *, same: bool) -> None:
    assert same_payer(one, other) is same


def test_terms_in_force_on_a_day() -> None:
    old = Contract("charges", payer="Acme", percent_bp=5_000)
    new = Contract("charges", payer="Acme", percent_bp=6_000, since=date(2026, 4, 1))
    book = ContractBook((old, new))
    assert book.terms("ACME", "Commercial", date(2026, 3, 31)).contract == old
    assert book.terms("Acme", "Commercial", date(2026, 4, 1)).contract == new
    assert book.terms("Acme", "Commercial").contract == new, "a what-if asks of today"
    assert book.first_days("Acme", "Commercial") == (date(2026, 4, 1),)


def test_entered_terms_win_over_those_read_off() -> None:
    entered, shown = (
        Contract("charges", payer="Acme", percent_bp=5_000),
        Contract("charges", payer="ACME", percent_bp=1),
    )
    other = Contract("visit", payer="Zeta", visit_cents=8_800)
    book = ContractBook((entered,), (shown, other))
    assert book.terms("Acme", "Commercial").source == "payer"
    assert book.terms("Zeta", "Commercial").source == "discovered"
    assert book.every == (entered, other)
    unknown = book.terms("Omega", "Commercial").contract
    assert unknown is not None
    assert unknown.basis == "unknown"
    averaged = ContractBook().terms("Omega", "Commercial").contract
    assert averaged is not None
    assert averaged.basis == "observed"
    assert book.terms("CMS", "Medicare").contract is None


# ---------------------------------------------------------------------------------------------------------------- files
TERMS = [
    ("percent_of_medicare", "percent=110; mppr=yes; year=follow"),
    ("percent_of_medicare", "percent=132.5; mppr=half; year=2024; carve=97161:95.00; assistants=85; other=40%charge"),
    ("percent_of_medicare", "percent=68; mppr=no; year=follow; cap=75.00"),
    ("fee_per_code", "fees=97110:36.00/28.80,97112:40.50; lesser=yes; floor=60.00; other=45%charge"),
    ("per_visit", "visit=88.00; lesser=no; evaluation=128.00"),
    ("percent_of_charge", "percent=58"),
]


@pytest.mark.parametrize(("basis", "text"), TERMS)
def test_terms_are_read_as_they_are_written(basis: str, text: str) -> None:
    terms = read_terms(basis, text)
    assert (basis_of(terms), terms_text(terms)) == (basis, text)


@pytest.mark.parametrize(
    ("basis", "text", "found"),
    [
        ("percent_of_medicare", "percent=110; mppr=maybe", "mppr=maybe"),
        ("percent_of_medicare", "percent=110; year=last", "year=last"),
        ("percent_of_medicare", "mppr=yes", "the terms 'mppr=yes'"),
        ("percent_of_charge", "percent=none", "'none'"),
        ("percent_of_charge", "percent=0", "'0'"),
        ("per_visit", "rate=88.00", "'rate=88.00'"),
        ("per_visit", "visit=88.005", "'88.005'"),
        ("fee_per_code", "fees=97110", "'97110'"),
        ("fee_per_code", "visit=88.00", "the terms 'visit=88.00'"),
        ("guess", "visit=88.00", "the terms 'visit=88.00'"),
    ],
)
def test_terms_that_cannot_be_read(basis: str, text: str, found: str) -> None:
    with pytest.raises(ValueError, match=re.escape(found)):
        read_terms(basis, text)


TABLE = """payer,basis,terms,since,visits,visits_explained
Summit,fee_per_code,"fees=97530:42.00",,325,325
Summit,fee_per_code,"fees=97530:36.96",2026-04-01,155,155
Summit,percent_of_charge,percent=58,2026-04-01,155,155
Lakeview,per_visit,visit=88.00,,404,396
Nobody,unknown,,,12,0
"""


def test_a_table_of_revmix_contracts_is_a_table_of_contracts() -> None:
    contracts = read_upload(TABLE.encode(), "contracts.csv").contracts
    assert contracts == (
        Contract("fees", payer="Summit", fees=(("97530", 4_200),)),
        Contract("fees", payer="Summit", fees=(("97530", 3_696),), since=date(2026, 4, 1)),
        Contract("visit", payer="Lakeview", visit_cents=8_800),
    )
    assert contracts[2] == contract_of("Lakeview", read_terms("per_visit", "visit=88.00"))


@pytest.mark.parametrize(
    ("old", "new", "row", "column"),
    [
        ("visit=88.00", "visit=much", 5, "terms"),
        ("2026-04-01,155", "last April,155", 3, "since"),
    ],
)
def test_a_broken_row_is_named(old: str, new: str, row: int, column: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_upload(TABLE.replace(old, new, 1).encode(), "contracts.csv")
    assert (caught.value.row, caught.value.column) == (row, column)


def test_a_table_that_names_no_terms_is_refused() -> None:
    head = TABLE.splitlines()[0]
    with pytest.raises(BadInput, match="no terms of any payer"):
        read_upload(f"{head}\nNobody,unknown,,,12,0\n".encode(), "contracts.csv")


@pytest.mark.parametrize(("cell", "percent_bp"), [("110%", 11_000), ("110", 11_000), ("1.1", 11_000)])
def test_a_percentage_is_meant_as_people_write_it(cell: str, percent_bp: int) -> None:
    [contract] = read_upload(f"Payer,Pays by,Percent\nAcme,Percent of Medicare,{cell}\n".encode(), "c.csv").contracts
    assert (contract.basis, contract.percent_bp) == ("medicare", percent_bp)


@pytest.mark.parametrize("cell", ["1.1%", "-110%", "0"])
def test_a_percentage_nobody_pays_is_refused(cell: str) -> None:
    with pytest.raises(BadInput, match='column "Percent"'):
        read_upload(f"Payer,Pays by,Percent\nAcme,medicare,{cell}\n".encode(), "c.csv")


def test_a_hundred_percent_of_medicare_said_of_medicare_is_its_rules() -> None:
    """Else the table of `revmix contracts`, read back, would pay Medicare without sequestration."""
    said = contract_of("Medicare Part B", read_terms("percent_of_medicare", "percent=100; mppr=yes; year=follow"))
    book = ContractBook((said,))
    assert book.terms("Medicare Part B", "Medicare").contract is None
    assert book.terms("Medicare Part B", "Medicare Advantage").contract == said
    other = contract_of("Medicare Part B", read_terms("percent_of_medicare", "percent=95; mppr=yes; year=follow"))
    assert ContractBook((other,)).terms("Medicare Part B", "Medicare").contract == other
