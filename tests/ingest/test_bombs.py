"""Files made to take a machine: each kind ends in one sentence, and takes little on the way."""

from __future__ import annotations

import io
import time
import tracemalloc
import zipfile

import pytest

from analysis.errors import BadInput
from analysis.ingest import read_files, unpack_files
from tests.archives import packed
from tests.ingest.bombs import BOMBS, lying, workbook

APART = {"far_corners.xls"}
"""Kinds whose library has no bounds: only the process apart holds them."""
REFUSED: dict[str, tuple[float, str]] = {
    "bzip2.zip": (0.01, "a method RevMix does not unpack"),
    "lzma.zip": (0.01, "a method RevMix does not unpack"),
    "deflate64.zip": (1, "a method RevMix does not unpack"),
    "zstd.zip": (1, "a method RevMix does not unpack"),
    "ppmd.zip": (1, "a method RevMix does not unpack"),
    "deflated.zip": (0.05, "unpacks to far more"),
    "zip_in_zip.zip": (0.001, "archives nested inside archives"),
    "overlapping.zip": (1, "damaged archive"),
    "million_entries.zip": (0.001, "more than 6,000 parts"),
    "lying.zip": (0.01, "damaged archive"),
    "one_string_often.xlsx": (0.1, "repeat long texts"),
    "one_string_huge.xlsx": (0.002, "a cell of more than 32,767 characters"),
    "inline_huge.xlsx": (0.002, "a cell of more than 32,767 characters"),
    "sparse_corner.xlsx": (1, "row 1,048,576 and column 16,384"),
    "fifty_large_sheets.xlsx": (1, "25,000,000 cells on all sheets"),
    "attributes.xlsx": (0.002, "a tag of more than 8,192 characters"),
    "repeated.ods": (1, "OpenDocument"),
    "entities.xml": (1, "entities"),
    "deep.xml": (0.001, "nested too deeply"),
    "attributes.xml": (0.002, "a tag of more than 8,192 characters"),
    "one_cell.xml": (0.01, "a cell of more than 32,767 characters"),
    "index.xml": (1, "at most 8,000,000 cells"),
    "across.xml": (0.001, "column 1[67],"),
    "span.xml": (0.2, r"100,0\d\d tags, "),
    "specks.xml": (0.005, r"100,0\d\d tags, "),
    "specks.html": (0.02, r"100,0\d\d tags, "),
    "colspan.html": (0.001, "column 17,000"),
    "wide_row.html": (0.001, "column 17,000"),
    "nested.html": (0.001, "more than 1,000 tables"),
    "entities.html": (0.01, "a cell of more than 32,767 characters"),
    "equals.html": (0.001, "damaged web page"),
    "words.html": (0.01, "a cell of more than 32,767 characters"),
    "cells_open.html": (0.01, "column 16,385"),
    "one_field.csv": (0.01, "a cell"),
    "ten_million_columns.csv": (0.01, "columns"),
    "commas.csv": (0.1, "a cell that is too long"),
    "lines_in_cells.csv": (0.1, "a cell that is too long"),
    "open_quote.csv": (0.01, "not closed|too long|several rows"),
    "blank_lines.csv": (0.01, "rows under 505 headings"),
    "zeros.csv": (0.01, "not text"),
    "empty_segments.835": (0.0106, "more than 2,000,000 segments"),
    "one_segment.835": (0.01, "a segment of more than 20,000"),
}
"""Bomb -> at which part of its size it is refused already, and by which words."""


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_bomb_is_refused_in_one_sentence_that_names_it(name: str) -> None:
    scale, message = REFUSED[name]
    data = BOMBS[name](scale)
    with pytest.raises(BadInput, match=message) as caught:
        read_files([(name, data)])
    assert str(caught.value).startswith(name)
    assert caught.value.todo
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", sorted(BOMBS.keys() - REFUSED.keys() - APART))
def test_other_bombs_are_read_or_refused(name: str) -> None:
    data = BOMBS[name](0.001)
    message = name
    try:
        read_files([(name, data)])
    except BadInput as error:
        message = str(error)
    assert message.startswith(name)


