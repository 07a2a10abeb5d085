"""Billed dollars by code: the chart that needs no locality."""

from __future__ import annotations

from analysis import charts, metrics
from tests.metrics.builders import priced


def test_billed_dollars_by_code_largest_first() -> None:
    lines = priced(
        {"code": "97110", "units": 20, "charge_cents": 6000},
        {"code": "97530", "units": 20, "charge_cents": 18000},
        {"code": "97112", "units": 19, "charge_cents": 0},
    )
    chart = charts.billed_bars(metrics.per_code(lines))
    assert chart.title == "97530 Therapeutic activities is 75% of the $240 billed."
    assert chart.figure is not None
    assert list(chart.figure.data[0].x) == [180.0, 60.0]
    assert chart.table["billed_cents"].to_list() == [18000, 6000, 0]
    assert chart.notes == ("1 code with fewer than 20 units in the table only.",)


def test_no_code_with_enough_units_is_no_chart() -> None:
    chart = charts.billed_bars(metrics.per_code(priced({"units": 19, "charge_cents": 6000})))
    assert chart.title == "No code has 20 units, the least to be ranked."


def test_codes_beyond_the_chart_are_in_the_table_and_said() -> None:
    lines = priced(*({"code": code, "units": 20, "charge_cents": 100} for code in ("97110", "97112", "97530")))
    chart = charts.billed_bars(metrics.per_code(lines), top=1)
    assert chart.notes == ("2 more codes in the table only.",)
    assert chart.table.height == 3


def test_without_charges_there_is_no_chart_but_a_sentence() -> None:
    chart = charts.billed_bars(metrics.per_code(priced({"code": "97110", "charge_cents": None})))
    assert chart.figure is None
    assert "no charges" in chart.title
