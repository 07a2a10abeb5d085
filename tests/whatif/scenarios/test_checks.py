"""What a scenario may say, and how a refusal names the change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from analysis.codes import hcpcs as codes
from analysis.errors import BadInput
from analysis.lines.filters import NOT_STATED, Filters
from analysis.medicare.fees import NATIONAL, load_book
from analysis.whatif.scenarios import (
    BASELINE,
    AssistantChange,
    Change,
    Contract,
    GpciChange,
    MpprChange,
    Provenance,
    Recode,
    RulesChange,
    RvuChange,
    Scenario,
    ScheduleChange,
    SequestrationChange,
    VolumeChange,
    check_contracts,
)
from analysis.whatif.scenarios.limits import ranges

SWAP = Recode("97110", "97112")
AETNA = Contract("medicare", payer="Aetna", percent_bp=11_000)


def refused(*changes: Change) -> BadInput:
    with pytest.raises(BadInput) as caught:
        Scenario("Tried", changes)
    assert caught.value.expected
    assert caught.value.todo
    return caught.value


# --------------------------------------------------------------------------------------------------------------- ranges
@pytest.mark.parametrize(
    ("change", "name", "low", "high", "column"),
    [
        (SWAP, "share_bp", 0, 10_000, "recode 1, share"),
        (SWAP, "units_per_visit", 1, 999, "recode 1, units_per_visit"),
        (ScheduleChange(), "factor_e4", 10_000, 2_000_000, "schedule, conversion_factor"),
        (RvuChange("97110"), "work_e2", 0, 10_000, "rvu 1, work_rvu"),
        (RvuChange("97110"), "pe_e2", 0, 10_000, "rvu 1, pe_rvu"),
        (RvuChange("97110"), "mp_e2", 0, 10_000, "rvu 1, mp_rvu"),
        (GpciChange(), "work_e3", 100, 3_000, "gpci, work"),
        (GpciChange(), "pe_e3", 100, 3_000, "gpci, pe"),
        (GpciChange(), "mp_e3", 100, 3_000, "gpci, mp"),
        (MpprChange(), "rate_bp", 0, 10_000, "mppr, rate"),
        (AssistantChange(), "rate_bp", 0, 10_000, "assistants, rate"),
        (AssistantChange(), "to_therapist_bp", 0, 10_000, "assistants, to_therapist"),
        (SequestrationChange(0), "rate_bp", 0, 10_000, "sequestration, rate"),
        (VolumeChange(0), "change_bp", -10_000, 100_000, "volume 1, change"),
        (AETNA, "percent_bp", 0, 100_000, "contract 1, percent"),
        (Contract("visit", payer="A"), "visit_cents", 0, 1_000_000, "contract 1, visit"),
        (AETNA, "visit_cap_cents", 0, 1_000_000, "contract 1, visit_cap"),
    ],
)
def test_figures_out_of_range_name_their_change(change: Any, name: str, low: int, high: int, column: str) -> None:
    for value in (low, high):
        scenario = Scenario("Tried", (replace(change, **{name: value}),))
        assert scenario.changes == (replace(change, **{name: value}),)
    for value in (low - 1, high + 1):
        assert refused(replace(change, **{name: value})).column == column


def test_what_is_out_of_range_is_said_in_the_file_s_units() -> None:
    error = refused(SWAP, replace(SWAP, source="97140", share_bp=12_000))
    assert error.column == "recode 2, share"
    assert error.found == "1.2"
    assert "from 0 to 1" in error.expected
    assert refused(ScheduleChange(factor_e4=3_284_090)).found == "328.409"


def test_every_figure_of_today_is_in_range() -> None:
    for schedule in load_book().schedules.values():
        ours = schedule.rvus.filter(schedule.rvus["hcpcs"].is_in(list(codes.load())))
        for frame, names, kind in (
            (ours, ("work_rvu_e2", "nonfacility_pe_rvu_e2", "facility_pe_rvu_e2", "malpractice_rvu_e2"), "rvu"),
            (schedule.gpcis, ("work_gpci_e3", "pe_gpci_e3", "mp_gpci_e3"), "gpci"),
        ):
            for value in {value for name in names for value in frame[name]}:
                ranges()[kind].check(value, kind)
        for period in schedule.periods:
            for factor in period.factors_e4.values():
                ranges()["conversion_factor"].check(factor, "factor")


# ------------------------------------------------------------------------------------------------------------ recodings
@pytest.mark.parametrize(
    ("source", "target", "column", "message"),
    [
        ("97110", "97110", "recode 1, to", "97110 to itself"),
        ("97110", "97161", "recode 1, to", "97161 PT evaluation (low), which is not a timed code"),
        ("97010", "97110", "recode 1, from", "which is not a timed code"),
        ("97110", "99213", "recode 1, to", "not a therapy code RevMix knows"),
        ("97110", "9711", "recode 1, to", '"9711"'),
        ("97110", "97112-59", "recode 1, to", '"97112-59"'),
        ("97110", "97550", "recode 1, to", "with 30 minutes per unit"),
        ("97546", "96125", "recode 1, from", "no fee schedule has an amount"),
    ],
)  # fmt: skip
def test_codes_that_cannot_give_or_take_units(source: str, target: str, column: str, message: str) -> None:
    error = refused(Recode(source, target))
    assert error.column == column
    assert message in error.found


def test_minutes_of_a_unit_come_from_the_list_of_codes() -> None:
    assert codes.minutes("97110") == 15
    assert codes.minutes("97161") is None
    assert codes.minutes("99213") is None
    assert codes.of_minutes(30) == ("96113", "97550", "92608")
    assert "97112" in refused(Recode("97110", "97550")).todo


def test_a_code_the_chosen_year_does_not_price() -> None:
    young = Recode("97110", "97551")  # paid from 2024 on
    assert refused(young, ScheduleChange(year=2023)).column == "recode 1, to"
    assert "2023" in refused(young, ScheduleChange(period=date(2023, 3, 1))).found
    Scenario("Tried", (young, ScheduleChange(year=2024)))
    Scenario("Tried", (young,))
    Scenario("Tried", (young, RvuChange("97551", work_e2=45), ScheduleChange(year=2023)))


def test_a_code_that_is_left_out_cannot_be_recoded() -> None:
    left_out = ScheduleChange(year=2026, leave_out=("97112",))
    assert refused(SWAP, left_out).column == "recode 1, to"
    assert refused(Recode("97112", "97110"), left_out).column == "recode 1, from"


MAY_MEET = [
    (Filters(), Filters()),
    (Filters(), Filters(payers=("A",))),
    (Filters(payers=("A", "B")), Filters(payers=("B", "C"))),
    (Filters(payers=("A",)), Filters(clinics=("C",))),  # a line of payer A may be in clinic C
    (Filters(payer_classes=("Medicare",)), Filters(payers=("Aetna",))),
    (Filters(end=date(2026, 3, 31)), Filters(start=date(2026, 3, 31))),  # both ends are included
    (Filters(start=date(2026, 1, 1)), Filters(start=date(2026, 6, 1))),
    (Filters(end=date(2026, 1, 1)), Filters(end=date(2026, 6, 1))),
]
APART = [
    (Filters(payers=("A",)), Filters(payers=("B",))),
    (Filters(payers=("A",), clinics=("C",)), Filters(payers=("A",), clinics=("D",))),
    (Filters(disciplines=("PT",)), Filters(disciplines=(NOT_STATED,))),
    (Filters(providers=("Ann",)), Filters(providers=("Bob",))),
    (Filters(payer_classes=("Medicare",)), Filters(payer_classes=("Unknown",))),
    (Filters(end=date(2026, 3, 30)), Filters(start=date(2026, 3, 31))),
    (Filters(start=date(2026, 2, 1), end=date(2026, 2, 28)), Filters(start=date(2026, 3, 1), end=date(2026, 3, 31))),
]


@pytest.mark.parametrize(("one", "other"), MAY_MEET)
def test_recodings_of_one_code_that_may_meet_are_refused(one: Filters, other: Filters) -> None:
    for first, second in ((one, other), (other, one)):
        both = (Recode("97140", "97530"), replace(SWAP, where=first), Recode("97110", "97530", where=second))
        error = refused(*both)
        assert error.column == "recode 3, where"
        assert "recode 2" in error.found
    Scenario("Tried", (replace(SWAP, where=one), Recode("97112", "97110", where=other)))


@pytest.mark.parametrize(("one", "other"), APART)
def test_recodings_of_one_code_that_never_meet_are_fine(one: Filters, other: Filters) -> None:
    for first, second in ((one, other), (other, one)):
        Scenario("Tried", (replace(SWAP, where=first), Recode("97110", "97530", where=second)))


def test_at_most_eight_recodings() -> None:
    many = [Recode(code, "97530") for code in codes.of_minutes(15) if code not in {"97530", "97551"}]
    assert len(Scenario("Tried", (*tuple(many[:8]),)).of(Recode)) == 8
    assert refused(*many[:9]).column == "recode"


@pytest.mark.parametrize(
    ("where", "column", "message"),
    [
        (Filters(start=date(2026, 2, 1), end=date(2026, 1, 1)), "where", "start date before the end date"),
        (Filters(payer_classes=("medicare",)), "where, payer_class", 'did you mean "Medicare"?'),
        (Filters(disciplines=("PTA",)), "where, discipline", 'did you mean "PT"?'),
        (Filters(payers=(" ",)), "where, payer", "an empty name"),
        (Filters(codes=("97110",)), "where", "codes"),
    ],
)  # fmt: skip
def test_conditions_no_line_can_meet(where: Filters, column: str, message: str) -> None:
    for name, change in (("recode", replace(SWAP, where=where)), ("volume", VolumeChange(500, where))):
        error = refused(change)
        assert error.column == f"{name} 1, {column}"
        assert message in str(error)


# --------------------------------------------------------------------------------------------------------------- prices
def test_a_year_and_a_date_exclude_each_other() -> None:
    both = ScheduleChange(year=2026, period=date(2026, 1, 1))
    assert refused(both).column == "schedule, period"


def test_a_year_or_date_without_a_schedule_names_what_is_there() -> None:
    for year in (2019, 2028):
        error = refused(ScheduleChange(year=year))
        assert error.column == "schedule, year"
        assert "2020, " in error.expected
        assert "2027 PROPOSED" in error.expected
        assert refused(SWAP, ScheduleChange(year=year)).column == "schedule, year"
        assert refused(RulesChange(year)).column == "rules, year"
        assert refused(replace(AETNA, year=year)).column == "contract 1, year"
    for day in (date(2019, 12, 31), date(2028, 1, 1)):
        error = refused(ScheduleChange(period=day))
        assert error.column == "schedule, period"
        assert error.expected == "a date from 2020-01-01 to 2027-12-31"


@pytest.mark.parametrize("key", ["15202-99", "99999", "Ohio", "national", "43215", " 15202-00"])
def test_a_locality_is_kept_by_its_key(key: str) -> None:
    assert refused(GpciChange(locality=key)).column == "gpci, locality"
    assert refused(replace(AETNA, locality=key)).column == "contract 1, locality"


def test_localities_there_are() -> None:
    for key in ("15202-00", NATIONAL.key):
        Scenario("Tried", (replace(AETNA, locality=key), GpciChange(locality=key)))


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (ScheduleChange(), "schedule"),
        (GpciChange(), "gpci"),
        (MpprChange(), "mppr"),
        (RvuChange("97110"), "rvu 1"),
    ],
)  # fmt: skip
def test_a_change_that_says_nothing_is_refused(change: Any, column: str) -> None:
    error = refused(change)
    assert (error.column, error.found) == (column, "an empty change")


def test_nobody_may_apply_mppr() -> None:
    assert Scenario("Tried", (MpprChange(applies_to=()),)).one(MpprChange) == MpprChange(applies_to=())
    assert refused(MpprChange(applies_to=("Medcare",))).column == "mppr, applies_to"


def test_rvus_of_a_code_stand_once() -> None:
    change = RvuChange("97110", work_e2=45)
    assert refused(change, replace(change, work_e2=46)).column == "rvu 2, code"
    assert refused(replace(change, modifier="GP")).column == "rvu 1, modifier"
    assert refused(replace(change, code="97110 GP")).column == "rvu 1, code"
    Scenario("Tried", (replace(change, code="95851"), replace(change, code="95851", modifier="26")))


def test_leave_out_names_codes() -> None:
    assert refused(ScheduleChange(year=2026, leave_out=("9711",))).column == "schedule, leave_out"
    assert refused(ScheduleChange(track="other")).column == "schedule, track"  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------------------ contracts
@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"payer": None}, "contract 1"),
        ({"payer_class": "Commercial"}, "contract 1"),
        ({"payer": None, "payer_class": "Comercial"}, "contract 1, payer_class"),
        ({"payer": ""}, "contract 1, payer"),
        ({"percent_bp": None}, "contract 1, percent"),
        ({"visit_cents": 9_000}, "contract 1, visit"),
        ({"basis": "charges", "fees": (("97110", 3_100),)}, "contract 1, fees"),
        ({"evaluation_cents": 9_000}, "contract 1, evaluation"),
        ({"basis": "charges", "further_units_bp": 5_000}, "contract 1, further_units"),
        ({"basis": "charges", "other_bp": 5_000}, "contract 1, other"),
        ({"basis": "unknown", "percent_bp": None}, "contract 1, basis"),
        ({"visit_cap_cents": 5_000, "visit_floor_cents": 6_000}, "contract 1, visit_floor"),
        ({"further_fees": (("9711", 1),)}, "contract 1, further_fees"),
        ({"basis": "fees", "percent_bp": None}, "contract 1, fees"),
        ({"basis": "visit", "percent_bp": None}, "contract 1, visit"),
        ({"basis": "observed"}, "contract 1, percent"),
        ({"basis": "charges", "year": 2026}, "contract 1, year"),
        ({"basis": "charges", "locality": "15202-00"}, "contract 1, locality"),
        ({"basis": "charges", "mppr": False}, "contract 1, mppr"),
        ({"basis": "percent"}, "contract 1, basis"),
        ({"basis": "fees", "percent_bp": None, "fees": (("9711", 1),)}, "contract 1, fees"),
        ({"basis": "fees", "percent_bp": None, "fees": (("97110", -1),)}, "contract 1, fees, 97110"),
        ({"basis": "fees", "percent_bp": None, "fees": (("97110", 1), ("97110", 2))}, "contract 1, fees"),
        ({"basis": "fees", "percent_bp": None, "fees": (("97112", 1), ("97110", 2))}, "contract 1, fees"),
        ({"provenance": Provenance("x" * 121)}, "contract 1, entered_by"),
    ],
)  # fmt: skip
def test_contracts_that_cannot_be_meant(change: dict[str, Any], column: str) -> None:
    assert refused(replace(AETNA, **change)).column == column


def test_two_contracts_for_one_payer() -> None:
    other = Contract("observed", payer="Aetna")
    assert refused(AETNA, other).column == "contract 2, payer"
    classes = (Contract("observed", payer_class="Commercial"), Contract("observed", payer_class="Commercial"))
    with pytest.raises(BadInput, match="contract 2, payer_class"):
        check_contracts(classes)
    check_contracts((AETNA, classes[0], replace(other, payer="Commercial")))


# --------------------------------------------------------------------------------------------------------------- texts
@pytest.mark.parametrize(
    ("fields", "column"),
    [
        ({"name": ""}, "name"),
        ({"name": " \u00a0"}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"name": "half a sign \ud83d"}, "name"),
        ({"note": "x" * 2_001}, "note"),
        ({"note": "bell \x07"}, "note"),
        ({"provenance": Provenance("Dana\n")}, "entered_by"),
        ({"provenance": Provenance(reason="\x00")}, "reason"),
        ({"changes": (ScheduleChange(year=2026, provenance=Provenance(reason="\x1b")),)}, "schedule, reason"),
        ({"changes": (replace(SWAP, provenance=Provenance(" ")),)}, "recode 1, entered_by"),
    ],
)  # fmt: skip
def test_names_and_notes_that_cannot_be_kept(fields: dict[str, Any], column: str) -> None:
    with pytest.raises(BadInput) as caught:
        Scenario(**({"name": "Tried"} | fields))
    assert caught.value.column == column


def test_an_empty_scenario_and_a_share_of_nothing_are_fine() -> None:
    assert replace(BASELINE, name="x" * 120, note="two\nlines").of(Recode) == ()
    assert Scenario("Tried", (replace(SWAP, share_bp=0), AssistantChange())).of(Recode)
