"""The pricer against a slow second one (reference.py), every column, to the cent; and every engine against Polars."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analysis.medicare.fees import resolve
from analysis.pricing import AMOUNTS, price
from tests.pricing import reference
from tests.pricing.lines import AMOUNT_COLUMNS, PLACES, UNPLACED, expected, few_lines, for_reference, random_lines

if TYPE_CHECKING:
    from analysis.pricing import Engine, Priced

ANSWER = ("line_id", *AMOUNT_COLUMNS)


@pytest.fixture(scope="module")
def lines() -> pl.DataFrame:
    return random_lines(100_000, seed=2026)


@pytest.fixture(scope="module")
def priced(lines: pl.DataFrame) -> Priced:
    return price(lines, PLACES)


def test_100_000_lines_are_priced_as_the_reference_prices_them(lines: pl.DataFrame, priced: Priced) -> None:
    assert set(AMOUNTS) == {"fee_id", *AMOUNT_COLUMNS}, "the reference answers every column"
    assert_frame_equal(priced.lines.select(ANSWER), expected(lines, PLACES))


def test_the_generated_lines_meet_every_rule_often(lines: pl.DataFrame, priced: Priced) -> None:
    amounts = priced.lines
    none = pl.col("expected_cents").is_null()
    often = {
        "priced": ~none,
        "reduced": pl.col("scheduled_cents") < pl.col("list_cents"),
        "capped": pl.col("expected_cents") < pl.col("scheduled_cents"),
        "assistant": pl.col("assistant_cut_cents") > 0,
        "cut": pl.col("sequestration_cents") > 0,
        "uncut": ~none & (pl.col("sequestration_cents") == 0),
        "charge 0": ~none & (pl.col("charge_cents") == 0),
        "no charge": ~none & pl.col("charge_cents").is_null(),
        "bundled": pl.col("list_cents") == 0,
        "no clinic": pl.col("clinic").is_null(),
        "clinic unknown": pl.col("clinic").cast(pl.String) == UNPLACED,
        "too early": pl.col("date_of_service").dt.year() < 2020,
        "too late": pl.col("date_of_service").dt.year() > 2026,
        "facility": ~none & pl.col("place_of_service").cast(pl.String).is_in(sorted(reference.FACILITY)),
        "several units": ~none & (pl.col("units") > 1),
    }
    for what, rule in often.items():
        assert amounts.filter(rule).height > 50, what
    # Ties in everything but the source order: the same merit on two lines of a visit, one of which holds the full unit.
    merit = ("visit_key", "list_cents", "units", "charge_cents", "assistant_cut_cents")
    holders = amounts.filter(pl.col("full_units") == 1, pl.col("scheduled_cents") < pl.col("list_cents"))
    rest = amounts.filter(pl.col("full_units") == 0)
    assert holders.join(rest, on=merit, how="semi", nulls_equal=True).height > 50
    days = set(lines["date_of_service"])
    assert {first for first, *_ in reference.FACTORS} | {last for _, last, *_ in reference.FACTORS} <= days
    assert amounts["visit_key"].value_counts()["count"].max() == 40
    assert amounts["locality"].n_unique() > len(PLACES) / 2


def test_every_line_has_either_all_amounts_or_none_and_a_reason(priced: Priced) -> None:
    amounts = priced.lines.select(AMOUNT_COLUMNS)
    missing = amounts.select(pl.all().is_null())
    assert missing.select(pl.all_horizontal(pl.all()) == pl.any_horizontal(pl.all())).to_series().all()
    reasons = priced.reasons()
    assert reasons["line_id"].to_list() == priced.lines.filter(pl.col("expected_cents").is_null())["line_id"].to_list()
    assert reasons["reason"].null_count() == 0
    assert reasons["reason"].str.len_chars().min() > 10  # type: ignore[operator]


def test_dollars_conserve(priced: Priced) -> None:
    amounts = priced.lines.filter(pl.col("expected_cents").is_not_null())
    parts = ("coinsurance_cents", "assistant_cut_cents", "sequestration_cents", "medicare_cents")
    checks = amounts.select(
        split=pl.col("expected_cents") == pl.sum_horizontal(parts),
        receipts=pl.col("receipts_cents") == pl.col("medicare_cents") + pl.col("coinsurance_cents"),
        never_more=(pl.col("list_cents") >= pl.col("scheduled_cents"))
        & (pl.col("scheduled_cents") >= pl.col("expected_cents")),
        never_less=pl.min_horizontal(AMOUNT_COLUMNS) >= 0,
        at_most_charged=(pl.col("expected_cents") <= pl.col("charge_cents")).fill_null(value=True),
        units=pl.col("full_units") <= pl.col("units"),
    )
    for check in checks.columns:
        assert checks[check].all(), check


def test_a_payer_s_patient_day_has_one_unit_in_full_among_the_codes_under_mppr(priced: Priced) -> None:
    under = priced.lines.join(priced.fees.select("fee_id", "mppr"), on="fee_id").filter("mppr")
    name = pl.coalesce(pl.col("payer").cast(pl.String), pl.col("payer_class").cast(pl.String))
    groups = under.with_columns(name=name.str.strip_chars().str.to_lowercase()).group_by("visit_key", "name")
    charged = pl.col("list_cents").is_not_null() & (pl.col("charge_cents").fill_null(1) > 0)
    counts = groups.agg(pl.col("full_units").sum(), charged.any().cast(pl.Int64).alias("expected"))
    assert counts["full_units"].equals(counts["expected"].alias("full_units"))
    assert set(counts["full_units"]) == {0, 1}
    assert counts["visit_key"].n_unique() < counts.height - 50, "visits of several payers"


def test_a_line_that_is_not_covered_has_no_amount_and_says_why(priced: Priced) -> None:
    listed = priced.lines.with_columns(pl.col("modifiers").cast(pl.String).str.split(" "))
    refused = listed.filter(pl.col("modifiers").list.contains("GY") | pl.col("modifiers").list.contains("GZ"))
    assert refused.height > 50
    assert refused.select(AMOUNT_COLUMNS).null_count().row(0) == (refused.height,) * len(AMOUNT_COLUMNS)
    reasons = priced.reasons().join(refused, on="line_id")["reason"]
    assert reasons.str.contains(r": not covered by Medicare \(modifier G[YZ]\)$").all()


@pytest.mark.parametrize("track", ["non_qp", "qp"])
def test_the_proposed_year_and_both_tracks(track: reference.Track) -> None:
    lines = few_lines(5_000, seed=27)
    lines = lines.with_columns(pl.col("date_of_service").dt.offset_by("1y"))
    got = price(lines, PLACES, track=track, proposed=True).lines
    assert got.filter(pl.col("date_of_service").dt.year() == 2027)["expected_cents"].count() > 300
    assert_frame_equal(got.select(ANSWER), expected(lines, PLACES, track, proposed=True))


def test_one_locality_for_all_lines() -> None:
    lines, place = few_lines(5_000, seed=5), resolve("01112-06")
    priced = price(lines, place)
    assert_frame_equal(priced.lines.select(ANSWER), expected(lines, place))
    assert set(priced.lines["mac"]) == {"01112"}
    assert priced.notes == tuple(
        f"01112-06 does not exist in {year}; RevMix uses its successor 01112-05" for year in (2024, 2025, 2026)
    )


def test_lines_moved_to_another_year_are_priced_as_that_year_prices_them() -> None:
    # How the effect of a new year's rates is found: the same work on the same days of that year, places known.
    lines = few_lines(5_000, seed=6)
    before = price(lines.filter(pl.col("date_of_service").dt.year() == 2025), PLACES).lines
    moved = before.with_columns(pl.col("date_of_service").dt.offset_by("1y"))
    again = price(moved, None).lines
    assert_frame_equal(again.select(ANSWER), expected(moved, PLACES).select(ANSWER))
    assert again["list_cents"].sum() != before["list_cents"].sum()


def _on(engine: Engine, count: int) -> None:
    lines = few_lines(count, seed=11)
    ours, theirs = price(lines, PLACES), price(lines, PLACES, engine=engine)
    assert_frame_equal(theirs.lines, ours.lines)
    assert theirs.reasons().equals(ours.reasons())


def test_pandas_prices_alike() -> None:
    _on("pandas", 10_000)


def test_duckdb_prices_alike() -> None:
    pytest.importorskip("duckdb")
    _on("duckdb", 10_000)


@pytest.mark.spark
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # PySpark leaves its sockets to the collector
def test_spark_prices_alike() -> None:
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("no Java here, so no Spark")
    _on("spark", 2_000)


def test_the_reference_does_not_know_the_code_it_judges() -> None:
    names = {name for name, value in vars(reference).items() if getattr(value, "__module__", "").startswith("analysis")}
    assert not names
    assert for_reference(random_lines(1, seed=1), PLACES)[0].line_id == 0
