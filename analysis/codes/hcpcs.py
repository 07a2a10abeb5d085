"""Our own short labels of therapy codes, and the minutes of timed codes, from data/codes.csv.

CPT descriptors belong to the American Medical Association; these labels are our own words and do not replace them.
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
    """Map each code to one column of the file, in file order."""
    with (DATA / "codes.csv").open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["code"]: row[name] for row in csv.DictReader(file)})


def load() -> Mapping[str, str]:
    """Map each code to our label, in file order (the most common of each group first)."""
    return _column("label")


def label(code: str) -> str:
    """Return our label of a code; empty if we have none."""
    return load().get(code, "")


def code_with_label(code: str) -> str:
    """Return code and label, such as ``97110 Therapeutic exercise``; only the code if we have no label."""
    return f"{code} {label(code)}".strip()


def minutes(code: str) -> int | None:
    """Return the minutes of one unit; None for an untimed or unknown code."""
    text = _column("minutes").get(code, "")
    return int(text) if text else None


def disciplines(code: str) -> frozenset[str]:
    """Return the disciplines that usually bill a code (PT, OT, SLP); empty for an unknown code."""
    return frozenset(_column("disciplines").get(code, "").split())


def of_minutes(length: int) -> tuple[str, ...]:
    """Return the codes whose unit lasts this many minutes, the most common of each group first."""
    return tuple(code for code in load() if minutes(code) == length)
