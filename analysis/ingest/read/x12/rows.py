"""The rows that remittances and claims are read into: text cells by heading, and further values for each row."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.ingest.read.x12.segments import Segment

_AMOUNT = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?$")
_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")


@dataclass(slots=True)
class X12Rows:
    """What transactions are read into.

    Attributes
    ----------
    cells:
        One dictionary per service line: heading -> text.
    presets:
        For each row a reason of `analysis.ingest.rows.reasons`, or None.
    beside:
        For each row its values in `frames.RAW_BESIDE`.
    adjustments, imbalances, provider_adjustments, checks:
        Rows of `frames.RAW_ADJUSTMENTS`, `frames.RAW_IMBALANCES`, `frames.PROVIDER_ADJUSTMENTS`, `frames.RAW_CHECKS`.
    remarks:
        Sentence -> how often it applies.
    """

    cells: list[dict[str, str]] = field(default_factory=list)
    presets: list[str | None] = field(default_factory=list)
    beside: list[dict[str, Any]] = field(default_factory=list)
    adjustments: list[tuple[Any, ...]] = field(default_factory=list)
    imbalances: list[tuple[Any, ...]] = field(default_factory=list)
    provider_adjustments: list[tuple[Any, ...]] = field(default_factory=list)
    checks: list[tuple[Any, ...]] = field(default_factory=list)
    remarks: dict[str, int] = field(default_factory=dict)

    def add(self, cells: dict[str, str], preset: str | None = None, **beside: object) -> int:
        """Add a row, with values of `frames.RAW_BESIDE`, and return its position."""
        self.cells.append(cells)
        self.presets.append(preset)
        self.beside.append(beside)
        return len(self.cells) - 1

    def remark(self, text: str) -> None:
        """Count a remark about the file."""
        self.remarks[text] = self.remarks.get(text, 0) + 1

    def balance(self, row: int | None, level: str, segment: Segment, expected: int | None, actual: int | None) -> None:
        """Record a total that does not add up; totals of unreadable amounts are left to the rows' own faults."""
        if expected is not None and actual is not None and expected != actual:
            self.imbalances.append((row, level, segment.ordinal, expected, actual, expected - actual))


def cents(text: str) -> int | None:
    """Read an X12 amount in cents; empty is 0, anything else that is not an amount is None.

    >>> cents("12.5"), cents("-.50"), cents(""), cents("1,000")
    (1250, -50, 0, None)
    """
    if not text:
        return 0
    match = _AMOUNT.match(text)
    if match is None or not (match.group(2) or match.group(3)):
        return None
    sign, whole, part = match.groups()
    part = (part or "").rstrip("0")
    if len(part) > 2:  # noqa: PLR2004  cents
        return None
    value = int(whole or 0) * 100 + int((part + "00")[:2])
    return -value if sign == "-" else value


def total(amounts: list[int | None]) -> int | None:
    """Add up the amounts; None if one of them is None."""
    return (
        None if any(amount is None for amount in amounts) else sum(amount for amount in amounts if amount is not None)
    )


def day(text: str) -> str:
    """Write an X12 date, or the first day of a range, as YYYY-MM-DD; return other text unchanged.

    >>> day("20260302"), day("20260302-20260304")
    ('2026-03-02', '2026-03-02')
    """
    first = text.split("-", maxsplit=1)[0]
    match = _DAY.fullmatch(first)
    if match is not None:
        return "-".join(match.groups())
    short = re.fullmatch(r"(\d{2})(\d{2})(\d{2})", first)
    return f"20{'-'.join(short.groups())}" if short else text


def calendar_day(text: str) -> date | None:
    """Read an X12 date, or one that `day` has read, as a calendar date, or return None."""
    try:
        return date.fromisoformat(text if text.count("-") > 1 else day(text))
    except ValueError:
        return None


def person(segment: Segment) -> str:
    """Return the name in an NM1: "Last, First", or the organization's."""
    return ", ".join(part for part in (segment[3], segment[4]) if part)


def procedure(parts: list[str]) -> tuple[str, str]:
    """Split the parts of a procedure composite into code and modifiers; a single part is returned as it is.

    >>> procedure("HC:97110:GP:KX".split(":"))
    ('97110', 'GP KX')
    """
    if len(parts) == 1:
        return parts[0], ""
    return parts[1], " ".join(part for part in parts[2:6] if part)
