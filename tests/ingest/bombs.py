"""Files made to take a machine, by kind: ``BOMBS[name](scale)``, at scale 1 as large as an upload may be."""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from tests.archives import packed

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = ["Patient ID", "DOS", "CPT", "Units", "Charge"]
LINE = ["A", "1/31/2026", "97110", "1", "80.00"]
_SHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_TO = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SS = 'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"'


def workbook(rows: bytes, shared: bytes = b"", *, sheets: int = 1, tail: bytes = b"") -> bytes:
    """An .xlsx of one sheet, listed as often as wished, with rows and shared strings as they are given."""
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r1"/>' for n in range(1, sheets + 1))
    head = "".join(f'<c r="{c}1" t="inlineStr"><is><t>{h}</t></is></c>' for c, h in zip("ABCDE", HEAD, strict=True))
    sheet = f'<worksheet {_SHEET}><sheetData><row r="1">{head}</row>'.encode() + rows + b"</sheetData>" + tail
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return packed(
        {
            "[Content_Types].xml": (
                f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
                '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
                f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>'
            ).encode(),
            "_rels/.rels": (
                f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{_TO}/officeDocument" '
                'Target="xl/workbook.xml"/></Relationships>'
            ).encode(),
            "xl/workbook.xml": f'<workbook {_SHEET} xmlns:r="{_TO}"><sheets>{listed}</sheets></workbook>'.encode(),
            "xl/_rels/workbook.xml.rels": (
                '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                f'<Relationship Id="r1" Type="{_TO}/worksheet" Target="worksheets/sheet1.xml"/>'
                f'<Relationship Id="r2" Type="{_TO}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
            ).encode(),
            "xl/worksheets/sheet1.xml": sheet + b"</worksheet>",
            **({"xl/sharedStrings.xml": f"<sst {_SHEET}>".encode() + shared + b"</sst>"} if shared else {}),
        }
    )


def _many(text: bytes, size: float) -> bytes:
    return text * max(1, int(size) // len(text))


def _text(rows: bytes) -> bytes:
    return (",".join(HEAD) + "\n" + ",".join(LINE) + "\n").encode() + rows


def _page(inside: bytes) -> bytes:
    cells = "".join(f"<td>{cell}</td>" for cell in HEAD)
    return f"<html><table><tr>{cells}</tr>".encode() + inside + b"</table></html>"


def _spreadsheet(inside: bytes) -> bytes:
    return f'<?xml version="1.0"?><Workbook {_SS}><Worksheet ss:Name="S"><Table>'.encode() + inside


def _x12(inside: bytes) -> bytes:
    isa = b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *260101*1200*^*00501*000000001*0*P*:~"
    return isa + b"GS*HP*A*B*20260101*1200*1*X*005010X221A1~ST*835*0001~" + inside


def _uses(scale: float, text: bytes) -> bytes:
    cell = b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>'
    rows = b"".join(cell % (n, n) for n in range(2, int(600_000 * scale) + 2))
    return workbook(rows, b"<si><t>" + text + b"</t></si>")


def listed_again(name: bytes, number: int) -> bytes:
    """An archive whose list names one part again and again, so that many parts share its bytes."""
    data = packed({"a.csv": _text(b"") * 1000})
    start = data.index(b"PK\x01\x02")
    entry = data[start : data.index(b"PK\x05\x06")]
    entries = b"".join(entry.replace(b"a.csv", name % (n % 10_000)) for n in range(number))
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, number % 65536, number % 65536, len(entries), start, 0)
    return data[:start] + entries + end


def lying(claimed: int, size: int) -> bytes:
    """An archive with a deflated part that is larger than it says."""
    data = bytearray(packed({"a.csv": b"0" * size}))
    start = data.index(b"PK\x01\x02")
    data[start + 24 : start + 28] = struct.pack("<L", claimed)
    return bytes(data)


def method(number: int) -> bytes:
    """An archive that says its part is compressed by another method."""
    data = bytearray(packed({"a.csv": _text(b"")}))
    for signature, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        start = data.index(signature)
        data[start + place : start + place + 2] = struct.pack("<H", number)
    return bytes(data)


