"""Everybody can see and reach it: focus, skip link, targets, motion, phones, dark popovers, money without scrolling."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from analysis.charts.colors import PAGE
from pages._ui.kit import screens
from tests.e2e.test_browser import EXPORT, drop, settled
from tests.e2e.test_what_if import streamlits

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.conftest import LiveApp

pytestmark = pytest.mark.browser

SCREENS = tuple(Path(screen.path).stem for screen in screens.SCREENS)
Open = Callable[..., "Page"]

SMALL = """() => [...document.querySelectorAll('button, a[href], summary, [role=tab], [role=spinbutton]')]
  .filter(one => one.checkVisibility({checkVisibilityCSS: true, opacityProperty: true}))
  .filter(one => !one.matches('[data-testid=stSkipToContent]') && !one.closest('[data-collapsed=true]'))
  .map(one => [one, one.getBoundingClientRect()])
  .filter(([, box]) => box.width < 23.9 || box.height < 23.9)
  .map(([one, box]) => `${one.outerHTML.slice(0, 120)} ${box.width} x ${box.height}`)"""

RING = """() => {
  const one = document.activeElement;
  const ring = document.activeElement.matches('input') ? one.closest('label') ?? one : one;
  const style = getComputedStyle(ring);
  return [one.tagName, one.closest('[data-testid]')?.dataset.testid, style.outlineStyle, style.outlineColor];
}"""


@pytest.fixture
def opened(browser: Browser, live_demo: LiveApp) -> Iterator[Open]:
    """Opens a page of the sample clinic: ``opened("revenue", width=390, color_scheme="dark")``."""
    contexts = []

    def visit(screen: str, *, width: int = 1280, **wishes: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-US", **wishes)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{live_demo.url}/{screen}")
        drawn(page)
        return page

    yield visit
    for context in contexts:
        context.close()


def drawn(page: Page) -> None:
    expect(page.locator("h1")).to_be_visible()
    settled(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def test_the_focus_goes_along_to_what_is_opened(page: Page, live_app: LiveApp) -> None:
    page.goto(live_app.url)
    drawn(page)
    drop(page, "empty.csv", "nothing\n")
    expect(page.get_by_role("alert").first).to_be_focused()
    settled(page)
    drop(page, "march.csv", EXPORT.replace("Column 4", "Units"))
    expect(page.locator("h1")).to_contain_text("3 of 4 rows are ready")
    expect(page.locator("h1")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Use these lines")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="See revenue")).to_be_visible()
    expect(page.locator("h1")).to_be_focused()
    page.get_by_role("link", name="Payments").press("Enter")
    expect(page.locator("h1")).to_contain_text("judged")
    expect(page.locator("h1")).to_be_focused()


def test_a_filter_keeps_the_focus(opened: Open) -> None:
    page = opened("payments")
    box = page.get_by_label("Payer class")
    box.click()
    box.press("ArrowDown")
    box.press("Enter")
    expect(page.locator(".st-key-chips")).to_be_visible()
    settled(page)
    assert page.evaluate("document.activeElement.closest('[data-testid=stSidebar]') !== null")


def test_the_first_stop_of_the_keyboard_skips_to_the_content(opened: Open) -> None:
    page = opened("data")
    page.keyboard.press("Tab")
    expect(page.get_by_test_id("stSkipToContent")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="See revenue")).to_be_focused()


@pytest.mark.parametrize("scheme", PAGE)
def test_what_has_the_focus_is_seen(opened: Open, scheme: str) -> None:
    accent = {"light": "rgb(11, 110, 105)", "dark": "rgb(63, 181, 169)"}[scheme]
    page = opened("revenue", color_scheme=scheme)
    fields = {"stMultiSelectTagsContainer"}  # Streamlit gives the box around them a border of the accent
    for _ in range(30):
        page.keyboard.press("Tab")
        tag, part, style, color = page.evaluate(RING)
        assert part in fields or (style, color) == ("solid", accent), (tag, part, style, color)


def test_less_motion_where_the_system_asks_for_it(opened: Open) -> None:
    page = opened("revenue", reduced_motion="reduce")
    moving = """() => [...document.querySelectorAll('*')].map(one => getComputedStyle(one))
      .filter(style => [...style.transitionDuration.split(','), ...style.animationDuration.split(',')]
        .some(time => parseFloat(time) > 0.001)).length"""
    assert page.evaluate(moving) == 0


def test_a_phone_starts_without_the_sidebar_and_closes_it_after_use(opened: Open) -> None:
    page = opened("revenue", width=390)
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar).not_to_be_in_viewport()
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("link", name="Payments").click()
    expect(page.locator("h1")).to_contain_text("expected is missing")
    drawn(page)
    expect(sidebar).not_to_be_in_viewport()


def test_choices_are_whole_on_a_phone(opened: Open) -> None:
    page = opened("revenue", width=390)
    cut = """() => [...document.querySelectorAll('[role=radiogroup] > button')]
      .filter(one => one.getBoundingClientRect().right > one.parentElement.getBoundingClientRect().right + 1
        || [...getComputedStyle(one).borderLeftColor.matchAll(/[\\d.]+/g)].length > 3)
      .map(one => one.textContent)"""
    assert page.locator("[role=radiogroup] > button").count() > 5
    assert page.evaluate(cut) == []


def test_popovers_are_of_the_theme_too(opened: Open) -> None:
    page = opened("what_if", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def large_enough(page: Page) -> None:
    """Whatever is pressed is large enough, at a desk and on a phone."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        drawn(page)
        small = page.evaluate(SMALL)
        assert not small, f"{width} wide\n" + "\n".join(small)


def no_fault(page: Page, screen: str) -> None:
    """Nothing that axe finds."""
    # Only What-if and Contracts hold an element whose fault is Streamlit's own.
    faults = [
        f"{screen}: {fault['id']}: {node['html'][:160]}"
        for fault in Axe().run(page).response["violations"]
        for node in fault["nodes"]
        if screen not in {"what_if", "contracts"} or not streamlits(node)
    ]
    assert not faults, "\n".join(faults)


def money_is_seen(page: Page) -> None:
    """No table has money that is only seen after scrolling sideways."""
    tabs = page.get_by_role("tab")
    for number in range(max(tabs.count(), 1)):
        if tabs.count():
            tabs.nth(number).click()
            drawn(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        for table in page.locator("[data-testid=stDataFrame]:visible").all():
            table.scroll_into_view_if_needed()
            expect(table.locator("th").first).to_be_attached()
            seen = table.locator("th").all_inner_texts()  # Streamlit's own hidden table holds the columns in sight
            printed = table.locator("xpath=ancestor::*[@data-testid='stElementContainer'][1]/following-sibling::*[1]")
            cells = printed.locator("tbody tr").first.locator("td").all_text_contents()
            heads = printed.locator("th").all_text_contents()
            money = {head for head, cell in zip(heads, cells, strict=True) if cell.lstrip("-").startswith("$")}
            assert money <= set(seen), (number, money - set(seen))
