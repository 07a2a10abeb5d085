"""On paper: figures whole and at the page's width, tables with their rows, nothing of the window around them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from tests.e2e.test_accessibility import SCREENS, drawn, large_enough, money_is_seen, no_fault
from tests.e2e.test_browser import settled
from tests.e2e.test_what_if import open_scenario

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.conftest import LiveApp

pytestmark = pytest.mark.browser

PAPER = 720
"""Pixels between the margins of a Letter page."""

OUTSIDE = """() => [...document.querySelectorAll('[data-testid=stMain] *')]
  .filter(one => one.checkVisibility() && !one.closest('.stDataFrame, .draglayer, [data-testid=stMultiSelect]'))
  .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
  .map(one => one.outerHTML.slice(0, 120))"""

LABELS = """() => [...document.querySelectorAll('.js-plotly-plot')].map(figure => {
  const edge = figure.getBoundingClientRect();
  const ticks = [...figure.querySelectorAll('.xtick text, .xtick2 text, .bars .point path')];
  return ticks.filter(tick => tick.getBoundingClientRect().right > edge.right + 1).length;
})"""

ON_WHITE = """() => {
  const numbers = text => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([red, green, blue]) => [red, green, blue].map(part => part / 255)
    .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const shown = [...document.querySelectorAll('html, body, .stApp, [data-testid=stMain] *')]
    .filter(one => one.checkVisibility({checkVisibilityCSS: true}) && !one.closest('[aria-checked=true]'));
  const grounds = shown.filter(one => !one.closest('[data-testid=stSlider], [data-testid=stCheckbox]'))
    .filter(one => numbers(getComputedStyle(one).backgroundColor)[3] !== 0)
    .filter(one => light(numbers(getComputedStyle(one).backgroundColor)) < 0.8);
  const pale = shown.filter(one => [...one.childNodes].some(node => node.nodeType === 3 && /\\w/.test(node.data)))
    .filter(one => 1.05 / (light(numbers(getComputedStyle(one)[one.ownerSVGElement ? 'fill' : 'color'])) + 0.05) < 4.5);
  return [...grounds, ...pale].map(one => one.outerHTML.slice(0, 120));
}"""
"""What would not be dark ink on white paper: grounds, and texts with a contrast below 4.5."""


@pytest.mark.parametrize("screen", SCREENS)
def test_a_page_serves_everybody(page: Page, live_demo: LiveApp, screen: str) -> None:
    """One visit for all checks, because opening a page takes longest: axe, sizes, money in sight, and on paper."""
    page.goto(f"{live_demo.url}/{screen}")
    drawn(page)
    no_fault(page, screen)
    large_enough(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    drawn(page)
    money_is_seen(page)
    _nothing_is_cut_off(page)


def _nothing_is_cut_off(page: Page) -> None:
    """On paper."""
    before = page.locator(".js-plotly-plot .xtick text").all_text_contents()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 900})
    for part in ("stSidebar", "stHeader"):
        expect(page.get_by_test_id(part)).to_be_hidden()
    if page.locator(".js-plotly-plot").count():
        page.wait_for_function(f"document.querySelector('.js-plotly-plot .main-svg').clientWidth <= {PAPER}")
    with suppress(PlaywrightTimeout):  # a figure is drawn anew for the emulated paper, one after another
        page.wait_for_function(f"({OUTSIDE})().length === 0")
    assert page.evaluate(OUTSIDE) == []
    assert not any(page.evaluate(LABELS))
    if before:
        assert page.locator(".js-plotly-plot .xtick text").count()


def test_a_table_is_printed_in_full(page: Page, live_demo: LiveApp, tmp_path: Path) -> None:
    page.goto(f"{live_demo.url}/revenue")
    drawn(page)
    printed = page.locator(".on-paper table").first
    expect(printed).to_be_hidden()
    page.pdf(path=tmp_path / "revenue.pdf", format="Letter")
    frames = page.locator(".js-plotly-plot .main-svg[viewBox]")
    assert frames.count() == 0  # taken off again after printing
    page.emulate_media(media="print")
    table = page.get_by_role("table", name="Every code with units, billed, expected and paid amounts")
    expect(table).to_be_visible()
    expect(table.locator("tbody tr").first).to_contain_text("$362,306.00")
    assert table.locator("tbody tr").count() > 20
    expect(page.locator(".stDataFrame").first).to_be_hidden()


def test_a_table_to_fill_in_is_printed_in_full_too(page: Page, live_demo: LiveApp) -> None:
    def printed(name: str, text: str) -> None:
        settled(page)
        page.emulate_media(media="print")
        expect(page.get_by_role("table", name=name)).to_contain_text(text)
        expect(page.locator(".stDataFrame").filter(visible=True)).to_have_count(0)
        page.emulate_media(media="screen")

    open_scenario(page, live_demo)
    page.get_by_role("radio", name="Assumptions", exact=True).click()
    expect(page.get_by_role("heading", name="What this scenario assumes")).to_be_visible()
    printed("Assumptions and who entered them", "97112")
    page.goto(f"{live_demo.url}/data")
    drawn(page)
    page.get_by_role("tab", name="Payers and classes").click()
    printed("Payers and their classes", "1,260")


def test_the_dark_theme_has_no_fault_and_prints_on_white(page: Page, live_demo: LiveApp) -> None:
    page.emulate_media(color_scheme="dark")
    found = []
    for screen in SCREENS:
        page.goto(f"{live_demo.url}/{screen}")
        drawn(page)
        no_fault(page, screen)
        assert page.evaluate(ON_WHITE)  # on the screen it is dark
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
        found += [f"{screen}: {one}" for one in page.evaluate(ON_WHITE)]
        page.emulate_media(media="screen", color_scheme="dark")
    assert not found, "\n".join(found)
