"""A contract as a form has it: texts as people type them, every refusal with its own word."""

from __future__ import annotations

from datetime import date

import pytest

from analysis.payers.form import FormError, read_form, texts_of
from analysis.whatif.scenarios import Contract

ACME = {"payer": "Acme"}
CONTRACTS = (
    Contract(
        "medicare",
        payer="Acme",
        percent_bp=13_250,
        year=2025,
        mppr=False,
        fees=(("97161", 9_500),),
        other_bp=4_000,
        visit_cap_cents=110_000,
        lesser=False,
        since=date(2025, 1, 1),
        until=date(2026, 6, 30),
    ),
    Contract("medicare", payer="Acme", percent_bp=11_000, further_units_bp=5_000, assistants_bp=8_500),
    Contract(
        "fees",
        payer="Acme",
        fees=(("97110", 3_600), ("97112", 0)),
        further_fees=(("97110", 2_880),),
        visit_floor_cents=6_000,
        lesser=True,
    ),
    Contract("visit", payer="Acme", visit_cents=8_800, evaluation_cents=12_800),
    Contract("charges", payer="Acme", percent_bp=5_800),
)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.terms)
def test_a_contract_comes_back_from_its_form(contract: Contract) -> None:
    assert read_form({**texts_of(contract), "basis": contract.basis}, ACME) == contract


@pytest.mark.parametrize("text", ["110%", "110", "1.1", " 110 % "])
def test_a_percentage_is_never_taken_for_a_hundredth_of_itself(text: str) -> None:
    assert read_form({"basis": "medicare", "percent": text}, ACME).percent_bp == 11_000


@pytest.mark.parametrize(
    ("entry", "text", "word"),
    [
        ("percent", "1.1%", "110% if that many times is meant"),
        ("percent", "-110", "not a negative number"),
        ("percent", "1,100", "at most 1,000%"),
        ("percent", "", "an empty field"),
        ("percent", "much", "a percentage such as 110%"),
        ("visit_cap", "88,00", "dollars such as 31.50 or 1,100.00"),
        ("visit_cap", "(88)", "not a negative number"),
        ("visit_cap", "0", "a number above zero"),
        ("assistants", "185", "at most 100%"),
        ("since", "last April", "a day such as 2026-04-01 or 4/1/2026"),
        ("year", "next", "a year such as 2025"),
        ("year", "1999", "which has no fee schedule"),
        ("fees", "97110", "a code and its fee"),
        ("fees", "97110 31\n97110 32", "97110 twice"),
        ("fees", "9711 31", "a five-character code"),
    ],
)
def test_what_cannot_be_meant_gets_a_word(entry: str, text: str, word: str) -> None:
    texts = {"basis": "medicare", "percent": "110%"} | {entry: text}
    with pytest.raises(FormError) as refused:
        read_form(texts, ACME)
    [error] = refused.value.errors
    assert word in str(error)
    assert str(error).count(";") == 2
    assert error.column


def test_all_refusals_come_at_once() -> None:
    texts = {"basis": "visit", "visit": "", "visit_cap": "-5", "since": "soon"}
    with pytest.raises(FormError) as refused:
        read_form(texts, ACME)
    assert [error.column for error in refused.value.errors] == ["Rate per visit", "At most per visit", "From"]


def test_days_and_fees_as_people_write_them() -> None:
    texts = {"basis": "fees", "fees": "97110\t$31.50\t25.20\n\n97112 = 1,033", "since": "4/1/2026", "until": "12/31/26"}
    contract = read_form(texts, ACME)
    assert contract.fees == (("97110", 3_150), ("97112", 103_300))
    assert contract.further_fees == (("97110", 2_520),)
    assert (contract.since, contract.until) == (date(2026, 4, 1), date(2026, 12, 31))


def test_a_contract_does_not_end_before_it_begins() -> None:
    with pytest.raises(FormError, match="a last day after the first"):
        read_form({"basis": "visit", "visit": "88", "since": "2026-04-01", "until": "2026-03-31"}, ACME)
