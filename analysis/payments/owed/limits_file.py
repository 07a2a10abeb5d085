"""Filing limits as a file: kept in the user's folder by the page, given to `revmix check`."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import tomli_w

from analysis.errors import BadInput
from analysis.payments.owed.limits import FilingLimit
from analysis.system.keep import copy_aside, locked, write_text
from analysis.system.paths import home

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MOST_DAYS = 3650
"""More is a slip of the keyboard."""
_ENTRIES = ("payer", "file_days", "appeal_days")
_EXPECTED = '[[limit]] tables, such as payer = "Aetna", file_days = 180, appeal_days = 90'
_TODO = "correct the file"


def limits_file() -> Path:
    """Return where limits are kept: in the user's folder (system.paths.home)."""
    return home() / "filing_limits.toml"


def load_limits() -> tuple[FilingLimit, ...]:
    """Return the limits that are kept, none without a file. Raises BadInput for a file that cannot be read."""
    try:
        data = limits_file().read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _fault(f"a file that cannot be read ({error.strerror})", limits_file().name) from None
    return read_limits(data, limits_file().name)


def save_limits(limits: Iterable[FilingLimit]) -> None:
    """Keep limits in place of those kept before, which are copied under a dated name if they cannot be read.

    Raises
    ------
    BadInput
        If the folder cannot be written.
    """
    target = limits_file()
    with locked(target.parent):
        try:
            load_limits()
        except BadInput:
            copy_aside(target)
        write_text(target, limits_toml(limits), "filing limits")


def limits_toml(limits: Iterable[FilingLimit]) -> str:
    """Write limits as the text of a file; `read_limits` makes equal ones of it."""
    tables = [{name: value for name in _ENTRIES if (value := getattr(limit, name)) is not None} for limit in limits]
    head = "# Days from the service to send a claim (file_days), and from the answer to appeal it (appeal_days).\n"
    return head + tomli_w.dumps({"limit": tables})


def read_limits(data: bytes, name: str) -> tuple[FilingLimit, ...]:
    """Read a file of filing limits.

    Raises
    ------
    BadInput
        Naming the entry that is missing, unknown, or not a number of days, or a payer given twice.
    """
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _fault(f"text that is not TOML ({error})".replace(";", ","), name) from None
    entries = table.get("limit", [])
    if table.keys() - {"limit"} or not isinstance(entries, list):
        raise _fault(", ".join(sorted(table)) or "nothing", name)
    limits = tuple(_limit(entry, number, name) for number, entry in enumerate(entries, start=1))
    payers = [limit.payer for limit in limits]
    if twice := sorted({payer for payer in payers if payers.count(payer) > 1}):
        raise _fault(f"{twice[0]} twice", name, "payer")
    return limits


def _limit(entry: object, number: int, name: str) -> FilingLimit:
    column = f"limit {number}"
    if not isinstance(entry, dict) or not isinstance(payer := entry.get("payer"), str):
        raise _fault("no payer", name, column)
    if unknown := sorted(entry.keys() - set(_ENTRIES)):
        raise _fault(unknown[0], name, column)
    days = {key: entry[key] for key in _ENTRIES[1:] if key in entry}
    for key, value in days.items():
        if type(value) is not int or not 1 <= value <= MOST_DAYS:
            raise BadInput(
                repr(value), expected=f"days from 1 to {MOST_DAYS}", todo=_TODO, file=name, column=f"{column}, {key}"
            )
    return FilingLimit(payer, **days)


def _fault(found: str, name: str, column: str | None = None) -> BadInput:
    return BadInput(found, expected=_EXPECTED, todo=_TODO, file=name, column=column)
