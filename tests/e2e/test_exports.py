"""Foreign exports in a browser, from the drop to Revenue, counting dollars; and files beside files."""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import openpyxl
import pytest
from playwright.sync_api import FilePayload, expect

from tests.e2e.test_browser import cells, choose, settled, title
from tests.ingest.x12.build import claim, head, interchange

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.conftest import LiveApp

pytestmark = pytest.mark.browser

TRANSACTIONS = """Transaction Detail Report
"Hometown Physical Therapy, LLC"

Svc Date,Patient Name,Patient ID,Primary Ins,Rendering,Zip of office,Proc Code,Mods,Qty,Gross,Ins Adj,Ins Pmt
03/02/2026,"Quill, Ada",1001,Aetna,"Lee, Ann PT",45202,97110,GP,2,$120.00,($49.71),($56.23)
03/02/2026,"Quill, Ada",1001,Aetna,"Lee, Ann PT",45202,97140,"GP, 59",1,$60.00,($20.00),($30.00)
03/13/2026,"Stone, Ben",1002,Medicare,"Lee, Ann PT",45202,97110,GP,1,$60.00,($29.00),($24.00)
Total,,,,,,,,4,$240.00,($98.71),($110.23)
"""
ITEMS = """Purchase Date;Client;Staff Member;Item;Insurer;Qty;Zip;Line value;Insurer Paid;Client Paid
25.03.2026;Ada Quill;Sam Chen;97110 GP 59;Medicare;1;45202;75,00;30,00;7,50
25.03.2026;Ada Quill;Sam Chen;97112 GP;Medicare;2;45202;160,00;64,00;16,00
25.03.2026;Ada Quill;Sam Chen;Late cancellation fee;Private Pay;1;45202;50,00;0,00;50,00
26.03.2026;Ben Stone;Sam Chen;97110 GP - Ther ex;Medicare;2;45202;150,00;60,00;15,00
"""
HEAD = "Patient ID,DOS,CPT,Mods,Units,Charge,Payer\n"
JUNE = f"{HEAD}P1,6/13/2026,97110,GP,2,100.00,Medicare\nP1,6/13/2026,97140,GP,1,50.00,Medicare\n"
REVENUE = "Every code with units, billed, expected and paid amounts"


def bookkeeper() -> bytes:
    """A sheet a month, dates once a day, and a heading that nobody knows for the charge."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for month in (1, 2):
        sheet = book.create_sheet(f"{date(2026, month, 1):%b}")
        sheet.append([f"Sunrise Rehab {month}/2026"])
        sheet.append(["Day", "Pt", "Ins", "Code", "Mod", "Units", "Put down", "Office zip"])
        sheet.append([date(2026, month, 13), "M.B.", "MCR", 97112, "GP", 2, 124, 45202])
        sheet.append([None, "M.B.", "MCR", 97140, "GP", 1, 62, 45202])
        sheet.append(["Total", None, None, None, None, 3, 186])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def drop(page: Page, *files: tuple[str, bytes]) -> None:
    payloads = [FilePayload(name=name, mimeType="application/octet-stream", buffer=data) for name, data in files]
    page.locator("input[type=file]").set_input_files(payloads)


def billed(page: Page) -> dict[str, str]:
    """Code -> dollars billed, as Revenue shows them."""
    page.get_by_role("button", name="See revenue").click()
    expect(page.locator("h1").first).not_to_contain_text("rows are ready", timeout=60_000)
    rows = cells(page, REVENUE)
    return {next(cell for cell in row if cell[:1] == "9" and len(cell) == 5): row[BILLED] for row in rows}


BILLED = 2
"""Column of billed dollars in Revenue's table."""


class Foreign(NamedTuple):
    """An export with a heading for the charge that nobody knows, and what the title says before and after."""

    name: str
    data: bytes
    heading: str
    before: str
    after: str
    codes: dict[str, str]


FOREIGN = (
    Foreign(
        "transactions.csv",
        TRANSACTIONS.encode(),
        "Gross",
        "3 of 4 rows are ready: Mar 2026",
        "3 of 4 rows are ready: $240 billed, Mar 2026",
        {"97110": "180", "97140": "60"},
    ),
    Foreign(
        "items.csv",
        ITEMS.encode(),
        "Line value",
        "3 of 4 rows are ready: Mar 2026",
        "3 of 4 rows are ready: $385 billed, Mar 2026",
        {"97110": "225", "97112": "160"},
    ),
    Foreign(
        "book.xlsx",
        bookkeeper(),
        "Put down",
        "2 of 6 rows are ready",
        "2 of 6 rows are ready: $248 billed",
        {"97112": "248", "97140": "124"},
    ),
)


@pytest.mark.parametrize("export", FOREIGN, ids=lambda export: export.name)
def test_a_foreign_export_with_one_column_corrected_earns_what_it_says(
    page: Page, live_app: LiveApp, export: Foreign
) -> None:
    page.goto(f"{live_app.url}/data")
    title(page)
    drop(page, (export.name, export.data))
    expect(page.locator("h1").first).to_contain_text(export.before, timeout=60_000)
    settled(page)
    meaning = page.get_by_label(f"Meaning of {export.heading}")
    if not meaning.is_visible():
        page.get_by_text("in your file that RevMix does not use").click()
    choose(page, f"Meaning of {export.heading}", "Billed charge of the line")
    expect(page.locator("h1").first).to_contain_text(export.after, timeout=60_000)
    if (fill := page.get_by_text("fill it down")).count():
        fill.click()
        expect(page.locator("h1").first).to_contain_text("4 of 6 rows are ready: $372 billed", timeout=60_000)
    page.get_by_role("button", name="Use these lines").click()
    place(page, "45202")
    assert billed(page) == export.codes


def place(page: Page, zip_code: str) -> None:
    """Answer where the clinic is."""
    box = page.get_by_role("combobox", name="Locality of").first
    box.click(timeout=60_000)
    box.fill(zip_code)
    box.press("Enter")
    expect(page.locator("h1").first).not_to_contain_text("One step left", timeout=60_000)


def test_own_files_replace_the_sample_and_a_refused_one_stands_on_top(page: Page, live_demo: LiveApp) -> None:
    page.goto(f"{live_demo.url}/data")
    title(page)
    page.get_by_role("tab", name="Files").click()
    drop(
        page, ("june.csv", JUNE.encode()), ("note.pdf", b"%PDF-1.7"), ("odd.csv", b"Who,What,When\nA,97110,3/2/2026\n")
    )
    expect(page.locator("h1").first).to_contain_text("2 of 2 rows are ready: $150 billed, Jun 2026", timeout=60_000)
    alerts = page.get_by_role("alert")
    expect(alerts.filter(has_text="note.pdf: found a PDF document")).to_be_visible()
    expect(alerts.filter(has_text="choose its columns with the button below")).to_be_visible()
    place(page, "45202")

    # A remittance joins what is loaded: the locality stays, and the payment's dollars are told.
    service = "SVC*HC:97110:GP*100*30**2~DTM*472*20260613~CAS*CO*45*70"
    remittance = interchange([*head("30"), *claim("P1", service, charge="100", paid="30", member="P1")])
    settled(page)
    expect(page.get_by_role("tab", name="Files")).to_have_count(1)
    page.get_by_role("tab", name="Files").click()
    drop(page, ("june.835", remittance))
    expect(page.locator("h1").first).to_contain_text("1 remittance row posted", timeout=60_000)
    expect(page.locator("h1").first).not_to_contain_text("One step left")
    expect(page.get_by_text("1 check or EFT paid $30.00 on claims: $30.00 posted.")).to_be_visible()
