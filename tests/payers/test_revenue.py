"""All-payer revenue by hand, at the national amounts of 2026.

97110: full 29.06, reduced 22.21. 97112: full 32.73, reduced 24.88. 97530 outranks both.
"""

from __future__ import annotations

import random
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from analysis.codes import hcpcs as codes
from analysis.errors import BadInput, ContractError
from analysis.medicare.fees import NATIONAL
from analysis.money import half_up
from analysis.payers import ContractBook, Revenue, in_words, observe, revenue
from analysis.payers.revenue import PER_PAYER
from analysis.pricing import price
from analysis.whatif.scenarios import (
    Contract,
    GpciChange,
    MpprChange,
    Recode,
    RvuChange,
    Scenario,
    ScheduleChange,
    VolumeChange,
)
from analysis.whatif.visits import build
from tests.pricing.lines import frame

if TYPE_CHECKING:
    from collections.abc import Sequence

OTHER = {"payer": "Acme", "payer_class": "Commercial"}
TO_97112 = Scenario("To 97112", (Recode("97110", "97112"),))


def paid(
    visits: Sequence[Sequence[dict[str, Any]]], scenario: Scenario, *contracts: Contract
) -> tuple[Revenue, dict[str, Any]]:
    """Revenue, and the row of its first payer."""
    rows = [one | {"visit_key": key, "patient_key": key} for key, lines in enumerate(visits) for one in lines]
    priced = price(frame(rows), NATIONAL)
    cube = build(priced, scenarios=[scenario, Scenario("x", (*contracts,))], codes=codes.load())
    found = revenue(cube, scenario, ContractBook(contracts), observe(priced.lines))
    return found, found.per_payer.row(0, named=True)


def acme(code: str, units: int = 1, **other: Any) -> dict[str, Any]:
    return OTHER | {"code": code, "units": units} | other


def by(basis: Any, **terms: Any) -> Contract:
    return Contract(basis, payer="Acme", **terms)


def test_medicare_pays_by_its_rules_unless_a_contract_is_entered() -> None:
    line = {"code": "97110", "units": 2, "payer": "Medicare Part B"}
    found, row = paid([[line]], TO_97112)
    # 29.06 + 22.21 = 51.27; coinsurance 10.25; 41.02 less 2 % (0.82) = 40.20; 50.45.
    # As 97112: 57.61, coinsurance 11.52, 46.09 less 0.92 = 45.17: 56.69.
    assert (row["before_cents"], row["after_cents"], row["entered"]) == (5045, 5669, False)
    assert row["pays_by"] == "Medicare's rules, after all cuts"
    assert "Medicare pays by its rules" in found.notes[-1]


@pytest.mark.parametrize(
    ("contract", "before", "after"),
    [
        # 110 % of 51.27 = 56.397, of 57.61 = 63.371
        (by("medicare", percent_bp=11_000), 5640, 6337),
        # without MPPR: 2 x 29.06, 2 x 32.73
        (by("medicare", percent_bp=10_000, mppr=False), 5812, 6546),
        (by("fees", fees=(("97110", 3000), ("97112", 3300))), 6000, 6600),
        (by("visit", visit_cents=9500), 9500, 9500),
        (by("charges", percent_bp=5_000), 7000, 8000),  # half of 140.00; the median of 97112 is 80.00 a unit
        (by("medicare", percent_bp=11_000, visit_cap_cents=6000), 5640, 6000),
        (by("fees", fees=(("97110", 3000), ("97112", 3300)), visit_cap_cents=5000), 5000, 5000),
    ],
    ids=["percent", "no mppr", "fees", "visit", "charges", "capped after", "capped on both sides"],
)
def test_every_basis(contract: Contract, before: int, after: int) -> None:
    other = {"code": "97112", "charge_cents": 8000, "payer": "Medicare Part B"}
    found, _ = paid([[acme("97110", 2, charge_cents=14_000)], [other]], TO_97112, contract)
    row = found.per_payer.filter(payer="Acme").row(0, named=True)
    assert (row["before_cents"], row["after_cents"], row["entered"]) == (before, after, True)


def test_a_percent_of_medicare_is_not_more_than_the_charge() -> None:
    _, row = paid([[acme("97110", charge_cents=2500)]], TO_97112, by("medicare", percent_bp=11_000))
    assert row["before_cents"] == 2500


