"""Frames at the edge: empty, without anything to price, parts of a larger one, huge charges, lines that are none."""

from __future__ import annotations

import sys
from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analysis.errors import BadInput, ContractError
from analysis.lines.billing_line import SCHEMA, conform
from analysis.medicare.fees import NATIONAL, resolve
from analysis.pricing import AMOUNTS, ENGINES, Engine, price, visits
from analysis.pricing.visits import in_visit_order
from tests.pricing.lines import AMOUNT_COLUMNS, PLACES, few_lines, frame

LOCAL: list[Engine] = ["polars", "pandas", "duckdb"]


@pytest.fixture(params=LOCAL)
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "duckdb":
        pytest.importorskip("duckdb")
    chosen: Engine = request.param
    return chosen


def test_no_lines(engine: Engine) -> None:
    for places in (NATIONAL, PLACES, {}):
        priced = price(pl.DataFrame(schema=SCHEMA), places, engine=engine)
        assert priced.lines.schema == pl.Schema(SCHEMA | dict.fromkeys(AMOUNTS, pl.Int64()))
        assert priced.lines.is_empty()
        assert priced.reasons().is_empty()
        assert priced.notes == ()


def test_lines_without_any_amount(engine: Engine) -> None:
    lines = frame([{"code": "97014"}, {"code": "ZZZZZ"}, {"date_of_service": date(2019, 6, 1)}, {"code": "97799"}])
    priced = price(lines, NATIONAL, engine=engine)
    assert priced.lines.select(AMOUNT_COLUMNS).null_count().row(0) == (4,) * len(AMOUNT_COLUMNS)
    assert priced.reasons()["line_id"].to_list() == [0, 1, 2, 3]
    early = frame([{"date_of_service": date(2019, 6, 1)}])
    assert price(early, NATIONAL, engine=engine).lines["medicare_cents"].to_list() == [None]


def test_lines_without_any_place(engine: Engine) -> None:
    lines = frame([{"clinic": "A"}, {"clinic": None}])
    priced = price(lines, {}, engine=engine)
    assert priced.lines.select("mac", "locality", "expected_cents").rows() == [(None, None, None)] * 2
    assert priced.reasons()["reason"].to_list() == [
        "no Medicare locality for the clinic A",
        "no Medicare locality for the clinic (none)",
    ]


def test_each_clinic_has_its_place_and_none_is_a_clinic_too(engine: Engine) -> None:
    lines = frame([{"clinic": clinic, "visit_key": index} for index, clinic in enumerate(("A", None, "B", "C"))])
    places = {"A": resolve("15202-00"), None: NATIONAL, "B": resolve("13202-01"), "unused": resolve("02102-01")}
    priced = price(lines, places, engine=engine).lines
    assert priced["mac"].to_list() == ["15202", "00000", "13202", None]
    assert priced["locality"].to_list() == ["00", "00", "01", None]
    # Ohio (1.000, 0.913, 1.008): 0.45 + 0.37433 + 0.01008 = 0.83441 x 33.4009 = 27.870044969 -> 27.87
    assert priced["list_cents"].to_list() == [2787, 2906, 3243, None]


def test_payers_in_turns_have_one_full_unit_each(engine: Engine) -> None:
    # Names are one payer whatever their case and punctuation; without a name the class stands for the payer.
    payers = [("Aetna", "Commercial"), (None, "Unknown"), ("AETNA, ", "Commercial"), (None, "Unknown"), (None, "Auto")]
    lines = frame(
        {"payer": payer, "payer_class": payer_class, "visit_key": key}
        for key in (1, 2)
        for payer, payer_class in payers
    )
    assert price(lines, NATIONAL, engine=engine).lines["full_units"].to_list() == [1, 1, 0, 0, 1] * 2


def test_a_part_of_the_visits_is_priced_as_in_the_whole() -> None:
    lines = few_lines(5_000, seed=8)
    part = pl.col("visit_key") % 3 == 1 - lines["visit_key"][0] % 3
    whole = price(lines, PLACES).lines.filter(part).drop("fee_id")
    few = lines.filter(part)
    assert few["line_id"].min() != 0
    assert_frame_equal(price(few, PLACES).lines.drop("fee_id"), whole)


def test_priced_lines_may_be_priced_again() -> None:
    priced = price(few_lines(2_000, seed=9), PLACES).lines
    assert_frame_equal(price(priced, PLACES).lines, priced)
    assert_frame_equal(price(priced, None).lines, priced)


