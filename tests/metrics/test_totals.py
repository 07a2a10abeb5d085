"""Tiles, what is said beside them, and what is not shown."""

from __future__ import annotations

import polars as pl
import pytest

from analysis import metrics
from analysis.metrics.core import with_paid
from tests.metrics.builders import ALL_FIELDS, THREE_VISITS, priced


def test_tiles_of_three_visits() -> None:
    found = metrics.totals(THREE_VISITS, ALL_FIELDS)
    values = {name: figure.value for name, figure in found.items()}
    assert values == {
        "visits": 3,
        "units": 5,  # 1 + 2 + 1 + 1
        "units_per_visit": 5 / 3,
        "billed": 24500,  # 7000 + 12000 + 2500 + 3000
        "expected": 10215,  # 3273 + 4442 + 2500
        "expected_per_visit": 5108,  # 10215 / 2 visits with a price = 5107.5, half-up
        "receipts": 10215,
        "allowed": 8500,
        "paid": 4300,  # 2800 + 500 + 1000
        "paid_per_visit": 4300,  # one visit holds payments
        "settled_per_visit": 2150,  # that one, and one denied
        "accepted_per_visit": 4300,
        "accepted_per_unit": 1433,  # 3 units
        "net_collection": 4300 / 8500,
        "charge_per_unit_cents": 4900,  # 24500 / 5
        "expected_per_unit_cents": 2554,  # 10215 / 4 priced units = 2553.75, half-up
        "share_full": 2 / 4,  # 1 + 0 + 1 of the priced units
        "paid_per_unit_cents": 1433,  # 4300 / 3 units of the lines that hold a payment
        "evaluations": 0,
        "decided_lines": 3,
        "denied_lines": 1,
        "denial_rate": 1 / 3,
    }


def test_a_sum_over_part_of_the_lines_says_so() -> None:
    found = metrics.totals(THREE_VISITS, ALL_FIELDS)
    assert found["expected"].note == "over 3 of 4 lines; the others have no Medicare amount"
    assert found["paid"].note == "over 2 of 4 lines; the others have no payment"
    assert not found["billed"].note
    assert (found["paid"].lines_with, found["paid"].lines) == (2, 4)


@pytest.mark.parametrize(
    ("without", "gone"),
    [
        ({"charge_cents"}, {"billed", "charge_per_unit_cents"}),
        ({"allowed_cents"}, {"allowed", "net_collection"}),
        (
            {"insurance_paid_cents", "patient_paid_cents"},
            {
                *("paid", "paid_per_unit_cents", "paid_per_visit", "net_collection"),
                *("settled_per_visit", "accepted_per_visit", "accepted_per_unit"),
            },
        ),
    ],
)
def test_a_column_the_export_lacks_is_missing_not_zero(without: set[str], gone: set[str]) -> None:
    found = metrics.totals(THREE_VISITS, ALL_FIELDS - without)
    missing = {name for name, figure in found.items() if figure.missing}
    assert missing == gone
    assert all(found[name].value is None and found[name].text == "—" for name in gone)
    sentence = next(found[name].missing for name in gone)
    assert sentence is not None
    assert "Data page" in sentence.sentence


def test_one_of_two_payment_columns_is_enough_and_named() -> None:
    found = metrics.totals(THREE_VISITS, ALL_FIELDS - {"patient_paid_cents"})
    assert found["paid"].missing is None
    assert "patient payments are not in this export" in found["paid"].note


def test_net_collection_of_one_party_s_payments_says_so() -> None:
    found = metrics.totals(THREE_VISITS, ALL_FIELDS - {"insurance_paid_cents"})
    assert "insurance payments are not in this export" in found["net_collection"].note
    assert not metrics.totals(THREE_VISITS.head(2), ALL_FIELDS)["net_collection"].note


def test_a_total_of_the_export_s_own_comes_before_its_parts() -> None:
    lines = priced(
        {"paid_cents": 3500, "insurance_paid_cents": 3000, "allowed_cents": 7000},
        {"paid_cents": 0, "insurance_paid_cents": None, "allowed_cents": 7000},
        {"paid_cents": None, "insurance_paid_cents": 100, "patient_paid_cents": 20},
        {"paid_cents": None},
    )
    assert with_paid(lines)["paid_cents"].to_list() == [3500, 0, 120, None]
    fields = ALL_FIELDS - {"patient_paid_cents"} | {"paid_cents"}
    found = metrics.totals(lines, fields)
    assert found["paid"].value == 3620
    assert found["paid"].note == "over 3 of 4 lines; the others have no payment"
    assert found["net_collection"].value == 3500 / 14000


def test_a_total_alone_is_enough() -> None:
    lines = priced({"code": "97110", "paid_cents": 3500})
    fields = ALL_FIELDS - {"insurance_paid_cents", "patient_paid_cents"} | {"paid_cents"}
    found = metrics.totals(lines, fields)
    assert (found["paid"].value, found["paid"].note, found["paid"].missing) == (3500, "", None)
    assert metrics.code_lines(lines, fields, "97110")["paid_cents"].to_list() == [3500]


def test_nothing_is_shared_among_nothing() -> None:
    found = metrics.totals(THREE_VISITS.clear(), ALL_FIELDS)
    assert found["visits"].value == 0
    for name in ("units_per_visit", "expected", "expected_per_visit", "paid", "paid_per_visit", "net_collection"):
        assert found[name].value is None, name


def test_text_of_figures() -> None:
    found = metrics.totals(THREE_VISITS, ALL_FIELDS)
    assert (found["billed"].text, found["billed"].exact) == ("$245", "$245.00")
    assert found["expected_per_visit"].text == "$51.08"
    assert found["net_collection"].text == "51%"
    assert found["units_per_visit"].text == "1.67"
    assert "MPPR" in found["expected"].help


def test_notes_count_lines_without_a_price_and_denied_ones() -> None:
    unpriced, denied = metrics.notes(THREE_VISITS, ALL_FIELDS)
    assert unpriced == "1 of 4 lines (billed $30.00) have no Medicare amount and are left out of expected dollars."
    assert denied == "Expected dollars include 1 line that payers denied ($25.00)."


def test_notes_name_no_dollars_that_no_line_holds() -> None:
    assert metrics.notes(priced({"code": "97014"}), ALL_FIELDS) == (
        "1 of 1 lines have no Medicare amount and are left out of expected dollars.",
    )


def test_a_denied_line_without_an_amount_is_not_in_the_expected_dollars() -> None:
    lines = priced({"expected_cents": 2906, "status": "denied"}, {"code": "97014", "status": "denied"})
    assert metrics.notes(lines, ALL_FIELDS)[1:] == ("Expected dollars include 1 line that payers denied ($29.06).",)
    assert len(metrics.notes(lines.tail(1), ALL_FIELDS)) == 1


def test_notes_say_when_the_charge_limit_cannot_apply() -> None:
    line = priced({"expected_cents": 2906})
    (said,) = metrics.notes(line, ALL_FIELDS - {"charge_cents"})
    assert "no charges" in said


def test_unpriced_lines_by_code_and_reason() -> None:
    reasons = pl.DataFrame({"line_id": [3], "reason": ["97014: not valid for Medicare"]})
    (row,) = metrics.unpriced(THREE_VISITS, reasons).iter_rows(named=True)
    assert row == {
        "code": "97014",
        "label": "Electrical stimulation (unattended)",
        "reason": "97014: not valid for Medicare",
        "lines": 1,
        "units": 1,
        "billed_cents": 3000,
    }
