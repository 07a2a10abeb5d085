"""An office session that nobody uses: its data go, and its sign-in with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.office.conftest import ANN, drop_march, is_in, office_server, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.browser


def test_who_was_away_signs_in_again_and_finds_nothing(tmp_path: Path, visit: Callable[[], BrowserContext]) -> None:
    with office_server(tmp_path, idle_minutes=0.1) as office:
        context = visit()
        page = context.new_page()
        page.goto(office.url)
        sign_in(page, ANN)
        is_in(page)
        drop_march(page)
        # Nobody clicks: the page turns to the door by itself.
        expect(page.get_by_text("Your session ended because nobody used it")).to_be_visible()
        expect(page.get_by_text("march.csv")).to_have_count(0)
        # The cookie is still in the browser and opens nothing.
        other = context.new_page()
        other.goto(f"{office.url}/data")
        expect(other.get_by_text("Your session ended because nobody used it")).to_be_visible()
        sign_in(page, ANN)
        is_in(page)
