"""Who may connect: pages from this server's own address, and nobody using another host name.

Streamlit compares a websocket's foreign origin with this machine's public address and asks an internet host for that
address. Here a foreign origin is refused before Streamlit sees it, so nothing is looked up. A foreign Host header (a
name that somebody points at this machine: DNS rebinding) is refused for every request.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from serving.asgi import App, Receive, Scope, Send, header, refuse

HEALTH = "/_stcore/health"
CLOSED = ("/_stcore/metrics", "/_stcore/agent", "/_stcore/script-health-check")
"""Streamlit's own endpoints that RevMix does not use."""
LOCAL = ("localhost", "127.0.0.1", "::1")
STRANGER = "RevMix answers only at its own address."


class Callers:
    """Refuses foreign hosts, and requests from pages of a foreign origin."""

    def __init__(self, app: App, *, public: str | None = None) -> None:
        """`public` is the address of an office server, such as ``https://revmix.clinic.example``; else loopback."""
        self._app = app
        self._public = public.lower() if public else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
        elif not self._host_is_ours(scope):
            await refuse(scope, receive, send, 421, STRANGER)
        elif not self._origin_is_ours(scope):
            await refuse(scope, receive, send, 403, STRANGER)
        elif scope["path"].startswith(CLOSED):
            await refuse(scope, receive, send, 404, "This page does not exist.")
        else:
            await self._app(scope, receive, send)

    def _host_is_ours(self, scope: Scope) -> bool:
        host = header(scope, "host") or ""
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if self._public is not None and host.lower() == urlsplit(self._public).netloc:
            return True
        # An office server answers its own machine only for health checks.
        path: str = scope["path"]
        return name in LOCAL and (self._public is None or path == HEALTH)

    def _origin_is_ours(self, scope: Scope) -> bool:
        """Tell whether the requesting page is ours; browsers always say so for websockets and for changes."""
        origin = header(scope, "origin")
        if origin is None:
            return bool(scope["type"] == "http")
        ours = self._public or f"http://{header(scope, 'host') or ''}".lower()
        return origin.lower() == ours
