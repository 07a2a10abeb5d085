"""What each payer pays under a scenario, against a slow second opinion (reference.py): payer by payer, to the cent."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from analysis.codes import hcpcs as codes
from analysis.payers import ContractBook, Payers, Revenue, observe
from analysis.pricing import price
from analysis.whatif.scenarios import Contract
from analysis.whatif.scenarios.files import read
from analysis.whatif.visits import build
from tests.payers import reference
from tests.pricing.lines import PLACES
from tests.whatif.scenarios.draws import PAYERS, entries, random_lines, to_toml
from tests.whatif.scenarios.reference import read as read_tables

if TYPE_CHECKING:
    import polars as pl

    from analysis.pricing import Priced

AETNA, HUMANA = {"payer": "Aetna"}, {"payer": "Humana Gold"}
FEES = {"97110": Decimal("31.50"), "97112": 34, "97140": Decimal("29.99"), "97530": 38, "97161": 95}
FURTHER = {"97110": Decimal("25.20"), "97530": 30}
CONTRACTS: dict[str, dict[str, Any]] = {
    "percent": {"basis": "medicare", "percent": Decimal("1.1")},
    "percent without MPPR": {"basis": "medicare", "percent": Decimal("0.68"), "mppr": False},
    "half for further units": {"basis": "medicare", "percent": Decimal("1.25"), "further_units": Decimal("0.5")},
    "percent of a year": {"basis": "medicare", "percent": Decimal("1.0725"), "year": 2025, "lesser": False},
    "percent of a place": {"basis": "medicare", "percent": 1, "locality": "15202-00", "assistants": Decimal("0.85")},
    "percent, fees apart": {
        "basis": "medicare",
        "percent": Decimal("1.2"),
        "fees": {"97161": 95, "97530": 40},
        "further_fees": {"97530": Decimal("33.33")},
        "other": Decimal("0.45"),
    },
    "fees": {"basis": "fees", "fees": FEES, "further_fees": FURTHER, "assistants": Decimal("0.85")},
    "fees, other codes, lesser": {"basis": "fees", "fees": {"97110": 33}, "other": Decimal("0.555"), "lesser": True},
    "visit": {"basis": "visit", "visit": 88},
    "visit, evaluation": {
        "basis": "visit",
        "visit": Decimal("75.05"),
        "evaluation": 128,
        "assistants": Decimal("0.85"),
        "lesser": True,
    },
    "charges": {"basis": "charges", "percent": Decimal("0.58")},
    "charges, cap and floor": {
        "basis": "charges",
        "percent": Decimal("0.7333"),
        "visit_cap": 90,
        "visit_floor": Decimal("40.01"),
        "assistants": Decimal("0.9"),
    },
    "percent, cap": {"basis": "medicare", "percent": Decimal("1.4"), "visit_cap": Decimal("85.55")},
}
UNKNOWN = {"payer_class": "Unknown", "basis": "charges", "percent": Decimal("0.5")}
ONE = {"from": "97110", "to": "97112", "units_per_visit": 1, "share": Decimal("0.2")}
ALL = {"from": "97140", "to": "97530", "units_per_visit": "all", "share": Decimal("0.3333")}
SCENARIOS: dict[str, dict[str, Any]] = {
    "recode": {"recode": [ONE, ALL]},
    "schedule": {"schedule": {"year": 2026}, "mppr": {"rate": Decimal("0.25")}},
    "everything": {
        "recode": [ONE],
        "schedule": {"year": 2025},
        "assistants": {"to_therapist": Decimal("0.4")},
        "volume": [{"change": Decimal("0.05"), "where": {"payer": "Aetna"}}],
    },
}


@cache
def practice() -> tuple[pl.DataFrame, Priced]:
    lines = random_lines(220, 11)
    return lines, price(lines, PLACES)


def contracts_of(*tables: dict[str, Any]) -> tuple[Contract, ...]:
    return read(to_toml({"contract": list(tables)}), "drawn.toml").of(Contract) if tables else ()


def plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


def agree(tables: dict[str, Any], *contracts: dict[str, Any]) -> Revenue:
    """Both opinions alike for every payer; the product's answer."""
    lines, priced = practice()
    scenario, book = read(to_toml(tables), "drawn.toml"), ContractBook(contracts_of(*contracts))
    cube = build(priced, scenarios=[scenario, *book.scenarios()], codes=codes.load())
    answer = Payers(cube, book, observe(priced.lines)).revenue(scenario)
    tables_of_payer = read_tables(to_toml({"contract": list(contracts)}))["contract"]
    of_payer: dict[str, Any] = {plain(name or "Unknown"): None for name in PAYERS}
    of_payer |= {plain(one.get("payer") or one["payer_class"]): one for one in tables_of_payer}
    expected = reference.compare(entries(lines, PLACES), read_tables(to_toml(tables)), of_payer)
    rows = {(row["payer"], row["payer_class"]): row for row in answer.per_payer.iter_rows(named=True)}
    for (payer, payer_class), sides in expected.items():
        row = rows[payer or payer_class, payer_class]
        assert (row["before_cents"], row["after_cents"]) == tuple(map(reference.cents, sides)), (payer, payer_class)
    known = {key for key, row in rows.items() if row["before_cents"] is not None}
    assert known == {(payer or payer_class, payer_class) for payer, payer_class in expected}
    return answer


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_basis_under_every_kind_of_scenario(contract: str, scenario: str) -> None:
    answer = agree(SCENARIOS[scenario], AETNA | CONTRACTS[contract], HUMANA | CONTRACTS["percent"], UNKNOWN)
    for side in ("before", "after", "difference"):
        assert answer.per_code[f"payers_{side}_cents"].sum() == getattr(answer, f"{side}_cents")
    assert answer.per_payer.filter(payer="Aetna")["before_cents"].item(), "the payer is among the lines"


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_change_of_contract_and_of_codes_at_once(contract: str) -> None:
    new = AETNA | CONTRACTS[contract]
    answer = agree(
        {"recode": [ONE], "contract": [new]}, AETNA | CONTRACTS["fees"], HUMANA | CONTRACTS["visit"], UNKNOWN
    )
    assert answer.difference_cents
