"""Clinics without a Medicare locality: what is asked, what is shown until then, and what a typed place means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pages._ui.kit.screens import CODE_MIX, DATA, FEE_SCHEDULES, REVENUE, SCREENS
from tests.app.page import NOWHERE, TWO_CLINICS, answers, drop, press, primary, said, type_place

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest


def test_a_clinic_without_locality_says_that_it_cannot_be_priced(open_page: Callable[..., AppTest]) -> None:
    app = press(drop(open_page(DATA.path), ("two.csv", TWO_CLINICS.encode())), "Use these lines")
    assert "One step left: what is the clinic's ZIP code?" in answers(app)
    assert [box.key for box in app.selectbox if str(box.key).startswith("place_")] == ["place_South", "place_North"]
    app.switch_page(REVENUE.path).run()
    assert answers(app).startswith(r"\$49 expected at Medicare rates; no code has 20 units"), "one of the two clinics"
    assert any("South" in warning.value for warning in app.warning)
    app.switch_page(DATA.path).run()
    app.selectbox("place_South").set_value("Ohio, OH (15202-00)").run()
    app.switch_page(REVENUE.path).run()
    assert not app.warning


def test_a_selection_without_a_locality_is_no_error_on_any_page(open_page: Callable[..., AppTest]) -> None:
    lines = f"{TWO_CLINICS}P3,3/3/2026,97112,1,70.00,South,\n"
    app = press(drop(open_page(DATA.path), ("two.csv", lines.encode())), "Use these lines")
    app.switch_page(REVENUE.path).run()
    app.multiselect("filter_clinics").set_value(["South"]).run()
    for screen in SCREENS:
        app.switch_page(screen.path).run()
        assert answers(app)
        assert not app.error, screen.path
    app.switch_page(CODE_MIX.path).run()
    assert "None of these lines has a Medicare locality" in said(app)


def test_without_a_locality_data_leads_with_the_question_and_then_with_what_earns(
    open_page: Callable[..., AppTest],
) -> None:
    app = press(drop(open_page(DATA.path), ("nowhere.csv", NOWHERE.encode())), "Use these lines")
    assert answers(app).endswith("One step left: what is the clinic's ZIP code?")
    assert not primary(app), "the question comes first"
    assert "See revenue" in [button.label for button in app.button]
    type_place(app, "place_None", "45202")
    assert "One step left" not in answers(app)
    assert app.selectbox("place_None").value == "Ohio, OH (15202-00)"
    assert primary(app) == ["See revenue"]


def test_without_a_locality_revenue_names_the_code_billed_most_of_those_with_enough_units(
    open_page: Callable[..., AppTest],
) -> None:
    rows = [f"P{number},3/2/2026,97530,1,200.00,Medicare,1" for number in range(20)]
    heading = NOWHERE.splitlines()[0].replace(",Insurance Paid", "")
    content = "\n".join([heading, *rows, "P1,3/2/2026,97110,2,9000.00,Medicare,1", ""])
    app = press(drop(open_page(DATA.path), ("nowhere.csv", content.encode())), "Use these lines")
    app.switch_page(REVENUE.path).run()
    assert answers(app) == r"97530 Therapeutic activities is billed most\: 91% of units and 31% of billed dollars"


def test_without_a_locality_revenue_shows_what_needs_none(open_page: Callable[..., AppTest]) -> None:
    app = press(drop(open_page(DATA.path), ("nowhere.csv", NOWHERE.encode())), "Use these lines")
    app.switch_page(REVENUE.path).run()
    assert answers(app) == "3 units billed; no code has 20 units, the least to be named"
    tiles = {metric.label: metric.value for metric in app.metric}
    assert tiles["Billed"] == "$320"
    assert tiles["Paid"] == "$80"
    assert (tiles["Visits"], tiles["Units"]) == ("1", "3")
    table = app.dataframe[0].value
    assert dict(zip(table["code"], table["billed_cents"], strict=True)) == {"97530": 200, "97110": 120}
    assert "Expected amounts need the clinic's ZIP code" in said(app)
    assert "Medicare lines" not in said(app)
    press(app, "Set the ZIP code")
    assert "One step left" in answers(app)


@pytest.mark.parametrize("path", [screen.path for screen in SCREENS])
def test_no_page_fails_without_a_locality(open_page: Callable[..., AppTest], path: str) -> None:
    lines = f"{NOWHERE}P2,4/3/2026,97112,1,70.00,35,Aetna,1\n"
    app = press(drop(open_page(DATA.path), ("nowhere.csv", lines.encode())), "Use these lines")
    app.switch_page(path).run()
    assert answers(app)
    assert not app.error


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("ohio", "Ohio, OH (15202-00)"),
        ("  MANHATTAN ", "Manhattan, NY (13202-01)"),
        ("kansas", "Kansas, KS (05202-00)"),  # not Arkansas
        ("oh", "Ohio, OH (15202-00)"),
        ("15202", "Rest Of Pennsylvania, PA (12502-99)"),  # Pittsburgh's ZIP code, and Ohio's contractor
    ],
)
def test_a_typed_place_is_the_locality_it_means(open_page: Callable[..., AppTest], typed: str, means: str) -> None:
    app = type_place(open_page(FEE_SCHEDULES.path), "fees_locality", typed)
    assert not app.error
    assert app.selectbox("fees_locality").value == means


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("00000", r"00000 is not a ZIP code Medicare knows; type your clinic's 5-digit ZIP"),
        ("rest of", r"rest of matches \d+ localities: (Rest [^;]+; ){5}Rest [^;]+ and \d+ more. Type more"),
        ("Atlantis", "Atlantis is not a Medicare locality"),
    ],
)
def test_a_place_that_is_none_or_several_says_so_and_keeps_the_last_one(
    open_page: Callable[..., AppTest], typed: str, message: str
) -> None:
    app = type_place(open_page(FEE_SCHEDULES.path), "fees_locality", "kentucky")
    type_place(app, "fees_locality", typed)
    [error] = app.error
    assert re.match(message, error.value.replace("\\", "")), error.value
    assert app.selectbox("fees_locality").value == "Kentucky, KY (15102-00)"
    assert "In Kentucky" in answers(app)
    type_place(app, "fees_locality", "45202")
    assert not app.error
    assert "In Ohio" in answers(app)
