"""What can be done with files once they are used: columns corrected, files taken out, payers and mappings sorted."""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pytest

from analysis.ingest import Mapping
from analysis.ingest.columns.saved_mappings import load_all, save
from analysis.medicare.fees import resolve
from pages._ui.kit.screens import DATA, REVENUE
from tests.app.page import drop, press, title
from tests.ingest.x12.build import claim, head, interchange

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

HEAD = "Patient ID,DOS,CPT,Mods,Units,Fee,Other,Payer,Clinic ZIP\n"
JUNE = (
    HEAD + "P1,6/13/2026,97110,GP,2,60.00,130.00,Medicare,14202\nP1,6/13/2026,97140,GP,1,50.00,55.00,Medicare,14202\n"
)
JULY = HEAD + "P1,7/13/2026,97110,GP,1,60.00,60.00,BWC Ohiana,14202\nP1,7/13/2026,97140,GP,1,50.00,50.00,Zed,14202\n"


def mean(app: AppTest, heading: str, field: str | None) -> AppTest:
    return next(box for box in app.selectbox if box.label == f"Meaning of {heading}").set_value(field or "").run()


def billed(app: AppTest) -> int:
    cents: int = app.session_state["export"].dollars_accepted
    return cents


def used(open_page: Callable[..., AppTest], *files: tuple[str, bytes]) -> AppTest:
    app = drop(open_page(DATA.path), *(files or (("june.csv", JUNE.encode()),)))
    return app if len(files) > 1 else press(app, "Use these lines")


def test_columns_are_corrected_after_the_lines_are_used(open_page: Callable[..., AppTest]) -> None:
    app = used(open_page)
    assert billed(app) == 11000
    app.session_state["payer_classes"] = {"Medicare": "Commercial"}
    app.session_state["localities"] = {None: resolve("45202")}
    app = press(app, "Correct the columns")
    mean(app, "Fee", None)
    mean(app, "Other", "charge_cents")
    assert billed(app) == 11000  # until it is used
    app = press(app, "Use these lines")
    assert not app.exception
    assert billed(app) == 18500
    assert app.session_state["payer_classes"] == {"Medicare": "Commercial"}
    assert app.session_state["localities"] == {None: resolve("45202")}


def test_columns_that_were_opened_may_be_left_as_they_were(open_page: Callable[..., AppTest]) -> None:
    app = press(used(open_page), "Correct the columns")
    mean(app, "Fee", None)
    app = press(app, "Keep it as it was")
    assert title(app).startswith("2 of 2 rows are ready")
    assert billed(app) == 11000


def test_one_file_of_several_is_corrected_or_taken_out(open_page: Callable[..., AppTest]) -> None:
    app = used(open_page, ("june.csv", JUNE.encode()), ("july.csv", JULY.encode()))
    assert billed(app) == 22000
    app = press(app, "Correct the columns", 1)
    mean(app, "Fee", None)
    mean(app, "Other", "charge_cents")
    app = press(app, "Use these lines")
    assert [file.name for file in app.session_state["files"]] == ["june.csv", "july.csv"]
    assert billed(app) == 22000
    app = press(app, "Remove", 0)
    assert billed(app) == 11000
    assert title(app).startswith("2 of 2 rows are ready")
    assert not app.exception


