"""Read Excel workbooks (.xlsx) into frames of text cells, after checking that the package is safe.

fastexcel reads, in 0.7 of python-calamine's time: compared on text with leading zeros, dates, numbers and stored
results of formulas, both give the same. python-calamine alone tells merged cells, and only of a sheet that it has read
whole, for the time of reading it twice: `sheet_xml` finds them in the markup. Both also pass on errors and unsolved
formulas as empty cells (`sheet_xml.odd_cells` puts them back), hold the used rectangle of a sheet whole in memory, and
never check what a package unpacks to. So that is done here first: every part is unpacked with a limit and handed on
uncompressed, and no reader unpacks anything itself.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import fastexcel
import polars as pl

from analysis.ingest.read.file_kinds import SAVE_AS, refuse
from analysis.ingest.read.shared_strings import check_text
from analysis.ingest.read.sheet_xml import check_rectangle, first_column, merged_cells, odd_cells, sheet_parts
from analysis.ingest.read.tag_lengths import check_tag_lengths
from analysis.ingest.read.unzip import ArchiveEntry, Budget, Damaged, list_parts, unpack
from analysis.ingest.settings import limits

if TYPE_CHECKING:
    from collections.abc import Iterable

_EXPORT_AGAIN = "export the report again from your billing system as CSV or Excel"
_NEEDED = re.compile(
    r"\[content_types\]\.xml|_rels/.*|xl/_rels/.*|xl/[^/]*\.xml|xl/worksheets/[^/]*\.xml", re.IGNORECASE
)
"""The parts that hold cells and their formats; pictures, charts, links and macros are ignored."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet.

    Attributes
    ----------
    frame:
        Cells as text from the sheet's first row and the used area's first column on; trailing blank rows are cut.
    merged:
        Cells that span several rows: (column of `frame`, first row, last row), all from 0.
    """

    name: str
    frame: pl.DataFrame
    merged: tuple[tuple[int, int, int], ...]

    def top(self, rows: int) -> list[tuple[str | None, ...]]:
        """Return the first rows."""
        return self.frame.head(rows).rows()


class Workbook:
    """A checked and unpacked package, and its sheets.

    Raises
    ------
    BadInput
        If the package is damaged, protected, not a workbook, or above a limit.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self._name = name
        self._parts = _unpack(data, name)
        self._check()
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w", zipfile.ZIP_STORED) as target:
            for part, content in self._parts.items():
                target.writestr(part, content)
        try:
            self._reader = fastexcel.read_excel(package.getvalue())
            self.sheets = tuple(self._reader.sheet_names)
        except BaseException as error:  # noqa: BLE001 - a panic of the Rust reader derives from BaseException
            _damaged(error, name)
        if len(self.sheets) > limits().sheets:
            raise refuse(f"{len(self.sheets)} sheets", "keep the one with the charges", file=name)
        if len(set(self.sheets)) < len(self.sheets):
            raise refuse("a damaged workbook (sheets of the same name)", SAVE_AS, file=name)

    def _check(self) -> None:
        """Raise BadInput if the sheets would take too much memory, counting repeated sheets each time.

        A sheet with an unusual name counts as the largest.
        """
        cells: dict[str, int] = {}
        for part, content in self._parts.items():
            check_tag_lengths(content, self._name, tag_bytes=limits().tag_bytes)
            if b"sheetData" in content:  # wherever it is: a workbook may name any part as its sheet
                cells[part] = check_rectangle(content, self._name)
        listed = self._listed()
        if len(listed) > limits().sheets:
            raise refuse(f"{len(listed)} sheets", "keep the one with the charges", file=self._name)
        largest = max(cells.values(), default=0)
        if sum(cells.get(part, largest) for part in listed) > limits().cells:
            todo = "keep the sheet with the charges, or save it as CSV"
            limit = f"{limits().cells:,} cells"
            raise refuse(f"more than {limit} on all sheets", todo, file=self._name, expected=f"at most {limit}")
        parts = listed if listed and cells.keys() >= set(listed) else [*cells] * max(len(listed), 1)
        shared = next((self._parts[part] for part in self._parts if part.lower() == "xl/sharedstrings.xml"), b"")
        check_text(shared, (self._parts[part] for part in parts), self._name)

    def _listed(self) -> list[str]:
        """Return the part of every sheet the workbook lists, twice if listed twice."""
        relations = self._parts.get("xl/_rels/workbook.xml.rels", b"")
        return list(sheet_parts(self._parts.get("xl/workbook.xml", b""), relations).values())

    def read(self, requested: str | None) -> list[Sheet]:
        """Read the requested sheet, or every visible one (every one if none is visible)."""
        if requested is not None and requested not in self.sheets:
            raise refuse(
                f'no sheet "{requested}"',
                "name one of these",
                file=self._name,
                expected=", ".join(self.sheets) or "a sheet",
            )
        names = self.sheets if requested is None else (requested,)
        visible = [sheet for sheet in map(self._load, names) if requested is not None or sheet.visible == "visible"]
        return [self._sheet(sheet) for sheet in visible or map(self._load, names)]

    def _load(self, sheet: str) -> fastexcel.ExcelSheet:
        """Load a sheet with every cell as text, from its first row on."""
        try:
            return self._reader.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
        except BaseException as error:  # noqa: BLE001 - as above
            _damaged(error, self._name)

    def _sheet(self, loaded: fastexcel.ExcelSheet) -> Sheet:
        """Return the frame of a loaded sheet."""
        try:
            frame = loaded.to_polars()
        except BaseException as error:  # noqa: BLE001 - as above
            _damaged(error, self._name)
        xml = self._xml(loaded.name)
        unreadable, merged = odd_cells(xml), merged_cells(xml)
        if unreadable or merged:
            leftmost = first_column(xml)
            frame = _overlay(frame, [(column - leftmost, row - 1, text) for column, row, text in unreadable])
            merged = [(column - leftmost, top - 1, bottom - 1) for column, top, bottom in merged if column >= leftmost]
        return Sheet(loaded.name, _without_blank_tail(frame), tuple(merged))

    def _xml(self, sheet: str) -> bytes:
        """Return the XML of a sheet; empty if the package names it unusually."""
        relations = self._parts.get("xl/_rels/workbook.xml.rels", b"")
        parts = sheet_parts(self._parts.get("xl/workbook.xml", b""), relations)
        return self._parts.get(parts.get(sheet, ""), b"")


