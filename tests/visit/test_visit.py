"""One visit priced by hand: against hand arithmetic and published amounts; words that are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from analysis.errors import BadInput
from analysis.medicare.fees import resolve
from analysis.visit import Visit, by_locality, by_year, one_more_unit, parse_service, plan_of_care, price_visit
from tests.cli.command import one_line, run

if TYPE_CHECKING:
    from analysis.visit import PricedVisit

MARCH = date(2026, 3, 2)


def visit(*services: str, day: date = MARCH, **more: object) -> Visit:
    made = Visit(day, resolve("national"), tuple(map(parse_service, services)))
    return replace(made, **more)  # type: ignore[arg-type]


def of(priced: PricedVisit, code: str) -> dict[str, object]:
    [row] = [row for row in priced.lines.iter_rows(named=True) if row["code"] == code]
    return row


def test_two_units_of_97112_and_one_of_97110() -> None:
    """National 2026: 32.73 and 24.88 for 97112, 22.21 for the further 97110: 79.82."""
    priced = price_visit(visit("97112:2", "97110:1"))
    assert of(priced, "97112")["expected_cents"] == 3273 + 2488
    assert of(priced, "97110")["expected_cents"] == 2221
    assert priced.total("expected_cents") == 7982
    # 20% of each line is the patient's; 2% of the rest is sequestration.
    assert of(priced, "97112")["coinsurance_cents"] == 1152
    assert of(priced, "97112")["medicare_cents"] == 4609 - 92
    assert priced.total("receipts_cents") == (1152 + 4609 - 92) + (444 + 1777 - 36)


def test_an_assistant_s_line_takes_15_percent_of_medicare_s_share() -> None:
    line = of(price_visit(visit("97530:1", "97110:1:CQ")), "97110")
    # 22.21, of which the patient's 4.44; 85% of 17.77 is 15.10; 2% of that is 0.30.
    assert (line["expected_cents"], line["assistant_cut_cents"], line["medicare_cents"]) == (2221, 267, 1480)


def test_the_deductible_comes_first_and_falls_on_the_lines_in_order() -> None:
    priced = price_visit(visit("97112:2", "97110:1", deductible_left_cents=5_000))
    first, second = of(priced, "97112"), of(priced, "97110")
    # 57.61 less 50.00 leaves 7.61: 1.52 the patient's, 6.09 Medicare's, less 0.12.
    assert (first["deductible_cents"], first["coinsurance_cents"], first["medicare_cents"]) == (5_000, 152, 597)
    assert (second["deductible_cents"], second["coinsurance_cents"]) == (0, 444)
    large = price_visit(visit("97110:1", deductible_left_cents=28_300))
    assert large.total("medicare_cents") == 0
    assert large.total("receipts_cents") == large.total("expected_cents") == 2906


def test_units_come_out_of_minutes_with_the_working() -> None:
    priced = price_visit(visit("97112:24min", "97110:23min"))
    assert priced.allocation is not None
    assert priced.allocation.working == "47 timed minutes carry 3 units: 97112 x 2, 97110 x 1"
    assert of(priced, "97112")["units"] == 2
    with pytest.raises(BadInput, match="8 minutes or more"):
        price_visit(visit("97110:7min"))


def test_a_code_without_time_is_one_unit_whatever_its_minutes() -> None:
    assert of(price_visit(visit("97161:45min")), "97161")["units"] == 1


def test_the_years_of_a_visit_are_the_published_amounts() -> None:
    frame = by_year(visit("97110:1"))
    amounts = dict(frame.select("schedule", "expected_cents").iter_rows())
    assert (amounts["2020"], amounts["2021"]) == (3140, 3036)
    assert frame["proposed"].to_list()[-1] is True


def test_a_code_without_an_amount_has_its_reason_and_no_total() -> None:
    priced = price_visit(visit("97110:1", "97014:1"))
    assert priced.total("expected_cents") is None
    assert "97014" in priced.reasons


def test_one_more_unit_is_a_reduced_one() -> None:
    added = dict(one_more_unit(visit("97112:2", "97110:1", "97161:1")).select("code", "added_cents").iter_rows())
    assert added == {"97112": 2488, "97110": 2221}


def test_the_visit_elsewhere() -> None:
    frame = by_locality(visit("97112:2"), [resolve("45202"), resolve("94110")])
    assert frame["place"].to_list()[0].startswith("Ohio")
    assert frame["expected_cents"][0] < frame["expected_cents"][1]


def test_a_plan_of_care_passes_the_threshold() -> None:
    plan = plan_of_care(visit("97112:2", "97110:1"), per_week=3, weeks=12)
    assert plan.visits == 36
    assert plan.expected_cents == 36 * 7982
    assert plan.kx_visit == 32  # 31 visits are $2,474.42, 32 are $2,554.24; the threshold is $2,480
    assert plan_of_care(visit("97112:2"), per_week=1, weeks=4, used_cents=240_000).kx_visit == 2
    assert plan_of_care(visit("97112:2"), per_week=1, weeks=4).kx_visit is None


def test_a_plan_into_a_new_year_says_what_it_rests_on() -> None:
    plan = plan_of_care(visit("97110:1", day=date(2026, 12, 28)), per_week=1, weeks=2)
    [note] = plan.notes
    assert note == (
        "The deductible of 2027 is not known yet, so none is counted; 2027 is priced by the 2027 PROPOSED schedule."
    )
    known = plan_of_care(visit("97110:1", day=date(2025, 12, 29)), per_week=1, weeks=2)
    assert known.notes == ("The deductible of 2026, $283.00, is counted anew.",)
    assert known.patient_cents is not None
    assert known.medicare_cents is not None
    assert known.medicare_cents < plan_of_care(visit("97110:1"), per_week=1, weeks=2).medicare_cents  # type: ignore[operator]


def test_findings_on_the_visit() -> None:
    rules = price_visit(visit("97530:1", "97750:1")).audit.findings["rule"].to_list()
    assert rules == ["edit__ncci_pair"]


@pytest.mark.parametrize("text", ["97110:0", "97110:x", "9711", "97110:1:C", "97110:100", "97110:1500min", ""])
def test_a_service_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="a service such as"):
        parse_service(text)


def test_a_service_is_written_as_it_is_read() -> None:
    for text in ("97110:2", "97112:23min", "97140:1:59,CQ"):
        assert parse_service(text).text == text


# ----------------------------------------------------------------------------------------------------- the command line
def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("visit", "97112:2", "97110:1", "--date", "2026-03-02", "--locality", "national")
    status, out, _ = run(capsys, *words)
    assert status == 0
    assert "$79.82" in out
    _, text, _ = run(capsys, *words, "--format", "json", "--deductible", "50")
    result = json.loads(text)
    assert result["total"]["expected"] == "79.82"
    assert result["lines"][0]["deductible"] == "50.00"
    assert result["findings"] == []


@pytest.mark.parametrize(
    ("terms", "cents"),
    [
        ("percent_of_medicare percent=110", "87.80"),  # 110% of 57.61 and of 22.21
        ("percent_of_medicare percent=110; mppr=no", "103.98"),  # of twice 32.73, 72.01, and of 29.06, 31.97
        ("fee_per_code fees=97112:40.00/30.00,97110:36.00", "106.00"),
        ("fee_per_code fees=97112:40.00/30.00,97110:36.00; cap=88.00", "88.00"),
        ("per_visit visit=88.00", "88.00"),
        ("fee_per_code fees=97112:40.00", None),
    ],
)
def test_a_payer_s_terms(capsys: pytest.CaptureFixture[str], terms: str, cents: str | None) -> None:
    words = ("visit", "97112:2", "97110:1", "--date", "2026-03-02", "--locality", "national", "--format", "json")
    _, text, _ = run(capsys, *words, "--terms", terms)
    assert json.loads(text)["by_terms"] == cents


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("97110:2x",), "a service such as"),
        (("97110:2", "--deductible", "many"), 'dollars such as 283 or 120.50, or "all"'),
        (("97110:2", "--terms", "per_visit vist=3"), "name=value"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    status, _, err = run(capsys, "visit", *words, "--date", "2026-03-02", "--locality", "45202")
    assert status == 2
    assert said in one_line(err)