def test_the_columns_of_a_sheet_a_month_are_corrected_for_all(open_page: Callable[..., AppTest]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for month in (1, 2, 3):
        sheet = book.create_sheet(f"Month {month}")
        sheet.append(["Patient ID", "DOS", "CPT", "Units", "Fee", "Other"])
        sheet.append(["P1", f"{month}/13/2026", 97110, 2, 60, 125])
    out = io.BytesIO()
    book.save(out)
    app = drop(open_page(DATA.path), ("book.xlsx", out.getvalue()), ("june.csv", JUNE.encode()))
    assert billed(app) == 3 * 6000 + 11000  # no sheet is lost beside another file
    app = press(app, "Correct the columns", 0)
    mean(app, "Fee", None)
    mean(app, "Other", "charge_cents")
    app = press(app, "Use these lines")
    assert billed(app) == 3 * 12500 + 11000


def test_the_columns_of_a_refused_file_can_be_chosen(open_page: Callable[..., AppTest]) -> None:
    odd = b"Who,When,What,How many,Money\nP7,7/13/2026,97110,2,70.00\n"
    app = used(open_page, ("june.csv", JUNE.encode()), ("odd.csv", odd), ("note.pdf", b"%PDF-1.7"))
    assert len(app.error) == 2
    assert [button.label for button in app.button if button.label.startswith("Choose the columns")] == [
        "Choose the columns of odd\\.csv"
    ]
    app = press(app, "Choose the columns of odd\\.csv")
    for heading, field in {"Who": "patient_id", "When": "date_of_service", "How many": "units"}.items():
        mean(app, heading, field)
    mean(app, "What", "code")
    mean(app, "Money", "charge_cents")
    app = press(app, "Use these lines")
    assert billed(app) == 18000
    assert [error.value for error in app.error] == [error.value for error in app.error if "PDF" in error.value]


def test_an_unknown_payer_is_asked_for_once_with_a_proposal(open_page: Callable[..., AppTest]) -> None:
    text = JULY.replace("BWC Ohiana", "Ohiana Work Injury Fund")
    app = drop(open_page(DATA.path), ("july.csv", text.encode()))
    asked = {box.label: box.value for box in app.selectbox if "billed" in box.label}
    assert asked == {
        r"Ohiana Work Injury Fund (1 line, \$60.00 billed)": "Workers' compensation",
        r"Zed (1 line, \$50.00 billed)": "Commercial",
    }
    next(box for box in app.selectbox if box.label.startswith("Zed")).set_value("Self-pay").run()
    app = press(app, "Use these lines")
    classes = app.session_state["payer_classes"]
    assert classes == {"Ohiana Work Injury Fund": "Workers' compensation", "Zed": "Self-pay"}
    app = drop(app, ("august.csv", text.replace("7/13", "8/13").encode()))
    assert not [box.label for box in app.selectbox if "billed" in box.label]


def test_payers_of_several_files_are_asked_for_on_the_page(open_page: Callable[..., AppTest]) -> None:
    app = used(open_page, ("june.csv", JUNE.encode()), ("july.csv", JULY.encode()))
    assert {box.label: box.value for box in app.selectbox if "billed" in box.label} == {
        r"BWC Ohiana (1 line, \$60.00 billed)": "Workers' compensation",
        r"Zed (1 line, \$50.00 billed)": "Commercial",
    }
    app = press(app, "Use these classes")
    assert app.session_state["payer_classes"] == {"BWC Ohiana": "Workers' compensation", "Zed": "Commercial"}
    assert not [button.label for button in app.button if button.label == "Use these classes"]


def test_a_missing_figure_leads_to_the_columns(open_page: Callable[..., AppTest]) -> None:
    app = used(open_page)
    app = app.switch_page(REVENUE.path).run()
    assert any("This export has no payments" in caption.value for caption in app.caption)
    app = press(app, "Correct the columns")
    assert not app.exception
    assert any(box.label == "Meaning of Other" for box in app.selectbox)


def test_a_file_that_is_added_is_not_filtered_by_the_dates_of_the_first(open_page: Callable[..., AppTest]) -> None:
    app = used(open_page).switch_page(REVENUE.path).run()
    app = drop(
        app.switch_page(DATA.path).run(), ("july.csv", JULY.encode()), ("august.csv", JULY.replace("7/", "8/").encode())
    )
    app.switch_page(REVENUE.path).run()
    assert any("6 of 6 lines" in caption.value for caption in app.caption)
    app.date_input(key="filter_dates").set_value((date(2026, 7, 1), date(2026, 7, 31))).run()
    app = drop(
        app.switch_page(DATA.path).run(), ("september.csv", JULY.replace("7/", "9/").encode()), ("note.pdf", b"%PDF")
    )
    app.switch_page(REVENUE.path).run()
    assert any("2 of 8 lines" in caption.value for caption in app.caption), "dates the user chose stay"


def test_payments_are_told_in_their_own_dollars(open_page: Callable[..., AppTest]) -> None:
    service = "SVC*HC:97110:GP*60*30**2~DTM*472*20260613~CAS*CO*45*30"
    other = service.replace("20260613", "20260401")
    remittance = interchange(
        [
            *head("55"),
            *claim("P1", service, charge="60", paid="30", member="P1"),
            *claim("P9", other, charge="60", paid="30", member="P9"),
            "PLB*1*20261231*WO*5",
        ]
    )
    app = used(open_page, ("june.csv", JUNE.encode()), ("june.835", remittance))
    [told] = [caption.value for caption in app.caption if "check or EFT" in caption.value]
    assert told == (
        r"1 check or EFT paid \$60.00 on claims: \$30.00 posted, \$30.00 unmatched. Payers also withheld "
        r"\$5.00 that is not for a claim."
    )


@pytest.mark.usefixtures("home")
def test_remembered_mappings_are_listed_and_forgotten(open_page: Callable[..., AppTest]) -> None:
    kept = Mapping((("Wer", "patient_id"), ("Wann", "date_of_service")), fingerprint="abc123", name="Front desk")
    save(kept)
    app = open_page(DATA.path)
    assert any("saved column setup" in box.label for box in app.expander)
    assert any("Front desk" in text.value for text in app.markdown)
    app.button("forget_abc123").click().run()
    assert not any("Front desk" in text.value for text in app.markdown)
    assert kept not in load_all()[0]
