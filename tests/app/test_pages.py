"""Every page with the sample clinic, with nothing loaded and with garbage: never an exception, always an answer."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from analysis.medicare.fees import resolve
from analysis.pricing import rates
from pages._ui.kit.screens import CODE_MIX, DATA, FEE_SCHEDULES, PAYMENTS, REVENUE, SCREENS, WHAT_IF, Screen
from tests.archives import packed

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

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
    if path in {REVENUE.path, PAYMENTS.path, CODE_MIX.path, WHAT_IF.path}:
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
    assert "One step left: what is the clinic's ZIP code?" in answers(app)
    assert [box.key for box in app.selectbox if str(box.key).startswith("place_")] == ["place_South", "place_North"]
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
    assert "None of these lines has a Medicare locality" in said(app)


def test_the_mix_of_one_code_is_a_sentence(open_page: Callable[..., AppTest]) -> None:
    app = press(drop(open_page(DATA.path), "two.csv", TWO_CLINICS.encode()), "Use these lines")
    app.switch_page(CODE_MIX.path).run()
    assert (
        answers(app) == r"Every line in this export is 97110 Therapeutic exercise\. A code mix needs at least two codes"
    )


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


NOWHERE = (
    "Patient ID,DOS,CPT,Units,Charge,Insurance Paid,Payer,Room\n"
    "P1,3/2/2026,97110,2,120.00,50,Medicare,1\n"
    "P1,3/2/2026,97530,1,200.00,30,Medicare,1\n"
)


def primary(app: AppTest) -> list[str]:
    """The labels of the page's primary buttons."""
    return [button.label for button in app.button if button.proto.type == "primary"]


def test_without_a_locality_data_leads_with_the_question_and_then_with_what_earns(
    open_page: Callable[..., AppTest],
) -> None:
    app = press(drop(open_page(DATA.path), "nowhere.csv", NOWHERE.encode()), "Use these lines")
    assert answers(app).endswith("One step left: what is the clinic's ZIP code?")
    assert not primary(app), "the question comes first"
    assert "See revenue" in [button.label for button in app.button]
    type_place(app, "place_None", "45202")
    assert "One step left" not in answers(app)
    assert app.selectbox("place_None").value == "Ohio, OH (15202-00)"
    assert primary(app) == ["See revenue"]


def test_without_a_locality_revenue_shows_what_needs_none(open_page: Callable[..., AppTest]) -> None:
    app = press(drop(open_page(DATA.path), "nowhere.csv", NOWHERE.encode()), "Use these lines")
    app.switch_page(REVENUE.path).run()
    assert answers(app) == r"97530 Therapeutic activities is billed most\: 33% of units and 62% of billed dollars"
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
    app = press(drop(open_page(DATA.path), "nowhere.csv", lines.encode()), "Use these lines")
    app.switch_page(path).run()
    assert answers(app)
    assert not app.error


# --------------------------------------------------------------------------------------------------- typed localities
def type_place(app: AppTest, key: str, text: str) -> AppTest:
    """Type into a locality picker and press Enter; AppTest itself only chooses what a list offers."""
    box = app.selectbox(key)
    box.options.append(text)
    return box.set_value(text).run()


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


# ------------------------------------------------------------------------------------------- lines without an amount
def test_data_says_how_many_ready_lines_have_no_medicare_amount_and_why(open_page: Callable[..., AppTest]) -> None:
    lines = (
        f"{GOOD}P3,3/3/2026,97014,1,20.00,Aetna,45202\nP4,3/4/2026,97014,1,20.00,Aetna,45202\n"
        "P5,3/3/2018,97110,1,20.00,Aetna,45202\nP6,4/3/2018,97110,1,20.00,Aetna,45202\n"
        "P7,4/4/2018,97110,1,20.00,Aetna,45202\n"
    )
    app = press(drop(open_page(DATA.path), "june.csv", lines.encode()), "Use these lines")
    [sentence] = [info.value for info in app.info if "no Medicare amount" in info.value]
    assert sentence.startswith("5 of the ready lines have no Medicare amount")
    assert "3 before 2020" in sentence
    assert "2 of 97014, not valid for Medicare" in sentence
    [table] = [frame.value for frame in app.dataframe if {"reason", "lines"} <= {*frame.value}]
    assert dict(zip(table["code"], table["lines"], strict=True)) == {"97110": 3, "97014": 2}
    assert "Rows to review" in [tab.label for tab in app.tabs]


def test_a_file_whose_lines_all_have_an_amount_says_nothing_of_it(open_page: Callable[..., AppTest]) -> None:
    app = press(drop(open_page(DATA.path), "june.csv", GOOD.encode()), "Use these lines")
    assert "no Medicare amount" not in said(app)
    assert f"Your file ({len(GOOD) / 1_000:.1f} kB) and what RevMix read are in memory" in said(app).replace("\\", "")
    assert "Correct these rows in your own file, then open that file again" in said(app)


