"""Our own short labels of therapy codes, from data/codes.csv.

CPT descriptors are the American Medical Association's; these labels are our own words and no substitute for them.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.paths import DATA

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class CodeInfo:
    """One code as people talk about it.

    Attributes
    ----------
    minutes:
        Minutes one unit stands for; None for a code that is not timed.
    group:
        Family for choosing codes: Movement, Evaluation, Modality ...
    disciplines:
        Disciplines that usually bill it; a hint, never a rule.
    """

    code: str
    label: str
    minutes: int | None
    group: str
    disciplines: tuple[str, ...]

    @property
    def timed(self) -> bool:
        """Whether units count minutes."""
        return self.minutes is not None


@cache
def load() -> Mapping[str, CodeInfo]:
    """Every labelled code, in the file's order (the commonest of each group first)."""
    with (DATA / "codes.csv").open(encoding="utf-8", newline="") as file:
        return MappingProxyType(
            {
                row["code"]: CodeInfo(
                    code=row["code"],
                    label=row["label"],
                    minutes=int(row["minutes"]) if row["minutes"] else None,
                    group=row["group"],
                    disciplines=tuple(row["disciplines"].split()),
                )
                for row in csv.DictReader(file)
            }
        )


def label(code: str) -> str:
    """Our label of a code; empty where we have none."""
    info = load().get(code)
    return info.label if info else ""


def named(code: str) -> str:
    """Code and label, such as ``97110 Therapeutic exercise``; the code alone where we have no label."""
    return f"{code} {label(code)}".strip()
