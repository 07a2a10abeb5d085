"""What of a file's rates makes a contract, and what is said of the rest."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from analysis.payers.in_network import ContractResult, InNetworkFile, contract_of
from analysis.payers.in_network.reading import _SCHEMA
from analysis.whatif.scenarios import Contract, contracts_toml
from analysis.whatif.scenarios.files import read_contracts
from analysis.whatif.scenarios.provenance import Provenance

TODAY = date(2026, 11, 28)
ORIGIN = Provenance(
    entered_on=TODAY, reason="read from the in-network file acme.json of Acme, last updated on 2026-11-01"
)


def fee(code: str, cents: int | None, **other: object) -> dict[str, object]:
    return {
        "code": code,
        "modifiers": "",
        "places": "11",
        "billing_class": "professional",
        "negotiated_type": "negotiated",
        "rate_cents": cents,
        "percent_bp": None,
        "expires": None,
        "arrangement": "ffs",
    } | other


def share(code: str, percent_bp: int, **other: object) -> dict[str, object]:
    return fee(code, None, negotiated_type="percentage", percent_bp=percent_bp) | other


def made(*rows: dict[str, object], payer: str | None = None, place: str | None = None) -> ContractResult:
    file = InNetworkFile("acme.json", "Acme", "2026-11-01", pl.DataFrame(rows, _SCHEMA), pl.DataFrame(), 1, ())
    return contract_of(file, payer=payer, place=place, today=TODAY)


def test_fees_of_codes_with_one_rate_each_and_where_they_come_from() -> None:
    found = made(
        fee("97530", 3_850),
        fee("97110", 3_120, modifiers="GP", expires=TODAY),
        fee("97110", 3_120, modifiers="GO", places="12", billing_class="both"),
    )
    fees = (("97110", 3_120), ("97530", 3_850))
    assert found == ContractResult(Contract("fees", payer="Acme", fees=fees, provenance=ORIGIN), ())
    assert found.contract is not None
    assert read_contracts(contracts_toml([found.contract]), "c.toml") == (found.contract,)


def test_the_payer_is_called_as_the_lines_call_it() -> None:
    named = made(fee("97110", 3_120), payer="Acme PPO").contract
    assert named is not None
    assert named.payer == "Acme PPO"


LEFT_OUT = {
    "97112 at place of service 11: $30.00 is left out, because it expired on 2026-11-27.": fee(
        "97112", 3_000, expires=date(2026, 11, 27)
    ),
    '97112 at place of service 11: $30.00 is left out, because its arrangement is "bundle", not fee for service.': fee(
        "97112", 3_000, arrangement="bundle"
    ),
    '97112 at place of service 11: $0.00 is left out, because its arrangement is "capitation", not fee for service.': (
        fee("97112", 0, arrangement="capitation")
    ),
    "97112 at place of service 11: $200.00 is left out, because it is a rate per day.": fee(
        "97112", 20_000, negotiated_type="per diem"
    ),
    "97112 at place of service 11: $30.00 is left out, because a derived amount is for internal accounting.": fee(
        "97112", 3_000, negotiated_type="derived"
    ),
    '97112 at place of service 11: $3.00 is left out, because the file calls it "new", which RevMix does not know.': (
        fee("97112", 300, negotiated_type="new")
    ),
    '97112: $30.00 is left out, because it is for "institutional" claims, not professional ones.': fee(
        "97112", 3_000, billing_class="institutional", places=""
    ),
    "97112 with CQ GP at place of service 11, 12: $26.50 is left out, because it applies only with modifier CQ.": fee(
        "97112", 2_650, modifiers="CQ GP", places="11 12"
    ),
    "97112 at place of service 11: 0.65% of the charge is left out, because it may mean 100 times as much "
    "(payers write 65 for 65%).": share("97112", 65),
    "All codes at place of service 11: $88.00 is left out, because it is one fee for all codes.": fee("CSTM-00", 8_800),
    "97112 is left out: found 12000, expected a number from 0 to 10000 with at most 2 decimals.": fee(
        "97112", 1_200_000
    ),
    "97112: 65% of the charge is left out, because a contract has fees or one percentage.": share("97112", 6_500),
}


@pytest.mark.parametrize("said", LEFT_OUT, ids=range(len(LEFT_OUT)))
def test_what_a_contract_cannot_hold_is_left_out_and_said(said: str) -> None:
    expected = Contract("fees", payer="Acme", fees=(("97110", 3_120),), provenance=ORIGIN)
    assert made(fee("97110", 3_120), LEFT_OUT[said]) == ContractResult(expected, (said,))


def test_several_rates_of_a_code_are_never_chosen_from() -> None:
    rows = [fee("97110", 3_120, places="11 12"), fee("97110", 2_800, places="22"), fee("97140", 2_700)]
    found = made(*rows)
    assert found.contract is not None
    assert found.contract.fees == (("97140", 2_700),)
    listed = "$31.20 at place of service 11, 12, $28.00 at place of service 22"
    assert found.notes == (f"97110 is left out, because it has several rates: {listed}.",)
    office = made(*rows, place="12").contract
    hospital = made(*rows, place="22").contract
    assert office is not None
    assert hospital is not None
    assert (office.fees, hospital.fees) == ((("97110", 3_120),), (("97110", 2_800),))


def test_a_place_is_met_by_rates_for_every_place() -> None:
    found = made(fee("97110", 3_120, places=""), fee("97112", 3_300, places="CSTM-00"), place="12").contract
    assert found is not None
    assert dict(found.fees) == {"97110": 3_120, "97112": 3_300}


def test_a_rate_that_is_for_no_office_is_told() -> None:
    assert made(fee("97110", 2_800, places="22")).notes == (
        "97110 at place of service 22: $28.00 is in the contract, but the file has none for an office (place 11).",
    )


def test_a_fee_schedule_rate_gives_way_to_a_negotiated_one_and_is_told_where_it_stands_alone() -> None:
    both = made(fee("97110", 3_120), fee("97110", 3_000, negotiated_type="fee schedule"))
    assert both.contract is not None
    assert both.contract.fees == (("97110", 3_120),)
    assert both.notes == ("97110: $30.00 (fee schedule) is left out, because the file has a negotiated rate.",)
    alone = made(fee("97110", 3_000, negotiated_type="fee schedule"))
    assert alone.contract is not None
    assert alone.notes == ("97110: $30.00 is in the contract, but the file calls it a fee schedule rate.",)


def test_one_percentage_makes_a_contract_of_charges() -> None:
    expected = Contract("charges", payer="Acme", percent_bp=6_500, provenance=ORIGIN)
    assert made(share("CSTM-00", 6_500), share("97110", 6_500)) == ContractResult(expected, ())
    said = "The contract's percentage is for all codes; the file has it only for 97110, 97112."
    assert made(share("97112", 6_500), share("97110", 6_500)) == ContractResult(expected, (said,))


def test_different_percentages_make_none() -> None:
    assert made(share("97110", 6_500), share("97112", 7_000)) == ContractResult(
        None,
        (
            "97110: 65% of the charge is left out, because the percentages differ from code to code.",
            "97112: 70% of the charge is left out, because the percentages differ from code to code.",
        ),
    )
    assert made(share("97110", 6_500), share("97110", 7_000)) == ContractResult(
        None, ("97110: 65% and 70% of the charge are left out, because a contract has one percentage.",)
    )
    assert made(fee("97110", 3_000), share("97110", 7_000)) == ContractResult(
        None, ("97110 is left out, because it has several rates: $30.00 and 70% of the charge.",)
    )


def test_nothing_usable_makes_no_contract() -> None:
    assert made(fee("97110", 3_000, arrangement="bundle")).contract is None
