"""Known mistakes planted into priced visits: each is found, and no correct line is accused."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from analysis.ingest import read_export
from analysis.medicare.fees import resolve
from analysis.money import BASIS, half_up
from analysis.payers import ContractBook
from analysis.payments import WORKLIST, by_mistake, expectations, mistakes, underpaid
from analysis.pricing import Priced, price
from analysis.pricing.repricing import in_year
from analysis.whatif.scenarios import Contract

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = "Patient ID,DOS,CPT,Mods,Units,Charge,Payer\n"
VISITS = [
    (f"P{patient}", f"2026-0{month}-1{patient}", code, modifiers, units)
    for patient in range(4)
    for month in range(1, 6)
    for code, modifiers, units in (
        ("97110", "GP", 2),
        ("97140", "GP", 1),
        ("97530", "GP CQ" if patient == 3 else "GP", 3),
    )
]


def priced(payer: str = "Medicare Part B", charge: str = "900.00", place: str = "14202") -> Priced:
    rows = "".join(f"{p},{d},{c},{m},{u},{charge},{payer}\n" for p, d, c, m, u in VISITS)
    export = read_export((HEAD + rows).encode(), "a.csv", key=b"k" * 32, today=date(2026, 11, 22))
    return price(export.lines, resolve(place))


def answered(base: Priced, **columns: pl.Expr | None) -> Priced:
    """The lines with what a remittance said of them; by default everything right."""
    right = {"allowed_cents": pl.col("expected_cents"), "insurance_paid_cents": pl.col("medicare_cents")}
    chosen = {name: expr for name, expr in (right | columns).items() if expr is not None}
    return Priced(base.lines.with_columns(**chosen), base.fees, base.notes)


def with_fees(base: Priced) -> Priced:
    rates = base.fees.select("fee_id", "full_cents", "reduced_cents")
    return Priced(base.lines.join(rates, on="fee_id", how="left", maintain_order="left"), base.fees, base.notes)


def only(worklist: pl.DataFrame) -> set[str]:
    return set(worklist["mistake"])


MEDICARE = ContractBook()


def test_lines_that_are_right_are_never_accused() -> None:
    worklist = underpaid(answered(priced()), MEDICARE)
    assert worklist.is_empty()
    assert worklist.schema == WORKLIST
    more = answered(priced(), allowed_cents=pl.col("expected_cents") + 500)
    assert underpaid(more, MEDICARE).is_empty()


def test_a_deductible_is_not_held_against_the_payer() -> None:
    assert underpaid(answered(priced(), insurance_paid_cents=pl.lit(0)), MEDICARE).is_empty()
    assert underpaid(answered(priced(), insurance_paid_cents=pl.col("medicare_cents") - 1234), MEDICARE).is_empty()


def test_another_payer_s_line_of_the_day_takes_no_part_in_what_medicare_owes() -> None:
    # State Fund decides 97530 and Medicare 97110 in full: what Medicare allows is right, and a reduced unit is short.
    rows = "P1,2026-03-02,97530,GP,1,90.00,State Fund\nP1,2026-03-02,97110,GP,1,90.00,Medicare Part B\n"
    export = read_export((HEAD + rows).encode(), "a.csv", key=b"k" * 32, today=date(2026, 11, 22))
    base = price(export.lines, resolve("14202"))
    rates = base.lines.join(base.fees.select("fee_id", "full_cents", "reduced_cents"), on="fee_id")
    assert rates["expected_cents"].to_list() == rates["full_cents"].to_list()
    assert underpaid(answered(base), MEDICARE).is_empty()
    reduced = Priced(rates, base.fees, base.notes)
    found = underpaid(answered(reduced, allowed_cents=pl.col("reduced_cents")), MEDICARE)
    assert found.select("code", "mistake").rows() == [("97110", "reduced_full_unit")]


@pytest.mark.parametrize("contract", [None, Contract("fees", payer="Acme", fees=(("97110", 4000),))])
def test_nothing_is_owed_for_lines_that_are_not_covered_or_free(contract: Contract | None) -> None:
    payer = "Acme" if contract else "Medicare Part B"
    lines = (("GP GY", "90.00"), ("GP GZ", "90.00"), ("GP", "0.00"), ("GP", "90.00"))
    rows = "".join(f"P1,2026-03-02,97110,{modifiers},1,{charge},{payer}\n" for modifiers, charge in lines)
    export = read_export((HEAD + rows).encode(), "a.csv", key=b"k" * 32, today=date(2026, 11, 22))
    base = price(export.lines, resolve("14202"))
    book = ContractBook((contract,)) if contract else MEDICARE
    due = expectations(base, book)["due_cents"].to_list()
    assert due[:3] == [None, None, 0]
    assert due[3] == (4000 if contract else base.lines["list_cents"][3])
    denied = Priced(
        base.lines.with_columns(pl.lit("denied", pl.Categorical()).alias("status"), allowed_cents=0),
        base.fees,
        base.notes,
    )
    assert underpaid(denied, book)["owed_cents"].to_list() == [due[3]]


def test_nothing_is_expected_of_payers_without_terms() -> None:
    base = answered(priced("Aetna"), allowed_cents=pl.lit(1))
    assert underpaid(base, MEDICARE).is_empty()
    assert expectations(base, MEDICARE)["due_cents"].null_count() == base.lines.height


def test_lines_without_an_allowed_amount_are_not_judged() -> None:
    assert underpaid(answered(priced(), allowed_cents=pl.lit(None, pl.Int64)), MEDICARE).is_empty()


def _scheduled(lines: pl.DataFrame, place: str = "14202") -> pl.Series:
    return price(lines, resolve(place)).lines["scheduled_cents"]


PLANTED: dict[str, Callable[[Priced], pl.Series]] = {
    "reduced_full_unit": lambda f: f.lines.select(
        pl.when(pl.col("full_units") > 0).then(pl.col("units") * pl.col("reduced_cents")).otherwise("expected_cents")
    ).to_series(),
    "assistant_on_allowed": lambda f: f.lines.select(
        pl.when(pl.col("modifiers").cast(pl.String).str.contains("CQ"))
        .then(half_up(pl.col("expected_cents") * 8500, BASIS))
        .otherwise("expected_cents")
    ).to_series(),
    "assistant_without_modifier": lambda f: f.lines.select(
        pl.when(~pl.col("modifiers").cast(pl.String).str.contains("CQ"))
        .then(half_up(pl.col("expected_cents") * 8500, BASIS))
        .otherwise("expected_cents")
    ).to_series(),
    "sequestration_on_allowed": lambda f: f.lines.select(
        pl.col("expected_cents") - half_up(pl.col("expected_cents") * 200, BASIS)
    ).to_series(),
    "earlier_schedule": lambda f: _scheduled(in_year(f.lines, 2025)),
    "other_locality": lambda f: _scheduled(f.lines),
}


@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_mistake_is_the_one_that_is_found(mistake: str) -> None:
    base = with_fees(priced(place="10001" if mistake == "other_locality" else "14202"))
    planted = answered(base, allowed_cents=None).lines.with_columns(PLANTED[mistake](base).alias("allowed_cents"))
    short = planted.filter(pl.col("allowed_cents") < pl.col("expected_cents"))
    assert short.height
    given = planted.drop("full_cents", "reduced_cents")
    worklist = underpaid(Priced(given, base.fees, base.notes), MEDICARE)
    assert set(worklist["line_id"]) == set(short["line_id"])
    assert only(worklist) == {mistake}
    assert worklist["owed_cents"].sum() == (short["expected_cents"] - short["allowed_cents"]).sum()


@pytest.mark.parametrize(("alike", "mistake"), [(2, "unexplained"), (3, "other_locality")])
def test_another_locality_is_named_where_three_lines_meet_it(alike: int, mistake: str) -> None:
    base = priced(place="10001")
    there = _scheduled(base.lines)
    short = (there < base.lines["expected_cents"]).arg_true().head(alike)
    planted = answered(base).lines.with_columns(allowed_cents=base.lines["expected_cents"].scatter(short, there[short]))
    assert there[short].n_unique() > 1
    worklist = underpaid(Priced(planted, base.fees, base.notes), MEDICARE)
    assert worklist.height == alike
    assert only(worklist) == {mistake}


def test_95_percent_of_the_schedule_is_a_clinic_that_does_not_participate() -> None:
    less = half_up(pl.col("scheduled_cents") * 9500, BASIS)
    assert only(underpaid(answered(priced(), allowed_cents=less), MEDICARE)) == {"non_participating"}


def test_what_the_law_takes_off_a_payment_is_not_short() -> None:
    # MIPS, 9 % of Medicare's share before sequestration; then a second sequestration on top is the mistake.
    base = priced()
    share = pl.col("expected_cents") - pl.col("coinsurance_cents")
    share = (
        pl.when(pl.col("modifiers").cast(pl.String).str.contains("CQ"))
        .then(half_up(share * 8500, BASIS))
        .otherwise(share)
    )
    cut = half_up(share * 900, BASIS)
    paid = (share - cut) - half_up((share - cut) * 200, BASIS)
    law = base.lines.select(
        "line_id", pl.lit("CO").alias("group"), pl.lit("237").alias("carc"), cut.alias("amount_cents")
    )
    assert underpaid(answered(base, insurance_paid_cents=paid), MEDICARE, adjustments=law).is_empty()
    twice = paid - half_up(paid * 200, BASIS)
    worklist = underpaid(answered(base, insurance_paid_cents=twice), MEDICARE, adjustments=law)
    assert only(worklist) == {"sequestration_twice"}
    assert worklist.height == 60


TIED = """Patient ID,DOS,CPT,Mods,Units,Charge,Payer
A,2026-03-02,97110,GP,1,90.00,Medicare
A,2026-03-02,97116,GP,1,90.00,Medicare
"""


@pytest.mark.parametrize(
    ("first", "second", "mistakes_found"), [(0, 0, 0), (-625, 625, 0), (-625, 0, 1), (-625, 624, 1)]
)
def test_a_tie_for_the_full_unit_may_go_to_either_code(first: int, second: int, mistakes_found: int) -> None:
    # Ohio 2026: 27.87 in full, 21.62 reduced; the payer may give the full unit to 97116 instead.
    export = read_export(TIED.encode(), "a.csv", key=b"k" * 32, today=date(2026, 11, 22))
    base = price(export.lines, resolve("15202-00"))
    assert base.lines["expected_cents"].to_list() == [2787, 2162]
    shift = pl.Series([first, second])
    given = Priced(base.lines.with_columns(allowed_cents=base.lines["expected_cents"] + shift), base.fees, base.notes)
    assert underpaid(given, MEDICARE).height == mistakes_found


def test_units_that_were_not_paid_are_found_with_and_without_the_count() -> None:
    base = with_fees(priced())
    less = pl.col("units") - 1
    one_less = pl.min_horizontal("full_units", less) * pl.col("full_cents") + (
        less - pl.min_horizontal("full_units", less)
    ) * pl.col("reduced_cents")
    for count in (less, pl.lit(None, pl.Int64)):
        short = base.lines.with_columns(
            allowed_cents=pl.when(less > 0).then(one_less).otherwise("expected_cents"), units_paid=count
        )
        worklist = underpaid(Priced(short.drop("full_cents", "reduced_cents"), base.fees, base.notes), MEDICARE)
        assert only(worklist) == {"fewer_units"}
        assert worklist.height == 40


def test_a_bundled_line_says_so() -> None:
    refused = pl.lit("bundled").cast(pl.Categorical)
    base = answered(priced(), allowed_cents=pl.lit(0), insurance_paid_cents=pl.lit(0), status=refused)
    worklist = underpaid(base, MEDICARE)
    assert only(worklist) == {"bundled"}
    assert worklist["owed_cents"].sum() == base.lines["expected_cents"].sum()


def test_a_denied_line_is_short_by_all_of_it() -> None:
    refused = pl.lit("denied").cast(pl.Categorical)
    base = answered(priced(), allowed_cents=pl.lit(0), insurance_paid_cents=pl.lit(0), status=refused)
    worklist = underpaid(base, MEDICARE)
    assert only(worklist) == {"denied"}
    assert worklist["owed_cents"].sum() == base.lines["expected_cents"].sum()


def test_an_amount_that_no_mistake_gives_says_that_none_does() -> None:
    base = answered(priced(), allowed_cents=pl.col("expected_cents") - 1)
    assert only(underpaid(base, MEDICARE)) == {"unexplained"}


def test_payments_are_short_by_known_mistakes_only() -> None:
    twice = pl.col("medicare_cents") - half_up(pl.col("medicare_cents") * 200, BASIS)
    assert only(underpaid(answered(priced(), insurance_paid_cents=twice), MEDICARE)) == {"sequestration_twice"}
    share = pl.col("expected_cents") - pl.col("coinsurance_cents")
    kept = half_up(share * 8500, BASIS)
    cut = kept - half_up(kept * 200, BASIS)
    worklist = underpaid(answered(priced(), insurance_paid_cents=cut), MEDICARE)
    assert only(worklist) == {"assistant_without_modifier"}
    assert worklist.height == 55  # the five lines with CQ are right


def test_the_patient_s_share_of_a_remittance_explains_a_payment() -> None:
    base = priced()
    owed = base.lines.select(
        "line_id",
        pl.lit("PR").alias("group"),
        pl.lit("1").alias("carc"),
        pl.col("expected_cents").alias("amount_cents"),
    )
    unpaid = answered(base, insurance_paid_cents=pl.lit(0))
    assert underpaid(unpaid, MEDICARE, adjustments=owed).is_empty()


def test_a_mistake_is_looked_for_after_what_the_patient_owes() -> None:
    # Coinsurance and $5.00 of the deductible are the patient's; the rest was cut by sequestration twice.
    base = priced()
    owed = pl.col("coinsurance_cents") + 500
    shares = base.lines.select(
        "line_id", pl.lit("PR").alias("group"), pl.lit("1").alias("carc"), owed.alias("amount_cents")
    )
    share = pl.col("expected_cents") - owed
    kept = (
        pl.when(pl.col("modifiers").cast(pl.String).str.contains("CQ"))
        .then(half_up(share * 8500, BASIS))
        .otherwise(share)
    )
    once = kept - half_up(kept * 200, BASIS)
    cut_twice = answered(base, insurance_paid_cents=once - half_up(once * 200, BASIS))
    worklist = underpaid(cut_twice, MEDICARE, adjustments=shares)
    assert only(worklist) == {"sequestration_twice"}
    assert worklist.height == 60


def test_contract_terms_are_what_is_expected() -> None:
    book = ContractBook((Contract("medicare", payer="Aetna", percent_bp=11_000),))
    base = priced("Aetna")
    right = half_up(pl.col("scheduled_cents") * 11_000, BASIS)
    assert underpaid(answered(base, allowed_cents=right), book).is_empty()
    assert only(underpaid(answered(base, allowed_cents=pl.col("expected_cents")), book)) == {"plain_medicare"}
    full = ContractBook((Contract("medicare", payer="Aetna", percent_bp=11_000, mppr=False),))
    worklist = underpaid(answered(base, allowed_cents=right), full)
    assert only(worklist) == {"mppr_not_agreed"}
    fees = ContractBook((Contract("fees", payer="Aetna", fees=(("97110", 3000),)),))
    expected = expectations(answered(base), fees)
    assert expected["due_cents"].drop_nulls().to_list() == [6000] * 20
    charges = ContractBook((Contract("charges", payer="Aetna", percent_bp=5_000),))
    assert set(expectations(answered(base), charges)["due_cents"]) == {45_000}


@pytest.mark.parametrize(
    ("contract", "of_a_visit"),
    [
        (Contract("visit", payer="Aetna", visit_cents=9_000), 9_000),
        (Contract("visit", payer="Aetna", visit_cents=300_000), 270_000),  # never more than the charges
        (Contract("charges", payer="Aetna", percent_bp=5_000, visit_cap_cents=9_001), 9_001),
        (Contract("charges", payer="Aetna", percent_bp=5_000, visit_cap_cents=200_000), 135_000),
        (Contract("charges", payer="Aetna", percent_bp=5_000, visit_floor_cents=150_000), 150_000),
        (Contract("fees", payer="Aetna", fees=(("97110", 3000),), visit_cap_cents=5_000), 5_000),
        (Contract("fees", payer="Aetna", fees=(("97110", 3000),), visit_cap_cents=9_000), None),  # who knows 97140's?
    ],
)
def test_a_rate_cap_or_floor_is_the_visit_s_and_its_lines_add_up_to_it(
    contract: Contract, of_a_visit: int | None
) -> None:
    expected = expectations(answered(priced("Aetna")), ContractBook((contract,)))
    assert expected["by_visit"].all()
    if of_a_visit is None:
        assert expected["due_cents"].null_count() == 60
        return
    visits = expected.join(priced("Aetna").lines.select("line_id", "visit_key"), on="line_id")
    assert set(visits.group_by("visit_key").agg(pl.col("due_cents").sum())["due_cents"]) == {of_a_visit}


def test_a_contract_of_a_fixed_year_and_locality_is_priced_there() -> None:
    base = priced("Aetna")
    book = ContractBook((Contract("medicare", payer="Aetna", percent_bp=10_000, year=2025, locality="national"),))
    due = expectations(answered(base), book)["due_cents"]
    there = price(in_year(base.lines, 2025), resolve("national")).lines["scheduled_cents"]
    assert due.to_list() == there.to_list()


def test_the_charge_is_the_most_that_is_expected() -> None:
    base = answered(priced(charge="10.00"), allowed_cents=pl.lit(1000))
    assert underpaid(base, MEDICARE).is_empty()


def test_the_summary_adds_up() -> None:
    base = answered(priced(), allowed_cents=pl.col("expected_cents") - 1)
    summary = by_mistake(underpaid(base, MEDICARE))
    assert summary.select("mistake", "lines", "owed_cents").rows() == [("unexplained", 60, 60)]
    assert set(mistakes()) >= set(PLANTED)


def test_what_medicare_took_off_rightly_is_not_short() -> None:
    """Ten claims in Ohio: an assistant's cut with and without AMT*B6, MIPS, a deductible, MPPR; one at 95%."""
    export = read_export((Path(__file__).parent / "reductions.835").read_bytes(), "reductions.835", key=b"k" * 32)
    assert export.lines["allowed_cents"].to_list() == [3333] * 8 + [3166, 3333, 2162]
    worklist = underpaid(price(export.lines, resolve("15202-00")), MEDICARE, adjustments=export.adjustments)
    assert worklist.select("source_row", "owed_cents", "mistake").rows() == [(9, 167, "non_participating")]
