"""Reports that put the patient's name on a separate row above the charges."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.cells.distinct import is_label_or_footer, tidy
from analysis.ingest.cells.values import payer_class
from analysis.ingest.columns.fill_down import is_line
from analysis.ingest.settings import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.ingest.mapping import Mapping
    from analysis.ingest.read.raw_table import RawTable

ROW_ABOVE = "(row above the charges)"
"""Heading of the made-up column for names on separate rows; no file has it."""
_LABEL = r"(?i)^(?:patient|client|pt)(?:\s*name)?\s*[:#-]\s*"
_WORD = r"\p{L}[\p{L}'\u2019.-]*"
_CAPITAL = r"\p{Lu}[\p{L}'\u2019.-]*"
_NAME = rf"^{_CAPITAL}(?:,?\s+{_WORD}){{0,3}},?\s+{_CAPITAL}(?:\s*[(#].*)?$"
"""A name of two or more words, with or without a comma, maybe followed by a number: "Ames, Ada (A12)"."""
_NO_NAME = r"(?i)^\W*(?:date|from|location|clinic|facility|provider|therapist|payer|insurance|case)\s*[:#]"
"""Rows that label themselves as something other than a patient."""
_MOST_CELLS = 2


def names_above(table: RawTable, mapping: Mapping) -> pl.Series | None:
    """Return for each row with a code the nearest name row above it; None if there is no name at all.

    A name row has one cell, or two such as a name and a number, no code, and charges below it with only headings and
    other such rows between. If a file labels its names ("Patient: Ada Ames"), only those count. Otherwise exactly one
    row between two runs of charges must look like a person's name: if none or several do, the charges below have no
    patient, and the rows need the user.
    """
    cells = table.frame.select(
        tidy(table.frame[heading], blank_words=True).alias(heading) for heading in table.headings
    )
    lines = is_line(table, mapping)
    filled_cells = cells.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
    repeated = cells.select(
        pl.sum_horizontal((pl.col(heading) == heading).fill_null(value=False) for heading in table.headings)
    ).to_series()
    first = cells.select(pl.coalesce(pl.all())).to_series()
    whole = cells.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)).to_series()
    may_be_name = (filled_cells > 0) & (filled_cells <= _MOST_CELLS) & ~lines & ~is_label_or_footer(first, "")
    labeled = (may_be_name & first.str.contains(_LABEL)).fill_null(value=False)
    may_be_name = (may_be_name & ~first.str.contains(_NO_NAME)).fill_null(value=False)
    if labeled.any():
        labeled_names = whole.str.replace(_LABEL, "").set(~labeled, None).fill_null(strategy="forward")
        return labeled_names.set(~lines, None).alias(ROW_ABOVE)
    looks_like_name = (may_be_name & first.str.contains(_NAME)).fill_null(value=False)
    if not looks_like_name.any():
        return None
    skipped = ((filled_cells == 0) | (repeated > 1)).fill_null(value=False)
    rows = zip(lines, may_be_name, looks_like_name, skipped, whole, strict=True)
    return pl.Series(ROW_ABOVE, _nearest(rows), dtype=pl.String)


def _nearest(rows: Iterable[tuple[bool, bool, bool, bool, str | None]]) -> list[str | None]:
    """Return each row's name from (has a charge, may be a name, looks like a name, is skipped, text)."""
    names_by_row: list[str | None] = []
    name: str | None = None
    rows_between: list[tuple[bool, str | None]] = []
    for has_charge, may_be_name, looks_like_name, is_skipped, text in rows:
        if has_charge and rows_between:
            names = [
                candidate for is_name, candidate in rows_between if is_name and payer_class(None, candidate) == UNKNOWN
            ]
            with_comma = [candidate for candidate in names if candidate and "," in candidate]
            name = next((options[0] for options in (names, with_comma) if len(options) == 1), None)
            rows_between = []
        elif may_be_name:
            rows_between.append((looks_like_name, text))
        elif not has_charge and not is_skipped:
            rows_between = []
        names_by_row.append(name if has_charge else None)
    return names_by_row


def with_row_above(table: RawTable, mapping: Mapping) -> RawTable:
    """Return the table with its `ROW_ABOVE` column if the mapping reads it; else unchanged."""
    if not any(heading == ROW_ABOVE for heading, _ in mapping.columns) or ROW_ABOVE in table.headings:
        return table
    names = names_above(table, mapping)
    column = pl.lit(None, pl.String).alias(ROW_ABOVE) if names is None else names
    return replace(table, frame=table.frame.with_columns(column))
