"""Every page with the sample clinic, with nothing loaded and with garbage: never an exception, always an answer."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from analysis.fees import resolve
from analysis.pricing import rates
from pages._ui.screens import CODE_MIX, DATA, FEE_SCHEDULES, REVENUE, SCREENS, Screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

PATHS = [screen.path for screen in SCREENS]


def said(app: AppTest) -> str:
    """Everything a reader sees as text."""
    elements = (*app.title, *app.header, *app.markdown, *app.caption, *app.error, *app.warning, *app.info)
    return "\n".join(element.value for element in elements)


def answers(app: AppTest) -> str:
    """The page's title: its answer in a sentence."""
    assert not app.exception, app.exception
    [title] = app.title
    return str(title.value)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_answers_in_its_first_sentence_with_a_number(open_page: Callable[..., AppTest], path: str) -> None:
    app = open_page(path, sample=True)
    assert re.search(r"\d", answers(app))
    assert not app.error
    assert app.dataframe, "a table stands beside every chart"


def test_the_code_mix_names_the_code_that_gives(open_page: Callable[..., AppTest]) -> None:
    assert re.search(
        r"Each point of mix moved from 97110 to 97112 (is worth|costs) \\\$[\d,]+ a year",
        answers(open_page(CODE_MIX.path, sample=True)),
    )


@pytest.mark.parametrize("path", PATHS)
def test_a_page_without_data_says_what_to_do_and_offers_one_button(
    open_page: Callable[..., AppTest], path: str
) -> None:
    app = open_page(path)
    assert answers(app)
    assert not app.error
    primary = [button for button in app.button if button.proto.type == "primary"]
    if path in {REVENUE.path, CODE_MIX.path}:
        assert not app.metric
        assert not app.dataframe
        [button] = primary
        button.click().run()
        assert answers(app).startswith("Drop a billing export")
    elif path == FEE_SCHEDULES.path:
        assert "Nationally" in answers(app)
    else:
        assert app.file_uploader


def test_the_first_visit_opens_where_the_work_is(open_page: Callable[..., AppTest]) -> None:
    assert answers(open_page()).startswith("Drop a billing export")
    assert "earns most" in answers(open_page(sample=True))


def test_every_metric_has_its_definition_on_hover(open_page: Callable[..., AppTest]) -> None:
    app = open_page(REVENUE.path, sample=True)
    assert len(app.metric) == 7
    assert all(metric.proto.help for metric in app.metric)


def test_a_filter_is_named_above_the_content_and_comes_off_as_a_chip(open_page: Callable[..., AppTest]) -> None:
    app = open_page(REVENUE.path, sample=True)
    whole = app.metric[0].value
    app.multiselect("filter_payer_classes").set_value(["Medicare"]).run()
    assert app.metric[0].value != whole
    next(button for button in app.button if "Medicare" in button.label).click().run()
    assert app.metric[0].value == whole
    assert not app.exception


TWO_CLINICS = (
    "Patient ID,DOS,CPT,Units,Charge,Clinic,Clinic ZIP\n"
    "P1,3/2/2026,97110,2,120.00,North,45202\n"
    "P2,3/2/2026,97110,2,120.00,South,\n"
)


def test_a_clinic_without_locality_says_that_it_cannot_be_priced(open_page: Callable[..., AppTest]) -> None:
    app = press(drop(open_page(DATA.path), "two.csv", TWO_CLINICS.encode()), "Use these lines")
    assert "1 clinic has no locality" in said(app)
    app.switch_page(REVENUE.path).run()
    assert answers(app).startswith("97110")
    assert any("South" in warning.value for warning in app.warning)
    app.switch_page(DATA.path).run()
    app.selectbox("place_South").set_value("Ohio, OH (15202-00)").run()
    app.switch_page(REVENUE.path).run()
    assert not app.warning


def test_a_selection_without_a_locality_is_no_error_on_any_page(open_page: Callable[..., AppTest]) -> None:
    lines = f"{TWO_CLINICS}P3,3/3/2026,97112,1,70.00,South,\n"
    app = press(drop(open_page(DATA.path), "two.csv", lines.encode()), "Use these lines")
    app.switch_page(REVENUE.path).run()
    app.multiselect("filter_clinics").set_value(["South"]).run()
    for screen in SCREENS:
        app.switch_page(screen.path).run()
        assert answers(app)
        assert not app.error, screen.path
    app.switch_page(CODE_MIX.path).run()
    assert "None of these lines is of a clinic with a Medicare locality" in said(app)


