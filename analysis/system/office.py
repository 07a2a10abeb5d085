"""The settings of a small server (`revmix serve --office`): one TOML file, checked whole before anything starts.

The file holds the client's secret of the sign-in provider, so nobody but its owner may read it.
"""

from __future__ import annotations

import difflib
import os
import re
import secrets
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from analysis.errors import BadInput
from analysis.system.paths import home

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE_NAME = "office.toml"
IDLE_MINUTES = 30.0
"""Minutes without a click after which an office session ends, where the file does not say otherwise."""
LONGEST_IDLE = 1440.0
"""Minutes: a day."""
SHORTEST_SECRET = 32
"""Characters of a cookie secret."""
LOCAL = ("localhost", "127.0.0.1")
_KEYS: Mapping[str, Mapping[str, type]] = {
    "": {"address": str, "idle_minutes": float, "cookie_secret": str, "sign_in": dict, "allow": dict},
    "sign_in": {
        "metadata_url": str,
        "client_id": str,
        "client_secret": str,
        "prompt": str,
        "accept_missing_email_verified": bool,
    },
    "allow": {"emails": list, "domains": list},
}
_MUST = {"": ("address", "sign_in", "allow"), "sign_in": ("metadata_url", "client_id", "client_secret"), "allow": ()}
_WORDS = {
    str: "a text in quotes",
    bool: "true or false",
    float: "a number",
    dict: "a table",
    list: "a list of texts in quotes",
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


@dataclass(frozen=True)
class Office:
    """What an office server needs to know.

    Attributes
    ----------
    address:
        The address people type, without a closing slash: ``https://revmix.clinic.example``.
    metadata_url, client_id, client_secret:
        The sign-in provider's OpenID Connect configuration, and what it knows this server by.
    prompt:
        What the provider is asked to do at a sign-in: ``login`` is to ask for the password each time.
    accept_missing_email_verified:
        Whether an e-mail address counts that the provider says nothing about; one it calls unverified never does.
    emails, domains:
        Who is let in, in lower case: addresses, and everybody of a mail domain.
    idle_minutes:
        Minutes without a click after which a session's data go and its user has to sign in again.
    cookie_secret:
        What sign-in cookies are signed with.
    """

    address: str
    metadata_url: str
    client_id: str
    client_secret: str = field(repr=False)
    emails: frozenset[str]
    domains: frozenset[str]
    prompt: str = "login"
    accept_missing_email_verified: bool = False
    idle_minutes: float = IDLE_MINUTES
    cookie_secret: str = field(default_factory=secrets.token_urlsafe, repr=False)

    @cached_property
    def host(self) -> str:
        """The address without its scheme, as browsers send it in the Host header."""
        return urlsplit(self.address).netloc.lower()

    def allows(self, email: str) -> bool:
        """Whether somebody of this e-mail address is on the list."""
        address = email.strip().lower()
        return address in self.emails or address.rpartition("@")[2] in self.domains


def office_file(path: Path | None = None) -> Path:
    """The file of settings: the one named, else ``office.toml`` in RevMix's own folder (`paths.home`)."""
    return path or home() / FILE_NAME


def read_office(path: Path | None = None) -> Office:
    """The settings in a file (`office_file`).

    Raises
    ------
    BadInput
        Naming the file, the line and what to do: when it cannot be read, when others may read it, and for every
        setting that is missing, unknown or wrong.
    """
    where = office_file(path)
    text = _text(where)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise BadInput(
            f"a line that is no TOML ({str(error).partition(' (at')[0]})",
            expected='lines such as address = "https://revmix.clinic.example"',
            todo="correct it; docs/office.md shows a whole file",
            file=where.name,
            row=int(line[1]) if line else None,
        ) from None
    return _Checked(where.name, text, content).office()


def _text(where: Path) -> str:
    """What the file holds, which nobody but its owner may read."""
    try:
        mode = where.stat().st_mode
        text = where.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(
            f"no readable file ({error.strerror})",
            expected="the settings of the office server",
            todo="name it with --config FILE; docs/office.md shows a whole one",
            file=str(where),
        ) from None
    except UnicodeDecodeError:
        raise BadInput(
            "a file that is no text", expected="TOML in UTF-8", todo="save it as UTF-8", file=where.name
        ) from None
    if os.name == "posix" and mode & 0o077:
        raise BadInput(
            "a file with secrets that others on this machine may read or change",
            expected="permission for its owner alone",
            todo=f"run: chmod 600 {where.name}",
            file=where.name,
        )
    return text


class _Checked:
    """A file's content while it is being checked; every fault names its line."""

    def __init__(self, name: str, text: str, content: Mapping[str, object]) -> None:
        self._name, self._lines, self._content = name, text.splitlines(), content

    def office(self) -> Office:
        """The settings, all checked."""
        top = self._table("", self._content)
        provider = self._table("sign_in", top["sign_in"])
        allowed = self._table("allow", top["allow"])
        emails = self._list(allowed, "emails", _EMAIL, "ann@clinic.example")
        domains = self._list(allowed, "domains", _DOMAIN, "clinic.example")
        if not emails and not domains:
            self._fail("allow", "", "nobody", "at least one of emails and domains", "say who may sign in")
        more: dict[str, object] = {}
        if "idle_minutes" in top:
            more["idle_minutes"] = self._minutes(top["idle_minutes"])
        if "cookie_secret" in top:
            more["cookie_secret"] = self._secret(str(top["cookie_secret"]))
        more |= {key: provider[key] for key in ("prompt", "accept_missing_email_verified") if key in provider}
        return Office(
            address=self._address("", "address", str(top["address"]), whole=True),
            metadata_url=self._address("sign_in", "metadata_url", str(provider["metadata_url"])),
            client_id=str(provider["client_id"]),
            client_secret=str(provider["client_secret"]),
            emails=emails,
            domains=domains,
            **more,  # type: ignore[arg-type]
        )

    def _table(self, section: str, found: object) -> Mapping[str, object]:
        """A table with known keys of the right kinds, and all it must have."""
        if not isinstance(found, dict):
            self._fail("", section, f"{section} = {found!r}", f"a table [{section}]", "see docs/office.md")
        known = _KEYS[section]
        for key, value in found.items():
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                hint = f"did you mean {near[0]}?" if near else f"take it out; there is: {', '.join(known)}"
                self._fail(section, key, f"a setting {key}, which RevMix does not know", "one it knows", hint)
            kind = known[key]
            right = isinstance(value, (int, float)) and not isinstance(value, bool) if kind is float else None
            if not (isinstance(value, kind) if right is None else right):
                self._fail(section, key, f"{key} that is not {_WORDS[kind]}", _WORDS[kind], "correct it")
            if kind is str and not str(value).strip():
                self._fail(section, key, f"an empty {key}", "a text", "fill it in; docs/office.md says with what")
        for key in _MUST[section]:
            if key not in found:
                what = f"table [{key}]" if known[key] is dict else f"setting {key}"
                self._fail(section, "", f"no {what}", "one", "add it; docs/office.md shows a whole file")
        return found

    def _address(self, section: str, key: str, value: str, *, whole: bool = False) -> str:
        """An https address; plain http on this machine alone, for trying it out."""
        try:
            parts = urlsplit(value)
            host, _ = parts.hostname, parts.port
        except ValueError:
            parts, host = urlsplit(""), None
        if not host or parts.scheme not in {"http", "https"} or parts.username is not None:
            self._fail(section, key, f'{key} = "{value}"', "an address such as https://host.example", "correct it")
        if parts.scheme == "http" and host not in LOCAL:
            self._fail(section, key, f'{key} = "{value}"', "https", "passwords never go over plain http; write https")
        if whole and (parts.path.strip("/") or parts.query or parts.fragment):
            self._fail(section, key, f'{key} = "{value}"', "nothing behind the host", "give RevMix a name of its own")
        return value.rstrip("/") if whole else value

    def _minutes(self, value: object) -> float:
        minutes = float(str(value))
        if not 0 < minutes <= LONGEST_IDLE:
            self._fail("", "idle_minutes", f"{value} minutes", f"more than 0, at most {LONGEST_IDLE:.0f}", "correct it")
        return minutes

    def _secret(self, value: str) -> str:
        if len(value) < SHORTEST_SECRET:
            todo = "make one: python3 -c 'import secrets; print(secrets.token_urlsafe())', or leave the setting out"
            self._fail(
                "", "cookie_secret", f"a secret of {len(value)} characters", f"{SHORTEST_SECRET} or more, random", todo
            )
        return value

    def _list(self, table: Mapping[str, object], key: str, shape: re.Pattern[str], example: str) -> frozenset[str]:
        entries = table.get(key, [])
        for entry in entries if isinstance(entries, list) else ():
            if not isinstance(entry, str) or not shape.fullmatch(entry.strip().lower()):
                self._fail("allow", key, f"{entry!r} in {key}", f'entries such as "{example}"', "correct it")
        return frozenset(str(entry).strip().lower() for entry in entries) if isinstance(entries, list) else frozenset()

    def _fail(self, section: str, key: str, found: str, expected: str, todo: str) -> NoReturn:
        raise BadInput(found, expected=expected, todo=todo, file=self._name, row=self._line(section, key))

    def _line(self, section: str, key: str) -> int | None:
        """The line of a setting or, without a key, of its table; None where it cannot be told."""
        current = ""
        for number, line in enumerate(self._lines, 1):
            if header := re.match(r"\s*\[{1,2}\s*([^\]]+?)\s*\]", line):
                current = header[1]
                if (current == section and not key) or (current == key and not section):
                    return number
            elif key and current == section and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
                return number
        return None
