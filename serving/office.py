"""Who may use an office server: checked for every run of a page and every download."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.system.office import Office, read_office
from serving.asgi import App, Receive, Scope, Send, refuse
from serving.sessions import Login, sessions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamlit.runtime.secrets import SecretsValue


class Verdict(Enum):
    """The result of checking a sign-in."""

    WELCOME = "signed in"
    UNKNOWN = "not signed in"
    IDLE = "away too long"
    UNVERIFIED = "refused: e-mail address not verified"
    UNLISTED = "refused: not on the list"


@cache
def current() -> Office | None:
    """Return this server's settings; None if it is not an office server. Read once: a change takes a restart."""
    path = os.environ.get("REVMIX_OFFICE")
    return read_office(Path(path)) if path else None


def streamlit_secrets(office: Office) -> Mapping[str, SecretsValue]:
    """Return what Streamlit's sign-in needs, passed in memory: no file of secrets is written."""
    return {
        "auth": {
            "redirect_uri": f"{office.address}/oauth2callback",
            "cookie_secret": office.cookie_secret,
            "client_id": office.client_id,
            "client_secret": office.client_secret,
            "server_metadata_url": office.metadata_url,
            "client_kwargs": {"scope": "openid email", "prompt": office.prompt},
        }
    }


def login_of(user: Mapping[str, object]) -> Login:
    """Return the sign-in of a user; its time is 0 (long ago) if the provider does not state it."""
    issued = user.get("iat")
    return str(user.get("sub", "")), issued if isinstance(issued, int) else 0


def verdict(user: Mapping[str, object], office: Office) -> Verdict:
    """Check what the provider states about a user; Streamlit has verified signature, issuer, audience and nonce."""
    if user.get("is_logged_in") is not True:
        return Verdict.UNKNOWN
    verified = user.get("email_verified", office.accept_missing_email_verified)
    # Some providers send text instead of a boolean.
    if verified is not True and verified != "true":
        return Verdict.UNVERIFIED
    if not office.allows(str(user.get("email", ""))):
        return Verdict.UNLISTED
    return Verdict.WELCOME if sessions().is_alive(login_of(user)) else Verdict.IDLE


def audit(event: str, email: object, address: str | None) -> None:
    """Log who came and went on standard error: never a page, a file or a figure."""
    who = "".join(letter for letter in str(email) if letter.isprintable())[:200]
    now = datetime.now(tz=UTC).isoformat(timespec="seconds")
    sys.stderr.write(f"audit {now} {event}: {who or 'nobody'} from {address or 'this machine'}\n")
    sys.stderr.flush()


class SignedInOnly:
    """Allows downloads and uploads only for people who are signed in."""

    PATHS = ("/media/", "/_stcore/upload_file/")

    def __init__(self, app: App, *, office: Office) -> None:
        self._app, self._office = app, office

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        ours = scope["type"] == "http" and scope["path"].startswith(self.PATHS)
        if ours and verdict(_user_of_cookie(scope), self._office) is not Verdict.WELCOME:
            await refuse(scope, receive, send, 401, "Please sign in first.")
        else:
            await self._app(scope, receive, send)


def _user_of_cookie(scope: Scope) -> Mapping[str, object]:
    """Read a request's sign-in cookie; empty if there is none or its signature is wrong."""
    # Streamlit's own cookie reader; tests/office fail if a release moves it.
    from starlette.requests import Request  # noqa: PLC0415  only an office server needs them
    from streamlit.web.server.starlette import starlette_auth_routes as routes  # noqa: PLC0415
    from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME  # noqa: PLC0415

    cookie = routes._get_cookie_value_from_request(Request(scope), USER_COOKIE_NAME)  # noqa: SLF001
    return json.loads(cookie) if cookie else {}
