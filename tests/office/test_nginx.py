"""An office server behind nginx with the configuration of docs/office: TLS, headers, a file, downloads, a restart."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import BrowserContext, FilePayload, expect

from tests.office.conftest import ANN, Office, is_in, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.browser, pytest.mark.nginx]
ROWS = "".join(f"P-{number},3/{number % 28 + 1}/2026,97110,1,70.00,Aetna,45202\n" for number in range(4000))
MARCH = "Patient,DOS,Procedure,Units,Charge,Payer,Clinic ZIP\nP-0,3/2/2026,97530,1,=1+1,Medicare,45202\n" + ROWS


def test_the_whole_way_over_https(tls_office: Office, visit: Callable[[], BrowserContext], tmp_path: Path) -> None:
    folder = tls_office.file.parent
    context = visit()
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    answer = page.goto(f"{tls_office.url}/revenue")
    assert answer is not None
    headers = answer.all_headers()
    assert headers["strict-transport-security"].startswith("max-age=31536000")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["content-security-policy"].count("default-src") == 1, "one policy: nginx leaves RevMix's alone"
    assert (headers["x-frame-options"], headers["x-content-type-options"]) == ("DENY", "nosniff")
    sign_in(page, ANN)
    is_in(page)
    cookies = {cookie["name"]: cookie["secure"] for cookie in context.cookies()}
    assert cookies
    assert all(cookies.values()), cookies
    held = folder / "temp-client_body"
    before = held.stat().st_mtime_ns
    file = FilePayload(name="march.csv", mimeType="text/csv", buffer=MARCH.encode())
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator("h1")).to_contain_text("4,000 of 4,001 rows are ready")
    assert held.stat().st_mtime_ns == before, "nginx wrote the file to disk on its way"
    page.get_by_role("tab", name="Rows to review").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download these rows").click()
    waiting.value.save_as(tmp_path / "rows.csv")
    assert "'=•••" in (tmp_path / "rows.csv").read_text(encoding="utf-8-sig")
    page.get_by_role("button", name="Use these lines").click()
    page.get_by_role("button", name="See revenue").click()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    assert [text for text in said if "Content Security Policy" in text or "Refused" in text] == []
    log = (folder / "revmix.log").read_text(encoding="utf-8")
    assert "GET /oauth2callback" in log
    assert "code=" not in log
    assert "signed in: ann@clinic.example from this machine" in tls_office.app.log.read_text(encoding="utf-8")


def asked(url: str) -> tuple[int, dict[str, str]]:
    """Status and headers of an answer; the test's own certificate is nobody's."""
    unchecked = ssl._create_unverified_context()  # noqa: S323
    with urllib.request.urlopen(url, timeout=10, context=unchecked) as answer:  # noqa: S310
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}


def test_health_is_answered_without_a_cookie_and_old_tls_is_not(tls_office: Office) -> None:
    status, headers = asked(f"{tls_office.url}/health")
    assert status == 200
    assert "set-cookie" not in headers
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    port = int(tls_office.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as plain, pytest.raises(ssl.SSLError, match=r"alert|EOF"):
        old.wrap_socket(plain, server_hostname="localhost")


def test_sign_ins_are_limited(tls_office: Office) -> None:
    codes = []
    for _ in range(14):
        try:
            codes.append(asked(f"{tls_office.url}/auth/login")[0])
        except urllib.error.HTTPError as error:
            codes.append(error.code)
            error.close()
    assert codes[-1] == 429
    assert 429 not in codes[:8]


def test_a_server_that_is_ended_ends_soon_and_nginx_says_so(tls_office: Office) -> None:
    """The last test of the server: it is gone afterwards."""
    started = time.monotonic()
    os.kill(tls_office.app.process, signal.SIGKILL)
    os.waitpid(tls_office.app.process, 0)
    with pytest.raises(urllib.error.HTTPError) as caught:
        asked(f"{tls_office.url}/health")
    caught.value.close()
    assert caught.value.code == 502
    assert re.search("frame-ancestors 'none'", caught.value.headers["Content-Security-Policy"])
    assert time.monotonic() - started < 5
