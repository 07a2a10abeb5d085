"""The app in a browser: what AppTest cannot see. Uploads, deep links, downloads, accessibility, requests, filters."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import FilePayload, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from analysis.medicare.fees import resolve
from analysis.money import plain
from analysis.pricing import rates

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.conftest import LiveApp

pytestmark = pytest.mark.browser

EXPORT = """Patient,DOS,Procedure,Column 4,Charge,Payer,Clinic ZIP
P-1,3/2/2026,97530,1,90.00,Medicare,45202
P-1,3/2/2026,97110,2,140.00,Medicare,45202
P-2,3/3/2026,97110,1,70.00,Aetna,45202
P-3,3/4/2026,97112,many,70.00,Aetna,45202
"""


def title(page: Page) -> str:
    """Wait for the page's answer and read it."""
    heading = page.locator("h1")
    expect(heading).to_be_visible(timeout=60_000)
    return heading.inner_text()


def settled(page: Page) -> None:
    """Wait until nothing runs and what the run before left behind is gone, so that each thing stands there once."""
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()
    expect(page.locator("[data-stale=true]")).to_have_count(0)


def drop(page: Page, name: str, content: str) -> None:
    file = FilePayload(name=name, mimeType="text/csv", buffer=content.encode())
    page.locator("input[type=file]").set_input_files(file)


def choose(page: Page, label: str, option: str) -> None:
    box, choice = page.get_by_label(label), page.get_by_role("option", name=option, exact=True)
    for _ in range(3):
        settled(page)  # a list that is open is closed when the page is drawn anew
        box.click()
        box.fill(option)
        try:
            choice.click(timeout=15_000)
        except PlaywrightTimeout:  # drawn anew all the same: open it again
            page.keyboard.press("Escape")
        else:
            return
    choice.click()


def cells(page: Page, table: str) -> list[list[str]]:
    """What a table shows, row by row, from the grid's own accessibility tree."""
    grid = (
        page.get_by_role("region", name=table).or_(page.locator(f'[aria-label="{table}"]')).filter(visible=True).first
    )
    grid.scroll_into_view_if_needed()
    rows = grid.locator("tbody tr")
    expect(rows.first).to_be_attached()
    return [[cell.inner_text() for cell in row.locator("td").all()] for row in rows.all()]


def test_a_file_is_uploaded_corrected_and_a_code_s_revenue_read_off_the_screen(page: Page, live_app: LiveApp) -> None:
    page.goto(live_app.url)
    assert title(page).startswith("Drop a billing export")
    drop(page, "march.csv", EXPORT)
    expect(page.locator("h1")).to_contain_text("the columns need you", timeout=60_000)
    expect(page.get_by_role("alert").first).to_contain_text("units")
    choose(page, "Meaning of Column 4", "Units")
    expect(page.locator("h1")).to_contain_text("3 of 4 rows are ready: $300 billed, Mar 2026; 1 row needs you")
    page.get_by_role("button", name="Use these lines").click()
    page.get_by_role("button", name="See revenue").click()
    expect(page.locator("h1")).to_contain_text("expected at Medicare rates")

    # P-1: 97530 has the day's highest practice expense, so it is paid in full and both 97110 units are reduced.
    # P-2: the single 97110 unit is paid in full.
    [row] = rates(date(2026, 3, 2), resolve("45202"), codes=["97110"]).iter_rows(named=True)
    cents = 2 * row["reduced_cents"] + row["full_cents"]
    expect(page.locator("h1")).to_contain_text("no code has 20 units")  # so few are in the table alone
    table = cells(page, "Every code with units, billed, expected and paid amounts")
    [mine] = [shown for shown in table if "97110" in shown]
    # The grid's own accessibility tree has the numbers as they are; the dollar signs are painted.
    assert plain(cents) in mine
    assert "210" in mine


