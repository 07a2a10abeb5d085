"""What-if charts: titles worked by hand, bars that add up, dots where the amounts are."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl
import pytest

from analysis import charts, metrics
from analysis.charts import colors, pairs
from tests.charts.what_if import (
    BRIDGE,
    CAUSES,
    PAIR,
    RECODED,
    TORNADO,
    UNITS,
    break_even_of,
    comparison,
    difference,
    marks_of,
    texts_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.charts import Chart
    from analysis.whatif.answers import Difference


def _every_chart() -> dict[str, Chart]:
    recoded, cut = difference(), difference(name="2027", proposed=True)
    return {
        "code": charts.difference_by_code(recoded),
        "receipts": charts.difference_by_code(difference(measure="receipts")),
        "cause": charts.difference_by_cause(CAUSES, recoded),
        "bridge": charts.bridge(BRIDGE),
        "scenarios": charts.scenarios_side_by_side([recoded, cut]),
        "mix": charts.mix_before_after(comparison(), PAIR),
        "tornado": charts.tornado(TORNADO),
        "units": charts.marginal_units(UNITS, "97112"),
        "even": charts.break_even(break_even_of(-2_000_00, 3_000_00, Fraction(2, 5))),
    }


@pytest.mark.parametrize("name", _every_chart())
def test_every_chart_is_legible_has_words_and_a_table(name: str) -> None:
    chart = _every_chart()[name]
    assert chart.figure is not None
    layout = json.loads(chart.figure.to_json())["layout"]
    assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0, 0, 0, 0)"
    assert "text" not in layout.get("title", {})
    assert "color" not in layout.get("font", {})
    assert all("color" not in note.get("font", {}) for note in layout["annotations"])
    assert not layout["showlegend"], "direct labels do"
    assert chart.title.endswith(".")
    assert any(letter.isdigit() for letter in chart.title)
    assert chart.question.endswith("?")
    assert chart.alt.endswith(".")
    assert len(chart.alt) > 20
    assert {column for column in chart.table.columns if not metrics.definition(column).text} == set()


# ------------------------------------------------------------------------------------------------------------ waterfall
def test_codes_hang_from_the_baseline_to_the_scenario() -> None:
    chart = charts.difference_by_code(difference())
    # 4,310 - 3,120 = 1,190 on 38,500 before
    assert chart.title == (
        "97112 earns $4,310 more, 97110 $3,120 less; expected allowed rises by $1,190 (+3.1%) to $39,690."
    )
    (bars,) = marks_of(chart)
    assert list(bars.base) == [0, 0, 1190, 0]
    assert list(bars.x) == [0, 4310, 3120, 1190]
    assert list(bars.marker.color) == [colors.CONTEXT, colors.ACCENT, colors.WARNING, colors.CONTEXT]
    assert texts_of(chart)[1::2] == ["$38,500", "+$4,310", "-$3,120", "$39,690 (+$1,190)"]
    assert "97140" not in chart.alt, "a code that does not move has no row"
    assert chart.table.height == 3


def test_receipts_are_called_receipts_and_ranked_by_receipts() -> None:
    chart = charts.difference_by_code(difference(measure="receipts"))
    assert chart.title == (
        "97112 earns $4,224 more, 97110 $3,058 less; expected payments rise by $1,166 (+3.1%) to $38,896."
    )
    assert chart.figure is not None
    assert chart.figure.layout.xaxis.title.text == "dollars of expected payments, compared with the baseline"
    assert list(marks_of(chart)[0].x) == [0, 4223.8, 3057.6, 1166.2]


def _many(count: int) -> Difference:
    """Codes 97000, 97001 and on: the first brings a dollar, the second two dollars less, the third three more, ..."""
    moves = [(1 if index % 2 else -1) * index * 100 for index in range(1, count + 1)]
    return difference([(f"970{index:02}", 5, 5.0, 10_000, 10_000 + cents) for index, cents in enumerate(moves)])


def test_codes_beyond_the_largest_are_one_row_that_adds_up() -> None:
    chart = charts.difference_by_code(_many(13), largest=10)
    (bars,) = marks_of(chart)
    names = texts_of(chart)[::2]
    assert names[-2:] == ["Other codes (3)", "A fifth to 97112"]
    assert len(names) == 13
    assert texts_of(chart)[1::2][-2] == "+$2.00"  # 1 - 2 + 3
    assert bars.x[-2] == 2
    # 13 - 12 + 11 - ... + 1 = 7: the way through the rows ends where the scenario's own bar does
    assert bars.x[-1] == 7
    assert bars.base[-2] + bars.x[-2] == 7


def test_a_single_code_more_keeps_its_own_row() -> None:
    assert not [text for text in texts_of(charts.difference_by_code(_many(11), largest=10)) if "Other" in text]


def test_nothing_moved_is_said_and_not_drawn() -> None:
    same = difference([("97110", 5, 5.0, 10_000, 10_000)])
    chart = charts.difference_by_code(same)
    assert chart.figure is None
    assert chart.title == "No code earns more or less: expected allowed stays at $100."
    still = CAUSES.with_columns(pl.col("^.*_cents$") * 0)
    assert charts.difference_by_cause(still, same).title == (
        "Nothing changes the total: expected allowed stays at $100."
    )


def test_codes_without_an_amount_take_no_part() -> None:
    chart = charts.difference_by_code(difference([*RECODED, ("97799", 3, 3.0, None, None)]))
    assert "97799" not in chart.alt
    assert chart.title.endswith("rises by $1,190 (+3.1%) to $39,690.")


def test_small_differences_are_said_to_the_cent() -> None:
    chart = charts.difference_by_code(difference([("97110", 5, 5.0, 14_530, 14_490)]))
    assert chart.title == "97110 earns $0.40 less; expected allowed falls by $0.40 (-0.3%) to $145."
    assert charts.difference_by_code(difference([("97110", 0, 1.0, 0, 3000)])).title == (
        "97110 earns $30 more; expected allowed rises by $30 to $30."
    )


def test_causes_stand_in_their_order_and_the_title_adds_them_up() -> None:
    chart = charts.difference_by_cause(CAUSES, difference())
    assert chart.title == (
        "$4,310 more from mix, $3,120 less from price; expected allowed rises by $1,190 (+3.1%) to $39,690."
    )
    (bars,) = marks_of(chart)
    assert list(bars.base) == [0, 0, 4000, 1190, 1190, 0]
    assert list(bars.x) == [0, 4000, 310, 3120, 0, 1190]
    assert texts_of(chart)[2::2][:4] == [
        *("Mix: 97110 to 97112", "Mix: 97140 to 97530", "Price: 2026 schedule", "Rules of 2025")
    ]
    assert chart.notes[0].startswith("In this order")


def test_the_bridge_leads_from_year_to_year() -> None:
    chart = charts.bridge(BRIDGE)
    assert chart.title == f"{BRIDGE.sentence}."
    (bars,) = marks_of(chart)
    assert list(bars.base) == [0, 0, 6000, 5250, 5250, 0]
    assert list(bars.x) == [0, 6000, 1500, 2250, 0, 5250]
    assert texts_of(chart)[-2:] == ["2026", "$105,250 (+$5,250)"]
    assert chart.figure is not None
    assert chart.figure.layout.xaxis.title.text == "dollars of expected payments, compared with 2025"
    assert chart.table["bridge_cents"].to_list() == [100_000_00, 6_000_00, 1_500_00, -2_250_00, 0, 105_250_00]
    assert "98985" in chart.notes[1]


def test_scenarios_stand_beside_the_baseline_in_words() -> None:
    worse = difference([("97110", 5, 5.0, 38_500_00, 36_000_00)], "2027 rates", proposed=True)
    chart = charts.scenarios_side_by_side([difference(), worse])
    assert chart.title == (
        "A fifth to 97112 earns $1,190 more, PROPOSED · 2027 rates $2,500 less: expected allowed compared with the "
        "baseline's $38,500."
    )
    assert texts_of(chart) == [
        *("Baseline", "$38,500"),
        *("A fifth to 97112", "$1,190 more"),
        *("PROPOSED · 2027 rates", "$2,500 less"),
        *("$39,690 (+3.1%)", "$36,000 (-6.5%)"),
    ]
    bars, baseline = marks_of(chart)
    assert set(baseline.x) == {0}
    assert [base + x for base, x in zip(bars.base, bars.x, strict=True)] == [0, 1190, 0]
    assert list(bars.base) == [0, 0, -2500]
    assert chart.table["proposed"].to_list() == [False, True]
    assert chart.table["allowed_difference_cents"].to_list() == [1_190_00, -2_500_00]
    in_payments = charts.scenarios_side_by_side([difference(measure="receipts")])
    assert in_payments.table["receipts_difference_cents"].to_list() == [1_166_20]
    assert not chart.notes


def test_a_scenario_with_a_baseline_of_its_own_says_so() -> None:
    less = difference(RECODED[:2], "2019")
    chart = charts.scenarios_side_by_side([difference(), less])
    assert chart.notes == ("2019 is compared with $31,500.00 because it leaves lines out of the comparison.",)


def test_one_scenario_and_none() -> None:
    assert charts.scenarios_side_by_side([difference()]).title == (
        "A fifth to 97112: expected allowed rises by $1,190 (+3.1%) to $39,690."
    )
    assert charts.scenarios_side_by_side([]).figure is None


def test_a_scenarios_name_brings_no_markup() -> None:
    named = difference(name="<b>Mine</b> & yours")
    for chart in (charts.difference_by_code(named), charts.scenarios_side_by_side([named])):
        assert not [text for text in (*texts_of(chart), *marks_of(chart)[0].customdata) if "<b>" in text]


# ------------------------------------------------------------------------------------------------------------------ mix
def test_the_mix_before_and_after_is_of_all_payers_and_stands_beside_nobody_elses() -> None:
    chart = charts.mix_before_after(comparison(), PAIR)
    # 250 of 1,250 units before; 450.5 of 1,250 after
    assert chart.title == "97112 goes from 20% to 36% of your 97110 and 97112 units, all payers."
    line, before, after = marks_of(chart)
    assert list(before.x) == pytest.approx([0.8, 0.2])
    assert list(after.x) == pytest.approx([0.6396, 0.3604])
    assert (before.marker.symbol, after.marker.symbol) == ("circle-open", "circle")
    assert list(line.x) == pytest.approx([0.8, 0.6396, None, 0.2, 0.3604, None], nan_ok=True)
    assert texts_of(chart)[1::2][:2] == ["○ 80% → ● 64%", "○ 20% → ● 36%"]
    assert any("whole number" in note for note in chart.notes)


def test_a_small_change_of_mix_is_not_rounded_away() -> None:
    small = comparison([("97110", 800, 795.0, 1, 1), ("97112", 200, 205.0, 1, 1)])
    chart = charts.mix_before_after(small, PAIR)
    assert chart.title == "97112 goes from 20.0% to 20.5% of your 97110 and 97112 units, all payers."
    assert not chart.notes


def test_a_mix_that_stays_and_one_that_is_not_there() -> None:
    stays = comparison([("97110", 800, 800.0, 1, 1)])
    assert charts.mix_before_after(stays, PAIR).title == "97112 stays at 0% of your 97110 and 97112 units, all payers."
    gone = charts.mix_before_after(comparison([("97110", 800, 0.0, 1, 1)]), PAIR)
    assert gone.figure is None
    assert "97110 and 97112" in gone.title


@pytest.mark.parametrize(
    ("marks", "text", "anchor"),
    [
        ([("OH 33%", 0.33), ("nation 31%", 0.31)], "nation 31% · OH 33%", "left"),
        ([("a", 0.45), ("b", 0.55)], "a · b", "center"),
        ([("a", 0.9)], "a", "right"),
    ],
)
def test_names_of_marks_stand_in_the_marks_order_and_inside_the_axis(
    marks: list[tuple[str, float]], text: str, anchor: str
) -> None:
    note = pairs.named_marks(marks, (0.0, 1.0))
    assert (note["text"], note["xanchor"]) == (text, anchor)


# ---------------------------------------------------------------------------------------------------------- assumptions
def test_the_widest_assumption_is_on_top_whatever_the_order_given() -> None:
    chart = charts.tornado(TORNADO)
    assert chart.title == (
        "Share of visits recoded matters most: $600 less at 10%, $2,980 more at 30%; 1 of 2 can turn the gain into a "
        "loss."
    )
    bars, baseline, entered, low, high = marks_of(chart)
    assert (list(baseline.x), list(entered.x)) == ([0, 0], [1190, 1190])
    assert list(bars.base) == [-600, 900]
    assert list(bars.x) == [3580, 600]
    assert list(low.x) == [-600, 1500]
    assert list(high.x) == [2980, 900]
    assert texts_of(chart)[:2] == ["Share of visits recoded", "$3,580 apart"]
    assert "○ 10%: -$600   ● 30%: +$2,980" in texts_of(chart)


def test_a_long_assumption_takes_two_lines() -> None:
    long = TORNADO.with_columns(pl.lit("a conversion factor of 32.3465").alias("low_label"))
    text = texts_of(charts.tornado(long))[-1]
    assert text == "○ a conversion factor of 32.3465: +$1,500<br>● 60%: +$900"


@pytest.mark.parametrize(
    ("base", "ends"),
    [
        (1_190_00, "; none of 1 can turn the gain into a loss."),
        (-100_00, "; 1 of 1 can turn the loss into a gain."),
        (0, "at 60%."),
    ],
)
def test_a_tornado_says_what_can_turn_the_result(base: int, ends: str) -> None:
    one = TORNADO.head(1).with_columns(pl.lit(base).alias("base_cents"))
    assert charts.tornado(one).title.endswith(ends)


def test_no_assumption_no_tornado() -> None:
    assert charts.tornado(TORNADO.clear()).figure is None


@pytest.mark.parametrize(
    ("without", "everything", "share"),
    [(-200_00, 300_00, Fraction(2, 5)), (-200_00, 50_00, Fraction(4, 5)), (-200_00, -100_00, None), (5, 5, None)],
)
def test_break_even_marks_where_the_line_is_at_zero(without: int, everything: int, share: Fraction | None) -> None:
    found = break_even_of(without, everything, share)
    chart = charts.break_even(found)
    assert chart.title == found.sentence
    line, *crossing = marks_of(chart)
    assert list(line.y) == [without / 100, everything / 100]
    assert [list(mark.x) for mark in crossing] == ([] if share is None else [[float(share)]])
    assert chart.table["receipts_difference_cents"].to_list() == [without, *([] if share is None else [0]), everything]
    assert (f"breaks even at {float(share or 0):.1%}" in texts_of(chart)) == (share is not None)


# ------------------------------------------------------------------------------------------------------------ one unit
def test_a_swap_of_a_further_unit_brings_less_than_the_list_prices_say() -> None:
    chart = charts.marginal_units(UNITS, "97112")
    assert chart.title == UNITS.sentence("97112")
    assert "$3.67 more" in chart.title
    assert "$2.67 more" in chart.title
    _, reduced, full = marks_of(chart)
    assert list(reduced.x) == [22.21, 24.88, 22.0]
    assert list(full.x) == [29.06, 32.73, 22.0]
    assert (reduced.marker.symbol, full.marker.symbol) == ("circle-open", "circle")
    texts = texts_of(chart)
    assert texts[1:6:2] == ["compared with", "○ +$2.67  ● +$3.67", "○ -$0.21  ● -$7.06"]
    assert texts[-3:] == ["reduced $22.21 · full $29.06", "reduced $24.88 · full $32.73", "$22.00, no MPPR"]
    assert "75% of your units" in full.customdata[0]
    assert "of your units" not in full.customdata[2]
    assert chart.notes[0].endswith("Ohio (15202-00), 2026.")


@pytest.mark.parametrize("draw", [charts.difference_by_code, lambda found: charts.difference_by_cause(CAUSES, found)])
def test_what_is_proposed_is_named(draw: Callable[[Difference], Chart]) -> None:
    assert "PROPOSED · A fifth to 97112" in texts_of(draw(difference(proposed=True)))
