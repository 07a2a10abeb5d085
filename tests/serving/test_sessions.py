"""When a session ends: its clock, in turn by hand and in a browser; and a restart under an open page."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import FilePayload, Page, expect
from streamlit import runtime

from serving.sessions import AFTER_CLOSING, CONNECTION, LONGEST_LOGIN, Clocks, Connection, Sessions, former_session
from tests.conftest import LiveApp, free_port, serve

if TYPE_CHECKING:
    from serving.asgi import Message, Receive, Scope, Send

EXPORT = "Patient,DOS,Procedure,Units,Charge,Payer,Clinic ZIP\nP-1,3/2/2026,97530,1,90.00,Medicare,45202\n"
IDLE = 600.0


class Clock:
    """The time, as a test says it is; and the sessions that Streamlit was told to close."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now, self.closed = 1_000_000.0, list[str]()
        patch.setattr(time, "monotonic", lambda: self.now)
        patch.setattr(time, "time", lambda: self.now)
        patch.setattr(runtime, "exists", lambda: True)
        patch.setattr(runtime, "get_instance", lambda: SimpleNamespace(close_session=self.closed.append))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def opened(
    known: Sessions, session: str, login: tuple[str, int] | None = None, former: str | None = None
) -> Connection:
    connection = Connection(former, last_used=time.monotonic())
    known.open(connection)
    known.note(connection.name, session, login)
    return connection


def test_a_session_ends_after_the_time_without_a_click_and_not_before(clock: Clock) -> None:
    known = Sessions(IDLE)
    quiet, busy = opened(known, "quiet"), opened(known, "busy")
    clock.now += IDLE - 1
    assert known.touch(busy)
    known.sweep()
    assert clock.closed == []
    clock.now += 2
    known.sweep()
    assert clock.closed == ["quiet"]
    assert quiet.ended.is_set()
    assert not busy.ended.is_set()
    clock.now += IDLE
    assert not known.touch(busy), "a click that comes too late brings nothing back"
    assert clock.closed == ["quiet", "busy"]


def test_coming_back_is_no_click_and_a_page_of_a_session_that_is_gone_hears_so(clock: Clock) -> None:
    known = Sessions(IDLE)
    first = opened(known, "one")
    clock.now += IDLE / 2
    first.closed_at = clock.now
    again = Connection("one", last_used=clock.now)
    assert not known.open(again)
    known.note(again.name, "one", None)
    clock.now += IDLE / 2 + 1
    known.sweep()
    assert again.ended.is_set()
    assert known.open(Connection("one")), "its session is gone"
    assert known.open(Connection("of a server before"))
    assert former_session("streamlit, token, abc") == "abc"
    assert former_session("streamlit, token") is None


def test_a_closed_page_s_data_go_soon_with_no_idle_time_set(clock: Clock) -> None:
    known = Sessions(0)
    connection = opened(known, "one")
    clock.now += 100_000
    known.sweep()
    assert clock.closed == []
    connection.closed_at = clock.now
    clock.now += AFTER_CLOSING + 1
    known.sweep()
    assert clock.closed == ["one"]


def test_a_sign_in_lives_by_use_and_dies_of_idleness_age_and_sign_out(clock: Clock) -> None:
    known = Sessions(IDLE)
    fresh, old = ("ann", int(clock.now)), ("ann", int(clock.now - IDLE - 1))
    assert known.is_alive(fresh)
    assert not known.is_alive(old), "a cookie kept from before"
    tab = opened(known, "tab", fresh)
    for _ in range(3):
        clock.now += IDLE - 1
        assert known.touch(tab)
    assert known.is_alive(fresh), "in use, however long ago it was issued"
    clock.now += IDLE + 1
    assert not known.is_alive(fresh)
    other = ("amy", int(clock.now))
    opened(known, "hers", other)
    known.sign_out(other)
    assert not known.is_alive(other)
    never = Sessions(0)
    third = ("eve", int(clock.now))
    kept = opened(never, "third", third)
    assert never.is_alive(third)
    clock.now += LONGEST_LOGIN + 1
    never.touch(kept)
    assert not never.is_alive(third), "half a day is the longest"


def drop(page: Page) -> None:
    file = FilePayload(name="march.csv", mimeType="text/csv", buffer=EXPORT.encode())
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator("h1")).to_contain_text("1 of 1 row")


def test_a_browser_cannot_pass_for_another_s_connection() -> None:
    seen: list[bytes] = []

    async def app(scope: Scope, _: Receive, __: Send) -> None:
        seen.extend(value for name, value in scope["headers"] if name == CONNECTION.encode())

    async def nothing(*_: object) -> Message:
        return {}

    forged = {"type": "websocket", "path": "/", "headers": [(CONNECTION.encode(), b"hers")]}
    clocks = Clocks(app, get_sessions=lambda: Sessions(0))
    with ThreadPoolExecutor(1) as apart:  # a browser's loop may be running in this thread
        apart.submit(lambda: asyncio.run(clocks(forged, nothing, nothing))).result()  # type: ignore[arg-type]
    assert len(seen) == 1
    assert seen != [b"hers"]


def held(app: LiveApp, log: Path) -> int:
    """How many dropped files the server holds in its memory."""
    before = log.read_text(encoding="utf-8").count("held\t")
    os.kill(app.process, signal.SIGUSR1)
    limit = time.monotonic() + 20
    while log.read_text(encoding="utf-8").count("held\t") == before:
        assert time.monotonic() < limit
        time.sleep(0.1)
    return int(log.read_text(encoding="utf-8").rpartition("held\t")[2])


@pytest.mark.browser
@pytest.mark.skipif(sys.platform == "win32", reason="asks the server by a signal")
def test_a_page_left_alone_loses_its_data_and_says_so(page: Page, tmp_path: Path) -> None:
    log = tmp_path / "watched.txt"
    log.touch()
    more = {"PYTHONPATH": str(Path(__file__).parent / "watched"), "REVMIX_SOCKETS": str(log)}
    with serve(tmp_path / "server.log", "--idle-minutes", "0.15", more=more) as app:
        page.goto(f"{app.url}/data")
        drop(page)
        assert held(app, log) > 0
        # Nobody clicks. The figures leave the screen by themselves, and the server's memory.
        expect(page.get_by_text("nobody clicked for 0.15 minutes")).to_be_visible()
        expect(page.locator("h1")).to_contain_text("Drop a billing export")
        expect(page.get_by_text("march.csv")).to_have_count(0)
        assert held(app, log) == 0


@pytest.mark.browser
def test_a_restart_under_an_open_page_ends_soon_and_is_told_plainly(page: Page, tmp_path: Path) -> None:
    port = free_port()
    with serve(tmp_path / "first.log", port=port) as app:
        page.goto(f"{app.url}/data")
        drop(page)
        asked_to_end = time.monotonic()
    assert time.monotonic() - asked_to_end < 5
    assert "Traceback" not in (tmp_path / "first.log").read_text(encoding="utf-8")
    with serve(tmp_path / "second.log", port=port):
        expect(page.get_by_text("Please open your files again.")).to_be_visible()
        expect(page.locator("h1")).to_contain_text("Drop a billing export")
        drop(page)
