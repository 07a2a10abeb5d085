"""Every other rule: what it finds, what it leaves alone, and what it says where it cannot tell."""

from __future__ import annotations

import pytest

from analysis.audit import RULES, rules
from tests.audit.claims import HEADING, look, only, rules_of

DAY = "P1,02/02/2026"
ACME = "Acme,Commercial"


def test_every_rule_has_its_words() -> None:
    assert rules().keys() == RULES.keys()


# ----------------------------------------------------------------------------------------------------------- the edits
def test_a_pair_that_no_modifier_parts() -> None:
    finding = only(look(f"{DAY},97032,GN,1,15,50", f"{DAY},92526,GN 59,1,,150"), "edit__ncci_pair")
    assert finding["message"] == "97032 is not paid with 92526"
    assert finding["code"] == "97032"


@pytest.mark.parametrize("marked", [("GP 59", "GP"), ("GP", "GP XU")])
def test_a_modifier_on_either_code_parts_a_pair(marked: tuple[str, str]) -> None:
    rows = [f"{DAY},97530,{{}},1,15,90", f"{DAY},97750,{{}},1,15,90"]
    assert "edit__ncci_pair" in rules_of(look(*(row.format("GP") for row in rows)))
    assert "edit__ncci_pair" not in rules_of(look(*(row.format(one) for row, one in zip(rows, marked, strict=True))))


def test_two_therapists_of_two_plans_are_no_pair() -> None:
    result = look(f"{DAY},97530,GO,1,15,90,Medicare Part B,Medicare,B", f"{DAY},92507,GN,1,,90")
    assert "edit__ncci_pair" not in rules_of(result)


def test_edits_are_medicare_s() -> None:
    result = look(f"{DAY},97530,GP,1,15,90,{ACME}", f"{DAY},97750,GP,1,15,90,{ACME}")
    assert "edit__ncci_pair" not in rules_of(result)


def test_a_visit_before_the_edition_is_a_question() -> None:
    rows = ["P1,01/15/2023,97530,GP,1,15,90", "P1,01/15/2023,97750,GP,1,15,90"]
    finding = only(look(*rows), "edit__ncci_pair")
    assert finding["severity"] == "note"
    assert "the table took effect Jul 1, 2024, after this visit" in str(finding["message"])


def test_edits_that_came_and_went_are_not_settled() -> None:
    rows = ["P1,{},97530,GP,1,15,90", "P1,{},97140,GP,1,15,90"]
    finding = only(look(*(row.format("01/15/2020") for row in rows)), "edit__ncci_pair")
    assert "does not settle" in str(finding["message"])
    assert (finding["severity"], finding["at_risk_cents"]) == ("note", None)
    assert "edit__ncci_pair" not in rules_of(look(*(row.format("01/15/2022") for row in rows)))


def test_no_pair_of_the_movement_codes_needs_59() -> None:
    codes = ("97110", "97112", "97116", "97140", "97530")
    assert not rules_of(look(*(f"{DAY},{code},GP,1,15,90" for code in codes)))
    result = look(f"{DAY},97110,GP,1,15,90", f"{DAY},97112,GP 59,1,15,90")
    assert only(result, "modifier__needless_59")["code"] == "97112"
    needed = look(f"{DAY},97530,GP,1,15,90", f"{DAY},97750,GP 59,1,15,90")
    assert "modifier__needless_59" not in rules_of(needed)


def test_units_of_all_lines_count_and_59_does_not_part_them() -> None:
    rows = [f"{DAY},97112,GP,3,45,270", f"{DAY},97112,GP 59,2,30,180"]
    finding = only(look(*rows), "edit__mue")
    assert finding["message"] == "5 units of 97112: more than 4 units of 97112 a day (open to appeal)"
    assert finding["line_ids"] == [0, 1]
    assert "edit__mue" not in rules_of(look(rows[0]))


def test_an_absolute_limit_is_an_error() -> None:
    assert only(look(f"{DAY},97161,GP,2,,300"), "edit__mue")["severity"] == "error"


