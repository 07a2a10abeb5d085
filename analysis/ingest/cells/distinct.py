"""Cells of a column: cleaned up, and read once per distinct text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analysis.ingest.settings import footers_pattern, totals_pattern, words

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

_KEY = "cell"
INVISIBLE = "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
"""Zero-width characters that copying from web pages and PDFs leaves in cells."""
_AS_TEXT = r'^="([^"]*)"$'
"""How exports stop Excel from reading a text as a number: ="97110"."""


def tidy(cells: pl.Series, *, blank_words: bool) -> pl.Series:
    """Trim the cells; null if nothing is left.

    Parameters
    ----------
    blank_words:
        Whether words that mean "nothing" (n/a, none, -) become null too.
    """
    distinct = cells.drop_nulls().unique()
    stripped = distinct.str.replace_all(INVISIBLE, "").str.replace(_AS_TEXT, "$1").str.strip_chars()
    empty = stripped == ""
    if blank_words:
        empty = empty | stripped.str.to_lowercase().is_in(list(words("blank")))
    tidied = stripped.set(empty, None)
    if tidied.equals(distinct):  # true for most columns: nothing to spread over the rows
        return cells
    return _over_rows(cells, distinct, tidied.alias("tidied").to_frame())["tidied"]


def heading_parts(heading: str) -> frozenset[str]:
    """Return the parts of a heading a page may repeat: all of it or one of its two lines, in lower case.

    >>> sorted(heading_parts("Service Date"))
    ['date', 'service', 'service date']
    """
    words = re.sub(r" \(\d+\)$", "", heading.casefold()).split()
    return frozenset(
        " ".join(part) for split_at in range(len(words)) for part in (words[split_at:], words[:split_at]) if part
    )


def is_label_or_footer(cells: pl.Series, heading: str) -> pl.Series:
    """Tell which cells are not values: the repeated heading, a total's label, a page footer."""
    parts = heading_parts(heading)
    patterns = "|".join(pattern.pattern for pattern in (totals_pattern(), footers_pattern()))
    return (cells.str.to_lowercase().is_in(list(parts)) | cells.str.contains(f"(?i){patterns}")).fill_null(value=False)


def by_distinct(cells: pl.Series, reader: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
    """Read each distinct text of a column once and spread the result over the rows.

    Parameters
    ----------
    reader:
        Turns a Series of distinct texts without nulls into a frame of the same height.

    Returns
    -------
    The columns of `reader`, one row per cell; null where the cell is null.
    """
    distinct = cells.drop_nulls().unique()
    return _over_rows(cells, distinct, reader(distinct))


def _over_rows(cells: pl.Series, distinct: pl.Series, result: pl.DataFrame) -> pl.DataFrame:
    """Return what was read for each distinct text, one row per cell."""
    result = result.with_columns(distinct.alias(_KEY))
    return cells.alias(_KEY).to_frame().join(result, on=_KEY, how="left", maintain_order="left").drop(_KEY)
