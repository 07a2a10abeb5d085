"""`revmix contracts`: the sample clinic's nine contracts come out of its payments, as `riverside_pt.toml` has them."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import polars as pl
import pytest

from analysis import cli
from analysis.payers.discovery import TABLE
from analysis.system.paths import DATA
from tests.cli.command import one_line, run

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = DATA / "samples" / "riverside_pt.csv"
TRUTH = {payer["name"]: payer for payer in tomllib.loads(SAMPLE.with_suffix(".toml").read_text("utf-8"))["payers"]}
FLAT = 100
"""Lakeview pays the charge, but never more than its cap: a rate per visit."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Return what the command writes of the sample clinic; no locality is given, since its clinics have ZIP codes."""
    out = tmp_path_factory.mktemp("contracts") / "contracts.csv"
    assert cli.main(["contracts", str(SAMPLE), "--out", str(out)]) == 0
    assert out.read_text("utf-8").split("\n", 1)[0] == "payer,basis,terms,since,visits,visits_explained"
    return pl.read_csv(out, schema_overrides=TABLE)


def expected(payer: str) -> tuple[str, str]:
    """Return basis and terms of a payer's contract in the settings of the sample."""
    contract = TRUTH[payer]["contract"]
    cap = TRUTH[payer].get("visit_cap_cents")
    percent = contract.get("percent", 100)
    match contract["kind"]:
        case "medicare" | "percent_of_medicare":
            mppr = "yes" if contract.get("mppr", True) else "no"
            text = f"percent={percent}; mppr={mppr}; year=follow"
            return "percent_of_medicare", text + (f"; cap={cap // 100}.00" if cap else "")
        case "percent_of_charge" if cap and percent == FLAT:
            return "per_visit", f"visit={cap // 100}.00"
        case "percent_of_charge":
            return "percent_of_charge", f"percent={percent}"
        case _:
            fees = ",".join(f"{code}:{cents / 100:.2f}" for code, cents in sorted(contract["fees"].items()))
            return "fee_per_code", f"fees={fees}; other={contract['other_percent']}%charge"


@pytest.mark.parametrize("payer", TRUTH)
def test_every_contract_of_the_sample_comes_out(written: pl.DataFrame, payer: str) -> None:
    basis, terms, since, visits, explained = written.filter(pl.col("payer") == payer).drop("payer").row(0)
    assert (basis, terms, since) == (*expected(payer), None)
    assert explained >= 0.95 * visits
    assert visits >= 40


def test_only_what_the_sample_has_is_written(written: pl.DataFrame) -> None:
    assert len(TRUTH) == 9
    assert set(written["payer"]) == set(TRUTH)
    assert dict(written.schema) == TABLE
    changed = written.filter(pl.col("since").is_not_null())
    # Nothing else changed, and no payer has a second reading.
    assert written.height == 10
    assert changed["payer"].to_list() == ["Summit Health PPO"]


def test_summit_pays_97530_less_since_the_day_the_sample_says(written: pl.DataFrame) -> None:
    truth = TRUTH["Summit Health PPO"]
    before, after = written.filter(pl.col("payer") == "Summit Health PPO").rows(named=True)
    assert after["since"] == truth["underpaid"]["from"]
    fee = truth["contract"]["fees"][truth["underpaid"]["code"]]
    assert (fee, fee * truth["underpaid"]["percent"]) == (42_00, 36_96_00)
    assert after["terms"] == before["terms"].replace("97530:42.00", "97530:36.96") != before["terms"]
    assert before["visits_explained"] + after["visits_explained"] == before["visits"] + after["visits"]


def test_the_evidence_is_said_in_sentences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "contracts", SAMPLE, "--out", tmp_path / "contracts.parquet")
    assert (status, out) == (0, "")
    assert "note: Lakeview HMO: $88.00 a visit, 396 of 404 visits to the cent since Nov 2024; the other 8 have " in err
    assert "note: Summit Health PPO: a fee for each code" in err
    assert "note: Summit Health PPO: as before, but 97530 $36.96 instead of $42.00, 155 of 155 visits" in err
    assert "since Apr 1, 2026" in err
    assert "rows are not part of this; revmix inspect says why" in err
    assert dict(pl.read_parquet(tmp_path / "contracts.parquet").schema) == TABLE


EXPORT = """Acct,DOS,CPT,Mods,Units,Charge,Payer,Allowed
P1,6/13/2026,97110,GP,2,140.00,Summit,72.00
P1,6/13/2026,97140,GP,1,66.00,Summit,34.50
"""


def test_twenty_lines_only_or_fewer_are_unknown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export, out = tmp_path / "june.csv", tmp_path / "contracts.csv"
    export.write_text(EXPORT)
    status, _, err = run(capsys, "contracts", export, "--out", out)
    assert status == 0
    assert pl.read_csv(out).rows() == [("Summit", "unknown", None, None, 1, 0)]
    assert "note: Summit: 1 answered visit; reading its terms takes at least 20" in err
    # The file says of no clinic where it is.
    assert "no locality for all lines, so no percent of Medicare is looked for there; add --locality" in err


def test_a_locality_of_the_command_line_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export, out = tmp_path / "june.csv", tmp_path / "contracts.csv"
    export.write_text(EXPORT)
    status, _, err = run(capsys, "contracts", export, "--locality", "45202", "--out", out)
    assert status == 0
    assert "no locality" not in err


def test_charges_without_payments_are_unknown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export, out = tmp_path / "june.csv", tmp_path / "contracts.csv"
    export.write_text("\n".join(row.rpartition(",")[0] for row in EXPORT.splitlines()))
    status, _, err = run(capsys, "contracts", export, "--locality", "45202", "--out", out)
    assert status == 0
    assert pl.read_csv(out).rows() == [("Summit", "unknown", None, None, 0, 0)]
    assert "Summit: 0 answered visits" in err


def test_an_ending_nobody_writes_is_refused_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = run(capsys, "contracts", tmp_path / "not there.csv", "--out", tmp_path / "contracts.docx")
    assert status == 2
    assert "contracts.docx" in one_line(err)
