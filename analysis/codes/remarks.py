"""Remark codes (RARC) and provider adjustment reasons (PLB) of remittances, in words.

The lists are data/remittance/rarc.toml and data/remittance/plb.toml.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.system.toml_data import load

if TYPE_CHECKING:
    from collections.abc import Mapping

_REMARK = re.compile(r"(?<![A-Z0-9])(?:MA|M|N)\d{1,4}(?![A-Z0-9])")


@dataclass(frozen=True, slots=True)
class Remark:
    """What a code says in our words, and what to do about it; `todo` is empty if there is nothing to do."""

    text: str
    todo: str


@cache
def _list(name: str, table: str) -> Mapping[str, Remark]:
    entries = load(f"remittance/{name}", {table: {"*": {"text": str, "todo": str}}})[table]
    return MappingProxyType({code: Remark(**entry) for code, entry in entries.items()})


def rarcs() -> Mapping[str, Remark]:
    """Map each remark code to what it says."""
    return _list("rarc.toml", "codes")


def plb_reasons() -> Mapping[str, Remark]:
    """Map each provider adjustment reason to what it says."""
    return _list("plb.toml", "reasons")


def remarks_in(text: str | None) -> tuple[str, ...]:
    """Find the remark codes in a cell, each once.

    >>> remarks_in("CO-16 N382 MA01")
    ('N382', 'MA01')
    """
    return tuple(dict.fromkeys(_REMARK.findall((text or "").upper())))


def remark_text(code: str) -> str:
    """Return what a remark code says; for a code not in our list, only its number."""
    return f"{code}: {rarcs()[code].text}" if code in rarcs() else f"{code}, which is not in our list"


def remarks_text(text: str | None) -> str:
    """Return the meaning of a cell's remark codes that require action, or of all if none does; empty without codes.

    Codes that only inform (claim crossed over, right to appeal) are left out beside one that requires action.
    """
    codes = remarks_in(text)
    actionable = [code for code in codes if code not in rarcs() or rarcs()[code].todo]
    return "; ".join(map(remark_text, actionable or codes))
