"""Web pages and Excel 2003's XML that are named .xls, and workbooks of Excel 97-2003."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from analysis.errors import BadInput
from analysis.ingest.read.web_pages import read_page

if TYPE_CHECKING:
    from tests.ingest.conftest import Read

ROWS = [
    ["Charges by therapist"],
    ["MRN", "DOS", "CPT", "Mod", "Units", "Charge"],
    ["A1", "1/31/2026", "97110", "GP", "2", "1,080.00"],
    ["B2", "1/31/2026", "97140", "GP", "1", "$60.00"],
]
EXPECTED = [("97110", 2, 108000), ("97140", 1, 6000)]


def page(rows: list[list[str]], *, before: str = "", tag: str = "td") -> bytes:
    body = "".join("<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in row) + "</tr>\n" for row in rows)
    return f"<html><head><style>td {{x}}</style></head><body>{before}<table>{body}</table></body></html>".encode()


def spreadsheet(rows: list[list[str]], *, head: str = "", cell: str = "<Cell>") -> bytes:
    body = "".join(
        "<Row>" + "".join(f'{cell}<Data ss:Type="String">{text}</Data></Cell>' for text in row) + "</Row>"
        for row in rows
    )
    space = (
        'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"'
    )
    sheet = f'<Worksheet ss:Name="June"><Table>{body}</Table></Worksheet>'
    return f'<?xml version="1.0"?>{head}<Workbook {space}>{sheet}</Workbook>'.encode()


@pytest.mark.parametrize(
    "data",
    [
        page(ROWS),
        page(ROWS, tag="th"),
        page(ROWS).replace(b"</td>", b"").replace(b"</tr>", b""),  # as old systems write it
        page(ROWS).decode().encode("utf-16"),
        page(ROWS, before="<table><tr><td>Printed</td><td>6/1/2026</td></tr></table>"),
        page(ROWS).replace(b"<td>97110</td>", b"<td><b>97110</b><br></td>"),
        page(ROWS).replace(b"<td>Charges by therapist</td>", b'<td colspan="6">Charges by therapist</td>'),
        spreadsheet(ROWS),
    ],
    ids=["page", "th", "unclosed", "utf-16", "two tables", "tags in cells", "colspan", "excel 2003"],
)
def test_a_table_under_another_name_is_read(read: Read, data: bytes) -> None:
    export = read(data, "june.xls")
    assert export.lines.select("code", "units", "charge_cents").rows() == EXPECTED
    assert export.lines["source_row"].to_list() == [3, 4]


def test_cells_that_run_down_leave_their_place(read: Read) -> None:
    rows = page(ROWS).replace(b"<td>A1</td><td>1/31/2026</td>", b'<td>A1</td><td rowspan="2">1/31/2026</td>')
    rows = rows.replace(b"<td>B2</td><td>1/31/2026</td>", b"<td>B2</td>")
    export = read(rows, "june.xls")
    assert export.lines["code"].to_list() == ["97110"]
    assert export.reasons == {"date_of_service__missing": 1}  # a page has no merged cells to spread


def test_gaps_in_excel_2003_xml_are_kept(read: Read) -> None:
    data = spreadsheet(ROWS).replace(b'<Cell><Data ss:Type="String">GP</Data></Cell>', b"")
    data = data.replace(b'<Cell><Data ss:Type="String">2</Data>', b'<Cell ss:Index="5"><Data ss:Type="String">2</Data>')
    data = data.replace(b'<Cell><Data ss:Type="String">1</Data>', b'<Cell ss:Index="5"><Data ss:Type="String">1</Data>')
    assert read(data, "june.xls").lines.select("code", "units", "charge_cents").rows() == EXPECTED


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (spreadsheet(ROWS, head='<!DOCTYPE x [<!ENTITY a "b">]>'), "entities"),
        (spreadsheet(ROWS)[:-20], "damaged XML"),
        (b"<?xml version='1.0'?><orders><order/></orders>", "not a workbook"),
        (b"<html><body><p>no table</p></body></html>", "without a table"),
        (b"<html><table></table></html>", "without a table"),
    ],
)
def test_markup_that_is_no_table_is_one_clear_line(read: Read, data: bytes, found: str) -> None:
    with pytest.raises(BadInput, match=found):
        read(data, "june.xls")


def test_a_workbook_of_excel_97_is_read(read: Read) -> None:
    export = read((Path(__file__).parent / "june_97.xls").read_bytes(), "june.xls")
    assert export.format == "xls"
    assert export.lines.select("code", "units", "charge_cents").rows() == EXPECTED


@pytest.mark.parametrize("cell", ["1", "<b>1</b>", '<font color="red">1</font>', "<p>1</p>", "1<br>"])
def test_a_long_table_is_no_page_of_too_many_tags(cell: str) -> None:
    rows = f"<tr><td>{cell}</td><td>2</td></tr>" * 60_000  # more tags than a page may have besides its cells
    (grid,) = read_page(f"<table>{rows}</table>", "x.xls")
    assert (grid.height, grid.frame().row(0), grid.frame().row(-1)) == (60_000, ("1", "2"), ("1", "2"))


def test_paragraphs_of_a_cell_stay_apart() -> None:
    (grid,) = read_page("<table><tr><td><p>97110</p><p>97112</p></td><td>a<i>b</i></td></tr></table>", "x.xls")
    assert grid.frame().row(0) == ("97110 97112", "ab")
