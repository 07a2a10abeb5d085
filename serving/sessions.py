"""When a session ends: after minutes without a click, after its page closes, or at sign-out. Then all its data is gone.

Streamlit keeps a session as long as its websocket is open, so a forgotten tab would hold patient data for days; and it
forgets a closed page only when the next one opens. Here every websocket has a clock, reset by each message from the
browser. When it runs out, Streamlit closes the session (its state, files, caches and downloads) and the websocket; the
page reconnects, gets a new session, and the old figures leave the screen.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from analysis.system.apart import release_memory
from serving.asgi import App, Message, Receive, Scope, Send, header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONNECTION = "x-revmix-connection"
"""Header that carries a websocket's own name to the app (``st.context.headers``); the browser's own is dropped."""
AFTER_CLOSING = 90.0
"""Seconds during which a closed page may return to its session. Streamlit's own limit is 120."""
LONGEST_LOGIN = 12 * 3600.0
"""Seconds after which a user must sign in again, however active."""
RESTART = 1012
"""Websocket code for "come back": the page reconnects by itself."""

Login = tuple[str, int]
"""A sign-in: the provider's name for the user, and when it happened (Unix time)."""


@dataclass(eq=False)
class Connection:
    """A browser's websocket and its session; `former` is the session its page had before."""

    former: str | None = None
    last_used: float = field(default_factory=time.monotonic)
    closed_at: float | None = None
    session: str | None = None
    login: Login | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    name: str = field(default_factory=secrets.token_urlsafe)


class Sessions:
    """All connections of this server, and the active sign-ins.

    Parameters
    ----------
    idle:
        Seconds without a browser message after which a session ends; 0 means never.
    """

    def __init__(self, idle: float) -> None:
        self.idle = idle
        self._connections: dict[str, Connection] = {}
        self._logins: dict[Login, float] = {}
        self._signed_out: dict[Login, float] = {}
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    # -- from the app's threads
    def note(self, name: str, session: str, login: Login | None) -> bool:
        """Record which session a connection belongs to and who is signed in; return whether that sign-in is new."""
        with self._lock:
            if (connection := self._connections.get(name)) is None:
                return False
            connection.session, connection.login = session, login
            is_new = login is not None and login not in self._logins
            if login is not None:
                self._logins[login] = max(self._logins.get(login, 0.0), connection.last_used)
            return is_new

    def is_alive(self, login: Login) -> bool:
        """Tell whether a sign-in still counts: not signed out, not idle, not older than half a day."""
        issued = login[1]
        age = time.time() - issued
        with self._lock:
            if login in self._signed_out or age > LONGEST_LOGIN:
                return False
            last_used = self._logins.get(login)
        if last_used is not None:
            return not self.idle or time.monotonic() - last_used <= self.idle
        # Not seen before, so it must be fresh. After a restart, or with yesterday's copied cookie, it is not.
        return abs(age) <= (self.idle or LONGEST_LOGIN)

    def sign_out(self, login: Login) -> None:
        """End a sign-in in all its tabs; a copy of its cookie is worthless from now on."""
        with self._lock:
            self._signed_out[login] = time.time()
            self._logins.pop(login, None)
            tabs = [connection for connection in self._connections.values() if connection.login == login]
        if self._loop is not None:
            for tab in tabs:
                self._loop.call_soon_threadsafe(self._end, tab)

    # -- from the event loop
    def open(self, connection: Connection) -> bool:
        """Start a connection's clock; return whether its page's former session is gone.

        A page that returns to its session by itself keeps the old clock: coming back is not a click.
        """
        with self._lock:
            same_page = [
                other for other in self._connections.values() if other.session and other.session == connection.former
            ]
            clocks = [other.last_used for other in same_page if not other.ended.is_set()]
            if clocks:
                connection.last_used = max(clocks)
            self._connections[connection.name] = connection
        return connection.former is not None and not clocks

    def touch(self, connection: Connection) -> bool:
        """Reset a connection's clock; if it had already run out, end the session and return False."""
        now = time.monotonic()
        if self.idle and now - connection.last_used > self.idle:
            self._end(connection)
            return False
        with self._lock:
            connection.last_used = now
            if connection.login in self._logins:
                self._logins[connection.login] = now
        return True

    def uploaded(self, session: str) -> None:
        """Count a file that arrives for a session as activity."""
        for connection in self._open_connections(session):
            self.touch(connection)

    async def watch(self) -> None:
        """End expired sessions, over and over."""
        self._loop = asyncio.get_running_loop()
        pause = min(15.0, self.idle / 4) if self.idle else 15.0
        while True:
            await asyncio.sleep(pause)
            self.sweep()

    def sweep(self) -> None:
        """End expired sessions, and forget those long gone."""
        now = time.monotonic()
        with self._lock:
            connections = list(self._connections.values())
            self._logins = {who: at for who, at in self._logins.items() if not self.idle or now - at <= self.idle}
            old = time.time() - LONGEST_LOGIN
            self._signed_out = {who: at for who, at in self._signed_out.items() if at > old}
        for connection in connections:
            if connection.closed_at is None:
                if self.idle and now - connection.last_used > self.idle:
                    self._end(connection)
            elif now - connection.closed_at > AFTER_CLOSING:
                self._forget(connection)

    def _open_connections(self, session: str | None) -> Iterator[Connection]:
        with self._lock:
            return iter(
                [
                    connection
                    for connection in self._connections.values()
                    if connection.session == session and connection.closed_at is None
                ]
            )

    def _end(self, connection: Connection) -> None:
        """Clear a session's data and close its websocket."""
        self._close_session(connection)
        connection.ended.set()

    def _forget(self, connection: Connection) -> None:
        """Clear the data of a closed page that did not come back."""
        if not any(self._open_connections(connection.session)):
            self._close_session(connection)
        with self._lock:
            self._connections.pop(connection.name, None)

    @staticmethod
    def _close_session(connection: Connection) -> None:
        from streamlit import runtime  # noqa: PLC0415  this module is plain ASGI except for this call

        if connection.session is not None and runtime.exists():
            runtime.get_instance().close_session(connection.session)
            release_memory()


