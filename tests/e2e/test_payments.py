"""The Payments page in a browser, with a remittance dropped beside the export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, expect

from tests.ingest.x12.build import claim, head, interchange

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.conftest import LiveApp

pytestmark = pytest.mark.browser

EXPORT = """Patient,DOS,CPT,Mods,Units,Charge,Payer,Clinic ZIP
P-1,6/15/2026,97530,GP,1,90.00,Medicare,45202
P-1,6/15/2026,97110,GP,2,140.00,Medicare,45202
"""
PAID = "SVC*HC:97110:GP*140*20**2~DTM*472*20260615~CAS*CO*45*110~CAS*PR*2*10"
REFUSED = "SVC*HC:97530:GP*90*0**1~DTM*472*20260615~CAS*CO*197*90"


def test_a_remittance_beside_an_export_shows_what_is_owed(page: Page, live_app: LiveApp) -> None:
    remittance = interchange([*head("20"), *claim("P-1", PAID, REFUSED, charge="230", paid="20")])
    page.goto(f"{live_app.url}/data")
    page.locator("input[type=file]").set_input_files(
        [
            FilePayload(name="june.csv", mimeType="text/csv", buffer=EXPORT.encode()),
            FilePayload(name="june.835", mimeType="application/octet-stream", buffer=remittance),
        ]
    )
    expect(page.locator("h1")).to_contain_text("2 of 2 rows are ready, 2 remittance rows posted", timeout=60_000)
    page.get_by_role("link", name="Payments").click()
    expect(page.locator("h1")).to_contain_text("denied", timeout=60_000)
    expect(page.locator("h1")).to_contain_text("expected is missing")
    page.get_by_role("tab", name="Denials").click()
    expect(page.get_by_role("heading", name="No authorization before the visit")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible_and_fits_a_phone(page: Page, live_demo: LiveApp, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_demo.url}/payments")
    expect(page.locator("h1")).to_contain_text("denied", timeout=60_000)
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide
    broken = Axe().run(page).response["violations"]
    serious = [rule["id"] for rule in broken if rule["impact"] in {"serious", "critical"}]
    assert not serious
