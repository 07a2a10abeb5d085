"""Payments before Medicare's rates: unripe months, what each payer pays, a visit by month and year. Worked by hand."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

import polars as pl
import pytest

from analysis import metrics
from analysis.lines.filters import days
from analysis.metrics import Missing
from analysis.metrics.payer_table import OTHER_PAYERS
from tests.metrics.builders import ALL_FIELDS, amounts, priced

JANUARY, FEBRUARY = date(2026, 1, 5), date(2026, 2, 5)
MEDICARE: dict[str, Any] = {**amounts(3000, 3000, 2500)}
_VISITS = count(1)


def _lines(number: int, day: date = JANUARY, **more: Any) -> list[dict[str, Any]]:
    """Lines of one unit, each a visit of its own."""
    return [{"visit_key": next(_VISITS), "date_of_service": day, "payer": "Acme", **more} for _ in range(number)]


def _earned(lines: pl.DataFrame, by: str = "code") -> pl.DataFrame:
    frame = metrics.earned(lines, ALL_FIELDS, metrics.ripeness(lines, ALL_FIELDS), by)
    assert not isinstance(frame, Missing)
    return frame


def _table(lines: pl.DataFrame, per: str = "unit") -> metrics.PayerTable:
    table = metrics.paid_by_payer(lines, ALL_FIELDS, metrics.ripeness(lines, ALL_FIELDS), per)
    assert not isinstance(table, Missing)
    return table


# -------------------------------------------------------------------------------------------------------- unripe months
@pytest.mark.parametrize(("still_open", "unripe"), [(1, False), (2, True)])
def test_a_month_is_unripe_from_more_than_a_tenth_of_its_insured_lines_open(still_open: int, *, unripe: bool) -> None:
    lines = priced(*_lines(10 - still_open, insurance_paid_cents=2000), *_lines(still_open, code="97112"))
    ripe = metrics.ripeness(lines, ALL_FIELDS)
    assert bool(ripe.unripe) is unripe
    assert ripe.missing == (f"Jan 2026: {still_open} of 10 insured lines not answered yet" if unripe else "")


def test_self_pay_needs_no_answer_and_an_open_zero_is_none() -> None:
    patients = priced(*_lines(5, payer_class="Self-pay"))
    assert metrics.ripeness(patients, ALL_FIELDS).months.row(0) == (date(2026, 1, 1), 0, 0, False)
    zeros = priced(*_lines(5, insurance_paid_cents=0))
    assert metrics.ripeness(zeros, ALL_FIELDS).unripe == (date(2026, 1, 1),)
    denied = priced(*_lines(5, insurance_paid_cents=0, status="denied"))
    assert not metrics.ripeness(denied, ALL_FIELDS).unripe


@pytest.mark.parametrize(
    ("months", "said"),
    [
        (2, "Jan 2026: 2 of 2 insured lines not answered yet; Feb 2026: 2 of 2 insured lines not answered yet"),
        (4, "4 months from Jan 2026 to Apr 2026: 8 of 8 insured lines not answered yet"),
    ],
)
def test_what_is_missing_is_told_by_month_or_as_one_sum(months: int, said: str) -> None:
    lines = priced(*(line for month in range(1, months + 1) for line in _lines(2, day=date(2026, month, 5))))
    assert metrics.ripeness(lines, ALL_FIELDS).missing == said


def test_an_export_without_answers_has_no_unripe_month() -> None:
    assert not metrics.ripeness(priced(*_lines(5)), {"payer", "charge_cents"}).unripe


# -------------------------------------------------------------------------------------------------- what earns the most
def test_paid_where_ripe_and_allowed_where_not_beside_medicare_on_the_same_lines() -> None:
    lines = priced(
        *_lines(20, insurance_paid_cents=2000, allowed_cents=2600, **MEDICARE),
        *_lines(1, day=FEBRUARY, insurance_paid_cents=2000, allowed_cents=2600, **MEDICARE),
        *_lines(1, day=FEBRUARY, code="97110", insurance_paid_cents=0, allowed_cents=0, **MEDICARE),  # open
    )
    row = _earned(lines).row(0, named=True)
    assert row["paid_ripe_cents"] == 40_000
    assert row["so_far_cents"] == 2_600
    assert row["earned_cents"] == 42_600
    assert (row["medicare_ripe_cents"], row["medicare_cents"]) == (50_000, 52_500), "not the open line"
    assert (row["earned_lines"], row["lines"], row["settled_units"]) == (21, 22, 20)


def test_a_part_larger_than_the_whole_is_no_share() -> None:
    lines = priced(*_lines(30, insurance_paid_cents=2000), *_lines(30, code="97112", insurance_paid_cents=-1500))
    said = metrics.earns_most(_earned(lines), "code")
    assert said == "97110 Therapeutic exercise earns the most: $600 paid, 50% of units", "not 400% of payments"
    few = priced(*_lines(19, insurance_paid_cents=9000), *_lines(20, code="97112", insurance_paid_cents=100))
    assert str(metrics.earns_most(_earned(few), "code")).startswith("97112"), "19 units are not named"


def test_the_headline_speaks_of_payments_and_leaves_unripe_months_out() -> None:
    lines = priced(
        *_lines(20, insurance_paid_cents=2000, **MEDICARE),
        *_lines(20, code="97530", insurance_paid_cents=6000),
        *_lines(40, day=FEBRUARY, insurance_paid_cents=9000, allowed_cents=9900),
        *_lines(40, day=FEBRUARY, code="97112"),
    )
    assert metrics.earns_most(_earned(lines), "code") == (
        "97530 Therapeutic activities earns the most: $1,200 paid, 75% of payments and 50% of units"
    )
    medicare = lines.filter(pl.col("code") != "97530")
    assert metrics.earns_most(_earned(medicare, "payer"), "payer") == (
        "Acme earns the most: $400 paid ($500 at Medicare rates), 100% of payments and 100% of units"
    )


def test_nothing_is_named_from_few_units_or_without_a_ripe_month() -> None:
    assert metrics.earns_most(_earned(priced(*_lines(19, insurance_paid_cents=2000))), "code") is None
    unripe = priced(*_lines(30, insurance_paid_cents=2000), *_lines(30, code="97112"))
    assert metrics.earns_most(_earned(unripe), "code") is None
    nothing = metrics.earned(unripe, {"payer"}, metrics.ripeness(unripe, {"payer"}), "code")
    assert isinstance(nothing, Missing)


# ------------------------------------------------------------------------------------------------ what each payer pays
def test_a_cell_is_what_the_payer_paid_for_a_unit_of_the_lines_it_answered() -> None:
    lines = priced(
        *_lines(20, insurance_paid_cents=2000, **MEDICARE),
        *_lines(1, code="97112", insurance_paid_cents=0, status="denied"),
        *_lines(1, code="97140", insurance_paid_cents=0),  # open
        *_lines(5, payer="Beta", insurance_paid_cents=3100),
        *_lines(1, payer="Beta", status="denied", insurance_paid_cents=0),
    )
    table = _table(lines)
    assert table.frame.select("code", "all_cents", "payer_0_cents", "payer_1_cents").rows() == [
        ("97110", 2220, 2000, 3100)  # (20 x 20.00 + 5 x 31.00) / 25
    ], "no code priced from a denied or an open line"
    assert table.frame["at_medicare_cents"].to_list() == [2500]
    assert table.few.select("all_cents", "payer_0_cents", "payer_1_cents").rows() == [(False, False, True)]
    assert table.headings == {"all_cents": "All payers", "payer_0_cents": "Acme", "payer_1_cents": "Beta"}


@pytest.mark.parametrize("per", ["unit", "visit"])
def test_without_a_payment_in_an_answered_month_the_table_is_empty(per: str) -> None:
    denied = priced(*_lines(3, insurance_paid_cents=0, status="denied"))
    unripe = priced(*_lines(3, insurance_paid_cents=100), *_lines(3))
    for lines in (denied, unripe, unripe.clear()):
        table = _table(lines, per)
        assert table.frame.is_empty()
        assert table.frame.columns == ["code", "label", "all_cents", "at_medicare_cents"]
        assert table.few.columns == ["all_cents", "at_medicare_cents"]


def test_per_visit_begins_with_the_whole_visit() -> None:
    lines = priced(
        *(
            {"visit_key": visit, "date_of_service": JANUARY, "payer": "Acme", "code": code, "units": units}
            | {"insurance_paid_cents": cents}
            for visit in range(10)
            for code, units, cents in (("97110", 2, 4000), ("97530", 1, 3000))
        )
    )
    table = _table(lines, "visit")
    assert table.frame.select("code", "payer_0_cents").rows() == [("All codes", 7000), ("97110", 4000), ("97530", 3000)]
    assert table.few["payer_0_cents"].to_list() == [False, False, True]  # 30, 20 and 10 units


def test_many_payers_share_a_column_and_one_more_does_not() -> None:
    def payers(number: int) -> pl.DataFrame:
        return priced(
            *(line for i in range(number) for line in _lines(2, payer=f"P{i:02}", insurance_paid_cents=100 + i))
        )

    assert len(_table(payers(6)).headings) == 7
    table = _table(payers(8))
    assert list(table.headings.values()) == ["All payers", *(f"P{i:02}" for i in range(7, 2, -1)), OTHER_PAYERS]
    assert table.frame["others_cents"].to_list() == [101]  # 1.00, 1.01 and 1.02


def test_a_payers_visit_counts_denials_and_says_what_medicare_would_pay() -> None:
    lines = priced(
        *_lines(20, insurance_paid_cents=2000, **MEDICARE),
        *_lines(20, code="97112", insurance_paid_cents=0, status="denied", **MEDICARE),
        *_lines(3, payer="Beta", insurance_paid_cents=500),
    )
    frame = metrics.per_visit_by_payer(lines, ALL_FIELDS, metrics.ripeness(lines, ALL_FIELDS))
    assert not isinstance(frame, Missing)
    assert frame.rows() == [("Acme", 1000, 2500, 0.4, 40, 1.0, False), ("Beta", 500, None, None, 3, 1.0, True)]


# --------------------------------------------------------------------------------------------------- months and years
def test_a_visits_months_have_no_gap_and_mark_what_is_unripe() -> None:
    lines = priced(
        *_lines(2, insurance_paid_cents=2000), *_lines(2, day=date(2026, 3, 30)), *_lines(1, day=date(2026, 3, 31))
    )
    frame = metrics.per_visit(lines, ALL_FIELDS, (date(2026, 1, 1), date(2026, 3, 31)), _ripe(lines))
    assert frame.select("month", "visits", "settled_per_visit_cents", "open_lines", "unripe").rows() == [
        (date(2026, 1, 1), 2, 2000, 0, False),
        (date(2026, 2, 1), 0, None, 0, False),
        (date(2026, 3, 1), 3, None, 3, True),
    ]


def _ripe(lines: pl.DataFrame) -> metrics.Ripeness:
    return metrics.ripeness(lines, ALL_FIELDS)


def test_this_year_to_date_is_compared_with_the_same_months_of_last_year() -> None:
    lines = priced(
        *_lines(10, day=date(2025, 1, 2), insurance_paid_cents=2000),
        *_lines(10, day=date(2025, 2, 3), insurance_paid_cents=2000),
        *_lines(90, day=date(2025, 3, 31), insurance_paid_cents=9000),
        *_lines(12, day=date(2026, 1, 2), insurance_paid_cents=2100),
        *_lines(12, day=date(2026, 2, 3), insurance_paid_cents=2100, units=2),
        *_lines(12, day=date(2026, 3, 31)),  # nobody answered
    )
    said = metrics.year_to_date(lines, ALL_FIELDS, days(lines), _ripe(lines))
    assert said == (
        "Jan to Feb 2026 against Jan to Feb 2025: $21.00 against $20.00 paid per visit (+5.0%), "
        "1.50 against 1.00 units per visit (+50.0%), 24 against 20 visits (+20.0%)."
    )
    without = metrics.year_to_date(lines, {"payer"}, days(lines), metrics.ripeness(lines, {"payer"}))
    assert without.startswith("Jan to Mar 2026 against Jan to Mar 2025: 1.33 against 1.00 units per visit (+33.3%), 36")


def test_a_month_left_out_in_between_is_not_in_the_name_of_the_stretch() -> None:
    lines = priced(
        *(
            line
            for year in (2025, 2026)
            for month in (1, 2, 3)
            for line in _lines(10, day=date(year, month, 28), insurance_paid_cents=2000 if month != 2 else 0)
        )
    )
    span = (date(2025, 1, 1), date(2026, 3, 31))
    assert metrics.year_to_date(lines, ALL_FIELDS, span, _ripe(lines)).startswith(
        "Jan and Mar 2026 against Jan and Mar"
    )


def test_nothing_is_compared_without_a_year_before_or_from_few_units() -> None:
    one_year = priced(*_lines(30, insurance_paid_cents=2000))
    span = (date(2026, 1, 1), date(2026, 1, 31))
    assert "nothing is compared" in metrics.year_to_date(one_year, ALL_FIELDS, span, _ripe(one_year))
    thin = priced(*_lines(30, insurance_paid_cents=2000), *_lines(19, day=date(2025, 1, 5), insurance_paid_cents=2000))
    span = (date(2025, 1, 1), date(2026, 1, 31))
    assert metrics.year_to_date(thin, ALL_FIELDS, span, _ripe(thin)).startswith("Fewer than 20 units")
