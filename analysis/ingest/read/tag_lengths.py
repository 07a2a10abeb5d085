"""Check that markup's cells and tags are short enough for a reader, before it is read."""

from __future__ import annotations

from analysis.errors import BadInput
from analysis.ingest.settings import limits

_PER_CHARACTER = 10
"""Most bytes one character of a cell takes in markup: ``&#128512;``."""


def check_stretches(markup: bytes, name: str, *, tag_bytes: int) -> None:
    """Raise BadInput for a cell text that is too long, or a tag of more than `tag_bytes`.

    Readers compare every attribute of a tag with all earlier ones and copy each text whole, so both must be limited.
    """
    longest = limits().cell_characters * _PER_CHARACTER
    place, end = 0, len(markup)
    while end - place > tag_bytes:
        close = markup.rfind(b">", place, place + tag_bytes)
        if close < 0:
            close = markup.find(b">", place, place + longest + tag_bytes)
            if close < 0 and end - place > longest + tag_bytes:
                raise _too_long(name)
            if close < 0:
                return
            opened = markup.find(b"<", place, close)
            if opened >= 0 and close - opened > tag_bytes:
                raise BadInput(
                    f"a tag of more than {tag_bytes:,} characters",
                    expected="a table or workbook saved by a program",
                    todo='open it in Excel or LibreOffice and save it as "Excel workbook (.xlsx)"',
                    file=name,
                )
        place = close + 1


def _too_long(name: str) -> BadInput:
    most = limits().cell_characters
    return BadInput(
        f"a cell of more than {most:,} characters",
        expected=f"at most {most:,}",
        todo="shorten the cell, or export the report again",
        file=name,
    )
