"""What a browser may do with our pages: nothing from elsewhere, no frame, no script that is not Streamlit's."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, expect

from serving.headers import policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import LiveApp


def test_only_the_start_page_s_own_inline_scripts_are_named() -> None:
    said = policy("<script>one()</script><script src='./x.js'></script>", "ws://localhost:1")
    # printf 'one()' | openssl dgst -sha256 -binary | base64
    assert "script-src 'self' 'sha256-HR7iaask9daLMRRskMI++QeJtjWDOjyPA6lGzYGzKW4='; " in said


@pytest.fixture
def stranger(live_demo: LiveApp) -> Iterator[tuple[str, list[str]]]:
    """A page of somebody else's on this machine that frames the app; and the requests it gets."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<iframe id="app" src="{live_demo.url}/revenue"></iframe>'.encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


@pytest.mark.browser
def test_a_foreign_page_shows_no_frame_of_ours_and_hears_nothing(
    browser: Browser, live_demo: LiveApp, stranger: tuple[str, list[str]]
) -> None:
    # That our own pages break none of the policy is what the fixture `page` checks, in every test that has one.
    page = browser.new_page()
    address, asked = stranger
    page.goto(address)
    frame = page.locator("#app").element_handle().content_frame()
    assert frame is not None
    page.wait_for_timeout(500)
    assert frame.url.startswith("chrome-error:")
    # And a script that somebody brings onto a page of ours neither runs nor sends.
    page.goto(f"{live_demo.url}/data")
    expect(page.locator("h1")).to_be_visible()
    before = len(asked)
    ran, sent = page.evaluate(
        """async (address) => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            const sent = await fetch(`${address}/stolen`, {mode: "no-cors"}).then(() => true, () => false);
            return [window.ran === true, sent];
        }""",
        address,
    )
    assert (ran, sent) == (False, False)
    assert asked[before:] == []
    page.close()
