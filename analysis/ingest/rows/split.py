"""Rows with several codes that give units and charge for each: split into one row per code."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.cells.amounts import read_amounts
from analysis.ingest.cells.distinct import tidy
from analysis.ingest.cells.values import CODE, names_several, read_units, split_code
from analysis.ingest.settings import source_fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.ingest.mapping import Mapping
    from analysis.ingest.read.raw_table import RawTable

_CODES = re.compile(rf"(?<![A-Z0-9]){CODE}(?![A-Z0-9])", re.IGNORECASE)
_BETWEEN = re.compile(r"(?:[\s,;/|&+-]|\b(?:and|cpt|hcpcs)\b)+$", re.IGNORECASE)
"""What separates two codes and belongs to neither."""
_SEPARATORS = (r"\s*[\n;|/]\s*", r",\s+", r"\s*,\s*", r"\s*[&+]\s*", r"\s+")
"""What may separate the values of a cell, the clearest first."""
_OF_THE_VISIT = frozenset({"GP", "GO", "GN", "KX"})
"""Plan-of-care modifiers: given once, they apply to every code of the row."""
_SHOWN = 3


def one_code_a_row(table: RawTable, mapping: Mapping) -> RawTable:
    """Split each row that gives units and charge per code into one row per code; leave other rows unchanged.

    The values of a cell are in the order of the codes ("97110, 97140" with "2, 1" and "120.00, 55.00"). Anything that
    cannot be divided this way - one payment for two codes, a modifier that may belong to either - leaves the row whole,
    and it is rejected with what to do. A remark on the table says what was split.
    """
    heading = next(iter(mapping.headings("code")), None)
    if heading is None or table.columns:
        return table
    cells = tidy(table.frame[heading], blank_words=True)
    several = [text for text in cells.drop_nulls().unique() if names_several(text)]
    if not several:
        return table
    divided: dict[int, dict[str, list[str | None]]] = {}
    for index in cells.is_in(several).arg_true():
        parts = _divided(dict(zip(table.headings, table.frame.row(index), strict=True)), heading, mapping)
        if parts is not None:
            divided[index] = parts
    return _with_rows(table, divided) if divided else table


def _divided(row: dict[str, str | None], heading: str, mapping: Mapping) -> dict[str, list[str | None]] | None:
    """Return heading -> one cell per code of a row; None if the row does not say what belongs to which code."""
    codes = _codes(row[heading] or "")
    if codes is None or not ({"units", "charge_cents"} & mapping.fields):
        return None
    parts: dict[str, list[str | None]] = {heading: list(codes)}
    for name, field in mapping.columns:
        kind = source_fields()[field].kind
        if kind not in _DIVIDERS or name == heading:
            continue
        cell = tidy(pl.Series([row[name]], dtype=pl.String), blank_words=True)[0]
        is_needed = field in {"units", "charge_cents"}
        values = None if cell is None and is_needed else _DIVIDERS[kind](cell, len(codes), is_needed)
        if values is None:
            return None
        parts[name] = values
    return parts


def _codes(text: str) -> list[str] | None:
    """Return the codes of a cell, each with its modifiers and words; None if one cannot be read."""
    code_starts = [match.start() for match in _CODES.finditer(text)]
    pieces = [_BETWEEN.sub("", text[start:end]) for start, end in pairwise([*code_starts, len(text)])]
    return pieces if all(split_code(piece)[0] for piece in pieces) else None


def _values(is_value: Callable[[str], bool]) -> Callable[[str | None, int, bool], list[str | None] | None]:
    """Return a divider for cells whose values pass a test; blanks and zeros apply to each if the value is optional."""

    def divide(cell: str | None, count: int, is_needed: bool) -> list[str | None] | None:  # noqa: FBT001  as _modifiers
        if cell is None or (not is_needed and not re.search("[1-9]", cell)):
            return [cell] * count
        if is_value(cell):
            return None
        for separator in _SEPARATORS:
            parts = re.split(separator, cell.strip())
            if len(parts) == count and all(map(is_value, parts)):
                return [*parts]
        return None

    return divide


def _modifiers(cell: str | None, count: int, _is_needed: bool) -> list[str | None] | None:  # noqa: FBT001  as _values
    """Return each code's modifiers: separated between the codes, or one plan-of-care modifier for all."""
    if cell is None:
        return [None] * count
    parts = re.split(r"\s*[\n;|/]\s*", cell.strip())
    if len(parts) == count:
        of_plan = [bool(set(re.findall(r"\w+", part.upper())) & _OF_THE_VISIT) for part in parts]
        return [*parts] if len(set(of_plan)) == 1 else None  # "GP/59": GP may be of both
    modifiers = set(re.findall(r"\w+", cell.upper()))
    return [" ".join(sorted(modifiers))] * count if modifiers <= _OF_THE_VISIT else None


def _is_amount(text: str) -> bool:
    cell = pl.Series([text])
    return any(read_amounts(cell, european=comma)["cents"][0] is not None for comma in (False, True))


def _is_count(text: str) -> bool:
    return read_units(pl.Series([text]))["units"][0] is not None


_DIVIDERS = {
    "money": _values(_is_amount),
    "units": _values(_is_count),
    "number": _values(_is_count),
    "modifiers": _modifiers,
}
"""Kind of a field -> function that divides its cells among the codes of a row."""


def _with_rows(table: RawTable, divided: dict[int, dict[str, list[str | None]]]) -> RawTable:
    """Replace rows of the table by the rows of `divided`, given by position."""
    counts = [1] * table.frame.height
    for index, parts in divided.items():
        counts[index] = len(next(iter(parts.values())))
    source_rows = pl.Series([index for index, count in enumerate(counts) for _ in range(count)], dtype=pl.Int64)
    first_rows = [0, *pl.Series(counts).cum_sum()]
    columns = []
    for heading in table.headings:
        column = table.frame[heading][source_rows]
        replacements = {
            first_rows[index] + index_of_code: cell
            for index, parts in divided.items()
            for index_of_code, cell in enumerate(parts.get(heading, ()))
        }
        columns.append(column.scatter(list(replacements), list(replacements.values())) if replacements else column)
    lines = sum(counts[index] for index in divided)
    numbers = table.source_rows(source_rows)
    rows = [str(table.first_row + index) for index in divided]
    remainder = f" and {len(rows) - _SHOWN:,} more" if len(rows) > _SHOWN else ""
    subject = "row has" if len(rows) == 1 else "rows have"
    remark = (
        f"{len(rows):,} {subject} several codes with the units and charge of each, read as {lines:,} lines "
        f"({'row' if len(rows) == 1 else 'rows'} {', '.join(rows[:_SHOWN])}{remainder})"
    )
    return replace(
        table,
        frame=pl.DataFrame(columns),
        overflow=table.overflow[source_rows],
        merged=tuple(
            replace(area, first=first_rows[area.first], last=first_rows[area.last + 1] - 1) for area in table.merged
        ),
        numbers=numbers,
        remarks=(*table.remarks, remark),
    )
