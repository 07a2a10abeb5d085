"""`revmix` as scripts use it: columns, formats, exit status, one line on bad input."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import polars as pl
import pytest

from analysis.cli import inspect
from analysis.system.paths import ROOT
from tests.cli.command import one_line, run

if TYPE_CHECKING:
    from pathlib import Path


EXPORT = """patient_id,date_of_service,code,modifiers,units,charge
p1,2026-03-02,97110,GP,2,120.00
p1,2026-03-02,97112,GP,1,70.00
p1,2026-03-02,97010,GP,1,15.00
p2,2026-03-02,97014,GP,1,25.00
p2,2019-12-30,97110,GP,1,60.00
p2,2026-03-03,97110,GP,two,60.00
"""

RATE_COLUMNS = [
    "hcpcs",
    "modifier",
    "status",
    "date",
    "mac",
    "locality",
    "full",
    "reduced",
    "work_rvu",
    "pe_rvu",
    "mp_rvu",
    "conversion_factor",
]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "june.csv"
    path.write_text(EXPORT, "utf-8")
    return path


class TestRates:
    def test_csv_has_the_contract_columns_and_cms_amounts(self, capsys: pytest.CaptureFixture[str]) -> None:
        status, out, err = run(capsys, "rates", "--date", "2026-03-01", "--locality", "15202-00", "--format", "csv")
        rows = {(row["hcpcs"], row["modifier"]): row for row in csv.DictReader(io.StringIO(out))}
        assert status == 0
        assert err == ""
        assert out.splitlines()[0].split(",") == RATE_COLUMNS
        # Ohio 2026: full (0.45*1.000 + 0.41*0.913 + 0.01*1.008) * 33.4009 = 27.8700;
        # reduced, with half of 0.41*0.913: 21.6186.
        assert (rows["97110", ""]["full"], rows["97110", ""]["reduced"]) == ("27.87", "21.62")
        assert (rows["97010", ""]["full"], rows["97010", ""]["reduced"]) == ("0.00", "")
        assert rows["97014", ""]["full"] == ""
        assert rows["97110", ""]["conversion_factor"] == "33.4009"

    def test_json_numbers_keep_their_cents(self, capsys: pytest.CaptureFixture[str]) -> None:
        words = ("rates", "--date", "2020-03-01", "--locality", "national", "--codes", "97110", "--format", "json")
        status, out, _ = run(capsys, *words)
        assert status == 0
        assert '"full": 31.40,' in out
        assert json.loads(out)[0]["mac"] == "00000"

    def test_table_says_why_there_is_no_amount(self, capsys: pytest.CaptureFixture[str]) -> None:
        _, out, _ = run(capsys, "rates", "--date", "2026-03-01", "--locality", "OH", "--codes", "97014,97110")
        assert "27.87" in out
        assert "not valid for Medicare" in out

    def test_proposed_year_only_on_request_and_said_so(self, capsys: pytest.CaptureFixture[str]) -> None:
        words = ("rates", "--date", "2027-03-01", "--locality", "OH", "--codes", "97110")
        status, _, err = run(capsys, *words)
        assert status == 2
        assert "2020-01-01 to 2026-12-31" in one_line(err)
        status, out, err = run(capsys, *words, "--proposed")
        assert status == 0
        assert "32.8409" in out
        assert "PROPOSED" in err

    def test_a_retired_locality_names_its_successor(self, capsys: pytest.CaptureFixture[str]) -> None:
        words = ("--locality", "01182-26", "--codes", "97110", "--format", "csv")
        _, out, err = run(capsys, "rates", "--date", "2024-03-09", *words)
        assert ",01182,18," in out
        assert "successor 01182-18" in err
        _, out, err = run(capsys, "rates", "--date", "2023-03-09", *words)
        assert ",01182,26," in out
        assert err == ""

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("--date", "2026-13-01", "--locality", "OH"), "2026-13-01"),
            (("--date", "2026-03-01", "--locality", "CA"), "29 localities"),
            (("--date", "2026-03-01", "--locality", "99999"), "ZIP"),
            (("--date", "2026-03-01", "--locality", "OH", "--codes", "97110,9711X"), "9711X"),
            (("--date", "2026-03-01"), "--locality"),
            (("--date", "2026-03-01", "--locality", "OH", "--format", "xml"), "xml"),
        ],
    )
    def test_bad_input_is_one_line_and_status_2(
        self, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
    ) -> None:
        status, out, err = run(capsys, "rates", *words)
        assert (status, out) == (2, "")
        assert said in one_line(err)


class TestPrice:
    def test_one_row_an_accepted_line_in_source_order(
        self, capsys: pytest.CaptureFixture[str], export: Path, tmp_path: Path
    ) -> None:
        status, out, err = run(capsys, "price", export, "--locality", "15202-00", "--out", tmp_path / "priced.csv")
        rows = list(csv.DictReader(io.StringIO((tmp_path / "priced.csv").read_text("utf-8"))))
        assert (status, out) == (0, "")
        assert "1 of 6 rows were not priced" in err
        assert [row["source_row"] for row in rows] == ["2", "3", "4", "5", "6"]
        # 97112 has the higher practice expense: paid in full, 31.37; both units of 97110 reduced, 2 x 21.62 = 43.24.
        # Coinsurance half_up(43.24 x 0.2) = 8.65; Medicare 34.59 - half_up(34.59 x 0.02) = 34.59 - 0.69 = 33.90.
        assert rows[0] == {
            "source_row": "2",
            "date_of_service": "2026-03-02",
            "code": "97110",
            "modifiers": "GP",
            "units": "2",
            "full_units": "0",
            "allowed": "43.24",
            "medicare_payment": "33.90",
            "patient_share": "8.65",
            "receipts": "42.55",
            "reason": "",
        }
        assert (rows[1]["full_units"], rows[1]["allowed"]) == ("1", "31.37")
        assert (rows[2]["allowed"], rows[2]["reason"]) == ("0.00", "")
        assert (rows[3]["allowed"], rows[3]["reason"][:10]) == ("", "97014: not")
        assert rows[4]["reason"].startswith("no fee schedule for 2019-12-30")

    def test_parquet_holds_the_same(self, capsys: pytest.CaptureFixture[str], export: Path, tmp_path: Path) -> None:
        run(capsys, "price", export, "--locality", "OH", "--out", tmp_path / "priced.csv")
        run(capsys, "price", export, "--locality", "OH", "--out", tmp_path / "priced.parquet")
        from_csv = pl.read_csv(tmp_path / "priced.csv", infer_schema=False)
        from_parquet = (
            pl.read_parquet(tmp_path / "priced.parquet").cast(pl.String).with_columns(pl.all().replace("", None))
        )
        assert from_csv.equals(from_parquet)

    def test_a_mapping_file_decides(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        from analysis.ingest import Mapping  # noqa: PLC0415  only here

        odd = tmp_path / "odd.csv"
        odd.write_text("who,when,what,many\np1,2026-03-02,97110,1\n", "utf-8")
        status, _, err = run(capsys, "price", odd, "--locality", "OH", "--out", tmp_path / "o.csv")
        assert status == 2
        assert "odd.csv" in one_line(err)
        columns = (("who", "patient_id"), ("when", "date_of_service"), ("what", "code"), ("many", "units"))
        mapping = tmp_path / "odd.toml"
        mapping.write_text(Mapping(columns=columns).to_toml(), "utf-8")
        status, _, _ = run(capsys, "price", odd, "--locality", "OH", "--mapping", mapping, "--out", tmp_path / "o.csv")
        assert status == 0
        assert ",27.87," in (tmp_path / "o.csv").read_text("utf-8")

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("--locality", "OH", "--out", "x.xlsx"), ".csv or .parquet"),
            (("--locality", "OH", "--out", "no/such/folder/x.csv"), "x.csv"),
            (("--locality", "OH", "--out", "x.csv", "--engine", "abacus"), "abacus"),
            (("--locality", "Ohio!", "--out", "x.csv"), "Ohio!"),
        ],
    )
    def test_bad_words_are_one_line(
        self,
        capsys: pytest.CaptureFixture[str],
        export: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        words: tuple[str, ...],
        said: str,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        status, _, err = run(capsys, "price", export, *words)
        assert status == 2
        assert said in one_line(err)

    def test_a_file_that_is_not_there(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        status, _, err = run(capsys, "price", tmp_path / "no.csv", "--locality", "OH", "--out", tmp_path / "x.csv")
        assert status == 2
        assert one_line(err).startswith("revmix: no.csv: found ")


class TestInspect:
    def test_json_keys_and_conservation(self, capsys: pytest.CaptureFixture[str], export: Path) -> None:
        status, out, _ = run(capsys, "inspect", export, "--format", "json")
        found = json.loads(out)
        assert status == 0
        assert list(found) == [
            "format",
            "mapping",
            "rows_read",
            "rows_accepted",
            "rows_rejected",
            "rows_ignored",
            "dollars_read",
            "dollars_accepted",
            "dollars_rejected",
            "dollars_ignored",
            "reasons",
        ]
        assert found["format"] == "csv"
        assert found["mapping"]["charge"] == "charge_cents"
        assert (found["rows_read"], found["rows_accepted"], found["rows_rejected"], found["rows_ignored"]) == (
            6,
            5,
            1,
            0,
        )
        assert (found["dollars_read"], found["dollars_accepted"], found["dollars_rejected"]) == (350, 290, 60)
        assert found["reasons"] == {"units__not_a_number": 1}

    def test_several_files_are_an_array(self, capsys: pytest.CaptureFixture[str], export: Path) -> None:
        _, out, _ = run(capsys, "inspect", export, export, "--format", "json")
        assert [found["rows_read"] for found in json.loads(out)] == [6, 6]

    def test_text_names_reasons(self, capsys: pytest.CaptureFixture[str], export: Path) -> None:
        _, out, _ = run(capsys, "inspect", export)
        assert "date_of_service" in out
        assert "units__not_a_number" in out
        assert "$350.00" in out


class TestSample:
    def test_is_fixed_by_its_seed_and_priceable(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        for name, seed in (("a.csv", 7), ("b.csv", 7), ("c.csv", 8)):
            assert run(capsys, "sample", "--lines", 500, "--seed", seed, "--out", tmp_path / name)[0] == 0
        a, b, c = ((tmp_path / name).read_bytes() for name in ("a.csv", "b.csv", "c.csv"))
        assert a == b != c
        assert run(capsys, "price", tmp_path / "a.csv", "--locality", "OH", "--out", tmp_path / "p.csv")[0] == 0

    def test_an_unknown_ending_is_one_line(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        status, _, err = run(capsys, "sample", "--lines", 10, "--seed", 1, "--out", tmp_path / "a.pdf")
        assert status == 2
        assert "a.pdf" in one_line(err)


def test_a_fault_of_our_own_shows_no_values(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, export: Path
) -> None:
    def break_down(*_: object) -> None:
        raise ValueError("Jane Doe, 1950-01-01")

    monkeypatch.setattr(inspect, "files", break_down)
    status, _, err = run(capsys, "inspect", export)
    assert status == 1
    assert "ValueError at test_commands.py" in one_line(err)
    assert "Jane" not in err


def test_as_a_process_it_leaves_quietly_when_the_reader_does() -> None:
    command = f"'{sys.executable}' -m analysis.cli rates --date 2026-03-01 --locality OH --format csv | head -1"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stdout.startswith("hcpcs,")
    assert done.stderr == ""
