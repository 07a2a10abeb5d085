"""Workbooks as Excel and its libraries write them."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import xlsxwriter

from analysis.errors import BadInput
from analysis.ingest import read_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ingest.conftest import Read

HEAD = ["Patient ID", "DOS", "CPT", "Mod 1", "Units", "Charge"]


def line(
    number: Any = "007", day: Any = date(2026, 1, 31), code: Any = 97110, units: Any = 2, charge: Any = 87.5
) -> list[Any]:
    return [number, day, code, "GP", units, charge]


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_dates_as_dates_serials_and_text_and_numbers_as_text(read: Read, workbook: Callable[..., bytes]) -> None:
    days = [date(2026, 1, 31), datetime(2026, 1, 31, 14, 30), 46053, 46053.604, "46053", "1/31/2026", "2026-01-31"]  # noqa: DTZ001
    export = read(
        workbook(HEAD, *[line(day=day) for day in days], line(code="97110", units="2", charge="87.50")), "a.xlsx"
    )
    assert export.rows_accepted == 8
    assert export.lines["date_of_service"].unique().to_list() == [date(2026, 1, 31)]
    assert export.lines["code"].unique().to_list() == ["97110"]
    assert export.lines["charge_cents"].unique().to_list() == [8750]
    assert export.lines["units"].unique().to_list() == [2]


def test_leading_zeros_of_text_cells_are_kept_apart_from_numbers() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD)
        sheet.write_string(1, 0, "007")
        sheet.write_formula(2, 0, '=TEXT(7,"000")', None, "007")
        sheet.write_number(3, 0, 7)
        for number in (1, 2, 3):
            sheet.write_row(number, 1, ["1/31/2026", 97110, "GP", 1, 80])
    table = read_table(out.getvalue(), "a.xlsx")
    assert table.frame["Patient ID"].to_list() == ["007", "007", "7"]


def test_formulas_give_their_stored_results(read: Read) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "mm/dd/yyyy"})
        sheet.write_row(0, 0, HEAD)
        sheet.write_row(1, 0, ["007", None, None, "GP"])
        sheet.write_formula(1, 1, "=DATE(2026,1,31)", day, 46053)
        sheet.write_formula(1, 2, "=97000+110", None, 97110)
        sheet.write_formula(1, 4, "=1+1", None, 2)
        sheet.write_formula(1, 5, "=2*40.1", None, 80.2)
    export = read(out.getvalue(), "a.xlsx")
    assert export.lines.select("date_of_service", "code", "units", "charge_cents").row(0) == (
        date(2026, 1, 31),
        "97110",
        2,
        8020,
    )


def test_errors_and_formulas_without_a_result_are_rejected_not_empty(
    read: Read, workbook: Callable[..., bytes]
) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for number in range(10):
            sheet.write_row(2 + number, 1, HEAD if number == 0 else ["007", "1/31/2026", 97110, "GP", 1, 80])
        sheet.write_formula(4, 6, "=1/0", None, "#DIV/0!")
    export = read(out.getvalue(), "a.xlsx")
    assert export.rows.select("source_row", "reason", "found").row(0) == (5, "charge_cents__not_money", "#DIV/0!")
    assert export.rows_accepted == 8

    export = read(workbook(HEAD, *[line()] * 3, line(charge="=2*40")), "b.xlsx")
    assert export.rows.select("source_row", "reason").row(0) == (5, "charge_cents__not_money")
    assert "formula" in export.rows["found"][0]


def test_a_table_that_begins_below_and_beside_the_corner(read: Read, workbook: Callable[..., bytes]) -> None:
    shifted = [[None, None, *cells] for cells in (HEAD, line(), line())]
    export = read(workbook([None], [None, "Riverside PT"], [], *shifted), "a.xlsx")
    assert export.lines["source_row"].to_list() == [5, 6]


def test_blank_rows_within_count_and_formatted_ones_at_the_end_do_not(read: Read) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for cells in (HEAD, line(), [None] * 6, line()):
        sheet.append(cells)
    sheet["A400"].number_format = "0.00"
    sheet["B400"] = " "
    export = read(saved(book), "a.xlsx")
    assert (export.rows_read, export.rows_accepted, export.reasons) == (3, 2, {"row__blank": 1})
    assert export.lines["source_row"].to_list() == [2, 4]


def test_cells_merged_over_rows_hold_for_each_row_but_amounts_do_not(read: Read) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append([])
    for cells in (HEAD, line("007"), line(None, None), line("008")):
        sheet.append([None, *cells])
    sheet["G4"] = None
    for area in ("B3:B4", "C3:C4", "G3:G4"):
        sheet.merge_cells(area)
    export = read(saved(book), "a.xlsx")
    assert export.rows_accepted == 3
    first, second, third = export.lines["visit_key"]
    assert first == second != third
    assert export.lines["charge_cents"].to_list() == [8750, None, 8750]


def test_the_sheet_with_the_charges_is_read_and_others_are_told(read: Read, workbook: Callable[..., bytes]) -> None:
    data = workbook(Notes=[["Read me"], ["first"]], May=[HEAD, line()], June=[HEAD, line(), line(units=1)])
    export = read(data, "a.xlsx")
    assert (export.rows_read, export.rows_accepted) == (3, 2)  # a sheet a month; the line that both hold counts once
    assert [source.name for source in export.sources] == ["a.xlsx, sheet June", "a.xlsx, sheet May"]
    noted = workbook(May=[HEAD, line()], June=[[*HEAD, "Remarks of Ann"], [*line(), "x"], line(units=1)])
    assert read(noted, "a.xlsx").rows_read == 3  # a column that nobody reads parts no sheets
    turned = workbook(May=[HEAD[::-1], line()[::-1]], June=[HEAD, line(), line(units=1)])
    assert read(turned, "a.xlsx").lines["units"].to_list() == read(data, "a.xlsx").lines["units"].to_list()
    other = workbook(May=[HEAD, line()], June=[[*HEAD, "Allowed"], [*line(), 5], line(units=1)])
    export = read(other, "a.xlsx")
    assert (export.sheet, export.rows_read) == ("June", 2)
    [notice] = [notice for notice in export.notices if notice.name.startswith("file")]
    assert notice.text.startswith('1 row of 1 sheet ("May") is not included')
    assert read(data, "a.xlsx", sheet="May").rows_read == 1
    with pytest.raises(BadInput, match="June"):
        read(data, "a.xlsx", sheet="July")
    with pytest.raises(BadInput, match="headings"):
        read(data, "a.xlsx", sheet="Notes")


def test_a_hidden_sheet_is_read_only_when_it_is_named(read: Read) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["nothing", "here"])
    hidden = book.create_sheet("Old")
    hidden.sheet_state = "hidden"
    for cells in (HEAD, line(), line()):
        hidden.append(cells)
    with pytest.raises(BadInput):
        read(saved(book), "a.xlsx")
    assert read(saved(book), "a.xlsx", sheet="Old").rows_read == 2


def test_dates_of_the_1904_system(read: Read) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"date_1904": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD)
        sheet.write_row(1, 0, ["A", None, 97110, "GP", 1, 80])
        sheet.write_datetime(1, 1, datetime(2026, 1, 31), book.add_format({"num_format": "mm/dd/yyyy"}))  # noqa: DTZ001
    assert read(out.getvalue(), "a.xlsx").lines["date_of_service"].to_list() == [date(2026, 1, 31)]


@pytest.mark.parametrize("rows", [[], [[]], [[None]], [["", " "]]])
def test_a_workbook_without_cells_is_said(read: Read, workbook: Callable[..., bytes], rows: list[list[Any]]) -> None:
    with pytest.raises(BadInput, match=r"a\.xlsx"):
        read(workbook(Charges=rows), "a.xlsx")


def test_one_merged_heading_over_the_columns_of_modifiers(read: Read) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Patient ID", "DOS", "CPT", "Modifiers", None, None, "Units"])
    sheet.append(["A", "1/31/2026", 97110, "GP", "KX", None, 1])
    sheet.append(["A", "1/31/2026", 97112, "GP", None, 59, 1])
    sheet.merge_cells("D1:F1")
    assert read(saved(book), "a.xlsx").lines["modifiers"].to_list() == ["GP KX", "59 GP"]