def test_the_mix_of_one_code_is_a_sentence(open_page: Callable[..., AppTest]) -> None:
    app = press(drop(open_page(DATA.path), "two.csv", TWO_CLINICS.encode()), "Use these lines")
    app.switch_page(CODE_MIX.path).run()
    assert answers(app) == r"Every line of this export is 97110 Therapeutic exercise\: a mix takes two codes"


ONE_VISIT = (
    "Patient ID,DOS,CPT,Units,Charge,Therapist,Clinic ZIP\n"
    "P1,3/2/2026,97530,1,120.00,Ada,45202\n"
    "P1,3/2/2026,97110,1,120.00,Ben,45202\n"
)


def _expected(app: AppTest) -> dict[str, Decimal]:
    """Expected dollars by code, as the Revenue page's table has them."""
    [table] = [frame.value for frame in app.dataframe if {"share_expected", "mppr_cents"} <= {*frame.value}]
    return dict(zip(table["code"], table["expected_cents"], strict=True))


def test_a_filter_takes_lines_away_and_never_changes_what_a_line_is_worth(open_page: Callable[..., AppTest]) -> None:
    app = press(drop(open_page(DATA.path), "visit.csv", ONE_VISIT.encode()), "Use these lines")
    app.switch_page(REVENUE.path).run()
    whole = _expected(app)
    app.multiselect("filter_providers").set_value(["Ben"]).run()
    # Ben's 97110 stays the reduced unit of its visit, though Ada's 97530 is filtered out.
    assert _expected(app) == {"97110": whole["97110"]}
    reduced = rates(date(2026, 3, 2), resolve("45202"), codes=["97110"])["reduced_cents"].item()
    assert whole["97110"] * 100 == reduced


def test_without_any_locality_nothing_is_priced_and_the_page_says_where_to_set_one(
    open_page: Callable[..., AppTest],
) -> None:
    nowhere = GOOD.replace("Clinic ZIP", "Room")
    app = press(drop(open_page(DATA.path), "june.csv", nowhere.encode()), "Use these lines")
    app.switch_page(REVENUE.path).run()
    assert "No clinic has a Medicare locality yet" in answers(app)
    assert not app.metric


def test_clearing_forgets_the_file(open_page: Callable[..., AppTest]) -> None:
    app = open_page(DATA.path, sample=True)
    next(button for button in app.button if button.label == "Clear this data").click().run()
    assert answers(app).startswith("Drop a billing export")
    assert "export" not in app.session_state


# -------------------------------------------------------------------------------------------------------- other files
GOOD = (
    "Patient ID,DOS,CPT,Units,Charge,Payer,Clinic ZIP\n"
    "P1,3/2/2026,97110,2,120.00,Medicare,45202\n"
    "P1,3/2/2026,97530,1,80.00,Medicare,45202\n"
    "P2,3/3/2026,97112,two,70.00,Aetna,45202\n"
)


def drop(app: AppTest, name: str, content: bytes) -> AppTest:
    """Drop a file on the Data page."""
    return app.file_uploader[0].set_value((name, content, "application/octet-stream")).run()


def press(app: AppTest, label: str) -> AppTest:
    """Press a button by its label."""
    return next(button for button in app.button if button.label == label).click().run()


def test_a_file_is_dropped_confirmed_and_priced(open_page: Callable[..., AppTest]) -> None:
    app = drop(open_page(DATA.path), "june.csv", GOOD.encode())
    assert answers(app) == r"2 of 3 rows are ready: \$200 billed, Mar 2026; 1 row needs you"
    app.switch_page(REVENUE.path).run()
    assert "waits for a last look" in answers(app)
    app.switch_page(DATA.path).run()
    press(app, "Use these lines")
    assert "pending" not in app.session_state, "the file's own text is let go once its columns are confirmed"
    app.switch_page(REVENUE.path).run()
    assert "earns most" in answers(app)


