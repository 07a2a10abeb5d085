from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from analysis.errors import BadInput
from tests.ingest.x12.build import claims, interchange

if TYPE_CHECKING:
    from analysis.ingest import Export
    from tests.ingest.conftest import Read

BILLED = ["CLM*A1*150***11:B:1*Y*A*Y*Y", "HI*ABK:M545", "NM1*82*1*KIM*PAT****XX*1999999984", "LX*1"]
LINES = ["SV1*HC:97110:GP*100*UN*2***1", "DTP*472*D8*20260302", "REF*6R*L1", "LX*2", "SV1*HC:97140:GP:59*50*UN*1***1"]
CODES = {"kind": "837", "version": "005010X222A1"}


def given(read: Read, *segments: str, **options: str) -> Export:
    return read(interchange(claims(*segments), **(CODES | options)), "march.837")  # type: ignore[arg-type]


def test_a_claim_gives_charges_without_payments(read: Read) -> None:
    export = given(read, *BILLED, "DTP*472*D8*20260301", *LINES)
    columns = ["code", "modifiers", "units", "charge_cents", "date_of_service", "place_of_service", "provider", "payer"]
    common = ("11", "KIM, PAT", "MEDICARE PART B")
    assert export.lines.select(columns).rows() == [
        ("97110", "GP", 2, 10000, date(2026, 3, 2), *common),
        ("97140", "59 GP", 1, 5000, date(2026, 3, 1), *common),
    ]
    assert not export.fields & {"paid_cents", "insurance_paid_cents", "allowed_cents"}
    assert dict(export.clinic_zips) == {None: "14202"}
    assert export.lines["payer_class"].to_list() == ["Medicare"] * 2


def test_further_payers_of_a_claim_do_not_take_the_place_of_its_own(read: Read) -> None:
    other = ["SBR*S*18*******CI", "NM1*IL*1*DOE*JOHN****MI*999", "NM1*PR*2*AARP*****PI*2"]
    export = given(read, *BILLED[:3], *other, "LX*1", *LINES[:3])
    assert export.lines["payer"].to_list() == ["MEDICARE PART B"]


def test_a_claim_that_replaces_another_sets_it_aside(read: Read) -> None:
    again = ["CLM*A1B*100***11:B:7*Y*A*Y*Y", "REF*F8*A1", "LX*1", *LINES[:2]]
    export = given(read, *BILLED, "DTP*472*D8*20260301", *LINES, *again)
    assert export.lines["charge_cents"].to_list() == [10000]
    assert export.reasons == {"row__replaced": 2}


def test_a_voided_claim_does_not_count(read: Read) -> None:
    void = ["CLM*A1*150***11:B:8*Y*A*Y*Y", "LX*1", *LINES[:2]]
    export = given(read, *BILLED, "DTP*472*D8*20260301", *LINES, *void)
    assert export.lines.is_empty()
    assert export.reasons == {"row__replaced": 2, "status__void": 1}


def test_a_claim_whose_lines_do_not_add_up_is_told(read: Read) -> None:
    export = given(read, *BILLED, *LINES[:3])
    assert export.imbalances.select("level", "expected_cents", "found_cents").rows() == [("claim", 15000, 10000)]


def test_a_claim_without_lines_keeps_its_dollars(read: Read) -> None:
    export = given(read, *BILLED[:1], *BILLED, "DTP*472*D8*20260301", *LINES)
    assert (export.rows_ignored, export.dollars_ignored) == (1, 15000)


@pytest.mark.parametrize(
    ("version", "line", "message"),
    [("005010X223A2", "SV2*0420*HC:97110*100*UN*2", "institutional"), ("005010X224A2", "SV3*AD:D0120*100", "dental")],
)
def test_other_claims_are_named(read: Read, version: str, line: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        given(read, *BILLED, line, version=version)


def test_a_patient_who_is_not_the_subscriber_is_the_patient(read: Read) -> None:
    child = ["HL*3*2*23*0", "PAT*19", "NM1*QC*1*DOE*BABY"]
    export = given(read, *child, *BILLED, "DTP*472*D8*20260301", *LINES)
    assert export.lines["patient_key"].n_unique() == 1
    assert export.keys["name_key"].null_count() == 0


def test_lines_in_minutes_count_as_one_unit_and_are_told(read: Read) -> None:
    export = given(read, *BILLED, "SV1*HC:00840:AA*150*MJ*62***1", "DTP*472*RD8*20260302-20260302")
    assert export.lines.select("units", "minutes", "date_of_service").rows() == [(1, 62, date(2026, 3, 2))]
    assert any("minutes (MJ)" in notice.text for notice in export.notices)


def test_a_line_s_own_therapist_and_the_place_of_the_service(read: Read) -> None:
    place = ["NM1*77*2*RIVERSIDE WEST", "N3*1 MAIN ST", "N4*CINCINNATI*OH*452021234"]
    export = given(read, *BILLED[:3], *place, "LX*1", *LINES[:2], "NM1*82*1*LEE*SAM****XX*1")
    assert export.lines["provider"].to_list() == ["LEE, SAM"]
    assert dict(export.clinic_zips) == {"RIVERSIDE WEST": "45202"}


def test_a_line_outside_a_claim_is_told(read: Read) -> None:
    export = given(read, "SV1*HC:97110:GP*100*UN*2", *BILLED, "DTP*472*D8*20260301", *LINES)
    assert export.reasons == {"date_of_service__missing": 1}
    assert any("outside any claim" in notice.text for notice in export.notices)


def test_a_claim_file_given_twice_in_one_counts_once(read: Read) -> None:
    one = claims(*BILLED, "DTP*472*D8*20260301", *LINES)
    export = read(interchange(one, one, kind="837", version="005010X222A1"), "march.837")
    assert export.reasons == {"remittance__duplicate": 2}
