"""Several files as one export."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from analysis.errors import BadInput
from analysis.ingest import read_files
from tests.archives import packed
from tests.ingest.conftest import KEY, TODAY
from tests.ingest.x12.build import claim, claims, head, interchange

if TYPE_CHECKING:
    from analysis.ingest import Export

HEAD = "Charge ID,Patient ID,Patient Name,DOS,CPT,Mods,Units,Charge,Payer\n"
JUNE = HEAD + "1,P1,Doe Jane,6/1/2026,97110,GP,2,100.00,Medicare\n2,P1,Doe Jane,6/1/2026,97140,GP,1,50.00,Medicare\n"
JULY = HEAD + "3,P1,Doe Jane,7/1/2026,97110,GP,2,100.00,Medicare\n4,P2,Roe Rick,7/1/2026,97530,GP,1,60.00,Cash\n"


def together(**files: str | bytes) -> Export:
    return read_files(
        [(name, data.encode() if isinstance(data, str) else data) for name, data in files.items()],
        key=KEY,
        today=TODAY,
    )


def test_two_months_are_one_export() -> None:
    export = together(june=JUNE, july=JULY)
    assert export.lines["line_id"].to_list() == [0, 1, 2, 3]
    assert export.lines["source_file"].to_list() == ["june", "june", "july", "july"]
    assert export.lines["visit_key"].n_unique() == 3
    assert (export.rows_read, export.dollars_read) == (4, 31000)
    assert [source.dollars_accepted for source in export.sources] == [15000, 16000]
    assert export.name == "june, july"


def test_a_file_given_twice_counts_once() -> None:
    export = together(june=JUNE, copy=JUNE, july=JULY)
    assert export.rows_read == 4
    assert any("same file" in notice.text for notice in export.notices)


def test_lines_that_two_files_hold_count_once() -> None:
    export = together(june=JUNE, both=JUNE + JULY.removeprefix(HEAD))
    assert export.rows_accepted == 4
    assert export.reasons == {"row__given_twice": 2}
    assert (export.dollars_read, export.dollars_ignored) == (46000, 15000)
    assert export.notices[-1].name == "row__given_twice"


def test_of_two_states_of_a_record_the_later_file_holds() -> None:
    later = JUNE.replace("97110,GP,2,100.00", "97110,GP,3,150.00")
    export = together(first=JUNE, second=later)
    assert sorted(export.lines["units"].to_list()) == [1, 3]
    assert export.reasons == {"row__given_twice": 1, "row__replaced": 1}


def test_the_copy_with_a_payment_is_kept() -> None:
    paid = JUNE.replace("Payer\n", "Payer,Insurance Paid\n").replace("Medicare\n", "Medicare,40.00\n")
    export = together(first=JUNE, second=paid)
    assert export.lines["insurance_paid_cents"].to_list() == [4000, 4000]


def test_equal_lines_of_one_visit_in_one_file_are_not_touched() -> None:
    double = JUNE.replace("1,P1", ",P1").replace("2,P1", ",P1").replace("97140,GP,1,50.00", "97110,GP,2,100.00")
    assert together(june=double, july=JULY).rows_accepted == 4


def remitted(paid: str = "40.18", number: str = "P1", line: str = "97110:GP*100") -> bytes:
    service = f"SVC*HC:{line}*{paid}**2~DTM*472*20260601~CAS*CO*45*30~CAS*PR*2*29.82~REF*6R*1"
    return interchange([*head(paid), *claim(number, service, charge="100", paid=paid)])


def test_a_remittance_is_posted_to_the_charge_it_pays() -> None:
    export = together(june=JUNE, remittance=remitted())
    assert export.lines.select("source_file", "insurance_paid_cents", "allowed_cents", "paid_on").rows() == [
        ("june", 4018, 7000, date(2026, 3, 15)),
        ("june", None, None, None),
    ]
    assert {"insurance_paid_cents", "allowed_cents", "paid_on"} <= export.fields
    assert export.reasons == {"remittance__posted": 1}
    assert export.adjustments.select("line_id", "carc", "amount_cents").rows() == [(0, "45", 3000), (0, "2", 2982)]
    assert export.unmatched.select("code", "why").rows() == [
        ("97140", "the files have no payment or denial for this charge")
    ]


@pytest.mark.parametrize("record", ["1", "999"])
def test_without_a_control_number_patient_day_and_code_decide(record: str) -> None:
    data = remitted().replace(b"REF*6R*1", f"REF*6R*{record}".encode())
    assert together(june=JUNE, remittance=data).lines["insurance_paid_cents"].to_list() == [4018, None]


def test_a_remittance_of_nobody_in_the_export_is_listed() -> None:
    stranger = remitted(number="X9").replace(b"DOE*JANE", b"POE*PAM").replace(b"REF*6R*1", b"REF*6R*77")
    export = together(june=JUNE, remittance=stranger)
    assert export.reasons == {"remittance__unmatched": 1}
    assert export.unmatched.select("source_file", "paid_cents").rows()[0] == ("remittance", 4018)
    assert export.lines["insurance_paid_cents"].null_count() == 2
    assert export.dollars_read == export.dollars_accepted + export.dollars_ignored == 25000


def test_what_the_export_says_of_a_payment_stays_and_the_difference_is_told() -> None:
    june = JUNE.replace("Payer\n", "Payer,Insurance Paid\n").replace("Medicare\n", "Medicare,39.00\n", 1)
    export = together(june=june.replace("Medicare\n", "Medicare,0.00\n"), remittance=remitted())
    assert export.lines["insurance_paid_cents"].to_list() == [3900, 0]
    assert any("in the export ($39.00) from the remittances ($40.18)" in n.text for n in export.notices)
    assert export.imbalances.select("level", "expected_cents", "found_cents").rows() == [("export_payment", 3900, 4018)]


def test_a_payment_of_zero_in_the_export_is_filled() -> None:
    june = JUNE.replace("Payer\n", "Payer,Insurance Paid,Total Paid\n").replace("Medicare\n", "Medicare,0.00,0.00\n")
    export = together(june=june, remittance=remitted())
    assert export.lines.select("insurance_paid_cents", "paid_cents").rows() == [(4018, 4018), (0, 0)]


def test_claims_and_their_remittance_find_each_other() -> None:
    billed = claims("CLM*A1*100***11:B:1*Y*A*Y*Y", "LX*1", "SV1*HC:97110:GP*100*UN*2***1", "DTP*472*D8*20260601")
    export = together(claims=interchange(billed, kind="837", version="005010X222A1"), remittance=remitted(number="A1"))
    assert export.lines.select("source_file", "units", "insurance_paid_cents").rows() == [("claims", 2, 4018)]


def test_denied_charges_become_denied() -> None:
    refused = "SVC*HC:97110:GP*100*0**2~DTM*472*20260601~CAS*CO*197*100"
    data = interchange([*head("0"), *claim("P1", refused, status="4", charge="100", paid="0")])
    export = together(june=JUNE, remittance=data)
    assert export.lines.select("status", "adjustment_reasons").rows() == [("denied", "CO-197"), ("charge", None)]


def test_two_equal_payments_go_to_two_equal_charges() -> None:
    twice = JUNE.replace("97140,GP,1,50.00", "97110,GP,2,100.00")
    service = "SVC*HC:97110:GP*100*{}**2~DTM*472*20260601~CAS*CO*45*60"
    data = interchange([*head("70"), *claim("P1", service.format(30), service.format(40), charge="200", paid="70")])
    assert together(june=twice, remittance=data).lines["insurance_paid_cents"].to_list() == [3000, 4000]


def test_a_reversal_in_a_later_file_takes_back_the_payment_of_an_earlier_one() -> None:
    back = "SVC*HC:97110:GP*-100*-40.18**2~DTM*472*20260601~CAS*CO*45*-30~CAS*PR*2*-29.82"
    later = interchange(
        [*head("-40.18", day="20260501"), *claim("P1", back, status="22", charge="-100", paid="-40.18")]
    )
    alone = together(first=remitted(), second=later)
    assert alone.lines.is_empty()
    assert alone.reasons == {"remittance__reversed": 2}
    beside = together(june=JUNE, first=remitted(), second=later)
    assert "insurance_paid_cents" not in beside.fields


def test_an_archive_is_a_set_of_files() -> None:
    data = packed({"june": JULY, "july": JUNE, "__MACOSX/june": "x", "deep/": b"", "deep/.DS_Store": b"x"})
    assert together(archive=data).rows_accepted == 4


def test_an_archive_in_an_archive_is_opened_and_one_deeper_is_not() -> None:
    assert together(outer=packed({"inner": packed({"june": JUNE})})).rows_accepted == 2
    with pytest.raises(BadInput, match="archives nested inside archives"):
        together(outer=packed({"a": packed({"b": packed({"june": JUNE})})}))


def test_what_is_no_export_in_an_archive_is_passed_over_and_told() -> None:
    export = together(archive=packed({"june": JUNE, "readme": b"%PDF-1.7"}))
    assert export.rows_accepted == 2
    assert "PDF" in export.notices[-1].text
    with pytest.raises(BadInput, match="PDF"):
        together(june=JUNE, readme=b"%PDF-1.7")
    with pytest.raises(BadInput, match="PDF"):
        together(archive=packed({"readme": b"%PDF-1.7"}))


def test_archives_that_are_damaged_or_blow_up_are_refused() -> None:
    good = packed({"june": JUNE})
    with pytest.raises(BadInput, match="damaged"):
        together(archive=good[:60])
    with pytest.raises(BadInput, match="far more"):
        together(archive=packed({"bomb": b"0" * 40_000_000}))
    with pytest.raises(BadInput, match="with no files"):
        together(archive=packed({"__MACOSX/x": "y"}))


def test_names_out_of_the_archive_are_only_names() -> None:
    assert together(archive=packed({"../../etc/june.csv": JUNE})).lines["source_file"].to_list() == ["june.csv"] * 2


def test_no_file_is_refused() -> None:
    with pytest.raises(BadInput, match="no file"):
        read_files([])


def test_the_way_back_to_a_claim_is_its_own_number() -> None:
    stranger = remitted(number="X9").replace(b"DOE*JANE", b"POE*PAM").replace(b"REF*6R*1", b"REF*6R*77")
    export = together(june=JUNE, remittance=stranger)
    named = export.with_numbers(export.unmatched)
    assert named.select("side", "claim_number").rows() == [("payment", "X9"), ("charge", "1"), ("charge", "2")]
    plain = together(june="MRN,DOS,CPT,Units\nA,6/1/2026,97110,1\nB,6/1/2026,,1\n")
    assert "claim_number" not in plain.with_numbers(plain.rows).columns
