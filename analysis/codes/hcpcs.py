"""Our own short labels of therapy codes, and the minutes of those billed by time, from data/codes.csv.

CPT descriptors are the American Medical Association's; these labels are our own words and no substitute for them.
"""

from __future__ import annotations

import csv
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.system.paths import DATA

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def _column(name: str) -> Mapping[str, str]:
    """Code -> one column of the file, in the file's order."""
    with (DATA / "codes.csv").open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["code"]: row[name] for row in csv.DictReader(file)})


def load() -> Mapping[str, str]:
    """Code -> our label, in the file's order (the commonest of each group first)."""
    return _column("label")


def label(code: str) -> str:
    """Our label of a code; empty where we have none."""
    return load().get(code, "")


def named(code: str) -> str:
    """Code and label, such as ``97110 Therapeutic exercise``; the code alone where we have no label."""
    return f"{code} {label(code)}".strip()


def minutes(code: str) -> int | None:
    """Minutes one unit stands for; None for a code that is not billed by time, or that we do not know."""
    text = _column("minutes").get(code, "")
    return int(text) if text else None


def disciplines(code: str) -> frozenset[str]:
    """The disciplines that usually bill a code (PT, OT, SLP); none for a code we do not know."""
    return frozenset(_column("disciplines").get(code, "").split())


def of_minutes(length: int) -> tuple[str, ...]:
    """The codes whose unit stands for so many minutes, the commonest of each group first."""
    return tuple(code for code in load() if minutes(code) == length)
