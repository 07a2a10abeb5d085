"""The schedules on disk: the figures are the ones they say they are, and dates find theirs."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import tomllib
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

from analysis.errors import MissingRelease
from analysis.medicare.fees import NATIONAL, load_book, resolve
from analysis.medicare.fees.schedules import factor_e4, read_book
from analysis.medicare.policy import load_policy
from analysis.pricing import periods_of, price, rates
from tests.pricing import reference
from tests.pricing.lines import frame

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.medicare.fees.schedules import Track

FOLDERS = sorted(path.parent for path in reference.DATA.glob("*/schedule.toml"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_schedule_names_the_files_that_are_there_by_their_hashes(folder: Path) -> None:
    schedule = tomllib.loads((folder / "schedule.toml").read_text("utf-8"))
    files = {file["name"]: file["sha256"] for file in schedule.get("files", {}).values()}
    assert {path.name for path in folder.glob("*.csv")} == set(files)
    for name, sha256 in files.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256, name
    assert schedule["citation"]
    assert isinstance(schedule["verified_on"], date)


def test_there_are_the_years_2020_to_2026_and_a_proposed_2027() -> None:
    book = load_book()
    assert book.final_years == tuple(range(2020, 2027))
    assert [schedule.label for schedule in book.schedules.values() if schedule.proposed] == ["2027 PROPOSED"]
    assert book.schedule(2027).base_year == 2026


def test_no_descriptor_of_a_code_is_shipped() -> None:
    # CPT descriptors are the AMA's. Every text column of an RVU file holds codes of a few characters.
    for schedule in load_book().schedules.values():
        texts = schedule.rvus.select(pl.col(pl.String).str.len_chars().max())
        assert max(texts.row(0)) <= 5


def test_every_code_and_modifier_and_every_locality_is_there_once() -> None:
    for schedule in load_book().schedules.values():
        assert not schedule.rvus.select("hcpcs", "modifier").is_duplicated().any()
        assert not schedule.gpcis.select("mac", "locality").is_duplicated().any()


def test_the_figures_are_read_exactly() -> None:
    for year in range(2020, 2027):
        schedule = load_book().schedule(year)
        rvus = {(row["hcpcs"], row["modifier"]): row for row in schedule.rvus.iter_rows(named=True)}
        written = reference.rvu_rows(year)
        assert set(rvus) == set(written)
        for key, row in written.items():
            for column in ("work_rvu", "nonfacility_pe_rvu", "facility_pe_rvu", "malpractice_rvu"):
                assert rvus[key][f"{column}_e2"] == Decimal(row[column]) * 100
        places = {f"{mac}-{number}": gpcis for mac, number, _, _, *gpcis in schedule.gpcis.iter_rows()}
        assert set(places) == set(reference.gpci_rows(year)) - {reference.NATIONAL}
        for place, gpcis in places.items():
            assert gpcis == [int(gpci * 1000) for gpci in reference.gpci_rows(year)[place]]


@pytest.mark.parametrize("track", ["non_qp", "qp"])
def test_the_conversion_factor_and_rates_of_every_day(track: Track) -> None:
    book, policy = load_book(), load_policy()
    day = date(2020, 1, 1)
    for period in periods_of(book, policy, track, proposed=True):
        assert period.start == day, "no day is left out, none has two periods"
        while day <= period.end:
            conversion = reference.factor(day, track, proposed=True)
            assert conversion is not None
            assert period.factor_e4 == conversion * 10_000
            sequestration = [rate for first, rate in reference.SEQUESTRATION if first <= day][-1]
            assistants = reference.ASSISTANT_SHARE if day >= reference.ASSISTANTS_FROM else 1
            assert period.rules == policy.on(day)
            assert period.rules["sequestration_bp"] == sequestration * 10_000
            assert period.rules["assistant_share_bp"] == assistants * 10_000
            assert period.rules["patient_share_bp"] == reference.COINSURANCE * 10_000
            assert period.rules["pe_reduction_bp"] == (1 - reference.PRACTICE_EXPENSE_KEPT) * 10_000
            day += timedelta(days=1)
    assert day == date(2028, 1, 1)


def test_the_rest_of_the_policy_is_the_spec_s() -> None:
    policy = load_policy()
    assert policy.mppr_indicator == "5"
    assert policy.payable == {"A", "R", "T"}
    assert policy.bundled == {"B"}
    assert set(policy.status_reasons) == set("CINEXMPJ")
    assert set(policy.assistant_modifiers) == {"CQ", "CO"}
    assert set(policy.therapy_modifiers) == {"GP", "GO", "GN"}
    assert policy.facility_places == reference.FACILITY
    assert not policy.facility_places & {"11", "12", "02", "10"}
    statuses = {status for schedule in load_book().schedules.values() for status in schedule.rvus["status"].unique()}
    assert statuses == policy.payable | policy.bundled | set(policy.status_reasons), "each has its rule or reason"


def test_a_rate_before_its_first_date_is_missing_and_says_from_when_it_is_there() -> None:
    with pytest.raises(MissingRelease, match=r"2013-03-31.*2013-04-01"):
        load_policy().on(date(2013, 3, 31))


@pytest.mark.parametrize("day", [date(2019, 12, 31), date(2028, 1, 1), date(1999, 1, 1)])
def test_a_date_outside_the_schedules_raises_with_the_range_that_is_there(day: date) -> None:
    for proposed in (False, True):
        with pytest.raises(MissingRelease, match=rf"{day}.*2020-01-01 to 2026-12-31"):
            rates(day, NATIONAL, codes=["97110"], proposed=proposed)


def test_a_year_without_a_schedule_raises_with_the_years_that_are_there() -> None:
    with pytest.raises(MissingRelease, match=r"2019.*2020.*2026.*2027 PROPOSED"):
        load_book().schedule(2019)


def test_the_day_must_lie_in_the_schedule_that_is_asked() -> None:
    with pytest.raises(MissingRelease, match=r"2025-12-31.*2026-01-01 to 2026-12-31"):
        load_book().schedule(2026).period_on(date(2025, 12, 31))


def test_2027_is_used_only_when_asked_for_and_says_proposed() -> None:
    day = date(2027, 3, 1)
    with pytest.raises(MissingRelease, match="2027 PROPOSED is available for scenarios"):
        rates(day, NATIONAL, codes=["97110"])
    # 0.87 x 32.8409 = 28.571583; 0.665 x 32.8409 = 21.8391985; for participants 0.87 x 33.1693 = 28.857291
    amounts = rates(day, NATIONAL, codes=["97110"], proposed=True)
    assert amounts.select("full_cents", "reduced_cents").rows() == [(2857, 2184)]
    assert rates(day, NATIONAL, codes=["97110"], proposed=True, track="qp")["full_cents"].to_list() == [2886]
    lines = frame([{"date_of_service": day}])
    assert price(lines, NATIONAL).lines["expected_cents"].to_list() == [None]
    assert price(lines, NATIONAL, proposed=True).lines["expected_cents"].to_list() == [2857]


def test_conversion_factors_are_read_from_text_exactly() -> None:
    assert [factor_e4(text) for text in ("33.4009", "33.4", "33", "0.5")] == [334_009, 334_000, 330_000, 5_000]


def test_a_folder_without_schedules_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingRelease, match=re.escape("expected folders such as 2026")):
        read_book(tmp_path)


def test_gpcis_of_localities_with_mid_year_changes_are_the_october_ones() -> None:
    # Payment rules, section 2: in 2023 the Virgin Islands have 1.000, 1.008, 0.984 from October, the release at hand.
    place = resolve("09202-50")
    assert place.state == "VI"
    assert reference.gpci_rows(2023)["09202-50"] == tuple(map(Decimal, ("1.000", "1.008", "0.984")))


@pytest.mark.parametrize("turn", [date(2026, 1, 1), date(2026, 1, 2), date(2026, 7, 1), date(2026, 12, 31)])
def test_a_rate_may_change_on_any_day_of_a_year(turn: date) -> None:
    policy = load_policy()
    cut = dataclasses.replace(
        policy.rates["sequestration_bp"], changes=(*policy.rates["sequestration_bp"].changes, (turn, 300))
    )
    changed = dataclasses.replace(policy, rates={**policy.rates, "sequestration_bp": cut})
    periods = [period for period in periods_of(load_book(), changed) if period.start.year == 2026]
    for day in (date(2026, 1, 1), turn - timedelta(days=1), turn, date(2026, 12, 31)):
        if day.year == 2026:
            found = [period.rules["sequestration_bp"] for period in periods if period.start <= day <= period.end]
            assert found == [300 if day >= turn else 200]