def test_a_deep_link_as_the_first_request_of_a_fresh_server(page: Page, start_app: Callable[..., LiveApp]) -> None:
    app = start_app("--demo")
    page.goto(f"{app.url}/code_mix")
    assert "97112" in title(page)
    expect(page.get_by_role("link", name="Revenue")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/code_mix$"))


def test_a_deep_link_without_data_says_what_to_do(page: Page, start_app: Callable[..., LiveApp]) -> None:
    page.goto(f"{start_app().url}/revenue")
    assert "open a billing export" in title(page)
    page.get_by_role("button", name="Open a billing export").click()
    expect(page.locator("h1")).to_contain_text("Drop a billing export")


def test_the_demo_opens_on_revenue_and_filters_stay_over_pages(page: Page, live_demo: LiveApp) -> None:
    page.goto(live_demo.url)
    assert "earns the most" in title(page)
    box = page.get_by_label("Payer class").first
    box.click()
    page.get_by_role("option", name="Medicare", exact=True).click()
    page.keyboard.press("Escape")  # while the list is open, everything else is hidden from assistive technology
    chip = page.get_by_role("button", name="Payer class: Medicare")
    expect(chip).to_be_visible()
    page.get_by_role("link", name="Code mix").click()
    expect(page.locator("h1")).to_contain_text("97112")
    expect(chip).to_be_visible()
    chip.click()
    expect(chip).to_have_count(0)


def test_a_download_holds_no_formula(page: Page, live_app: LiveApp, tmp_path: Path) -> None:
    page.goto(f"{live_app.url}/data")
    title(page)
    drop(page, "march.csv", EXPORT.replace("Column 4", "Units").replace("many", "=1+1"))
    expect(page.locator("h1")).to_contain_text("1 row needs you", timeout=60_000)
    page.get_by_role("tab", name="Rows to review").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download these rows").click()
    waiting.value.save_as(tmp_path / "rows.csv")
    text = (tmp_path / "rows.csv").read_text(encoding="utf-8-sig")
    assert "'=•••" in text
    assert "P-3" not in text, "a patient number leaves the app only as a pseudonym"


def test_a_name_typed_with_enter_is_the_locality_and_a_wrong_zip_keeps_it(page: Page, live_app: LiveApp) -> None:
    page.goto(f"{live_app.url}/data")
    title(page)
    nowhere = EXPORT.replace("Column 4", "Units").replace("Clinic ZIP", "Room")
    drop(page, "march.csv", nowhere)
    page.get_by_role("button", name="Use these lines").click(timeout=60_000)
    expect(page.locator("h1")).to_contain_text("One step left: what is the clinic's ZIP code?")
    type_place(page, "15202")  # a ZIP code of Pennsylvania and the number of Ohio's contractor
    expect(page.locator("h1")).not_to_contain_text("One step left")
    box = page.get_by_label("Locality of all lines")
    expect(box).to_have_value(re.compile(", PA"))
    type_place(page, "ohio")
    expect(box).to_have_value("Ohio, OH (15202-00)")
    type_place(page, "00000")
    expect(page.get_by_role("alert").filter(has_text="00000 is not a ZIP code Medicare knows")).to_be_visible()
    expect(box).to_have_value("Ohio, OH (15202-00)")


def type_place(page: Page, text: str) -> None:
    """Type into the locality picker and press Enter, as a reader in a hurry does."""
    box = page.get_by_label("Locality of all lines")
    box.click()
    box.fill(text)
    box.press("Enter")


# ------------------------------------------------------------------------------------------------------ accessibility
PAGES = ("data", "revenue", "code_mix", "fee_schedules")


def test_a_phone_scrolls_down_only(browser: Browser, live_demo: LiveApp) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-US")
    page = context.new_page()
    for name in PAGES:
        page.goto(f"{live_demo.url}/{name}")
        title(page)
        page.locator("[data-testid=stDataFrame], [data-testid=stPlotlyChart]").filter(visible=True).first.wait_for()
        wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert wide <= 390, f"{name} is {wide} pixels wide"
    context.close()
