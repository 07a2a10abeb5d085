"""Figures by code, payer and month, the drill-down to lines, and the way from list price to receipts."""

from __future__ import annotations

import re
import tomllib
from datetime import date

import polars as pl
import pytest

from analysis import metrics
from analysis.lines.filters import NOT_STATED, days
from analysis.metrics import Missing
from analysis.metrics.key_figures import key_figures
from analysis.metrics.splits import BY, SPLIT
from analysis.metrics.trend import OTHER
from analysis.system.paths import DATA
from tests.metrics.builders import ALL_FIELDS, THREE_VISITS, amounts, priced, repeated


def test_per_code_sums_ratios_and_order() -> None:
    frame = metrics.per_code(THREE_VISITS)
    assert frame["code"].to_list() == ["97110", "97112", "97014"]  # by expected dollars, without a price last
    row = frame.row(0, named=True)
    assert row["label"] == "Therapeutic exercise"
    assert (row["lines"], row["visits"], row["units"]) == (2, 2, 3)
    assert row["list_cents"] == 8718  # 5812 + 2906
    assert row["mppr_cents"] == 1370  # 5812 - 4442
    assert row["expected_cents"] == 6942  # 4442 + 2500
    assert row["expected_per_unit_cents"] == 2314  # 6942 / 3
    assert row["paid_cents"] == 1000
    assert row["paid_per_unit_cents"] == 500  # over the 2 units of the line that holds a payment
    assert row["share_full"] == pytest.approx(1 / 3)
    assert row["share_units"] == pytest.approx(3 / 5)
    assert row["denied_lines"] == 1


def test_amounts_no_line_holds_are_null_never_zero() -> None:
    row = metrics.per_code(THREE_VISITS).filter(code="97014").row(0, named=True)
    for column in ("expected_cents", "mppr_cents", "paid_cents", "share_full", "expected_per_unit_cents"):
        assert row[column] is None, column
    assert (row["priced_lines"], row["billed_cents"]) == (0, 3000)


@pytest.mark.parametrize("by", BY)
def test_a_split_has_the_columns_of_its_schema(by: str) -> None:
    assert dict(metrics.split(THREE_VISITS, by).schema) == SPLIT
    assert dict(metrics.split(THREE_VISITS.clear(), by).schema) == SPLIT


def test_a_quotient_of_a_split_over_all_lines_is_the_key_figure() -> None:
    """One list says what is divided by what, for the split and for the tiles."""
    whole = metrics.split(THREE_VISITS.with_columns(payer=None), "payer").row(0, named=True)
    figures = metrics.totals(THREE_VISITS, ALL_FIELDS)
    for name in (
        "units_per_visit",
        "expected_per_unit_cents",
        "expected_per_visit",
        "paid_per_unit_cents",
        "share_full",
    ):
        assert whole[key_figures()[name].column] == figures[name].value, name


def test_lines_without_a_payer_are_a_group_of_their_own() -> None:
    frame = metrics.split(THREE_VISITS, "payer")
    assert dict(frame.select("key", "lines").iter_rows()) == {"Acme": 3, NOT_STATED: 1}


def test_a_bundled_code_is_worth_zero_not_unknown() -> None:
    frame = metrics.per_code(priced({"code": "97010", **amounts(0, 0, 0)}))
    row = frame.row(0, named=True)
    assert row["expected_cents"] == 0
    assert row["share_expected"] is None  # a share of nothing
    assert metrics.headline(frame) is None


def test_headline_names_the_code_that_earns_most() -> None:
    assert metrics.headline(metrics.per_code(repeated(THREE_VISITS))) == (
        "97110 Therapeutic exercise earns the most: 60% of units and 68% of revenue at Medicare rates"
    )
    assert metrics.headline(metrics.per_code(THREE_VISITS)) is None, "three units are named nowhere"


