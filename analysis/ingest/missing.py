"""The error for a table that lacks a column no line can do without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.errors import BadInput
from analysis.ingest.settings import source_fields

if TYPE_CHECKING:
    from analysis.ingest.raw import RawTable

_CHARACTERS = 60
_SHOWN = 40


def missing_columns(lacks: tuple[str, ...], table: RawTable, hints: tuple[str, ...] = ()) -> BadInput:
    """The error for an export whose headings do not give every required field."""
    labels = [
        "patient (number or name) or visit" if name == "patient_id" else source_fields()[name].label for name in lacks
    ]
    hint = f" ({'; '.join(hints)})" if hints else ""
    if {"date_of_service", "patient_id"} <= set(lacks) and "code" not in lacks:
        hint += ", which are those of a report already summed by code"
    units = " (or say that every row is one unit)" if "units" in lacks else ""
    return BadInput(
        f"the headings {listed(table.headings)}{hint}",
        expected=f"a column for {', for '.join(labels)}",
        todo=f'choose the column on the Data page{units}, name it in a mapping file ("heading" = "{lacks[0]}"), '
        "or export the single charge lines",
        file=table.name,
        row=table.header_row,
    )


def listed(headings: tuple[str, ...]) -> str:
    """Headings in quotation marks, the first of very many."""
    shown = ", ".join(f'"{heading[:_CHARACTERS]}"' for heading in headings[:_SHOWN])
    more = len(headings) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
