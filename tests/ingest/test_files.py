"""Files that are no export: one clear line each, and never a reader that unpacks a bomb."""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from analysis.errors import BadInput
from analysis.ingest import settings
from analysis.ingest.read import delimited as text
from analysis.ingest.read import tables, workbook
from analysis.ingest.read.file_kinds import FileKind, sniff, to_utf8
from tests.archives import packed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ingest.conftest import Read

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ROW = "Patient ID,DOS,CPT,Units\nA,1/31/2026,97110,1\n"


def repacked(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        return packed({name: change(name, source.read(name)) for name in source.namelist()})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"  \r\n \n", "empty file"),
        (b"\x00" * 2000, "empty file"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n....", "picture"),
        (b"\xff\xd8\xff\xe0....", "picture"),
        (b"BM\x00\x00\x00\x00....", "picture"),
        (b"\x1f\x8b\x08\x00....", "gzip"),
        (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
        (b"PAR1....", "Parquet"),
        (b"PK\x05\x06" + b"\x00" * 18, "empty archive"),
        (packed({"june.csv": b"a,b"}), "zip archive"),
        (packed({"word/document.xml": b"<a/>"}), "Word"),
        (packed({"xl/workbook.bin": b"...."}), ".xlsb"),
        (packed({"content.xml": b"<a/>", "mimetype": b"x"}), "OpenDocument"),
        (OLE + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"), "password-protected workbook"),
        (OLE + b"\x00" * 600 + "Workbook".encode("utf-16-le"), "damaged workbook"),
        (OLE + b"\x00" * 600, "old Office"),
        (b"<html><body><table><tr><td>DOS</td></tr></table>", "no row of column headings"),
        (b"\xef\xbb\xbf<!DOCTYPE html><html>", "page without a table"),
        ("\ufeff<html><table>".encode("utf-16"), "page without a table"),
        (b"<?xml version='1.0'?><Workbook>", "XML"),
        (
            b"ISA*00*" + b" " * 84 + b"*^*00501*1*0*P*:~GS*HP*A*B~ST*835*1~",
            "835",
        ),
        (b"PK\x03\x04 but nothing of a package follows", "damaged workbook"),
        (b"just one line of prose without any table", "without columns"),
        (b"a;b\x00c\n1;2\n", "not text"),
        (bytes(range(128, 256)) * 4, "not text"),
        (b"1,2,3\n4,5,6\n7,8,9\n", "no row of column headings"),
        (b"Patient ID,DOS,CPT,Units\n", "no rows below"),
        (b"Patient ID,DOS,CPT,Units\n\n\n\n", "no rows below"),
    ],
)
def test_a_file_that_is_no_export_is_one_clear_line(read: Read, data: bytes, reason: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(data, "june.xls")
    message = str(caught.value)
    assert message.startswith("june.xls")
    assert reason in message
    assert "expected" in message
    assert "\n" not in message
    assert caught.value.todo


def test_text_under_another_name_is_read_for_what_it_is(read: Read) -> None:
    export = read(ROW.replace(",", "\t"), "june.xls")
    assert (export.format, export.rows_accepted) == ("tsv", 1)


def test_a_workbook_under_another_name_is_read_for_what_it_is(read: Read, workbook: Callable[..., bytes]) -> None:
    data = workbook(["Patient ID", "DOS", "CPT", "Units"], ["A", "1/31/2026", "97110", 1])
    assert read(data, "june.csv").format == "xlsx"


def test_honest_text_that_begins_like_a_picture_is_text() -> None:
    assert sniff(b"BMI,MZ\n1,2\n", "x.csv") is FileKind.TEXT


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_every_common_encoding_is_read(read: Read, encoding: str) -> None:
    export = read("Patient ID,DOS,CPT,Units,Payer\nA,1/31/2026,97110,1,Müller's – Plan\n".encode(encoding))
    assert export.lines["payer"].to_list() == ["Müller's – Plan"]


def test_old_mac_line_ends_are_read(read: Read) -> None:
    assert read(ROW.replace("\n", "\r")).rows_accepted == 1


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = packed({"xl/workbook.xml": b"<a/>", "xl/worksheets/sheet1.xml": b" " * 60_000_000})

    def never(*_: Any, **__: Any) -> bytes:
        raise AssertionError

    monkeypatch.setattr(zipfile.ZipFile, "read", never)
    with pytest.raises(BadInput, match="unpacks to 60 MB"):
        workbook.Workbook(bomb, "bomb.xlsx")


def test_a_package_that_lies_about_its_size_is_damaged(read: Read, workbook: Callable[..., bytes]) -> None:
    data = workbook(["Patient ID", "DOS", "CPT", "Units"], *[["A", "1/31/2026", "97110", 1]] * 500)
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        size = source.getinfo("xl/worksheets/sheet1.xml").file_size
    lying = data.replace(struct.pack("<L", size), struct.pack("<L", 100))
    assert lying != data
    with pytest.raises(BadInput, match="damaged workbook"):
        read(lying, "lying.xlsx")


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="XFD1048576"><v>1</v></c>',
        "<c r='XFD1048576'><v>1</v></c>",
        '<c s="0" r = "XFD1048576"><v>1</v></c>',
        '<x:c r="xfd1048576"/>',
    ],
)
def test_a_cell_in_the_far_corner_does_not_fill_the_memory(
    read: Read, workbook: Callable[..., bytes], cell: str
) -> None:
    data = workbook(["Patient ID", "DOS", "CPT", "Units"], ["A", "1/31/2026", "97110", 1])
    far = repacked(
        data,
        lambda name, part: (
            part.replace(b"</row></sheetData>", cell.encode() + b"</row></sheetData>") if "sheet1" in name else part
        ),
    )
    assert far != data
    with pytest.raises(BadInput, match="sheet that reaches to row 1,048,576 and column 16,384"):
        read(far, "far.xlsx")