def test_months_have_no_gaps_and_say_when_they_are_not_whole() -> None:
    lines = priced(
        {"date_of_service": date(2026, 1, 2), "code": "97110", "expected_cents": 100},
        {"date_of_service": date(2026, 3, 10), "code": "97112", "expected_cents": 300},
    )
    frame = metrics.monthly(lines, ALL_FIELDS, days(lines))
    assert not isinstance(frame, Missing)
    assert frame.select("month", "key", "value", "share_of_month", "whole_month").rows() == [
        (date(2026, 1, 1), "97112", 0, 0.0, True),
        (date(2026, 1, 1), "97110", 100, 1.0, True),
        (date(2026, 2, 1), "97112", 0, None, True),  # a month of nothing has no shares
        (date(2026, 2, 1), "97110", 0, None, True),
        (date(2026, 3, 1), "97112", 300, 1.0, False),  # the lines end on the 10th
        (date(2026, 3, 1), "97110", 0, 0.0, False),
    ]


def test_months_are_those_of_the_days_looked_at_and_not_of_the_lines_that_pass() -> None:
    lines = priced({"date_of_service": date(2026, 2, 10), "expected_cents": 100})
    frame = metrics.monthly(lines, ALL_FIELDS, (date(2026, 1, 2), date(2026, 3, 31)))
    assert not isinstance(frame, Missing)
    assert frame.select("value", "whole_month").rows() == [(0, True), (100, True), (0, True)]
    part = metrics.monthly(lines, ALL_FIELDS, (date(2026, 2, 8), date(2026, 2, 12)))
    assert not isinstance(part, Missing)
    assert part.select("value", "whole_month").rows() == [(100, False)]


def test_a_month_whose_lines_hold_no_amount_is_not_known_and_not_zero() -> None:
    lines = priced(
        {"date_of_service": date(2026, 1, 2), "code": "97110", "expected_cents": 100},
        {"date_of_service": date(2026, 1, 2), "code": "97110"},
        {"date_of_service": date(2026, 1, 2), "code": "97014"},
        {"date_of_service": date(2026, 2, 27), "code": "97014"},
    )
    frame = metrics.monthly(lines, ALL_FIELDS, days(lines))
    assert not isinstance(frame, Missing)
    assert frame.drop("whole_month", "unripe").rows() == [
        (date(2026, 1, 1), "97110", 100, 1, 2, 1.0),
        (date(2026, 1, 1), "97014", None, 0, 1, None),  # a line without an amount
        (date(2026, 2, 1), "97110", 0, 0, 0, None),  # no line
        (date(2026, 2, 1), "97014", None, 0, 1, None),
    ]


def test_small_codes_become_one_band_and_nothing_is_lost() -> None:
    lines = priced(*({"code": f"9711{digit}", "units": digit + 1} for digit in range(5)))
    frame = metrics.monthly(lines, ALL_FIELDS, days(lines), "units", top=3)
    assert not isinstance(frame, Missing)
    assert frame.select("key", "value").rows() == [("97114", 5), ("97113", 4), ("97112", 3), (OTHER, 3)]  # 2 + 1


def test_one_code_too_many_keeps_its_name() -> None:
    lines = priced({"code": "97110"}, {"code": "97112"})
    frame = metrics.monthly(lines, ALL_FIELDS, days(lines), "units", top=1)
    assert not isinstance(frame, Missing)
    assert OTHER not in frame["key"]


def test_months_of_a_measure_the_export_lacks() -> None:
    gone = metrics.monthly(THREE_VISITS, ALL_FIELDS - {"charge_cents"}, days(THREE_VISITS), "billed")
    assert isinstance(gone, Missing)
    assert gone.field == "charge_cents"


def test_a_code_opens_on_its_own_lines_without_the_patient() -> None:
    lines = metrics.code_lines(THREE_VISITS, ALL_FIELDS, "97110")
    assert lines["date_of_service"].to_list() == [date(2026, 2, 9), date(2026, 1, 5)]
    assert lines["paid_cents"].to_list() == [None, 1000]
    assert not {"patient_key", "visit_key"} & set(lines.columns)
    assert "paid_cents" not in metrics.code_lines(THREE_VISITS, {"payer"}, "97110").columns
    assert metrics.code_lines(THREE_VISITS, ALL_FIELDS, "97110", at_most=1).height == 1


