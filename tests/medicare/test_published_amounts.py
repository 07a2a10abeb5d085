"""Amounts that others published, and every amount of every schedule against exact decimal arithmetic."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

from analysis.errors import BadInput
from analysis.medicare.fees import NATIONAL, Schedule, load_book, resolve
from analysis.medicare.fees.localities import all_localities, gpcis_in
from analysis.pricing import rates, schedule_amounts
from tests.pricing import reference

if TYPE_CHECKING:
    from analysis.medicare.fees import Locality
    from analysis.medicare.fees.schedules import Track
    from analysis.pricing import Setting

EXACT = pl.Decimal(38, 12)
SETTINGS: tuple[Setting, ...] = ("nonfacility", "facility")
PERIODS = reference.FACTORS + reference.PROPOSED


@pytest.mark.parametrize(
    ("year", "code", "full"),
    [
        (2020, "97110", 3140),
        (2020, "97112", 3609),
        (2020, "97140", 2887),
        (2020, "97530", 4042),
        (2021, "97110", 3036),
        (2021, "97140", 2791),
    ],
)
def test_national_amounts_as_published(year: int, code: str, full: int) -> None:
    assert rates(date(year, 6, 1), NATIONAL, codes=[code])["full_cents"].to_list() == [full]


def test_97112_beats_97110_by_more_as_the_full_unit_than_as_a_reduced_one() -> None:
    # National 2026: 3.67 as the full unit, 2.67 as a reduced one (payment rules, section 3).
    codes = rates(date(2026, 3, 2), NATIONAL, codes=["97110", "97112"]).sort("hcpcs")
    assert codes["full_cents"].diff()[1] == 367
    assert codes["reduced_cents"].diff()[1] == 267


def _exact(rows: pl.DataFrame, gpcis: tuple[Decimal, Decimal, Decimal], conversion: Decimal) -> pl.DataFrame:
    """full and reduced of RVU rows in decimal dollars, rounded half-up once: not by the integers of the code."""
    work, pe, malpractice = (
        (pl.col(name).cast(EXACT) / 100).cast(EXACT) * pl.lit(gpci).cast(EXACT)
        for name, gpci in zip(("work_rvu_e2", "pe_rvu_e2", "malpractice_rvu_e2"), gpcis, strict=True)
    )
    factor, half = pl.lit(conversion).cast(EXACT), pl.lit(Decimal("0.5")).cast(EXACT)
    full, reduced = (work + pe + malpractice) * factor, (work + pe * half + malpractice) * factor
    return rows.select(
        (amount.round(2, mode="half_away_from_zero") * 100).cast(pl.Int64).alias(name)
        for name, amount in (("full_cents", full), ("reduced_cents", reduced))
    )


def test_the_vectorised_decimals_are_the_reference_s() -> None:
    # Ties at half a cent, and amounts just off them.
    rows = pl.DataFrame({"work_rvu_e2": [50, 50, 7], "pe_rvu_e2": [0, 1, 13], "malpractice_rvu_e2": [0, 0, 1]})
    gpcis, conversion = (Decimal("1.001"), Decimal("0.998"), Decimal("1.5")), Decimal("32.9700")
    half = Decimal("0.5")
    wanted = [
        reference.amounts_of({"work_rvu": work, "pe": pe, "malpractice_rvu": mp}, gpcis, conversion, "pe", half)
        for work, pe, mp in (("0.50", "0", "0"), ("0.50", "0.01", "0"), ("0.07", "0.13", "0.01"))
    ]
    assert _exact(rows, gpcis, conversion).rows() == [(int(full * 100), int(reduced * 100)) for full, reduced in wanted]
    one = pl.DataFrame({"work_rvu_e2": [50], "pe_rvu_e2": [0], "malpractice_rvu_e2": [0]})
    assert _exact(one, (Decimal(1),) * 3, Decimal("32.97")).rows() == [(1649, 1649)]  # 16.485 is half a cent: up


def _check(
    schedule: Schedule, place: Locality, on: date, track: Track, setting: Setting, codes: set[str] | None
) -> int:
    """Compare one place's amounts with exact decimals; returns how many amounts there were."""
    got = schedule_amounts(schedule, place, on=on, codes=codes, track=track, setting=setting)
    conversion = reference.factor(on, track, proposed=True)
    assert conversion is not None
    gpcis = reference.gpci_rows(schedule.base_year)
    exact = _exact(got, gpcis[gpcis_in(schedule, place).locality.key], conversion)
    rvus = pl.sum_horizontal("work_rvu_e2", "pe_rvu_e2", "malpractice_rvu_e2") > 0
    payable = got.select(pl.col("status").is_in(["A", "R", "T"]) & rvus).to_series()
    where = f"{place.key} {on} {track} {setting}"
    assert got.filter(payable)["full_cents"].equals(exact.filter(payable)["full_cents"]), where
    assert got.filter("mppr")["reduced_cents"].equals(exact.filter(got["mppr"])["reduced_cents"]), where
    # What is not payable from RVUs: bundled codes 0, all others nothing and a reason.
    rest = got.filter(~payable)
    assert rest["full_cents"].to_list() == [0 if status == "B" else None for status in rest["status"]], where
    assert rest["reason"].is_null().to_list() == [status == "B" for status in rest["status"]], where
    assert got.filter(payable)["reason"].null_count() == payable.sum(), where
    assert got.filter(~pl.col("mppr"))["reduced_cents"].null_count() == got.height - got["mppr"].sum(), where
    # Codes equal in practice expense and fee tie for the unit in full; their reduced amounts are equal as well.
    ties = got.filter("mppr").group_by("pe_rvu_e2", "full_cents").agg(pl.col("reduced_cents").n_unique())
    assert set(ties["reduced_cents"]) == {1}, where
    return int(got["full_cents"].count() + got["reduced_cents"].count())


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize(("first", "last"), [period[:2] for period in PERIODS], ids=str)
def test_every_amount_of_a_whole_locality(first: date, last: date, setting: Setting) -> None:
    schedule = load_book().schedule_on(first, proposed=True)
    tracks: tuple[Track, ...] = ("non_qp", "qp") if first.year >= 2026 else ("non_qp",)
    for track in tracks:
        for on in (first, last):
            assert _check(schedule, resolve("13202-01"), on, track, setting, None) > 8000


