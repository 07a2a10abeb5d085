"""`revmix in-network` as scripts use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from analysis import cli
from analysis.whatif.scenarios.files import read_contracts
from tests.payers.in_network.make import NPI, TIN, write

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = [
    "file", "payer", "last_updated_on", "code", "modifiers", "place_of_service", "billing_class", "arrangement", "type",
    "rate", "percent", "expires", "market_low", "market_median", "market_high", "groups",
]  # fmt: skip
ACME = """{"reporting_entity_name": "Acme, =Inc.", "last_updated_on": "2026-11-01", "provider_references": [
{"provider_group_id": 1, "provider_groups": [{"npi": [1234567893], "tin": {"type": "ein", "value": "12-3456789"}}]},
{"provider_group_id": 2, "provider_groups": [{"npi": [1111111111], "tin": {"type": "ein", "value": "98-7654321"}}]}],
"in_network": [{"negotiation_arrangement": "ffs", "billing_code_type": "CPT", "billing_code": "97110",
"negotiated_rates": [
{"provider_references": [1], "negotiated_prices": [{"negotiated_type": "negotiated", "negotiated_rate": 31.2,
"expiration_date": "2027-12-31", "service_code": ["12", "11"], "billing_class": "professional"}]},
{"provider_references": [2], "negotiated_prices": [{"negotiated_type": "negotiated", "negotiated_rate": 40,
"expiration_date": "9999-12-31", "service_code": ["11"], "billing_class": "professional"}]}]},
{"negotiation_arrangement": "ffs", "billing_code_type": "CPT", "billing_code": "97112", "negotiated_rates": [
{"provider_references": [1], "negotiated_prices": [{"negotiated_type": "percentage", "negotiated_rate": 65.5,
"expiration_date": "9999-12-31", "service_code": ["11"], "billing_class": "professional"}]}]}]}"""


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    path = tmp_path / "acme.json"
    path.write_text(ACME)
    return path


def run(*words: object) -> int:
    return cli.main(["in-network", *map(str, words)])


def test_every_rate_with_the_market_beside_it(acme: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "rates.csv"
    assert run(acme, "--npi", "1234-567-893", "--tin", TIN, "--out", out) == 0
    head, *rows = out.read_text().splitlines()
    assert head.split(",") == COLUMNS
    file = 'acme.json,"Acme, =Inc.",2026-11-01'
    assert rows == [
        f"{file},97110,,11 12,professional,ffs,negotiated,31.20,,2027-12-31,31.20,35.60,40.00,2",
        f"{file},97112,,11,professional,ffs,percentage,,65.50,,,,,",
    ]
    said = (
        "note: acme.json: your rates are below the median of the file's provider groups for 1 of 1 codes; "
        "the largest gap is for 97110: your rate of $31.20 is below the median of $35.60 among 2 provider groups"
    )
    assert capsys.readouterr().err.splitlines() == [said]


def test_a_contract_is_written_for_the_other_commands(
    acme: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, toml = tmp_path / "rates.csv", tmp_path / "acme.toml"
    words = (acme, "--npi", NPI, "--tin", TIN, "--out", out)
    assert run(*words, "--contract", toml, "--payer", "Acme PPO") == 0
    [contract] = read_contracts(toml.read_text(), toml.name)
    assert (contract.payer, contract.basis, contract.fees) == ("Acme PPO", "fees", (("97110", 3_120),))
    assert contract.provenance.reason == (
        "read from the in-network file acme.json of Acme, =Inc., last updated on 2026-11-01"
    )
    said = "97112: 65.5% of the charge is left out, because a contract has fees or one percentage."
    assert f"note: acme.json: {said}" in capsys.readouterr().err.splitlines()
    assert run(*words, "--contract", tmp_path / "acme.csv") == 2
    assert "--contract acme.csv; expected a name ending in .toml;" in capsys.readouterr().err
    assert run(*words, "--contract", out) == 2
    assert run(acme, *words, "--contract", toml) == 2
    assert "which already has contract 1" in capsys.readouterr().err


def test_rates_that_make_no_contract_write_none(acme: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    acme.write_text(ACME.replace("2027-12-31", "2020-12-31").replace('"percentage"', '"per diem"'))
    out, toml = tmp_path / "rates.csv", tmp_path / "acme.toml"
    assert run(acme, "--npi", NPI, "--out", out, "--contract", toml) == 0
    assert not toml.exists()
    assert "acme.toml was not written, because a contract can hold none of the rates" in capsys.readouterr().err
    assert len(out.read_text().splitlines()) == 3


def test_codes_and_parquet(acme: Path, tmp_path: Path) -> None:
    out = tmp_path / "rates.parquet"
    assert run(acme, "--tin", "123456789", "--codes", "97112, 97113", "--out", out) == 0
    assert pl.read_parquet(out)["code"].to_list() == ["97112"]


def test_of_several_files_those_that_list_the_clinic_count(
    acme: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, large, out = tmp_path / "other.json", tmp_path / "large.json.gz", tmp_path / "rates.csv"
    other.write_text(ACME.replace("12-3456789", "55-5555555").replace(NPI, "1999999999"))
    write(large)
    assert run(other, acme, large, "--npi", NPI, "--tin", TIN, "--out", out) == 0
    found = pl.read_csv(out, infer_schema=False)
    assert found.columns == COLUMNS
    assert found["file"].unique(maintain_order=True).to_list() == ["acme.json", "large.json.gz"]
    first = capsys.readouterr().err.splitlines()[0]
    assert first.startswith("note: other.json: found 2 provider groups, none with NPI 1234567893 or tax ID 123456789 (")


def test_a_clinic_in_no_file_is_an_error_and_writes_nothing(
    acme: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "rates.csv"
    assert run(acme, "--npi", "1999999999", "--out", out) == 2
    assert "none with NPI 1999999999" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "rates.csv"], "neither an NPI nor a tax ID"),
        (["--npi", "12", "--out", "rates.csv"], "an NPI of 10 digits"),
        (["--npi", NPI, "--out", "rates.txt"], "a name ending in .csv or .parquet"),
    ],
)
def test_bad_words_are_refused_before_the_file_is_read(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "nowhere.json", *words) == 2
    assert said in capsys.readouterr().err


def test_the_result_never_takes_the_place_of_the_file(acme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = acme.rename(acme.with_name("acme.csv"))
    assert run(copy, "--npi", NPI, "--out", copy) == 2
    assert "which is also a file to read" in capsys.readouterr().err
    assert copy.read_text() == ACME
