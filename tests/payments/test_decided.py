from __future__ import annotations

from datetime import date

import polars as pl

from analysis.ingest import Export, read_export, read_files
from analysis.medicare.fees import resolve
from analysis.payers import ContractBook, under_mppr
from analysis.payments import (
    FINDINGS,
    adjustments_by_reason,
    aging,
    answerable,
    compare,
    cost_of_cuts,
    days_to_payment,
    denials,
    expectations,
    findings,
)
from analysis.pricing import Priced, price
from analysis.whatif.scenarios import Contract
from tests.ingest.x12.build import claim, head, interchange

CSV = """Patient ID,DOS,CPT,Mods,Units,Charge,Payer,Allowed,Insurance Paid,Status,Adjustment Reason,Remittance Date
P1,2026-01-05,97110,GP,2,120.00,Medicare,50.00,40.00,paid,CO-45,2026-01-25
P1,2026-01-05,97140,GP,1,60.00,Medicare,0.00,0.00,denied,CO-45 CO-197,2026-01-30
P2,2026-01-05,97110,GP,1,60.00,Aetna,0.00,0.00,denied,CO-999,
P3,2026-02-05,97110,GP CQ,1,60.00,Aetna,,,,,
P4,2025-08-05,97110,GP,1,60.00,Aetna,,0.00,,,
P5,2026-02-05,97110,GP,1,60.00,Cash,,,,,
P6,2026-02-05,97110,GP,x,60.00,Medicare,,,,,
"""


def given() -> tuple[Export, Priced]:
    export = read_export(CSV.encode(), "a.csv", key=b"k" * 32, today=date(2026, 11, 22))
    return export, price(export.lines, resolve("14202"))


def test_denied_lines_count_under_the_reason_that_refuses_them() -> None:
    denied = denials(given()[1].lines)
    assert sorted(denied.select("carc", "lines", "charge_cents").rows()) == [("197", 1, 6000), ("999", 1, 6000)]
    text_of = dict(denied.select("carc", "text").iter_rows())
    assert "authorization" in text_of["197"]
    assert "not in our list" in text_of["999"]


def test_days_count_from_the_service_to_the_remittance() -> None:
    days = days_to_payment(given()[1].lines)
    assert days.rows() == [("Medicare", 2, 20, 20, 20, 25)]


def test_open_lines_age_by_their_service() -> None:
    export, priced = given()
    buckets = aging(priced.lines, export.fields, date(2026, 2, 10))
    assert dict(buckets.select("bucket", "lines").iter_rows()) == {
        "0-30 days": 1,  # P3; cash patients and denied lines are not open
        "31-60 days": 0,
        "61-90 days": 0,
        "91-120 days": 0,
        "over 120 days": 1,
    }
    assert aging(priced.lines, frozenset(), date(2026, 2, 10)).is_empty()


def test_expected_and_allowed_are_compared_over_the_same_lines() -> None:
    _, priced = given()
    expected = expectations(priced, ContractBook())
    by_payer = {row["key"]: row for row in compare(priced.lines, expected, "payer").iter_rows(named=True)}
    due = priced.lines.filter(pl.col("payer").cast(pl.String) == "Medicare")["expected_cents"].sum()
    assert by_payer["Medicare"]["due_cents"] == due
    assert by_payer["Medicare"]["difference_cents"] == 5000 - due
    assert (by_payer["Aetna"]["due_cents"], by_payer["Aetna"]["unknown_lines"]) == (None, 3)
    months = compare(priced.lines, expected, "month")
    assert months["key"].to_list() == ["2025-08", "2026-01", "2026-02"]


def test_cuts_are_those_of_medicare_lines() -> None:
    _, priced = given()
    medicare = priced.lines.filter(pl.col("payer_class").cast(pl.String) == "Medicare")
    every_percent = Contract("medicare", payer="Aetna", percent_bp=11_000)
    followed = under_mppr(priced.lines, ContractBook((every_percent,)))
    assert cost_of_cuts(priced.lines, followed)["mppr_others"] == 0, "Aetna's visits here have one unit each"
    cuts = cost_of_cuts(priced.lines, under_mppr(priced.lines, ContractBook()))
    assert cuts["mppr"] == (medicare["list_cents"] - medicare["scheduled_cents"]).sum() > 0
    assert cuts["assistants"] == 0  # the one line of an assistant is Aetna's
    assert cuts["sequestration"] == medicare["sequestration_cents"].sum() > 0


def test_adjustments_are_summed_by_group_and_reason() -> None:
    rows = [(0, "CO", "45", 100, None), (0, "PR", "2", 50, None), (1, "CO", "45", 200, None)]
    frame = pl.DataFrame(rows, schema=["line_id", "group", "carc", "amount_cents", "quantity"], orient="row")
    sums = adjustments_by_reason(frame)
    assert sums.select("group", "carc", "lines", "amount_cents").rows() == [("CO", "45", 2, 300), ("PR", "2", 1, 50)]
    assert sums["borne_by"].to_list() == ["the clinic, under its contract with the payer", "the patient"]


def test_findings_name_rule_rows_and_dollars() -> None:
    export, priced = given()
    table = findings(priced, export, ContractBook())
    assert table.schema == FINDINGS
    assert table["rule"].to_list()[0] == "rejected__units__not_a_number"
    assert table.filter(pl.col("rule") == "denied").height == 2
    first = table.filter(pl.col("rule").str.starts_with("underpaid")).row(0, named=True)
    assert (first["source_rows"], first["severity"]) == ("2", "warning")
    assert first["dollars_cents"] == priced.lines["expected_cents"][0] - 5000


def test_lines_that_no_loaded_file_could_have_answered_are_not_open() -> None:
    charges = (
        "Patient Name,DOS,CPT,Units,Charge,Payer\n"
        '"Doe, Jane",3/2/2026,97110,2,120.00,Medicare\n'
        '"Doe, Jane",3/3/2026,97110,2,120.00,Medicare\n'  # before the last payment: open
        '"Doe, Jane",5/3/2026,97110,2,120.00,Medicare\n'  # after it
        '"Roe, Rick",3/3/2026,97110,2,120.00,Aetna\n'  # nothing of Aetna is loaded
    )
    service = "SVC*HC:97110*120*50**2~DTM*472*20260302~CAS*CO*45*70"
    remittance = interchange([*head("50"), *claim("C1", service, charge="120", paid="50")])
    files = [("c.csv", charges.encode()), ("a.835", remittance)]
    export = read_files(files, key=b"k" * 32, today=date(2026, 11, 22))
    assert answerable(export.lines, export)["source_row"].to_list() == [2, 3]
    assert export.unmatched["source_row"].to_list() == []
    alone, _ = given()
    assert answerable(alone.lines, alone).height == alone.lines.height
