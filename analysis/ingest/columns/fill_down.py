"""Columns filled in only on the first row of a group, such as the date once a day or the patient once a visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.cells.distinct import by_distinct, is_furniture, tidy
from analysis.ingest.cells.values import read_codes

if TYPE_CHECKING:
    from analysis.ingest.mapping import Mapping
    from analysis.ingest.read.raw_table import RawTable

_ASKED = ("date_of_service", "patient_id", "patient_name")
"""Fields every line needs: worth a question if they are filled in only once per group."""
_LIKE_A_CODE = r"^\w{3,8}$"
"""A cell that may be a mistyped code: its row is a line too."""


def spread(cells: pl.Series, table: RawTable, heading: str) -> pl.Series:
    """Return a column's cells, with merged cells repeated over all their rows."""
    areas = [area for area in table.merged if area.heading == heading]
    if not areas:
        return cells
    places = pl.int_range(table.frame.height, eager=True)
    for area in areas:
        places = places.scatter(range(area.first, area.last + 1), area.first)
    return cells.gather(places)


def filled_down(cells: pl.Series, is_line: pl.Series, heading: str) -> pl.Series:
    """Fill a line's blank cells from above; totals, footers and repeated headings don't take part."""
    above = cells.set(~is_line & is_furniture(cells, heading), None).fill_null(strategy="forward")
    return cells.zip_with(~(cells.is_null() & is_line), above)


def is_line(table: RawTable, mapping: Mapping) -> pl.Series:
    """Mark rows whose code column holds a code, or something that looks like a mistyped one."""
    headings = mapping.headings("code")
    if not headings:
        return pl.repeat(value=False, n=table.frame.height, dtype=pl.Boolean, eager=True)
    cells = tidy(table.frame[headings[0]], blank_words=True)
    read = by_distinct(cells, read_codes).select(pl.any_horizontal(pl.col("code").is_not_null(), "several")).to_series()
    alike = cells.str.contains(_LIKE_A_CODE) & cells.str.contains(r"\d")
    return (read | alike).fill_null(value=False)


def once_a_group(table: RawTable, mapping: Mapping) -> dict[str, int]:
    """Count the rows with a code and a blank that a row above could fill, by field: what filling down would add."""
    lines = is_line(table, mapping)
    found = {}
    for field in _ASKED:
        headings = mapping.headings(field)
        if len(headings) != 1 or headings[0] not in table.headings or field in mapping.fill_down:
            continue
        cells = spread(tidy(table.frame[headings[0]], blank_words=True), table, headings[0])
        gained = (cells.is_null() & filled_down(cells, lines, headings[0]).is_not_null()).sum()
        if gained:
            found[field] = int(gained)
    people = {"patient_id", "patient_name"}
    if people <= mapping.fields and len(found.keys() & people) == 1:  # a name alone also identifies the patient
        found = {field: rows for field, rows in found.items() if field not in people}
    return found
