"""An office server with its sign-in provider, both on loopback; and nginx in front, with the configuration of docs."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from tests.conftest import ROOT, WAIT, LiveApp, find_nginx, free_port, serve
from tests.office.provider import SECRET, Person, Provider, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ANN, AMY = Person("ann@clinic.example"), Person("amy@clinic.example")
COOKIE_SECRET = "signs the cookies of the tests' own server"  # noqa: S105
EVE = Person("eve@elsewhere.example")
BOB = Person("bob@clinic.example", verified=False)
MARCH = FilePayload(
    name="march.csv",
    mimeType="text/csv",
    buffer=b"Patient,DOS,Procedure,Units,Charge,Payer,Clinic ZIP\nP-1,3/2/2026,97530,1,90.00,Medicare,45202\n",
)


def settings(folder: Path, address: str, provider: str, idle_minutes: float) -> Path:
    """A file of settings as docs/office/office.toml shows it, for a test's own addresses."""
    text = (ROOT / "docs" / "office" / "office.toml").read_text(encoding="utf-8")
    for shown, own in {
        "https://revmix.clinic.example": address,
        "https://login.provider.example": provider,
        "the secret that the provider gave you": SECRET,
        "idle_minutes = 30": f"idle_minutes = {idle_minutes}",
        '# cookie_secret = ""': f'cookie_secret = "{COOKIE_SECRET}"',
        "domains = []": 'domains = ["clinic.example"]',
    }.items():
        assert shown in text
        text = text.replace(shown, own)
    file = folder / "office.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return file


@dataclass(frozen=True)
class Office:
    """A running office server: where people go, the server behind, the provider, and its settings."""

    url: str
    app: LiveApp
    provider: Provider
    file: Path


@contextmanager
def office_server(folder: Path, *, idle_minutes: float, public: str | None = None) -> Iterator[Office]:
    """An office server and its provider; `public` is its address where that is not its own."""
    port, provider_port = free_port(), free_port()
    url = public or f"http://localhost:{port}"
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        # Authlib's server classes want https; loopback is none. The server under test does without.
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
        people = [ANN, AMY, EVE, BOB]
        provider = stack.enter_context(running(provider_port, people, f"{url}/oauth2callback"))
        file = settings(folder, url, provider.issuer, idle_minutes)
        arguments = ("--office", "--config", str(file))
        app = stack.enter_context(serve(folder / "server.log", *arguments, port=port))
        yield Office(url, app, provider, file)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office server without nginx, for a module's tests."""
    with office_server(tmp_path_factory.mktemp("office"), idle_minutes=30) as running_one:
        yield running_one


@pytest.fixture(scope="module")
def tls_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office server behind nginx and TLS, as docs/office/nginx.conf says."""
    folder = tmp_path_factory.mktemp("tls")
    https = free_port()
    with (
        office_server(folder, idle_minutes=30, public=f"https://localhost:{https}") as office_one,
        nginx(folder, https, int(office_one.app.url.rpartition(":")[2])),
    ):
        yield office_one


@contextmanager
def nginx(folder: Path, https: int, app: int) -> Iterator[None]:
    """Nginx with the documented configuration; names, ports and paths are all that is put in."""
    program = find_nginx()
    assert program is not None
    key, certificate = folder / "privkey.pem", folder / "fullchain.pem"
    made = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost")
    command = ["openssl", *made, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    text = (ROOT / "docs" / "office" / "nginx.conf").read_text(encoding="utf-8")
    for shown, own in {
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl;": f"listen 127.0.0.1:{https} ssl;",
        "revmix.clinic.example": "localhost",
        "127.0.0.1:8501": f"127.0.0.1:{app}",
        "/etc/ssl/revmix/": f"{folder}/",
        "/var/log/nginx/": f"{folder}/",
    }.items():
        assert shown in text, f"docs/office/nginx.conf no longer says {shown}"
        text = text.replace(shown, own)
    site, main = folder / "revmix.conf", folder / "nginx.conf"
    site.write_text(text, encoding="utf-8")
    temporary = "".join(
        f"{kind}_temp_path {folder}/temp-{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""  # its files lie in pytest's own folder
    main.write_text(
        f"{user}pid {folder}/nginx.pid;\nerror_log {folder}/error.log;\ndaemon off;\nevents {{}}\n"
        f"http {{\n{temporary}include {site};\n}}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen([program, "-e", str(folder / "error.log"), "-c", str(main)])
    try:
        limit = time.monotonic() + 10
        while not (folder / "nginx.pid").exists():
            assert process.poll() is None, (folder / "error.log").read_text(encoding="utf-8")
            assert time.monotonic() < limit
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[[], BrowserContext]]:
    """Open a browser of one's own, with no cookie: ``visit().new_page()``."""
    with ExitStack() as stack:

        def open_it() -> BrowserContext:
            context = browser.new_context(ignore_https_errors=True, locale="en-US")
            context.set_default_timeout(WAIT)
            stack.callback(context.close)
            return context

        yield open_it


def sign_in(page: Page, person: Person) -> None:
    """Press the one button of the door, and sign in at the provider."""
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Continue").click()


def is_in(page: Page) -> None:
    """Wait for the app."""
    expect(page.locator("h1")).to_contain_text("Drop a billing export")


def drop_march(page: Page) -> None:
    """Drop March's one line on the Data page, and wait until it is read."""
    page.locator("input[type=file]").set_input_files(MARCH)
    expect(page.locator("h1")).to_contain_text("1 of 1 row")
