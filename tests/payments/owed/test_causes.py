"""Every mistake that gives the cents is named, together with the others that give the same."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from analysis.medicare.fees import resolve
from analysis.money import BASIS, half_up
from analysis.payers import ContractBook
from analysis.payments import by_mistake, find_owed, mistake, mistakes
from analysis.pricing import price
from analysis.whatif.scenarios import Contract
from tests.payments.answers import read, with_amounts

MEDICARE = ContractBook()


def causes(rows: list[str], book: ContractBook = MEDICARE) -> dict[str, str]:
    """Code -> the mistakes named for it."""
    export, priced = read(rows)
    short = find_owed(priced, book, export).found.filter(pl.col("kind") == "short")
    return dict(short.select("code", "mistake").iter_rows())


def line(code: str, units: int, allowed: str, day: str = "2026-03-02", payer: str = "Medicare") -> str:
    return f"A,{day},{payer},{code},GP,{units},190.00,,{allowed},,"


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        # Two units of 97110 at 27.87 + 21.62: 27.87 is one unit, nothing else.
        ([line("97110", 2, "27.87")], {"97110": "fewer_units"}),
        # Both units reduced, 43.24.
        ([line("97110", 2, "43.24")], {"97110": "reduced_full_unit"}),
        # The second unit at half of 27.87.
        ([line("97110", 2, "41.81")], {"97110": "further_units_half"}),
        ([line("97110", 2, "41.80")], {"97110": "unexplained"}),
        # 95 % of 49.49.
        ([line("97110", 2, "47.02")], {"97110": "non_participating"}),
        # May 2024 at the factor of January 2024: 32.7442 in place of 33.2875.
        ([line("97530", 1, "34.14", "2024-05-02")], {"97530": "earlier_factor"}),
        # 97161 x 2: the MUE is 1, so one unit is not only fewer units.
        ([line("97161", 2, "93.86")], {"97161": "more_units_than_mue"}),
        # 97750 beside 97161 is never paid (indicator 0).
        ([line("97161", 1, "93.86"), line("97750", 2, "0.00")], {"97750": "ncci_pair"}),
        # $49.49 less 2 %.
        ([line("97110", 2, "48.50")], {"97110": "sequestration_on_allowed"}),
    ],
)
def test_a_mistake_is_named_by_its_cents(rows: list[str], named: dict[str, str]) -> None:
    assert causes(rows) == named


def test_mistakes_that_give_the_same_cents_are_named_together() -> None:
    # 117.65% of 27.87 is 32.79, and 85% of that is 27.87 again: the assistants' cut, or Medicare's plain amount.
    book = ContractBook((Contract("medicare", payer="Acme", percent_bp=11_765),))
    named = causes([line("97110", 1, "27.87", payer="Acme")], book)
    assert named == {"97110": "assistant_without_modifier or plain_medicare"}
    # Alone, each of them is named alone.
    assert causes([line("97110", 1, "23.69")]) == {"97110": "assistant_without_modifier"}
    full = ContractBook((Contract("medicare", payer="Acme", percent_bp=BASIS, mppr=False),))
    assert causes([line("97110", 2, "49.49", payer="Acme")], full) == {"97110": "mppr_not_agreed"}


def test_either_or_is_said_in_words() -> None:
    both = mistake("fewer_units or non_participating")
    assert both.label == "Fewer units paid or paid as non-participating"
    assert both.text.startswith("Two mistakes give this amount to the cent: either fewer units paid or paid as")
    assert mistakes()["fewer_units"].todo in both.todo
    assert mistakes()["non_participating"].todo in both.todo
    frame = pl.DataFrame(
        {"mistake": ["fewer_units or mips", "fewer_units or mips"], "line_ids": [[1], [2, 3]], "owed_cents": [5, 7]}
    )
    assert by_mistake(frame).select("label", "lines", "owed_cents").rows() == [
        ("Fewer units paid or a MIPS cut", 3, 12)
    ]


def test_a_cap_that_the_terms_do_not_have() -> None:
    rows = [
        line(code, units, allowed, str(date(2026, 3, 2) + timedelta(visit)))
        for visit in range(6)
        for code, units, allowed in (("97530", 1 + visit % 3, "40.00"), ("97110", 1, "5.00"))
    ]
    export, priced = read(rows)
    short = find_owed(priced, MEDICARE, export).found.filter(pl.col("kind") == "short")
    assert set(short["mistake"]) == {"visit_cap"}
    assert set(short["allowed_cents"]) == {4500}
    assert short.height == 6


def test_a_mips_cut_that_no_file_shows_is_named_from_many_lines() -> None:
    codes = ("97110", "97530", "97140", "97112", "97116", "97161")
    rows = [line(codes[n % 6], 1 + n % 3, "0", str(date(2026, 3, 1) + timedelta(n))) for n in range(24)]
    export, priced = read(rows)
    share = pl.col("expected_cents") - pl.col("coinsurance_cents")
    cut = share - half_up(share * 450, BASIS)
    paid = cut - half_up(cut * 200, BASIS)
    given = with_amounts(
        priced, allowed_cents=pl.col("expected_cents"), insurance_paid_cents=paid,
        patient_paid_cents=pl.col("coinsurance_cents"),
    )  # fmt: skip
    found = find_owed(given, MEDICARE, export).found
    assert set(found["kind"]) == {"unpaid"}
    assert set(found["mistake"]) == {"mips"}
    assert set(found["owed_by"]) == {"insurer"}
    few = with_amounts(
        given, insurance_paid_cents=pl.when(pl.col("line_id") < 9).then(paid).otherwise("medicare_cents")
    )
    assert "mips" not in set(find_owed(few, MEDICARE, export).found["mistake"]), "nine lines are too few"


def test_the_facility_rate_is_named_where_a_code_has_one() -> None:
    # Dry needling (20560) is no therapy code by itself: in a facility its practice expense is lower.
    export, priced = read([line("20560", 1, "0")])
    hospital = priced.lines.with_columns(
        place_of_service=pl.lit("22").cast(pl.Categorical), modifiers=pl.lit("").cast(pl.Categorical)
    )
    less = price(hospital, resolve("15202-00")).lines["scheduled_cents"]
    assert less[0] < priced.lines["scheduled_cents"][0]
    given = with_amounts(priced, allowed_cents=less.to_list())
    assert find_owed(given, MEDICARE, export).found["mistake"].to_list() == ["facility_rate"]