def test_a_corrected_column_is_read_again_at_once(open_page: Callable[..., AppTest]) -> None:
    odd = GOOD.replace("Charge", "Column 7").replace("Payer", "Insurer of record")
    app = drop(open_page(DATA.path), "odd.csv", odd.encode())
    assert "billed" not in answers(app)
    choice = next(box for box in app.selectbox if box.label == "Meaning of Column 7")
    choice.set_value("charge_cents").run()
    assert r"\$200 billed" in answers(app)
    assert not app.exception


@pytest.mark.usefixtures("home")
def test_a_mapping_is_remembered_only_when_asked(open_page: Callable[..., AppTest]) -> None:
    from analysis.ingest.profiles import load_all  # noqa: PLC0415  reads REVMIX_HOME, which the fixture sets

    before = len(load_all())
    odd = GOOD.replace("Units", "Anzahl").encode()
    app = drop(open_page(DATA.path), "odd.csv", odd)
    next(box for box in app.selectbox if box.label == "Meaning of Anzahl").set_value("units").run()
    press(app, "Use these lines")
    assert len(load_all()) == before
    again = drop(open_page(DATA.path), "odd.csv", odd)
    next(box for box in again.selectbox if box.label == "Meaning of Anzahl").set_value("units").run()
    again.checkbox[0].check().run()
    press(again, "Use these lines")
    assert len(load_all()) == before + 1
    third = drop(open_page(DATA.path), "odd.csv", odd)
    assert answers(third).startswith("2 of 3 rows are ready")


def _zip_of(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return file.getvalue()


GARBAGE = {
    "empty.csv": b"",
    "spaces.csv": b" \n \n",
    "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8,
    "letter.pdf": b"%PDF-1.7\n" + b"x" * 500,
    "cut.xlsx": _zip_of(xl__workbook=b"<x/>")[:60],
    "no workbook.xlsx": _zip_of(readme=b"hello"),
    "bomb.xlsx": _zip_of(xl__worksheets__sheet1=b"0" * 60_000_000),
    "locked.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000,
    "page.xls": b"<html><body><p>Session expired</p></body></html>",
    "prose.txt": b"Dear Sir or Madam,\nplease find the figures attached.\nYours\n",
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_leaves_one_clear_line_and_the_page_as_it_was(open_page: Callable[..., AppTest], name: str) -> None:
    app = drop(open_page(DATA.path), name, GARBAGE[name])
    assert answers(app)
    assert len(app.error) == 1
    message = app.error[0].value
    assert "\n" not in message
    assert "Traceback" not in message
    assert "found" in message
    assert "expected" in message
    if "pending" not in app.session_state:
        drop(app, "june.csv", GOOD.encode())
        assert answers(app).startswith("2 of 3 rows are ready"), "the next file is read as if nothing had been"


def test_a_file_without_the_needed_columns_says_which_and_can_be_mapped(open_page: Callable[..., AppTest]) -> None:
    app = drop(
        open_page(DATA.path), "totals.csv", b"Procedure codes,Units,Amt Billed\n97110,40,2400.00\n97112,10,700\n"
    )
    assert answers(app)
    assert len(app.error) == 1
    assert "date of service" in app.error[0].value
    assert next(button for button in app.button if button.label == "Use these lines").disabled


HOSTILE = "![x](http://example.invalid/a.png) <b>$1$ :red[y]"


def test_text_of_a_file_never_becomes_markup(open_page: Callable[..., AppTest]) -> None:
    rows = GOOD.replace("Medicare", f'"{HOSTILE}"').replace("Patient ID", f'"{HOSTILE} Patient ID"')
    app = drop(open_page(DATA.path), "<b>x</b>.csv", rows.encode())
    next(box for box in app.selectbox if "Patient ID" in box.label).set_value("patient_id").run()
    press(app, "Use these lines")
    for screen in SCREENS:
        app.switch_page(screen.path).run()
        assert not app.exception
        assert "![x](" not in said(app)


def test_screens_are_those_of_the_router() -> None:
    assert [screen.title for screen in SCREENS] == ["Data", "Revenue", "Code mix", "Fee schedules"]
    assert all(isinstance(screen, Screen) for screen in SCREENS)
