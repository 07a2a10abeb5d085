"""Reports that put the patient's name on a row of its own, above his or her charges."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.cells import is_furniture, tidy
from analysis.ingest.fill import is_line

if TYPE_CHECKING:
    from analysis.ingest.mapping import Mapping
    from analysis.ingest.raw import RawTable

ROW_ABOVE = "(row above the charges)"
"""Heading of the column of names that stand on rows of their own; no file has it."""
_LABEL = r"(?i)^(?:patient|client|pt)(?:\s*name)?\s*[:#-]\s*"
_KINDS = (
    _LABEL + r"\p{L}",
    r"^[\p{L}'\u2019. -]{2,},\s*\p{L}",
    r"^\p{Lu}[\p{L}'\u2019.-]*(?:\s+\p{Lu}[\p{L}'\u2019.-]*){1,3}$",
)
"""What a name looks like, the surest first: "Patient: Ada Ames", "Ames, Ada (A12)", "Ada Ames"."""
_NO_NAME = r"(?i)^\W*(?:page|printed|print|report|run|date|from|location|clinic|provider|therapist|payer)\b"
_MOST_CELLS = 2


def names_above(table: RawTable, mapping: Mapping) -> pl.Series | None:
    """Per row with a code the name on the nearest row above that is a name and nothing else; None without any name.

    A row is one of a name when it has one cell, or two such as a name and a number, no code, and charges directly
    below. The surest kind of name that a file has is the one it uses.
    """
    cells = table.frame.select(
        tidy(table.frame[heading], blank_words=True).alias(heading) for heading in table.headings
    )
    lines = is_line(table, mapping)
    filled = cells.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
    first = cells.select(pl.coalesce(pl.all())).to_series()
    whole = cells.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)).to_series()
    below = lines.set(filled == 0, None).shift(-1).fill_null(strategy="backward").fill_null(value=False)
    alone = (filled > 0) & (filled <= _MOST_CELLS) & ~lines & below
    words = ~is_furniture(first, "") & ~first.str.contains(_NO_NAME)
    for kind in _KINDS:
        names = (alone & words & first.str.contains(kind)).fill_null(value=False)
        if names.any():
            said = whole.str.replace(_LABEL, "").set(~names, None).fill_null(strategy="forward")
            return said.set(~lines, None).alias(ROW_ABOVE)
    return None


def with_row_above(table: RawTable, mapping: Mapping) -> RawTable:
    """The table with its column `ROW_ABOVE`, where the mapping reads it; else as it is."""
    if not any(heading == ROW_ABOVE for heading, _ in mapping.columns) or ROW_ABOVE in table.headings:
        return table
    names = names_above(table, mapping)
    column = pl.lit(None, pl.String).alias(ROW_ABOVE) if names is None else names
    return replace(table, frame=table.frame.with_columns(column))
