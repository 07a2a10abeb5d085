"""What the rows show about money columns: which is per unit, which are parts, and which is the total."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.cells.amounts import is_european, read_amounts
from analysis.ingest.cells.distinct import by_distinct, tidy
from analysis.ingest.cells.values import read_units
from analysis.ingest.columns.content import agreement
from analysis.ingest.settings import SourceField, known_headings, plain_heading, source_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from analysis.ingest.read.raw_table import RawTable

_ROWS = 2_000
_SURE = 0.9
"""Share of cells that must be money for a column to count as one."""
_SEVERAL = 2
_TOTAL = re.compile(r"total|^adj(?:ustment)?s?(?:amt|amount)?$")
"""Plain headings that mean a total among columns of one kind of money."""


def tell_price_from_charge(
    fields_by_heading: dict[str, SourceField], table: RawTable, sample: Mapping[str, pl.Series]
) -> None:
    """Swap charge and unit price where one column times the units gives the other: the product is the charge.

    "Fee" and "Total", "Charge" and "Total Charge": only rows with several units show which is per unit.
    `fields_by_heading` is corrected; `sample` has each column's filled cells.
    """
    fields = source_fields()
    heading_of = {field.name: heading for heading, field in fields_by_heading.items()}
    if "units" not in heading_of or len({"charge_cents", "unit_price"} & heading_of.keys()) != 1:
        return
    price = heading_of.get("unit_price") or heading_of["charge_cents"]
    units = _values(table, heading_of["units"], read_units)
    charge = _values(table, price, _cents)
    for heading in table.headings:
        is_known = plain_heading(heading) in known_headings()
        if heading in fields_by_heading or is_known or (agreement(sample[heading], "money") or 0) < _SURE:
            continue
        total = _values(table, heading, _cents)
        frame = pl.DataFrame({"units": units, "charge": charge, "total": total}).drop_nulls()
        several = frame.filter(pl.col("units") > 1)
        if several.height and bool((frame["charge"] * frame["units"] == frame["total"]).all()):
            fields_by_heading[price] = fields["unit_price"]
            fields_by_heading[heading] = fields["charge_cents"]
            return


def add_parts(
    fields_by_heading: dict[str, SourceField], headings: Sequence[str], field: SourceField, table: RawTable
) -> None:
    """Add all columns that are parts of one kind of payment or adjustment: "Contractual" and "Write Off" are added.

    A column that is the sum of the others is used alone, as is one that is called the total and is never less than the
    others together; a repeated column is left out. `headings` are those that mean the field; `fields_by_heading`
    is corrected.
    """
    if len(headings) < _SEVERAL:
        return
    cells = pl.DataFrame({heading: _values(table, heading, _cents).fill_null(0).abs() for heading in headings})
    for heading in headings:
        fields_by_heading.pop(heading, None)
    fields_by_heading.update(dict.fromkeys(_parts(cells), field))


def _parts(cells: pl.DataFrame) -> list[str]:
    """Return the columns of one kind of money that must be added."""
    whole = cells.select(pl.sum_horizontal(pl.all())).to_series()
    for heading in cells.columns:
        remainder = whole - cells[heading]
        is_sum = cells.width > _SEVERAL and bool((cells[heading] == remainder).all())
        is_total = _TOTAL.search(plain_heading(heading)) is not None and bool((cells[heading] >= remainder).all())
        if (is_sum or is_total) and bool((cells[heading] != 0).any()):
            return [heading]
    distinct: list[str] = []
    for heading in cells.columns:
        if not any(cells[heading].equals(cells[earlier]) for earlier in distinct):
            distinct.append(heading)
    return distinct


def _values(table: RawTable, heading: str, reader: Callable[[pl.Series], pl.DataFrame]) -> pl.Series:
    """Read a column's first cells as numbers."""
    return by_distinct(tidy(table.frame[heading].head(_ROWS), blank_words=True), reader).to_series(0)


def _cents(cells: pl.Series) -> pl.DataFrame:
    """Read amounts in cents."""
    return read_amounts(cells, european=bool(is_european([cells])))
