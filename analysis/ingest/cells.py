"""Cells of one column: tidied, and read once for each distinct text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.settings import words

if TYPE_CHECKING:
    from collections.abc import Callable

_KEY = "cell"


def tidy(cells: pl.Expr) -> pl.Expr:
    """Text without the blanks around it; null where nothing is left."""
    stripped = cells.str.strip_chars()
    return pl.when(stripped != "").then(stripped)


def without_blank_words(cells: pl.Series) -> pl.Series:
    """Cells with the words that mean "nothing" (n/a, none, -) as null."""
    lower = cells.str.to_lowercase().is_in(list(words("blank")))
    return cells.set(lower.fill_null(value=False), None)


def by_distinct(cells: pl.Series, read: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
    """Read every distinct text of a column once and spread the result over the rows.

    Parameters
    ----------
    read:
        From a Series of distinct texts without null to a frame of the same height.

    Returns
    -------
    The columns of `read`, one row a cell; null where the cell is null.
    """
    distinct = cells.drop_nulls().unique()
    result = read(distinct).with_columns(distinct.alias(_KEY))
    return cells.alias(_KEY).to_frame().join(result, on=_KEY, how="left", maintain_order="left").drop(_KEY)
