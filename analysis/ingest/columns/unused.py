"""Columns that are not used although their cells look useful."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analysis.ingest.cells.distinct import is_label_or_footer, tidy
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
    headings_by_kind: dict[str, list[str]] = {}
    mapped = {heading for heading, _ in mapping.columns}
    for heading in table.headings:
        known_heading = known_headings().get(plain_heading(heading))
        if heading in mapped or (known_heading is not None and known_heading.private):
            continue
        cells = tidy(table.frame[heading].head(_ROWS), blank_words=True).drop_nulls()
        cells = cells.filter(~is_label_or_footer(cells, heading))
        if are_modifiers(cells):
            headings_by_kind.setdefault("modifiers", []).append(heading)
            continue
        for kind, name in _KINDS.items():
            means_money = kind == "money" and _MONEY.search(heading) is not None
            plain_numbers = (
                kind != "date" and not means_money and bool(cells.str.contains(r"^\d+$").all()) if cells.len() else True
            )
            if not plain_numbers and (agreement(cells, kind) or 0) >= _SURE:
                headings_by_kind.setdefault(name, []).append(heading)
                break
    return headings_by_kind


def are_modifiers(cells: pl.Series) -> bool:
    """Tell whether filled cells are therapy modifiers, whatever the heading says."""
    modifier_sets = [set((split_modifiers(text) or "").split()) for text in cells.unique()]
    are_known = [bool(pair) and pair <= known_modifiers() for pair in modifier_sets]
    return any(pair & _OF_THERAPY for pair in modifier_sets) and sum(are_known) >= _SURE * len(are_known)
