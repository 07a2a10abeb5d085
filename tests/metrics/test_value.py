"""What a percentage point of units is worth, worked by hand at the national amounts of 2026.

97110: full 29.06, reduced 22.21. 97112: full 32.73, reduced 24.88. 97116 as 97110. 97530 outranks both.
So 97112 beats 97110 by 3.67 in full and by 2.67 reduced (payment-rules, section 3).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis import mix
from analysis.lines.filters import Filters
from analysis.medicare.fees import NATIONAL, resolve
from analysis.pricing import price, rate_tables
from tests.pricing.lines import frame

if TYPE_CHECKING:
    from analysis.mix import PointValue
    from analysis.pricing import Priced

TODAY = date(2026, 11, 22)
PAIR = ("97110", "97112")


def _visits(*visits: tuple[str, ...], copies: int = 100, first: date = date(2025, 11, 23)) -> Priced:
    """Each visit `copies` times, half of them on `first`, half on TODAY: one unit a code, ``97110x2`` for two."""
    rows: list[dict[str, Any]] = []
    for key, visit in enumerate(visit for visit in visits for _ in range(copies)):
        for code in visit:
            name, _, units = code.partition("x")
            day = first if key % 2 else TODAY
            rows.append({"visit_key": key, "date_of_service": day, "code": name, "units": int(units or 1)})
    return price(frame(rows), NATIONAL)


def _value(priced: Priced, filters: Filters = Filters()) -> PointValue:  # noqa: B008  immutable
    value = mix.point_value(priced, filters, PAIR, "97110", "97112", TODAY)
    assert not isinstance(value, str), value
    return value


def test_the_only_unit_of_a_visit_gains_the_full_difference() -> None:
    value = _value(_visits(("97110",)))
    # 100 units a year, one point is 1 unit, which gains 3.67
    assert (value.year_units, value.full_units, value.exact_cents) == (100, 100, 367)
    assert value.list_cents == 367


def test_a_reduced_unit_gains_the_reduced_difference_and_list_prices_overstate_it() -> None:
    value = _value(_visits(("97530", "97110")))
    assert (value.exact_cents, value.list_cents) == (267, 367)


def test_a_unit_that_overtakes_the_visits_first_gains_more_than_its_rank_suggests() -> None:
    # 97116 and 97110 tie and 97116 stands first: 29.06 + 22.21. With 97112 it is 32.73 + 22.21: a gain of 3.67.
    value = _value(_visits(("97116", "97110")))
    assert (value.full_units, value.exact_cents) == (0, 367)


def test_one_unit_of_several_moves() -> None:
    # 97110x2: 29.06 + 22.21. One of them 97112: 32.73 + 22.21, again 3.67; 200 units a year, a point is 2 units.
    value = _value(_visits(("97110x2",)))
    assert (value.source_units, value.full_units) == (200, 100)
    assert value.exact_cents == 734


def test_a_filter_does_not_take_visits_apart() -> None:
    everything = _visits(("97530", "97110"))
    assert _value(everything, Filters(codes=("97110",))).exact_cents == 267
    # Alone, the same lines would be taken for whole visits and gain the full difference.
    assert _value(replace(everything, lines=everything.lines.filter(code="97110"))).exact_cents == 367


def test_less_than_a_year_is_scaled_up_and_says_so() -> None:
    value = _value(_visits(("97110",), first=TODAY - timedelta(days=72)))  # 73 days, a fifth of a year
    assert (value.days, value.set_units, value.year_units, value.exact_cents) == (73, 100, 500, 1835)
    assert "73 days scaled up to a year" in value.basis
    assert not value.whole_year


def test_more_than_a_year_counts_only_the_last() -> None:
    value = _value(_visits(("97110",), first=TODAY - timedelta(days=500)))
    assert (value.days, value.year_units) == (365, 50)


def test_sentences_where_there_is_no_figure() -> None:
    lines = _visits(("97110",))
    short = _visits(("97110",), first=TODAY - timedelta(days=20))
    every = Filters()
    assert "21 days" in str(mix.point_value(short, every, PAIR, "97110", "97112", TODAY))
    assert "no priced unit of 97530" in str(mix.point_value(lines, every, PAIR, "97530", "97112", TODAY))
    assert "no amount for 97014" in str(mix.point_value(lines, every, PAIR, "97110", "97014", TODAY))
    assert "the same number of minutes" in str(mix.point_value(lines, every, PAIR, "97110", "97161", TODAY))
    nobody = Filters(payers=("Nobody",))
    assert "no lines" in str(mix.point_value(lines, nobody, PAIR, "97110", "97112", TODAY))


def test_the_sentence_names_the_schedule_and_the_figure() -> None:
    value = _value(_visits(("97530", "97110")))
    assert value.sentence == "Each percentage point of units moved from 97110 to 97112 is worth $3 a year."
    assert "Medicare 2026 rates" in value.basis
    assert "0% of 97110 units are paid in full" in value.basis


def test_a_loss_is_said_as_a_cost() -> None:
    value = _value(_visits(("97110",)))
    back = mix.point_value(_visits(("97112",)), Filters(), PAIR, "97112", "97110", TODAY)
    assert not isinstance(back, str)
    assert (back.exact_cents, back.list_cents) == (-value.exact_cents, -value.list_cents)
    assert back.sentence == "Each percentage point of units moved from 97112 to 97110 costs $4 a year."


def _clinics(**visits: int) -> Priced:
    """Visits of one unit of 97110 over a year in clinics: `ohio`, `alaska`, and any other without a locality."""
    rows: list[dict[str, Any]] = []
    for clinic, count in visits.items():
        for _ in range(count):
            day = date(2025, 11, 23) if len(rows) % 2 else TODAY
            rows.append({"visit_key": len(rows), "date_of_service": day, "clinic": clinic})
    return price(frame(rows), {"ohio": resolve("15202-00"), "alaska": resolve("02102-01")})


def test_every_locality_gains_its_own_difference() -> None:
    value = _value(_clinics(ohio=80, alaska=20))
    full = rate_tables.by_locality([resolve("15202-00"), resolve("02102-01")], ["97110", "97112"], TODAY)["full_cents"]
    ohio, alaska = full[1] - full[0], full[3] - full[2]
    assert ohio != alaska
    # 100 units a year, a point is one unit: the mean gain of 80 in Ohio and 20 in Alaska
    assert value.list_cents == value.exact_cents == (2 * (80 * ohio + 20 * alaska) + 100) // 200


def test_lines_without_a_locality_are_no_volume() -> None:
    value = _value(_clinics(ohio=60, nowhere=40))
    assert (value.set_units, value.year_units, value.source_units) == (60, 60, 60)


def _on(day: date) -> pl.Expr:
    """A therapist who has the lines of one day only."""
    return pl.when(pl.col("date_of_service") == day).then(pl.lit("Late")).cast(pl.Categorical)


def test_a_filter_that_leaves_few_weeks_of_lines_is_not_scaled_up() -> None:
    everything = _visits(("97110",), copies=100)
    # 50 of the visits, all on the last day of the year.
    last = replace(everything, lines=everything.lines.with_columns(_on(TODAY).alias("provider")))
    seen = _value(last, Filters(providers=("Late",)))
    assert (seen.days, seen.year_units) == (365, 50)


def test_a_qualifying_participant_s_point_is_worth_more() -> None:
    lines = _visits(("97110",))
    usual = mix.point_value(lines, Filters(), PAIR, "97110", "97112", TODAY)
    qualifying = mix.point_value(lines, Filters(), PAIR, "97110", "97112", TODAY, track="qp")
    assert not isinstance(usual, str)
    assert not isinstance(qualifying, str)
    assert qualifying.exact_cents > usual.exact_cents
    assert qualifying.list_cents > usual.list_cents
