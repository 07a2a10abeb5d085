"""Which contract holds on which day, what is known of each payer, and where it comes from."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from analysis.errors import BadInput
from analysis.medicare.fees import resolve
from analysis.payers import ContractBook
from analysis.payers.discovery import contract_of, contracts_of, discover, readings_of
from analysis.payers.discovery.texts import read_terms
from analysis.payers.known import known_payers, misfits, not_entered, table, terms_of
from analysis.payers.readings import apart, differs
from analysis.pricing import price
from analysis.whatif.scenarios import Contract, Provenance, check_contracts
from tests.bench.practices.medicare import frame_of
from tests.payers.discovery.made_up import a_visit, made_visits, rows_of

if TYPE_CHECKING:
    import polars as pl

    from analysis.payers.discovery import Discoveries

TODAY = date(2026, 11, 28)


def rate(cents: int, **other: Any) -> Contract:
    return Contract("visit", payer="Acme", visit_cents=cents, **other)


# ----------------------------------------------------------------------------------------------------------------- days
def test_a_contract_ends_on_its_last_day() -> None:
    old, new = rate(8_000, until=date(2025, 12, 31)), rate(9_000, since=date(2026, 4, 1))
    shown = Contract("charges", payer="ACME", percent_bp=5_000)
    book = ContractBook((old, new), (shown,))
    assert book.terms("Acme", "Commercial", date(2025, 12, 31)).contract == old
    assert book.terms("Acme", "Commercial", date(2026, 1, 1)).contract == shown, "no contract, so what payments show"
    assert book.terms("Acme", "Commercial", date(2026, 4, 1)).contract == new
    assert book.terms("Acme", "Commercial").contract == new
    assert book.first_days("Acme", "Commercial") == (date(2026, 1, 1), date(2026, 4, 1))
    assert book.every == (old, new, shown)
    assert book.in_force(date(2026, 1, 1)).contracts == ()
    assert book.in_force(date(2026, 1, 1)).terms("Acme", "Commercial").contract == shown, "a what-if asks of today"
    assert book.in_force(date(2026, 4, 1)).contracts == (new,)
    assert ContractBook((rate(8_000),), (shown,)).every == (rate(8_000),)


def test_without_a_day_the_contract_that_ends_last_counts() -> None:
    ended, open_ended = rate(9_000, since=date(2026, 1, 1), until=date(2026, 6, 30)), rate(8_000)
    assert ContractBook((ended, open_ended)).terms("Acme", "Commercial").contract == open_ended
    assert ContractBook((ended,)).terms("Acme", "Commercial").contract == ended


def test_a_contract_replaces_that_of_the_same_payer_however_it_is_spelled() -> None:
    spelled = Contract("visit", payer="ACME, ", visit_cents=9_000)
    other = Contract("visit", payer_class="Commercial", visit_cents=7_000)
    assert ContractBook((rate(8_000), other)).under((spelled,)).contracts == (other, spelled)
    with pytest.raises(BadInput, match="already has contract 1"):
        check_contracts([rate(8_000), spelled])


def test_a_last_day_before_the_first_is_refused() -> None:
    with pytest.raises(BadInput, match="a last day after the first"):
        check_contracts([rate(8_000, since=date(2026, 4, 1), until=date(2026, 3, 31))])


def test_the_words_say_both_days() -> None:
    contract = rate(8_000, since=date(2026, 4, 1), until=date(2026, 12, 31))
    assert contract.terms == "$80.00 a visit, since Apr 1, 2026, until Dec 31, 2026"


# ---------------------------------------------------------------------------------------------------------------- known
LINES = made_visits(40)


@pytest.fixture(scope="module")
def lines() -> pl.DataFrame:
    """Forty visits of a payer that pays $88.00 a visit, and was short of it twice."""
    allowed = a_visit(LINES, lambda group: 8_800 - (group[0].visit in {3, 30}) * 500)
    return price(frame_of(rows_of(LINES, allowed, payer="Lakeview HMO")), {"Mason": resolve("45040")}).lines


@pytest.fixture(scope="module")
def shown(lines: pl.DataFrame) -> Discoveries:
    return discover(price(lines, None))


def test_terms_read_off_say_their_visits_and_their_day(lines: pl.DataFrame, shown: Discoveries) -> None:
    known = known_payers(shown, ContractBook(discovered=contracts_of(shown, TODAY)))
    [row] = table(known, lines).rows(named=True)
    assert (row["payer"], row["terms"]) == ("Lakeview HMO", "$88.00 a visit")
    assert row["origin"] == "Read off 40 visits, Nov 28, 2026"
    assert (row["visits"], row["visits_explained"], row["since"]) == (40, 38, LINES[0].day)
    missed = misfits(known[0], lines)
    assert missed["off_cents"].to_list() == [-500, -500]
    assert missed["date_of_service"].is_sorted(descending=True)
    assert missed["by_terms_cents"].to_list() == [8_800, 8_800]


def test_an_entered_contract_is_held_against_the_payments(lines: pl.DataFrame, shown: Discoveries) -> None:
    entered = Contract(
        "visit", payer="LAKEVIEW-HMO", visit_cents=8_300, provenance=Provenance("Dana", date(2026, 11, 2), "")
    )
    [known] = known_payers(shown, ContractBook((entered,), contracts_of(shown, TODAY)))
    [row] = table((known,), lines).rows(named=True)
    assert row["origin"] == "Entered by Dana, Nov 2, 2026"
    assert (row["visits"], row["visits_explained"]) == (40, 2)
    assert "$88.00 a visit, 38 visits to the cent (your contract: 2)" in (differs(known) or "")
    [agreed] = known_payers(shown, ContractBook((contract_of("Lakeview HMO", read_terms("per_visit", "visit=88.00")),)))
    assert differs(agreed) is None


def test_a_class_s_contract_and_unknown_terms_say_so(lines: pl.DataFrame, shown: Discoveries) -> None:
    of_class = Contract("visit", payer_class="Commercial", visit_cents=8_300)
    [known] = known_payers(shown, ContractBook((of_class,), ()))
    assert known.origin == "Entered, for all of Commercial"
    [unknown] = known_payers(shown, ContractBook((), ()))
    assert unknown.words.startswith("Unknown: ")
    assert (unknown.origin, misfits(unknown, lines).height) == ("", 0)


def test_only_payers_without_a_contract_are_entered_from_their_payments(shown: Discoveries) -> None:
    read_off = contracts_of(shown, TODAY)
    since = Contract("visit", payer="LAKEVIEW HMO", visit_cents=8_300, since=date(2025, 3, 1))
    of_class = Contract("visit", payer_class="Commercial", visit_cents=8_300)
    for entered, missing in (((), read_off), ((since,), ()), ((of_class,), ())):
        book = ContractBook(entered, read_off)
        assert not_entered(known_payers(shown, book), book) == missing


def test_readings_become_contracts_stretch_by_stretch(shown: Discoveries) -> None:
    [[reading, *_]] = readings_of(shown.payers[0], TODAY)
    assert reading == contracts_of(shown, TODAY)[0]


@pytest.mark.parametrize(
    ("basis", "text"),
    [
        ("percent_of_medicare", "percent=110; mppr=yes; year=follow"),
        (
            "percent_of_medicare",
            "percent=132.5; mppr=half; year=2024; carve=97161:95.00; assistants=85; other=40%charge",
        ),
        ("fee_per_code", "fees=97110:36.00/28.80,97112:40.50; lesser=yes; floor=60.00; other=45%charge"),
        ("per_visit", "visit=88.00; lesser=no; evaluation=128.00; cap=90.00"),
        ("percent_of_charge", "percent=58"),
    ],
)
def test_a_contract_is_the_terms_it_was_made_of(basis: str, text: str) -> None:
    terms = read_terms(basis, text)
    assert terms_of(contract_of("Acme", terms)) == terms


def test_contracts_that_cannot_be_held_against_payments() -> None:
    elsewhere = Contract("medicare", payer="Acme", percent_bp=11_000, locality="15202-00")
    odd = Contract("medicare", payer="Acme", percent_bp=11_000, further_units_bp=4_000)
    assert [terms_of(each) for each in (elsewhere, odd, Contract("observed", payer="Acme"))] == [None] * 3


@pytest.mark.parametrize(
    ("bases", "word"),
    [(("charges", "fees"), "your charges"), (("medicare", "medicare"), "another year"), (("visit", "fees"), "the cap")],
)
def test_what_tells_readings_apart(bases: tuple[Any, Any], word: str) -> None:
    told = apart([Contract(basis, payer="Acme") for basis in bases])
    assert word in told
    assert told.endswith("Your paper contract says which one it is.")