@cache
def sessions() -> Sessions:
    """Return this process's sessions; the minutes come from `revmix serve`."""
    return Sessions(60 * float(os.environ.get("REVMIX_IDLE_MINUTES") or 0))


class Clocks:
    """Gives every websocket its clock."""

    def __init__(self, app: App, *, get_sessions: Callable[[], Sessions] = sessions) -> None:
        self._app, self._sessions = app, get_sessions()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; for a websocket, watch the messages."""
        if scope["type"] == "http" and scope["path"].startswith("/_stcore/upload_file/"):
            self._sessions.uploaded(scope["path"].split("/")[3])
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        browser_headers = [(key, value) for key, value in scope["headers"] if key.lower() != CONNECTION.encode()]
        connection = Connection(former_session(header(scope, "sec-websocket-protocol")))
        scope["headers"] = [*browser_headers, (CONNECTION.encode(), connection.name.encode())]
        is_lost = self._sessions.open(connection)
        messages = _Messages(connection, self._sessions, receive, send, is_lost=is_lost)
        try:
            await self._app(scope, messages.receive, messages.send)
        finally:
            connection.closed_at = time.monotonic()
            messages.close()


def former_session(protocol: str | None) -> str | None:
    """Return a page's former session, which Streamlit sends as the third part when it reconnects by itself.

    >>> former_session("streamlit, token, abc")
    'abc'
    """
    parts = [part.strip() for part in (protocol or "").split(",")]
    return next(iter(parts[2:]), None) or None


def _run_anew() -> bytes:
    """Return what a page sends to run the app."""
    from streamlit.proto.BackMsg_pb2 import BackMsg  # noqa: PLC0415  needed only after a restart or idle time

    message = BackMsg()
    message.rerun_script.SetInParent()
    encoded: bytes = message.SerializeToString()
    return encoded


class _Messages:
    """One websocket's messages, until either side closes it."""

    def __init__(
        self, connection: Connection, sessions: Sessions, receive: Receive, send: Send, *, is_lost: bool
    ) -> None:
        self._connection, self._sessions, self._receive, self._send = connection, sessions, receive, send
        self._next: asyncio.Future[Message] | None = None
        self._is_open = False
        self._is_lost = is_lost

    async def receive(self) -> Message:
        """Return the browser's next message, or the end."""
        if self._is_open and self._is_lost:
            # The page thinks its old session is alive and waits for a click, with the old figures on the screen.
            self._is_lost = False
            return {"type": "websocket.receive", "bytes": _run_anew()}
        if self._next is None:
            self._next = asyncio.ensure_future(self._receive())
        end: asyncio.Future[bool] = asyncio.ensure_future(self._connection.ended.wait())
        await asyncio.wait((self._next, end), return_when=asyncio.FIRST_COMPLETED)
        end.cancel()
        if not self._connection.ended.is_set():
            message = self._next.result()
            self._next = None
            self._is_open = True
            if message["type"] != "websocket.receive" or self._sessions.touch(self._connection):
                return message
        await self._send({"type": "websocket.close", "code": RESTART, "reason": "The session has ended."})
        return {"type": "websocket.disconnect", "code": RESTART}

    async def send(self, message: Message) -> None:
        """Send to the browser, unless the session has ended."""
        if not self._connection.ended.is_set():
            await self._send(message)

    def close(self) -> None:
        """Stop waiting."""
        if self._next is not None:
            self._next.cancel()
