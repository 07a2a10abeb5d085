"""Finding a payment locality, and what stands in for one that has ended."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from analysis.errors import BadInput, MissingRelease
from analysis.medicare.fees import NATIONAL, Locality, load_book, resolve
from analysis.medicare.fees.localities import all_localities, gpcis_in
from analysis.system.paths import DATA
from tests.pricing import reference


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("15202-00", "15202-00"),
        (" 15202-00 ", "15202-00"),
        ("15202 00", "15202-00"),
        ("15202/00", "15202-00"),
        ("1520200", "15202-00"),
        ("45402", "15202-00"),
        ("45402-1234", "15202-00"),
        ("454021234", "15202-00"),
        ("90210", "01182-18"),
        ("92805", "01182-18"),  # Anaheim
        ("00901", "09202-20"),  # San Juan
        ("OH", "15202-00"),
        ("oh", "15202-00"),
        ("PR", "09202-20"),
        ("national", "00000-00"),
        ("National", "00000-00"),
        ("00000-00", "00000-00"),
    ],
)
def test_a_locality_is_found_by_mac_zip_or_state(text: str, key: str) -> None:
    assert resolve(text).key == key


def test_a_state_with_several_localities_lists_them() -> None:
    with pytest.raises(BadInput) as refused:
        resolve("CA")
    message = str(refused.value)
    here = [place for place in all_localities() if place.state == "CA"]
    assert len(here) == 29
    for place in here:
        assert place.key in message
    for retired in reference.CALIFORNIA_2024:
        assert retired not in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "text", ["", "  ", "ZZ", "Ohio State", "99999", "00000", "15202-99", "99999-00", "1520", "15202-0", "-1"]
)
def test_what_is_no_locality_is_refused_naming_it(text: str) -> None:
    with pytest.raises(BadInput, match="found the locality") as refused:
        resolve(text)
    assert repr(text) in str(refused.value).replace("' '", "'  '")
    assert "15202-00" in refused.value.expected


def test_every_zip_code_leads_to_a_locality_of_the_newest_schedule() -> None:
    text = dict.fromkeys(("zip", "state", "mac", "locality"), pl.String)
    zips = pl.read_csv(DATA / "localities" / "zip_locality_2026q1.csv", schema=text)
    assert not zips["zip"].is_duplicated().any()
    paid = {place.key for place in all_localities()}
    assert len(paid) == 109
    assert set(zips.select(pl.concat_str("mac", "locality", separator="-")).to_series()) <= paid
    for zip_code, _, mac, number in zips.gather_every(997).iter_rows():
        assert resolve(zip_code).key == f"{mac}-{number}"


@pytest.mark.parametrize(("retired", "successor"), sorted(reference.CALIFORNIA_2024.items()))
def test_californias_retired_localities_have_their_own_gpcis_to_2023_and_their_successors_from_2024(
    retired: str, successor: str
) -> None:
    place = resolve(retired)
    assert place.key == retired
    for year, schedule in load_book().schedules.items():
        placed = gpcis_in(schedule, place)
        there = year <= 2023
        assert placed.locality.key == (retired if there else successor)
        assert (retired in placed.note and successor in placed.note and str(year) in placed.note) is not there
        gpcis = reference.gpci_rows(min(year, 2026))[retired if there else successor]
        assert [placed.work_gpci_e3, placed.pe_gpci_e3, placed.mp_gpci_e3] == [int(gpci * 1000) for gpci in gpcis]


def test_localities_of_the_newest_schedule_are_in_all_of_them() -> None:
    for schedule in load_book().schedules.values():
        for place in all_localities():
            assert gpcis_in(schedule, place).locality == place
            assert not gpcis_in(schedule, place).note


def test_national_is_gpci_1_in_every_year() -> None:
    for schedule in load_book().schedules.values():
        placed = gpcis_in(schedule, NATIONAL)
        assert (placed.work_gpci_e3, placed.pe_gpci_e3, placed.mp_gpci_e3, placed.note) == (1000, 1000, 1000, "")


def test_a_locality_no_schedule_has_is_missing_by_name() -> None:
    nowhere = Locality("99999", "99", "XX", "NOWHERE")
    with pytest.raises(MissingRelease, match=r"2026.*99999-99"):
        gpcis_in(load_book().schedule_on(date(2026, 1, 1)), nowhere)


def test_a_locality_is_the_same_by_whatever_name() -> None:
    # Names change over the years ("... HAYWARD" became "... BERKELEY"); the MAC and number say which it is.
    assert Locality("15202", "00", "OH", "OHIO") == resolve("OH")
    assert Locality("15202", "00", "OH", "Ohio *") == resolve("OH")
    assert len({Locality("15202", "00", "OH", "Ohio *"), resolve("OH")}) == 1


def test_names_for_people() -> None:
    assert resolve("15202-00").label == "Ohio, OH (15202-00)"
    assert NATIONAL.label == "National (GPCI 1.000)"
