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
from analysis.whatif.scenarios.assumptions import assumptions, with_provenance
from analysis.whatif.scenarios.words import percent

WHERE = Filters(payer_classes=("Medicare", "Medicaid"), clinics=("Downtown",), start=date(2026, 1, 1))
SOMEWHERE = ", payer class Medicare or Medicaid, clinic Downtown, from 2026-01-01"
ALL = Scenario(
    "All",
    (
        Recode("97110", "97112", 1, 2_000, WHERE),
        Recode("97140", "97530"),
        VolumeChange(-250, Filters(disciplines=("PT",))),
        RvuChange("97110", work_e2=45, pe_e2=40, mp_e2=2),
        ScheduleChange(year=2027, factor_e4=328_409),
        GpciChange("15202-00", work_e3=991),
        MpprChange(0, ("Medicare",)),
        AssistantChange(8_500, 2_500),
        SequestrationChange(150),
        RulesChange(2025),
    ),
)


def test_every_change_in_words() -> None:
    assert [one.text for one in assumptions(ALL)] == [
        f"One unit a visit from 97110 to 97112 in 20% of the visits{SOMEWHERE}",
        "All units from 97140 to 97530",
        "2027 PROPOSED schedule, conversion factor 32.8409",
        "Payment rules of 2025",
        "RVUs of 97110: work 0.45, practice expense 0.40, malpractice 0.02",
        "Every visit in Ohio, OH (15202-00), GPCI work 0.991",
        "MPPR repealed for Medicare",
        "Assistants paid at 85%, 25% of assistants' visits treated by therapists",
        "Sequestration 1.5%",
        "Volume -2.5%, discipline PT",
    ]


@pytest.mark.parametrize(
    ("scenario", "text"),
    [
        (Scenario("x", (MpprChange(2_500),)), "MPPR 25%"),
        (Scenario("x", (MpprChange(applies_to=()),)), "MPPR for nobody"),
        (Scenario("x", (GpciChange(pe_e3=900, mp_e3=500),)), "GPCI practice expense 0.900, malpractice 0.500"),
        (Scenario("x", (GpciChange("00000-00"),)), "Every visit in National (GPCI 1.000)"),
        (Scenario("x", (AssistantChange(to_therapist_bp=100),)), "1% of assistants' visits treated by therapists"),
        (Scenario("x", (Recode("97110", "97112", 2),)), "Up to 2 units a visit from 97110 to 97112"),
    ],
)
def test_parts_that_are_left_out(scenario: Scenario, text: str) -> None:
    assert [one.text for one in assumptions(scenario)] == [text]


def test_schedules_and_percents() -> None:
    assert ScheduleChange(period=date(2024, 3, 9)).label == "2024 schedule"
    assert ScheduleChange(year=2026, track="qp").label == "2026 schedule, QP factor"
    assert ScheduleChange(factor_e4=331_000).label == "Conversion factor 33.1000"
    assert not ScheduleChange(leave_out=("97127",)).label
    assert (percent(5_000), percent(1), percent(-250, sign=True), percent(0, sign=True)) == (
        "50%",
        "0.01%",
        "-2.5%",
        "+0%",
    )
    assert Recode("97110", "97112", 1, 0).in_words() == "One unit a visit from 97110 to 97112 in 0% of the visits"


def test_provenance_is_laid_over_the_one_change() -> None:
    dana = Provenance("Dana", date(2026, 11, 24), "chart review")
    second, (mppr,) = ALL.of(Recode)[1], ALL.of(MpprChange)
    changed = with_provenance(with_provenance(ALL, second, dana), mppr, dana)
    assert changed.of(Recode)[1].provenance == changed.of(MpprChange)[0].provenance == dana
    assert changed.of(Recode)[0] == ALL.of(Recode)[0]
    assert [one.change.provenance.entered_by for one in assumptions(changed)].count("Dana") == 2


def test_codes_left_out_are_said() -> None:
    (assumption,) = assumptions(Scenario("x", (ScheduleChange(leave_out=("37221",)),)))
    assert assumption.text == "Without 37221"