# ------------------------------------------------------------------------------------------------ what Medicare paid
def test_revenue_sets_medicare_s_payments_beside_what_should_have_arrived(open_page: Callable[..., AppTest]) -> None:
    lines = (
        "Patient ID,DOS,CPT,Units,Charge,Insurance Paid,Payer,Clinic ZIP\n"
        "P1,3/2/2026,97110,1,120.00,20.00,Medicare,45202\n"
        "P2,3/2/2026,97110,1,120.00,99.00,Aetna,45202\n"
    )
    app = press(drop(open_page(DATA.path), "june.csv", lines.encode()), "Use these lines")
    app.switch_page(REVENUE.path).run()
    [sentence] = [text.value for text in app.markdown if text.value.startswith("Medicare lines")]
    full = rates(date(2026, 3, 2), resolve("45202"), codes=["97110"])["full_cents"].item()
    # Sequestration takes two percent of the 80 percent that Medicare itself pays.
    assert full * 98 // 100 < full - full * 16 // 1000 <= full
    assert f"\\${(full - full * 16 // 1000 + 50) // 100} expected under Medicare's rules, \\$20 paid" in sentence
    assert r"Over 1 Medicare line with a payment" in sentence


def test_the_headline_and_tiles_name_whose_rates_they_rest_on(open_page: Callable[..., AppTest]) -> None:
    app = open_page(REVENUE.path, sample=True)
    assert answers(app).endswith("of revenue at Medicare rates")
    assert {"Expected at Medicare rates", "Net collection rate"} <= {metric.label for metric in app.metric}


# -------------------------------------------------------------------------------------------------------- fee schedules
def test_fees_come_newest_first_and_the_own_volume_goes_from_final_to_proposed(
    open_page: Callable[..., AppTest],
) -> None:
    app = open_page(FEE_SCHEDULES.path, sample=True)
    years = [str(name).removesuffix("_cents") for name in app.dataframe[0].value if str(name).endswith("_cents")]
    assert years[:3] == ["2027 PROPOSED", "2026", "2025"]
    assert years[-1] == "2020"
    assert (app.selectbox("effect_before").value, app.selectbox("effect_after").value) == (2026, 2027)


def test_a_qualifying_participant_is_priced_by_the_higher_factor_everywhere(open_page: Callable[..., AppTest]) -> None:
    app = press(drop(open_page(DATA.path), "visit.csv", ONE_VISIT.encode()), "Use these lines")
    app.switch_page(REVENUE.path).run()
    before = _expected(app)
    app.switch_page(DATA.path).run()
    [box] = [box for box in app.checkbox if "QP" in box.label]
    box.check().run()
    app.switch_page(REVENUE.path).run()
    full = rates(date(2026, 3, 2), resolve("45202"), codes=["97530"], track="qp")["full_cents"].item()
    assert _expected(app)["97530"] * 100 == full
    assert _expected(app)["97530"] > before["97530"]
    assert "qualifying APM participant (QP)" in "\n".join(caption.value for caption in app.caption)
    app.switch_page(FEE_SCHEDULES.path).run()
    newest = app.dataframe[0].value
    assert newest.loc[newest["code"] == "97530", "2026_cents"].item() * 100 == full
    source = next(caption.value for caption in app.caption if "Medicare physician fee schedule" in caption.value)
    assert "qualifying APM participant (QP)" in source
    assert "not a" not in source
    app.switch_page(DATA.path).run()
    next(box for box in app.checkbox if "QP" in box.label).uncheck().run()
    app.switch_page(REVENUE.path).run()
    assert _expected(app) == before


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
    assert answers(app) == r"2 of 3 rows are ready: \$200 billed, Mar 2026; 1 row needs your attention"
    app.switch_page(REVENUE.path).run()
    assert "Check the columns" in answers(app)
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
    from analysis.ingest.columns.saved_mappings import load_all  # noqa: PLC0415  reads REVMIX_HOME, which the fixture sets

    before = len(load_all()[0])
    odd = GOOD.replace("Units", "Anzahl").encode()
    app = drop(open_page(DATA.path), "odd.csv", odd)
    next(box for box in app.selectbox if box.label == "Meaning of Anzahl").set_value("units").run()
    press(app, "Use these lines")
    assert len(load_all()[0]) == before
    again = drop(open_page(DATA.path), "odd.csv", odd)
    next(box for box in again.selectbox if box.label == "Meaning of Anzahl").set_value("units").run()
    again.checkbox[0].check().run()
    press(again, "Use these lines")
    assert len(load_all()[0]) == before + 1
    third = drop(open_page(DATA.path), "odd.csv", odd)
    assert answers(third).startswith("2 of 3 rows are ready")


GARBAGE = {
    "empty.csv": b"",
    "spaces.csv": b" \n \n",
    "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8,
    "letter.pdf": b"%PDF-1.7\n" + b"x" * 500,
    "cut.xlsx": packed({"xl/workbook": b"<x/>"})[:60],
    "no workbook.xlsx": packed({"readme": b"hello"}),
    "bomb.xlsx": packed({"xl/worksheets/sheet1": b"0" * 60_000_000}),
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
        open_page(DATA.path),
        "totals.csv",
        b"Procedure codes,Units,Amt Billed,Wann\n97110,40,2400.00,1/31/2026\n97112,10,700,2/1/2026\n",
    )
    assert answers(app)
    assert len(app.error) == 1
    assert "date of service" in app.error[0].value
    assert "choose the column's meaning below" in app.error[0].value
    assert "mapping file" not in app.error[0].value
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
    assert [screen.title for screen in SCREENS] == [
        "Data",
        "Revenue",
        "Payments",
        "Code mix",
        "What-if",
        "Fee schedules",
    ]
    assert all(isinstance(screen, Screen) for screen in SCREENS)
