"""What-ifs worked by hand (what_if*.toml) against `analysis.whatif` and the reference the other tests trust."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from analysis.medicare.fees import NATIONAL
from analysis.pricing import price
from analysis.whatif.answers import compare
from analysis.whatif.scenarios import Recode
from analysis.whatif.scenarios.files import read
from analysis.whatif.visits import build
from tests.pricing.lines import frame
from tests.whatif.scenarios import reference
from tests.whatif.scenarios.draws import entries

if TYPE_CHECKING:
    import polars as pl

CASES = [
    case
    for path in sorted(Path(__file__).parent.glob("what_if*.toml"))
    for case in tomllib.loads(path.read_text("utf-8"))["case"]
]
MONEY = ("allowed_before_cents", "allowed_after_cents", "receipts_before_cents", "receipts_after_cents")


def lines_of(case: dict[str, Any]) -> pl.DataFrame:
    rows = []
    for text in case["lines"].strip().splitlines():
        visit, code, modifiers, units, charge, *payer_class = text.split()
        rows.append(
            {
                "visit_key": int(visit),
                "date_of_service": case.get("date", date(2026, 3, 2)),
                "code": code,
                "modifiers": modifiers.replace("+", " "),
                "units": int(units),
                "charge_cents": cents(charge),
                "payer_class": payer_class[0] if payer_class else "Medicare",
            }
        )
    return frame(rows)


def cents(dollars: str) -> int | None:
    if dollars == "-":
        return None
    whole, decimals = dollars.split(".")
    assert len(decimals) == 2
    return int(whole + decimals)


Row = tuple[int, Decimal, tuple[int | None, ...]]
"""Units before and after, and the four amounts in the order of MONEY."""


def expected(case: dict[str, Any]) -> dict[str, Row]:
    found = {}
    for text in case["expected"].strip().splitlines():
        units, allowed, receipts = (part.split() for part in text.split("|"))
        amounts = tuple(cents(amount) for amount in (*allowed, *receipts))
        found[units[0]] = int(units[1]), Decimal(units[2]), amounts
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_what_if_worked_by_hand_comes_out_so_to_the_cent(case: dict[str, Any]) -> None:
    scenario = read(f'name = "{case["name"]}"\n{case["scenario"]}', "scenario.toml")
    cube = build(
        price(lines_of(case), NATIONAL), scenarios=[scenario], codes=[one.target for one in scenario.of(Recode)]
    )
    found = compare(cube, scenario)
    rows = {row["code"]: row for row in found.per_code.iter_rows(named=True)}
    total = {name: getattr(found.total, name) for name in ("units_before", "units_after", *MONEY)}
    got = {
        code: (row["units_before"], Decimal(str(row["units_after"])), tuple(row[name] for name in MONEY))
        for code, row in (*rows.items(), ("TOTAL", total))
    }
    assert got == expected(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_reference_agrees_with_the_what_ifs_worked_by_hand(case: dict[str, Any]) -> None:
    tables = tomllib.loads(case["scenario"], parse_float=Decimal)
    found = reference.compare(entries(lines_of(case), NATIONAL), tables)
    sums, wanted = reference.by_code(found), expected(case)
    assert {*sums, "TOTAL"} == set(wanted)
    for code, (units_before, units_after, amounts) in wanted.items():
        own = sums.get(code) or reference.total(found)
        assert own.units_before == units_before, code
        assert own.units_after == Fraction(units_after), code
        exact = (own.allowed_before, own.allowed_after, own.receipts_before, own.receipts_after)
        if not own.amounts:
            assert amounts == (None,) * 4
            continue
        # The file has cents: the total rounded half-up, a row as the total leaves it.
        for amount, dollars in zip(amounts, exact, strict=True):
            assert amount is not None
            near = abs(amount - dollars * 100)
            assert near <= Fraction(1, 2) if code == "TOTAL" else near < 1, (code, amount, dollars)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_rows_of_a_what_if_worked_by_hand_add_up(case: dict[str, Any]) -> None:
    rows = expected(case)
    total = rows.pop("TOTAL")
    assert total[0] == sum(row[0] for row in rows.values())
    assert total[1] == sum(row[1] for row in rows.values())
    for index, amount in enumerate(total[2]):
        assert amount == sum(row[2][index] or 0 for row in rows.values())
