"""Every chart of the sample clinic, whole and under filters: what is not known never shows as nan, None or inf."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

from analysis import charts, metrics, mix, payments
from analysis.codes import hcpcs as codes
from analysis.ingest import read_export
from analysis.lines.filters import Filters, choices, days
from analysis.medicare.fees import resolve
from analysis.pricing import price, rate_tables
from analysis.pricing.baseline import of_year
from analysis.pricing.repricing import localities
from analysis.system.paths import DATA
from analysis.whatif.answers import volume_effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.charts import Chart
    from analysis.pricing import Priced

SAMPLE = DATA / "samples" / "riverside_pt.csv"
PAIR = ("97110", "97112")
NOT_A_WORD = re.compile(r"\b(nan|none|inf)\b(?! of )", re.IGNORECASE)  # "None of these lines ..." is a sentence


@pytest.fixture(scope="module")
def sample() -> tuple[Priced, frozenset[str]]:
    export = read_export(SAMPLE.read_bytes(), SAMPLE.name, key=b"0" * 32)
    places = {clinic: resolve(zip_code) for clinic, zip_code in export.clinic_zips.items()}
    return price(export.lines, places), export.fields


def _filters(lines: pl.DataFrame) -> Iterator[Filters]:
    yield Filters()
    yield Filters(payer_classes=choices(lines, "payer_classes")[-1:])
    yield Filters(providers=choices(lines, "providers")[-1:])
    yield Filters(codes=choices(lines, "codes")[-1:])
    yield Filters(codes=("97010",))  # bundled, or not there at all
    yield Filters(start=date(2026, 3, 3), end=date(2026, 3, 9))
    yield Filters(start=days(lines)[1])  # the newest day: hardly any payment yet


def _charts(lines: pl.DataFrame, everything: Priced, fields: frozenset[str], filters: Filters) -> Iterator[Chart]:
    span = filters.span(everything.lines)
    ripe = metrics.ripeness(lines, fields)
    for by in ("code", "payer", "provider"):
        yield charts.earned_bars(metrics.earned(lines, fields, ripe, by), ripe, by)
    for measure in ("settled_per_visit", "units_per_visit"):
        yield charts.per_visit(metrics.per_visit(lines, fields, span, ripe), ripe, measure)
    yield charts.monthly(metrics.monthly(lines, fields, span, "paid", ripe=ripe), "paid", ripe=ripe)
    yield charts.code_bars(metrics.per_code(lines), fields)
    cuts, every = (metrics.waterfall(part, fields) for part in (lines.filter(payer_class="Medicare"), lines))
    yield charts.waterfall(cuts, every, "Medicare")
    for measure in metrics.MEASURES:
        yield charts.monthly(metrics.monthly(lines, fields, span, measure), measure)
    yield charts.share_over_time(mix.over_time(lines, PAIR, span), "97112")
    yield charts.beside_medicare(mix.beside_medicare(lines, PAIR, "97112"), "97112", PAIR)
    for by in ("payer", "provider"):
        yield charts.split_bars(metrics.split(lines, by), fields, by)
        compared = mix.by(lines, fields, PAIR, "97112", by)
        yield charts.share_dots(compared, "97112", PAIR, by)
        panels = mix.multiples(lines, fields, PAIR, "97112", span, by)
        yield charts.share_multiples(panels, compared, "97112", PAIR, by)
    expected = pl.DataFrame(schema={"line_id": pl.Int64, "due_cents": pl.Int64})
    for by in payments.DENIALS_BY:
        yield charts.denials_by(payments.denials_by(lines, expected, by), by)
    visits = of_year(everything.lines, filters, 2026, 2025)
    yield charts.volume_effect(volume_effect(everything, filters, visits, 2026))
    yield charts.unit_values(rate_tables.by_locality(localities(lines), PAIR, date(2026, 3, 2)), "2026")


def test_no_chart_shows_what_is_not_known_as_a_number(sample: tuple[Priced, frozenset[str]]) -> None:
    everything, fields = sample
    for filters in _filters(everything.lines):
        lines = filters.apply(everything.lines)
        for chart in _charts(lines, everything, fields, filters):
            said = [chart.title, chart.alt, *chart.notes]
            assert not [text for text in said if NOT_A_WORD.search(text)], (filters, chart.question)


def test_no_pay_over_the_years_is_shown_as_a_number_where_it_is_not_known() -> None:
    years = rate_tables.by_year(resolve("15202-00"), tuple(codes.load()))
    for code in years.filter(pl.col("full_cents").fill_null(0) == 0)["code"].unique():
        chart = charts.rates_by_year(years.filter(code=code))
        assert not NOT_A_WORD.search(chart.title), chart.title


def test_the_pattern_finds_what_it_is_for() -> None:
    for wrong in ("+nan%", "$None", "inf%", "rose by nan."):
        assert NOT_A_WORD.search(wrong)
    assert not NOT_A_WORD.search("None of these lines holds a payment, for information.")
