"""Columns filled in only on the first row of a group, such as the date once a day or the patient once a visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.cells.distinct import by_distinct, is_label_or_footer, tidy
from analysis.ingest.cells.values import read_codes

if TYPE_CHECKING:
    from analysis.ingest.mapping import Mapping
    from analysis.ingest.read.raw_table import RawTable

_NEEDED_FIELDS = ("date_of_service", "patient_id", "patient_name")
"""Fields every line needs: worth a question if they are filled in only once per group."""
_LIKE_A_CODE = r"^\w{3,8}$"
"""A cell that may be a mistyped code: its row is a line too."""


def repeat_merged_cells(cells: pl.Series, table: RawTable, heading: str) -> pl.Series:
    """Return a column's cells, with merged cells repeated over all their rows."""
    areas = [area for area in table.merged if area.heading == heading]
    if not areas:
        return cells
    source_rows = pl.int_range(table.frame.height, eager=True)
    for area in areas:
        source_rows = source_rows.scatter(range(area.first, area.last + 1), area.first)
    return cells.gather(source_rows)


def filled_down(cells: pl.Series, is_line: pl.Series, heading: str) -> pl.Series:
    """Fill a line's blank cells from above; totals, footers and repeated headings don't take part."""
    value_above = cells.set(~is_line & is_label_or_footer(cells, heading), None).fill_null(strategy="forward")
    return cells.zip_with(~(cells.is_null() & is_line), value_above)


def is_line(table: RawTable, mapping: Mapping) -> pl.Series:
    """Mark rows whose code column holds a code, or something that looks like a mistyped one."""
    headings = mapping.headings("code")
    if not headings:
        return pl.repeat(value=False, n=table.frame.height, dtype=pl.Boolean, eager=True)
    cells = tidy(table.frame[headings[0]], blank_words=True)
    has_code = (
        by_distinct(cells, read_codes).select(pl.any_horizontal(pl.col("code").is_not_null(), "several")).to_series()
    )
    looks_like_code = cells.str.contains(_LIKE_A_CODE) & cells.str.contains(r"\d")
    return (has_code | looks_like_code).fill_null(value=False)


def once_a_group(table: RawTable, mapping: Mapping) -> dict[str, int]:
    """Count the rows with a code and a blank that a row above could fill, by field: what filling down would add."""
    lines = is_line(table, mapping)
    fillable = {}
    for field in _NEEDED_FIELDS:
        headings = mapping.headings(field)
        if len(headings) != 1 or headings[0] not in table.headings or field in mapping.fill_down:
            continue
        cells = repeat_merged_cells(tidy(table.frame[headings[0]], blank_words=True), table, headings[0])
        filled_rows = (cells.is_null() & filled_down(cells, lines, headings[0]).is_not_null()).sum()
        if filled_rows:
            fillable[field] = int(filled_rows)
    people = {"patient_id", "patient_name"}
    if people <= mapping.fields and len(fillable.keys() & people) == 1:  # a name alone also identifies the patient
        fillable = {field: rows for field, rows in fillable.items() if field not in people}
    return fillable
