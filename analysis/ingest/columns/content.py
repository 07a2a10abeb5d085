"""Check whether a column's cells look like what its heading says."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.cells.amounts import LISTED, is_european, read_amounts
from analysis.ingest.cells.dates import decide_order, read_dates
from analysis.ingest.cells.row_types import are_types, read_kinds
from analysis.ingest.cells.values import (
    read_codes,
    read_disciplines,
    read_minutes,
    read_modifiers,
    read_places,
    read_units,
    read_zips,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_COUNTS = r"^\s*\d{1,2}(?:\s*/\s*\d{1,2}|(?:\s*[,;|&+]\s*\d{1,2})+|(?:\s+\d{1,2})+)\s*$"
"""Units of a row with several codes: "2, 1"; 3/2/2026 is not one."""


def agreement(cells: pl.Series, kind: str) -> float | None:
    """Return the share of filled cells that look like a kind of field; None if no cell is filled."""
    if not cells.len():
        return None
    distinct = cells.alias("cell").value_counts(name="times")
    return float((distinct["times"] * looks_like(distinct["cell"], kind)).sum()) / cells.len()


def looks_like(values: pl.Series, kind: str) -> pl.Series:
    """Tell for each distinct text whether it looks like a kind of field (`SourceField.kind`)."""
    return _READERS[kind](values).to_series(0).is_not_null()


def _dates(values: pl.Series) -> pl.DataFrame:
    """Read dates in whatever order they are written."""
    return read_dates(values, order=decide_order(values).order, today=date.max)


def _amounts(values: pl.Series) -> pl.DataFrame:
    """Read amounts with either decimal mark; several in a row with several codes."""
    cents = read_amounts(values, european=bool(is_european([values])))["cents"]
    return cents.set(cents.is_null() & values.str.contains(LISTED), 0).to_frame()


def _units(values: pl.Series) -> pl.DataFrame:
    """Read units; several in a row with several codes."""
    units = read_units(values)["units"]
    return units.set(units.is_null() & values.str.contains(_COUNTS), 1).to_frame()


def _modifiers(values: pl.Series) -> pl.DataFrame:
    """Read modifiers; text without a letter or digit holds none."""
    return read_modifiers(values).select(pl.when(pl.col("modifiers") != "").then("modifiers"))


def _row_types(values: pl.Series) -> pl.DataFrame:
    """Read row types; none if they don't separate charges from payments: P, O and S are disciplines."""
    kinds = read_kinds(values)["kind"]
    filled = pl.repeat("type", values.len(), dtype=pl.String, eager=True)
    return (filled if are_types(values) else kinds.clear(values.len())).to_frame()


def _names(values: pl.Series) -> pl.DataFrame:
    """Find texts with two letters in a row, or initials: "M.B."."""
    return values.str.extract(r"(\p{L}{2}|^\p{L}\.\s?\p{L}\.?$)", 1).to_frame()


def _codes(values: pl.Series) -> pl.DataFrame:
    """Read procedure codes; a cell with several counts as one with codes, and its row is reported."""
    codes = read_codes(values)
    return codes.select(code=pl.when("several").then(pl.lit("several")).otherwise("code"))


_READERS: dict[str, Callable[[pl.Series], pl.DataFrame]] = {
    "any": pl.Series.to_frame,
    "code": _codes,
    "date": _dates,
    "discipline": read_disciplines,
    "modifiers": _modifiers,
    "money": _amounts,
    "name": _names,
    "number": read_minutes,
    "place": read_places,
    "row_type": _row_types,
    "units": _units,
    "zip": read_zips,
}
"""Kind -> function that reads its cells; the first column is null if a cell is not of this kind."""
