"""The parts of an answer: causes, sensitivity, break-even, one more unit, the bridge between two years."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import polars as pl
import pytest

from analysis.codes import hcpcs as codes
from analysis.errors import BadInput
from analysis.lines.filters import Filters
from analysis.medicare.fees import NATIONAL
from analysis.pricing import price
from analysis.whatif.answers import AtMedicareRates, break_even, bridge, by_cause, compare, marginal, sensitivity
from analysis.whatif.answers.compare import shared_out
from analysis.whatif.scenarios import (
    BASELINE,
    KINDS,
    AssistantChange,
    Change,
    Contract,
    GpciChange,
    MpprChange,
    Recode,
    RulesChange,
    RvuChange,
    Scenario,
    ScheduleChange,
    SequestrationChange,
    VolumeChange,
)
from analysis.whatif.visits import Cube, build
from tests.pricing.lines import frame, random_lines

EVERYTHING = Scenario(
    "Everything at once",
    (
        Recode("97110", "97112", 1, 2_000),
        Recode("97140", "97530", None, 5_000),
        VolumeChange(500),
        VolumeChange(-1_000, Filters(payer_classes=("Commercial",))),
        RvuChange("97110", work_e2=50),
        ScheduleChange(year=2025, factor_e4=330_000),
        GpciChange("15202-00", work_e3=990),
        MpprChange(2_500, ("Medicare",)),
        AssistantChange(9_000, 2_500),
        SequestrationChange(100),
        RulesChange(2024),
    ),
)


def cube_of(lines: pl.DataFrame, *scenarios: Scenario) -> Cube:
    return build(price(lines, NATIONAL), scenarios=scenarios, codes=codes.load())


@pytest.fixture(scope="module")
def lines() -> pl.DataFrame:
    made = random_lines(1_500, 5, since=2024).filter(pl.col("date_of_service") < date(2027, 1, 1))
    made = made.filter(pl.col("code") != "37221")  # the schedule of 2026 no longer has it
    third = pl.col("visit_key") % 3 == 0
    named = pl.when(third).then(pl.lit("Commercial")).otherwise(pl.lit("Medicare")).cast(pl.Categorical)
    return made.with_columns(named.alias("payer_class"), pl.int_range(pl.len(), dtype=pl.Int64).alias("line_id"))


@pytest.fixture(scope="module")
def cube(lines: pl.DataFrame) -> Cube:
    return cube_of(lines, EVERYTHING)


# ----------------------------------------------------------------------------------------------------------- comparison
def test_rows_add_up_to_the_total_and_the_total_is_rounded_once(cube: Cube) -> None:
    found = compare(cube, EVERYTHING)
    for table in (found.per_code, found.per_payer_class):
        for name in ("allowed_before_cents", "allowed_after_cents", "receipts_after_cents", "units_before"):
            assert table[name].sum() == getattr(found.total, name)
        assert table["units_after"].sum() == pytest.approx(found.total.units_after)


def test_shares_of_a_total_are_each_within_a_cent() -> None:
    thirds = [Fraction(10, 3), Fraction(10, 3), Fraction(10, 3)]
    assert shared_out(thirds, 10) == [4, 3, 3]
    assert shared_out([Fraction(-1, 2), Fraction(1, 2)], 0) == [0, 0] or sum(shared_out([Fraction(-1, 2)], 0)) == 0
    assert shared_out([Fraction(5), Fraction(7)], 12) == [5, 7]


def test_a_proposed_schedule_is_said_to_be_one(cube: Cube) -> None:
    found = compare(cube, Scenario("Next year", (ScheduleChange(year=2027),)))
    assert found.proposed
    assert "PROPOSED" in found.notes[0]
    assert not compare(cube, Scenario("Now", (ScheduleChange(year=2026),))).proposed


@pytest.mark.parametrize(
    ("scenario", "named", "found"),
    [
        (Scenario("x", (Recode("97124", "97110"),)), "recode 1", "97124"),
        (
            Scenario("x", (Recode("97110", "97112", where=Filters(payers=("Nobody",))),)),
            "recode 1",
            "meets its where condition",
        ),
        (Scenario("x", (VolumeChange(100, Filters(disciplines=("SLP",))),)), "volume 1", "no line meets"),
        (Scenario("x", (RvuChange("99999", work_e2=1),)), "rvu 1", "99999"),
    ],
    ids=["no such code", "no such payer", "no such discipline", "no such row"],
)
def test_a_change_that_changes_nothing_is_refused_by_name(scenario: Scenario, named: str, found: str) -> None:
    cube = cube_of(frame([{"modifiers": "GP"}, {"code": "97112"}]), scenario)
    with pytest.raises(BadInput) as refused:
        compare(cube, scenario)
    assert named in str(refused.value)
    assert found in str(refused.value)


def test_assistants_of_whom_there_are_none_and_classes_that_are_not_there() -> None:
    cube = cube_of(frame([{"modifiers": "GP"}]))
    with pytest.raises(BadInput, match="assistants, to_therapist"):
        compare(cube, Scenario("x", (AssistantChange(to_therapist_bp=100),)))
    with pytest.raises(BadInput, match="mppr, applies_to"):
        compare(cube, Scenario("x", (MpprChange(applies_to=("Medicaid",)),)))


def test_a_code_the_schedule_lacks_is_named_and_may_be_left_out() -> None:
    lines = frame([{"code": "37221", "date_of_service": date(2025, 3, 3)}, {"visit_key": 2}])
    cube = cube_of(lines)
    with pytest.raises(BadInput, match=r"found 37221: not in the 2026 fee schedule \(1 line\);"):
        compare(cube, Scenario("x", (ScheduleChange(year=2026),)))
    found = compare(cube, Scenario("x", (ScheduleChange(year=2026, leave_out=("37221",)),)))
    assert found.total.allowed_before_cents == price(lines, NATIONAL).lines["expected_cents"][1]
    assert "left out of the comparison" in " ".join(found.notes)


# --------------------------------------------------------------------------------------------------------------- causes
def test_causes_add_up_to_the_difference(cube: Cube) -> None:
    total, causes = compare(cube, EVERYTHING).total, by_cause(AtMedicareRates(cube), EVERYTHING)
    payments = by_cause(AtMedicareRates(cube, "receipts"), EVERYTHING)
    assert causes["allowed_difference_cents"].sum() == total.allowed_difference_cents
    assert payments["receipts_difference_cents"].sum() == total.receipts_difference_cents
    assert causes["cause"].unique(maintain_order=True).to_list() == ["volume", "mix", "price", "rules"]
    assert causes.height == 12


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not Contract])
def test_each_kind_of_change_has_an_effect_and_a_cause(kind: type[Change], cube: Cube) -> None:
    # A contract changes what a payer pays (tests/payers). A kind that EVERYTHING lacks fails here.
    changes = (RulesChange(2021),) if kind is RulesChange else EVERYTHING.of(kind)  # 2024's rules are those of today
    alone = Scenario("Alone", changes)
    total, causes = compare(cube, alone).total, by_cause(AtMedicareRates(cube, "receipts"), alone)
    assert total.units_before != total.units_after or total.receipts_difference_cents
    assert causes["receipts_difference_cents"].sum() == total.receipts_difference_cents
    assert causes["label"].str.len_chars().min()


def test_only_these_kinds_have_no_figure_to_move(cube: Cube) -> None:
    rows = cube.fee_rows(EVERYTHING)
    still = {kind for kind in KINDS if not list(kind.swings(EVERYTHING, rows))}
    assert still == {RulesChange, GpciChange, RvuChange, Contract}


def test_a_baseline_has_no_cause(cube: Cube) -> None:
    assert by_cause(AtMedicareRates(cube), BASELINE).is_empty()


# ---------------------------------------------------------------------------------------------------------- sensitivity
def test_each_swing_is_the_scenario_with_one_assumption_moved(cube: Cube) -> None:
    swings = {row["assumption"]: row for row in sensitivity(AtMedicareRates(cube), EVERYTHING).iter_rows(named=True)}
    assert len(swings) == 8
    assert swings["Assistants' rate"]["low_label"] == "80%"
    share = swings["Share of 97110 visits to 97112"]
    more = EVERYTHING.having(Recode, replace(EVERYTHING.of(Recode)[0], share_bp=3_000), EVERYTHING.of(Recode)[1])
    assert share["high_label"] == "30%"
    assert share["high_cents"] == compare(cube, more).total.allowed_difference_cents
    assert share["base_cents"] == compare(cube, EVERYTHING).total.allowed_difference_cents
    volume = swings["Volume of visits"]
    assert (volume["low_label"], volume["high_label"]) == ("+0%", "+10%")
    less = EVERYTHING.having(VolumeChange, EVERYTHING.of(VolumeChange)[1], VolumeChange(0))
    assert volume["low_cents"] == compare(cube, less).total.allowed_difference_cents


def test_the_widest_swing_stands_first(cube: Cube) -> None:
    found = sensitivity(AtMedicareRates(cube, "receipts"), EVERYTHING)
    widths = (found["high_cents"] - found["low_cents"]).abs().to_list()
    assert widths == sorted(widths, reverse=True)
    assert "Sequestration" in found.filter(pl.col("low_cents") != pl.col("high_cents"))["assumption"].to_list()


def test_several_factors_at_once_are_not_one_assumption(cube: Cube) -> None:
    assert "Conversion factor" not in sensitivity(AtMedicareRates(cube), BASELINE)["assumption"].to_list()


# ----------------------------------------------------------------------------------------------------------- break-even
CUT = Scenario("Cut", (ScheduleChange(factor_e4=330_000),))


def test_at_the_break_even_share_nothing_is_lost() -> None:
    # National 2026: 97110 alone is the full unit of every visit, so a visit recoded gains the difference of full fees.
    lines = frame({"visit_key": key} for key in range(1, 101))
    cube = cube_of(lines)
    found = break_even(AtMedicareRates(cube), CUT, Recode("97110", "97112", 1))
    assert found.share is not None
    at = Recode("97110", "97112", 1, int(found.share * 10_000) + 1)
    assert compare(cube, CUT.having(Recode, at)).total.allowed_difference_cents >= 0
    under = replace(at, share_bp=at.share_bp - 1)
    assert compare(cube, CUT.having(Recode, under)).total.allowed_difference_cents <= 0
    assert found.points == pytest.approx(float(found.share) * 100)
    assert "percentage points make up" in found.sentence


def test_what_a_recoding_cannot_make_up_for_is_said() -> None:
    cube = cube_of(frame([{"units": 2}]))
    deep = Scenario("Deep", (ScheduleChange(factor_e4=100_000),))
    assert break_even(AtMedicareRates(cube), deep, Recode("97110", "97112")).sentence.startswith("Even in every visit")
    assert "brings no extra money" in break_even(AtMedicareRates(cube), deep, Recode("97110", "97140")).sentence
    rise = Scenario("Rise", (ScheduleChange(factor_e4=400_000),))
    assert "costs nothing" in break_even(AtMedicareRates(cube), rise, Recode("97110", "97112")).sentence


# -------------------------------------------------------------------------------------------------------- one more unit
def test_one_more_unit_nationally_in_2026() -> None:
    cube = cube_of(frame([{"code": "97110", "units": 3}, {"code": "97112", "visit_key": 2}]))
    found = marginal(cube, BASELINE, ["97110", "97112", "97530", "97010X"], "97110")
    row = found.frame.row(1, named=True)
    # payment-rules.md, section 3: $3.67 as the full unit, $2.67 as a reduced one.
    assert (row["full_difference_cents"], row["reduced_difference_cents"]) == (367, 267)
    assert found.frame["code"].to_list() == ["97110", "97112", "97530"]
    assert found.frame["further_share"].to_list() == [pytest.approx(2 / 3), 0.0, None]
    # Receipts: 80 % of the allowed amount less 2 %, and the patient's 20 %.
    assert row["full_receipts_cents"] < row["full_cents"]
    assert "$3.67 more" in found.sentence("97112")
    assert "$2.67 more" in found.sentence("97112")
    assert "67% of your 97110 units" in found.sentence("97112")
    with pytest.raises(BadInput, match="97010X as the code to compare with"):
        marginal(cube, BASELINE, ["97110"], "97010X")


def test_one_more_unit_where_nothing_is_placed() -> None:
    unplaced = price(frame([{"clinic": None}]), {"Dayton": NATIONAL})
    with pytest.raises(BadInput, match="no line with a Medicare locality"):
        marginal(build(unplaced, codes=codes.load()), BASELINE, ["97110"], "97112")


# --------------------------------------------------------------------------------------------------------------- bridge
def test_the_bridge_between_two_years_by_hand() -> None:
    # National: one visit of 97110 in 2025, two of 97112 in 2026 on the same day, and one outside the days compared.
    lines = frame(
        [
            {"visit_key": 1, "date_of_service": date(2025, 3, 3)},
            {"visit_key": 2, "date_of_service": date(2025, 3, 5)},
            {"visit_key": 3, "date_of_service": date(2026, 3, 3), "code": "97112"},
            {"visit_key": 4, "date_of_service": date(2026, 3, 5), "code": "97112"},
            {"visit_key": 5, "date_of_service": date(2026, 3, 4), "code": "97112"},
            {"visit_key": 6, "date_of_service": date(2026, 9, 1), "code": "97112"},
        ]
    )
    priced = price(lines, NATIONAL)
    a, b = (priced.lines["expected_cents"][place] for place in (0, 2))
    old = price(lines.with_columns(pl.lit(date(2025, 3, 3)).alias("date_of_service")), NATIONAL).lines
    target = old["expected_cents"][2]
    found = bridge(priced, Filters(), 2025, 2026, measure="allowed")
    assert (found.first, found.last) == (date(2026, 3, 3), date(2026, 3, 5))
    assert (found.visits_a, found.visits_b) == (2, 3)
    assert found.start_cents == 2 * a
    assert found.volume_cents == a
    assert found.mix_cents == 3 * (target - a)
    assert found.price_cents == 3 * (b - target)
    assert found.rules_cents == 0
    assert found.end_cents == 3 * b
    assert "March 3 to March 5" in found.sentence


def test_rules_show_in_receipts_and_codes_without_an_old_price_are_mix() -> None:
    # 2021: no sequestration; 2023: 2 % of Medicare's 80 %. 98975 came with the schedule of 2022.
    lines = frame(
        [
            {"visit_key": 1, "date_of_service": date(2021, 3, 3)},
            {"visit_key": 2, "date_of_service": date(2023, 3, 3)},
            {"visit_key": 3, "date_of_service": date(2023, 3, 3), "code": "98975"},
        ]
    )
    found = bridge(price(lines, NATIONAL), Filters(), 2021, 2023)
    assert found.rules_cents < 0
    assert found.left_out == ("98975",)
    steps = (found.volume_cents, found.mix_cents, found.price_cents, found.rules_cents)
    assert found.start_cents + sum(steps) == found.end_cents
    assert found.end_cents == price(lines, NATIONAL).lines["receipts_cents"][1:].sum()


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ((date(2025, 3, 3),), "no visit in 2026"),
        ((date(2025, 3, 3), date(2026, 9, 1)), "no dates on which both 2025 and 2026"),
    ],
)
def test_years_that_cannot_be_compared(days: tuple[date, ...], said: str) -> None:
    lines = frame({"visit_key": key, "date_of_service": day} for key, day in enumerate(days))
    with pytest.raises(BadInput, match=said):
        bridge(price(lines, NATIONAL), Filters(), 2025, 2026)


# ------------------------------------------------------------------------------------------------------------ odd input
@pytest.mark.parametrize(
    "scenario",
    [
        Scenario("x", (VolumeChange(100_000),)),
        Scenario("x", (ScheduleChange(factor_e4=2_000_000),)),
        Scenario("x", (ScheduleChange(factor_e4=10_000),)),
    ],
    ids=["volume", "highest factor", "lowest factor"],
)
def test_a_swing_stays_within_what_a_scenario_may_say(scenario: Scenario) -> None:
    assert sensitivity(AtMedicareRates(cube_of(frame([{}]))), scenario).height == 3


def test_sensitivity_where_nothing_is_placed() -> None:
    unplaced = build(price(frame([{"clinic": None}]), {"Dayton": NATIONAL}), codes=codes.load())
    assert sensitivity(AtMedicareRates(unplaced), BASELINE)["assumption"].to_list() == ["Volume of visits"]


def test_the_mix_a_break_even_starts_from_has_the_other_recodings_in_it() -> None:
    cube = cube_of(frame([{"units": 9}, {"code": "97112"}, {"code": "97140", "units": 2}]))
    others = CUT.having(Recode, Recode("97140", "97112"))
    found = break_even(AtMedicareRates(cube), others, Recode("97110", "97112", 1))
    assert found.mix_before == pytest.approx(3 / 12)


def test_a_share_of_assistants_visits_is_said_to_be_an_expectation() -> None:
    cube = cube_of(frame([{"modifiers": "CQ GP"}]))
    half = Scenario("x", (AssistantChange(to_therapist_bp=5_000),))
    assert any("exact average" in note for note in compare(cube, half).notes)
