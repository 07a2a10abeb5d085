"""The sample clinic's planted faults, one by one, and its sums against a few lines of plain Python over the file."""

from __future__ import annotations

import csv
import tomllib
from collections import defaultdict
from datetime import date
from typing import Any

import polars as pl
import pytest

from analysis.ingest import read_export
from analysis.medicare.fees import resolve
from analysis.payers import ContractBook
from analysis.payments import Owed, find_owed, sums_by_payer, totals
from analysis.pricing import Priced, price
from analysis.system.paths import DATA
from analysis.whatif.scenarios import Contract

SAMPLE = DATA / "samples" / "riverside_pt.csv"
TRUTH = tomllib.loads((DATA / "samples" / "riverside_pt.toml").read_text("utf-8"))
PAYERS = {payer["name"]: payer for payer in TRUTH["payers"]}
SUMMIT, LAKEVIEW = "Summit Health PPO", "Lakeview HMO"
Sample = tuple[Priced, Owed, dict[int, dict[str, str]]]
DENIALS = {**TRUTH["payments"]["visit_denials"], **TRUTH["payments"]["line_denials"]}


def on_paper(payer: dict[str, Any]) -> Contract | None:
    """A payer's contract as the generator has it."""
    terms, name, cap = payer["contract"], payer["name"], payer.get("visit_cap_cents")
    percent = terms.get("percent", 0) * 100
    match terms["kind"]:
        case "medicare":
            return None
        case "percent_of_medicare":
            return Contract("medicare", payer=name, percent_bp=percent, mppr=terms["mppr"], visit_cap_cents=cap)
        case "percent_of_charge":
            return Contract("charges", payer=name, percent_bp=percent, visit_cap_cents=cap)
        case _:
            fees = tuple(sorted(terms["fees"].items()))
            return Contract("fees", payer=name, fees=fees, other_bp=terms["other_percent"] * 100)


@pytest.fixture(scope="module")
def riverside() -> Sample:
    """The clinic judged by its paper contracts, and the accepted rows of the file as text by row number."""
    export = read_export(SAMPLE.read_bytes(), SAMPLE.name, key=b"k" * 32, today=date(2026, 11, 28))
    places = {one["name"]: resolve(one["zip"]) for one in TRUTH["clinics"]}
    priced = price(export.lines, places)
    book = ContractBook(tuple(filter(None, map(on_paper, TRUTH["payers"]))))
    accepted = set(export.lines["source_row"])
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows = {number: row for number, row in enumerate(csv.DictReader(file), start=2) if number in accepted}
    return priced, find_owed(priced, book, export), rows


def cents(text: str) -> int:
    return round(float(text or 0) * 100)


def test_summit_s_97530_below_its_contract_is_short_line_by_line(
    riverside: Sample,
) -> None:
    _, found, rows = riverside
    planted = PAYERS[SUMMIT]["underpaid"]
    wanted = {}
    for number, row in rows.items():
        month, day, year = map(int, row["DOS"].split("/"))
        if (row["Payer"], row["CPT"]) == (SUMMIT, planted["code"]) and date(year, month, day) >= planted["from"]:
            fee = PAYERS[SUMMIT]["contract"]["fees"][planted["code"]] * int(row["Units"])
            if 0 < cents(row["Allowed"]) < fee:
                wanted[number] = fee - cents(row["Allowed"])
    short = found.found.filter(pl.col("kind") == "short")
    assert dict(short.select("source_row", "owed_cents").iter_rows()) == wanted
    assert len(wanted) > 50
    assert set(short["mistake"]) == {"unexplained"}, "88% of a fee is no known mistake, and none is made up"


