"""Rates over years and places."""

from __future__ import annotations

from datetime import date

import pytest

from analysis.medicare.fees import NATIONAL, resolve
from analysis.pricing import price, rate_tables
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
