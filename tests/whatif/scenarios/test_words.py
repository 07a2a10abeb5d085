"""A scenario in words, and who entered each part of it."""

from __future__ import annotations

from datetime import date

import pytest

from analysis.lines.filters import Filters
from analysis.whatif.scenarios import (
    AssistantChange,
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
)
from analysis.whatif.scenarios.words import assumptions, percent, recode_in_words, schedule_label, with_provenance

WHERE = Filters(payer_classes=("Medicare", "Medicaid"), clinics=("Downtown",), start=date(2026, 1, 1))
SOMEWHERE = ", payer class Medicare or Medicaid, clinic Downtown, from 2026-01-01"
ALL = Scenario(
    "All",
    recodes=(Recode("97110", "97112", 1, 2_000, WHERE), Recode("97140", "97530")),
    schedule=ScheduleChange(year=2027, factor_e4=328_409),
    rvus=(RvuChange("97110", work_e2=45, pe_e2=40, mp_e2=2),),
    gpci=GpciChange("15202-00", work_e3=991),
    mppr=MpprChange(0, ("Medicare",)),
    assistants=AssistantChange(8_500, 2_500),
    sequestration=SequestrationChange(150),
    rules=RulesChange(2025),
    volumes=(VolumeChange(-250, Filters(disciplines=("PT",))),),
)


def test_every_change_in_words() -> None:
    assert [one.text for one in assumptions(ALL)] == [
        f"One unit a visit from 97110 to 97112 in 20% of the visits{SOMEWHERE}",
        "All units from 97140 to 97530",
        "RVUs of 97110: work 0.45, practice expense 0.40, malpractice 0.02",
        "Volume -2.5%, discipline PT",
        "2027 PROPOSED schedule, conversion factor 32.8409",
        "Every visit in Ohio, OH (15202-00), GPCI work 0.991",
        "MPPR repealed for Medicare",
        "Assistants paid at 85%, 25% of assistants' visits treated by therapists",
        "Sequestration 1.5%",
        "Payment rules of 2025",
    ]


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        (Scenario("x", mppr=MpprChange(2_500)), "MPPR 25%"),
        (Scenario("x", mppr=MpprChange(applies_to=())), "MPPR for nobody"),
        (Scenario("x", gpci=GpciChange(pe_e3=900, mp_e3=500)), "GPCI practice expense 0.900, malpractice 0.500"),
        (Scenario("x", gpci=GpciChange("00000-00")), "Every visit in National (GPCI 1.000)"),
        (
            Scenario("x", assistants=AssistantChange(to_therapist_bp=100)),
            "1% of assistants' visits treated by therapists",
        ),
        (Scenario("x", recodes=(Recode("97110", "97112", 2),)), "Up to 2 units a visit from 97110 to 97112"),
    ],
)
def test_parts_that_are_left_out(scenario: Scenario, said: str) -> None:
    assert [one.text for one in assumptions(scenario)] == [said]


def test_schedules_and_percents() -> None:
    assert schedule_label(ScheduleChange(period=date(2024, 3, 9))) == "2024 schedule"
    assert schedule_label(ScheduleChange(year=2026, track="qp")) == "2026 schedule, QP factor"
    assert schedule_label(ScheduleChange(factor_e4=331_000)) == "Conversion factor 33.1000"
    assert not schedule_label(ScheduleChange(leave_out=("97127",)))
    assert (percent(5_000), percent(1), percent(-250, sign=True), percent(0, sign=True)) == (
        "50%",
        "0.01%",
        "-2.5%",
        "+0%",
    )
    assert recode_in_words(Recode("97110", "97112", 1, 0)) == "One unit a visit from 97110 to 97112 in 0% of the visits"


def test_provenance_is_laid_over_the_one_change() -> None:
    dana = Provenance("Dana", date(2026, 11, 24), "chart review")
    of_second, of_mppr = assumptions(ALL)[1], assumptions(ALL)[6]
    changed = with_provenance(with_provenance(ALL, of_second, dana), of_mppr, dana)
    assert changed.recodes[1].provenance == changed.mppr.provenance == dana  # type: ignore[union-attr]
    assert changed.recodes[0] == ALL.recodes[0]
    assert [one.provenance.entered_by for one in assumptions(changed)].count("Dana") == 2


def test_codes_left_out_are_said() -> None:
    (said,) = assumptions(Scenario("x", schedule=ScheduleChange(leave_out=("37221",))))
    assert said.text == "Without 37221"
