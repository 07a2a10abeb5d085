"""Who differs from the others, and who changed: patients count, not units; few of either say nothing."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from analysis import mix
from analysis.medicare.fees import NATIONAL, Locality, resolve
from analysis.metrics import Missing
from analysis.pricing import price
from tests.metrics.builders import ALL_FIELDS, priced
from tests.pricing.lines import frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAIR = ("97110", "97112")
JANUARY = date(2026, 1, 12)


def visits(patient: int, focus: int, others: int, **more: Any) -> Iterator[Mapping[str, Any]]:
    """A patient's two visits with so many units of 97112 and 97110 in all."""
    for number, units in enumerate(((focus + 1) // 2, focus // 2)):
        whole = ((others + 1) // 2, others // 2)[number]
        day = more.get("date_of_service", JANUARY).replace(day=12 + number)
        row = {"patient_key": patient, "visit_key": 100 * patient + number, **more, "date_of_service": day}
        yield from ({**row, "code": code, "units": n} for code, n in (("97112", units), ("97110", whole)) if n)


def clinic(*therapists: tuple[str, int, int, int], **more: Any) -> list[Mapping[str, Any]]:
    """Therapists with so many patients, each with the same units of 97112 and 97110."""
    rows: list[Mapping[str, Any]] = []
    for place, (name, patients, focus, others) in enumerate(therapists):
        for patient in range(patients):
            wobble = patient % 3 - 1  # patients are never all the same
            rows += visits(1000 * place + patient, focus + wobble, others - wobble, provider=name, **more)
    return rows


def by(*rows: Mapping[str, Any], **more: Any) -> dict[str, dict[str, Any]]:
    compared = mix.by(priced(*rows), ALL_FIELDS, PAIR, "97112", **more)
    assert not isinstance(compared, Missing)
    return {row["key"]: row for row in compared.to_dicts()}


def test_a_therapist_differs_whose_patients_do() -> None:
    found = by(*clinic(("Ada", 15, 9, 3), ("Ben", 15, 3, 9), ("Cy", 15, 6, 6)))
    assert {name: row["differs"] for name, row in found.items()} == {"Ada": True, "Cy": False, "Ben": True}
    assert found["Ada"]["low"] < 0.75 < found["Ada"]["high"]
    assert found["Ada"]["patients"] == 15


def test_many_units_of_a_few_kinds_of_patients_are_not_many_choices() -> None:
    # Ada: 20 patients, half of them only 97112, half only 97110: 60%, by units far from Ben's 45% (700 units each).
    mixed = [
        row for n in range(20) for row in visits(n, 36 if n % 5 < 3 else 0, 0 if n % 5 < 3 else 36, provider="Ada")
    ]
    ben = [
        row
        for n in range(20)
        for row in visits(100 + n, 36 if n % 20 < 9 else 0, 0 if n % 20 < 9 else 36, provider="Ben")
    ]
    found = by(*mixed, *ben)
    assert (found["Ada"]["share"], found["Ben"]["share"]) == (0.6, 0.45)
    assert not found["Ada"]["differs"]
    assert found["Ada"]["high"] - found["Ada"]["low"] > 0.3


def test_few_units_and_few_patients_are_never_said_to_differ() -> None:
    found = by(*clinic(("Ada", 15, 3, 9), ("Ben", 15, 3, 9), ("Few", 9, 9, 3), ("Thin", 12, 1, 1)))
    assert (found["Few"]["low"], found["Few"]["differs"]) == (None, None), "nine patients"
    assert (found["Thin"]["few"], found["Thin"]["differs"]) == (True, None), "24 units"
    assert found["Ada"]["differs"], "the others together, Few among them, have more"


def test_a_therapist_alone_differs_from_nobody() -> None:
    assert by(*clinic(("Ada", 15, 9, 3)))["Ada"]["differs"] is None


def test_who_changed_is_not_summed_into_one_claim_and_the_month_is_named() -> None:
    rows = clinic(("Ada", 15, 2, 10), ("Ben", 15, 3, 9), date_of_service=date(2026, 1, 5))
    for month, (focus, others) in ((2, (2, 10)), (3, (9, 3)), (4, (9, 3))):
        later = clinic(("Ada", 15, focus, others), ("Ben", 15, 3, 9), date_of_service=date(2026, month, 5))
        rows += [{**row, "patient_key": row["patient_key"] + 100 * month, "visit_key": row["visit_key"] + 10**6 * month}
                 for row in later]  # fmt: skip
    found = by(*rows)
    ada = found["Ada"]
    assert ada["changed_since"] == date(2026, 3, 1)
    assert (ada["share_earlier"], ada["share_since"]) == pytest.approx((2 / 12, 9 / 12), abs=0.01)
    assert ada["differs"] is None, "the sum of two habits is nobody's habit"
    assert found["Ben"]["changed_since"] is None


def test_other_patients_in_the_second_half_are_no_change_of_habit() -> None:
    # Half of each half's patients get only 97112: the halves differ by 12 points, which patients do by themselves.
    rows: list[Mapping[str, Any]] = []
    for month, only in ((1, 8), (3, 10)):
        for n in range(16):
            focus, others = (24, 0) if n < only else (0, 24)
            day = date(2026, month, 5)
            rows += visits(100 * month + n, focus, others, provider="Ada", date_of_service=day)
            rows += visits(1000 + 100 * month + n, 12, 12, provider="Ben", date_of_service=day)
    assert by(*rows)["Ada"]["changed_since"] is None


def test_without_a_patient_column_every_visit_is_a_patient_and_nothing_is_claimed() -> None:
    rows = [{**row, "patient_key": row["visit_key"]} for row in clinic(("Ada", 15, 9, 3), ("Ben", 15, 3, 9))]
    found = by(*rows)
    for name in ("patients", "low", "high", "differs", "changed_since"):
        assert found["Ada"][name] is None
    assert not found["Ada"]["few"]


def test_a_patient_seen_by_two_therapists_belongs_to_both() -> None:
    shared = [{**row, "patient_key": row["patient_key"] % 1000} for row in clinic(("Ada", 15, 9, 3), ("Ben", 15, 3, 9))]
    found = by(*shared)
    assert [found[name]["patients"] for name in ("Ada", "Ben")] == [15, 15]
    assert found["Ada"]["differs"] is True


# ------------------------------------------------------------------------------------------------------ beside Medicare
PLACES: dict[str | None, Locality] = {"Ohio": resolve("45202"), "Kentucky": resolve("41011"), "Nowhere": NATIONAL}


def beside(*rows: Mapping[str, Any]) -> pl.DataFrame:
    return mix.beside_medicare(price(frame(rows), PLACES).lines, PAIR, "97112")


def test_each_states_medicare_lines_stand_beside_their_own_state() -> None:
    ohio = clinic(("Ada", 15, 9, 3), clinic="Ohio")
    kentucky = [
        {**row, "clinic": "Kentucky", "patient_key": row["patient_key"] + 500, "visit_key": row["visit_key"] + 10**6}
        for row in clinic(("Ada", 12, 3, 9))
    ]
    commercial = [
        {**row, "payer_class": other, "visit_key": row["visit_key"] + 10**7, "patient_key": row["patient_key"] + 900}
        for other in ("Commercial", "Medicare Advantage")
        for row in clinic(("Ada", 30, 1, 11), clinic="Ohio")
    ]
    found = beside(*ohio, *kentucky, *commercial, {"clinic": "Nowhere", "units": 90, "visit_key": 1, "patient_key": 1})
    assert found.select("state", "focus_units", "set_units").rows() == [("OH", 135, 180), ("KY", 36, 144)]
    assert found["share_state"].n_unique() == 2
    assert found["share_nation"].n_unique() == 1
    assert found["share_state"].round(2).to_list()[0] == 0.33
    assert found["low"][0] < 0.75 < found["high"][0]


def test_few_medicare_units_are_told_as_few_and_no_lines_give_no_row() -> None:
    assert beside(*clinic(("Ada", 4, 3, 9), clinic="Ohio"))["few"].to_list() == [True]
    assert beside(*clinic(("Ada", 15, 3, 9), clinic="Ohio", payer_class="Commercial")).is_empty()


def test_a_code_without_a_cms_figure_has_no_share_to_stand_beside() -> None:
    lines = price(frame(clinic(("Ada", 15, 3, 9), clinic="Ohio")), PLACES).lines
    unknown = mix.beside_medicare(lines, (*PAIR, "97165"), "97112")
    assert unknown.select("share_state", "share_nation").row(0) == (None, None)
