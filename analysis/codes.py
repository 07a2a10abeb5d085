"""Our own short labels of therapy codes, from data/codes.csv.

CPT descriptors are the American Medical Association's; these labels are our own words and no substitute for them.
"""

from __future__ import annotations

import csv
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.paths import DATA

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def load() -> Mapping[str, str]:
    """Code -> our label, in the file's order (the commonest of each group first)."""
    with (DATA / "codes.csv").open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["code"]: row["label"] for row in csv.DictReader(file)})


def label(code: str) -> str:
    """Our label of a code; empty where we have none."""
    return load().get(code, "")


def named(code: str) -> str:
    """Code and label, such as ``97110 Therapeutic exercise``; the code alone where we have no label."""
    return f"{code} {label(code)}".strip()
