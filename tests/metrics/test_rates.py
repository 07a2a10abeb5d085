"""Rates over years and places, and the effect of a year's prices on the same work."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from analysis.medicare.fees import NATIONAL, resolve
from analysis.pricing import price, rate_tables
from analysis.pricing import rates as rates_on
from analysis.pricing.repricing import in_year, localities
from tests.pricing.lines import frame

OHIO = resolve("15202-00")


def test_published_amounts_by_year() -> None:
    frame = rate_tables.by_year(NATIONAL, ["97110", "97140"])
    full = {(code, name): cents for code, name, cents in frame.select("code", "schedule", "full_cents").iter_rows()}
    assert (full["97110", "2020"], full["97110", "2021"]) == (3140, 3036)
    assert (full["97140", "2020"], full["97140", "2021"]) == (2887, 2791)
    change = frame.filter(code="97110", schedule="2021")["full_change"].item()
    assert change == pytest.approx(3036 / 3140 - 1)
    assert frame.filter(code="97110", schedule="2020")["full_change"].item() is None


def test_a_year_with_two_factors_has_two_rows_and_a_proposed_one_says_so() -> None:
    assert rate_tables.schedules()[4:6] == ("2024 from Jan 1", "2024 from Mar 9")
    assert rate_tables.schedules()[-1] == "2027 PROPOSED"
    last = rate_tables.by_year(OHIO, ["97110"]).row(-1, named=True)
    assert (last["schedule"], last["proposed"]) == ("2027 PROPOSED", True)


def test_codes_without_an_amount_have_a_reason() -> None:
    frame = rate_tables.by_locality([OHIO], ["97014", "ZZZZZ", "97110"], date(2026, 3, 1))
    assert frame["full_cents"].null_count() == 2
    assert frame["reason"].to_list()[1:] == ["not in the 2026 fee schedule", None]
    assert "97014" in frame["code"].to_list()


def test_conversion_factors() -> None:
    frame = rate_tables.conversion_factors()
    factors = dict(frame.select("schedule", "conversion_factor_e4").iter_rows())
    assert (factors["2024 from Jan 1"], factors["2024 from Mar 9"], factors["2026"]) == (327442, 332875, 334009)
    assert frame.filter(schedule="2026")["change"].item() == pytest.approx(334009 / 323465 - 1)
    assert rate_tables.conversion_factors("qp").filter(schedule="2026")["conversion_factor_e4"].item() == 335675


def test_same_work_at_other_years_prices() -> None:
    lines = price(frame({"visit_key": key, "date_of_service": date(2020, 5, 4)} for key in range(10)), NATIONAL).lines
    effect = rate_tables.volume_effect(lines, lines, volume_year=2020, before=2020, after=2021)
    # ten units of 97110 alone in their visits: 10 x 31.40 = 314.00, 10 x 30.36 = 303.60
    assert effect.frame.select("code", "units", "before_cents", "after_cents", "difference_cents").rows() == [
        ("97110", 10, 31400, 30360, -1040)
    ]
    assert effect.difference_cents == -1040


def test_two_factors_of_a_year_each_price_their_own_days() -> None:
    days = [date(2025, 3, 8), date(2025, 3, 9)]
    lines = price(frame({"visit_key": day.day, "date_of_service": day} for day in days), OHIO).lines
    effect = rate_tables.volume_effect(lines, lines, volume_year=2025, before=2024, after=2025)
    by_day = [rates_on(date(2024, 3, day), OHIO, codes=["97110"])["full_cents"].item() for day in (8, 9)]
    assert by_day[0] != by_day[1]
    assert effect.frame["before_cents"].item() == sum(by_day)


def test_a_proposed_year_prices_and_is_named() -> None:
    lines = price(frame([{}]), NATIONAL).lines
    effect = rate_tables.volume_effect(lines, lines, volume_year=2026, before=2026, after=2027)
    # 0.45 + 0.41 + 0.01 = 0.87 RVUs: 29.06 at 33.4009, 28.57 at 32.8409
    assert (effect.after, effect.frame.row(0, named=True)["before_cents"]) == ("2027 PROPOSED", 2906)
    assert effect.frame.row(0, named=True)["after_cents"] == 2857


def test_visits_are_ranked_whole_and_lines_without_amount_are_counted() -> None:
    everything = price(frame([{"code": "97530"}, {"code": "97110"}, {"code": "97014"}]), NATIONAL).lines
    seen = everything.filter(pl.col("code") != "97530")
    effect = rate_tables.volume_effect(seen, everything, volume_year=2026, before=2026, after=2026)
    assert effect.frame.select("code", "before_cents").rows() == [("97110", 2221)]  # reduced: 97530 is the full unit
    assert (effect.lines, effect.left_out, effect.difference_cents) == (1, 1, 0)


def test_the_29th_of_february_has_a_day_in_every_year() -> None:
    moved = in_year(frame([{"date_of_service": date(2024, 2, 29)}, {"date_of_service": date(2024, 12, 31)}]), 2025)
    assert moved["date_of_service"].to_list() == [date(2025, 2, 28), date(2025, 12, 31)]


def test_localities_with_most_units_first() -> None:
    lines = frame([{"clinic": "a", "units": 1}, {"clinic": "b", "units": 5}, {"clinic": "c"}])
    placed = price(lines, {"a": OHIO, "b": resolve("06102-16")}).lines
    assert [place.key for place in localities(placed)] == ["06102-16", "15202-00"]


def test_no_place_no_rows_but_every_column() -> None:
    nowhere = rate_tables.by_locality([], ["97110"], date(2026, 3, 1))
    assert nowhere.is_empty()
    assert nowhere.schema == rate_tables.by_locality([OHIO], ["97110"], date(2026, 3, 1)).schema


def test_a_volume_can_be_priced_on_the_track_of_qualifying_participants() -> None:
    lines = price(frame([{}]), NATIONAL).lines
    effect = rate_tables.volume_effect(lines, lines, volume_year=2026, before=2026, after=2026, track="qp")
    # 0.87 RVUs at 33.5675 instead of 33.4009: 29.20 for 29.06
    assert effect.frame.select("before_cents", "after_cents").rows() == [(2920, 2920)]


def test_a_volume_knows_its_days() -> None:
    days = [date(2024, 11, 4), date(2024, 12, 2), date(2024, 12, 9)]
    rows = [{"visit_key": day.day, "date_of_service": day} for day in days]
    rows[2]["code"] = "97014"  # no amount: not among the days priced
    lines = price(frame(rows), OHIO).lines
    effect = rate_tables.volume_effect(lines, lines, volume_year=2024, before=2024, after=2025)
    assert (effect.first, effect.last, effect.left_out) == (days[0], days[1], 1)
    assert effect.frame["effect_change"].item() == effect.difference_cents / effect.frame["before_cents"].item()
    nothing = rate_tables.volume_effect(lines.clear(), lines, volume_year=2024, before=2024, after=2025)
    assert (nothing.first, nothing.last) == (None, None)
