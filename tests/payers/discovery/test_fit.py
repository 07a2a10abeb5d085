"""Terms of every kind come out of small made-up evidence, with their limits; what was not tested is left open."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest

from analysis.payers.discovery.fit import Fit, described, fit_all
from analysis.payers.discovery.terms import Base, Fee, Terms
from analysis.payers.discovery.texts import basis_of
from tests.payers.discovery.made_up import (
    FEES,
    PLANS,
    REDUCED,
    Line,
    a_visit,
    amounts_of,
    by_fee,
    evidence_of,
    limited,
    made_visits,
    medicare_of,
    raised,
    share,
)

CHARGE = Base("charge")
YES, NO, HALF = (Base("medicare", "yes"), Base("medicare", "no"), Base("medicare", "half"))
LINES = raised(made_visits(60), date(2025, 4, 1), 7)
ASSISTED = raised(made_visits(60, assisted=0.3), date(2025, 4, 1), 7)
TABLE = {code: Fee(cents, cents) for code, cents in FEES.items()}
RAISE = {2024: -3, 2025: 0, 2026: 4}


def best(lines: list[Line], amounts: list[int], known: Terms | None = None, years: dict[int, int] | None = None) -> Fit:
    return fit_all(evidence_of(lines, amounts, medicare_of(lines, years)), known)[0]


def of_medicare(lines: list[Line], base: Base, percent: float, years: dict[int, int] | None = None) -> list[int]:
    return [share(twice, percent / 2) for twice in medicare_of(lines, years)[base]]


# ----------------------------------------------------------------------------------------------------------- the basis
@pytest.mark.parametrize("base", [YES, NO, HALF])
@pytest.mark.parametrize("percent", [68, 100, 112.5, 131])
def test_a_percentage_of_medicare_with_its_reduction(base: Base, percent: float) -> None:
    found = best(LINES, of_medicare(LINES, base, percent))
    assert (found.terms.base, found.terms.percent_bp, found.terms.fees) == (base, round(100 * percent), {})
    assert found.hits == len(LINES)


def test_a_schedule_year_shows_where_visits_are_of_two_years() -> None:
    lines = made_visits(80, start=date(2025, 10, 1))
    assert {line.day.year for line in lines} == {2025, 2026}
    fixed = Base("medicare", "yes", 2024)
    assert best(lines, of_medicare(lines, fixed, 110, RAISE), years=RAISE).terms.base == fixed
    assert best(lines, of_medicare(lines, YES, 110, RAISE), years=RAISE).terms.base == YES


def test_a_fee_for_each_code() -> None:
    found = best(LINES, amounts_of(LINES, by_fee))
    assert (found.terms.base, found.terms.fees, found.terms.visit_cents) == (None, TABLE, None)
    assert found.hits == len(LINES)


def test_further_units_at_less() -> None:
    found = best(LINES, amounts_of(LINES, lambda line: by_fee(line, further=80)))
    single = ("97116", "97161")  # never in several units
    assert found.terms.fees == {c: Fee(f, f if c in single else share(f, 80)) for c, f in FEES.items()}


def test_a_rate_per_visit() -> None:
    found = best(LINES, a_visit(LINES, lambda _: 88_00))
    assert found.terms == Terms(visit_cents=88_00)
    assert basis_of(found.terms) == "per_visit"
    assert found.hits == len(LINES)


def test_a_rate_per_visit_with_another_for_evaluations() -> None:
    found = best(LINES, a_visit(LINES, lambda visit: 128_00 if visit[0].code == "97161" else 88_00))
    assert found.terms == Terms(visit_cents=88_00, evaluation_cents=128_00)


def test_a_rate_per_visit_with_less_for_assistants() -> None:
    found = best(ASSISTED, a_visit(ASSISTED, lambda visit: 74_80 if visit[0].assistant else 88_00))
    assert found.terms == Terms(visit_cents=88_00, assistants_bp=8500)


def test_a_percentage_of_the_charge() -> None:
    found = best(LINES, amounts_of(LINES, lambda line: share(line.charge, 58)))
    assert found.terms == Terms(CHARGE, 5800)


def test_an_evaluation_apart_from_a_percentage_of_medicare() -> None:
    amounts = of_medicare(LINES, YES, 115)
    amounts = [95_00 if line.code == "97161" else cents for line, cents in zip(LINES, amounts, strict=True)]
    found = best(LINES, amounts)
    assert (found.terms.base, found.terms.percent_bp) == (YES, 11_500)
    assert found.terms.fees == {"97161": Fee(95_00, 95_00)}


def test_other_codes_at_a_part_of_the_charge() -> None:
    plans = ((("97110", 2), ("97010", 1)), (("97140", 1), ("97530", 1), ("97010", 1)))
    lines = made_visits(40, plans=plans, charges={"97110": 70_00, "97140": 66_00, "97530": 82_00, "97010": 20_00})
    amounts = [
        share(line.charge, 40) if line.code == "97010" else cents
        for line, cents in zip(lines, of_medicare([replace(x, code=x.code) for x in lines], YES, 110), strict=True)
    ]
    found = best(lines, amounts)
    assert (found.terms.base, found.terms.percent_bp) == (YES, 11_000)
    assert found.terms.other_bp == 4000 or found.terms.fees == {"97010": Fee(8_00, 8_00)}
    assert found.hits == len(lines)


def test_amounts_without_a_pattern_have_no_terms() -> None:
    draw = random.Random(1)  # noqa: S311  made-up work, no secret
    # Among so many a few agree by chance; that is never enough to be named (`discover.is_clear`).
    assert best(LINES, [draw.randrange(1000, 9000) for _ in LINES]).hits < 0.1 * len(LINES)
    found = best([LINES[0]], [12_37])
    assert (found.terms, found.hits) == (Terms(), 0)
    assert basis_of(found.terms) == "unknown"


def test_a_tenth_of_odd_lines_changes_nothing() -> None:
    amounts = amounts_of(LINES, by_fee)
    odd = [cents + 100 + number if number % 10 == 3 else cents for number, cents in enumerate(amounts)]
    found = best(LINES, odd)
    assert found.terms.fees == TABLE
    assert found.hits == sum(a == b for a, b in zip(amounts, odd, strict=True))


# ---------------------------------------------------------------------------------------------------------- the limits
def test_a_cap_over_a_percentage_of_medicare() -> None:
    found = best(LINES, limited(LINES, of_medicare(LINES, NO, 68), cap=75_00))
    assert (found.terms.base, found.terms.percent_bp, found.terms.cap_cents) == (NO, 6800, 75_00)
    assert found.hits == len(LINES)
    assert found.paid.at_cap.any()
    assert not found.paid.at_cap.all()


def test_a_cap_over_fees() -> None:
    # Every code is paid below the cap now and then.
    short = ((("97530", 1), ("97140", 1)), (("97140", 1), ("97110", 1)))
    lines = made_visits(80, plans=[*PLANS, *short])
    found = best(lines, limited(lines, amounts_of(lines, by_fee), cap=115_00))
    assert (found.terms.cap_cents, found.terms.floor_cents) == (115_00, None)
    assert found.terms.fees == {code: fee for code, fee in TABLE.items() if code != "97161"}
    assert found.hits == len(lines)


def test_a_floor_under_a_percentage_of_medicare() -> None:
    amounts = of_medicare(LINES, YES, 110)
    found = best(LINES, limited(LINES, amounts, floor=100_00))
    assert (found.terms.base, found.terms.percent_bp, found.terms.floor_cents) == (YES, 11_000, 100_00)
    assert found.paid.at_floor.any()


def test_a_cap_and_a_floor() -> None:
    lines = made_visits(150)
    found = best(lines, limited(lines, of_medicare(lines, YES, 110), cap=130_00, floor=100_00))
    assert (found.terms.base, found.terms.cap_cents, found.terms.floor_cents) == (YES, 130_00, 100_00)
    assert found.hits == len(lines)


def test_a_cap_that_binds_every_visit_reads_as_a_rate() -> None:
    found = best(LINES, limited(LINES, amounts_of(LINES, by_fee), cap=60_00))
    assert found.terms == Terms(visit_cents=60_00)


def test_a_cap_known_from_the_stretch_beside_needs_few_visits() -> None:
    amounts = amounts_of(LINES, by_fee)
    totals: dict[int, int] = {}
    for line, cents in zip(LINES, amounts, strict=True):
        totals[line.visit] = totals.get(line.visit, 0) + cents
    cap = max(totals.values()) - 5
    known = Terms(fees=TABLE, cap_cents=cap)
    assert best(LINES, limited(LINES, amounts, cap=cap), known).terms.cap_cents == cap


# -------------------------------------------------------------------------------------------------- assistants, charge
@pytest.mark.parametrize("percent", [85, 88, 90])
def test_assistants_at_a_part_of_the_fee(percent: int) -> None:
    amounts = amounts_of(ASSISTED, lambda line: share(by_fee(line), percent if line.assistant else 100))
    found = best(ASSISTED, amounts)
    assert found.terms.assistants_bp == 100 * percent
    assert found.terms.fees == TABLE
    assert found.hits == len(ASSISTED)


def test_assistants_paid_like_everybody_are_not_spoken_of() -> None:
    assert best(ASSISTED, amounts_of(ASSISTED, by_fee)).terms.assistants_bp is None
    assert best(ASSISTED, of_medicare(ASSISTED, YES, 110)).terms.assistants_bp is None


def test_assistants_under_a_cap() -> None:
    amounts = [
        share(cents, 85) if line.assistant else cents
        for line, cents in zip(ASSISTED, of_medicare(ASSISTED, NO, 100), strict=True)
    ]
    found = best(ASSISTED, limited(ASSISTED, amounts, cap=105_00))
    assert (found.terms.base, found.terms.assistants_bp, found.terms.cap_cents) == (NO, 8500, 105_00)


CHEAP = {"97110": 35_00, "97112": 78_00, "97116": 68_00, "97140": 66_00, "97530": 82_00, "97161": 190_00}
"""97110 is charged below its fee of 36.00."""
BELOW = made_visits(60, charges=CHEAP)


def test_never_more_than_the_charge_where_a_charge_was_lower() -> None:
    # 97110 costs 35.00 for some weeks, then 70.00, of which the payer allows its 36.00.
    lines = [*BELOW[: len(BELOW) // 2], *LINES[len(BELOW) // 2 :]]
    amounts = amounts_of(lines, lambda line: min(by_fee(line), line.charge))
    found = best(lines, amounts)
    assert found.terms.lesser is True
    assert found.terms.fees["97110"] == TABLE["97110"]
    assert found.hits == len(lines)


def test_more_than_the_charge_where_that_was_paid() -> None:
    found = best(BELOW, amounts_of(BELOW, by_fee))
    assert found.terms.lesser is False
    assert found.terms.fees == TABLE


def test_lesser_of_charge_that_no_charge_tested_is_unknown() -> None:
    assert best(LINES, amounts_of(LINES, by_fee)).terms.lesser is None
    assert best(LINES, a_visit(LINES, lambda _: 88_00)).terms.lesser is None
    assert best(LINES, amounts_of(LINES, lambda line: share(line.charge, 58))).terms.lesser is None


def test_a_charge_below_the_amount_that_decides_nothing_is_unknown_too() -> None:
    # One line of a charge of 1.00 is odd either way.
    lines = [*LINES, Line(999, date(2025, 6, 30), "97110", 1, 1_00)]
    amounts = [*amounts_of(LINES, by_fee), 17]
    assert best(lines, amounts).terms.lesser is None


def test_a_visit_below_its_rate_tells_of_the_charge() -> None:
    short = made_visits(60, plans=((("97110", 1),), (("97110", 2), ("97140", 1))), seed=3)
    lesser = best(short, a_visit(short, lambda visit: min(88_00, sum(line.charge for line in visit))))
    assert lesser.terms == Terms(visit_cents=88_00, lesser=True)
    more = best(short, a_visit(short, lambda _: 88_00))
    assert more.terms == Terms(visit_cents=88_00, lesser=False)


# ----------------------------------------------------------------------------------------------------- alike, and bits
def bases_that_fit(lines: list[Line], amounts: list[int]) -> set[tuple[str, Base | None]]:
    found = fit_all(evidence_of(lines, amounts, medicare_of(lines)))
    return {(basis_of(fit.terms), fit.terms.base) for fit in found if fit.hits == len(lines)}


def test_a_percentage_of_charges_that_never_change_is_a_fee_table_as_well() -> None:
    lines = made_visits(60)
    amounts = amounts_of(lines, lambda line: share(line.charge, 58))
    assert bases_that_fit(lines, amounts) == {("percent_of_charge", CHARGE), ("fee_per_code", None)}
    # Once charges change only the percentage fits.
    moved = amounts_of(LINES, lambda line: share(line.charge, 58))
    assert bases_that_fit(LINES, moved) == {("percent_of_charge", CHARGE)}


def test_medicare_without_mppr_in_one_year_is_a_fee_table_as_well() -> None:
    amounts = of_medicare(LINES, NO, 120)
    assert bases_that_fit(LINES, amounts) >= {("percent_of_medicare", NO), ("fee_per_code", None)}
    assert bases_that_fit(LINES, of_medicare(LINES, YES, 120)) == {("percent_of_medicare", YES)}


def test_the_reductions_are_not_taken_for_each_other() -> None:
    assert set(REDUCED.values()) != set(medicare_of(LINES)[HALF])
    assert bases_that_fit(LINES, of_medicare(LINES, HALF, 100)) == {("percent_of_medicare", HALF)}


def test_what_stays_as_it_was_costs_next_to_nothing() -> None:
    evidence = evidence_of(ASSISTED, amounts_of(ASSISTED, by_fee), medicare_of(ASSISTED))
    fixed = Base("medicare", "half", 2025)
    terms = Terms(fixed, 11_000, TABLE, 4500, assistants_bp=8500, cap_cents=90_00, floor_cents=50_00)
    rate = Terms(visit_cents=88_00, evaluation_cents=128_00)
    evidence = replace(evidence, medicare={**evidence.medicare, fixed: evidence.medicare[HALF]})
    for each in (terms, rate):
        anew, again = (described(evidence, each, known).bits for known in (Terms(), each))
        assert anew - again > 10 * (len(each.fees) + 2)