def test_a_fixed_year_and_locality_do_not_move_with_the_scenario() -> None:
    fixed = by("medicare", percent_bp=10_000, year=2025, locality="15202-00")
    proposal = Scenario("Cut", (ScheduleChange(year=2027), GpciChange("02102-01")))
    _, row = paid([[acme("97110", 2)]], proposal, fixed)
    assert row["difference_cents"] == 0
    there = Scenario("There", (ScheduleChange(year=2025), GpciChange("15202-00")))
    cube = build(price(frame([acme("97110", 2)]), NATIONAL), scenarios=[there], codes=codes.load())
    assert row["before_cents"] == sum(values[2] for values in cube.outcome(there).after.values())
    _, own = paid([[acme("97110", 2)]], proposal, by("medicare", percent_bp=10_000))
    assert own["difference_cents"] != 0


def test_a_payer_that_moves_from_110_to_100_percent() -> None:
    scenario = Scenario("Less", (by("medicare", percent_bp=10_000),))
    found, row = paid([[acme("97110")]], scenario, by("medicare", percent_bp=11_000))
    assert (row["before_cents"], row["after_cents"]) == (3197, 2906)
    assert (row["pays_by"], row["pays_by_after"]) == ("110% of Medicare", "100% of Medicare")
    assert found.difference_cents == -291


def test_observed_is_what_was_paid_for_a_unit_and_does_not_follow_medicare() -> None:
    visits = [
        [acme("97110", 2, paid_cents=5000)],
        [acme("97110", 1, paid_cents=3001)],
        [acme("97112", 1, paid_cents=4000)],
        [acme("97110", 1)],  # not paid yet
    ]
    _, row = paid(visits, Scenario("Cut", (ScheduleChange(year=2027),)))
    # 80.01 over three units is 26.67: four units 106.68, and 40.00.
    assert (row["before_cents"], row["difference_cents"]) == (14_668, 0)
    _, row = paid(visits, TO_97112)
    assert row["after_cents"] == 20_000
    half = Scenario("Half", (Recode("97110", "97112", share_bp=5_000),))
    _, row = paid(visits, half)
    assert row["after_cents"] == 17_334


def test_a_contract_of_a_payer_that_is_not_there_is_refused() -> None:
    for contract, said in (
        (
            Contract("visit", payer="Nobody", visit_cents=1),
            "contract 1, payer.*no line for Nobody; expected one of Acme",
        ),
        (Contract("visit", payer_class="Auto", visit_cents=1), "contract 1, payer_class.*no line for Auto"),
    ):
        with pytest.raises(BadInput, match=said):
            paid([[acme("97110")]], Scenario("Moved", (contract,)))


def test_units_to_a_code_the_payer_never_paid_count_as_not_moved() -> None:
    found, row = paid([[acme("97110", 2, paid_cents=5000)]], TO_97112)
    assert (row["before_cents"], row["after_cents"], row["unmoved_units"]) == (5000, 5000, 2.0)
    assert "count as not moved" in " ".join(found.notes)


def test_what_is_not_known_is_on_neither_side() -> None:
    visits = [[acme("97110", paid_cents=3000), acme("97530", 2)]]
    found, row = paid(visits, TO_97112, by("fees", fees=(("97110", 3000), ("97112", 3300))))
    assert (row["before_cents"], row["after_cents"], row["units"], row["unknown_units"]) == (3000, 3300, 3, 2)
    assert "2 units from Acme have no amount" in found.notes[0]
    _, row = paid([[acme("97530")]], Scenario("Nothing"))
    assert (row["before_cents"], row["after_cents"], row["unknown_units"]) == (None, None, 1)


def test_volume_and_mppr_reach_contracts_that_follow_medicare() -> None:
    more = Scenario("More", (VolumeChange(1_000),))
    _, row = paid([[acme("97110", 2)]], more, by("visit", visit_cents=9500))
    assert (row["before_cents"], row["after_cents"]) == (9500, 10_450)
    repealed = Scenario("Repealed", (MpprChange(0),))
    _, row = paid([[acme("97110", 2)]], repealed, by("medicare", percent_bp=10_000))
    assert (row["before_cents"], row["after_cents"]) == (5127, 5812)


def test_a_payer_s_contract_comes_before_its_class_s() -> None:
    book = ContractBook((Contract("visit", payer_class="Commercial", visit_cents=8000), by("visit", visit_cents=9000)))
    assert in_words(book.terms("Acme", "Commercial")) == "$90.00 a visit"
    assert in_words(book.terms("Other", "Commercial")) == "$80.00 a visit"
    assert in_words(book.terms(None, "Commercial")) == "$80.00 a visit"
    assert book.terms("Other", "Auto").source == "default"
    capped = Contract("charges", payer="Acme", percent_bp=6_250, visit_cap_cents=10_000)
    assert in_words(book.under([capped]).terms("Acme", "Commercial")) == "62.5% of the charge, at most $100.00 a visit"
    words = in_words(
        ContractBook((by("medicare", percent_bp=11_000, year=2025, locality="15202-00", mppr=False),)).terms("Acme", "")
    )
    assert words == "110% of Medicare 2025 in Ohio, OH (15202-00), without MPPR"
    assert in_words(ContractBook((by("fees", fees=(("97110", 1),)),)).terms("Acme", "")) == "fees for 1 code"


