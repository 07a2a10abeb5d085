"""Check that markup's cells and tags are short enough for a reader, before it is read."""

from __future__ import annotations

from analysis.errors import BadInput
from analysis.ingest.settings import limits

_PER_CHARACTER = 10
"""Most bytes one character of a cell takes in markup: ``&#128512;``."""


def check_tag_lengths(markup: bytes, name: str, *, tag_bytes: int) -> None:
    """Raise BadInput for a cell text that is too long, or a tag of more than `tag_bytes`.

    Readers compare every attribute of a tag with all earlier ones and copy each text whole, so both must be limited.
    """
    longest = limits().cell_characters * _PER_CHARACTER
    position, end = 0, len(markup)
    while end - position > tag_bytes:
        close = markup.rfind(b">", position, position + tag_bytes)
        if close < 0:
            close = markup.find(b">", position, position + longest + tag_bytes)
            if close < 0 and end - position > longest + tag_bytes:
                raise _too_long(name)
            if close < 0:
                return
            tag_start = markup.find(b"<", position, close)
            if tag_start >= 0 and close - tag_start > tag_bytes:
                raise BadInput(
                    f"a tag of more than {tag_bytes:,} characters",
                    expected="a table or workbook saved by a program",
                    todo='open it in Excel or LibreOffice and save it as "Excel workbook (.xlsx)"',
                    file=name,
                )
        position = close + 1


def _too_long(name: str) -> BadInput:
    limit = limits().cell_characters
    return BadInput(
        f"a cell of more than {limit:,} characters",
        expected=f"at most {limit:,}",
        todo="shorten the cell, or export the report again",
        file=name,
    )
