"""Guard rails on hand-made visits through the real cube: only what a recoding newly causes, and every dollar once."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from analysis.codes import hcpcs as codes
from analysis.ingest import read_export
from analysis.medicare.benchmarks import reference
from analysis.medicare.fees import NATIONAL, Locality, resolve
from analysis.pricing import price
from analysis.pricing.baseline import Baseline
from analysis.system.paths import DATA
from analysis.whatif.answers import AtMedicareRates, by_cause
from analysis.whatif.guardrails import RecodingReview, flagged_lines, load_edits, load_guide, position, review
from analysis.whatif.scenarios import AssistantChange, Change, MpprChange, Recode, Scenario, VolumeChange
from analysis.whatif.visits import build
from tests.pricing.lines import frame

if TYPE_CHECKING:
    from collections.abc import Iterable


def reviewed(visits: Iterable[Iterable[dict[str, Any]]], *changes: Change) -> RecodingReview:
    rows = [line | {"visit_key": key, "patient_key": key} for key, lines in enumerate(visits) for line in lines]
    scenario = Scenario("Guarded", changes)
    cube = build(price(frame(rows), NATIONAL), scenarios=[scenario], codes=codes.load())
    return review(cube, scenario)


def line(code: str, units: int = 1, **other: Any) -> dict[str, Any]:
    return {"code": code, "units": units, "discipline": "PT"} | other


def texts(found: RecodingReview) -> list[tuple[str, str, float]]:
    return [(rule, text, visits) for rule, text, visits in found.per_flag.select("rule", "text", "visits").iter_rows()]


TO_97112 = Recode("97110", "97112")
PAIR = ("97110", "97112")


def test_units_over_the_mue_are_flagged_where_the_recoding_causes_them() -> None:
    visits = [
        [line("97110", 5)],  # five units of 97112: over four
        [line("97110", 4)],  # four: not over
        [line("97112", 5), line("97110", 1)],  # was over before
    ]
    found = reviewed(visits, TO_97112)
    rules = [row for row in texts(found) if row[0] == "mue"]
    assert rules == [("mue", "more than 4 units of 97112 a day (open to appeal)", 1.0)]
    assert found.visits == 3


def test_lines_not_recoded_count_towards_the_day() -> None:
    found = reviewed([[line("97112", 3), line("97110", 2)]], TO_97112)
    assert ("mue", "more than 4 units of 97112 a day (open to appeal)", 1.0) in texts(found)


def test_a_pair_is_flagged_on_the_line_that_does_not_say_it_was_distinct() -> None:
    # 92526 is paid, 97530 is not beside it without a modifier.
    pair = load_edits().pairs.filter(pl.col("col1") == "92526", pl.col("col2") == "97530")
    assert pair["modifier_indicator"].to_list() == [1]
    visits = [
        [line("92526"), line("97110")],
        [line("92526"), line("97110", modifiers="59 GP")],
        [line("92526"), line("97530"), line("97110")],
        [line("92526", discipline="SLP"), line("97110")],  # two plans of care: no practitioner bills both
    ]
    found = reviewed(visits, Recode("97110", "97530"))
    said = "97530 is not paid with 92526 unless one of them has 59 or an X modifier"
    assert [row for row in texts(found) if row[0] == "ncci"] == [("ncci", said, 1.0)]


def test_a_pair_with_indicator_0_is_never_paid() -> None:
    never = load_edits().pairs.filter(pl.col("modifier_indicator") == 0)
    timed = never.filter(pl.col("col2").is_in(codes.of_minutes(15)))
    first, second = timed.select("col1", "col2").row(0)
    source = next(code for code in ("97110", "97140") if code not in {first, second})
    found = reviewed([[line(first), line(source, modifiers="59 GP")]], Recode(source, second))
    assert ("ncci", f"{second} is not paid with {first}", 1.0) in texts(found)


def test_usual_guidance() -> None:
    visits = [
        [line("97110", 4)],  # three units of 97112 beside one of 97110
        [line("97110", 3)],  # two beside one
        [line("97110", 3), line("97530")],
    ]
    found = reviewed(visits, replace(TO_97112, units_per_visit=3))
    beside = "with 97110 or 97530 on the same day, usually only one or two units of 97112 are covered"
    # The second visit becomes three units of 97112 and nothing beside them.
    assert [row for row in texts(found) if row[0] == "guidance"] == [("guidance", beside, 2.0)]


def test_guidance_counts_within_one_discipline() -> None:
    found = reviewed([[line("97112", 3), line("97110", 2, discipline="OT", modifiers="GO")]], TO_97112)
    assert not [row for row in texts(found) if row[0] == "guidance"]


def test_a_code_of_another_discipline() -> None:
    found = reviewed([[line("97110", discipline="OT", modifiers="GO")]], Recode("97110", "97116"))
    assert ("discipline", "97116 is not usually billed by OT", 1.0) in texts(found)
    assert not texts(reviewed([[line("97110")]], Recode("97110", "97116")))


def test_shares_make_visits_and_dollars_expectations() -> None:
    # National 2026: five units of 97110, 29.06 + 4 x 22.21 = 117.90; of 97112, 32.73 + 4 x 24.88 = 132.25: 14.35 more.
    # One unit: 3.67 more, no flag.
    visits = [[line("97110", 5)], [line("97110")]]
    found = reviewed(visits, replace(TO_97112, share_bp=2_500))
    assert (found.visits, found.flagged_visits) == (0.5, 0.25)
    assert found.flagged_allowed_cents == 359  # a quarter of 1435, half-up
    assert found.flagged_allowed_cents + found.free_allowed_cents == 451  # a quarter of 1435 + 367 = 1802


def test_volume_multiplies_and_assistants_stand_on_both_sides() -> None:
    visits = [[line("97110", 5, modifiers="CQ GP")], [line("97110")]]
    plain = reviewed(visits, TO_97112)
    assert plain.flagged_allowed_cents == 1435
    doubled = reviewed(visits, TO_97112, VolumeChange(10_000))
    assert doubled.flagged_allowed_cents == 2870
    assert doubled.free_allowed_cents == 2 * plain.free_allowed_cents
    with_therapists = reviewed(visits, TO_97112, AssistantChange(to_therapist_bp=10_000))
    assert with_therapists.flagged_allowed_cents == 1435
    # Without the modifier the clinic gets all of it: the recoding's part grows, what the therapists add is not its.
    assert with_therapists.flagged_receipts_cents > plain.flagged_receipts_cents
    alone = reviewed([visits[0]], AssistantChange(to_therapist_bp=10_000))
    assert (alone.visits, alone.flagged_receipts_cents, alone.free_receipts_cents) == (0, 0, 0)


def test_on_the_sample_the_split_is_all_that_the_recodings_change() -> None:
    export = read_export((DATA / "samples" / "riverside_pt.csv").read_bytes(), "sample")
    scenario = Scenario("Both", (replace(TO_97112, share_bp=2_000), Recode("97140", "97530", 1, 5_000)))
    cube = build(price(export.lines, NATIONAL), scenarios=[scenario], codes=codes.load())
    found = review(cube, scenario)
    allowed, payments = (by_cause(AtMedicareRates(cube, measure), scenario) for measure in ("allowed", "receipts"))
    assert found.flagged_allowed_cents + found.free_allowed_cents == allowed["allowed_difference_cents"].sum()
    assert found.flagged_receipts_cents + found.free_receipts_cents == payments["receipts_difference_cents"].sum()
    assert 0 < found.flagged_visits < found.visits
    assert found.per_flag["rule"].is_in(["mue", "ncci", "guidance", "discipline"]).all()


def test_the_visits_of_a_flag_can_be_looked_at() -> None:
    visits = [[line("97110", 5)], [line("97110")], [line("97110", 5)]]
    rows = [own | {"visit_key": key, "patient_key": key} for key, lines in enumerate(visits) for own in lines]
    priced = price(frame(rows), NATIONAL)
    cube = build(priced, codes=codes.load())
    about = review(cube, Scenario("Guarded", (TO_97112,)))
    over = next(text for text in about.per_flag["text"] if "more than 4 units of 97112 a day (" in text)
    shown = flagged_lines(cube, about, over, priced.lines)
    assert shown.select("number", "source_row", "units").rows() == [(1, 2, 5), (2, 4, 5)]
    assert flagged_lines(cube, about, over, priced.lines, at_most=1)["source_row"].to_list() == [2]
    assert "patient_key" not in shown.columns


def test_documentation_and_beliefs_of_the_codes() -> None:
    found = reviewed([[line("97110")]], TO_97112)
    assert [entry.code for entry in found.documentation] == ["97112"]
    assert any("cueing" in item for item in found.documentation[0].note)
    assert "no NCCI edit has that pair" in found.beliefs[0]
    assert found.undocumented == ()


def test_a_code_that_the_guide_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    guide = load_guide()
    entries = {code: entry for code, entry in guide.entries.items() if code != "97113"}
    module = import_module("analysis.whatif.guardrails.review")  # the package has a function of that name
    monkeypatch.setattr(module, "load_guide", lambda: replace(guide, entries=entries))
    assert reviewed([[line("97110")]], Recode("97110", "97113")).undocumented == ("97113",)


def test_a_pair_of_the_tables_is_flagged_once_and_not_as_guidance_too() -> None:
    found = reviewed([[line("92526"), line("97140")]], Recode("97140", "97032"))
    about = [row for row in texts(found) if "92526" in row[1]]
    assert about == [("ncci", "97032 is not paid with 92526", 1.0)]


def _medicare(clinic: str, code: str, units: int, payer_class: str = "Medicare") -> dict[str, Any]:
    return line(code, units) | {"clinic": clinic, "payer_class": payer_class}


def test_position_is_of_medicare_lines_and_of_their_own_state() -> None:
    visits = [
        *([_medicare("Ohio", "97110", 3), _medicare("Ohio", "97112", 1)] for _ in range(20)),
        *([_medicare("Kentucky", "97110", 1), _medicare("Kentucky", "97112", 3)] for _ in range(13)),
        [_medicare("Indiana", "97110", 4)],
        *([_medicare("Ohio", "97112", 4, "Commercial")] for _ in range(50)),
    ]
    rows = [own | {"visit_key": key, "patient_key": key} for key, lines in enumerate(visits) for own in lines]
    clinics: dict[str | None, Locality] = {
        "Ohio": resolve("45202"),
        "Kentucky": resolve("41011"),
        "Indiana": resolve("46201"),
    }
    cube = build(price(frame(rows), clinics), codes=codes.load())
    beside = position(cube, Scenario("Half", (replace(TO_97112, units_per_visit=1, share_bp=5_000),)), PAIR)
    target = beside.filter(code="97112")
    assert target["state"].to_list() == ["OH", "KY", "IN"]
    assert target["few"].to_list() == [False, False, True], "four units in Indiana"
    assert target["units_before"].to_list() == [20, 39, 0], "the commercial units stand beside nothing"
    assert target["units_after"].to_list() == [30, 45.5, 0.5]
    assert target["share_before"].to_list() == [0.25, 0.75, 0]
    assert target["share_after"].to_list() == [0.375, 45.5 / 52, 0.125]
    of_state = {
        state: reference(PAIR, state).filter(where=state, code="97112")["share"].item() for state in ("OH", "KY")
    }
    assert target["share_state"].to_list()[:2] == [of_state["OH"], of_state["KY"]]
    assert of_state["OH"] != of_state["KY"]
    assert target["share_nation"].round(2).to_list() == [0.31] * 3
    assert (
        beside.group_by("state")
        .agg(pl.sum("units_before", "units_after"))
        .select((pl.col("units_before") == pl.col("units_after")).all())
        .item()
    ), "recoding moves units and makes none"


def test_position_counts_a_line_that_mppr_no_longer_touches_once() -> None:
    rows = [_medicare("Ohio", "97110", 4) | {"visit_key": key, "patient_key": key} for key in range(20)]
    cube = build(price(frame(rows), {"Ohio": resolve("45202")}), codes=codes.load())
    repealed = Scenario("Repealed", (TO_97112, MpprChange(applies_to=("Commercial",))))
    beside = position(cube, repealed, PAIR)
    assert beside.select("state", "units_before", "units_after").rows() == [("OH", 80, 0), ("OH", 0, 80)]


def test_position_counts_the_lines_own_units_whatever_year_they_are_scaled_to() -> None:
    rows = [_medicare("Ohio", "97110", 4) | {"visit_key": key, "patient_key": key} for key in range(20)]
    month = Baseline(date(2026, 3, 1), date(2026, 3, 31), 1, "Mar 2026", 2026, date(2026, 11, 28))
    cube = build(price(frame(rows), {"Ohio": resolve("45202")}), codes=codes.load(), baseline=month)
    half = position(cube, Scenario("Half", (replace(TO_97112, share_bp=5_000),)), PAIR)
    assert half.select("units_before", "units_after").rows() == [(80, 40), (0, 40)]


def test_without_medicare_lines_in_a_state_there_is_no_position() -> None:
    commercial = [_medicare("Ohio", "97110", 60, "Commercial")]
    cube = build(price(frame(commercial), {"Ohio": resolve("45202")}), codes=codes.load())
    assert position(cube, Scenario("x"), PAIR).is_empty()
    national = build(price(frame([line("97110", 60)]), NATIONAL), codes=codes.load())
    assert position(national, Scenario("x"), PAIR).is_empty()


def test_the_data_are_those_the_readme_names() -> None:
    readme = (DATA / "ncci" / "README.md").read_text("utf-8")
    for name in ("mue.csv", "ptp.csv"):
        assert hashlib.sha256((DATA / "ncci" / name).read_bytes()).hexdigest() in readme
    edits = load_edits()
    assert dict(edits.units.select("code", "max_units").iter_rows())["97112"] == 4
    assert edits.pairs.height == 926
    pair = edits.pairs.filter(pl.col("col1").is_in(["97110", "97112"]), pl.col("col2").is_in(["97110", "97112"]))
    assert pair.is_empty()
