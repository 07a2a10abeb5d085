"""Figures and conditions of a scenario in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.lines.filters import COLUMNS, word
from analysis.money import BASIS

if TYPE_CHECKING:
    from datetime import date

    from analysis.lines.filters import Filters

POINTS_BP = 1_000
"""Shares and rates of rules are tried ten points lower and higher."""


def where_in_words(where: Filters) -> str:
    """Describe a condition: empty, or ``, payer class Medicare, from 2026-01-01``."""
    parts = [
        f"{word(column)} {' or '.join(getattr(where, field))}"
        for field, column in COLUMNS.items()
        if getattr(where, field)
    ]
    parts += [f"{name} {day}" for name, day in (("from", where.start), ("to", where.end)) if day is not None]
    return "".join(f", {part}" for part in parts)


def decimal(value: int, scale: int, places: int) -> str:
    """Write a whole number of parts as an exact decimal: ``32.8409``."""
    return f"{value // scale}.{value % scale:0{places}d}"


def percent(rate_bp: int, *, sign: bool = False) -> str:
    """Write basis points as people read them: ``50%``, ``2.5%``, with `sign` ``+5%``."""
    text = f"{rate_bp * 100 / BASIS:+.2f}" if sign else f"{rate_bp * 100 / BASIS:.2f}"
    return f"{text.rstrip('0').rstrip('.')}%"


def day_in_words(day: date) -> str:
    """Write a day as people read it: ``Apr 1, 2026``."""
    return f"{day:%b} {day.day}, {day.year}"


def ends_of(value: int, step: int, lowest: int = 0, highest: int = BASIS) -> tuple[int, int]:
    """A figure moved down and up, within its range.

    >>> ends_of(9_500, POINTS_BP)
    (8500, 10000)
    """
    return max(lowest, value - step), min(highest, value + step)


def percents(ends: tuple[int, int], *, sign: bool = False) -> tuple[str, str]:
    """Both ends as people read them."""
    return percent(ends[0], sign=sign), percent(ends[1], sign=sign)
