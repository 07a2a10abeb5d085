"""Several files on the Data page."""

from __future__ import annotations

import gc
import io
from datetime import date
from typing import TYPE_CHECKING

import openpyxl
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from analysis.medicare.fees import resolve
from pages._ui.kit.screens import DATA, PAYMENTS, SCREENS
from tests.app.page import JULY, JUNE, drop, title
from tests.archives import packed
from tests.ingest.x12.build import claim, head, interchange

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from streamlit.testing.v1 import AppTest

SERVICE = "SVC*HC:97110:GP*100*30**2~DTM*472*20260613~CAS*CO*45*70"
REMITTANCE = interchange([*head("30"), *claim("P1", SERVICE, charge="100", paid="30")])


def test_several_files_are_one_data_set(open_page: Callable[..., AppTest]) -> None:
    app = drop(open_page(DATA.path), ("june.csv", JUNE.encode()), ("july.csv", JULY.encode()))
    assert not app.exception
    assert title(app).startswith("3 of 3 rows are ready")


def test_a_remittance_joins_the_charges_that_are_loaded(open_page: Callable[..., AppTest]) -> None:
    app = drop(open_page(DATA.path), ("june.csv", JUNE.encode()))
    next(button for button in app.button if button.label == "Use these lines").click().run()
    app = drop(app, ("june.835", REMITTANCE))
    assert not app.exception
    assert title(app).startswith("2 of 2 rows are ready, 1 remittance row posted: ")
    app.switch_page(PAYMENTS.path).run()
    assert not app.exception
    assert [tab.label for tab in app.tabs][-1] == "Remittances"
    assert "is missing: \\$20 short" in title(app)


def test_without_the_switch_files_take_the_place_of_what_is_loaded(open_page: Callable[..., AppTest]) -> None:
    app = drop(open_page(DATA.path), ("june.csv", JUNE.encode()), ("july.csv", JULY.encode()))
    next(toggle for toggle in app.toggle if "Add to the loaded files" in toggle.label).set_value(False).run()
    app = drop(app, ("june.835", REMITTANCE))
    assert title(app).startswith("1 of 1 row")


def test_an_archive_is_opened_and_what_is_no_export_is_told(open_page: Callable[..., AppTest]) -> None:
    data = packed({"june.csv": JUNE, "july.csv": JULY, "note.pdf": "%PDF-1.7"})
    app = drop(open_page(DATA.path), ("all.zip", data))
    assert title(app).startswith("3 of 3 rows are ready")
    assert any("PDF" in error.value for error in app.error)


def held_by_streamlit() -> int:
    """Bytes of uploads in Streamlit's own hands, of all sessions of this process."""
    managers = [one for one in gc.get_objects() if type(one) is MemoryUploadedFileManager]
    return sum(len(file.data) for one in managers for held in one.file_storage.values() for file in held.values())


def test_streamlit_lets_go_of_files_once_they_are_read(open_page: Callable[..., AppTest]) -> None:
    before = held_by_streamlit()
    app = drop(open_page(DATA.path), ("june.csv", JUNE.encode()), ("note.pdf", b"%PDF-1.7" + bytes(1 << 20)))
    assert not app.exception
    assert held_by_streamlit() == before


def test_a_summed_report_shows_its_mix_and_says_what_is_missing(open_page: Callable[..., AppTest]) -> None:
    app = drop(open_page(DATA.path), ("codes.csv", b"CPT,Units,Amt Billed\n97110,30,900.00\n97140,10,200.00\n"))
    assert not app.exception
    assert any("one row per charge" in error.value for error in app.error)
    assert app.dataframe[0].value["share_units"].to_list() == [75.0, 25.0]


def test_files_without_a_single_charge_break_no_page(open_page: Callable[..., AppTest]) -> None:
    back = "SVC*HC:97110:GP*-100*-30**2~DTM*472*20260613~CAS*CO*45*-70"
    data = interchange([*head("-30"), *claim("P1", back, status="22", charge="-100", paid="-30")])
    app = drop(open_page(DATA.path), ("june.835", data))
    for screen in SCREENS:
        app.switch_page(screen.path).run()
        assert not app.exception


def test_a_remittance_alone_fills_every_page(open_page: Callable[..., AppTest]) -> None:
    app = drop(open_page(DATA.path), ("june.835", REMITTANCE))
    for screen in SCREENS:
        app.switch_page(screen.path).run()
        assert not app.exception
        assert not [error.value for error in app.error]


def test_payer_classes_of_the_last_file_do_not_hold_for_the_next(open_page: Callable[..., AppTest]) -> None:
    app = drop(open_page(DATA.path), ("june.csv", JUNE.encode()), ("more.csv", JULY.encode()))
    app.session_state["payer_classes"] = {"Medicare": "Commercial"}
    app.run()
    next(toggle for toggle in app.toggle if "Add to the loaded files" in toggle.label).set_value(False).run()
    app = drop(app, ("july.csv", JULY.replace("7/13", "8/13").encode()), ("august.csv", JULY.encode()))
    assert title(app).startswith("2 of 2 rows")
    assert "payer_classes" not in app.session_state