def test_cells_without_references_are_counted_too(read: Read, workbook: Callable[..., bytes]) -> None:
    data = workbook(["Patient ID", "DOS", "CPT", "Units"], ["A", "1/31/2026", "97110", 1])
    filler = b"<row>" + b"<c/>" * 20_000 + b"</row>" + b"<row/>" * 20_000
    wide = repacked(
        data, lambda name, part: part.replace(b"</sheetData>", filler + b"</sheetData>") if "sheet1" in name else part
    )
    with pytest.raises(BadInput, match="used area"):
        read(wide, "wide.xlsx")


def test_a_password_on_the_archive_is_said(read: Read, workbook: Callable[..., bytes]) -> None:
    data = bytearray(workbook(["Patient ID", "DOS", "CPT", "Units"], ["A", "1/31/2026", "97110", 1]))
    start = 0
    while (start := data.find(b"PK\x01\x02", start)) >= 0:
        data[start + 8] |= 1
        start += 4
    with pytest.raises(BadInput, match="password"):
        read(bytes(data), "locked.xlsx")


def test_an_entry_twice_is_damaged(read: Read, workbook: Callable[..., bytes]) -> None:
    out = io.BytesIO(workbook(["Patient ID", "DOS"], ["A", "1/31/2026"]))
    with zipfile.ZipFile(out, "a") as target, pytest.warns(UserWarning, match="Duplicate"):
        target.writestr("xl/worksheets/sheet1.xml", b"<a/>")
    with pytest.raises(BadInput, match="parts of the same name"):
        read(out.getvalue(), "twice.xlsx")


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set limits for this test."""

    def call(**changes: Any) -> None:
        changed = replace(settings.limits(), **changes)
        for module in (tables, text, workbook, settings):
            monkeypatch.setattr(module, "limits", lambda: changed)
        monkeypatch.setattr("analysis.ingest.read.file_kinds.limits", lambda: changed)

    return call


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ({"text_bytes": 10}, "0 MB"),
        ({"rows": 1}, "more than 1 rows"),
        ({"columns": 3}, "4 columns"),
        ({"cell_characters": 5}, "characters"),
    ],
)
def test_a_text_above_a_limit_is_refused(
    read: Read, tight: Callable[..., None], limit: dict[str, int], reason: str
) -> None:
    tight(**limit)
    with pytest.raises(BadInput, match=reason):
        read(ROW)


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ({"workbook_bytes": 10}, "0 MB"),
        ({"entries": 2}, "parts"),
        ({"sheets": 0}, "1 sheets"),
        ({"unzipped_bytes": 10}, "unpacks to"),
    ],
)
def test_a_workbook_above_a_limit_is_refused(
    read: Read, workbook: Callable[..., bytes], tight: Callable[..., None], limit: dict[str, int], reason: str
) -> None:
    data = workbook(["Patient ID", "DOS", "CPT", "Units"], ["A", "1/31/2026", "97110", 1])
    tight(**limit)
    with pytest.raises(BadInput, match=reason):
        read(data, "big.xlsx")


def test_the_place_of_bytes_that_are_no_text_is_named() -> None:
    with pytest.raises(BadInput) as caught:
        to_utf8(b"a,b\n1,2\n3,\x81\n", "x.csv")
    assert caught.value.row == 3
