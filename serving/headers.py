"""What every answer tells the browser: load nothing from elsewhere, allow no frames, send no referrer."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from serving.asgi import App, Message, Receive, Scope, Send

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def policy(page: str, websocket: str) -> str:
    """Return the content-security policy.

    Parameters
    ----------
    page:
        Streamlit's start page. Its inline scripts are allowed by their SHA-256, and no others.
    websocket:
        The scheme and host of the page's websocket; older browsers do not include it in `'self'`.
    """
    digests = (hashlib.sha256(script.encode()).digest() for script in _INLINE.findall(page))
    inline = "".join(f" 'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    rules = {
        "default-src": "'none'",
        "script-src": f"'self'{inline}",
        # Streamlit and Plotly write inline styles as they draw.
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "media-src": "'self'",
        "connect-src": f"'self' {websocket}",
        "worker-src": "'self' blob:",
        "manifest-src": "'self'",
        "frame-src": "'none'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def security_headers(start_page: Path, websocket: str) -> Mapping[str, str]:
    """Return the headers of every answer; `start_page` is Streamlit's index.html."""
    return {
        "content-security-policy": policy(start_page.read_text(encoding="utf-8"), websocket),
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "x-robots-tag": "noindex, nofollow",
    }


class SecurityHeaders:
    """Sets headers on every HTTP answer, replacing any the app set under the same names."""

    def __init__(self, app: App, *, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        self._names = {name for name, _ in self._headers}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer back."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                app_headers = [(key, value) for key, value in message["headers"] if key.lower() not in self._names]
                message["headers"] = [*app_headers, *self._headers]
            await send(message)

        await self._app(scope, receive, answer if scope["type"] == "http" else send)