@pytest.mark.parametrize("name", ["tags.html", "comments.html", "cdata.html", "ends.html", "quotes.html"])
def test_a_page_ten_times_as_long_takes_no_hundred_times_as_long(name: str) -> None:
    def seconds(scale: float) -> float:
        data = BOMBS[name](scale)
        start = time.process_time()
        with pytest.raises(BadInput):
            read_files([(name, data), ("x.pdf", b"%PDF-1.7")])
        return time.process_time() - start

    seconds(0.0001)
    assert seconds(0.01) < 30 * max(seconds(0.001), 0.01)


def test_an_archive_never_holds_more_than_a_piece_beyond_its_limit() -> None:
    bomb = BOMBS["deflated.zip"](0.05)
    tracemalloc.start()
    with pytest.raises(BadInput, match="far more"):
        unpack_files([("a.zip", bomb)])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 45_000_000


def test_an_archive_in_the_way_of_java_and_of_large_files_is_unpacked() -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
        target.open("jüne.csv", "w", force_zip64=True) as part,
    ):
        part.write(b"a,b\n" * 100_000)
    [document] = unpack_files([("a.zip", out.getvalue())])
    assert (document.name, document.data) == ("jüne.csv", b"a,b\n" * 100_000)


@pytest.mark.parametrize("cut", [1, 25, 60])
def test_a_damaged_archive_is_said(cut: int) -> None:
    data = packed({"a.csv": b"a,b\n" * 50})
    for broken in (data[:-cut], data[: len(data) // 2], data[:40] + b"\xff" * 4 + data[44:]):
        with pytest.raises(BadInput, match="damaged archive"):
            unpack_files([("a.zip", broken)])


def test_an_archive_that_says_more_than_it_holds_is_damaged() -> None:
    with pytest.raises(BadInput, match="damaged archive"):
        unpack_files([("a.zip", lying(2_000, 1_000))])


def test_one_file_that_is_refused_does_not_take_the_others_down() -> None:
    refused: list[BadInput] = []
    good = ("june.csv", b"a,b\n1,2\n")
    opened = unpack_files(
        [("bomb.zip", BOMBS["bzip2.zip"](0.001)), good, ("deep.zip", BOMBS["zip_in_zip.zip"](0.001))], refused
    )
    assert [document.name for document in opened] == ["june.csv"]
    assert [error.file for error in refused] == ["bomb.zip", "deep.zip"]


def test_a_sheet_under_a_name_of_its_own_is_counted_too() -> None:
    data = workbook(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    sheet = parts.pop("xl/worksheets/sheet1.xml")
    relations = "xl/_rels/workbook.xml.rels"
    parts |= {"xl/other.xml": sheet, relations: parts[relations].replace(b"worksheets/sheet1.xml", b"other.xml")}
    with pytest.raises(BadInput, match="row 1,048,576"):
        read_files([("a.xlsx", packed(parts))])


def test_strings_that_are_used_honestly_are_no_bomb() -> None:
    rows = b"".join(
        b'<row r="%d"><c r="A%d" t="s"><v>%d</v></c><c r="B%d"><v>46053</v></c><c r="C%d"><v>97110</v></c>'
        b'<c r="D%d"><v>1</v></c><c r="E%d"><v>80</v></c></row>' % (n, n, n % 3, n, n, n, n)
        for n in range(2, 40_000)
    )
    long = b"<si><t>" + b"x" * 30_000 + b"</t></si>"
    data = workbook(rows + b'<row r="40000"><c r="A40000" t="s"><v>3</v></c></row>', b"<si><t>P</t></si>" * 3 + long)
    assert read_files([("a.xlsx", data)]).rows_read == 39_999