# ----------------------------------------------------------------------------------------------------------- the codes
def test_an_add_on_needs_its_primary_code() -> None:
    assert only(look(f"{DAY},97130,GO,1,15,30"), "code__addon_without_primary")["severity"] == "error"
    assert "code__addon_without_primary" not in rules_of(look(f"{DAY},97129,GO,1,15,30", f"{DAY},97130,GO,1,15,30"))


def test_an_add_on_of_a_month_needs_it_in_the_month() -> None:
    rows = ["P1,02/02/2026,98980,GP,1,,50", "P1,{},98981,GP,1,,40"]
    assert "code__addon_without_primary" not in rules_of(look(rows[0], rows[1].format("02/27/2026")))
    assert "code__addon_without_primary" in rules_of(look(rows[0], rows[1].format("03/02/2026")))


def test_a_code_without_time_is_one_unit_for_any_payer() -> None:
    finding = only(look(f"{DAY},97150,GP,2,30,120,{ACME}"), "code__untimed_units")
    assert finding["message"] == "2 units of 97150, which is one unit however long it took"
    assert "code__untimed_units" not in rules_of(look(f"{DAY},97150,GP,1,30,60,{ACME}"))


@pytest.mark.parametrize(
    ("second", "day", "found"),
    [
        ("97163,GP", "03/15/2026", True),
        ("97163,GP", "06/15/2026", False),  # more than 90 days
        ("97165,GO", "03/15/2026", False),  # another discipline
        ("97164,GP", "03/15/2026", False),  # a re-evaluation
    ],
)
def test_an_evaluation_repeated(second: str, day: str, *, found: bool) -> None:
    result = look(f"{DAY},97161,GP,1,,150", f"P1,{day},{second},1,,150")
    assert ("code__evaluation_repeated" in rules_of(result)) == found


def test_codes_that_ended_or_had_not_begun() -> None:
    ended = only(look("P1,02/03/2020,97127,GO,1,,50"), "code__not_in_year")
    assert ended["message"] == "97127 ended on Dec 31, 2019; since then: 97129 and 97130"
    early = only(look("P1,02/03/2021,98980,GP,1,,50"), "code__not_in_year")
    assert early["message"] == "98980 is in Medicare's schedule from 2022 on"


def test_usual_limits_of_97112_are_guidance() -> None:
    finding = only(look(f"{DAY},97112,GP,3,45,270", f"{DAY},97110,GP,1,15,70"), "guidance__97112_units")
    assert (finding["severity"], finding["at_risk_cents"]) == ("note", None)
    assert "guidance__97112_units" not in rules_of(look(f"{DAY},97112,GP,3,45,270"))


def test_97032_beside_92526_is_an_edit_once() -> None:
    assert rules_of(look(f"{DAY},97032,GN,1,15,50", f"{DAY},92526,GN,1,,150")) == ["edit__ncci_pair"]


# ------------------------------------------------------------------------------------------------------- the modifiers
def test_always_therapy_needs_its_plan() -> None:
    other = f"{DAY},97112,GP,1,15,90"
    missing = only(look(f"{DAY},97110,,2,30,200", other), "modifier__discipline_missing")
    assert (missing["code"], missing["severity"]) == ("97110", "error")
    sometimes = only(look(f"{DAY},95992,,1,,90", other), "modifier__discipline_missing")
    assert sometimes["severity"] == "note"
    assert "modifier__discipline_missing" not in rules_of(look(f"{DAY},99211,,1,,60", other))
    commercial = look(f"{DAY},97110,,2,30,200,{ACME}", other)
    assert "modifier__discipline_missing" not in rules_of(commercial)


def test_without_any_modifier_the_column_is_missing_and_nothing_is_claimed() -> None:
    result = look(f"{DAY},97110,,2,30,200")
    assert "modifier__discipline_missing" in {one.rule.name for one in result.not_run}
    assert "modifier__discipline_missing" not in rules_of(result)


def test_an_evaluation_belongs_to_its_discipline() -> None:
    assert only(look(f"{DAY},97161,GO,1,,150"), "modifier__discipline_mismatch")["severity"] == "error"
    assert "modifier__discipline_mismatch" not in rules_of(look(f"{DAY},97530,GO,1,15,150"))


