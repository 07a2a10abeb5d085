"""A file whose allowed column holds the payment is told once; deadlines are the law's and the clinic's own."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from analysis.payers import ContractBook
from analysis.payments import FilingLimit, find_owed, findings, payers_without_limit, totals
from analysis.whatif.scenarios import Contract
from tests.payments.answers import read

MEDICARE = ContractBook()


def paid(number: int, allowed: str = "21.85") -> str:
    return f"P{number},2026-03-02,Medicare,97110,GP,1,70.00,,{allowed},21.85,5.57"


def test_an_allowed_column_that_holds_the_payment_is_told_once_per_file_and_floods_nothing() -> None:
    export, priced = read([paid(number) for number in range(20)])
    found = find_owed(priced, MEDICARE, export)
    assert found.payment_files.select("source_file", "lines").rows() == [("a.csv", 20)]
    assert found.found.is_empty()
    assert totals(found.judged, priced.lines).untold == 20
    listed = findings(priced, export, MEDICARE)
    [told] = listed.filter(pl.col("rule") == "payments__allowed_is_paid").rows(named=True)
    assert told["source_file"] == "a.csv"
    assert not listed["rule"].str.starts_with("underpaid").any()


@pytest.mark.parametrize("right", [3, 20])
def test_a_file_with_right_amounts_is_judged(right: int) -> None:
    export, priced = read([*(paid(number, "27.87") for number in range(right)), paid(99)])
    found = find_owed(priced, MEDICARE, export)
    assert found.payment_files.is_empty()
    assert found.found.filter(pl.col("kind") == "short")["owed_cents"].to_list() == [2787 - 2185]


def test_another_payer_s_file_shows_it_by_what_patients_paid() -> None:
    book = ContractBook((Contract("fees", payer="Acme", fees=(("97110", 4000),)),))
    rows = [f"P{number},2026-03-02,Acme,97110,GP,1,70.00,,30.00,30.00,{10 * (number % 2)}.00" for number in range(20)]
    export, priced = read(rows)
    assert find_owed(priced, book, export).found.is_empty()
    # Without a patient's payment, what was allowed may be just what the payer paid.
    export, priced = read([row.replace(",10.00", ",0.00") for row in rows])
    assert find_owed(priced, book, export).found.height == 20


def test_deadlines_are_the_law_s_and_those_entered() -> None:
    rows = [
        "A,2026-03-02,Medicare,97110,GP,1,70.00,,,,",
        "A,2026-03-02,Acme,97110,GP,1,70.00,,,,",
        "A,2026-03-02,Other,97110,GP,1,70.00,Denied,0.00,0.00,",
        "B,2026-03-02,Medicare,97110,GP,1,70.00,Denied,0.00,0.00,",
    ]
    export, priced = read(rows)
    answered = pl.when(pl.col("line_id") > 1).then(pl.lit(date(2026, 4, 1)))
    priced.lines.with_columns(paid_on=answered)
    priced = type(priced)(priced.lines.with_columns(paid_on=answered), priced.fees, priced.notes)
    fees = (("97110", 4000),)
    book = ContractBook((Contract("fees", payer="Acme", fees=fees), Contract("fees", payer="Other", fees=fees)))
    limits = (FilingLimit("ACME", file_days=90), FilingLimit("Other", file_days=180, appeal_days=60))
    found = find_owed(priced, book, export, limits=limits).found.sort("line_id")
    assert found["deadline"].to_list() == [date(2027, 3, 2), date(2026, 5, 31), date(2026, 5, 31), date(2026, 7, 30)]
    # Nothing entered: no deadline is made up.
    found = find_owed(priced, book, export).found.sort("line_id")
    assert found["deadline"].to_list() == [date(2027, 3, 2), None, None, date(2026, 7, 30)]
    assert payers_without_limit(priced.lines) == ("Acme", "Other")
    assert payers_without_limit(priced.lines, limits) == ()
