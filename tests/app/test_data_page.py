"""Files on the Data page: confirmed, corrected, remembered; garbage is refused in one line and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pages._ui.kit.screens import DATA, REVENUE, SCREENS
from tests.app.page import GOOD, answers, drop, press, said
from tests.archives import packed

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest


def test_a_file_is_dropped_confirmed_and_priced(open_page: Callable[..., AppTest]) -> None:
    app = drop(open_page(DATA.path), ("june.csv", GOOD.encode()))
    assert answers(app) == r"2 of 3 rows are ready: \$200 billed, Mar 2026; 1 row needs your attention"
    app.switch_page(REVENUE.path).run()
    assert "Check the columns" in answers(app)
    app.switch_page(DATA.path).run()
    press(app, "Use these lines")
    assert "pending" not in app.session_state, "the file's own text is let go once its columns are confirmed"
    app.switch_page(REVENUE.path).run()
    assert "expected at Medicare rates" in answers(app)


def test_a_corrected_column_is_read_again_at_once(open_page: Callable[..., AppTest]) -> None:
    odd = GOOD.replace("Charge", "Column 7").replace("Payer", "Insurer of record")
    app = drop(open_page(DATA.path), ("odd.csv", odd.encode()))
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
    app = drop(open_page(DATA.path), ("odd.csv", odd))
    next(box for box in app.selectbox if box.label == "Meaning of Anzahl").set_value("units").run()
    press(app, "Use these lines")
    assert len(load_all()[0]) == before
    again = drop(open_page(DATA.path), ("odd.csv", odd))
    next(box for box in again.selectbox if box.label == "Meaning of Anzahl").set_value("units").run()
    again.checkbox[0].check().run()
    press(again, "Use these lines")
    assert len(load_all()[0]) == before + 1
    third = drop(open_page(DATA.path), ("odd.csv", odd))
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
    app = drop(open_page(DATA.path), (name, GARBAGE[name]))
    assert answers(app)
    assert len(app.error) == 1
    message = app.error[0].value
    assert "\n" not in message
    assert "Traceback" not in message
    assert "found" in message
    assert "expected" in message
    if "pending" not in app.session_state:
        drop(app, ("june.csv", GOOD.encode()))
        assert answers(app).startswith("2 of 3 rows are ready"), "the next file is read as if nothing had been"


def test_a_file_without_the_needed_columns_says_which_and_can_be_mapped(open_page: Callable[..., AppTest]) -> None:
    app = drop(
        open_page(DATA.path),
        ("totals.csv", b"Procedure codes,Units,Amt Billed,Wann\n97110,40,2400.00,1/31/2026\n97112,10,700,2/1/2026\n"),
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
    app = drop(open_page(DATA.path), ("<b>x</b>.csv", rows.encode()))
    next(box for box in app.selectbox if "Patient ID" in box.label).set_value("patient_id").run()
    press(app, "Use these lines")
    for screen in SCREENS:
        app.switch_page(screen.path).run()
        assert not app.exception
        assert "![x](" not in said(app)
