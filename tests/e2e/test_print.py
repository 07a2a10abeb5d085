"""On paper: figures whole and at the page's width, tables with their rows, nothing of the window around them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from tests.e2e.test_accessibility import SCREENS, drawn

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


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_is_cut_off(page: Page, live_demo: LiveApp, screen: str) -> None:
    page.goto(f"{live_demo.url}/{screen}")
    drawn(page)
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