def _ole(sheets: int) -> bytes:
    """A workbook of Excel 97 whose sheets have a cell in each far corner: every one is 16 million cells in memory."""
    globals_ = _record(0x809, struct.pack("<HHHHLL", 0x600, 5, 0, 0, 0, 0))
    length = len(globals_) + sheets * (4 + 8 + 4) + 4
    body = b"".join(
        (
            _record(0x809, struct.pack("<HHHHLL", 0x600, 0x10, 0, 0, 0, 0)),
            _record(0x203, struct.pack("<HHHd", 0, 0, 0, 1.0)),
            _record(0x203, struct.pack("<HHHd", 65535, 255, 0, 1.0)),
            _record(0x0A, b""),
        )
    )
    bound = b"".join(
        _record(0x85, struct.pack("<LBBBB", length + n * len(body), 0, 0, 4, 0) + b"S%03d" % n) for n in range(sheets)
    )
    return _compound(globals_ + bound + _record(0x0A, b"") + body * sheets)


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _compound(stream: bytes) -> bytes:
    """An OLE compound file with one stream, Workbook: header, sector of the table, sector of the folder, the stream."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\x00")
    sectors = len(stream) // 512
    table = [0xFFFFFFFD, 0xFFFFFFFE, *(n + 3 for n in range(sectors - 1)), 0xFFFFFFFE]
    fat = struct.pack(f"<{len(table)}L", *table).ljust(512, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<LLLLLLLLL", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<L", 0) + b"\xff" * 432

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        raw = (name + "\x00").encode("utf-16-le")
        links = struct.pack("<LLL", 0xFFFFFFFF, 0xFFFFFFFF, child)
        return (
            raw.ljust(64, b"\x00")
            + struct.pack("<HBB", len(raw), kind, 1)
            + links
            + bytes(36)
            + struct.pack("<LQ", start, size)
        )

    folder = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("Workbook", 2, 0xFFFFFFFF, 2, len(stream))
    return header + fat + folder.ljust(512, b"\x00") + stream


BOMBS: dict[str, Callable[[float], bytes]] = {
    "bzip2.zip": lambda s: packed({"a.csv": b"0" * int(5e8 * s)}, zipfile.ZIP_BZIP2),
    "lzma.zip": lambda s: packed({"a.csv": b"0" * int(5e8 * s)}, zipfile.ZIP_LZMA),
    "deflate64.zip": lambda _: method(9),
    "zstd.zip": lambda _: method(93),
    "ppmd.zip": lambda _: method(98),
    "deflated.zip": lambda s: packed({"a.csv": b"0" * int(1e9 * s)}),
    "zip_in_zip.zip": lambda s: packed({"b.zip": packed({"a.zip": packed({"a.csv": b"0" * int(1e9 * s)})})}),
    "overlapping.zip": lambda _: listed_again(b"%05d", 900),
    "million_entries.zip": lambda s: listed_again(b"%05d", int(1e6 * s) + 7000),
    "lying.zip": lambda s: lying(100, int(5e8 * s)),
    "one_string_often.xlsx": lambda s: _uses(s, b"x" * 32_000),
    "one_string_huge.xlsx": lambda s: _uses(0.00001, b"x" * int(5e8 * s)),
    "inline_huge.xlsx": lambda s: workbook(
        b'<row r="2"><c r="A2" t="inlineStr"><is><t>' + b"x" * int(3e8 * s) + b"</t></is></c></row>"
    ),
    "sparse_corner.xlsx": lambda _: workbook(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    "fifty_large_sheets.xlsx": lambda _: workbook(b'<row r="900000"><c r="T900000"><v>1</v></c></row>', sheets=50),
    "same_cell_often.xlsx": lambda s: workbook(_many(b'<row r="2"><c r="A2"><v>1</v></c></row>', 7e8 * s)),
    "attributes.xlsx": lambda s: workbook(b"<row " + b" ".join(b'a%d="1"' % n for n in range(int(1e6 * s))) + b"/>"),
    "deep.xlsx": lambda s: workbook(_many(b"<row><c>", 2e7 * s)),
    "no_end.xlsx": lambda s: workbook(b"", tail=_many(b"<!--", 2e8 * s)),
    "far_corners.xls": lambda s: _ole(max(2, int(50 * s))),
    "repeated.ods": lambda _: packed(
        {"mimetype": b"x", "content.xml": b'<table:table-cell table:number-columns-repeated="1000000000"/>'}
    ),
    "pages.numbers": lambda s: packed({"Index/Document.iwa": b"0" * int(1e8 * s)}),
    "packed.csv.gz": lambda s: b"\x1f\x8b\x08\x00" + zlib.compress(b"0" * int(1e8 * s)),
    "entities.xml": lambda _: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "cc">]><Workbook/>',
    "deep.xml": lambda s: _spreadsheet(_many(b"<a>", 9e7 * s)),
    "attributes.xml": lambda s: _spreadsheet(b"<Row " + b" ".join(b'a%d="1"' % n for n in range(int(1e6 * s))) + b"/>"),
    "one_cell.xml": lambda s: _spreadsheet(b"<Row><Cell><Data>" + b"x" * int(9e7 * s)),
    "index.xml": lambda _: _spreadsheet(
        b'<Row ss:Index="1000000"><Cell ss:Index="1000"><Data>1</Data></Cell></Row></Table></Worksheet></Workbook>'
    ),
    "across.xml": lambda s: _spreadsheet(
        b"<Row>" + _many(b'<Cell ss:MergeAcross="1000000000"/>', 5e7 * s) + b"</Row></Table></Worksheet></Workbook>"
    ),
    "span.xml": lambda s: _spreadsheet(_many(b'<Column ss:Span="1000000000"/><Row ss:Span="1000000000"/>', 5e7 * s)),
    "specks.xml": lambda s: _spreadsheet(_many(b"<a/>", 9e7 * s)),
    "specks.html": lambda s: _page(_many(b"<b></b>", 9e7 * s)),
    "colspan.html": lambda s: _page(_many(b'<tr><td colspan="1000000000" rowspan="1000000000">1</td>', 9e7 * s)),
    "wide_row.html": lambda s: _page(b"<tr>" + _many(b'<td colspan="1000">1</td>', 9e7 * s)),
    "nested.html": lambda s: _many(b"<table><tr><td>", 9e7 * s),
    "tags.html": lambda s: _page(_many(b"<a ", 9e7 * s)),
    "comments.html": lambda s: _page(_many(b"<!--", 9e7 * s)),
    "cdata.html": lambda s: _page(_many(b"<![CDATA[", 9e7 * s)),
    "entities.html": lambda s: _page(b"<tr><td>" + _many(b"&", 9e7 * s)),
    "ends.html": lambda s: _page(_many(b"</", 9e7 * s)),
    "quotes.html": lambda s: _page(_many(b'<td a="', 9e7 * s)),
    "equals.html": lambda s: _page(b"<td " + _many(b'= "', 9e7 * s)),
    "words.html": lambda s: _page(b"<tr><td>" + _many(b"x ", 9e7 * s) + b"</td>"),
    "cells_open.html": lambda s: _page(b"<tr>" + _many(b"<td>x", 9e7 * s)),
    "one_line.csv": lambda s: _text(_many(b"x" * 10 + b" ", 1.9e8 * s)),
    "one_field.csv": lambda s: _text(b'"' + b"x" * int(1.9e8 * s) + b'",1,97110,1,1\n'),
    "ten_million_columns.csv": lambda s: _many(b"CPT,", 4e7 * s) + b"\n" + _many(b"1,", 4e7 * s) + b"\n",
    "commas.csv": lambda s: _text(b'"a\nb",1,97110,1,1\n' + b"," * int(1.9e8 * s) + b"\n"),
    "lines_in_cells.csv": lambda s: _text(_many(b'"\n",', 1.9e8 * s) + b'"\n"\n'),
    "open_quote.csv": lambda s: _text(b'A,"' + _many(b"1/31/2026,97110,1\n", 1.9e8 * s)),
    "blank_lines.csv": lambda s: (
        ",".join([*HEAD, *(f"c{n}" for n in range(500))]).encode() + b"\n" + b"\n" * int(1.9e7 * s)
    ),
    "line_ends.csv": lambda s: _text(b"\n" * int(1.9e8 * s)),
    "utf16.csv": lambda s: (_text(b"").decode() + "\U0001f600" * int(4.7e7 * s)).encode("utf-16"),
    "zeros.csv": lambda s: _text(b"\x00" * int(1.9e8 * s)),
    "empty_segments.835": lambda s: _x12(b"~" * int(1.9e8 * s)),
    "short_segments.835": lambda s: _x12(_many(b"CLP*1~", 1.9e8 * s)),
    "one_segment.835": lambda s: _x12(b"CLP" + b"*" * int(1.9e8 * s)),
    "interchanges.835": lambda s: _x12(b"") * max(1, int(1.9e8 * s) // 200),
}
