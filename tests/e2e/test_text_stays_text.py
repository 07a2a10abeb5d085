"""A file full of Markdown, HTML, formulas and addresses in a browser: it asks no other host, and all of it is text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from pages._ui.kit.screens import CODE_MIX, FEE_SCHEDULES, PAYMENTS, REVENUE, WHAT_IF
from tests.app.test_text_stays_text import rows
from tests.e2e.test_browser import settled, title
from tests.e2e.test_exports import drop

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.conftest import LiveApp

pytestmark = pytest.mark.browser

MADE_OF_TEXT = (
    "a[href*='evil']",
    "a[href^='mailto:']",
    "img[src*='evil']",
    "script:has-text('alert(5)')",
    ".katex",
    "[data-testid=stMarkdownContainer] h1 + h2",
    "[data-testid=stMarkdownContainer] del",
    "[data-testid=stMarkdownContainer] li",
    "[data-testid=stMarkdownContainer] blockquote",
    "[data-testid=stMarkdownContainer] :text('🎉')",
    "svg a",
)
"""What the strings would be if anything read them."""


def nothing_read(page: Page) -> None:
    settled(page)
    for tab in page.get_by_role("tab").all():  # what a tab holds is drawn when it is opened
        tab.click()
        for made in MADE_OF_TEXT:
            assert page.locator(made).count() == 0, (page.url, made)
    for made in MADE_OF_TEXT:
        assert page.locator(made).count() == 0, (page.url, made)


def test_a_hostile_file_stays_text_and_asks_no_other_host(page: Page, live_app: LiveApp) -> None:
    """The fixture `page` fails the test where a request leaves this machine."""
    page.goto(f"{live_app.url}/data")
    title(page)
    drop(page, ("![x](http:evil) :red[f].csv", rows().encode()))
    expect(page.get_by_role("button", name="Use these lines")).to_be_visible(timeout=60_000)
    expect(page.locator("body")).to_contain_text("![x](http:")
    nothing_read(page)
    page.get_by_role("button", name="Use these lines").click()
    expect(page.get_by_role("button", name="Clear this data")).to_be_visible(timeout=60_000)
    nothing_read(page)
    for screen in (REVENUE, CODE_MIX, PAYMENTS, FEE_SCHEDULES, WHAT_IF):
        page.get_by_role("link", name=screen.title).click()
        expect(page).to_have_url(f"{live_app.url}/{screen.path.split('/')[-1].removesuffix('.py')}")
        nothing_read(page)
