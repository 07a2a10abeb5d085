from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis import cli
from analysis.system.paths import DATA
from tests.ingest.x12.build import claim, head, interchange

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SAMPLE = DATA / "samples" / "riverside_pt.csv"


def test_check_writes_findings_of_the_sample_clinic(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "findings.csv"
    assert cli.main(["check", str(SAMPLE), "--locality", "45202", "--out", str(out)]) == 0
    told = capsys.readouterr().err
    assert "note: expected $515,087.15 = received $459,240.23 + denied $20,362.96 + allowed but not paid" in told
    assert "This speaks for 100% of your insured charges" in told
    found = pl.read_csv(out)
    assert found.columns == ["rule", "severity", "source_file", "source_rows", "message", "dollars"]
    assert found["severity"].unique().sort().to_list() == ["error", "note", "warning"]
    assert found.filter(pl.col("rule") == "denied").height > 100
    changes = dict(found.filter(pl.col("rule").str.starts_with("payments__")).select("rule", "message").iter_rows())
    assert sorted(changes) == ["payments__pays_less", "payments__slower"]
    assert "Summit Health PPO pays less for 97530" in changes["payments__pays_less"]
    assert "Granite Mutual answers later" in changes["payments__slower"]


def test_claims_as_billed_are_audited_and_what_could_not_be_is_said(tmp_path: Path) -> None:
    export, out = tmp_path / "claims.csv", tmp_path / "out.csv"
    export.write_text(
        "Patient ID,DOS,CPT,Modifiers,Units,Charge,Payer,Clinic\n"
        "P1,02/02/2026,97530,GP,1,100.00,Medicare,Mason\nP1,02/02/2026,97750,GP,1,100.00,Medicare,Mason\n"
    )
    assert cli.main(["check", str(export), "--locality", "45202", "--out", str(out)]) == 0
    found = {row["rule"]: row for row in pl.read_csv(out).iter_rows(named=True)}
    pair = found["edit__ncci_pair"]
    assert (pair["severity"], pair["source_rows"], pair["dollars"]) == ("warning", "2 3", 23.75)
    assert pair["message"].startswith("97750 is not paid with 97530 unless one of them has 59 or an X modifier. Keep")
    assert found["units__over_minutes"]["message"] == "not checked: these files have no minutes"


def test_filing_limits_give_deadlines(tmp_path: Path) -> None:
    export, limits, out = tmp_path / "june.csv", tmp_path / "limits.toml", tmp_path / "out.csv"
    export.write_text(
        "Acct,DOS,CPT,Mods,Units,Charge,Payer,Allowed,Paid\n"
        "P1,6/13/2026,97110,GP,1,50.00,Acme,,\nP2,6/13/2026,97110,GP,1,50.00,Acme,30.00,30.00\n"
    )
    contracts = tmp_path / "contracts.toml"
    contracts.write_text('[[contract]]\nbasis = "fees"\npayer = "Acme"\nfees = { 97110 = 30.00 }\n')
    limits.write_text('[[limit]]\npayer = "acme"\nfile_days = 90\n')
    command = ["check", str(export), "--locality", "14202", "--contracts", str(contracts), "--out", str(out)]
    assert cli.main([*command, "--filing-limits", str(limits)]) == 0
    [opened] = pl.read_csv(out).filter(pl.col("rule") == "not_answered")["message"]
    assert "Deadline: 2026-09-11." in opened
    assert cli.main(command) == 0
    assert "Deadline" not in "".join(pl.read_csv(out)["message"])
    limits.write_text('[[limit]]\npayer = "acme"\nfile_days = -1\n')
    assert cli.main([*command, "--filing-limits", str(limits)]) != 0


def test_several_files_are_priced_as_one_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export, remittance, out = tmp_path / "june.csv", tmp_path / "june.835", tmp_path / "out.csv"
    export.write_text("Acct,DOS,CPT,Mods,Units,Charge\nP1,6/13/2026,97110,GP,2,100.00\nP1,6/13/2026,97140,GP,1,50.00\n")
    service = "SVC*HC:97110:GP*100*30**2~DTM*472*20260613~CAS*CO*45*70"
    remittance.write_bytes(interchange([*head("30"), *claim("P1", service, charge="100", paid="30")]))
    files = [str(export), str(remittance)]
    assert cli.main(["price", *files, "--locality", "14202", "--out", str(out)]) == 0
    assert pl.read_csv(out)["source_row"].to_list() == [2, 3]
    assert "source_file" not in pl.read_csv(out).columns  # all lines are of one file
    assert cli.main(["inspect", *files]) == 0
    assert "june.csv, june.835: csv, 835" in capsys.readouterr().out
    again = tmp_path / "july.csv"
    again.write_text(export.read_text().replace("6/13", "7/13"))
    assert cli.main(["price", *files, str(again), "--locality", "14202", "--out", str(out)]) == 0
    assert pl.read_csv(out)["source_file"].to_list() == ["june.csv", "june.csv", "july.csv", "july.csv"]