@pytest.mark.parametrize(("first", "last"), [period[:2] for period in PERIODS], ids=str)
def test_every_locality(first: date, last: date) -> None:
    """Therapy codes in every locality; each other code in several of them, the settings by turns."""
    schedule = load_book().schedule_on(first, proposed=True)
    therapy = set(schedule.rvus.filter(pl.col("multiple_procedure") == "5")["hcpcs"])
    others = sorted(set(schedule.rvus["hcpcs"]) - therapy)
    places = [*all_localities(), NATIONAL, *(resolve(key) for key in reference.CALIFORNIA_2024)]
    for index, place in enumerate(places):
        codes = therapy | set(others[index % 20 :: 20])
        assert _check(schedule, place, last, "non_qp", SETTINGS[index % 2], codes) > 400


def test_therapy_codes_are_those_with_indicator_5() -> None:
    for year in range(2020, 2027):
        amounts = rates(date(year, 6, 1), NATIONAL)
        marked = {code for (code, _), row in reference.rvu_rows(year).items() if row["multiple_procedure"] == "5"}
        # Two-sided: 95992 is therapy, not under MPPR; 0791T carries the indicator, but has no amount.
        assert set(amounts.filter("mppr")["hcpcs"]) == marked - {"0791T"}
        assert len(marked - {"0791T"}) == 51
        assert amounts.filter(pl.col("hcpcs") == "95992").select("mppr", "reduced_cents").rows() == [(False, None)]


def test_rates_name_the_codes_a_schedule_does_not_have() -> None:
    with pytest.raises(BadInput, match=r"ABCDE, ZZZZZ.*2026"):
        rates(date(2026, 3, 2), NATIONAL, codes=["97110", "ZZZZZ", "ABCDE"])


def test_rates_show_what_they_were_computed_from() -> None:
    row = rates(date(2024, 3, 9), resolve("01182-26"), codes=["97110"]).row(0, named=True)
    assert (row["mac"], row["locality"], row["date"]) == ("01182", "18", date(2024, 3, 9))
    assert (row["work_rvu_e2"], row["pe_rvu_e2"], row["malpractice_rvu_e2"]) == (45, 42, 1)
    assert row["conversion_factor_e4"] == 332_875


def test_a_facility_pays_therapy_the_non_facility_amount_and_other_codes_their_own() -> None:
    on, codes = date(2026, 3, 2), ["97110", "95992"]
    office = rates(on, NATIONAL, codes=codes).sort("hcpcs")
    hospital = rates(on, NATIONAL, codes=codes, setting="facility").sort("hcpcs")
    assert office["full_cents"].to_list() == [4075, 2906]
    assert hospital["full_cents"].to_list() == [2973, 2906]


def test_therapy_has_the_non_facility_practice_expense_even_where_the_file_has_two() -> None:
    # In the files so far the two are equal for every code under MPPR; the rule does not rest on that.
    schedule = load_book().schedule(2026)
    split = dataclasses.replace(schedule, rvus=schedule.rvus.with_columns(facility_pe_rvu_e2=pl.lit(0, pl.Int64)))
    for setting in SETTINGS:
        amounts = schedule_amounts(split, NATIONAL, on=date(2026, 3, 2), codes=["97110"], setting=setting)
        assert amounts.select("full_cents", "reduced_cents").rows() == [(2906, 2221)]
