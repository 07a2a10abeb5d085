"""Signing in to an office server, in a browser, at a provider of OpenID Connect."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest
from itsdangerous import URLSafeTimedSerializer
from playwright.sync_api import BrowserContext, expect

from tests.conftest import ROOT
from tests.office.conftest import AMY, ANN, BOB, COOKIE_SECRET, EVE, MARCH, Office, drop_march, is_in, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.office.provider import Person

pytestmark = pytest.mark.browser
COOKIE = "_streamlit_user"
PAGES = ("revenue", "", "what_if")


def test_every_address_leads_to_the_door(office: Office, visit: Callable[[], BrowserContext]) -> None:
    page = visit().new_page()
    for name in PAGES:
        page.goto(f"{office.url}/{name}")
        expect(page.get_by_text("Sign in to open RevMix.")).to_be_visible()
        expect(page.get_by_role("link", name="Revenue")).to_have_count(0)
        expect(page.locator("input[type=file]")).to_have_count(0)


def test_who_is_on_the_list_gets_in_with_a_password_each_time(
    office: Office, visit: Callable[[], BrowserContext]
) -> None:
    context = visit()
    page = context.new_page()
    page.goto(office.url)
    sign_in(page, ANN)
    is_in(page)
    expect(page.get_by_text("Signed in as ann")).to_be_visible()
    assert (office.provider.prompts[-1], office.provider.challenges[-1]) == ("login", "S256")
    [cookie] = [one for one in context.cookies() if one["name"] == COOKIE]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert "signed in: ann@clinic.example from" in office.app.log.read_text(encoding="utf-8")


@pytest.mark.parametrize(("person", "says"), [(EVE, "does not have access"), (BOB, "is not verified")])
def test_others_are_told_why_not(
    office: Office, visit: Callable[[], BrowserContext], person: Person, says: str
) -> None:
    page = visit().new_page()
    page.goto(office.url)
    sign_in(page, person)
    expect(page.get_by_text(says)).to_be_visible()
    expect(page.get_by_text(person.email.partition("@")[0])).to_be_visible()
    page.goto(f"{office.url}/data")
    expect(page.get_by_text(says)).to_be_visible()
    expect(page.locator("input[type=file]")).to_have_count(0)
    assert f"refused: {'not on the list' if person is EVE else 'e-mail'}" in office.app.log.read_text(encoding="utf-8")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_signed_out_is_out_in_every_tab_and_with_a_kept_cookie(
    office: Office, visit: Callable[[], BrowserContext]
) -> None:
    context = visit()
    page, other = context.new_page(), context.new_page()
    page.goto(office.url)
    sign_in(page, ANN)
    is_in(page)
    other.goto(office.url)
    is_in(other)
    kept = context.cookies()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(other.get_by_role("button", name="Sign in")).to_be_visible()
    thief = visit()
    thief.add_cookies(kept)  # type: ignore[arg-type]
    stolen = thief.new_page()
    stolen.goto(office.url)
    expect(stolen.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_changed_cookie_is_refused(office: Office, visit: Callable[[], BrowserContext]) -> None:
    context = visit()
    page = context.new_page()
    page.goto(office.url)
    sign_in(page, EVE)
    expect(page.get_by_text("does not have access")).to_be_visible()
    [cookie] = [one for one in context.cookies() if one["name"] == COOKIE]

    def with_secret(secret: str) -> None:
        signer = URLSafeTimedSerializer(secret, salt=COOKIE)
        _, claims = signer.loads_unsafe(cookie["value"])
        assert EVE.email in claims
        value = signer.dumps(claims.replace(EVE.email, ANN.email))
        context.add_cookies([{"name": COOKIE, "value": value, "url": office.url}])
        page.goto(office.url)

    with_secret("another secret than the server's")
    expect(page.get_by_text("Sign in to open RevMix.")).to_be_visible()
    # Signed as the server signs, the same claims are let in: it is the signature that decides.
    with_secret(COOKIE_SECRET)
    is_in(page)


def test_two_people_do_not_see_each_other_s_data(office: Office, visit: Callable[[], BrowserContext]) -> None:
    hers, mine = visit(), visit()
    ann, amy = hers.new_page(), mine.new_page()
    asked: list[str] = []
    ann.on("request", lambda request: asked.append(request.url))
    for page, person in ((ann, ANN), (amy, AMY)):
        page.goto(office.url)
        sign_in(page, person)
        is_in(page)
    drop_march(ann)
    amy.goto(f"{office.url}/data")
    is_in(amy)
    # What the server hands out is for people who are signed in, however well somebody knows the address.
    assert hers.request.get(f"{office.url}/media/none.csv").status == 404
    assert visit().request.get(f"{office.url}/media/none.csv").status == 401
    [upload, *_] = [url for url in asked if "/_stcore/upload_file/" in url]
    assert visit().request.put(upload, multipart={"file": dict(MARCH)}).status == 401  # type: ignore[dict-item]


def test_the_server_answers_to_its_own_name_alone(office: Office) -> None:
    def status(path: str, host: str) -> int:
        request = urllib.request.Request(f"{office.app.url}{path}", headers={"Host": host})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    own = office.url.removeprefix("http://")
    assert [status("/", own), status("/", own.replace("localhost", "127.0.0.1")), status("/", "evil.example")] == [
        *(200, 421, 421)
    ]
    assert status("/_stcore/health", "127.0.0.1") == 200
    assert status("/_stcore/metrics", own) == 404


def test_a_file_that_others_may_read_is_refused(office: Office) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has other permissions")
    office.file.chmod(0o640)
    try:
        command = [sys.executable, "-m", "analysis.cli", "serve", "--office", "--config", str(office.file)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    finally:
        office.file.chmod(0o600)
    assert done.returncode == 2
    assert re.fullmatch(r"revmix: office\.toml: found .*; run: chmod 600 office\.toml\n", done.stderr)
