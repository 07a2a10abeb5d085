"""The made-up practices of the contract bench, and its scorer: the truth is found, a broken truth is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analysis.ingest.reading import read_export
from analysis.lines.billing_line import conform, is_decided
from tests.bench.practices import __main__ as bench
from tests.bench.practices import make_practice, pays, score
from tests.bench.practices.practice import Payer, Practice, Stretch
from tests.bench.practices.report import results, table
from tests.bench.practices.scorer import UNKNOWN
from tests.bench.practices.terms import Fee, Line, Terms, Visit, parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SEEDS = (1, 2, 4)
SCHEMA: dict[str, pl.DataType] = {
    **dict.fromkeys(("payer", "basis", "terms"), pl.String()),
    "since": pl.Date(),
    **dict.fromkeys(("visits", "visits_explained"), pl.Int64()),
}


@pytest.fixture(scope="module", params=SEEDS)
def practice(request: pytest.FixtureRequest) -> Practice:
    return make_practice(request.param, (10, 120))


def table_of(practice: Practice, said: Callable[[Payer], list[Stretch]]) -> pl.DataFrame:
    rows = [
        (payer.name, terms.basis, str(terms), since, len(payer.visits), 0)
        for payer in practice.payers
        for since, terms in said(payer)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def test_the_same_seed_gives_the_same_canonical_lines(practice: Practice) -> None:
    again = make_practice(practice.seed, (10, 120))
    assert_frame_equal(conform(practice.lines), again.lines)
    assert practice.truth == again.truth
    assert not make_practice(practice.seed + 100, (10, 120)).lines.equals(practice.lines)


def test_the_truth_is_found_and_nothing_named_where_there_is_none(practice: Practice) -> None:
    verdicts = score(practice, table_of(practice, lambda payer: payer.truth))
    assert verdicts == {payer.name: "found" if payer.truth else "unnamed" for payer in practice.payers}
    named = score(practice, table_of(practice, lambda payer: payer.truth or payer.as_paid))
    assert all(named[payer.name] == "wrong" for payer in practice.payers if not payer.truth and payer.as_paid)


def test_a_broken_truth_is_wrong(practice: Practice) -> None:
    def broken(payer: Payer) -> list[Stretch]:
        return [Stretch(since, _broken(terms)) for since, terms in payer.truth]

    verdicts = score(practice, table_of(practice, broken))
    assert verdicts == {payer.name: "wrong" if payer.truth else "unnamed" for payer in practice.payers}


def _broken(terms: Terms) -> Terms:
    fees = {code: (first + 100, further + 100) for code, (first, further) in terms.fees.items()}
    return replace(terms, percent=terms.percent + 1000, visit=terms.visit + 100, fees=fees, floor=None, cap=None)


def test_alternatives_are_taken_together_and_a_change_may_be_a_week_off(practice: Practice) -> None:
    def two(payer: Payer) -> list[Stretch]:
        late = [Stretch(since and since + timedelta(days=6), terms) for since, terms in payer.truth]
        return [row for since, terms in late for row in (Stretch(since, _broken(terms)), Stretch(since, terms))]

    verdicts = score(practice, table_of(practice, two))
    assert verdicts == {payer.name: "found" if payer.truth else "unnamed" for payer in practice.payers}


def test_an_unknown_basis_is_unnamed_and_terms_nobody_can_read_are_wrong(practice: Practice) -> None:
    names = [payer.name for payer in practice.payers]
    unknown = pl.DataFrame([(name, UNKNOWN, "", None, 9, 0) for name in names], schema=SCHEMA, orient="row")
    assert set(score(practice, unknown).values()) == {"unnamed"}
    assert set(score(practice, unknown.clear()).values()) == {"unnamed"}
    odd = unknown.with_columns(basis=pl.lit("per_visit"), terms=pl.lit("a lot"))
    assert set(score(practice, odd).values()) == {"wrong"}


def test_a_spelling_that_stands_apart_is_judged_for_itself(practice: Practice) -> None:
    truth = table_of(practice, lambda payer: payer.truth)
    shouted = truth.with_columns(pl.col("payer").str.to_uppercase())
    assert score(practice, shouted) == score(practice, truth)


def test_terms_are_read_as_they_are_written(practice: Practice) -> None:
    written = [terms for payer in practice.payers for _, terms in payer.truth]
    assert [parse(terms.basis, str(terms)) for terms in written] == written


LINES = [
    Line(0, "97161", 1, 150_00, assistant=False, discipline="PT"),
    Line(1, "97110", 2, 100_00, assistant=True, discipline="PT"),
]
VISIT = Visit(1, 1, date(2026, 3, 2), "Clinic 1", "PT 1", LINES)
FEES = [Fee(100_00, 70_00, 1, mppr=True), Fee(30_00, 22_01, 0, mppr=True)]


@pytest.mark.parametrize(
    ("basis", "terms", "cents"),
    [
        ("percent_of_medicare", "percent=110; mppr=yes; year=follow", 110_00 + 48_42),
        ("percent_of_medicare", "percent=110; mppr=no; year=follow", 110_00 + 66_00),
        ("percent_of_medicare", "percent=110; mppr=half; year=2024", 110_00 + 33_00),
        ("percent_of_medicare", "percent=110; mppr=no; year=follow; carve=97161:95.00", 95_00 + 66_00),
        ("percent_of_medicare", "percent=200; mppr=no; year=follow; lesser=yes", 150_00 + 100_00),
        ("fee_per_code", "fees=97110:36.00/28.80; other=45%charge", 67_50 + 64_80),
        ("fee_per_code", "fees=97110:36.00; assistants=85", 61_20),
        ("fee_per_code", "fees=97110:36.00; floor=80.00", 80_00),
        ("per_visit", "visit=88.00; evaluation=128.00", 128_00),
        ("per_visit", "visit=300.00; lesser=yes", 250_00),
        ("percent_of_charge", "percent=58; cap=75.00", 75_00),
        ("percent_of_charge", "percent=58; lesser=no", 145_00),
    ],
)
def test_terms_pay_what_a_hand_would_work_out(basis: str, terms: str, cents: int) -> None:
    assert pays(parse(basis, terms), VISIT, FEES) == cents


def test_visits_without_a_denied_or_missing_line_add_up_to_what_the_terms_pay(practice: Practice) -> None:
    # What is allowed stands in every export: the charge less the adjustment.
    paid = pl.col("charge_cents") - pl.col("adjustment_cents")
    answered = practice.lines.filter(pl.col("status").cast(pl.String) == "charge", is_decided())
    for payer in practice.payers:
        mine = answered.filter(pl.col("payer").cast(pl.String).is_in(payer.manner.spellings))
        sums = {key: (count, sum_) for key, count, sum_ in mine.group_by("visit_key").agg(pl.len(), paid.sum()).rows()}
        whole = [visit for visit in payer.visits if sums.get(visit.key, (0, 0))[0] == len(visit.lines)]
        if len(payer.truth) != 1 or payer.as_paid or payer.manner.sequestered or not whole:
            continue
        terms, fees = payer.truth[0].terms, practice.medicare.fees(payer.truth[0].terms.year)
        exact = sum(pays(terms, visit, fees, per_unit=payer.manner.per_unit) == sums[visit.key][1] for visit in whole)
        assert exact >= (0.9 - 4 * payer.manner.odd) * len(whole), (payer.name, payer.kind)
        if not payer.manner.odd:
            assert exact == len(whole), (payer.name, payer.kind)


def test_a_dumped_practice_is_an_export_that_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "practice.csv"
    assert bench.main(["--dump", "1", "--size", "10-40", "--out", str(path)]) == 0
    assert capsys.readouterr().out.strip() == str(path)
    made = make_practice(1, (10, 40))
    lines = read_export(path.read_bytes(), path.name).lines
    assert lines.height == made.lines.height
    assert lines["charge_cents"].sum() == made.lines["charge_cents"].sum()
    assert lines["allowed_cents"].sum() == made.lines["allowed_cents"].sum()


def test_the_report_counts_by_size_and_kind_and_lists_the_wrong_ones(practice: Practice) -> None:
    found = results(practice, table_of(practice, lambda payer: [Stretch(s, _broken(t)) for s, t in payer.truth]))
    text = table(found)
    assert "25-99" in text
    assert text.count("truth since") == sum(len(payer.truth) for payer in practice.payers)
