"""Scenarios on the baseline: what the lines would be priced at if they were given today, scaled to a year exactly."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import polars as pl
import pytest

from analysis.codes import hcpcs as codes
from analysis.errors import BadInput
from analysis.lines.filters import Filters
from analysis.medicare.fees import NATIONAL
from analysis.money import half_up
from analysis.payers import ContractBook, observe, revenue
from analysis.pricing import Priced, price
from analysis.pricing.baseline import current, of_year
from analysis.pricing.repricing import in_year
from analysis.whatif.answers import compare
from analysis.whatif.guardrails import review
from analysis.whatif.scenarios import BASELINE, Contract, Recode, RulesChange, Scenario, ScheduleChange
from analysis.whatif.visits import Cube, build
from tests.pricing.lines import frame, random_lines

TODAY = date(2026, 11, 28)
UNDER_2024 = Scenario("2024", (ScheduleChange(year=2024),))
RULES_2022 = Scenario("2022's rules", (RulesChange(2022),))
PROPOSAL = Scenario("2027", (ScheduleChange(year=2027),))
RECODED = Scenario("A third", (Recode("97110", "97112", 1, 3_333),))


def cube_of(priced: Priced, today: date = TODAY, filters: Filters = Filters()) -> Cube:  # noqa: B008  immutable
    return build(
        priced,
        filters,
        [UNDER_2024, RULES_2022],
        codes=codes.load(),
        baseline=current(priced.lines, filters, today),
    )


@pytest.fixture(scope="module")
def priced() -> Priced:
    """Lines of random days from 2024 on, with a leap day among them."""
    made = random_lines(600, 7, since=2024).filter(pl.col("date_of_service").dt.year() == 2024)
    leap = frame([{"visit_key": 10**6, "date_of_service": date(2024, 2, 29), "code": "97530", "units": 3}])
    return price(pl.concat([made, leap.with_columns(line_id=pl.lit(10**6, pl.Int64))]), NATIONAL)


def on_day(lines: pl.DataFrame, day: date) -> int:
    """What Medicare allows for the lines if all of them were given on one day, each visit by itself."""
    moved = price(lines.with_columns(date_of_service=pl.lit(day)), None).lines
    return int(moved["expected_cents"].sum())


@pytest.mark.parametrize("today", [TODAY, date(2024, 6, 1), date(2024, 2, 1)])
def test_every_visit_is_priced_as_if_it_were_given_today(priced: Priced, today: date) -> None:
    total = compare(cube_of(priced, today), BASELINE).total
    assert total.allowed_before_cents == total.allowed_after_cents == on_day(priced.lines, today)


def test_another_year_s_schedule_is_compared_day_for_day(priced: Priced) -> None:
    total = compare(cube_of(priced), UNDER_2024).total
    there = price(in_year(priced.lines, 2024), None).lines["expected_cents"].sum()
    at_one_factor = {on_day(priced.lines, day) for day in (date(2024, 1, 2), date(2024, 12, 2))}
    assert total.allowed_after_cents == there
    assert total.allowed_after_cents not in at_one_factor
    assert total.allowed_before_cents == on_day(priced.lines, TODAY)


def test_rules_of_another_year_hold_day_for_day(priced: Priced) -> None:
    """Sequestration was 0 % until March 2022, 1 % until June, 2 % since."""
    total = compare(cube_of(priced), RULES_2022).total
    assert total.receipts_difference_cents > 0
    first = Filters(end=date(2024, 3, 31))
    spring, all_year = (compare(cube_of(priced, filters=shown), RULES_2022).total for shown in (first, Filters()))
    # Three full months make a year, so the whole year's cut comes off; in the year it comes off in part of it.
    assert spring.receipts_difference_cents * all_year.receipts_before_cents > (
        all_year.receipts_difference_cents * spring.receipts_before_cents
    )


def test_seven_months_are_a_year_exactly_and_rounded_once() -> None:
    """Everything that is summed is 12/7 of what the visits bring, and counts of visits stay what they are."""
    rows = [
        {
            "visit_key": month,
            "date_of_service": date(2026, month, day),
            "code": code,
            "payer": payer,
            "payer_class": kind,
        }
        for month in range(1, 8)
        for day in ((1, 31) if month in (1, 3, 5, 7) else (1, 28))
        for code, payer, kind in (("97530", "Medicare", "Medicare"), ("97110", "Acme", "Commercial"))
    ]
    rows = [row | {"visit_key": number // 2} for number, row in enumerate(rows)]
    priced = price(frame(rows), NATIONAL)
    cube, plain = cube_of(priced), build(priced, codes=codes.load())
    assert cube.scale == Fraction(12, 7)
    for scenario in (PROPOSAL, RECODED):
        outcome, unscaled = cube.outcome(scenario), plain.outcome(scenario)
        for side in ("before", "after"):
            sums, others = getattr(outcome, side), getattr(unscaled, side)
            assert sums == {key: tuple(Fraction(12, 7) * value for value in others[key]) for key in others}
        assert outcome.moved_visits == unscaled.moved_visits
    total, of_dates = compare(cube, PROPOSAL).total, compare(plain, PROPOSAL).total
    assert total.allowed_before_cents == half_up(of_dates.allowed_before_cents * 12, 7)
    assert total.units_before == 48  # 28 lines in seven months
    assert compare(cube, PROPOSAL).per_code["units_before"].to_list() == [24, 24]


def test_units_of_a_scaled_year_may_be_broken() -> None:
    days = (date(2026, 1, 2), date(2026, 2, 2), date(2026, 3, 2), date(2026, 4, 2), date(2026, 5, 29))
    priced = price(frame({"visit_key": day.month, "date_of_service": day} for day in days), NATIONAL)
    found = compare(cube_of(priced), PROPOSAL)
    assert (found.total.units_before, found.total.units_after) == (12, 12)
    one = compare(cube_of(priced, filters=Filters(codes=("97110",), start=days[0], end=date(2026, 5, 31))), RECODED)
    assert one.per_code.filter(code="97110")["units_before"].to_list() == [12]
    uneven = price(frame([{"visit_key": d.month, "date_of_service": d} for d in (*days, days[0])]), NATIONAL)
    found = compare(cube_of(uneven), PROPOSAL)
    assert found.total.units_before == found.total.units_after == 14.4
    assert found.per_code["units_before"].to_list() == [14.4]


def test_what_payers_pay_and_the_guard_rails_are_of_the_same_year() -> None:
    rows = [
        {"visit_key": month, "date_of_service": date(2026, month, day), "payer": "Acme", "payer_class": "Commercial"}
        for month in (1, 2, 3)
        for day in (2, 27)
    ]
    rows = [row | {"visit_key": number} for number, row in enumerate(rows)]
    priced = price(frame(rows), NATIONAL)
    book = ContractBook((Contract("medicare", payer="Acme", percent_bp=12_000),))
    cube, plain = cube_of(priced), build(priced, codes=codes.load())
    year, quarter = (revenue(each, RECODED, book, observe(priced.lines)) for each in (cube, plain))
    assert year.before_cents == 4 * quarter.before_cents
    checked = review(cube, RECODED)
    difference = compare(cube, RECODED).total.allowed_difference_cents
    assert checked.flagged_allowed_cents + checked.free_allowed_cents == difference
    assert checked.visits == pytest.approx(4 * 6 * 0.3333)


def test_contracts_are_those_in_force_today() -> None:
    old = Contract("visit", payer="Acme", visit_cents=8_000)
    new = Contract("visit", payer="Acme", visit_cents=9_000, since=date(2026, 12, 1))
    read_off = Contract("visit", payer="Blue", visit_cents=7_000, since=date(2027, 1, 1))
    book = ContractBook((old, new), (read_off,))
    assert book.in_force(date(2026, 11, 28)) == ContractBook((old,), ())
    assert book.in_force(date(2026, 12, 1)).terms("Acme", "Commercial").contract == new
    assert ContractBook((old,)).in_force(TODAY).discovered is None


def test_conditions_on_dates_still_mean_the_visits_own_dates(priced: Priced) -> None:
    """The baseline moves no line: a recoding since July takes July's visits and later ones."""
    july = Filters(start=date(2024, 7, 1))
    later = Scenario("Since July", (Recode("97110", "97112", 1, where=july),))
    baseline = current(priced.lines, Filters(), TODAY)
    cube = build(priced, scenarios=[later], codes=codes.load(), baseline=baseline)
    seen = build(priced, july, codes=codes.load(), baseline=baseline)
    assert (
        cube.outcome(later).moved_visits == seen.outcome(Scenario("All", (Recode("97110", "97112", 1),))).moved_visits
    )


def test_filters_without_a_line_in_the_year_say_which_year() -> None:
    priced = price(frame({"date_of_service": date(2024 + k, 10, 1), "payer": f"P{k}"} for k in range(3)), NATIONAL)
    baseline = of_year(priced.lines, Filters(), 2026, 2026)
    with pytest.raises(BadInput, match="no line that meets the filters in Jan–Oct 2026"):
        build(priced, Filters(payers=("P0",)), codes=(), baseline=baseline)
