"""What a point of mix is worth, worked by hand at the national amounts of 2026.

97110: full 29.06, reduced 22.21. 97112: full 32.73, reduced 24.88. 97116 as 97110. 97530 outranks both.
So 97112 beats 97110 by 3.67 in full and by 2.67 reduced (payment-rules, section 3).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis import mix
from analysis.fees import NATIONAL
from analysis.pricing import price
from tests.pricing.lines import frame

if TYPE_CHECKING:
    from analysis.mix import PointValue

TODAY = date(2026, 11, 22)
PAIR = ("97110", "97112")


def _visits(*visits: tuple[str, ...], copies: int = 100, first: date = date(2025, 11, 23)) -> pl.DataFrame:
    """Each visit `copies` times, half of them on `first`, half on TODAY: one unit a code, ``97110x2`` for two."""
    rows: list[dict[str, Any]] = []
    for key, visit in enumerate(visit for visit in visits for _ in range(copies)):
        for code in visit:
            name, _, units = code.partition("x")
            day = first if key % 2 else TODAY
            rows.append({"visit_key": key, "date_of_service": day, "code": name, "units": int(units or 1)})
    return price(frame(rows), NATIONAL).lines


def _value(lines: pl.DataFrame, everything: pl.DataFrame | None = None) -> PointValue:
    value = mix.point_value(lines, lines if everything is None else everything, PAIR, "97110", "97112", TODAY)
    assert not isinstance(value, str), value
    return value


def test_the_only_unit_of_a_visit_gains_the_full_difference() -> None:
    value = _value(_visits(("97110",)))
    # 100 units a year, one point is 1 unit, which gains 3.67
    assert (value.year_units, value.full_units, value.exact_cents) == (100, 100, 367)
    assert (value.first_order_cents, value.list_cents) == (367, 367)


def test_a_reduced_unit_gains_the_reduced_difference_and_list_prices_overstate_it() -> None:
    value = _value(_visits(("97530", "97110")))
    assert (value.exact_cents, value.first_order_cents, value.list_cents) == (267, 267, 367)


def test_a_unit_that_overtakes_the_visits_first_gains_more_than_its_rank_suggests() -> None:
    # 97116 and 97110 tie and 97116 stands first: 29.06 + 22.21. With 97112 it is 32.73 + 22.21: a gain of 3.67.
    value = _value(_visits(("97116", "97110")))
    assert (value.full_units, value.first_order_cents, value.exact_cents) == (0, 267, 367)


def test_one_unit_of_several_moves() -> None:
    # 97110x2: 29.06 + 22.21. One of them 97112: 32.73 + 22.21, again 3.67; 200 units a year, a point is 2 units.
    value = _value(_visits(("97110x2",)))
    assert (value.source_units, value.full_units) == (200, 100)
    assert value.exact_cents == 734
    # If ranks stayed, half the units would gain 3.67 and half 2.67: 3.17 a unit, 6.34.
    assert value.first_order_cents == 634


def test_a_filter_does_not_take_visits_apart() -> None:
    everything = _visits(("97530", "97110"))
    exercise = everything.filter(code="97110")
    assert _value(exercise, everything).exact_cents == 267
    # Alone, the same lines would be taken for whole visits and gain the full difference.
    assert _value(exercise).exact_cents == 367


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
    assert "21 days" in str(mix.point_value(short, short, PAIR, "97110", "97112", TODAY))
    assert "no priced unit of 97530" in str(mix.point_value(lines, lines, PAIR, "97530", "97112", TODAY))
    assert "no amount for 97014" in str(mix.point_value(lines, lines, PAIR, "97110", "97014", TODAY))
    nothing = lines.clear()
    assert "no lines" in str(mix.point_value(nothing, nothing, PAIR, "97110", "97112", TODAY))


def test_the_sentence_names_the_schedule_and_the_figure() -> None:
    value = _value(_visits(("97530", "97110")))
    assert value.sentence == "Each point of mix moved from 97110 to 97112 is worth $3 a year."
    assert "Medicare 2026 rates" in value.basis
    assert "0% of 97110 units are paid in full" in value.basis
