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
from analysis.pricing.baseline import current
from analysis.whatif.answers import compare
from analysis.whatif.scenarios import Recode, Scenario
from analysis.whatif.visits import build
from tests.pricing.lines import frame

if TYPE_CHECKING:
    from analysis.medicare.fees.schedules import Track
    from analysis.mix import PointValue
    from analysis.pricing import Priced

TODAY = date(2026, 11, 22)
FIRST, LAST = date(2025, 11, 3), date(2026, 10, 30)
PAIR = ("97110", "97112")


def _every_month(first: date) -> list[dict[str, Any]]:
    """A courtesy line in every month, so that each is full; it has no amount and is of no code compared."""
    starts = pl.date_range(first.replace(day=1), LAST, "1mo", eager=True)
    return [
        {"visit_key": -number, "date_of_service": max(day, first), "code": "97014"}
        for number, day in enumerate(starts, 1)
    ]


def _visits(*visits: tuple[str, ...], copies: int = 100, first: date = FIRST) -> Priced:
    """Each visit `copies` times, half of them on `first`, half on LAST: one unit a code, ``97110x2`` for two."""
    rows = _every_month(first)
    for key, visit in enumerate(visit for visit in visits for _ in range(copies)):
        for code in visit:
            name, _, units = code.partition("x")
            day = first if key % 2 else LAST
            rows.append({"visit_key": key, "date_of_service": day, "code": name, "units": int(units or 1)})
    return price(frame(rows), NATIONAL)


def _value(priced: Priced, filters: Filters = Filters()) -> PointValue:  # noqa: B008  immutable
    value = _value_or_sentence(priced, filters)
    assert not isinstance(value, str), value
    return value


def _value_or_sentence(
    priced: Priced,
    filters: Filters = Filters(),  # noqa: B008  immutable
    source: str = "97110",
    target: str = "97112",
    track: Track = "non_qp",
) -> PointValue | str:
    return mix.point_value(priced, filters, PAIR, source, target, current(priced.lines, filters, TODAY), track=track)


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
    alone = everything.lines.filter(pl.col("code").cast(pl.String) != "97530")
    assert _value(replace(everything, lines=alone)).exact_cents == 367


def test_less_than_a_year_is_scaled_up_and_says_so() -> None:
    value = _value(_visits(("97110",), first=date(2026, 4, 1)))  # seven months
    # 100 units times 12/7 are 171.43 a year; a point is a hundredth of them, 3.67 each, rounded once
    assert (value.set_units, value.year_units, value.exact_cents, value.list_cents) == (100, 171, 629, 629)
    assert (
        "scaled up from the visits of 7 months (Apr–Oct 2026) at 2026 rates; other months may differ" in value.sentence
    )


def test_more_than_a_year_counts_only_the_last_twelve_months() -> None:
    value = _value(_visits(("97110",), first=date(2025, 7, 1)))
    assert (value.baseline.span, value.year_units) == ("Nov 2025–Oct 2026", 50)


def test_sentences_where_there_is_no_figure() -> None:
    lines = _visits(("97110",))
    short = _visits(("97110",), first=LAST - timedelta(days=20))
    nobody = Filters(payers=("Nobody",))
    assert "There is no full month in Oct 10–Oct 30, 2026" in str(_value_or_sentence(short))
    assert "no priced unit of 97530" in str(_value_or_sentence(lines, source="97530"))
    assert "no amount for 97014" in str(_value_or_sentence(lines, target="97014"))
    assert "the same number of minutes" in str(_value_or_sentence(lines, target="97161"))
    assert "no lines" in str(_value_or_sentence(lines, nobody))


def test_a_point_is_what_a_scenario_says_of_as_many_visits() -> None:
    """A point of 100 units is one visit in a hundred; a charge below the fee limits both."""
    visits = _visits(("97530", "97110"), copies=100)
    low = pl.when(pl.col("code").cast(pl.String) == "97110").then(2_300)
    charged = replace(visits, lines=visits.lines.with_columns(charge_cents=low))
    scenario = Scenario("One in a hundred", (Recode("97110", "97112", 1, 100),))
    for priced in (visits, charged):
        baseline = current(priced.lines, Filters(), TODAY)
        cube = build(priced, scenarios=[scenario], codes=PAIR, baseline=baseline)
        value = _value(priced)
        assert value.set_units == 100
        assert value.exact_cents == compare(cube, scenario).total.allowed_difference_cents


def test_the_sentence_names_the_schedule_and_the_figure() -> None:
    value = _value(_visits(("97530", "97110")))
    assert value.sentence == (
        "Each percentage point of units moved from 97110 to 97112 is worth $3 a year, on the visits of "
        "Nov 2025–Oct 2026 at 2026 rates."
    )
    assert value.basis.startswith(
        "Allowed at Medicare rates for all lines shown, regardless of payer: one unit of 97110 in a visit becomes 97112"
    )
    assert "0% of 97110 units are paid in full" in value.basis


def test_a_loss_is_said_as_a_cost() -> None:
    value = _value(_visits(("97110",)))
    back = _value_or_sentence(_visits(("97112",)), source="97112", target="97110")
    assert not isinstance(back, str)
    assert (back.exact_cents, back.list_cents) == (-value.exact_cents, -value.list_cents)
    assert back.sentence.startswith("Each percentage point of units moved from 97112 to 97110 costs $4 a year, ")


def _clinics(**visits: int) -> Priced:
    """Visits of one unit of 97110 over a year in clinics: `ohio`, `alaska`, and any other without a locality."""
    rows = [row | {"clinic": "ohio"} for row in _every_month(FIRST)]
    for clinic, count in visits.items():
        for _ in range(count):
            day = FIRST if len(rows) % 2 else LAST
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
    last = replace(everything, lines=everything.lines.with_columns(_on(LAST).alias("provider")))
    seen = _value(last, Filters(providers=("Late",)))
    assert (seen.baseline.months, seen.year_units) == (12, 50)


def test_a_qualifying_participant_s_point_is_worth_more() -> None:
    lines = _visits(("97110",))
    usual, qualifying = _value_or_sentence(lines), _value_or_sentence(lines, track="qp")
    assert not isinstance(usual, str)
    assert not isinstance(qualifying, str)
    assert qualifying.exact_cents > usual.exact_cents
    assert qualifying.list_cents > usual.list_cents
