"""Titles are findings: every number in them is worked by hand here, and nobody is named on a handful of units."""

from __future__ import annotations

from datetime import date

import pytest

from analysis import charts, metrics
from analysis.lines.filters import Filters
from analysis.medicare.fees import NATIONAL, resolve
from analysis.pricing import price, rate_tables
from analysis.pricing.baseline import current, of_year
from analysis.whatif.answers import volume_effect
from tests.metrics.builders import ALL_FIELDS, THREE_VISITS, amounts, priced, repeated
from tests.pricing.lines import frame

OHIO = resolve("15202-00")
PAIR = ("97110", "97112")


# -------------------------------------------------------------------------------------------------------------- revenue
def test_a_split_names_dollars_and_units() -> None:
    chart = charts.split_bars(metrics.split(repeated(THREE_VISITS), "payer"), ALL_FIELDS, "payer")
    # Acme: 32.73 + 44.42 of 102.15, and 4 of 5 units
    assert chart.title == "Acme is 76% of revenue at Medicare rates ($1,543) and 80% of units."


def test_nobody_is_ranked_on_few_units() -> None:
    rows = [
        {"payer": "Acme", "units": 20, "expected_cents": 100},
        {"payer": "Rare", "units": 19, "expected_cents": 900},
    ]
    chart = charts.split_bars(metrics.split(priced(*rows), "payer"), ALL_FIELDS, "payer")
    assert chart.title == "Acme is 10% of revenue at Medicare rates ($1) and 51% of units."
    assert chart.notes == ("1 payer with fewer than 20 units in the table only.",)
    assert chart.table["key"].to_list() == ["Rare", "Acme"]
    few = charts.split_bars(metrics.split(THREE_VISITS, "payer"), ALL_FIELDS, "payer")
    assert few.title == "No payer has 20 units, the least to be ranked."


def test_bars_that_cover_part_of_the_lines_say_so() -> None:
    lines = repeated(THREE_VISITS)
    ripe = metrics.ripeness(lines, ALL_FIELDS)
    assert ripe.unripe == (date(2026, 2, 1),)  # 97014 of 10 February is open
    for by in ("code", "payer"):
        chart = charts.earned_bars(metrics.earned(lines, ALL_FIELDS, ripe, by), ripe, by)
        assert chart.notes[0] == "Both bars cover the 60 of 80 lines that were answered or paid."
        assert "Feb 2026: 20 of 40 insured lines not answered yet" in chart.notes[1]
    few = metrics.ripeness(THREE_VISITS, ALL_FIELDS)
    chart = charts.earned_bars(metrics.earned(THREE_VISITS, ALL_FIELDS, few, "code"), few, "code")
    assert chart.title == "No code has 20 units, the least to be ranked.", "four units"
    paid = priced({"units": 20, "insurance_paid_cents": 2000, **amounts(2906, 2906, 2906)})
    ripe = metrics.ripeness(paid, ALL_FIELDS)
    assert not charts.earned_bars(metrics.earned(paid, ALL_FIELDS, ripe, "code"), ripe, "code").notes


# ----------------------------------------------------------------------------------------------------------------- fees
@pytest.mark.parametrize(
    ("codes", "title"),
    [
        (["97010", "97110"], "A full unit of 97110 pays $27.87 in 2026, -8% since 2020 ($30.21)."),
        (["97010"], "A full unit of 97010 pays $0.00 in 2026."),  # bundled: a change of nothing is no number
        (["98975"], "A full unit of 98975 pays $19.89 in 2026, +12% since 2022 ($17.82)."),  # none in 2020 and 2021
        (["97110", "98975"], "A full unit of 98975 pays $19.89 in 2026, +12% since 2022 ($17.82)."),
        (["98985"], "A full unit of 98985 pays $46.99 in 2026."),  # new in 2026
        (["98985", "97110"], "A full unit of 97110 pays $27.87 in 2026, -8% since 2020 ($30.21)."),
    ],
)
def test_pay_over_the_years_is_that_of_the_code_named(codes: list[str], title: str) -> None:
    assert charts.rates_by_year(rate_tables.by_year(OHIO, codes)).title == title


def test_the_factor_has_fallen() -> None:
    assert charts.conversion_factors(rate_tables.conversion_factors()).title == (
        "One relative value unit (RVU) pays $33.4009 in 2026, 7.5% less than in 2020 ($36.0896)."
    )


def test_no_locality_is_said_as_such() -> None:
    chart = charts.unit_values(rate_tables.by_locality([], PAIR, date(2026, 3, 2)), "2026")
    assert chart.figure is None
    assert "Medicare locality" in chart.title


def _effect(*days: date, before: int, after: int, code: str = "97110") -> charts.Chart:
    rows = [{"visit_key": number, "date_of_service": day} for number, day in enumerate(days)]
    priced = price(frame([*rows, {"visit_key": -1, "date_of_service": days[0], "code": code}]), NATIONAL)
    visits = of_year(priced.lines, Filters(), days[0].year, before)
    return charts.volume_effect(volume_effect(priced, Filters(), visits, after))


def test_the_effect_of_a_schedule_says_less_or_more_or_the_same() -> None:
    may = [date(2020, 5, 4)] * 9
    # ten units alone in their visits: 314.00 in 2020, 303.60 in 2021
    assert _effect(*may, before=2020, after=2021).title == (
        "All lines at Medicare rates: $10 less (-3.3%) at 2021 rates than at 2020 rates, on the visits of May 2020."
    )
    assert _effect(*may, before=2021, after=2020).title == (
        "All lines at Medicare rates: $10 more (+3.4%) at 2020 rates than at 2021 rates, on the visits of May 2020."
    )
    assert _effect(*may, before=2020, after=2020).title == (
        "All lines at Medicare rates: $314 at 2020 and at 2020 rates, on the visits of May 2020."
    )


def test_the_effect_on_a_year_of_visits_says_so() -> None:
    rows = [{"visit_key": month, "date_of_service": date(2026, month, 29)} for month in range(3, 8)]
    priced = price(frame([*rows, {"visit_key": 1, "date_of_service": date(2026, 3, 2)}]), NATIONAL)
    visits = current(priced.lines, Filters(), date(2026, 11, 28))
    # six units at 29.06 and at 28.57 in five months: 2.94 times 12/5
    assert charts.volume_effect(volume_effect(priced, Filters(), visits, 2027)).title == (
        "All lines at Medicare rates: $7 less (-1.7%) a year at 2027 PROPOSED rates than at 2026 rates, scaled up from "
        "the visits of 5 months (Mar–Jul 2026)."
    )


@pytest.mark.parametrize(
    ("days", "when"),
    [
        ([date(2024, 11, 4), date(2024, 12, 2)], "Nov–Dec 2024"),
        ([date(2024, 1, 2), date(2024, 12, 30)], "2024"),
        ([date(2024, 3, 4)], "Mar 2024"),
    ],
)
def test_the_effect_names_the_months_it_is_of(days: list[date], when: str) -> None:
    chart = _effect(*days, before=2024, after=2025)
    assert chart.title.endswith(f", on the visits of {when}.")
    assert chart.figure is not None
    assert chart.figure.layout.xaxis.title.text == "dollars"


def test_the_effect_counts_what_it_leaves_out() -> None:
    left_out = _effect(date(2026, 3, 2), before=2025, after=2026, code="97014").notes
    assert "Lines left out because they have no amount under 2025 or 2026: 1." in left_out
    assert len(_effect(date(2026, 3, 2), before=2025, after=2026).notes) == 1
