"""Words and amounts as people read them, made safe for Streamlit's Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from analysis.money import dollars, half_up

if TYPE_CHECKING:
    from datetime import date

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:^=&])")
_REWRITTEN = re.compile(
    r"(?<=:)(?=/)|(?<=www)(?=\.)|(?<=[-.\w+])(?=@)|(?<=:)(?=[\w+/-]+:)|(?<=[<>~-])(?=[>=-])", re.IGNORECASE
)
"""Where Streamlit changes text even when it is escaped: web and e-mail addresses, names of icons, arrows, dashes."""
_JOINER = "\N{WORD JOINER}"
"""Has no width and allows no line break; between two characters it stops Streamlit from joining them."""
MILLION_CENTS = 100_000_000


def safe(text: object) -> str:
    """Escape text from a user's file for Markdown, so that it looks as in the file.

    Unescaped, a payer called ``![x](http://...)`` would make the browser fetch an address, and ``$`` starts a formula.
    Every label, help text, notice, heading and metric is such a place; options of lists and cells of tables are not.
    """
    return _MARKDOWN.sub(r"\\\1", _REWRITTEN.sub(_JOINER, " ".join(str(text).split())))


def file_stem(name: str) -> str:
    """Make the start of a file name from a user's name: letters, digits, dots, hyphens and underscores."""
    return re.sub(r"[^\w.-]+", "_", name).strip("._")[:60] or "revmix"


def money(cents: int | None) -> str:
    """Format an amount in prose, whole dollars: ``$1,234``, from a million on ``$1.02 M``; safe for Markdown."""
    if cents is not None and abs(cents) >= MILLION_CENTS:
        hundredths = half_up(abs(cents), MILLION_CENTS // 100)
        return rf"{'-' if cents < 0 else ''}\${hundredths // 100:,}.{hundredths % 100:02d} M"
    return dollars(cents, places=0).replace("$", r"\$")


def exact(cents: int | None) -> str:
    """Format an amount to the cent, ``$1,234.56``; safe for Markdown."""
    return dollars(cents).replace("$", r"\$")


def percent(share: float | None, *, places: int = 0) -> str:
    """Format a share (0 to 1) as a percentage; None is an em dash."""
    return "—" if share is None else f"{100 * share:.{places}f}%"


def count(number: int, singular: str, plural: str | None = None) -> str:
    """Format a number with its noun: ``1 row``, ``18 rows``."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def day(when: date) -> str:
    """Format a date as ``Mar 9, 2024``."""
    return f"{when:%b} {when.day}, {when.year}"


def month(when: date) -> str:
    """Format a month as ``Mar 2024``."""
    return f"{when:%b %Y}"


def period(lines: pl.DataFrame) -> str:
    """Say the first and last month of some lines: ``Jan 2025 to Oct 2026``."""
    first, last = lines.select(pl.col("date_of_service").min().alias("first"), pl.col("date_of_service").max()).row(0)
    return month(first) if month(first) == month(last) else f"{month(first)} to {month(last)}"


def listed(names: list[str], *, at_most: int = 3) -> str:
    """Join a short list for a sentence: ``a, b and 4 more``."""
    if len(names) > at_most:
        return f"{', '.join(names[:at_most])} and {len(names) - at_most} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
