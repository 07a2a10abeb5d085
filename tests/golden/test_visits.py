"""Visits worked by hand (visits.toml) against the pricer, and against the reference the other tests trust."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from analysis.medicare.fees import NATIONAL, resolve
from analysis.pricing import price
from tests.pricing import reference
from tests.pricing.lines import AMOUNT_COLUMNS, for_reference, frame

if TYPE_CHECKING:
    from analysis.medicare.fees import Locality
    from analysis.pricing import ClinicLocalities, Engine, Priced

VISITS = tomllib.loads(Path(__file__).with_name("visits.toml").read_text("utf-8"))["visit"]


@dataclass(frozen=True, slots=True)
class Worked:
    """One row of a visit: the line, and its amounts in cents (full_units first) or the reason it has none."""

    line: dict[str, Any]
    amounts: tuple[int, ...] | None
    reason: str | None


def cents(dollars: str) -> int:
    whole, decimals = dollars.split(".")
    assert len(decimals) == 2
    return int(whole + decimals)


def worked(row: str, visit: dict[str, Any]) -> Worked:
    given, answer = (part.split() for part in row.split("|"))
    code, modifiers, units, charge, *extra = given
    line: dict[str, Any] = {
        "date_of_service": visit["date"],
        "code": code,
        "modifiers": "" if modifiers == "-" else modifiers.replace("+", " "),
        "units": int(units),
        "charge_cents": None if charge == "-" else cents(charge),
    }
    if "extra" in visit:
        line[visit["extra"]] = int(extra[0]) if visit["extra"] == "visit_key" else extra[0]
    if not answer[0].isdecimal() or len(answer) != len(AMOUNT_COLUMNS):
        return Worked(line, None, row.split("|")[1].strip())
    return Worked(line, (int(answer[0]), *map(cents, answer[1:])), None)


def rows_of(visit: dict[str, Any]) -> list[Worked]:
    return [worked(row, visit) for row in visit["lines"].strip().splitlines()]


def places_of(visit: dict[str, Any]) -> ClinicLocalities | Locality:
    place = resolve(visit.get("place", "national"))
    return {"Here": place} if visit.get("extra") == "clinic" else place


def price_visit(visit: dict[str, Any]) -> Priced:
    return price(frame(row.line for row in rows_of(visit)), places_of(visit), track=visit.get("track", "non_qp"))


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit["name"])
def test_a_visit_worked_by_hand_is_priced_so_to_the_cent(visit: dict[str, Any]) -> None:
    rows = rows_of(visit)
    priced = price_visit(visit)
    nothing = (None,) * len(AMOUNT_COLUMNS)
    assert priced.lines.select(AMOUNT_COLUMNS).rows() == [row.amounts or nothing for row in rows]
    assert priced.reasons().rows() == [(index, row.reason) for index, row in enumerate(rows) if row.reason]
    assert list(priced.notes) == visit.get("notes", [])


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit["name"])
def test_the_reference_agrees_with_the_visits_worked_by_hand(visit: dict[str, Any]) -> None:
    rows = rows_of(visit)
    lines = for_reference(frame(row.line for row in rows), places_of(visit))
    priced = reference.price(lines, visit.get("track", "non_qp"))
    for index, row in enumerate(rows):
        amounts = priced[index]
        assert (amounts.cents() if amounts else None) == row.amounts


def test_a_line_adds_up_in_every_visit_worked_by_hand() -> None:
    for visit in VISITS:
        for row in rows_of(visit):
            if row.amounts is None:
                continue
            _, listed, scheduled, allowed, coinsurance, assistant_cut, sequestration, medicare, receipts = row.amounts
            assert listed >= scheduled >= allowed, (visit["name"], row)
            assert allowed == coinsurance + assistant_cut + sequestration + medicare, (visit["name"], row)
            assert receipts == coinsurance + medicare, (visit["name"], row)


@pytest.mark.parametrize("engine", ["duckdb", "pandas"])
def test_other_engines_price_the_visits_alike(engine: Engine) -> None:
    if engine == "duckdb":
        pytest.importorskip("duckdb")
    # All visits in the national office at once: an engine is asked only once.
    visits = [visit for visit in VISITS if not {"place", "track", "extra"} & set(visit)]
    rows = [worked.line | {"visit_key": index} for index, visit in enumerate(visits) for worked in rows_of(visit)]
    wanted = [worked.amounts or (None,) * len(AMOUNT_COLUMNS) for visit in visits for worked in rows_of(visit)]
    assert price(frame(rows), NATIONAL, engine=engine).lines.select(AMOUNT_COLUMNS).rows() == wanted