@pytest.mark.parametrize(("modifiers", "found"), [("CQ GO", True), ("CO", True), ("CQ GP", False), ("CO GO", False)])
def test_an_assistant_s_modifier_goes_with_its_discipline(modifiers: str, *, found: bool) -> None:
    result = look(f"{DAY},97110,{modifiers},1,15,70", f"{DAY},97112,GP,1,15,70")
    assert ("modifier__assistant_discipline" in rules_of(result)) == found


def _year(modifiers: str, visits: int, *, first: str = "") -> list[str]:
    """Visits of one patient in 2026, $100 allowed each."""
    return [
        f"P1,{1 + number // 28:02}/{1 + number % 28:02}/2026,97110,{first if number == 0 and first else modifiers},"
        "1,15,150,Medicare Part B,Medicare,A,Mason,100"
        for number in range(visits)
    ]


def test_kx_is_missing_from_the_line_that_passes_the_threshold() -> None:
    heading = f"{HEADING},Allowed"
    finding = only(look(*_year("GP", 26), heading=heading), "modifier__kx_missing")
    assert finding["line_ids"] == [24, 25]  # $2,480 is passed by the 25th visit
    assert finding["at_risk_cents"] == 20_000
    assert "2 lines without KX from Jan 25, 2026 on" in str(finding["message"])
    assert "modifier__kx_missing" not in rules_of(look(*_year("GP", 24), heading=heading))
    assert "modifier__kx_missing" not in rules_of(look(*_year("GP KX", 26), heading=heading))


def test_exactly_at_the_threshold_is_not_above() -> None:
    rows = _year("GP", 24)
    rows.append(rows[-1].replace("01/24", "01/25").removesuffix("100") + "80")
    assert "modifier__kx_missing" not in rules_of(look(*rows, heading=f"{HEADING},Allowed"))


def test_occupational_therapy_has_a_threshold_of_its_own() -> None:
    rows = [*_year("GP", 20), *(row.replace("GP", "GO") for row in _year("GP", 20))]
    assert "modifier__kx_missing" not in rules_of(look(*rows, heading=f"{HEADING},Allowed"))


def test_kx_from_the_first_visit_is_a_question() -> None:
    heading = f"{HEADING},Allowed"
    assert only(look(*_year("GP KX", 3), heading=heading), "modifier__kx_early")["severity"] == "note"
    assert "modifier__kx_early" not in rules_of(look(*_year("GP KX", 3, first="GP"), heading=heading))


# ------------------------------------------------------------------------------------------------------------ the days
def test_a_therapist_s_day() -> None:
    rows = [f"P{number},02/02/2026,97110,GP,4,60,280" for number in range(11)]
    assert only(look(*rows), "day__therapist_hours")["severity"] == "warning"
    assert "day__therapist_hours" not in rules_of(look(*rows[:9]))
    certain = [f"P{number},02/02/2026,97110,GP,4,60,280" for number in range(25)]
    assert only(look(*certain), "day__therapist_hours")["severity"] == "error"
    assistants = [row.replace("GP", "GP CQ") for row in certain]
    assert "day__therapist_hours" not in rules_of(look(*assistants))


def test_equal_lines_and_a_service_spread_over_lines() -> None:
    twice = [f"{DAY},97110,GP,1,15,70"] * 2
    assert only(look(*twice), "day__duplicate_line")["message"] == "2 equal lines of 97110"
    spread = only(look(twice[0], f"{DAY},97110,GP,2,30,140"), "day__duplicate_line")
    assert spread["message"] == "97110 spread over 2 lines with the same modifiers"
    assert "day__duplicate_line" not in rules_of(look(twice[0], f"{DAY},97110,GP CQ,1,15,70"))
    assert "day__duplicate_line" not in rules_of(look(twice[0], f"{DAY},97110,GP 76,1,15,70"))


def test_one_patient_at_two_clinics() -> None:
    rows = [f"{DAY},97110,GP,1,15,70", f"{DAY},97112,GP,1,15,70,Medicare Part B,Medicare,A,Loveland"]
    assert only(look(*rows), "day__two_clinics")["message"] == "one patient at Mason and Loveland on one day"


