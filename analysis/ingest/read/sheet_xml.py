"""What only a worksheet's XML shows: used area, merged cells, errors, formulas without results.

Read with patterns over the bytes, never with an XML parser: nothing in the document is trusted or expanded.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.read.file_kinds import SAVE_AS, refuse
from analysis.ingest.settings import limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.errors import BadInput

_PIECE = 1 << 23
"""Bytes of a sheet read at once: patterns over all of it would copy it several times."""

# References beyond column Z or row 99,999. Within those a sheet has at most 2.6 million cells.
_FAR = r"""r=["'](?:[A-Za-z]{2,}[0-9]+|[A-Za-z]*[0-9]{6,})"""
_NEAR_COLUMNS, _NEAR_ROWS = 26, 99_999
# Cells written unlike any known program writes them: the patterns above and below would miss them.
_UNUSUAL = r"<(?:\w+:c[\s/>]|c[\t\n\r>/]|c [^r]|c r[^=])"
_USUAL = b"<c r"
_FAR_ANYHOW = r"""\br\s*=\s*["'](?:[A-Za-z]{2,}[0-9]+|[A-Za-z]*[0-9]{6,})"""
_CELL, _CELL_WITH_REFERENCE, _ROW = r"<(?:\w+:)?c[\s/>]", r"<(?:\w+:)?c\s(?:[^<>]*\s)?r\s*=", r"<(?:\w+:)?row[\s/>]"
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["']([A-Z]{1,3})([0-9]{1,7}):[A-Z]{1,3}([0-9]{1,7})""")
_ERROR = re.compile(
    rb"""<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*\bt="e"[^>]*>(?:<f[^>]*>[^<]*</f>|<f[^>]*/>)?<v>([^<]*)</v>"""
)
_NO_RESULT = re.compile(rb"""<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*><f[^>]*>[^<]*</f>(?:<v></v>|<v ?/>)?</c>""")
NO_RESULT = "(formula without a stored result)"
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")


def column_number(letters: str) -> int:
    """Return a column's number from its letters, from 1; 0 without letters.

    >>> column_number("A"), column_number("AA")
    (1, 27)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _attribute(tag: bytes, name: bytes) -> str:
    """Return an attribute of a tag as text; empty if it has none."""
    match = re.search(rb"""\b""" + name + rb"""\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)
    return html.unescape((match[1] or match[2] or b"").decode("utf-8", errors="replace")) if match else ""


def sheet_parts(workbook: bytes, relations: bytes) -> dict[str, str]:
    """Map each sheet name to its part in the package, such as ``xl/worksheets/sheet1.xml``."""
    targets = {_attribute(tag, b"Id"): _attribute(tag, b"Target") for tag in _RELATION.findall(relations)}
    return {
        _attribute(tag, b"name"): target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        for tag in _SHEET.findall(workbook)
        if (target := targets.get(_attribute(tag, rb"\w+:id")))
    }


def chunks(xml: bytes) -> Iterator[pl.Series]:
    """Split markup into pieces of a few megabytes. Each piece ends before a tag and is a Series with one text."""
    start = 0
    while start < len(xml):
        end = start + _PIECE
        if end < len(xml):
            end = max(xml.rfind(b"<", start + 1, end), start + 1)
        yield pl.Series([xml[start:end].decode("latin-1")])
        start = end


def check_rectangle(xml: bytes, name: str) -> int:
    """Return the most cells a sheet's used area may hold: readers reserve memory for all of them.

    One cell in the far corner makes an area of 17 billion cells, and readers reserve them all.

    Raises
    ------
    BadInput
        If the area is larger than memory should hold.
    """
    if b"\x00" in xml[:200] or xml[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise refuse("a workbook in an encoding that Excel never uses", SAVE_AS, file=name)
    unusual = any(text.str.contains(_UNUSUAL).item() for text in chunks(xml))
    columns, rows = _NEAR_COLUMNS, _NEAR_ROWS
    cells, without_reference, listed_rows = 0 if unusual else xml.count(_USUAL), 0, 0
    is_far = False
    for text in chunks(xml):
        # Two passes: one combined pattern takes three times as long.
        references = text.str.extract_all(_FAR_ANYHOW if unusual else _FAR).explode().drop_nulls()
        is_far |= bool(references.len())
        letters = references.str.extract(r"""["']([A-Za-z]*)""").unique()
        columns = max(columns, *(column_number(column_letters) for column_letters in letters.drop_nulls()), 0)
        rows = max(rows, int(str(references.str.extract(r"([0-9]+)$").cast(pl.UInt64, strict=False).max() or 0)))
        if unusual:
            cells_here = _count(text, _CELL)
            cells += cells_here
            without_reference += cells_here - _count(text, _CELL_WITH_REFERENCE)
            listed_rows += _count(text, _ROW)
    if without_reference:
        # Cells without a reference follow one another: a row of them is never longer than all of them.
        columns += without_reference
        rows = max(rows if is_far else 1, listed_rows)
    if max(columns * rows, cells) > limits().cells:
        raise too_many_cells(name, rows, columns)
    return max(columns * rows if is_far or without_reference else 0, cells)


def too_many_cells(name: str, rows: int, columns: int) -> BadInput:
    """Return the error for a sheet that reaches too far."""
    return refuse(
        f"a sheet that reaches to row {rows:,} and column {columns:,}",
        "delete the empty rows and columns beyond the table, or save the sheet as CSV",
        file=name,
        expected=f"a used area of at most {limits().cells:,} cells",
    )


def _count(text: pl.Series, pattern: str) -> int:
    """Count a pattern in the one text of a Series."""
    return int(text.str.count_matches(pattern).item())


def first_column(xml: bytes) -> int:
    """Return the number of the leftmost column with a cell."""
    references_by_chunk = (
        text.str.extract_all(r'<c r="[A-Z]+').explode().drop_nulls().unique() for text in chunks(xml)
    )
    letters = {reference.rsplit('"', 1)[-1] for references in references_by_chunk for reference in references}
    return min(map(column_number, letters), default=1)


def merged_cells(xml: bytes) -> list[tuple[int, int, int]]:
    """Return merged cells that span several rows, as (column, first row, last row), all from 1."""
    start = xml.rfind(b"</sheetData>")  # merged cells are listed after all cells
    listed = _MERGED.findall(xml, max(start, 0))
    areas = ((column_number(letters.decode()), int(top), int(bottom)) for letters, top, bottom in listed)
    return [area for area in areas if area[2] > area[1]]


def odd_cells(xml: bytes) -> list[tuple[int, int, str]]:
    """Return cells that readers wrongly pass on as empty, as (column, row, text): errors, formulas without results."""
    errors = _ERROR.findall(xml) if b't="e"' in xml else []
    unsolved = _NO_RESULT.findall(xml) if b"</f>" in xml else []
    texts = [(*reference, text.decode("utf-8", errors="replace")) for *reference, text in errors]
    texts += [(*reference, NO_RESULT) for reference in unsolved]
    return [(column_number(letters.decode()), int(row), text) for letters, row, text in texts]
