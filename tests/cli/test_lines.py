"""`revmix lines`, and which locality the commands price a clinic in."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from analysis import cli
from tests.golden.short import era

COLUMNS = [
    "source_file", "source_row", "date_of_service", "code", "modifiers", "units", "payer", "payer_class", "clinic",
    "provider", "charge", "allowed", "insurance_paid", "patient_paid", "adjustment", "adjustment_reasons", "paid_on",
    "status", "patient", "paid",
]  # fmt: skip
CHARGES = """Patient Name,DOS,CPT,Mods,Units,Charge,Payer,Patient Paid
"Quill, Ada",3/2/2026,97110,GP,2,100.00,Blue,5.00
"Quill, Ada",3/2/2026,97140,GP,1,50.00,Blue,
"Stone, Ben",3/2/2026,97110,GP,x,60.00,Blue,
"""
ERA = """
2026-04-01 EFT1 95.00 BLUE
CLAIM 7 1 100 60 QUILL,ADA X1
SVC 97110:GP 2 100 60 2026-03-02 | CO-45 20 PR-2 20
CLAIM 8 1 60 35 VALE,CY X2
SVC 97110:GP 1 60 35 2026-03-02 | CO-45 25
"""


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "charges.csv").write_text(CHARGES)
    (tmp_path / "april.835").write_bytes(era(ERA))
    return [str(tmp_path / "charges.csv"), str(tmp_path / "april.835")]


def test_lines_and_what_is_left_over(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, left, lost = (tmp_path / name for name in ("lines.csv", "left.csv", "lost.csv"))
    assert cli.main(["lines", *files, "--out", str(out), "--unmatched", str(left), "--rejected", str(lost)]) == 0
    lines = pl.read_csv(out, try_parse_dates=True)
    assert lines.columns == COLUMNS
    row = lines.row(0, named=True)
    assert row["patient"].startswith("p-")
    assert len(row["patient"]) == len("p-") + 16
    assert {name: row[name] for name in COLUMNS[:-2]} == {
        "source_file": "charges.csv",
        "source_row": 2,
        "date_of_service": date(2026, 3, 2),
        "code": 97110,
        "modifiers": "GP",
        "units": 2,
        "payer": "Blue",
        "payer_class": "Blue Cross Blue Shield",
        "clinic": None,
        "provider": None,
        "charge": 100.00,
        "allowed": 80.00,
        "insurance_paid": 60.00,
        "patient_paid": 5.00,
        "adjustment": 20.00,
        "adjustment_reasons": "CO-45 PR-2",
        "paid_on": date(2026, 4, 1),
        "status": "charge",
    }
    assert lines["patient"].n_unique() == 1
    assert pl.read_csv(left).select("source_file", "side", "code", "charge", "paid").rows() == [
        ("april.835", "payment", 97110, 60.0, 35.0),
        ("charges.csv", "charge", 97140, 50.0, 0.0),
    ]
    rejected = pl.read_csv(lost)
    assert rejected.columns[:5] == ["source_file", "source_row", "reason", "message", "dollars"]
    assert rejected.row(0)[:3] == ("charges.csv", 4, "units__not_a_number")
    assert rejected["dollars"].to_list() == [60.0]
    assert not {"Stone", "Quill", "STONE"} & set(lost.read_text().replace(",", " ").split())
    # 2 of 5 rows: the rejected one and the payment without a charge; the posted one has done its work.
    assert "2 of 5 rows are not in the result" in capsys.readouterr().err


def test_lines_as_parquet_and_as_a_workbook_are_the_same(files: list[str], tmp_path: Path) -> None:
    for name in ("lines.parquet", "lines.xlsx"):
        assert cli.main(["lines", *files, "--out", str(tmp_path / name)]) == 0
    frame = pl.read_parquet(tmp_path / "lines.parquet")
    assert frame.schema["charge"] == pl.Decimal(38, 2)
    sheet = openpyxl.load_workbook(tmp_path / "lines.xlsx").active
    assert [cell.value for cell in sheet[1]] == COLUMNS
    assert [cell.value for cell in sheet[2]][10:13] == [100, 80, 60]
    assert sheet.max_row == frame.height + 1


def test_a_text_of_a_file_never_becomes_a_formula(tmp_path: Path) -> None:
    charges = tmp_path / "charges.csv"
    charges.write_text("MRN,DOS,CPT,Units,Charge,Payer\nA,3/2/2026,97110,1,100.00,=1+1\n")
    assert cli.main(["lines", str(charges), "--out", str(tmp_path / "lines.xlsx")]) == 0
    cell = openpyxl.load_workbook(tmp_path / "lines.xlsx").active["G2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


@pytest.mark.parametrize("option", ["--out", "--unmatched", "--rejected"])
def test_endings_are_checked_before_anything_is_read(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = {"--out": "lines.csv", option: "lines.txt"}
    assert cli.main(["lines", "nowhere.csv", *(word for pair in words.items() for word in pair)]) == 2
    assert f"{option} lines.txt" in capsys.readouterr().err


# -------------------------------------------------------------------------------------------------------- localities
TWO_CLINICS = """MRN,DOS,CPT,Mods,Units,Charge,Clinic,Clinic ZIP
A,3/2/2026,97110,GP,1,100.00,Mason,45040
B,3/2/2026,97110,GP,1,100.00,Seattle,98107
C,3/2/2026,97110,GP,1,100.00,Nowhere,
"""


def allowed(tmp_path: Path, *words: str, data: str = TWO_CLINICS) -> list[float]:
    charges, out = tmp_path / "charges.csv", tmp_path / "priced.csv"
    charges.write_text(data)
    assert cli.main(["price", str(charges), "--out", str(out), *words]) == 0
    found: list[float] = pl.read_csv(out)["allowed"].to_list()
    return found


def test_the_zip_codes_of_the_file_decide_and_the_option_is_the_fallback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # 2026, one unit of 97110: Ohio 27.87, King County 32.05 (0.45 x 1.038 + 0.41 x 1.182 + 0.01 x 0.793, x 33.4009).
    ohio, seattle, fallback = allowed(tmp_path, "--locality", "15202-00")
    assert (ohio, fallback) == (27.87, 27.87)
    assert seattle > ohio
    assert "Seattle: " in capsys.readouterr().err
    assert allowed(tmp_path, "--locality", "98107")[2] == seattle


def test_a_clinic_may_be_given_its_own_locality(tmp_path: Path) -> None:
    ohio, seattle, _ = allowed(tmp_path, "--locality", "15202-00")
    assert allowed(tmp_path, "--locality", "seattle=45040", "--locality", "98107") == [ohio, ohio, seattle]
    assert allowed(tmp_path, "--locality", "Nowhere=98107") == [ohio, seattle, seattle]


def test_one_zip_code_is_never_taken_for_all(tmp_path: Path) -> None:
    ohio, seattle, _ = allowed(tmp_path, "--locality", "15202-00")
    rows = [line.split(",") for line in TWO_CLINICS.splitlines()[:3]]
    without = "\n".join(",".join([*row[:6], row[7]]) for row in rows)
    assert allowed(tmp_path, data=without) == [ohio, seattle]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no locality for Nowhere"),
        (("--locality", "Bellevue=98004"), 'no clinic "Bellevue"'),
        (("--locality", "45040", "--locality", "98107"), "the second locality without a clinic name"),
        (("--locality", "Mason=99999"), "ZIP code"),
    ],
)
def test_a_locality_that_is_missing_or_wrong_is_one_line(
    words: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    charges = tmp_path / "charges.csv"
    charges.write_text(TWO_CLINICS)
    assert cli.main(["price", str(charges), "--out", str(tmp_path / "out.csv"), *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("command", ["lines", "price", "check"])
def test_a_csv_holds_no_formula(tmp_path: Path, command: str) -> None:
    payer = "=HYPERLINK(A1)"
    rows = f"P1,3/2/2026,97110,GP,2,100.00,{payer},5,10,45202,-1.5\nP1,3/2/2026,97110,GP,=1+1,9,{payer},5,10,45202,2\n"
    charges = tmp_path / "=cmd.csv"
    charges.write_text(f"MRN,DOS,CPT,Mods,Units,Charge,Payer,Ins Paid,Allowed,Zip of office,Adj\n{rows}")
    out = tmp_path / "out.csv"
    lost = ["--rejected", str(tmp_path / "lost.csv")] if command == "lines" else []
    where = [] if command == "lines" else ["--locality", "45202"]
    assert cli.main([command, str(charges), "--out", str(out), *lost, *where]) == 0
    for path in (out, *map(Path, lost[1:])):
        with path.open(newline="") as text:
            cells = [cell for row in csv.reader(text) for cell in row]
        assert not [cell for cell in cells if cell[:1] in {"=", "+", "@", "\t"}]
    if command == "lines":
        assert pl.read_csv(out)["payer"][0] == f"'{payer}"


def test_two_columns_of_one_name_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    charges = tmp_path / "charges.csv"
    charges.write_text("MRN,DOS,CPT,Units,Charge,Charge,Notes,Notes\nP1,3/2/2026,97110,2,100.00,90.00,a,b\n")
    assert cli.main(["lines", str(charges), "--out", str(tmp_path / "out.csv")]) == 0
    told = capsys.readouterr().err
    assert 'several columns have the same heading ("Charge")' in told
    assert '"Notes"' not in told


def test_a_terminal_prints_no_control_character(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "a\x1b[31m\u202evsc.csv"
    (tmp_path / name).write_text(CHARGES)
    assert cli.main(["inspect", str(tmp_path / name)]) == 0
    assert cli.main(["lines", str(tmp_path / name), "--out", str(tmp_path / "out.csv")]) == 0
    assert cli.main(["lines", str(tmp_path / f"{name}x"), "--out", str(tmp_path / "out.csv")]) == 2
    said = capsys.readouterr()
    assert not {"\x1b", "\u202e"} & set(said.out + said.err + (tmp_path / "out.csv").read_text())