def test_payers_are_priced_by_their_own_and_add_up() -> None:
    visits = [[acme("97110")], [{"code": "97110", "payer": "Medicare Part B"}], [{"code": "97110", "payer": None}]]
    found, _ = paid(visits, TO_97112, by("visit", visit_cents=5000))
    assert dict(found.per_payer.schema) == PER_PAYER
    assert set(found.per_payer["payer"]) == {"Acme", "Medicare Part B", "Medicare"}
    assert found.before_cents == found.per_payer["before_cents"].sum()
    assert found.difference_cents == found.per_payer["difference_cents"].sum()


def test_random_visits_against_a_slow_sum() -> None:
    """Percent of Medicare with a cap, against Medicare's own amounts line by line in plain Python."""
    draw = random.Random(3)  # noqa: S311  made-up work, no secret
    visits = [
        [acme(draw.choice(["97110", "97112", "97530", "97140"]), draw.randint(1, 3)) for _ in range(draw.randint(1, 4))]
        for _ in range(300)
    ]
    contract = by("medicare", percent_bp=10_750, visit_cap_cents=9_000)
    _, row = paid(visits, Scenario("More", (VolumeChange(250),)), contract)
    rows = [one | {"visit_key": key, "patient_key": key} for key, lines in enumerate(visits) for one in lines]
    amounts = price(frame(rows), NATIONAL).lines.select("visit_key", "scheduled_cents").rows()
    days: dict[int, int] = {}
    for key, cents in amounts:
        days[key] = days.get(key, 0) + half_up(cents * 10_750, 10_000)
    before = sum(min(cents, 9_000) for cents in days.values())
    after = Fraction(before) * Fraction(10_250, 10_000)
    assert (row["before_cents"], row["after_cents"]) == (before, half_up(after.numerator, after.denominator))
    assert any(cents > 9_000 for cents in days.values())


def test_averages_leave_out_what_is_not_paid_yet_and_keep_zero() -> None:
    lines = frame(
        [
            acme("97110", 2, insurance_paid_cents=3000, patient_paid_cents=500),
            acme("97110", 1, paid_cents=0, paid_on=date(2026, 3, 20)),
            acme("97110", 3, paid_cents=0),  # "not yet", as many exports write it
            acme("97140", 1, paid_cents=100, status="denied"),
            acme("97110", 5),
            acme("97112", 1),
        ]
    )
    found = observe(lines)
    assert found.frame.rows() == [("Acme", "Commercial", "97110", 3500, 3, 2)]
    assert found.per_unit.rows() == [("Acme", "Commercial", "97110", 1_166_666_667)]
    assert isinstance(found.frame["payer"].dtype, pl.String)


@pytest.mark.parametrize("unknown_first", [True, False])
def test_a_visit_is_paid_whichever_line_of_it_is_known(unknown_first: bool) -> None:  # noqa: FBT001
    rows = [acme("97110"), acme("97140", paid_cents=3000)]
    found, row = paid([rows if unknown_first else rows[::-1]], Scenario("x", (by("visit", visit_cents=9500),)))
    assert (row["before_cents"], row["after_cents"], row["unknown_units"]) == (3000, 9500, 1)
    assert found.notes


def test_a_cap_holds_where_the_first_line_has_no_fee() -> None:
    fees = by("fees", fees=(("97112", 3300),), visit_cap_cents=2000)
    _, row = paid([[acme("97110"), acme("97112")]], Scenario("x"), fees)
    assert (row["before_cents"], row["after_cents"]) == (2000, 2000)


def test_a_fixed_year_keeps_its_rvus() -> None:
    change = Scenario("x", (RvuChange("97110", work_e2=90),))
    _, row = paid([[acme("97110")]], change, by("medicare", percent_bp=10_000, year=2025))
    assert row["difference_cents"] == 0


def test_a_class_whose_payers_all_have_contracts_cannot_change() -> None:
    flat = Scenario("x", (Contract("visit", payer_class="Commercial", visit_cents=9500),))
    with pytest.raises(BadInput, match=r"contract 1, payer_class.*every payer in this class has its own contract"):
        paid([[acme("97110")]], flat, by("medicare", percent_bp=10_000))


def test_a_cube_without_the_years_of_the_contracts_is_refused() -> None:
    priced = price(frame([acme("97110")]), NATIONAL)
    book = ContractBook((by("medicare", percent_bp=10_000, year=2024),))
    with pytest.raises(ContractError, match="years of these contracts"):
        revenue(build(priced, codes=()), Scenario("x"), book, observe(priced.lines))
