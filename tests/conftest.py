"""What tests share: a browser where there is one, the app as a running server, a home folder that is not the user's.

Environment
-----------
REVMIX_BROWSER
    Path of the Chromium, Chrome or Edge to use, where it is not found by itself.
REVMIX_REQUIRE_BROWSER
    ``1``: browser tests that cannot run are an error (``tasks.py test --require-browser``, CI), not skipped.
REVMIX_REQUIRE_NGINX
    ``1``: the same for tests that start nginx (``tasks.py test --require-nginx``, CI).
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page, Request

ROOT = Path(__file__).resolve().parents[1]
ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge", "microsoft-edge")
INSTALLED = (  # macOS and Windows put no browser on the PATH
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    *(
        str(Path(os.environ[folder], *program))
        for folder in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
        if folder in os.environ
        for program in (
            ("Google", "Chrome", "Application", "chrome.exe"),
            ("Microsoft", "Edge", "Application", "msedge.exe"),
        )
    ),
)
NO_BROWSER = "no Chromium, Chrome or Edge found: browser tests skipped (REVMIX_BROWSER=path names one)"
NO_NGINX = "no nginx found: tests of the office server behind it skipped"
NO_JAVA = "no Java found: Spark tests skipped"
SERVER_STARTS_WITHIN = 60.0  # seconds; a cold start on a busy two-core machine takes 10
WAIT = 30_000
"""Milliseconds that a browser test waits for what it needs: a busy machine takes its time."""
LOCAL_HOSTS = ("127.0.0.1", "localhost")

# Times on a shared machine say nothing of the code, so no deadline; CI draws the same examples every time.
settings.register_profile(
    "revmix", parent=settings.get_profile("ci" if os.environ.get("CI") else "default"), deadline=None
)
settings.load_profile("revmix")


def find_browser() -> str | None:
    """Path of the browser to drive: the one named in REVMIX_BROWSER, or the first found."""
    named = os.environ.get("REVMIX_BROWSER")
    found = (shutil.which(name) for name in ((named,) if named else (*ON_PATH, *INSTALLED)))
    return next((path for path in found if path), None)


def find_nginx() -> str | None:
    """Path of nginx, which Debian keeps where only root's PATH looks."""
    return shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


def pytest_report_header() -> list[str]:
    return [f"browser: {find_browser() or NO_BROWSER}", f"nginx: {find_nginx() or NO_NGINX}"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, or refuse to, and put browser tests last."""
    in_browser = [item for item in items if item.get_closest_marker("browser")]
    if os.environ.get("REVMIX_REQUIRE_BROWSER") == "1":
        # A selection made on the command line may leave them out; the whole suite may not.
        if not in_browser and not (config.option.keyword or config.option.markexpr or config.option.file_or_dir):
            raise pytest.UsageError("REVMIX_REQUIRE_BROWSER=1, but no test is marked browser")
        if in_browser and not find_browser():
            raise pytest.UsageError("REVMIX_REQUIRE_BROWSER=1, but no Chromium, Chrome or Edge is found")
    elif not find_browser():
        for item in in_browser:
            item.add_marker(pytest.mark.skip(reason=NO_BROWSER))
    _skip_without_nginx(items)
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        for item in items:
            if item.get_closest_marker("spark"):
                item.add_marker(pytest.mark.skip(reason=NO_JAVA))
    # Playwright leaves an event loop running in the main thread, in which asyncio.run() of a later test would fail.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def _skip_without_nginx(items: list[pytest.Item]) -> None:
    behind_nginx = [item for item in items if item.get_closest_marker("nginx")]
    if behind_nginx and not find_nginx():
        if os.environ.get("REVMIX_REQUIRE_NGINX") == "1":
            raise pytest.UsageError("REVMIX_REQUIRE_NGINX=1, but no nginx is found")
        for item in behind_nginx:
            item.add_marker(pytest.mark.skip(reason=NO_NGINX))


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty REVMIX_HOME for the whole run: no test reads or writes what the user has saved."""
    folder = tmp_path_factory.mktemp("revmix-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVMIX_HOME", str(folder))
        yield folder


# ---------------------------------------------------------------------------------------------------------- the server
@dataclass(frozen=True, slots=True)
class LiveApp:
    """A running ``revmix serve``: its address without a closing slash, the file its output goes to, its process."""

    url: str
    log: Path
    process: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 -- http on this machine, made in serve
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def serve(log: Path, *arguments: str, port: int | None = None, more: dict[str, str] | None = None) -> Iterator[LiveApp]:
    """Start the app as a user would and end it on leaving; fails with its output when it does not come up.

    `port` is a free one where none is given; `more` goes into its environment.
    """
    port = port or free_port()
    command = [sys.executable, "-m", "analysis.cli", "serve", "--port", str(port), *arguments]
    environment = {**os.environ, "STREAMLIT_SERVER_HEADLESS": "true", **(more or {})}
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        limit = time.monotonic() + SERVER_STARTS_WITHIN
        url = f"http://127.0.0.1:{port}"
        while not _answers(f"{url}/_stcore/health"):
            if server.poll() is not None or time.monotonic() > limit:
                text = log.read_text(encoding="utf-8", errors="replace")
                pytest.fail(f"{' '.join(command[1:])} did not start (status {server.poll()}):\n{text}", pytrace=False)
            time.sleep(0.1)
        yield LiveApp(url, log, server.pid)
    finally:
        _end(server)


def _end(server: subprocess.Popen[bytes]) -> None:
    """End the server and what it started: `revmix serve` may run Streamlit in a process of its own."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(server.pid)], capture_output=True, check=False)  # noqa: S607
    else:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
    server.wait()


@pytest.fixture
def start_app(tmp_path: Path) -> Iterator[Callable[..., LiveApp]]:
    """Start a server of one's own: ``start_app("--demo")``; ended after the test. For what a first visit does."""
    with ExitStack() as running:
        count = 0

        def start(*arguments: str) -> LiveApp:
            nonlocal count
            count += 1
            return running.enter_context(serve(tmp_path / f"server-{count}.log", *arguments))

        yield start


@pytest.fixture(scope="session")
def live_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """The app without data; one server for the run, and every browser page is a session of its own on it."""
    with serve(tmp_path_factory.mktemp("live-app") / "server.log") as app:
        yield app


@pytest.fixture(scope="session")
def live_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """The app on the sample clinic (``serve --demo``); one server for the run."""
    with serve(tmp_path_factory.mktemp("live-demo") / "server.log", "--demo") as app:
        yield app


# --------------------------------------------------------------------------------------------------------- the browser
@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of this machine, headless; for tests marked ``browser``."""
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415 -- starts nothing where no browser test runs

    expect.set_options(timeout=WAIT)
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=find_browser(),
            args=[*quiet, "--no-first-run", "--disable-gpu", *(["--no-sandbox"] if is_root else [])],
        )
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page, 1280 x 900, en-US.

    Afterwards: no request of it may have left this machine, and nothing may have broken the content-security policy.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US", accept_downloads=True)
    context.set_default_timeout(WAIT)
    outside: list[str] = []

    def note(request: Request) -> None:
        scheme, _, rest = request.url.partition("://")
        host = rest.split("/")[0].rsplit(":", 1)[0]
        if scheme in {"http", "https", "ws", "wss"} and host not in LOCAL_HOSTS:
            outside.append(request.url)

    broken: list[str] = []
    context.on("request", note)
    context.on("console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None)
    yield context.new_page()
    context.close()
    assert not outside, f"the page asked other hosts: {outside}"
    assert not broken, f"the page broke the policy of serving/headers.py: {broken}"
