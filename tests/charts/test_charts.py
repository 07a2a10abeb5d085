"""Charts say what they found, draw what the table holds, and never draw what is missing."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from analysis import charts, metrics, mix
from analysis.charts.layout import _apart, safe
from analysis.lines.filters import Filters, days
from analysis.medicare.fees import resolve
from analysis.pricing import price, rate_tables
from analysis.pricing.baseline import of_year
from analysis.whatif.answers import volume_effect
from tests.metrics.builders import ALL_FIELDS, THREE_VISITS, priced, repeated
from tests.pricing.lines import frame, random_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from analysis.charts import Chart
    from analysis.pricing import Priced
    from analysis.whatif.answers import VolumeEffect

OHIO = resolve("15202-00")
PAIR = ("97110", "97112")
DAY = date(2026, 3, 2)
SPAN = days(THREE_VISITS)
_CODES = ("97110", "97112", "97116", "97140", "97010")


def _spec(chart: Chart) -> dict[str, Any]:
    assert chart.figure is not None
    spec: dict[str, Any] = json.loads(chart.figure.to_json())
    return spec


def _marks(chart: Chart) -> tuple[Any, ...]:
    assert chart.figure is not None
    marks: tuple[Any, ...] = chart.figure.data
    return marks


def _annotations(chart: Chart) -> list[str]:
    return [note["text"] for note in _spec(chart)["layout"].get("annotations", ())]


@pytest.fixture(scope="module")
def lines() -> pl.DataFrame:
    """A few hundred priced lines of every kind: unpriceable, denied nowhere, many codes."""
    return price(random_lines(400, 5, since=2025), OHIO).lines


def _effect(lines: Priced, before: int, after: int) -> VolumeEffect:
    return volume_effect(lines, Filters(), of_year(lines.lines, Filters(), 2026, before), after)


def _every_chart(lines: pl.DataFrame) -> Iterator[Chart]:
    fields, span = ALL_FIELDS, days(lines)
    paid = lines.with_columns(insurance_paid_cents="expected_cents")
    ripe = metrics.ripeness(paid, fields)
    for by in ("code", "clinic"):
        yield charts.earned_bars(metrics.earned(paid, fields, ripe, by), ripe, by)
    for kind in ("settled_per_visit", "units_per_visit"):
        yield charts.per_visit(metrics.per_visit(paid, fields, span, ripe), ripe, kind)
    yield charts.code_bars(metrics.per_code(lines), fields)
    yield charts.split_bars(metrics.split(lines, "clinic"), fields, "clinic")
    cuts = metrics.waterfall(lines, fields)
    yield charts.waterfall(cuts, cuts, "Medicare")
    for measure in metrics.MEASURES:
        for share in (False, True):
            yield charts.monthly(metrics.monthly(lines, fields, span, measure), measure, share=share)
    yield charts.share_over_time(mix.over_time(lines, PAIR, span, "quarter"), "97112")
    by_clinic = mix.by(lines, fields, PAIR, "97112", "clinic")
    yield charts.share_dots(by_clinic, "97112", PAIR, "clinic")
    panels = mix.multiples(lines, fields, PAIR, "97112", span, "clinic")
    yield charts.share_multiples(panels, by_clinic, "97112", PAIR, "clinic")
    yield charts.beside_medicare(mix.beside_medicare(lines, PAIR, "97112"), "97112", PAIR)
    yield charts.unit_values(rate_tables.by_locality([OHIO], PAIR, DAY), "2026")
    yield charts.conversion_factors(rate_tables.conversion_factors())
    yield charts.rates_by_year(rate_tables.by_year(OHIO, PAIR))
    yield charts.volume_effect(_effect(price(lines, None), before=2026, after=2027))
    yield charts.reconciliation(
        {"accepted": 9, "rejected": 1, "ignored": 0}, dict.fromkeys(("accepted", "rejected", "ignored"))
    )


def test_every_chart_is_legible_on_any_page(lines: pl.DataFrame) -> None:
    for chart in _every_chart(lines):
        layout = _spec(chart)["layout"]
        assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0, 0, 0, 0)", chart.question
        assert "text" not in layout.get("title", {}), "the title is page text: inside the figure a phone cuts it off"
        assert "color" not in layout.get("font", {}), "text colors are the theme's"
        assert all("color" not in note.get("font", {}) for note in layout.get("annotations", ())), chart.question
        assert not [axis for axis in layout if axis.startswith("yaxis") and "overlaying" in layout[axis]], "two scales"
        assert not [trace for trace in _spec(chart)["data"] if trace["type"] in {"pie", "scatter3d"}]


def test_every_chart_has_words_and_a_table(lines: pl.DataFrame) -> None:
    for chart in _every_chart(lines):
        assert chart.title.endswith("."), chart.title
        assert any(letter.isdigit() for letter in chart.title), chart.title
        assert chart.question.endswith("?")
        assert len(chart.alt) > 20
        assert chart.table.height > 0
        undefined = {name for name in chart.table.columns if not metrics.definition(name).text}
        assert undefined == set(), chart.question


def test_a_chart_cannot_be_changed() -> None:
    chart = charts.conversion_factors(rate_tables.conversion_factors())
    with pytest.raises(FrozenInstanceError):
        chart.title = "other"  # type: ignore[misc]


def test_code_bars_draw_the_table() -> None:
    chart = charts.code_bars(metrics.per_code(repeated(THREE_VISITS)), ALL_FIELDS)
    # 69.42 over 3 units
    assert chart.title == "A unit of 97110 earns $23.14 on average at Medicare rates, after MPPR."
    [expected] = _marks(chart)
    assert list(expected.x) == [1388.4, 654.6, None]
    assert "expected $1,388.40 on 40 of 40 lines" in expected.customdata[0]
    assert "no Medicare amount" in _annotations(chart)


def test_code_bars_of_many_codes_say_how_much_rests_on_three() -> None:
    lines = priced(
        *(
            {"code": code, "units": 20, "expected_cents": cents}
            for code, cents in zip(_CODES, (60, 20, 10, 10, 0), strict=True)
        )
    )
    chart = charts.code_bars(metrics.per_code(lines), ALL_FIELDS)
    assert chart.title == "Of 4 codes with expected dollars, 97110, 97112 and 97116 make up 90% of those dollars."


def test_code_bars_without_payments_say_so_and_draw_none() -> None:
    chart = charts.code_bars(metrics.per_code(repeated(THREE_VISITS)), {"charge_cents"})
    assert len(_marks(chart)) == 1
    assert [gone.field for gone in chart.missing] == ["paid_cents"]


def test_splits_and_months_of_a_missing_column_are_a_sentence() -> None:
    split = charts.split_bars(metrics.split(THREE_VISITS, "provider"), {"payer"}, "provider")
    month = charts.monthly(metrics.monthly(THREE_VISITS, {"payer"}, SPAN, "paid"), "paid")
    dots = charts.share_dots(mix.by(THREE_VISITS, {"payer"}, PAIR, "97112"), "97112", PAIR)
    for chart, what in ((split, "therapists"), (month, "payments"), (dots, "therapists")):
        assert chart.figure is None
        assert f"no {what}" in chart.title


def test_no_lines_no_figures() -> None:
    nothing = THREE_VISITS.clear()
    ripe = metrics.ripeness(nothing, ALL_FIELDS)
    for chart in (
        charts.earned_bars(metrics.earned(nothing, ALL_FIELDS, ripe, "code"), ripe, "code"),
        charts.per_visit(metrics.per_visit(nothing, ALL_FIELDS, SPAN, ripe), ripe, "settled_per_visit"),
        charts.code_bars(metrics.per_code(nothing), ALL_FIELDS),
        charts.split_bars(metrics.split(nothing, "payer"), ALL_FIELDS, "payer"),
        charts.waterfall(metrics.waterfall(nothing, ALL_FIELDS), metrics.waterfall(nothing, ALL_FIELDS), ""),
        charts.monthly(metrics.monthly(nothing, ALL_FIELDS, SPAN), "expected"),
        charts.share_over_time(mix.over_time(nothing, PAIR, SPAN), "97112"),
        charts.share_dots(mix.by(nothing, ALL_FIELDS, PAIR, "97112"), "97112", PAIR),
        charts.share_multiples(
            mix.multiples(nothing, ALL_FIELDS, PAIR, "97112", SPAN),
            mix.by(nothing, ALL_FIELDS, PAIR, "97112"),
            "97112",
            PAIR,
        ),
        charts.beside_medicare(mix.beside_medicare(nothing, PAIR, "97112"), "97112", PAIR),
        charts.volume_effect(_effect(price(frame([{"code": "97014"}]), OHIO), before=2025, after=2026)),
        charts.rates_by_year(rate_tables.by_year(OHIO, ["97014"])),
        charts.unit_values(rate_tables.by_locality([OHIO], ["97014"], DAY), "2026"),
        charts.unit_values(rate_tables.by_locality([], PAIR, DAY), "2026"),
    ):
        assert chart.figure is None
        assert chart.title


def test_waterfall_bars_hang_where_the_money_is() -> None:
    line = {"list_cents": 10000, "scheduled_cents": 8000, "expected_cents": 8000, "assistant_cut_cents": 900}
    line |= {"sequestration_cents": 100, "receipts_cents": 7000}
    cut, every = (metrics.waterfall(priced(*[line] * count), ALL_FIELDS) for count in (1, 3))
    chart = charts.waterfall(cut, every, "Medicare")
    (bars,) = _marks(chart)
    assert list(bars.base) == [0, 80, 0, 71, 70, 0]
    assert list(bars.x) == [100, 20, 80, 9, 1, 70]
    assert chart.title == "MPPR cuts $20 of $100 at list price for Medicare; all of Medicare's rules leave $70."
    assert chart.notes == (
        "At Medicare rates, all payers: MPPR would cut $60 of $300. The other payers are not known to apply it.",
    )


def test_without_a_payer_that_applies_mppr_its_cost_is_not_the_headline() -> None:
    line = {"list_cents": 10000, "scheduled_cents": 8000, "expected_cents": 8000, "receipts_cents": 8000}
    nothing, every = (metrics.waterfall(priced(*lines), ALL_FIELDS) for lines in ((), (line,)))
    chart = charts.waterfall(nothing, every, "")
    assert chart.title == (
        "No payer here is known to apply MPPR. At Medicare rates, all payers: $100 at list price, of which MPPR would "
        "cut $20."
    )
    assert not chart.notes


def test_unit_values_compare_in_full_and_reduced() -> None:
    chart = charts.unit_values(rate_tables.by_locality([resolve("national")], PAIR, DAY), "2026")
    # payment-rules section 3: 3.67 as the full unit, 2.67 as a reduced one
    assert chart.title.startswith("A full unit of 97112 pays $3.67 more than 97110, a reduced one $2.67")


def test_unit_values_leave_out_what_has_no_amount_with_its_reason() -> None:
    chart = charts.unit_values(rate_tables.by_locality([OHIO], ["97110", "97014"], DAY), "2026")
    assert len(chart.notes) == 1
    assert chart.notes[0].startswith("97014: ")


def test_a_proposed_schedule_is_named_wherever_it_shows() -> None:
    effect = charts.volume_effect(_effect(price(frame([{}]), OHIO), before=2026, after=2027))
    assert "2027 PROPOSED" in effect.title
    factors = charts.conversion_factors(rate_tables.conversion_factors())
    assert any("PROPOSED" in note for note in factors.notes)
    assert any("PROPOSED" in text for text in _annotations(factors))
    assert "PROPOSED" in charts.rates_by_year(rate_tables.by_year(OHIO, PAIR)).notes[0]


def test_names_of_the_file_cannot_bring_markup_and_do_not_overrun() -> None:
    name = "<b>Very & Long Name of a Payer, Incorporated, of Somewhere</b>"
    lines = priced({"payer": name, "units": 20, "expected_cents": 100, "list_cents": 100, "scheduled_cents": 100})
    chart = charts.split_bars(metrics.split(lines, "payer"), ALL_FIELDS, "payer")
    assert not [text for text in _annotations(chart) if "<b>" in text]
    assert safe("a<b>&c") == "a&lt;b&gt;&amp;c"
    assert safe("abcdef", 4) == "abc…"


def test_rows_and_dollars_of_a_file_add_up() -> None:
    chart = charts.reconciliation(
        {"accepted": 90, "rejected": 8, "ignored": 2}, {"accepted": 9900, "rejected": 100, "ignored": 0}
    )
    assert chart.title == "90 of 100 rows are ready."
    assert [sum(bar.x[index] for bar in _marks(chart)) for index in (0, 1)] == pytest.approx([1, 1])


def test_labels_move_apart_and_stay_below_the_top() -> None:
    assert _apart([1.0, 1.1, 5.0], top=10, gap=1) == [1.0, 2.0, 5.0]
    assert _apart([9.5, 9.6, 9.7], top=10, gap=1) == [8.0, 9.0, 10.0]
