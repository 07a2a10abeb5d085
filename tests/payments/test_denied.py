"""Denied and open lines of all payers, with or without a contract."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from analysis.ingest import Export, read_export
from analysis.medicare.fees import resolve
from analysis.metrics import definition
from analysis.payers import ContractBook
from analysis.payments import (
    AGE_COLUMNS,
    AGES,
    DENIALS_BY,
    aging,
    aging_by_payer,
    days_in_ar,
    denials,
    denials_by,
    denied_lines,
    expectations,
    open_lines,
)
from analysis.pricing import Priced, price

CSV = """Patient ID,DOS,CPT,Mods,Units,Charge,Payer,Therapist,Allowed,Insurance Paid,Status,Adjustment Reason
P1,2026-01-05,97110,GP,2,120.00,Medicare,Alder,50.00,40.00,paid,CO-45
P1,2026-01-05,97140,GP,1,60.00,Medicare,Alder,0.00,0.00,denied,CO-45 CO-197
P2,2026-02-05,97110,GP,1,70.00,Aetna,Birch,0.00,0.00,denied,CO-197
P2,2026-02-05,97112,GP,1,80.00,Aetna,Birch,0.00,0.00,denied,
P3,2026-02-05,97110,GP,1,65.00,Aetna,Birch,,,,
P4,2025-08-05,97110,GP,1,66.00,Cigna,Birch,,,,
P5,2026-02-05,97110,GP,1,60.00,Cash,Birch,,,,
"""
AS_OF = date(2026, 2, 10)


@pytest.fixture(scope="module")
def given() -> tuple[Export, Priced, pl.DataFrame]:
    export = read_export(CSV.encode(), "a.csv", key=b"k" * 32, today=date(2026, 11, 22))
    priced = price(export.lines, resolve("14202"))
    return export, priced, expectations(priced, ContractBook())


def rows(frame: pl.DataFrame, *names: str) -> list[tuple[object, ...]]:
    return frame.select(*names).rows()


def test_denials_by_payer_hold_answered_lines_charges_and_what_terms_give(
    given: tuple[Export, Priced, pl.DataFrame],
) -> None:
    _, priced, expected = given
    by_payer = denials_by(priced.lines, expected, "payer")
    assert rows(by_payer, "key", "denied_lines", "decided_lines", "denial_rate", "charge_cents") == [
        ("Aetna", 2, 2, 1.0, 15000),
        ("Medicare", 1, 2, 0.5, 6000),
    ]
    [(unknown,), (known,)] = rows(by_payer, "due_cents")
    assert unknown is None  # no terms of Aetna are known
    due = dict(expected.select("line_id", "due_cents").iter_rows())
    assert known == due[1]


def test_denials_by_reason_are_shares_of_all_answered_lines(given: tuple[Export, Priced, pl.DataFrame]) -> None:
    _, priced, expected = given
    by_reason = denials_by(priced.lines, expected, "reason")
    assert rows(by_reason, "key", "denied_lines", "decided_lines", "denial_rate") == [
        ("197", 2, 4, 0.5),
        ("", 1, 4, 0.25),
    ]
    codes = denials(priced.lines).select(pl.col("carc").fill_null("")).to_series()
    assert set(codes) == set(by_reason["key"])


def test_months_come_in_order_and_therapists_and_codes_by_dollars(given: tuple[Export, Priced, pl.DataFrame]) -> None:
    _, priced, expected = given
    assert denials_by(priced.lines, expected, "month")["key"].to_list() == ["2026-01", "2026-02"]
    assert denials_by(priced.lines, expected, "provider")["key"].to_list() == ["Birch", "Alder"]
    assert denials_by(priced.lines, expected, "code")["key"].to_list() == ["97112", "97110", "97140"]


@pytest.mark.parametrize("by", DENIALS_BY)
def test_the_lines_behind_the_rows_are_the_denied_lines(by: str, given: tuple[Export, Priced, pl.DataFrame]) -> None:
    _, priced, expected = given
    summed = denials_by(priced.lines, expected, by)
    listed = denied_lines(priced.lines, expected, by, AS_OF)
    for key, lines, charges in summed.select("key", "denied_lines", "charge_cents").iter_rows():
        behind = listed.filter(pl.col("key") == key)
        assert (behind.height, behind["charge_cents"].sum()) == (lines, charges)
    assert listed.height == summed["denied_lines"].sum()


def test_a_denied_line_has_its_age_reason_and_next_step(given: tuple[Export, Priced, pl.DataFrame]) -> None:
    _, priced, expected = given
    no_reason, authorization, _ = denied_lines(priced.lines, expected, "reason", AS_OF).iter_rows(named=True)
    assert (authorization["payer"], authorization["age_days"]) == ("Aetna", 5)
    assert "authorization" in authorization["why_denied"]
    assert authorization["todo"]
    assert no_reason["why_denied"] == "the file gives no reason"


def test_open_lines_have_their_age_and_next_step_the_oldest_first(given: tuple[Export, Priced, pl.DataFrame]) -> None:
    _, priced, expected = given
    listed = open_lines(priced.lines, expected, AS_OF)
    assert rows(listed, "payer", "age_days", "charge_cents") == [("Cigna", 189, 6600), ("Aetna", 5, 6500)]
    old, new = listed["todo"]
    assert "filing limit" in old
    assert "wait" in new


def test_open_lines_without_charges_are_not_zero_dollars(given: tuple[Export, Priced, pl.DataFrame]) -> None:
    _, priced, _ = given
    lines = priced.lines.with_columns(charge_cents=pl.lit(None, pl.Int64))
    by_payer = aging_by_payer(lines, AS_OF)
    assert by_payer.height
    assert by_payer["open_cents"].null_count() == by_payer.height
    assert by_payer[AGE_COLUMNS[0]].null_count() == by_payer.height


def test_a_next_step_begins_after_its_days(given: tuple[Export, Priced, pl.DataFrame]) -> None:
    _, priced, expected = given
    for age, waits in ((0, True), (30, True), (31, False)):
        aged = priced.lines.with_columns(date_of_service=pl.lit(AS_OF - timedelta(age)))
        texts = set(open_lines(aged, expected, AS_OF)["todo"])
        assert (texts == {"wait for the payer's answer"}) == waits, age


def test_aging_by_payer_adds_up_to_aging(given: tuple[Export, Priced, pl.DataFrame]) -> None:
    export, priced, _ = given
    by_payer, aged = aging_by_payer(priced.lines, AS_OF), aging(priced.lines, export.fields, AS_OF)
    assert by_payer["payer"].to_list() == ["Cigna", "Aetna"]
    assert [by_payer[name].sum() for name in AGE_COLUMNS] == aged["charge_cents"].to_list()
    assert aged["bucket"].to_list() == list(AGES)
    assert by_payer["open_cents"].to_list() == by_payer.select(pl.sum_horizontal(AGE_COLUMNS)).to_series().to_list()


def billing(first: date, last: date, open_from: date) -> pl.DataFrame:
    """One line of $100 a day, the newest open."""
    days = [first + timedelta(number) for number in range((last - first).days + 1)]
    cells = "".join(
        f"P1,{day},97110,GP,1,100.00,Aetna,Alder,{'' if day >= open_from else '50.00'},,,\n" for day in days
    )
    content = CSV.splitlines()[0] + "\n" + cells
    export = read_export(content.encode(), "a.csv", key=b"k" * 32, today=date(2026, 11, 22))
    return price(export.lines, resolve("14202")).lines


def test_days_in_ar_are_open_charges_in_days_of_billing() -> None:
    last = date(2026, 6, 30)
    lines = billing(last - timedelta(119), last, open_from=last - timedelta(24))
    assert days_in_ar(lines) == 25
    assert aging_by_payer(lines, last)["days_in_ar"].to_list() == [25]
    assert days_in_ar(billing(last - timedelta(89), last, open_from=last)) == 1
    assert days_in_ar(billing(last - timedelta(88), last, open_from=last)) is None  # not 90 days in the files
    assert days_in_ar(lines.clear()) is None


def test_every_column_shown_is_defined(given: tuple[Export, Priced, pl.DataFrame]) -> None:
    _, priced, expected = given
    shown = {
        *denials_by(priced.lines, expected, "payer").drop("key").columns,
        *denied_lines(priced.lines, expected, "payer", AS_OF).drop("key", "line_id").columns,
        *open_lines(priced.lines, expected, AS_OF).drop("line_id").columns,
        *aging_by_payer(priced.lines, AS_OF).drop(AGE_COLUMNS).columns,
    }
    assert {name for name in shown if not definition(name).text} == set()