def _overlay(frame: pl.DataFrame, cells: list[tuple[int, int, str]]) -> pl.DataFrame:
    """Fill in the texts of some empty cells of a frame, each as (column, row, text), from 0."""
    by_column: dict[int, list[tuple[int, str]]] = {}
    for column, row, text in cells:
        if 0 <= column < frame.width and row < frame.height:
            by_column.setdefault(column, []).append((row, text))
    filled = [
        frame.to_series(column).scatter([row for row, _ in texts], [text for _, text in texts])
        for column, texts in by_column.items()
    ]
    return frame.with_columns(filled)


def _without_blank_tail(frame: pl.DataFrame) -> pl.DataFrame:
    """Cut the formatted but empty rows at the end of a sheet."""
    if not frame.width:
        return frame
    filled = frame.select(pl.any_horizontal(pl.all().str.strip_chars().fill_null("") != "")).to_series().arg_true()
    return frame.head(0 if filled.is_empty() else int(filled[-1]) + 1)


def _damaged(error: BaseException, name: str) -> NoReturn:
    """Turn any reader error into one message; program interruptions pass through."""
    if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit | MemoryError):
        raise error
    raise refuse(
        "a damaged workbook", SAVE_AS, file=name, expected="an Excel workbook (.xlsx) that Excel opens"
    ) from error


def _unpack(data: bytes, name: str) -> dict[str, bytes]:
    """Unpack the parts of a package that hold cells, within the limits."""
    budget = Budget(name)
    try:
        listed = list_parts(data, name, limit=limits().entries)
        _check_package(listed, len(data), name)
        return {
            part.name: unpack(data, part, budget, ratio=limits().ratio)
            for part in listed
            if _NEEDED.fullmatch(part.name)
        }
    except Damaged as error:
        _damaged(error, name)


def _check_package(parts: list[ArchiveEntry], size: int, name: str) -> None:
    """Refuse a file that is not a workbook, has a password, or is too large. Raises BadInput."""
    limit = limits()
    if any(part.is_encrypted for part in parts):
        raise refuse("a password-protected archive", "remove the password and try again", file=name)
    names = {part.name.lower() for part in parts}
    if "xl/workbook.xml" not in names:
        raise refuse(*_other_package(names), file=name)
    if len(names) < len(parts):
        raise refuse("a damaged workbook (parts of the same name)", SAVE_AS, file=name)
    unzipped = sum(part.unpacked_size for part in parts)
    if unzipped > limit.unzipped_bytes or (unzipped > limit.ratio_from_bytes and unzipped > size * limit.ratio):
        raise refuse(
            f"a workbook of {size / 1e6:.1f} MB that unpacks to {unzipped / 1e6:,.0f} MB",
            'save the sheet as "CSV UTF-8", or export a shorter period',
            file=name,
            expected=f"at most {limit.unzipped_bytes // 1_000_000} MB, and no more than {limit.ratio} times the file",
        )


def _other_package(names: Iterable[str]) -> tuple[str, str]:
    """Say what a zip is if it is not .xlsx, and what to do about it."""
    names = set(names)
    if "xl/workbook.bin" in names:
        return "a binary workbook (.xlsb)", SAVE_AS
    if "word/document.xml" in names:
        return "a Word document", _EXPORT_AGAIN
    if "content.xml" in names:
        return "an OpenDocument file", SAVE_AS
    return "a zip archive", "unpack it first and choose the file inside"


def read_old_workbook(data: bytes, name: str) -> list[Sheet]:
    """Return the sheets of an Excel 97-2003 workbook (.xls), only visible ones if there are any.

    Raises
    ------
    BadInput
        If it is damaged, or has more sheets or cells than the limits allow.
    """
    try:
        reader = fastexcel.read_excel(data)
        names = reader.sheet_names[: limits().sheets + 1]
        loaded = [reader.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string") for sheet in names]
        visible = [sheet for sheet in loaded if sheet.visible == "visible"] or loaded
        sheets = [Sheet(sheet.name, _without_blank_tail(sheet.to_polars()), ()) for sheet in visible]
    except BaseException as error:  # noqa: BLE001 - a panic of the Rust reader derives from BaseException
        _damaged(error, name)
    if len(names) > limits().sheets:
        raise refuse(f"more than {limits().sheets} sheets", "keep the one with the charges", file=name)
    return sheets