def test_a_sunday_unlike_the_rest() -> None:
    weekdays = [
        f"P{number},{2 + number % 5 // 5:02}/{2 + number % 5:02}/2026,97110,GP,1,15,70,,,T{number % 90}"
        for number in range(520)
    ]
    sunday = "Q,02/08/2026,97110,GP,1,15,70"
    finding = only(look(*weekdays, sunday), "day__closed_day")
    assert finding["message"] == "a visit on a Sunday, Feb 8, 2026: one of 1 on such days among 521"
    assert "day__closed_day" not in rules_of(look(*weekdays[:300], sunday))
    often = [f"Q{number},02/08/2026,97110,GP,1,15,70" for number in range(9)]
    assert "day__closed_day" not in rules_of(look(*weekdays, *often))


# -------------------------------------------------------------------------------------------------------- the patterns
def test_the_same_visit_ten_times() -> None:
    rows = [f"P1,02/{day:02}/2026,{code},GP,1,15,70" for day in range(1, 11) for code in ("97110", "97140")]
    finding = only(look(*rows), "pattern__same_visits")
    assert finding["message"] == "10 visits in a row with 97110 x 1, 97140 x 1, Feb 1, 2026 to Feb 10, 2026"
    assert "pattern__same_visits" not in rules_of(look(*rows[:-1]))


def _mix(share: int, months: tuple[int, ...], patients: int = 20) -> list[str]:
    """Ten units a patient and month, `share` of them 97112."""
    return [
        f"P{month}-{patient},{month:02}/{1 + unit:02}/2026,{'97112' if unit < share else '97110'},GP,1,15,70"
        for month in months
        for patient in range(patients)
        for unit in range(10)
    ]


def test_a_mix_far_above_the_nation_and_too_few_patients_to_tell() -> None:
    assert only(look(*_mix(9, (2,))), "pattern__mix_outlier")["provider"] == "A"
    assert "pattern__mix_outlier" not in rules_of(look(*_mix(9, (2,), patients=9)))
    assert "pattern__mix_outlier" not in rules_of(look(*_mix(2, (2,))))


def test_a_sudden_shift() -> None:
    finding = only(look(*_mix(1, (1, 2)), *_mix(6, (3, 4))), "pattern__mix_shift")
    assert finding["message"] == "97112 and 97530 made up 10% of the movement codes before Mar 2026 and 60% since"
    assert "pattern__mix_shift" not in rules_of(look(*_mix(2, (1, 2)), *_mix(3, (3, 4))))


# ------------------------------------------------------------------------------------------------------ all of it
def test_the_planted_claims() -> None:
    """Errors planted by somebody else, and claims that are right."""
    rows = """P20,01/15/2020,97530,GP,1,15,150
BAD1,02/02/2026,97112,GP,6,40,600
BAD2,02/02/2026,97112,GP,2,15,200
BAD3,02/02/2026,97032,GN,1,15,50
BAD3,02/02/2026,92526,GN,1,45,150
BAD4,02/02/2026,97112,GP,2,30,200
BAD4,02/02/2026,97150,GP,1,30,60
BAD5,02/02/2026,97110,,2,30,200
BAD6,02/02/2026,97530,GP,1,15,100
BAD6,02/02/2026,97750,GP,1,15,100
CH1,02/02/2026,98940,AT,1,,60
CH1,02/02/2026,97112,GP,1,15,60,UnitedHealthcare,Commercial,C
RN1,02/02/2026,99211,,1,,60,Medicare Part B,Medicare,N
IM1,02/02/2026,97112,GP,2,30,200
IM1,02/02/2026,97110,GP,1,15,100""".splitlines()
    result = look(*rows)
    found = {(row["rule"], tuple(row["line_ids"])) for row in result.findings.iter_rows(named=True)}
    assert found == {
        ("edit__mue", (1,)),
        ("guidance__97112_units", (1,)),
        ("units__over_minutes", (1,)),
        ("units__over_minutes", (2,)),
        ("edit__ncci_pair", (3, 4)),
        ("edit__ncci_pair", (5, 6)),
        ("edit__ncci_pair", (9, 8)),
        ("modifier__discipline_missing", (7,)),
    }


def test_a_line_in_several_findings_counts_once() -> None:
    result = look(f"{DAY},97112,GP,6,40,600")
    amounts = result.findings["at_risk_cents"].drop_nulls().to_list()
    assert len(amounts) > 1
    assert result.at_risk_cents == max(amounts)