def test_own_files_take_the_place_of_the_sample_clinic(open_page: Callable[..., AppTest]) -> None:
    app = open_page(DATA.path, sample=True)
    assert not any("Add to the loaded files" in toggle.label for toggle in app.toggle)
    app = drop(app, ("june.csv", JUNE.encode()), ("july.csv", JULY.encode()))
    assert title(app).startswith("3 of 3 rows are ready")
    assert app.session_state["export"].dollars_accepted == 25000


def test_a_file_that_is_added_keeps_what_was_set(open_page: Callable[..., AppTest]) -> None:
    plain = JUNE.replace(",Clinic ZIP", "").replace(",14202", "")
    app = drop(open_page(DATA.path), ("june.csv", plain.encode()), ("july.csv", plain.replace("6/13", "7/13").encode()))
    app.selectbox("place_None").select(resolve("45202").label).run()
    app.session_state["payer_classes"] = {"Medicare": "Commercial"}
    app = drop(app.run(), ("june.835", REMITTANCE))
    assert not app.exception
    assert app.session_state["localities"] == {None: resolve("45202")}
    assert app.session_state["payer_classes"] == {"Medicare": "Commercial"}


def test_a_file_refused_among_others_stands_at_the_top(open_page: Callable[..., AppTest]) -> None:
    app = drop(
        open_page(DATA.path), ("june.csv", JUNE.encode()), ("july.csv", JULY.encode()), ("note.pdf", b"%PDF-1.7")
    )
    assert title(app).startswith("3 of 3 rows are ready")
    assert "PDF" in app.main.error[0].value
    assert not any("PDF" in error.value for tab in app.tabs for error in tab.error)


def test_the_confirming_screen_says_what_is_missing_and_not_used(open_page: Callable[..., AppTest]) -> None:
    text = "MRN,DOS,CPT,Units,Balance Due\nA,3/13/2026,97110,2,80.00\n"
    app = drop(open_page(DATA.path), ("june.csv", text.encode()))
    said = " ".join(caption.value for caption in app.caption)
    assert "Not in this file: no charges" in said
    assert "no payments" in said
    assert "look like money: Balance Due" in said


def test_a_bookkeeper_s_sheets_are_filled_down_and_joined(open_page: Callable[..., AppTest]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for month in (1, 2, 3):
        sheet = book.create_sheet(f"Month {month}")
        sheet.append(["Day", "Pt", "Code", "Units", "Charged"])
        sheet.append([date(2026, month, 2), "Quill, Ada", 97110, 2, 120])
        sheet.append([None, "Quill, Ada", 97140, 1, 60])
    out = io.BytesIO()
    book.save(out)
    app = drop(open_page(DATA.path), ("book.xlsx", out.getvalue()))
    assert title(app).startswith("3 of 6 rows are ready")
    assert any("Month 1, Month 2, Month 3 have the same columns" in info.value for info in app.info)
    next(box for box in app.checkbox if "Fill it down (3 more rows would be read)" in box.label).check().run()
    assert title(app).startswith("6 of 6 rows are ready")
    next(button for button in app.button if button.label == "Use these lines").click().run()
    assert not app.exception
    assert title(app).startswith("6 of 6 rows are ready")
    assert app.session_state["export"].dollars_accepted == 54000


def test_files_that_wait_to_be_read_are_read_on_the_next_run(open_page: Callable[..., AppTest]) -> None:
    """As where a run was stopped while a file was read: by a further drop, or by opening another page."""
    app = open_page(DATA.path)
    app.session_state["upload_inbox"] = ({"1": ("june.csv", JUNE.encode()), "2": ("july.csv", JULY.encode())}, False)
    app.switch_page(PAYMENTS.path).run()
    assert any("has not been read yet" in info.value for info in app.info)
    app.switch_page(DATA.path).run()
    assert title(app).startswith("3 of 3 rows are ready")
    assert "upload_inbox" not in app.session_state


def test_an_export_that_a_stopped_run_left_out_is_made_of_its_files(open_page: Callable[..., AppTest]) -> None:
    app = drop(open_page(DATA.path), ("june.csv", JUNE.encode()), ("july.csv", JULY.encode()))
    del app.session_state["export"]
    app.run()
    assert title(app).startswith("3 of 3 rows are ready")


def test_a_remembered_mapping_is_named_by_its_headings(
    open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REVMIX_HOME", str(tmp_path))
    app = drop(open_page(DATA.path), ("Smith_John_1950.csv", JUNE.encode()))
    app.checkbox[0].set_value(True).run()
    next(button for button in app.button if button.label == "Use these lines").click().run()
    [kept] = tmp_path.rglob("*.toml")
    assert "Smith" not in kept.read_text()
    assert 'name = "Patient ID, DOS, CPT, Mods"' in kept.read_text()
