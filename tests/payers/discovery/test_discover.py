"""What is said of whole payers: nothing from too little, all spellings as one, alternatives named, bad input told."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

from analysis.ingest.frames import ADJUSTMENTS
from analysis.payers.discovery import TABLE
from analysis.payers.discovery.plans import mostly_same
from analysis.payers.discovery.sentences import LEAST_NAMED
from analysis.payers.discovery.terms import Base, Fee, Terms
from tests.payers.discovery.made_up import (
    FEES,
    PLANS,
    Line,
    a_visit,
    amounts_of,
    by_fee,
    discovered,
    limited,
    made_visits,
    only,
    raised,
    rows_of,
    share,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from analysis.payers.discovery import Discoveries

LINES = raised(made_visits(60), date(2025, 4, 1), 7)
BY_FEE = amounts_of(LINES, by_fee)
FEE_TEXT = "fees=" + ",".join(f"{code}:{cents // 100}.{cents % 100:02d}" for code, cents in sorted(FEES.items()))
"""The terms as they are written; codes are in order."""


def said(found: Discoveries) -> list[tuple[str, str]]:
    return [(row["basis"], row["terms"]) for row in found.table().iter_rows(named=True)]


def of(lines: Sequence[Line], allowed: Sequence[int], **more: Any) -> list[tuple[str, str]]:
    return said(discovered(rows_of(lines, allowed, **more)))


# ------------------------------------------------------------------------------------------------------ what is written
def test_the_table_has_a_row_for_a_payer_with_its_evidence() -> None:
    found = discovered(rows_of(LINES, BY_FEE))
    assert dict(found.table().schema) == TABLE
    assert found.table().rows() == [("Summit PPO", "fee_per_code", FEE_TEXT, None, 60, 60)]
    assert only(found).sentences()[0] == (
        "Summit PPO: a fee for each code (97110 $36.00; 97112 $40.50; 97116 $35.00; 97140 $34.50; 2 more), "
        "60 of 60 visits to the cent since Feb 2025"
    )


@pytest.mark.parametrize(
    ("allowed", "row", "words"),
    [
        (a_visit(LINES, lambda _: 88_00), ("per_visit", "visit=88.00"), "$88.00 a visit"),
        (
            a_visit(LINES, lambda visit: 128_00 if visit[0].code == "97161" else 88_00),
            ("per_visit", "visit=88.00; evaluation=128.00"),
            "$88.00 a visit, $128.00 with an evaluation",
        ),
        (
            amounts_of(LINES, lambda line: share(line.charge, 58.5)),
            ("percent_of_charge", "percent=58.5"),
            "58.5% of the charge",
        ),
        (
            limited(LINES, amounts_of(LINES, lambda line: share(line.charge, 58)), floor=140_00),
            ("percent_of_charge", "percent=58; floor=140.00"),
            "58% of the charge, at least $140.00 a visit",
        ),
    ],
)
def test_terms_as_a_script_and_as_people_read_them(allowed: list[int], row: tuple[str, str], words: str) -> None:
    found = discovered(rows_of(LINES, allowed))
    assert said(found) == [row]
    assert only(found).sentences()[0].startswith(f"Summit PPO: {words}, 60 of 60 visits")


def test_assistants_and_other_codes_and_the_charge() -> None:
    lines = [
        *made_visits(90, assisted=0.3),
        *made_visits(
            20, start=date(2025, 9, 1), plans=((("97010", 1), ("97110", 1)),), charges={"97010": 20_00, "97110": 70_00}
        ),
    ]
    lines = [replace(line, visit=at) if line.day >= date(2025, 9, 1) else line for at, line in enumerate(lines, 1000)]
    lines = [
        replace(line, charge=30_00 * line.units) if line.code == "97140" and line.visit % 2 else line for line in lines
    ]

    def allows(line: Line) -> int:
        full = share(line.charge, 45) if line.code not in FEES else by_fee(line, further=80)
        return min(line.charge, share(full, 85 if line.assistant else 100))

    [(basis, terms)] = of(lines, amounts_of(lines, allows))
    assert basis == "fee_per_code"
    assert "97110:36.00/28.80" in terms
    assert "lesser=yes; assistants=85" in terms
    assert terms.endswith("other=45%charge") or "97010:9.00" in terms
    [sentence] = only(discovered(rows_of(lines, amounts_of(lines, allows)))).sentences()
    assert "97110 $36.00, further units $28.80" in sentence
    assert "85% of that for assistants, never more than the charge" in sentence


def test_medicare_follows_the_schedule_of_the_clinics_locality() -> None:
    # What Medicare sets is its own pricing's business (tests/pricing); this payer pays 120 % of it, without MPPR.
    lines = made_visits(80, start=date(2025, 10, 1))
    base = discovered(rows_of(lines, BY_FEE[:1] * len(lines)))
    twice = {
        b: v for b, v in only(base).stretches[0].evidence.medicare.items() if (b.reduction, b.year) == ("no", None)
    }
    [amounts] = [[share(int(value), 60) for value in values] for values in twice.values()]
    assert of(lines, amounts) == [("percent_of_medicare", "percent=120; mppr=no; year=follow")]
    [sentence] = only(discovered(rows_of(lines, amounts))).sentences()
    assert "120% of Medicare, without MPPR, 80 of 80 visits" in sentence
    # Without a locality Medicare sets nothing, and fees change with the year, which the fee table shows.
    without = said(discovered(rows_of(lines, amounts), zip_code=None))
    assert {basis for basis, _ in without} == {"fee_per_code"}
    assert len(without) == 2


# --------------------------------------------------------------------------------------------------------- two readings
def test_charges_that_never_change_leave_two_readings() -> None:
    lines = made_visits(60)
    amounts = amounts_of(lines, lambda line: share(line.charge, 58))
    found = discovered(rows_of(lines, amounts))
    assert sorted(basis for basis, _ in said(found)) == ["fee_per_code", "percent_of_charge"]
    assert found.table()["visits_explained"].to_list() == [60, 60]
    assert "fits just as well (60 of 60 visits to the cent)" in only(found).sentences()[1]
    # Charges that changed tell the two apart.
    assert of(LINES, amounts_of(LINES, lambda line: share(line.charge, 58))) == [("percent_of_charge", "percent=58")]


def test_medicare_without_mppr_in_one_year_leaves_several() -> None:
    evidence = only(discovered(rows_of(LINES, BY_FEE))).stretches[0].evidence
    [base] = [base for base in evidence.medicare if (base.reduction, base.year) == ("no", None)]
    amounts = [share(int(value), 65) for value in evidence.medicare[base]]
    readings = of(LINES, amounts)
    # One year: the schedule may follow the date or stay, and a table of fees says the same.
    assert ("percent_of_medicare", "percent=130; mppr=no; year=follow") in readings
    assert ("percent_of_medicare", "percent=130; mppr=no; year=2025") in readings
    assert "fee_per_code" in {basis for basis, _ in readings}


# ----------------------------------------------------------------------------------------------------------- too little
@pytest.mark.parametrize(("count", "named"), [(LEAST_NAMED - 1, False), (LEAST_NAMED, True)])
def test_nothing_is_named_from_few_visits(count: int, named: bool) -> None:  # noqa: FBT001  parametrized
    lines = raised(made_visits(count), date(2025, 2, 20), 7)
    found = discovered(rows_of(lines, a_visit(lines, lambda _: 88_00)))
    assert said(found) == [("per_visit", "visit=88.00")] if named else [("unknown", "")]
    assert found.table()["visits"].to_list() == [count]
    if not named:
        assert only(found).sentences() == ("Summit PPO: 19 answered visits; reading its terms takes at least 20",)


@pytest.mark.parametrize("count", [1, 7])
def test_a_handful_of_visits_is_not_even_split(count: int) -> None:
    lines = made_visits(count)
    assert of(lines, amounts_of(lines, by_fee)) == [("unknown", "")]


def test_amounts_without_a_pattern_are_unknown() -> None:
    draw = random.Random(4)  # noqa: S311  made-up work, no secret
    found = discovered(rows_of(LINES, [share(line.charge, draw.uniform(30, 85)) for line in LINES]))
    assert found.table().rows() == [("Summit PPO", "unknown", "", None, 60, 0)]
    assert only(found).sentences() == ("Summit PPO: no terms explain its 60 visits",)


def test_a_fee_table_of_which_many_codes_are_unknown_is_not_named() -> None:
    # Every tenth visit begins with a code of its own, two units of it paid an odd amount: no line shows its fee.
    first = {line.visit: line for line in reversed(LINES)}
    lines = [
        replace(line, code=f"97{700 + line.visit}", units=2)
        if first[line.visit] is line and line.visit % 10 == 5
        else line
        for line in LINES
    ]
    amounts = [by_fee(line) if line.code in FEES else 31_01 + 2_46 * line.visit for line in lines]
    assert of(lines, amounts) == [("unknown", "")]
    # In fewer visits that is no matter.
    few = [line if line.visit in (5, 15) else plain for line, plain in zip(lines, LINES, strict=True)]
    amounts = [by_fee(line) if line.code in FEES else 31_01 + 2_46 * line.visit for line in few]
    assert of(few, amounts) == [("fee_per_code", FEE_TEXT)]


def test_odd_lines_and_denied_ones_leave_the_terms_and_are_counted() -> None:
    rows = rows_of(LINES, a_visit(LINES, lambda _: 88_00))
    first = {line.visit: at for at, line in reversed(list(enumerate(LINES)))}
    for visit in (5, 15, 25):
        rows[first[visit]] |= {"allowed_cents": 71_23}
    for visit in (8, 18):
        rows[first[visit]] |= {"status": "denied", "allowed_cents": 0, "paid_on": date(2026, 1, 2)}
    found = discovered(rows)
    # The rest of a visit whose first line was denied stands at 0.00 and was answered: no visit to judge.
    [row] = found.table().rows(named=True)
    assert (row["basis"], row["terms"]) == ("per_visit", "visit=88.00")
    [sentence] = only(found).sentences()
    assert f"{row['visits_explained']} of {row['visits']} visits to the cent" in sentence
    assert sentence.endswith("3 are unexplained")


def test_a_cap_that_binds_nearly_always_is_not_called_a_rate() -> None:
    # One visit in six stays below and follows fees of its own: the rate is rather a cap.
    plans = (*PLANS, *((("97110", 1),), (("97112", 1),)) * 2)
    lines = raised(made_visits(150, plans=plans), date(2025, 6, 1), 7)
    rows = of(lines, limited(lines, amounts_of(lines, by_fee), cap=60_00))
    assert ("per_visit", "visit=60.00") not in rows
    # Where hardly a visit stays below it is named as what it looks like.
    assert of(LINES, limited(LINES, BY_FEE, cap=60_00)) == [("per_visit", "visit=60.00")]


# ------------------------------------------------------------------------------------------------------------ bad input
def test_one_payer_under_five_spellings() -> None:
    spellings = ["Summit PPO", "SUMMIT PPO", "summit  ppo", "Summit-PPO ", "Summit P.P.O."]
    rows = rows_of(LINES, BY_FEE)
    rows = [row | {"payer": spellings[min(line.visit % 9, 4)]} for row, line in zip(rows, LINES, strict=True)]
    discovery = only(found := discovered(rows))
    assert said(found) == [("fee_per_code", FEE_TEXT)]
    assert set(discovery.spellings) == set(spellings)
    assert discovery.payer == "Summit P.P.O."  # which most lines have


def test_a_payer_without_a_name_goes_by_its_class() -> None:
    discovery = only(discovered(rows_of(LINES, BY_FEE) and [row | {"payer": None} for row in rows_of(LINES, BY_FEE)]))
    assert (discovery.payer, discovery.payer_class, discovery.spellings) == (None, "Commercial", ())
    assert discovery.sentences()[0].startswith("Commercial: a fee for each code")


def test_payers_stand_in_the_order_of_their_visits_each_with_its_own_terms() -> None:
    few = raised(made_visits(30), date(2025, 3, 1), 7)
    rows = [
        *rows_of(few, a_visit(few, lambda _: 75_00), "Lakeview HMO"),
        *rows_of(LINES, BY_FEE),
    ]
    table = discovered(rows).table()
    assert table["payer"].to_list() == ["Summit PPO", "Lakeview HMO"]
    assert table["basis"].to_list() == ["fee_per_code", "per_visit"]
    assert table["visits"].to_list() == [60, 30]


def test_two_plans_under_one_name_are_unknown_and_said() -> None:
    lines = raised(made_visits(120), date(2025, 6, 1), 7)
    fees = {code: share(cents, 83) for code, cents in FEES.items()}
    visits = a_visit(lines, lambda _: 88_00)
    amounts = [rate if line.visit % 2 else by_fee(line, fees) for line, rate in zip(lines, visits, strict=True)]
    found = discovered(rows_of(lines, amounts))
    assert said(found) == [("unknown", "")]
    assert only(found).two_plans
    assert only(found).sentences() == (
        "Summit PPO: its payments follow two sets of terms; if the name stands for two plans, give each its own name",
    )


def test_terms_that_share_most_are_no_second_plan() -> None:
    base = Base("charge")
    table = {code: Fee(cents, cents) for code, cents in FEES.items()}
    cut = table | {"97530": Fee(36_96, 36_96)}
    assert mostly_same(Terms(base, 5800), Terms(base, 5800, assistants_bp=8500))
    assert mostly_same(Terms(visit_cents=88_00), Terms(visit_cents=88_00, evaluation_cents=128_00))
    assert mostly_same(Terms(fees=table), Terms(fees=cut))
    assert not mostly_same(Terms(base, 5800), Terms(base, 6000))
    assert not mostly_same(Terms(visit_cents=88_00), Terms(visit_cents=90_00))
    assert not mostly_same(Terms(fees=table), Terms(fees={code: Fee(1, 1) for code in table}))


def test_a_contract_that_changed_is_two_rows_and_no_second_plan() -> None:
    day = date(2025, 5, 1)
    lines = raised(made_visits(120), date(2025, 4, 1), 7)
    cut = FEES | {"97530": 36_96}
    found = discovered(rows_of(lines, amounts_of(lines, lambda line: by_fee(line, cut if line.day >= day else FEES))))
    table = found.table()
    assert table["since"].to_list() == [None, day]
    assert ["97530:42.00" in text for text in table["terms"]] == [True, False]
    assert "97530:36.96" in table["terms"][1]
    assert table["visits"].sum() == table["visits_explained"].sum() == 120
    assert "to the cent since Feb 2025" in only(found).sentences()[0]
    assert "to the cent since May 1, 2025" in only(found).sentences()[1]


def test_a_stretch_that_nothing_explains_is_said_between_those_that_are() -> None:
    day = date(2025, 8, 1)
    lines = raised(made_visits(120), date(2025, 4, 1), 7)
    draw = random.Random(4)  # noqa: S311  made-up work, no secret
    amounts = [by_fee(line) if line.day < day else draw.randrange(10_00, 99_00) for line in lines]
    found = discovered(rows_of(lines, amounts))
    assert [row[0] for row in said(found)] == ["fee_per_code", "unknown"]
    # Lines that follow nothing do not show the day to the visit.
    assert abs(found.table()["since"].to_list()[1] - day) <= timedelta(days=31)
    assert re.fullmatch(
        r"Summit PPO, since \w{3} \d+, 2025: no terms explain its \d+ visits", only(found).sentences()[1]
    )
    assert found.table()["visits_explained"].to_list()[1] == 0


def without_allowed(lines: Sequence[Line], amounts: Sequence[int], **more: Any) -> list[dict[str, Any]]:
    rows = rows_of(lines, amounts, allowed_cents=None, **more)
    return [row | {"insurance_paid_cents": cents} for row, cents in zip(rows, amounts, strict=True)]


def test_no_allowed_column_but_charges_less_adjustments() -> None:
    rows = [
        row | {"adjustment_cents": row["charge_cents"] - cents, "allowed_cents": None}
        for row, cents in zip(rows_of(LINES, BY_FEE), BY_FEE, strict=True)
    ]
    found = discovered(rows)
    assert said(found) == [("fee_per_code", FEE_TEXT)]
    assert only(found).source == "adjusted"


def test_payments_only_as_totals() -> None:
    rows = [
        row | {"paid_cents": cents, "allowed_cents": None}
        for row, cents in zip(rows_of(LINES, BY_FEE), BY_FEE, strict=True)
    ]
    found = discovered(rows)
    assert said(found) == [("fee_per_code", FEE_TEXT)]
    assert only(found).source == "paid"


def test_patients_who_did_not_pay_mislead_payments_but_not_adjustments() -> None:
    rows = [
        row | {"insurance_paid_cents": cents - 9_00, "patient_paid_cents": 0 if line.visit % 2 else 9_00}
        for row, cents, line in zip(without_allowed(LINES, BY_FEE), BY_FEE, LINES, strict=True)
    ]
    assert only(discovered(rows)).source == "paid"
    rows = [row | {"adjustment_cents": row["charge_cents"] - cents} for row, cents in zip(rows, BY_FEE, strict=True)]
    found = discovered(rows)
    assert said(found) == [("fee_per_code", FEE_TEXT)]
    assert only(found).source == "adjusted"


def test_remittances_give_the_amounts_where_no_column_does() -> None:
    owed = [share(cents, 20) for cents in BY_FEE]
    rows = without_allowed(LINES, [cents - part for cents, part in zip(BY_FEE, owed, strict=True)])
    adjusted = [
        (at, *parts, None)
        for at, (line, cents, part) in enumerate(zip(LINES, BY_FEE, owed, strict=True))
        for parts in (("CO", "45", line.charge - cents), ("PR", "2", part))
    ]
    # Lines are numbered as rows stand.
    found = discovered(rows, pl.DataFrame(adjusted, schema=ADJUSTMENTS, orient="row"))
    assert said(found) == [("fee_per_code", FEE_TEXT)]
    assert only(found).source == "remittance"


@pytest.mark.parametrize("payer_class", ["Medicare", "Commercial"])
def test_charges_alone_say_nothing_of_what_a_payer_pays(payer_class: str) -> None:
    found = discovered(rows_of(LINES, BY_FEE, payer_class=payer_class, allowed_cents=None))
    assert found.table().rows() == [("Summit PPO", "unknown", "", None, 0, 0)]
    assert only(found).sentences() == ("Summit PPO: 0 answered visits; reading its terms takes at least 20",)


def test_a_payer_that_denied_everything_is_unknown() -> None:
    found = discovered(rows_of(LINES, BY_FEE, status="denied", allowed_cents=0))
    assert found.table().rows() == [("Summit PPO", "unknown", "", None, 0, 0)]


def medicare_paid(percent: int) -> list[dict[str, Any]]:
    """Return lines of a Medicare Advantage plan: payments after sequestration, nothing else."""
    evidence = only(discovered(rows_of(LINES, BY_FEE))).stretches[0].evidence
    [base] = [base for base in evidence.medicare if (base.reduction, base.year) == ("yes", None)]
    allowed = [share(int(value), percent / 2) for value in evidence.medicare[base]]
    paid = [cents - share(cents, 2) for cents in allowed]
    return without_allowed(LINES, paid, payer_class="Medicare Advantage")


def test_sequestration_is_added_to_what_medicare_advantage_paid() -> None:
    found = discovered(medicare_paid(100))
    assert said(found)[0] == ("percent_of_medicare", "percent=100; mppr=yes; year=follow")
    assert only(found).source == "paid, sequestration"


def test_an_odd_percentage_after_sequestration_is_not_named() -> None:
    # 98.37 % may be a round one less what the plan took off: it is not said.
    paid = medicare_paid(100)
    rows = [row | {"insurance_paid_cents": share(row["insurance_paid_cents"], 97.13)} for row in paid]
    assert said(discovered(rows)) == [("unknown", "")]
