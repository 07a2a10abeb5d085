"""Columns filled in only on the first row of a group, such as the date once a day or the patient once a visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.cells import tidy
from analysis.ingest.settings import totals_pattern

if TYPE_CHECKING:
    from analysis.ingest.mapping import Mapping
    from analysis.ingest.raw import RawTable

_ASKED = ("date_of_service", "patient_id", "patient_name")
"""Fields without which no row is a line: worth a question where they stand once a group."""


def filled_down(cells: pl.Series, is_line: pl.Series) -> pl.Series:
    """Blank cells of lines with what stands above them; words of a totals row are nobody's."""
    total = cells.str.contains(f"(?i){totals_pattern().pattern}").fill_null(value=False)
    above = cells.set(total, None).fill_null(strategy="forward")
    return cells.zip_with(~(cells.is_null() & is_line), above)


def is_line(table: RawTable, mapping: Mapping) -> pl.Series:
    """Rows with a cell in the column of codes."""
    codes = [tidy(table.frame[heading], blank_words=True).is_not_null() for heading in mapping.headings("code")]
    return codes[0] if codes else pl.repeat(value=False, n=table.frame.height, dtype=pl.Boolean, eager=True)


def once_a_group(table: RawTable, mapping: Mapping) -> dict[str, int]:
    """Field -> rows that have a code and no cell there, though a row above them has: what filling down would give."""
    lines = is_line(table, mapping)
    found = {}
    for field in _ASKED:
        headings = mapping.headings(field)
        if len(headings) != 1 or headings[0] not in table.headings or field in mapping.fill_down:
            continue
        cells = tidy(table.frame[headings[0]], blank_words=True)
        gained = (cells.is_null() & filled_down(cells, lines).is_not_null()).sum()
        if gained:
            found[field] = int(gained)
    people = {"patient_id", "patient_name"}
    if people <= mapping.fields and len(found.keys() & people) == 1:  # a name without a number says who it is, too
        found = {field: rows for field, rows in found.items() if field not in people}
    return found
