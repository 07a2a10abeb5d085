"""Read tables of web pages and Excel 2003 XML, which many systems write into files named .xls.

Both are read as text: nothing is fetched, the file defines no entities, and cells are counted against the limits
before memory is used for them.
"""

from __future__ import annotations

from analysis.ingest.read.excel_2003 import read_excel_2003
from analysis.ingest.read.file_kinds import SAVE_AS, check_size, refuse, to_utf8
from analysis.ingest.read.web_pages import read_page
from analysis.ingest.read.workbook import Sheet
from analysis.ingest.settings import limits

_HEAD = 4_096


def read_markup(data: bytes, name: str) -> list[Sheet]:
    """Return the tables of a web page, or the sheets of an Excel 2003 XML file, in order.

    A table within a table is returned separately. Cells that span columns or rows leave all but the first of them
    empty, as in a spreadsheet.

    Raises
    ------
    BadInput
        For a file without a table, XML that is not a workbook or declares entities, and more tables, cells or bytes
        than data/ingest/limits.toml allows.
    """
    check_size(data, limits().markup_bytes, name)
    text, _ = to_utf8(data, name)
    start = text[:_HEAD].lstrip().lower()
    if start.startswith(b"<?xml") and b"<html" not in start:
        grids = read_excel_2003(text, name)
    else:
        pages = read_page(text.decode("utf-8", "replace"), name)
        grids = [(f"table {index}", grid) for index, grid in enumerate(pages, start=1)]
    sheets = [Sheet(title, grid.frame(), ()) for title, grid in grids if grid.height]
    if not sheets:
        raise refuse("a web page without a table", SAVE_AS, file=name)
    return sheets
