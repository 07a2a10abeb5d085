"""The error for a table that lacks a required column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.codes.hcpcs import load
from analysis.errors import BadInput
from analysis.ingest.settings import source_fields, totals_pattern

if TYPE_CHECKING:
    from analysis.ingest.read.raw_table import RawTable

_CHARACTERS = 60
_SHOWN = 40
_LOOKED_AT = 2_000


def missing_columns(missing: tuple[str, ...], table: RawTable, hints: tuple[str, ...] = ()) -> BadInput:
    """Return the error for an export whose headings don't cover every required field."""
    labels = [
        "patient (number or name) or visit" if name == "patient_id" else source_fields()[name].label for name in missing
    ]
    hint = f" ({'; '.join(hints)})" if hints else ""
    if {"date_of_service", "patient_id"} <= set(missing) and "code" not in missing:
        hint += ", which look like a report summed by code"
    if {"code", "units", "patient_id"} <= set(missing) and not has_codes(table):
        return BadInput(
            f"no therapy charges: no cell under {listed(table.headings)} is a procedure code",
            expected="one row per charge, with a code such as 97110",
            todo="export the charges from your billing system; bank statements and ledgers of totals cannot be read",
            file=table.name,
            row=table.header_row,
        )
    if missing == ("patient_id",) and (row := _line_of_a_name(table)) is not None:
        return BadInput(
            "no patient column; patients' names seem to be on separate rows above the charges",
            expected="the patient on every row, in a separate column",
            todo="export the report as a detailed list with one row per charge, or add a patient column",
            file=table.name,
            row=row,
        )
    units = " (or say that every row is one unit)" if "units" in missing else ""
    return BadInput(
        f"the headings {listed(table.headings)}{hint}",
        expected=f"a column for {', for '.join(labels)}",
        todo=f'choose the column on the Data page{units}, set it in a mapping file ("heading" = "{missing[0]}"), '
        "or export a report with one row per charge",
        file=table.name,
        row=table.header_row,
    )


def has_codes(table: RawTable) -> bool:
    """Tell whether any cell begins with a therapy code; an amount such as $10,050.00 does not count."""
    codes = "|".join(load())
    cells = table.frame.head(_LOOKED_AT).select(pl.any_horizontal(pl.all().str.contains(rf"(?i)\b({codes})\b")))
    return bool(cells.to_series().any())


def _line_of_a_name(table: RawTable) -> int | None:
    """Return the first row whose only cell has letters and is not a total; None if there is none."""
    cells = table.frame.head(_LOOKED_AT).select(pl.all().str.strip_chars().replace("", None))
    is_only_cell = cells.select(pl.sum_horizontal(pl.all().is_not_null()) == 1).to_series()
    words = cells.select(pl.coalesce(pl.all())).to_series()
    total = words.str.contains(f"(?i){totals_pattern().pattern}")
    hits = (is_only_cell & words.str.contains(r"\p{L}{2}") & ~total).fill_null(value=False).arg_true()
    return table.first_row + int(hits[0]) if hits.len() > 1 else None


def listed(headings: tuple[str, ...]) -> str:
    """Quote headings for a message, only the first ones if there are many."""
    quoted = ", ".join(f'"{heading[:_CHARACTERS]}"' for heading in headings[:_SHOWN])
    unlisted = len(headings) - _SHOWN
    return f"{quoted} and {unlisted} more" if unlisted > 0 else quoted
