"""Distinct visits: what is alike is counted once, what is not stays apart, whatever the hash says."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from analysis.codes import hcpcs as codes
from analysis.errors import BadInput, ContractError
from analysis.lines.filters import Filters
from analysis.medicare.fees import NATIONAL
from analysis.pricing import AMOUNTS, price
from analysis.whatif.scenarios import Recode, RvuChange, Scenario, ScheduleChange, VolumeChange
from analysis.whatif.visits import build, distinct_visits
from tests.pricing.lines import PLACES, frame, random_lines

SUMS = ("units", "scheduled_cents", "expected_cents", "receipts_cents")


def visit(key: int, *lines: dict[str, object]) -> list[dict[str, object]]:
    return [{"visit_key": key, "patient_key": key} | line for line in lines]


def shaped(rows: list[dict[str, object]], counted: Filters | None = None) -> distinct_visits.DistinctVisits:
    return build(price(frame(rows), PLACES), counted, codes=()).distinct


def test_visits_with_the_same_lines_in_the_same_order_are_one() -> None:
    pair: tuple[dict[str, object], ...] = ({"code": "97110", "units": 2}, {"code": "97112"})
    found = shaped([*visit(1, *pair), *visit(2, *pair), *visit(3, *reversed(pair))])
    assert found.visits["visits"].to_list() == [2, 1]
    assert found.lines.height == 4
    assert found.line_kinds.height == 2


@pytest.mark.parametrize(
    "other",
    [
        {"units": 3},
        {"code": "97530"},
        {"charge_cents": 5000},
        {"modifiers": "CQ GP"},
        {"modifiers": "59 GP"},
        {"payer_class": "Commercial"},
        {"payer": "Aetna"},
        {"clinic": "Dayton"},
        {"discipline": "OT"},
    ],
    ids=lambda other: " ".join(map(str, next(iter(other.items())))),
)
def test_whatever_a_price_or_a_scenario_could_tell_keeps_visits_apart(other: dict[str, object]) -> None:
    found = shaped([*visit(1, {"units": 2}), *visit(2, {"units": 2} | other)])
    assert found.visits["visits"].to_list() == [1, 1]


def test_a_hash_that_confuses_visits_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    honest, asked = distinct_visits._hashes, []

    def confused(kind: np.ndarray, start: np.ndarray, length: np.ndarray, seed: int) -> np.ndarray:
        asked.append(seed)
        keys = honest(kind, start, length, seed)
        return np.zeros_like(keys) if len(asked) < 3 else keys

    monkeypatch.setattr(distinct_visits, "_hashes", confused)
    found = shaped([*visit(1, {"units": 2}), *visit(2, {"units": 1}), *visit(3, {"units": 1})])
    assert found.visits["visits"].to_list() == [1, 2]
    assert len(asked) == 3


def test_lines_that_are_not_counted_rank_and_are_not_summed() -> None:
    rows = [
        *visit(1, {"code": "97530", "discipline": "OT"}, {"code": "97110", "discipline": "PT"}),
        *visit(2, {"code": "97110", "discipline": "OT"}),
    ]
    cube = build(price(frame(rows), PLACES), Filters(disciplines=("PT",)), codes=())
    assert cube.distinct.visits.height == 1
    before = cube._before(())
    assert before["lines"].sum() == 1
    # 97110 is the further unit of its visit, as 97530 holds the full one.
    assert before["expected_cents"].sum() == price(frame(rows), PLACES).lines["expected_cents"][1]


def test_a_line_that_is_not_covered_is_in_no_count_of_priced_work() -> None:
    rows = [*visit(1, {"units": 2, "modifiers": "GP GY"}), *visit(2, {"units": 3}), *visit(3, {"modifiers": "GP GZ"})]
    cube = build(price(frame(rows), NATIONAL), codes=())
    assert cube.priced_visits() == 1
    assert cube.full_units(Scenario("As it is")).rows() == [("97110", 3, 1)]
    outcome = cube.outcome(Scenario("As it is"))
    assert outcome.left_out == 2
    assert outcome.unpriced.is_empty()


def test_a_condition_no_line_meets_is_refused() -> None:
    with pytest.raises(BadInput, match="no line that meets the filters"):
        shaped(visit(1, {"units": 1}), Filters(payers=("Nobody",)))


@pytest.mark.parametrize(
    ("charges", "median"),
    [
        ([(1, 100)], 100),
        ([(1, 100), (1, 101)], 101),  # 100.5 goes up
        ([(2, 100), (1, 51), (1, 53)], 51),  # per unit 50, 51, 53
        ([(3, 100), (3, 101)], 34),  # (33.33 + 33.67) / 2 = 33.5
        ([(1, 100), (1, None)], 100),
        ([(1, None)], None),
    ],
)
def test_the_median_charge_for_one_unit(charges: list[tuple[int, int | None]], median: int | None) -> None:
    lines = frame({"units": units, "charge_cents": charge} for units, charge in charges)
    cube = build(price(lines, NATIONAL), codes=("97112",))
    assert cube.builder.charges.of_code.get("97110") == median


def test_a_moved_unit_is_charged_as_in_the_year_of_its_visit() -> None:
    # Charges rose in 2026; 2024 has no charge for 97112, so the median over all years stands in.
    years = {2024: None, 2025: 7800, 2026: 8112}
    lines = frame(
        {"visit_key": 10 * year + number, "date_of_service": date(year, 3, 3), "code": code, "charge_cents": charge}
        for year, of_97112 in years.items()
        for number, (code, charge) in enumerate((("97110", 7000), ("97112", of_97112)))
    )
    moved = Scenario("All", (Recode("97110", "97112"),))
    after = build(price(lines, NATIONAL), scenarios=[moved], codes=codes.load()).visits(moved).after
    assert sorted(after.filter("moved")["charge_cents"]) == [7800, 7956, 8112]


def test_the_baseline_is_what_pricing_says() -> None:
    lines = random_lines(3_000, seed=7)
    priced = price(lines, PLACES)
    before = build(priced, codes=())._before(())
    sums = priced.lines.select(pl.col(SUMS).sum()).row(0)
    assert before.select(pl.col(SUMS).sum()).row(0) == sums
    assert set(AMOUNTS) <= set(priced.lines.columns)


def test_a_cube_refuses_what_it_was_not_built_for() -> None:
    cube = build(price(frame(visit(1, {"clinic": "Dayton"})), PLACES), codes=("97112",))
    here = Scenario("Here", (Recode("97110", "97112", where=Filters(clinics=("Dayton",))),))
    old = Scenario("Old", (ScheduleChange(year=2024),))
    assert not cube.covers([here])
    assert not cube.covers([old])
    for scenario in (here, old):
        with pytest.raises(ContractError, match="not built for"):
            cube.outcome(scenario)
        with pytest.raises(ContractError, match="not built for"):
            cube.visits(scenario)
    # A year without a change inside it needs nothing; neither does a condition every kind of line answers.
    assert cube.covers([Scenario("New", (ScheduleChange(year=2027),))])
    assert cube.covers([Scenario("Payer", (VolumeChange(1, Filters(payers=("Acme",))),))])


def test_unchanged_visits_are_ranked_by_their_own_scenario() -> None:
    # Both orders are 1, 3, 2 when the target stands among the codes: 97110 97112 97140, then 97112 97140 97530.
    pair: tuple[dict[str, object], ...] = ({"code": "97112", "units": 2}, {"code": "97140", "units": 2})
    priced = price(frame(visit(1, *pair)), PLACES)
    high = Scenario("High", (Recode("97112", "97110", share_bp=0), RvuChange("97110", pe_e2=0)))
    rvus = (RvuChange("97112", pe_e2=0), RvuChange("97530", pe_e2=50), RvuChange("97140", pe_e2=900))
    low = Scenario("Low", (Recode("97112", "97530", share_bp=0), *rvus))
    cube, fresh = (build(priced, codes=("97110", "97530")) for _ in range(2))
    cube.outcome(high)
    assert cube.outcome(low).after == fresh.outcome(low).after
