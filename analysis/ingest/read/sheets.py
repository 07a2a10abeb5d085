"""Sheets of a workbook with the same headings, such as one per month or clinic, read as one table is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.read.tables import read_table
from analysis.ingest.settings import plain_heading

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from analysis.ingest.read.raw_table import RawTable


def read_sheets(
    data: bytes, name: str, *, sheet: str | None = None, headings: Collection[str] = ()
) -> tuple[RawTable, ...]:
    """Return a file's table, followed by the tables of a workbook's other sheets with the same headings.

    Parameters and errors are those of `analysis.ingest.read_table`; a sheet that is named is read alone.
    """
    first = read_table(data, name, sheet=sheet, headings=headings)
    return (first, *(read_table(data, name, sheet=other, headings=first.headings) for other in first.alike))


def _under(table: RawTable, headings: Sequence[str]) -> pl.DataFrame:
    """Return a table's cells under other headings of the same words, in any order; null if it lacks one."""
    heading_of = {plain_heading(heading): heading for heading in reversed(table.headings)}
    return table.frame.select(
        (
            pl.col(heading_of[plain]) if (plain := plain_heading(heading)) in heading_of else pl.lit(None, pl.String)
        ).alias(heading)
        for heading in headings
    )


def together(tables: Sequence[RawTable]) -> RawTable:
    """Join several tables with the same columns into one, under the headings of the first."""
    first = tables[0]
    if len(tables) == 1:
        return first
    frames = [_under(table, first.headings) for table in tables]
    first_rows = [0]
    for frame in frames:
        first_rows.append(first_rows[-1] + frame.height)
    merged = [
        replace(
            area,
            heading=next(name for name in first.headings if plain_heading(name) == plain_heading(area.heading)),
            first=first_row + area.first,
            last=first_row + area.last,
        )
        for table, first_row in zip(tables, first_rows, strict=False)
        for area in table.merged
        if plain_heading(area.heading) in set(map(plain_heading, first.headings))
    ]
    return replace(
        first,
        frame=pl.concat(frames),
        overflow=pl.concat([table.overflow for table in tables]),
        merged=tuple(merged),
        numbers=pl.concat([table.source_rows(pl.int_range(table.frame.height, eager=True)) for table in tables]),
        alike=(),
    )
