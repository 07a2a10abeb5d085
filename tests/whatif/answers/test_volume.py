"""The effect of another year's prices on the same work."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from analysis.lines.filters import Filters
from analysis.medicare.fees import NATIONAL, resolve
from analysis.pricing import price
from analysis.pricing import rates as rates_on
from analysis.pricing.baseline import current, of_year
from analysis.whatif.answers import VolumeEffect, compare, volume_effect
from analysis.whatif.scenarios import Scenario, ScheduleChange
from analysis.whatif.visits import build
from tests.pricing.lines import frame

if TYPE_CHECKING:
    from analysis.medicare.fees.schedules import Track
    from analysis.pricing import Priced

OHIO = resolve("15202-00")
EVERY = Filters()


def effect_of(
    priced: Priced, year: int, before: int, after: int, filters: Filters = EVERY, track: Track = "non_qp"
) -> VolumeEffect:
    """The effect on one calendar year's visits."""
    return volume_effect(priced, filters, of_year(priced.lines, filters, year, before), after, track=track)


def test_same_work_at_other_years_prices() -> None:
    priced = price(frame({"visit_key": key, "date_of_service": date(2020, 5, 4)} for key in range(10)), NATIONAL)
    effect = effect_of(priced, 2020, 2020, 2021)
    # ten units of 97110 alone in their visits: 10 x 31.40 = 314.00, 10 x 30.36 = 303.60
    assert effect.frame.select("code", "units", "before_cents", "after_cents", "difference_cents").rows() == [
        ("97110", 10, 31400, 30360, -1040)
    ]
    assert effect.difference_cents == -1040
    assert effect.frame["effect_change"].item() == -1040 / 31400


def test_two_factors_of_a_year_each_price_their_own_days() -> None:
    days = [date(2025, 3, 8), date(2025, 3, 9)]
    priced = price(frame({"visit_key": day.day, "date_of_service": day} for day in days), OHIO)
    by_day = [rates_on(date(2024, 3, day), OHIO, codes=["97110"])["full_cents"].item() for day in (8, 9)]
    assert by_day[0] != by_day[1]
    assert effect_of(priced, 2025, 2024, 2025).frame["before_cents"].item() == sum(by_day)
    assert effect_of(priced, 2025, 2025, 2024).frame["after_cents"].item() == sum(by_day)


def test_a_leap_day_is_priced_in_a_year_without_one() -> None:
    days = [date(2024, 2, 28), date(2024, 2, 29), date(2024, 2, 29)]
    rows = [{"visit_key": number, "date_of_service": day} for number, day in enumerate(days)]
    effect = effect_of(price(frame(rows), NATIONAL), 2024, 2023, 2025)
    full = [rates_on(date(year, 2, 28), NATIONAL, codes=["97110"])["full_cents"].item() for year in (2023, 2025)]
    assert effect.frame.select("units", "before_cents", "after_cents").rows() == [(3, 3 * full[0], 3 * full[1])]


def test_a_proposed_year_prices_and_is_named() -> None:
    effect = effect_of(price(frame([{}]), NATIONAL), 2026, 2026, 2027)
    # 0.45 + 0.41 + 0.01 = 0.87 RVUs: 29.06 at 33.4009, 28.57 at 32.8409
    assert (effect.after, effect.frame.row(0, named=True)["before_cents"]) == ("2027 PROPOSED", 2906)
    assert effect.frame.row(0, named=True)["after_cents"] == 2857


def test_visits_are_ranked_whole_and_lines_without_amount_are_counted() -> None:
    priced = price(frame([{"code": "97530"}, {"code": "97110"}, {"code": "97014"}]), NATIONAL)
    effect = effect_of(priced, 2026, 2026, 2026, Filters(codes=("97110", "97014")))
    assert effect.frame.select("code", "before_cents").rows() == [("97110", 2221)]  # reduced: 97530 is the full unit
    assert (effect.left_out, effect.difference_cents) == (1, 0)


def test_a_code_that_the_other_schedule_lacks_is_left_out_and_counted() -> None:
    # 98985 is new in 2026
    rows = [{"visit_key": number, "code": code} for number, code in enumerate(("98985", "98985", "97110", "97014"))]
    effect = effect_of(price(frame(rows), OHIO), 2026, 2026, 2025)
    assert effect.frame["code"].to_list() == ["97110"]
    assert effect.left_out == 3


def test_a_volume_can_be_priced_on_the_track_of_qualifying_participants() -> None:
    effect = effect_of(price(frame([{}]), NATIONAL), 2026, 2026, 2026, track="qp")
    # 0.87 RVUs at 33.5675 instead of 33.4009: 29.20 for 29.06
    assert effect.frame.select("before_cents", "after_cents").rows() == [(2920, 2920)]


def test_a_year_s_effect_is_what_a_scenario_says_of_it() -> None:
    """Five full months, a code with an odd number of cents, and a charge below the fee: the scenario's own cents."""
    rows = [
        {"visit_key": month, "date_of_service": date(2026, month, 28), "code": code, "charge_cents": cents}
        for month in range(1, 8)
        for code, cents in (("97110", 2_800), ("97140", 9_900), ("97530", None))
    ]
    priced = price(frame(rows), OHIO)
    baseline = current(priced.lines, EVERY, date(2026, 11, 28))
    scenario = Scenario("2027", (ScheduleChange(year=2027),))
    said = compare(build(priced, scenarios=[scenario], codes=(), baseline=baseline), scenario)
    effect = volume_effect(priced, EVERY, baseline, 2027)
    assert baseline.span == "Feb–Jun 2026", "January begins on the 28th, July ends on it"
    assert effect.difference_cents == said.total.allowed_difference_cents < 0
    assert int(effect.frame["before_cents"].sum()) == said.total.allowed_before_cents
    assert effect.frame["units"].to_list() == [12, 12, 12]


@pytest.mark.parametrize("codes", [("97014",), ("97014", "97799")])
def test_lines_without_any_amount_have_no_effect(codes: tuple[str, ...]) -> None:
    effect = effect_of(price(frame({"code": code} for code in codes), OHIO), 2026, 2025, 2026)
    assert effect.frame.is_empty()
    assert (effect.difference_cents, effect.left_out) == (0, len(codes))
