"""CMS's quarterly NCCI files: read in their layouts, refused where they are another kind, installed, used by date."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import TYPE_CHECKING

import pytest
import xlsxwriter

from analysis.errors import BadInput
from analysis.medicare.edits import editions, load_edits
from analysis.releases import install, installed, read_edit_file, remove
from tests.audit.claims import look
from tests.cli.command import one_line, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ABOVE = """CPT only copyright 2025 American Medical Association. All rights reserved.\t\t\t\t\t\t
Column1/Column 2 Edits\t\t\t\t\t\t
Column 1\tColumn 2\t*=In existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale
\t\tprior to 1996\tDate\tDate\t0=not allowed\t
\t\t\t\t*=no data\t1=allowed\t
\t\t\t\t\t9=not applicable\t
"""
PAIRS = f"""{ABOVE}97110\t97999\t\t20260101\t*\t0\tMisuse of Column Two code with Column One code
97530\t97116\t\t20200101\t20201231\t1\tMore extensive procedure
0001A\t0002A\t\t20210101\t*\t0\tNot therapy
97750\t97150\t\t19980401\t19980401\t9\tNever
"""
UNITS = [
    ["CPT only copyright 2025 American Medical Association.", "", "", ""],
    ["HCPCS/\nCPT Code", "Practitioner Services MUE Values", "MUE Adjudication Indicator", "MUE Rationale"],
    ["97110", "6", "3 Date of Service Edit: Clinical", "Clinical: Data"],
    ["97112", "3", "3 Date of Service Edit: Clinical", "Clinical: Data"],
    ["97530", "6", "2 Date of Service Edit: Policy", "CMS Policy"],
    ["0002A", "1", "1 Line Edit", "Nature of Service"],
]


def workbook(rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("MUE")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("REVMIX_HOME", str(tmp_path / "home"))
    editions.cache_clear()
    yield
    editions.cache_clear()


def test_pairs_as_text_with_headings_of_several_rows() -> None:
    [table] = read_edit_file(PAIRS.encode(), "ccipra-v320r0.TXT")
    assert (table.kind, table.effective, table.frame.height) == ("pairs", date(2026, 1, 1), 4)
    row = table.frame.row(1, named=True)
    assert (row["col1"], row["col2"], row["modifier_indicator"]) == ("97530", "97116", 1)
    assert (row["begins"], row["ends"]) == (date(2020, 1, 1), date(2020, 12, 31))
    assert table.frame["ends"][0] is None


def test_unit_limits_as_a_workbook() -> None:
    [table] = read_edit_file(workbook(UNITS), "MCR_MUE_PractitionerServices_Eff_01-01-2026.xlsx")
    assert (table.kind, table.effective) == ("units", date(2026, 1, 1))
    assert table.frame.rows() == [("97110", 6, 3), ("97112", 3, 3), ("97530", 6, 2), ("0002A", 1, 1)]


def test_an_archive_with_the_table_twice_and_a_note() -> None:
    files = {"v320r0/ccipra-v320r0-f1.TXT": PAIRS.encode(), "v320r0/readme.txt": b"Please read this first.\n"}
    [table] = read_edit_file(zipped(**files), "ccipra-v320r0-f1.zip")
    assert table.part == 1


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("ccioph-v320r0-f1.TXT", PAIRS.encode(), "another kind (ccioph)"),
        ("MCR_MUE_OutpatientHospitalServices_Eff_01-01-2026.xlsx", workbook(UNITS), "another kind (Outpatient)"),
        ("pairs.txt", PAIRS.replace("Column1/", "Hospital Column1/").encode(), "another kind (Hospital)"),
        ("claims.csv", b"Patient,DOS,CPT\nP1,3/2/2026,97110\n", "no table of edits"),
    ],
)
def test_a_file_of_another_kind_is_refused(name: str, data: bytes, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_edit_file(data, name)
    assert said in str(caught.value)


def test_an_edition_is_installed_used_from_its_day_and_removed() -> None:
    before = load_edits()
    edition = install([("v320.TXT", PAIRS.encode()), ("MUE_Eff_01-01-2026.xlsx", workbook(UNITS))])
    assert (edition.effective, edition.pairs, edition.units) == (date(2026, 1, 1), 3, 4)
    assert [each.effective for each in installed()] == [date(2026, 1, 1)]
    assert load_edits().effective == date(2026, 1, 1)
    # Three units of 97112 are the limit from 2026 on, four before.
    rows = ["P1,{},97112,GP,4,60,240", "P1,{},97110,GP,1,15,70"]
    assert "edit__mue" in look(*(row.format("02/02/2026") for row in rows)).findings["rule"].to_list()
    assert "edit__mue" not in look(*(row.format("02/03/2025") for row in rows)).findings["rule"].to_list()
    # A pair that had ended by then is none.
    pair = ["P1,02/02/2026,97530,GP,1,15,90", "P1,02/02/2026,97116,GP,1,15,90"]
    assert "edit__ncci_pair" not in look(*pair).findings["rule"].to_list()
    remove(date(2026, 1, 1))
    assert load_edits().effective == before.effective
    assert not installed()
    with pytest.raises(BadInput, match="no installed edition"):
        remove(date(2026, 1, 1))


def test_unit_limits_alone_keep_the_pairs_of_the_edition_before() -> None:
    pairs = load_edits().pairs.height
    install([("MUE_Eff_01-01-2026.xlsx", workbook(UNITS))])
    assert load_edits().pairs.height == pairs
    assert load_edits().units.height == 4


@pytest.mark.parametrize(
    ("files", "effective", "said"),
    [
        ([("ccipra-v320r0-f1.TXT", PAIRS.encode())], None, "add part 2 and 3 and 4"),
        ([("pairs.TXT", PAIRS.encode())], None, "give the first day of the quarter"),
        ([("v320.TXT", PAIRS.encode())], date(2025, 1, 1), "files effective 2026-01-01"),
        ([("v320.TXT", PAIRS.encode()), ("v311.TXT", PAIRS.encode())], None, "files of several quarters"),
        ([("v320.xlsx", workbook([*UNITS[:2], UNITS[5]]))], None, "unit limits without 97110, 97112, 97530"),
    ],
)
def test_what_is_not_whole_is_refused_and_nothing_is_installed(
    files: list[tuple[str, bytes]], effective: date | None, said: str
) -> None:
    with pytest.raises(BadInput) as caught:
        install(files, effective)
    assert said in str(caught.value)
    assert not installed()


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "v320.TXT"
    path.write_text(PAIRS, "utf-8")
    status, _, err = run(capsys, "import-edits", path)
    assert (status, err) == (0, "note: installed for services from 2026-01-01 on: 3 pairs, 0 unit limits\n")
    status, _, err = run(capsys, "import-edits", tmp_path / "none.txt")
    assert status == 2
    assert "no such file" in one_line(err)
