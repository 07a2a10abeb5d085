"""Columns that are not used although their cells look useful."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analysis.ingest.cells.distinct import is_furniture, tidy
from analysis.ingest.cells.values import known_modifiers, split_modifiers
from analysis.ingest.columns.content import agreement
from analysis.ingest.settings import known_headings, plain_heading

if TYPE_CHECKING:
    import polars as pl

    from analysis.ingest.mapping import Mapping
    from analysis.ingest.read.raw_table import RawTable

_ROWS = 2_000
_SURE = 0.9
_MONEY = re.compile(
    r"paid|pmt|payment|adj|charge|chg|amount|amt|fee\b|w/o|write|collect|debit|credit|\$|dollar", re.IGNORECASE
)
"""Words in a heading that make whole numbers dollars too."""
_OF_THERAPY = frozenset({"GP", "GO", "GN", "KX", "CQ", "59", "XE", "XP", "XS", "XU"})
"""At least one of these is in a therapy clinic's modifier column; CO, GA and SC are also states."""
_KINDS = {"date": "dates", "code": "procedure codes", "money": "money"}
"""Kind of cells -> their name; the first that fits, because a date is also a number."""


def unused(table: RawTable, mapping: Mapping) -> dict[str, list[str]]:
    """Map each kind of cell to the headings of unused columns that hold it, without private columns.

    Whole numbers do not count as money here: record numbers and ages look the same.
    """
    found: dict[str, list[str]] = {}
    used = {heading for heading, _ in mapping.columns}
    for heading in table.headings:
        known = known_headings().get(plain_heading(heading))
        if heading in used or (known is not None and known.private):
            continue
        cells = tidy(table.frame[heading].head(_ROWS), blank_words=True).drop_nulls()
        cells = cells.filter(~is_furniture(cells, heading))
        if are_modifiers(cells):
            found.setdefault("modifiers", []).append(heading)
            continue
        for kind, name in _KINDS.items():
            says = kind == "money" and _MONEY.search(heading) is not None
            plain_numbers = (
                kind != "date" and not says and bool(cells.str.contains(r"^\d+$").all()) if cells.len() else True
            )
            if not plain_numbers and (agreement(cells, kind) or 0) >= _SURE:
                found.setdefault(name, []).append(heading)
                break
    return found


def are_modifiers(cells: pl.Series) -> bool:
    """Tell whether filled cells are therapy modifiers, whatever the heading says."""
    said = [set((split_modifiers(text) or "").split()) for text in cells.unique()]
    known = [bool(pair) and pair <= known_modifiers() for pair in said]
    return any(pair & _OF_THERAPY for pair in said) and sum(known) >= _SURE * len(known)