def test_pricing_keeps_every_line_and_leaves_its_input_alone() -> None:
    lines = few_lines(2_000, seed=10)
    copy = lines.clone()
    priced = price(lines, PLACES).lines
    assert_frame_equal(lines, copy)
    untouched = [name for name in SCHEMA if name not in {"mac", "locality"}]
    assert_frame_equal(priced.select(untouched), lines.select(untouched))
    assert_frame_equal(conform(priced), priced.select(*SCHEMA))


def test_a_visit_of_ten_thousand_lines_has_one_unit_in_full(engine: Engine) -> None:
    # The 7,777th line alone has the highest charge among equals.
    lines = frame({"units": 2, "charge_cents": 100_001 if index == 7_777 else 100_000} for index in range(10_000))
    priced = price(lines, NATIONAL, engine=engine).lines
    assert priced.filter(pl.col("full_units") > 0).select("line_id", "full_units").rows() == [(7_777, 1)]
    assert priced["expected_cents"].sum() == 19_999 * 2221 + 2906


def test_ranks_too_big_to_order_all_visits_by_one_number_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    # Ranking for the full unit takes two numbers a fee rank and charge; times the visits it may not fit 63 bits.
    lines = few_lines(1_000, seed=12)
    plain = price(lines, PLACES).lines
    huge = frame([{"line_id": 10_000_000, "visit_key": -1, "clinic": "Dayton", "charge_cents": 2**40}])
    monkeypatch.setattr(visits, "_INT64_MAX", 2**40)
    both = price(pl.concat([lines, huge]), PLACES).lines
    assert_frame_equal(both.head(-1).select(AMOUNT_COLUMNS), plain.select(AMOUNT_COLUMNS))
    assert both.tail(1)["expected_cents"].to_list() == [2787]


def test_a_charge_out_of_all_proportion_is_refused() -> None:
    with pytest.raises(ContractError, match="charge_cents"):
        price(frame([{"charge_cents": 2**40 + 1}]), NATIONAL)


def test_a_huge_charge_wins_a_tie_and_no_more(engine: Engine) -> None:
    lines = frame(
        [
            {"line_id": 10_000_000, "code": "97110", "charge_cents": 2**40 - 1},
            {"line_id": 10_000_001, "code": "97116", "charge_cents": 2**40},
            {"line_id": 10_000_002, "code": "97116", "charge_cents": 2**40},
            {"line_id": 10_000_003, "code": "97112", "charge_cents": None, "visit_key": 2},
            {"line_id": 10_000_004, "code": "97110", "charge_cents": 2**40 - 1, "visit_key": 2},
        ]
    )
    assert price(lines, NATIONAL, engine=engine).lines["full_units"].to_list() == [0, 1, 0, 1, 0]


def test_visits_may_stand_together_or_apart() -> None:
    # As exports do either: a visit's lines one after the other, or another visit's between them.
    lines = few_lines(3_000, seed=13)
    together = lines.sort("visit_key", "line_id").with_columns(line_id=pl.int_range(pl.len()))
    wanted = price(lines, PLACES).lines.sort("visit_key", "line_id").select("source_row", *AMOUNT_COLUMNS)
    assert_frame_equal(price(together, PLACES).lines.select("source_row", *AMOUNT_COLUMNS), wanted)


def test_lines_of_a_visit_that_come_together_but_not_in_source_order_are_put_in_it() -> None:
    # What a join hands on, it may hand on in any order.
    lines = frame({"line_id": number, "visit_key": 1 if number > 1 else 2} for number in (3, 2, 1, 0))
    assert in_visit_order(lines).select("visit", "line_id").rows() == [(1, 2), (1, 3), (2, 0), (2, 1)]


@pytest.mark.parametrize("wrong", [{"units": 0}, {"units": -2}, {"charge_cents": -1}])
def test_reversals_are_not_priced_they_are_a_fault_of_ours(wrong: dict[str, int]) -> None:
    # Reading pairs a reversal with its charge or rejects it; what MPPR would make of -2 units, no rule says.
    with pytest.raises(ContractError, match=rf"lines\.{next(iter(wrong))} holds {next(iter(wrong.values()))}"):
        price(frame([{"units": 2, "charge_cents": 9000}, wrong]), NATIONAL)


def test_an_unknown_engine_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(BadInput, match=", ".join(ENGINES)):
        price(frame([{}]), NATIONAL, engine="excel")  # type: ignore[arg-type]


@pytest.mark.parametrize(("chosen", "module"), [("duckdb", "duckdb"), ("spark", "pyspark.sql")])
def test_an_engine_that_is_not_installed_says_what_to_do(
    chosen: Engine, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(BadInput, match="pip install " + module.partition(".")[0]):
        price(frame([{}]), NATIONAL, engine=chosen)
