"""Who may ask, on a running server whose every socket is written down."""

from __future__ import annotations

import ast
import http.client
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.conftest import LiveApp, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

WATCHED = Path(__file__).parent / "watched"
LOCAL = ("127.0.0.1", "localhost", "::1")


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveApp, Path]]:
    """A server, and the file that its addresses are written to. Hostile settings of Streamlit surround it."""
    folder = tmp_path_factory.mktemp("watched")
    sockets, home = folder / "sockets.txt", folder / "home"
    (home / ".streamlit").mkdir(parents=True)
    (home / ".streamlit" / "config.toml").write_text(
        '[server]\naddress = "0.0.0.0"\nenableCORS = false\ncorsAllowedOrigins = ["http://evil.example"]\n'
        '[browser]\nserverAddress = "evil.example"\n',
        encoding="utf-8",
    )
    more = {
        "PYTHONPATH": os.pathsep.join([str(WATCHED), os.environ.get("PYTHONPATH", "")]),
        "REVMIX_SOCKETS": str(sockets),
        "HOME": str(home),
        "USERPROFILE": str(home),
        "STREAMLIT_SERVER_ADDRESS": "0.0.0.0",  # noqa: S104  what may not happen
        "STREAMLIT_SERVER_ENABLE_CORS": "false",
        "STREAMLIT_SERVER_ALLOWED_HOSTS": "*",
    }
    with serve(folder / "server.log", more=more) as app:
        yield app, sockets


def addresses(sockets: Path, *events: str) -> list[tuple[object, ...]]:
    """The addresses of events, each as a tuple that begins with the host."""
    lines = (line.split("\t") for line in sockets.read_text(encoding="utf-8").splitlines())
    told = [ast.literal_eval(address) for event, address in lines if event in events]
    return [one if isinstance(one, tuple) else (one,) for one in told]


def opened(app: LiveApp, origin: str | None, host: str | None = None) -> int:
    """The status that a websocket is answered with: 101 is open."""
    own = app.url.removeprefix("http://")
    asking = http.client.HTTPConnection(own, timeout=10)
    asking.putrequest("GET", "/_stcore/stream", skip_host=True)
    for name, value in {"Host": host or own, "Origin": origin, **UPGRADE}.items():
        if value is not None:
            asking.putheader(name, value)
    asking.endheaders()
    status = asking.getresponse().status
    asking.close()
    return status


UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
FOREIGN = (
    "http://evil.example",
    "https://evil.example:8501",
    "http://127.0.0.1.evil.example",
    "http://8.8.8.8",
    "http://127.0.0.1:1",
    "http://localhost",
    "https://127.0.0.1",
    "null",
    "",
    "file://",
    "http://[::1",
)


def test_a_page_of_our_own_opens_a_websocket_and_no_other(watched: tuple[LiveApp, Path]) -> None:
    app, sockets = watched
    assert opened(app, app.url) == 101
    own = app.url.replace("127.0.0.1", "localhost")
    assert opened(app, own, own.removeprefix("http://")) == 101
    assert {origin: opened(app, origin) for origin in FOREIGN} == dict.fromkeys(FOREIGN, 403)
    assert opened(app, None) == 403
    for host in ("evil.example", "evil.example:8501", "127.0.0.1.evil.example", "user@127.0.0.1"):
        assert opened(app, f"http://{host}", host) in {403, 421}
    # Not even the looking up of this machine's own addresses: nothing was asked, nothing connected to.
    outside = [
        one
        for one in addresses(sockets, "socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname")
        if one[0] not in LOCAL
    ]
    assert outside == []


def test_it_is_bound_to_this_machine_whatever_else_is_set(watched: tuple[LiveApp, Path]) -> None:
    app, sockets = watched
    port = int(app.url.rpartition(":")[2])
    bound = [one for one in addresses(sockets, "socket.bind") if one[1:2] == (port,)]
    assert bound == [("127.0.0.1", port)]
    log = app.log.read_text(encoding="utf-8")
    assert "note: STREAMLIT_SERVER_ADDRESS is ignored" in log
    assert "note: STREAMLIT_SERVER_ENABLE_CORS is ignored" in log


def answer(app: LiveApp, path: str, **headers: str) -> int:
    asking = http.client.HTTPConnection(app.url.removeprefix("http://"), timeout=10)
    asking.request("GET", path, headers=headers)
    status = asking.getresponse().status
    asking.close()
    return status


def test_pages_too_are_for_our_own_name_and_origin(watched: tuple[LiveApp, Path]) -> None:
    app, _ = watched
    assert answer(app, "/revenue") == 200
    assert answer(app, "/", Host="evil.example") == 421
    assert answer(app, "/_stcore/health", Host="evil.example") == 421
    assert answer(app, "/", Origin="http://evil.example") == 403
    assert [answer(app, path) for path in ("/_stcore/metrics", "/_stcore/agent/openapi.json")] == [404, 404]


@pytest.mark.browser
def test_a_dropped_file_is_never_written_to_disk(page: Page, watched: tuple[LiveApp, Path]) -> None:
    app, sockets = watched
    page.goto(f"{app.url}/data")
    expect(page.locator("h1")).to_contain_text("Drop a billing export")
    before = len(addresses(sockets, "write"))
    rows = "".join(f"P-{number},3/{number % 28 + 1}/2026,97110,1,70.00,Aetna,45202\n" for number in range(60_000))
    text = f"Patient,DOS,Procedure,Units,Charge,Payer,Clinic ZIP\n{rows}"
    assert len(text) > 2 * 2**20
    file = FilePayload(name="march.csv", mimeType="text/csv", buffer=text.encode())
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator("h1")).to_contain_text("60,000 of 60,000 rows")
    assert addresses(sockets, "write")[before:] == []