def test_facts_of_a_code() -> None:
    facts = metrics.code_facts(THREE_VISITS, "97110")
    assert (facts.priced_units, facts.full_units) == (3, 1)
    assert facts.mppr_cents == 1370


def test_waterfall_leads_from_list_price_to_receipts() -> None:
    line = {
        "full_units": 1,
        "list_cents": 10000,
        "scheduled_cents": 8000,
        "expected_cents": 7500,
        "assistant_cut_cents": 900,
        "sequestration_cents": 102,
        "receipts_cents": 6498,
    }
    way = metrics.waterfall(priced(line, {"code": "97014"}), ALL_FIELDS)
    assert way.steps.select("step", "cents", "running_cents").rows() == [
        ("list", 10000, 10000),
        ("mppr", -2000, 8000),
        ("charge", -500, 7500),
        ("expected", 7500, 7500),
        ("assistants", -900, 6600),
        ("sequestration", -102, 6498),
        ("receipts", 6498, 6498),
    ]
    assert (way.priced_lines, way.lines) == (1, 2)


def test_waterfall_has_no_charge_step_where_no_charge_is_below_its_fee() -> None:
    way = metrics.waterfall(THREE_VISITS.head(2), ALL_FIELDS)
    assert way.steps["step"].to_list() == ["list", "mppr", "expected", "assistants", "sequestration", "receipts"]
    assert way.missing is None


def test_waterfall_without_charges_says_that_their_limit_could_not_apply() -> None:
    way = metrics.waterfall(THREE_VISITS, ALL_FIELDS - {"charge_cents"})
    assert way.missing is not None
    assert way.missing.field == "charge_cents"


def test_waterfall_of_nothing_priced_is_empty() -> None:
    assert metrics.waterfall(priced({"code": "97014"}), ALL_FIELDS).steps.is_empty()


RIPE = metrics.ripeness(THREE_VISITS, ALL_FIELDS)


def _columns(frame: pl.DataFrame | Missing) -> set[str]:
    assert not isinstance(frame, Missing)
    return set(frame.columns)


def test_every_column_and_tile_is_defined() -> None:
    names = {
        *metrics.per_code(THREE_VISITS).columns,
        *metrics.split(THREE_VISITS, "payer").columns,
        *metrics.waterfall(THREE_VISITS, ALL_FIELDS).steps.columns,
        *metrics.code_lines(THREE_VISITS, ALL_FIELDS, "97110").columns,
        *metrics.unpriced(THREE_VISITS).columns,
        *metrics.totals(THREE_VISITS, ALL_FIELDS),
        *_columns(metrics.earned(THREE_VISITS, ALL_FIELDS, RIPE, "code")),
        *metrics.per_visit(THREE_VISITS, ALL_FIELDS, days(THREE_VISITS), RIPE).columns,
        *_columns(metrics.per_visit_by_payer(THREE_VISITS, ALL_FIELDS, RIPE)) - {"payer"},
        "at_medicare_cents",
        *metrics.MEASURES,
    }
    assert {name for name in names if not metrics.definition(name).text} == set()


def test_a_name_nobody_defined_is_its_own_heading() -> None:
    assert metrics.definition("their_own_heading").label == "Their own heading"


def test_units_are_those_the_definitions_list() -> None:
    text = (DATA / "metrics.toml").read_text("utf-8")
    told = text.splitlines()[1]
    assert {entry["unit"] for entry in tomllib.loads(text).values()} <= set(re.findall(r"\w+", told))


def test_a_definition_says_what_the_receipts_leave_out() -> None:
    assert "deductible" in metrics.definition("receipts").text
    assert "deductible" in metrics.definition("receipts_cents").text
