"""Units against minutes: CMS's own examples, both rules, both directions, what cannot be judged."""

from __future__ import annotations

import pytest

from analysis.audit.units.counting import allocate
from tests.audit.claims import HEADING, look, only, rules_of

DAY = "P1,02/02/2026"
COMMERCIAL = "Acme,Commercial"


@pytest.mark.parametrize(
    ("minutes", "units"),
    [(7, 0), (8, 1), (22, 1), (23, 2), (37, 2), (38, 3), (52, 3), (53, 4), (67, 4), (68, 5), (82, 5), (83, 6),
     (97, 6), (98, 7), (112, 7), (113, 8), (127, 8), (128, 9)],
)  # fmt: skip
def test_cms_s_table(minutes: int, units: int) -> None:
    assert allocate({"97110": minutes}).total_units == units


# Medicare Claims Processing Manual, chapter 5, section 20.2.C, its examples in order.
@pytest.mark.parametrize(
    ("minutes", "units", "ties"),
    [
        ({"97112": 24, "97110": 23}, {"97112": 2, "97110": 1}, ()),
        ({"97112": 20, "97110": 20}, {"97112": 2, "97110": 1}, ("97112", "97110")),
        ({"97110": 33, "97140": 7}, {"97110": 2, "97140": 1}, ()),
        ({"97110": 18, "97140": 13, "97116": 10, "97035": 8}, {"97110": 1, "97140": 1, "97116": 1, "97035": 0}, ()),
        ({"97112": 7, "97110": 7, "97140": 7}, {"97112": 1, "97110": 0, "97140": 0}, ("97112", "97110", "97140")),
    ],
)
def test_cms_s_examples(minutes: dict[str, int], units: dict[str, int], ties: tuple[str, ...]) -> None:
    allocation = allocate(minutes)
    assert (dict(allocation.units), allocation.ties) == (units, ties)
    rows = [f"{DAY},{code},GP,{units[code]},{spent},90" for code, spent in minutes.items() if units[code]]
    if all(units.values()):  # a code without a unit is not billed, and its minutes are not in the export
        assert not [rule for rule in rules_of(look(*rows)) if rule.startswith("units")]


def test_either_code_of_a_tie_may_have_the_last_unit() -> None:
    result = look(f"{DAY},97112,GP,1,20,90", f"{DAY},97110,GP,2,20,90")
    assert "units__wrong_code" not in rules_of(result)


def test_too_many_units() -> None:
    finding = only(look(f"{DAY},97112,GP,2,15,200"), "units__over_minutes")
    assert finding["message"] == ("2 units billed for 15 timed minutes, which carry 1 unit (Medicare's 8-minute rule)")
    assert finding["severity"] == "warning"
    assert isinstance(finding["at_risk_cents"], int)
    assert finding["at_risk_cents"] > 0


def test_too_few_units_are_money_missed_at_the_reduced_amount() -> None:
    result = look(f"{DAY},97110,GP,2,53,200")
    finding = only(result, "units__under_minutes")
    assert finding["message"] == ("2 units billed for 53 timed minutes, which carry 4 units (Medicare's 8-minute rule)")
    assert finding["missed_cents"] == result.missed_cents > 0
    assert result.at_risk_cents == 0


def test_the_right_number_of_units_on_the_wrong_code() -> None:
    result = look(f"{DAY},97110,GP,2,16,140", f"{DAY},97112,GP,1,24,90")
    finding = only(result, "units__wrong_code")
    assert finding["message"] == (
        "billed 97110 x 2, 97112 x 1, but 40 timed minutes carry 3 units: 97110 x 1, 97112 x 2"
    )
    assert (finding["code"], finding["severity"]) == ("97110", "note")
    assert not {"units__over_minutes", "units__under_minutes"} & set(rules_of(result))


def test_minutes_of_two_lines_of_one_code_add_up() -> None:
    """A therapist's and an assistant's part of one code are two lines of one service."""
    result = look(f"{DAY},97110,GP,1,15,70", f"{DAY},97110,GP CQ,1,15,70")
    assert not [rule for rule in rules_of(result) if rule.startswith("units")]


def test_other_payers_are_asked_only_where_both_rules_agree() -> None:
    # Medicare: 16 minutes are one unit. Midpoint: twice 8 minutes are two. Nobody knows which one Acme uses.
    row = "{day},{code},GP,1,8,90,Acme,Commercial"
    both = [row.format(day=DAY, code=code) for code in ("97110", "97112")]
    assert not [rule for rule in rules_of(look(*both)) if rule.startswith("units")]
    medicare = [text.removesuffix(",Acme,Commercial") for text in both]
    assert "units__over_minutes" in rules_of(look(*medicare))
    finding = only(look(f"{DAY},97110,GP,3,15,90,{COMMERCIAL}"), "units__over_minutes")
    assert "the 8-minute rule and the midpoint rule agree" in str(finding["message"])
    assert finding["at_risk_cents"] is None


def test_the_total_of_a_visit_on_every_line_is_one_number() -> None:
    rows = [f"P{patient},02/02/2026,{code},GP,1,45,90" for patient in range(3) for code in ("97110", "97112", "97530")]
    assert not [rule for rule in rules_of(look(*rows)) if rule.startswith("units")]
    rows[0] = rows[0].replace("GP,1,45", "GP,3,45")
    finding = only(look(*rows), "units__over_minutes")
    assert "5 units billed for 45 timed minutes, which carry 3 units" in str(finding["message"])


def test_quarter_hours_on_every_line_are_no_total() -> None:
    rows = [f"P{patient},02/02/2026,{code},GP,1,15,90" for patient in range(3) for code in ("97110", "97112")]
    assert not [rule for rule in rules_of(look(*rows)) if rule.startswith("units")]


def test_minutes_of_codes_without_time_do_not_count() -> None:
    """35 minutes of evaluation and 7 of exercise: the evaluation only."""
    result = look(f"{DAY},97161,GP,1,35,150", f"{DAY},97110,GP,1,7,70")
    assert "7 timed minutes, which carry 0 units" in str(only(result, "units__over_minutes")["message"])


def test_a_line_without_minutes_leaves_its_day_alone() -> None:
    result = look(f"{DAY},97110,GP,3,15,90", f"{DAY},97112,GP,1,,90", "P2,02/02/2026,97110,GP,1,15,70")
    assert not [rule for rule in rules_of(result) if rule.startswith("units")]


def test_without_a_minutes_column_the_rules_are_not_run() -> None:
    result = look(f"{DAY},97110,GP,3,,90", heading=HEADING)
    not_run = {one.rule.name: one.lacks for one in result.not_run}
    assert not_run["units__over_minutes"] == not_run["units__under_minutes"] == ("minutes",)
