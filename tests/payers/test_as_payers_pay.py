"""The payers' money taken apart: by code, by cause, by assumption; what it speaks for; terms read in two ways.

By hand, at the national amounts of 2026. 97110: full 29.06, reduced 22.21. 97112: full 32.73, reduced 24.88.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from analysis.codes import hcpcs as codes
from analysis.medicare.fees import NATIONAL
from analysis.payers import ContractBook, Payers, observe
from analysis.pricing import price
from analysis.whatif.answers import break_even, by_cause, sensitivity
from analysis.whatif.scenarios import BASELINE, Contract, Recode, Scenario, ScheduleChange, VolumeChange
from analysis.whatif.visits import build
from tests.pricing.lines import frame

if TYPE_CHECKING:
    from collections.abc import Sequence

ACME = {"payer": "Acme", "payer_class": "Commercial"}
MEDICARE = {"payer": "Medicare Part B"}
TO_97112 = Scenario("To 97112", (Recode("97110", "97112"),))
FLAT = Contract("visit", payer="Acme", visit_cents=8_800)
SINCE = date(2026, 4, 1)


def payers(visits: Sequence[Sequence[dict[str, Any]]], book: ContractBook, *scenarios: Scenario) -> Payers:
    """What prices these visits by these terms."""
    rows = [one | {"visit_key": key, "patient_key": key} for key, lines in enumerate(visits) for one in lines]
    priced = price(frame(rows), NATIONAL)
    cube = build(priced, scenarios=[*scenarios, *book.scenarios()], codes=codes.load())
    return Payers(cube, book, observe(priced.lines))


def acme(code: str = "97110", units: int = 1, **other: Any) -> dict[str, Any]:
    return ACME | {"code": code, "units": units} | other


def cents_of(per_code: pl.DataFrame, side: str) -> dict[str, int]:
    return dict(per_code.select("code", f"payers_{side}_cents").iter_rows())


# -------------------------------------------------------------------------------------------------------------- by code
def test_codes_share_a_rate_per_visit_by_medicare_s_amount_of_the_visit() -> None:
    # Medicare: 97112 is the full unit, 32.73, 97110 reduced, 22.21: 88.00 is 52.43 and 35.57.
    money = payers([[acme(), acme("97112")]], ContractBook((FLAT,)), TO_97112)
    found = money.revenue(TO_97112)
    assert found.difference_cents == 0
    assert cents_of(found.per_code, "before") == {"97110": 3_557, "97112": 5_243}
    assert cents_of(found.per_code, "after") == {"97110": 0, "97112": 8_800}
    assert found.per_code["units_after"].sum() == 2


def test_codes_share_a_cap_and_a_floor_by_what_they_would_be_paid() -> None:
    fees = Contract("fees", payer="Acme", fees=(("97110", 3_000), ("97112", 6_000)))
    capped, lifted = replace(fees, visit_cap_cents=6_000), replace(fees, visit_floor_cents=12_000)
    for limit, total in ((capped, 6_000), (lifted, 12_000)):
        found = payers([[acme(), acme("97112")]], ContractBook((limit,))).revenue(BASELINE)
        assert cents_of(found.per_code, "before") == {"97110": total // 3, "97112": total * 2 // 3}


def test_a_rate_without_any_medicare_amount_is_shared_by_units() -> None:
    found = payers([[acme("97014", 3), acme("ZZZZZ")]], ContractBook((FLAT,))).revenue(BASELINE)
    assert cents_of(found.per_code, "before") == {"97014": 6_600, "ZZZZZ": 2_200}


def test_two_spellings_of_a_payer_get_one_rate_for_a_visit() -> None:
    found = payers([[acme(), acme("97112") | {"payer": "ACME"}]], ContractBook((FLAT,))).revenue(BASELINE)
    assert found.before_cents == 8_800
    assert set(found.per_payer["payer"]) == {"Acme", "ACME"}


def test_a_unit_that_counts_as_not_moved_stays_under_its_code() -> None:
    book = ContractBook((Contract("fees", payer="Acme", fees=(("97110", 3_000),)),))
    found = payers([[acme(units=2)]], book, TO_97112).revenue(TO_97112)
    assert found.per_code.select("code", "units_after", "payers_after_cents").rows() == [("97110", 2.0, 6_000)]
    assert found.per_payer["unmoved_units"].to_list() == [2.0]


# ------------------------------------------------------------------------------------------------- the parts of a whole
CONTRACT = Contract("charges", payer="Acme", percent_bp=5_000)
MANY = Scenario(
    "Many",
    (
        Recode("97110", "97112", share_bp=3_333),
        VolumeChange(500),
        ScheduleChange(year=2025),
        Contract("fees", payer="Acme", fees=(("97110", 3_111), ("97112", 3_333))),
    ),
)
VISITS = [
    [acme(units=2, charge_cents=14_001), acme("97140", charge_cents=7_000)],
    [acme("97112", charge_cents=8_000)],
    [{"code": "97110", "units": 3} | MEDICARE],
]


def test_causes_add_up_to_the_whole_though_a_contract_leaves_lines_out() -> None:
    # The new contract has no fee for 97140, so that line is on neither side, at no step.
    money = payers(VISITS, ContractBook((CONTRACT,)), MANY)
    whole, causes = money.revenue(MANY), by_cause(money, MANY)
    assert whole.per_payer.filter(payer="Acme")["unknown_units"].item() == 1
    assert causes["payers_difference_cents"].sum() == whole.difference_cents
    assert causes["cause"].to_list() == ["volume", "mix", "price", "price"]
    assert causes["label"][-1] == "Acme pays fees for 2 codes"
    assert causes["payers_difference_cents"][0] == pytest.approx(whole.before_cents * 5 / 100, abs=1), "of its lines"
    amounts = money.amounts(MANY)
    assert (amounts.before_cents, amounts.after_cents) == (whole.before_cents, whole.after_cents)
    for side in ("before", "after", "difference"):
        assert whole.per_code[f"payers_{side}_cents"].sum() == getattr(whole, f"{side}_cents")


def test_an_assumption_moves_the_payers_money_and_a_contract_is_one() -> None:
    money = payers(VISITS, ContractBook((FLAT,)))
    less = Scenario("Less", (Contract("medicare", payer="Acme", percent_bp=11_000),))
    swings = {row["assumption"]: row for row in sensitivity(money, less).iter_rows(named=True)}
    percent = swings["Percent that Acme pays"]
    assert (percent["low_label"], percent["high_label"]) == ("100%", "120%")
    at_100 = less.having(Contract, Contract("medicare", payer="Acme", percent_bp=10_000))
    assert percent["low_cents"] == money.revenue(at_100).difference_cents
    assert percent["base_cents"] == money.revenue(less).difference_cents
    flat = sensitivity(money, Scenario("Flat", (replace(FLAT, visit_cents=9_000),)))
    assert flat.filter(assumption="Rate that Acme pays")["high_label"].item() == "$99.00"


def test_at_the_break_even_share_the_payers_pay_as_before() -> None:
    book = ContractBook((Contract("fees", payer="Acme", fees=(("97110", 3_000), ("97112", 3_400))),))
    cut = Scenario("Cut", (VolumeChange(-500),))
    money = payers([[acme()] for _ in range(20)], book, cut)
    found = break_even(money, cut, Recode("97110", "97112", 1))
    # 5% of 600.00 is lost, 30.00; a unit moved brings 4.00 in 19 visits: 7.5 of them.
    assert (found.without_cents, found.all_cents, found.measure) == (-3_000, 4_600, "payers")
    assert found.share == pytest.approx(30 / 76)


# ------------------------------------------------------------------------------------------------------ the right sign
def test_an_average_per_unit_gives_a_flat_visit_payer_the_wrong_sign() -> None:
    # The payer puts its rate on the visit's first line, as remittances do.
    visits = [
        *([acme(units=2, paid_cents=8_800), acme("97112", paid_cents=0, paid_on=date(2026, 3, 20))] for _ in range(9)),
        [{"code": "97110", "units": 2} | MEDICARE],
    ]
    averages = payers(visits, ContractBook((Contract("observed", payer="Acme"),)), TO_97112).revenue(TO_97112)
    by_contract = payers(visits, ContractBook((FLAT,)), TO_97112).revenue(TO_97112)
    assert averages.difference_cents < 0 < by_contract.difference_cents
    assert by_contract.per_payer.filter(payer="Acme")["difference_cents"].item() == 0


# ------------------------------------------------------------------------------------------------- what it speaks for
UNKNOWN = ContractBook((FLAT,), discovered=())


def test_the_share_of_dollars_and_the_payers_left_out_are_said() -> None:
    visits = [
        [acme(allowed_cents=9_300)],
        [acme(allowed_cents=500) | {"payer": "Apex"}],
        [acme(allowed_cents=200) | {"payer": None, "payer_class": "Auto"}],
    ]
    coverage = payers(visits, UNKNOWN).revenue(BASELINE).coverage
    assert coverage.share == pytest.approx(0.93)
    assert coverage.left_out == ("Apex", "Auto")
    assert coverage.sentence == (
        "It covers 93% of your allowed dollars; 2 payers with unknown terms are left out: Apex and Auto."
    )
    assert not coverage.is_whole
    whole = payers(visits[:1], UNKNOWN).revenue(BASELINE).coverage
    assert whole.is_whole
    assert whole.sentence == "It covers all of your allowed dollars."


def test_an_export_without_allowed_amounts_weighs_by_charges_and_one_without_dollars_names_payers_alone() -> None:
    visits = [[acme(charge_cents=5_000)], [acme(charge_cents=5_000) | {"payer": "Apex"}]]
    assert payers(visits, UNKNOWN).revenue(BASELINE).coverage.part == "50% of your charges"
    bare = [[acme()], [acme() | {"payer": "Apex"}]]
    assert payers(bare, UNKNOWN).revenue(BASELINE).coverage.sentence == "1 payer with unknown terms is left out: Apex."


def test_a_code_without_a_fee_counts_as_not_covered_and_rounding_hides_nothing() -> None:
    book = ContractBook((Contract("fees", payer="Acme", fees=(("97110", 3_000),)),))
    visits = [[acme(allowed_cents=99_960)], [acme("97112", allowed_cents=40)]]
    coverage = payers(visits, book).revenue(BASELINE).coverage
    assert coverage.part == "99.9% of your allowed dollars"
    assert coverage.left_out == ()


# ---------------------------------------------------------------------------------------------- one scenario's contract
def test_a_scenario_s_contract_replaces_every_spelling_and_later_terms() -> None:
    entered = ContractBook((FLAT, replace(FLAT, visit_cents=9_500, since=SINCE)))
    new = Scenario("New", (Contract("visit", payer="A.C.M.E.", visit_cents=7_000),))
    money = payers([[acme()]], entered, new)
    row = money.revenue(new).per_payer.row(0, named=True)
    assert (row["before_cents"], row["after_cents"]) == (9_500, 7_000)
    assert money.book == entered
    assert money.revenue(BASELINE).before_cents == 9_500, "the next question starts from the payer's own terms"


# ------------------------------------------------------------------------------------------------------ two readings
LOWER = Contract("fees", payer="Acme", fees=(("97110", 3_000), ("97112", 3_300)), since=SINCE)
EARLIER = Contract("fees", payer="Acme", fees=(("97110", 3_000), ("97112", 4_000)))
CHARGES = Contract("charges", payer="Acme", percent_bp=5_000, since=SINCE)


def read(*alternatives: Contract, latest: Contract = LOWER) -> ContractBook:
    return ContractBook((), (latest,), alternatives)


def test_an_underpayment_run_or_new_terms_both_are_said() -> None:
    money = payers([[acme()], [acme("97112")]], read(EARLIER), TO_97112)
    found = money.revenue(TO_97112)
    assert found.difference_cents == 300
    [readings] = found.readings
    assert [one.difference_cents for one in readings.each] == [300, 1_000]
    assert [one.before_cents for one in readings.each] == [6_300, 7_000]
    assert readings.sentence == (
        "Acme: if the lower amounts since Apr 1, 2026 are its new terms, +$3.00; if they are underpayments, +$10.00. "
        "The other figures here use the first."
    )


def test_terms_that_fit_alike_are_both_said() -> None:
    visits = [[acme(charge_cents=6_000)], [acme("97112", charge_cents=6_600)]]
    fees = replace(LOWER, further_fees=())
    same = payers(visits, read(CHARGES, latest=fees), TO_97112)
    assert same.revenue(TO_97112).readings == (), "half of 60.00 and of 66.00: the fees"
    more = Scenario("More", (VolumeChange(1_000),))
    assert same.revenue(more).readings == ()
    odd = replace(CHARGES, percent_bp=5_500)
    [readings] = payers(visits, read(odd, latest=fees), TO_97112).revenue(TO_97112).readings
    assert [one.condition for one in readings.each] == ["if it pays fees for 2 codes", "if it pays 55% of the charge"]


def test_a_raise_is_no_underpayment_and_a_contract_entered_decides() -> None:
    higher = replace(LOWER, fees=(("97110", 3_000), ("97112", 4_500)))
    assert payers([[acme()]], read(EARLIER, latest=higher), TO_97112).revenue(TO_97112).readings == ()
    entered = replace(read(EARLIER), contracts=(LOWER,))
    assert payers([[acme()]], entered, TO_97112).revenue(TO_97112).readings == ()


def test_terms_that_ended_are_not_those_of_today() -> None:
    ended = replace(FLAT, visit_cents=9_500, until=date(2026, 3, 31))
    book = ContractBook((ended,), (LOWER, EARLIER), (EARLIER,))
    today = book.in_force(date(2026, 11, 28))
    assert today.terms("Acme", "Commercial").contract == LOWER
    assert today.alternatives == (EARLIER,)
    assert book.in_force(date(2026, 3, 1)).terms("Acme", "Commercial").contract == ended
    # Entered and read off for other days of one payer: each is priced by itself.
    assert {one.of(Contract)[0] for one in book.scenarios()} == {ended, LOWER, EARLIER}
