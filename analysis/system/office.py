"""Settings of a small server (`revmix serve --office`): one TOML file, fully checked before anything starts.

The file holds the sign-in provider's client secret, so only its owner may read it.
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
"""Minutes without a click after which an office session ends, unless the file says otherwise."""
LONGEST_IDLE = 1440.0
"""Minutes: a day."""
SHORTEST_SECRET = 32
"""Minimum characters of a cookie secret."""
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
    """The settings of an office server.

    Attributes
    ----------
    address:
        The address people type, without a trailing slash: ``https://revmix.clinic.example``.
    metadata_url, client_id, client_secret:
        The sign-in provider's OpenID Connect configuration, and this server's credentials there.
    prompt:
        What the provider does at a sign-in: ``login`` asks for the password every time.
    accept_missing_email_verified:
        Whether to accept an e-mail address if the provider does not say it is verified; unverified ones never count.
    emails, domains:
        Who may sign in, in lower case: addresses, and everyone in a mail domain.
    idle_minutes:
        Minutes without a click after which a session's data is cleared and its user has to sign in again.
    cookie_secret:
        The key that signs sign-in cookies.
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
        """Tell whether a person with this e-mail address is on the list."""
        address = email.strip().lower()
        return address in self.emails or address.rpartition("@")[2] in self.domains


def office_file(path: Path | None = None) -> Path:
    """Return the settings file: the one named, else ``office.toml`` in RevMix's own folder (`system.paths.home`)."""
    return path or home() / FILE_NAME


def read_office(path: Path | None = None) -> Office:
    """Read the settings in a file (`office_file`).

    Raises
    ------
    BadInput
        Naming the file, the line and what to do: if it cannot be read, if other people may read it, and for every
        setting that is missing, unknown or wrong.
    """
    where = office_file(path)
    text = _text(where)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise BadInput(
            f"a line that is not TOML ({str(error).partition(' (at')[0]})",
            expected='lines such as address = "https://revmix.clinic.example"',
            todo="correct it; docs/office.md shows a complete file",
            file=where.name,
            row=int(line[1]) if line else None,
        ) from None
    return _Checked(where.name, text, content).office()


def _text(where: Path) -> str:
    """Return the file's text, which only its owner may be able to read."""
    try:
        mode = where.stat().st_mode
        text = where.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(
            f"a file that cannot be read ({error.strerror})",
            expected="the settings of the office server",
            todo="name it with --config FILE; docs/office.md shows a complete file",
            file=str(where),
        ) from None
    except UnicodeDecodeError:
        raise BadInput(
            "a file that is not text", expected="TOML in UTF-8", todo="save it as UTF-8", file=where.name
        ) from None
    if os.name == "posix" and mode & 0o077:
        raise BadInput(
            "a file with secrets that other users of this machine can read or change",
            expected="access for its owner only",
            todo=f"run: chmod 600 {where.name}",
            file=where.name,
        )
    return text


class _Checked:
    """A file's content while it is checked; every fault names its line."""

    def __init__(self, name: str, text: str, content: Mapping[str, object]) -> None:
        self._name, self._lines, self._content = name, text.splitlines(), content

    def office(self) -> Office:
        """Return the settings, all checked."""
        top = self._table("", self._content)
        provider = self._table("sign_in", top["sign_in"])
        allowed = self._table("allow", top["allow"])
        emails = self._list(allowed, "emails", _EMAIL, "ann@clinic.example")
        domains = self._list(allowed, "domains", _DOMAIN, "clinic.example")
        if not emails and not domains:
            self._fail("allow", "", "nobody", "emails, domains, or both", "say who may sign in")
        optional: dict[str, object] = {}
        if "idle_minutes" in top:
            optional["idle_minutes"] = self._minutes(top["idle_minutes"])
        if "cookie_secret" in top:
            optional["cookie_secret"] = self._secret(str(top["cookie_secret"]))
        optional |= {key: provider[key] for key in ("prompt", "accept_missing_email_verified") if key in provider}
        return Office(
            address=self._address("", "address", str(top["address"]), whole=True),
            metadata_url=self._address("sign_in", "metadata_url", str(provider["metadata_url"])),
            client_id=str(provider["client_id"]),
            client_secret=str(provider["client_secret"]),
            emails=emails,
            domains=domains,
            **optional,  # type: ignore[arg-type]
        )

    def _table(self, section: str, table: object) -> Mapping[str, object]:
        """Return a table with known keys of the right types, and all required ones."""
        if not isinstance(table, dict):
            self._fail("", section, f"{section} = {table!r}", f"a table [{section}]", "see docs/office.md")
        types = _KEYS[section]
        for key, value in table.items():
            if key not in types:
                similar = difflib.get_close_matches(key, types, 1)
                hint = f"did you mean {similar[0]}?" if similar else f"remove it; known settings: {', '.join(types)}"
                self._fail(section, key, f"a setting {key}, which RevMix does not know", "a known setting", hint)
            kind = types[key]
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool) if kind is float else None
            if not (isinstance(value, kind) if is_number is None else is_number):
                self._fail(section, key, f"{key} that is not {_WORDS[kind]}", _WORDS[kind], "correct it")
            if kind is str and not str(value).strip():
                self._fail(section, key, f"an empty {key}", "a text", "fill it in; see docs/office.md")
        for key in _MUST[section]:
            if key not in table:
                missing = f"table [{key}]" if types[key] is dict else f"setting {key}"
                self._fail(section, "", f"no {missing}", "one", "add it; docs/office.md shows a complete file")
        return table

    def _address(self, section: str, key: str, value: str, *, whole: bool = False) -> str:
        """Check an https address; plain http only on this machine, for testing."""
        try:
            parts = urlsplit(value)
            host, _ = parts.hostname, parts.port
        except ValueError:
            parts, host = urlsplit(""), None
        if not host or parts.scheme not in {"http", "https"} or parts.username is not None:
            self._fail(section, key, f'{key} = "{value}"', "an address such as https://host.example", "correct it")
        if parts.scheme == "http" and host not in LOCAL:
            self._fail(
                section, key, f'{key} = "{value}"', "https", "passwords must never go over plain http; write https"
            )
        if whole and (parts.path.strip("/") or parts.query or parts.fragment):
            self._fail(
                section, key, f'{key} = "{value}"', "nothing after the host name", "give RevMix its own host name"
            )
        return value.rstrip("/") if whole else value

    def _minutes(self, value: object) -> float:
        minutes = float(str(value))
        if not 0 < minutes <= LONGEST_IDLE:
            self._fail("", "idle_minutes", f"{value} minutes", f"more than 0, at most {LONGEST_IDLE:.0f}", "correct it")
        return minutes

    def _secret(self, value: str) -> str:
        if len(value) < SHORTEST_SECRET:
            todo = "make one: python3 -c 'import secrets; print(secrets.token_urlsafe())', or remove the setting"
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
        """Return the line of a setting or, without a key, of its table; None if unknown."""
        current = ""
        for number, line in enumerate(self._lines, 1):
            if header := re.match(r"\s*\[{1,2}\s*([^\]]+?)\s*\]", line):
                current = header[1]
                if (current == section and not key) or (current == key and not section):
                    return number
            elif key and current == section and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
                return number
        return None