def test_every_planted_denial_is_denied_with_its_reason_and_only_those(
    riverside: Sample,
) -> None:
    priced, found, rows = riverside
    planted = {number for number, row in rows.items() if set(row["Adjustment Reason"].split()) & set(DENIALS)}
    refused = found.judged.filter(pl.col("state") == "refused").join(priced.lines, on="line_id")
    assert set(refused["source_row"]) == planted
    listed = found.found.filter(pl.col("kind") == "denied")
    assert set(listed["source_row"]) <= planted
    nothing_owed = planted - set(listed["source_row"])
    # A visit that came to its cap owes no more, and Medicare pays nothing for hot packs.
    capped = {name for name, payer in PAYERS.items() if "visit_cap_cents" in payer}
    assert {rows[number]["CPT"] for number in nothing_owed if rows[number]["Payer"] not in capped} <= {"97010"}
    assert (listed["why"].str.len_chars() > 10).all()
    assert (listed["todo"].str.len_chars() > 5).all()


def test_every_line_nobody_answered_is_open_and_only_those(
    riverside: Sample,
) -> None:
    priced, found, rows = riverside
    unanswered = {n for n, row in rows.items() if not row["Remittance Date"] and row["Payer Type"] != "Self Pay"}
    states = found.judged.filter(pl.col("state") == "open").join(
        priced.lines.select("line_id", "source_row"), on="line_id"
    )
    assert set(states["source_row"]) == unanswered
    assert len(unanswered) > 100


def test_nothing_was_paid_too_much_and_all_insured_dollars_are_judged(
    riverside: Sample,
) -> None:
    priced, found, _ = riverside
    whole = totals(found.judged, priced.lines)
    assert (whole.over, whole.not_in_files, whole.untold, whole.unknown, whole.share) == (0, 0, 0, (), 1.0)


@pytest.mark.parametrize("payer", [SUMMIT, "Granite Mutual", "Tri-River Workers Comp", "Harbor Auto PIP", LAKEVIEW])
def test_the_sums_are_those_of_plain_python(riverside: Sample, payer: str) -> None:
    priced, found, rows = riverside
    contract, cap = PAYERS[payer]["contract"], PAYERS[payer].get("visit_cap_cents")
    sums: dict[str, int] = defaultdict(int)
    visits: dict[tuple[str, str], list[tuple[int, int, int]]] = defaultdict(list)
    for row in rows.values():
        if row["Payer"] != payer:
            continue
        charge, allowed = cents(row["Charge"]), cents(row["Allowed"])
        percent = contract.get("percent", contract.get("other_percent"))
        due = min(charge, (charge * percent + 50) // 100)
        if row["CPT"] in contract.get("fees", {}):
            due = min(charge, contract["fees"][row["CPT"]] * int(row["Units"]))
        received = cents(row["Insurance Paid"]) + cents(row["Patient Paid"])
        sums["received"] += received
        visits[row["Patient ID"], row["DOS"]].append((due, allowed, received))
        if cap is not None:
            continue
        if set(row["Adjustment Reason"].split()) & set(DENIALS):
            sums["denied"] += due - received
        elif not row["Remittance Date"]:
            sums["open"] += due - received
        else:
            sums["short"] += due - allowed
            sums["unpaid"] += allowed - received
    by_visit = [min(cap if cap is not None else 10**9, sum(due for due, _, _ in lines)) for lines in visits.values()]
    [judged] = sums_by_payer(found.judged, priced.lines).filter(pl.col("payer") == payer).rows(named=True)
    assert judged["expected_cents"] == sum(by_visit)
    assert judged["received_cents"] == sums["received"]
    if cap is None:
        parts = {name: judged[f"{name}_cents"] for name in ("denied", "short", "unpaid", "open")}
        assert parts == {name: sums[name] for name in parts}
    else:
        allowed_in_all = sum(allowed for lines in visits.values() for _, allowed, _ in lines)
        assert judged["short_cents"] == 0
        assert judged["unpaid_cents"] == allowed_in_all - sums["received"]
        assert judged["denied_cents"] + judged["open_cents"] == sum(by_visit) - allowed_in_all
