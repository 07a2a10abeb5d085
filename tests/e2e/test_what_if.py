"""The What-if page in a browser: sliders by keyboard, links, files, phone, accessibility."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from analysis.whatif.scenarios import Recode, Scenario, ScheduleChange, link, read
from tests.e2e.test_browser import title

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

    from tests.conftest import LiveApp

pytestmark = pytest.mark.browser

SCENARIO = Scenario("A fifth to 97112", (Recode("97110", "97112", 1, 2_000), ScheduleChange(year=2027)))


def open_scenario(page: Page, app: LiveApp) -> None:
    """Open the sample clinic's What-if with a scenario, as somebody does who was sent a link."""
    page.goto(f"{app.url}/what_if?scenario={link.encode(SCENARIO)}")
    expect(page.locator("h1")).to_contain_text(SCENARIO.name, timeout=60_000)
    expect(page.locator(".st-key-guard_rails")).to_be_visible()


def settled(page: Page) -> None:
    page.locator("[data-testid=stDataFrame], [data-testid=stPlotlyChart]").filter(visible=True).first.wait_for()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    expect(page.locator('[data-stale="true"]')).to_have_count(0)  # what a rerun will replace is drawn paler


def test_a_link_is_the_first_request_of_a_fresh_server(page: Page, start_app: Callable[..., LiveApp]) -> None:
    open_scenario(page, start_app("--demo"))
    assert "PROPOSED" in title(page)
    expect(page.get_by_role("link", name="Revenue")).to_be_visible()


def test_the_slider_is_moved_by_the_keyboard_and_the_headline_follows(page: Page, live_demo: LiveApp) -> None:
    open_scenario(page, live_demo)
    seen = [title(page)]
    slider = page.get_by_role("slider", name=re.compile("Share of the visits")).first
    for percent in ("21", "22", "23"):
        slider.press("ArrowRight")
        expect(slider).to_have_value(percent)
        expect(page.locator("h1")).not_to_have_text(seen[-1])
        seen.append(title(page))
    assert len(set(seen)) == 4
    expect(page.locator("h1")).to_contain_text("A fifth to 97112")
    expect(page.locator(".st-key-guard_rails")).to_contain_text("in flagged visits")


def test_a_scenario_leaves_as_a_file_and_as_a_link_without_any_data(page: Page, live_demo: LiveApp) -> None:
    open_scenario(page, live_demo)
    page.get_by_role("button", name="Save and share").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download as a file").click()
    text = waiting.value.path().read_text("utf-8")
    assert waiting.value.suggested_filename.endswith(".toml")
    assert read(text, "download") == SCENARIO
    shown = page.locator("[data-testid=stCode]").filter(has_text="?scenario=").inner_text()
    address, _, packed = "".join(shown.split()).partition("?scenario=")
    assert link.decode(packed) == SCENARIO
    assert address == f"{live_demo.url}/what_if"
    for word in ("Summit", "Riverside", "riverside_pt"):
        assert word not in text


PARTS = {
    "By code": ".st-key-figure_difference_by_code",
    "Side by side": ".st-key-figure_side_by_side",
    "Sensitivity": ".st-key-figure_tornado",
    "All payers": ".st-key-to_contracts_what_if",
}
"""Parts of the answer and what each shows."""


def streamlits(node: dict[str, str]) -> bool:
    """Whether a fault is of Streamlit 1.67's own making: its drop zone is a labelled section with no role."""
    return 'role="presentation"' in node["html"] and "stFileUploaderDropzone" in node["html"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault(browser: Browser, live_demo: LiveApp, scheme: Literal["light", "dark"]) -> None:
    """In each part of the answer, and in what opens above the page."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US", color_scheme=scheme)
    page = context.new_page()
    open_scenario(page, live_demo)
    found: list[str] = []

    def look(what: str) -> None:
        settled(page)  # what is about to be drawn anew is pale
        for fault in Axe().run(page).response["violations"]:
            found.extend(
                f"{what}: {fault['id']}: {node['html'][:160]}" for node in fault["nodes"] if not streamlits(node)
            )

    for part, shows in PARTS.items():
        page.get_by_role("radio", name=part, exact=True).click()
        page.locator(shows).first.wait_for()
        look(part)
    for name in ("Another scenario", "Save and share", "Applies to: all visits"):
        page.get_by_role("button", name=name).click()
        expect(page.get_by_test_id("stPopoverBody")).to_be_visible()
        look(name)
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    context.close()
    assert not found, "\n".join(found)


def test_a_phone_scrolls_down_only(browser: Browser, live_demo: LiveApp) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-US")
    page = context.new_page()
    open_scenario(page, live_demo)
    settled(page)
    wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    context.close()
    assert wide <= 390
