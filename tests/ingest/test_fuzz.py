"""Whatever the bytes: a BadInput of one line, or an Export in which nothing is lost. Never a traceback."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from functools import cache

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import BadInput
from analysis.ingest import Export, Mapping, read_export
from tests.archives import packed

HEADINGS = (
    "MRN", "Patient Name", "DOS", "CPT", "Mod 1", "Mods", "Units", "Charge", "Unit Price", "Allowed", "Paid",
    "Insurance Paid", "Patient Paid",
    "Adjustment", "Payer", "Payer Type", "Clinic", "Clinic ZIP", "Therapist", "POS", "Minutes", "Status",
    "Transaction Type", "export_flag",
    "record_id", "*", "^.*$", "n", "_", "cell", "row", "reason", "message", "source_row", "0", "Tax ID", "Discipline",
    "Visit ID", "DOB", "What", "",
)  # fmt: skip
REQUIRED = ("MRN", "DOS", "CPT", "Units", "Charge")
CELLS = st.one_of(
    st.sampled_from(
        [
            "", " ", "97110", "97112-59", "97140 GP KX", "G0283", "NO SHOW", "1/31/2026", "31/1/2026", "2026-02-28",
            "46053", "2", "-2", "2.0", "1.5", "0", "80.00", "-80.00",
            "$1,987.92", "(5.00)", "1.987,92", "GP", "KX", "59", "Total", "Totals:", "A1", "Doe, Ann", "Medicare",
            "11", "3", "Void", "Denied", "Payment", "n/a", "14201", '"', "'", "=1+1",
            "\u00a0", "٣", "½", "9" * 25, "\ufeff", "line\nbreak", "é", "1e308", "nan", "-", "(", "$", "MRN", "Units",
        ]
    ),
    st.text(max_size=8),
)  # fmt: skip
HEADS = (
    b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"MRN,DOS,CPT,Units\n", b'MRN,DOS,"',
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"sep=;\n", b"ISA*", b"<",
)  # fmt: skip
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(data: bytes, name: str = "x.csv", mapping: Mapping | None = None) -> Export | None:
    try:
        export = read_export(data, name, key=b"key", today=date(2026, 11, 22), mapping=mapping)
    except BadInput as error:
        message = str(error)
        assert message.startswith(name)
        assert "\n" not in message
        assert "expected" in message
        return None
    assert export.rows_read == export.rows_accepted + export.rows_rejected + export.rows_ignored
    assert export.dollars_read == export.dollars_accepted + export.dollars_rejected + export.dollars_ignored
    rows = [*export.lines["source_row"], *export.rows["source_row"]]
    assert sorted(rows) == list(range(min(rows), min(rows) + export.rows_read))
    assert sum(export.reasons.values()) == export.rows_rejected + export.rows_ignored
    assert export.rows["message"].null_count() == 0
    return export


@QUIET
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    read(data)


@QUIET
@given(
    st.sampled_from(HEADS),
    st.binary(max_size=300),
)  # fmt: skip
def test_any_bytes_after_a_beginning_that_means_something(head: bytes, tail: bytes) -> None:
    read(head + tail)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    headings = [*REQUIRED, *draw(st.lists(st.sampled_from(HEADINGS), max_size=6))]
    headings = draw(st.permutations(headings))
    good = {"MRN": "A1", "DOS": "1/31/2026", "CPT": "97110", "Units": "2", "Charge": "80.00"}
    base = [good.get(heading, "") for heading in headings]
    rows = [list(base) for _ in range(draw(st.integers(1, 5)))]
    rows.extend(draw(st.lists(st.lists(CELLS, max_size=len(headings) + 1), max_size=4)))
    for _ in range(draw(st.integers(0, 5))):
        row = draw(st.sampled_from(rows))
        if row:
            row[draw(st.integers(0, len(row) - 1))] = draw(CELLS)
    return [list(headings), *draw(st.permutations(rows))]


@QUIET
@given(tables(), st.sampled_from([",", "\t", ";"]), st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]), st.booleans())
def test_any_cells_of_a_table(table: list[list[str]], delimiter: str, encoding: str, quoted: bool) -> None:  # noqa: FBT001
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    writer.writerows(table)
    read(out.getvalue().encode(encoding, errors="replace"))


@QUIET
@given(st.lists(st.lists(st.sampled_from([*HEADINGS, "97110", "1/31/2026", "2", '"', "x"]), max_size=6), max_size=6))
def test_any_small_text(rows: list[list[str]]) -> None:
    read("\n".join(",".join(row) for row in rows).encode())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_any_cells_of_a_workbook(table: list[list[str]]) -> None:
    book = openpyxl.Workbook()
    for row in table:
        book.worksheets[0].append([clean(cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    read(out.getvalue(), "x.xlsx")


def clean(cell: str) -> str | float | None:
    """Text as openpyxl can write it, numbers as numbers."""
    legal: str = openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", cell)
    try:
        return float(legal) if len(legal) < 12 and legal.replace(".", "").isdecimal() else legal
    except ValueError:
        return legal


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_workbook_with_broken_bytes(data: st.DataObject) -> None:
    content = bytearray(simple_workbook())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    read(bytes(content), "x.xlsx")
    read(bytes(content[:cut]) or b"PK", "x.xlsx")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_workbook_with_broken_xml(data: st.DataObject) -> None:
    with zipfile.ZipFile(io.BytesIO(simple_workbook())) as source:
        parts = {name: bytearray(source.read(name)) for name in source.namelist()}
    part = parts[data.draw(st.sampled_from(sorted(parts)))]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(len(part) - 1, 0)))
        part[at : at + data.draw(st.integers(0, 4))] = data.draw(
            st.binary(max_size=6) | st.sampled_from([b"99999999", b"<c/>", b'<c r="A9"', b"<!--", b"&x;"])
        )
    read(packed({name: bytes(content) for name, content in parts.items()}), "x.xlsx")


@cache
def simple_workbook() -> bytes:
    """A workbook of one line, the same bytes at any time."""
    book = openpyxl.Workbook()
    book.worksheets[0].append(["MRN", "DOS", "CPT", "Units"])
    book.worksheets[0].append(["A1", date(2026, 1, 31), 97110, 2])
    saved, out = io.BytesIO(), io.BytesIO()
    book.save(saved)
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            if name != "docProps/core.xml":  # holds the time
                target.writestr(zipfile.ZipInfo(name), source.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


@QUIET
@given(st.text(max_size=200))
def test_any_text_as_a_mapping_file(text: str) -> None:
    try:
        mapping = Mapping.from_toml(text, file="m.toml")
    except BadInput as error:
        assert str(error).startswith("m.toml")  # noqa: PT017
        return
    assert Mapping.from_toml(mapping.to_toml()) == mapping


@QUIET
@given(
    st.dictionaries(
        st.text(max_size=12),
        st.sampled_from(["units", "code", "date_of_service", "modifiers", "patient_id"]),
        max_size=5,
    ),
    st.text(max_size=9),
)
def test_any_headings_survive_a_mapping_file(columns: dict[str, str], name: str) -> None:
    mapping = Mapping(tuple(columns.items()), name=name)
    try:
        text = mapping.to_toml()
        again = Mapping.from_toml(text)
    except BadInput:
        return
    assert again == mapping
