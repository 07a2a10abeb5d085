"""Which cells of a file may be shown: where columns have shifted, a patient's name may be in the date column.

A cell is shown if it reads as what its column holds: a code, date, units or amount. Anything else is cut to its first
character.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.ingest.cells.distinct import by_distinct
from analysis.ingest.columns.content import looks_like
from analysis.ingest.read.sheet_xml import NO_RESULT
from analysis.ingest.settings import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

MASK = "•••"
_DAY = r"\d{1,2}[/. -]\d{1,2}"
_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?\s?(?:[ap]m)?)?"
_CODE = r"[a-z]?\d{4}[a-z0-9]?"
_MODIFIER = r"(?:g[a-z0-9]|k[a-z]|c[qo]|x[epsu]|[2-9]\d)"
_SMALL, _GROUPED = r"\d{1,6}(?:[.,]{1,2}\d{0,2})?", r"\d{1,3}(?:[,.' ]\d{3}){1,2}(?:[.,]\d{2})?"
_NUMBER = r"^[+-]?\d{1,5}(?:[.,]\d{1,4})?$"
_SHAPES: Mapping[str, str] = MappingProxyType(
    {
        "code": rf"(?i)^{_CODE}(?:[\s,;:/|.+-]+(?:{_CODE}|{_MODIFIER}|x\d))*$",
        "date": rf"(?i)^(?:{_DAY}[/. -](?:\d{{2}}|\d{{4}})|\d{{4}}[/. -]{_DAY}){_TIME}$",
        "modifiers": rf"(?i)^{_MODIFIER}(?:[\s,;:/|.+-]+{_MODIFIER})*$",
        "money": rf"(?i)^[($€£+\s-]*(?:{_SMALL}|{_GROUPED})[)\s-]*(?:cr|dr|usd)?$",
        "number": _NUMBER,
        "units": _NUMBER,
    }
)
"""Kind of a field (`SourceField.kind`) -> pattern of its cells, correct or mistyped: 13/45/2026, 9711O, 1.5, 12..50."""
_ERROR = rf"^#[A-Z0-9/]{{2,8}}[!?]?$|^{re.escape(NO_RESULT)}$"
"""What a formula shows when it fails or has no result: #DIV/0!, #N/A."""
_LONG_AGO = r"\b19\d{2}\b|^\d{1,2}[/. -]\d{1,2}[/. -][3-9]\d$"
"""A year of the last century: a birthday, not a visit."""
_READ = frozenset({"date", "units", "place", "zip"})
"""Kinds whose cells are also shown if they can be read: "Mar 2, 2026", "2 units"."""

TEXTS = frozenset({"name", "any", "row_type"})
"""Kinds of columns that hold text."""


def masked(cell: str) -> str:
    """Cut a cell that may name a patient to its first character."""
    return f"{cell[:1]}{MASK}"


def mask_cells(cells: pl.Series, kind: str, public_texts: pl.Series | None = None) -> pl.Series:
    """Return cells as a message or download may show them.

    Parameters
    ----------
    cells:
        Text; null stays null.
    kind:
        What the column holds (`SourceField.kind`).
    public_texts:
        For text columns (payers, clinics): the texts of accepted lines, which pages show anyway.
    """
    return by_distinct(cells, lambda texts: _mask(texts, kind, public_texts).alias("shown").to_frame())["shown"]


def _mask(texts: pl.Series, kind: str, public_texts: pl.Series | None) -> pl.Series:
    flags = [word for answer in ("yes", "no") for word in words("flag", answer)]
    is_public = texts.str.contains(_ERROR) | texts.str.to_lowercase().is_in(flags)
    if (shape := _SHAPES.get(kind)) is not None:
        is_public = is_public | texts.str.contains(shape)
    if kind in _READ:
        is_public = is_public | looks_like(texts, kind)
    if kind == "date":  # a date long ago is a birthday
        is_public = is_public & ~texts.str.contains(_LONG_AGO)
    if public_texts is not None:
        is_public = is_public | texts.is_in(public_texts.implode())
    hidden = texts.str.slice(0, 1) + MASK
    return texts.zip_with(is_public.fill_null(value=False), hidden)
