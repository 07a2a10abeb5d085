"""What a worksheet's XML tells that no reader passes on: used rectangle, merged cells, errors, unsolved formulas.

Read with patterns over the bytes, never with an XML parser: nothing of the document is trusted or expanded.
"""

from __future__ import annotations

import html
import re

import polars as pl

from analysis.ingest.files import SAVE_AS, refuse
from analysis.ingest.settings import limits

# References beyond column Z or row 99,999. Within those a sheet is 2.6 million cells at most, whatever it says.
_FAR = r"""r=["'](?:[A-Za-z]{2,}[0-9]+|[A-Za-z]*[0-9]{6,})"""
_NEAR_COLUMNS, _NEAR_ROWS = 26, 99_999
# Cells written in another way than every program writes them, for which the patterns above and below are too narrow.
_UNUSUAL = r"<(?:\w+:c[\s/>]|c[\t\n\r>/]|c [^r]|c r[^=])"
_FAR_ANYHOW = r"""\br\s*=\s*["'](?:[A-Za-z]{2,}[0-9]+|[A-Za-z]*[0-9]{6,})"""
_CELL, _PLACED_CELL, _ROW = r"<(?:\w+:)?c[\s/>]", r"<(?:\w+:)?c\s(?:[^<>]*\s)?r\s*=", r"<(?:\w+:)?row[\s/>]"
_REFERENCE = re.compile(r"""["']([A-Za-z]*)([0-9]*)""")
_CELL, _PLACED_CELL, _ROW = r"<(?:\w+:)?c[\s/>]", r"<(?:\w+:)?c\s(?:[^<>]*\s)?r\s*=", r"<(?:\w+:)?row[\s/>]"
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["']([A-Z]{1,3})([0-9]{1,7}):[A-Z]{1,3}([0-9]{1,7})""")
_ERROR = re.compile(
    rb"""<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*\bt="e"[^>]*>(?:<f[^>]*>[^<]*</f>|<f[^>]*/>)?<v>([^<]*)</v>"""
)
_NO_RESULT = re.compile(rb"""<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*><f[^>]*>[^<]*</f>(?:<v></v>|<v ?/>)?</c>""")
NO_RESULT = "(formula without a stored result)"
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")


def column_number(letters: str) -> int:
    """Number of a column from its letters: A is 1, AA is 27, none 0."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _attribute(tag: bytes, name: bytes) -> str:
    """An attribute of a tag as text; empty where it has none."""
    match = re.search(rb"""\b""" + name + rb"""\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)
    return html.unescape((match[1] or match[2] or b"").decode("utf-8", errors="replace")) if match else ""


def sheet_parts(workbook: bytes, relations: bytes) -> dict[str, str]:
    """Sheet name -> part of the package, such as ``xl/worksheets/sheet1.xml``."""
    targets = {_attribute(tag, b"Id"): _attribute(tag, b"Target") for tag in _RELATION.findall(relations)}
    return {
        _attribute(tag, b"name"): target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        for tag in _SHEET.findall(workbook)
        if (target := targets.get(_attribute(tag, rb"\w+:id")))
    }


def check_rectangle(xml: bytes, name: str) -> None:
    """Raise BadInput where the used rectangle of a sheet is larger than memory should hold.

    One cell in the far corner makes a rectangle of 17 billion cells, and readers reserve them all.
    """
    if b"\x00" in xml[:200] or xml[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise refuse("a workbook in an encoding that Excel does not write", SAVE_AS, file=name)
    text = pl.Series([xml.decode("latin-1")])
    # Two passes: as one pattern they cost three times as much.
    unusual = bool(text.str.contains(_UNUSUAL).item())
    found = text.str.extract_all(_FAR_ANYHOW if unusual else _FAR).explode().drop_nulls().unique()
    columns, rows = _NEAR_COLUMNS, _NEAR_ROWS
    for reference in found:
        match = _REFERENCE.search(reference)
        letters, digits = match.groups() if match else ("", "")
        columns, rows = max(columns, column_number(letters)), max(rows, int(digits or 0))
    if unusual and (unplaced := _count(text, _CELL) - _count(text, _PLACED_CELL)):
        # Cells without a reference follow each other: no row of them is longer than all of them together.
        columns += unplaced
        rows = max(rows if found.len() else 1, _count(text, _ROW))
    if columns * rows > limits().cells:
        raise refuse(
            f"a sheet whose cells may reach to row {rows:,} and column {columns:,}",
            "delete the empty rows and columns beyond the table, or save the sheet as CSV",
            file=name,
            expected=f"a used area of at most {limits().cells:,} cells",
        )


def _count(text: pl.Series, pattern: str) -> int:
    """How often a pattern occurs in the one text of a Series."""
    return int(text.str.count_matches(pattern).item())


def first_column(xml: bytes) -> int:
    """Number of the leftmost column that holds a cell."""
    letters = pl.Series([xml.decode("latin-1")]).str.extract_all(r'<c r="[A-Z]+').explode().drop_nulls().unique()
    return min((column_number(reference.rsplit('"', 1)[-1]) for reference in letters), default=1)


def merged_cells(xml: bytes) -> list[tuple[int, int, int]]:
    """Merged cells that run over several rows, as (column, first row, last row), all from 1."""
    start = xml.rfind(b"</sheetData>")  # merged cells are listed behind all cells
    listed = _MERGED.findall(xml, max(start, 0))
    found = ((column_number(letters.decode()), int(top), int(bottom)) for letters, top, bottom in listed)
    return [area for area in found if area[2] > area[1]]


def odd_cells(xml: bytes) -> list[tuple[int, int, str]]:
    """Cells that readers pass on as empty though they are not, as (column, row, text): errors, unsolved formulas."""
    errors = _ERROR.findall(xml) if b't="e"' in xml else []
    unsolved = _NO_RESULT.findall(xml) if b"</f>" in xml else []
    texts = [(*place, text.decode("utf-8", errors="replace")) for *place, text in errors]
    texts += [(*place, NO_RESULT) for place in unsolved]
    return [(column_number(letters.decode()), int(row), text) for letters, row, text in texts]
