from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from analysis.errors import BadInput
from tests.ingest.x12.build import claim, head, interchange

if TYPE_CHECKING:
    from tests.ingest.conftest import Read

EXERCISE = "SVC*HC:97110:GP*100*40.18**2~DTM*472*20260302~CAS*CO*45*48.75**253*.82~CAS*PR*2*10.25~REF*6R*L1"
MANUAL = "SVC*HC:97140:GP:59*200*40.18**1~CAS*CO*45*148.75**253*.82~CAS*PR*2*10.25~AMT*B6*51.25"


def test_a_line_is_what_was_billed_allowed_and_paid(read: Read) -> None:
    data = interchange([*head("80.36"), *claim("A1", EXERCISE, MANUAL, charge="300", paid="80.36")])
    export = read(data, "march.835")
    assert export.format == "835"
    columns = ["code", "modifiers", "units", "units_paid", "charge_cents", "allowed_cents", "insurance_paid_cents"]
    assert export.lines.select(columns).rows() == [
        ("97110", "GP", 2, 2, 10000, 5125, 4018),
        ("97140", "59 GP", 1, 1, 20000, 5125, 4018),
    ]
    assert export.lines["adjustment_cents"].to_list() == [4957, 14957]
    assert export.lines["adjustment_reasons"].to_list() == ["CO-45 CO-253 PR-2"] * 2
    assert export.lines["date_of_service"].to_list() == [date(2026, 3, 2)] * 2  # the claim's where the line has none
    assert export.lines["paid_on"].to_list() == [date(2026, 3, 15)] * 2
    assert export.lines["payer_class"].to_list() == ["Medicare"] * 2
    assert export.lines["visit_key"].n_unique() == 1
    assert export.adjustments.rows()[:2] == [(0, "CO", "45", 4875, None), (0, "CO", "253", 82, None)]
    assert export.imbalances.is_empty()


@pytest.mark.parametrize(("element", "component", "end"), [("|", ">", "\n"), ("^", "<", "'"), ("*", ":", "~\r\n")])
def test_the_file_says_which_separators_it_uses(read: Read, element: str, component: str, end: str) -> None:
    data = interchange(
        [*head("80.36"), *claim("A1", EXERCISE, MANUAL, charge="300", paid="80.36")],
        element=element,
        component=component,
        end=end,
    )
    assert read(data, "march.835").lines["charge_cents"].to_list() == [10000, 20000]


def test_interchanges_of_one_file_may_differ_in_their_separators(read: Read) -> None:
    first = interchange([*head("40.18"), *claim("A1", EXERCISE, charge="100", paid="40.18")])
    second = interchange([*head("40.18"), *claim("A2", MANUAL, charge="200", paid="40.18")], element="|", component=">")
    assert read(first + b"\r\n" + second, "march.835").lines["code"].to_list() == ["97110", "97140"]


def test_what_the_payer_made_of_the_code_and_the_units_does_not_hide_what_was_billed(read: Read) -> None:
    bundled = "SVC*HC:97530*90*0*0*0*HC:97535:GP:59*2~DTM*472*20260302~CAS*CO*97*90"
    export = read(interchange([*head("0"), *claim("A1", bundled, charge="90", paid="0")]), "march.835")
    columns = ["code", "modifiers", "units", "units_paid", "status"]
    assert export.lines.select(columns).rows() == [("97535", "59 GP", 2, 0, "bundled")]  # and no denial


def test_a_denial_is_a_denied_line_with_nothing_allowed(read: Read) -> None:
    refused = "SVC*HC:97530:GP*90*0**0**2~DTM*472*20260303~CAS*CO*197*90"
    data = interchange([*head("0"), *claim("A1", refused, status="4", charge="90", paid="0")])
    export = read(data, "march.835")
    assert export.lines.select("status", "allowed_cents", "adjustment_reasons").rows() == [("denied", 0, "CO-197")]


def test_the_allowed_amount_is_unknown_where_a_line_does_not_balance(read: Read) -> None:
    odd = "SVC*HC:97110:GP*100*40**2~CAS*CO*45*48.75"
    export = read(interchange([*head("40"), *claim("A1", odd, charge="100", paid="40")]), "march.835")
    assert export.lines["allowed_cents"].to_list() == [None]
    assert export.imbalances.select("level", "expected_cents", "found_cents", "difference_cents").rows() == [
        ("line", 10000, 8875, 1125),
        ("claim", 10000, 8875, 1125),
    ]


def test_a_payment_that_is_not_the_sum_of_its_claims_is_told(read: Read) -> None:
    data = interchange([*head("35.18"), *claim("A1", EXERCISE, charge="100", paid="40.18"), "PLB*1*20261231*WO:REF*5"])
    export = read(data, "march.835")
    assert export.imbalances.is_empty()
    assert export.provider_adjustments.select("reason", "amount_cents", "payer").rows() == [
        ("WO", 500, "MEDICARE PART B")
    ]
    assert export.provider_adjustments["reference"][0].startswith("p-")  # it may be a patient's number
    off = read(interchange([*head("35.17"), *claim("A1", EXERCISE, charge="100", paid="40.18")]), "march.835")
    assert off.imbalances.select("source_row", "level", "difference_cents").rows() == [(None, "transaction", -501)]


def test_a_payment_taken_back_and_decided_anew_counts_once(read: Read) -> None:
    back = "SVC*HC:97110:GP*-100*-40.18**2~DTM*472*20260302~CAS*CO*45*-48.75**253*-.82~CAS*PR*2*-10.25"
    anew = "SVC*HC:97110:GP*100*42**2~DTM*472*20260302~CAS*CO*45*48"
    data = interchange(
        [*head("40.18"), *claim("A1", EXERCISE, charge="100", paid="40.18")],
        [
            *head("1.82", day="20260401"),
            *claim("A1", back, status="22", charge="-100", paid="-40.18"),
            *claim("A1", anew, charge="100", paid="42"),
        ],
    )
    export = read(data, "march.835")
    assert export.lines["insurance_paid_cents"].to_list() == [4200]
    assert export.reasons == {"remittance__reversed": 2}
    assert export.unmatched.is_empty()
    assert (export.dollars_read, export.dollars_accepted, export.dollars_ignored) == (10000, 10000, 0)


def test_a_payment_taken_back_whose_payment_is_not_there_is_listed(read: Read) -> None:
    back = "SVC*HC:97110:GP*-100*-40.18**2~DTM*472*20260302~CAS*CO*45*-59.82"
    data = interchange([*head("-40.18"), *claim("A1", back, status="22", charge="-100", paid="-40.18")])
    export = read(data, "march.835")
    assert export.lines.is_empty()
    assert export.unmatched.select("code", "charge_cents", "paid_cents").rows() == [("97110", -10000, -4018)]


def test_a_second_payer_pays_the_line_of_the_first(read: Read) -> None:
    second = "SVC*HC:97110:GP*100*10.25**2~DTM*472*20260302~CAS*OA*23*89.75"
    data = interchange(
        [*head("40.18"), *claim("A1", EXERCISE, charge="100", paid="40.18", status="19")],
        [
            *head("10.25", payer="AARP MEDIGAP", day="20260320"),
            *claim("A1", second, charge="100", paid="10.25", status="2", filing="CI", member="XYZ"),
        ],
    )
    export = read(data, "march.835")
    columns = ["payer", "insurance_paid_cents", "allowed_cents", "paid_on"]
    assert export.lines.select(columns).rows() == [("MEDICARE PART B", 5043, 5125, date(2026, 3, 20))]
    assert export.reasons == {"remittance__posted": 1}


def test_a_denial_that_was_decided_anew_does_not_stay(read: Read) -> None:
    refused = "SVC*HC:97110:GP*100*0**2~DTM*472*20260302~CAS*CO*16*100"
    data = interchange(
        [*head("0"), *claim("A1", refused, status="4", charge="100", paid="0")],
        [*head("40.18", day="20260401"), *claim("A1", EXERCISE, charge="100", paid="40.18")],
    )
    export = read(data, "march.835")
    assert export.lines.select("status", "insurance_paid_cents").rows() == [("charge", 4018)]
    assert export.reasons == {"remittance__superseded": 1}


def test_a_transaction_that_stands_there_twice_counts_once(read: Read) -> None:
    one = [*head("40.18"), *claim("A1", EXERCISE, charge="100", paid="40.18")]
    export = read(interchange(one, one), "march.835")
    assert export.lines.height == 1
    assert export.reasons == {"remittance__duplicate": 1}


def test_equal_lines_of_one_claim_are_two(read: Read) -> None:
    data = interchange([*head("80.36"), *claim("A1", EXERCISE, EXERCISE, charge="200", paid="80.36")])
    assert read(data, "march.835").lines.height == 2


def test_a_claim_without_lines_keeps_its_dollars_in_the_account(read: Read) -> None:
    data = interchange([*head("50"), *claim("A1", charge="80", paid="50"), "CAS*CO*45*30"])
    export = read(data, "march.835")
    assert (export.rows_ignored, export.dollars_ignored) == (1, 8000)
    assert export.reasons == {"remittance__no_service": 1}
    assert export.unmatched["paid_cents"].to_list() == [5000]


def test_an_adjustment_of_the_whole_claim_is_the_line_s_where_there_is_one(read: Read) -> None:
    alone = [*head("60"), *claim("A1", charge="100", paid="60"), "CAS*CO*45*40", "SVC*HC:97110:GP*100*60**2"]
    assert read(interchange(alone), "march.835").adjustments.rows() == [(0, "CO", "45", 4000, None)]
    both = [*alone[:-1], "SVC*HC:97110:GP*60*40**2", "SVC*HC:97140:GP*40*20**1"]
    export = read(interchange(both), "march.835")
    assert export.adjustments.rows() == [(0, "CO", "45", 2000, None), (1, "CO", "45", 2000, None)]
    assert export.lines["allowed_cents"].to_list() == [4000, 2000]
    assert export.imbalances.is_empty()
    assert any("claim-level adjustments ($40.00) were spread" in notice.text for notice in export.notices)


def test_a_file_that_is_cut_off_gives_what_is_there(read: Read) -> None:
    data = interchange([*head("40.18"), *claim("A1", EXERCISE, charge="100", paid="40.18")], broken=True)
    export = read(data, "march.835")
    assert export.lines.height == 1
    assert {"no end (SE)", "no end (IEA)"} <= {
        part for notice in export.notices for part in ("no end (SE)", "no end (IEA)") if part in notice.text
    }


def test_an_interchange_without_group_is_read(read: Read) -> None:
    whole = interchange([*head("40.18"), *claim("A1", EXERCISE, charge="100", paid="40.18")])
    data = b"~".join(part for part in whole.split(b"~") if not part.startswith((b"GS", b"GE")))
    export = read(data, "march.835")
    assert export.lines.height == 1
    assert "functional group" in export.notices[0].text


def test_a_bare_transaction_is_read(read: Read) -> None:
    whole = interchange([*head("40.18"), *claim("A1", EXERCISE, charge="100", paid="40.18")])
    bare = b"~".join(part for part in whole.split(b"~") if not part.startswith((b"ISA", b"GS", b"GE", b"IEA")))
    assert read(bare, "march.835").lines["charge_cents"].to_list() == [10000]


def test_an_unreadable_amount_costs_its_row_only(read: Read) -> None:
    broken = EXERCISE.replace("*100*40.18", "*1OO*40.18")
    data = interchange([*head("80.36"), *claim("A1", broken, MANUAL, charge="300", paid="80.36")])
    export = read(data, "march.835")
    assert export.lines["code"].to_list() == ["97140"]
    assert export.reasons == {"charge_cents__not_money": 1}


@pytest.mark.parametrize(
    ("kind", "message"), [("999", "acknowledgement"), ("277", "status of claims"), ("123", "X12 123 file")]
)
def test_other_transactions_are_named(read: Read, kind: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read(interchange(["AK1*HC*1"], kind=kind), "march.edi")


def test_a_remittance_without_claims_is_refused(read: Read) -> None:
    with pytest.raises(BadInput, match="with no claims"):
        read(interchange(head("0")), "march.835")


def test_no_patient_is_named_outside_the_pseudonyms(read: Read) -> None:
    export = read(interchange([*head("40.18"), *claim("A1", EXERCISE, charge="100", paid="4O")]), "march.835")
    shown = " ".join(map(str, (export.rows, export.rejected, export.notices, export.postings, export.unmatched)))
    assert not {"DOE", "JANE", "1EG4TE5MK73"} & set(shown.replace('"', " ").split())


def test_the_day_of_payment_may_stand_apart_and_a_line_outside_a_claim_is_told(read: Read) -> None:
    outside = ["BPR*I*40.18", "DTM*405*20260316", "SVC*HC:97530:GP*90*0**1"]
    data = interchange([*outside, *claim("A1", EXERCISE, charge="100", paid="40.18")])
    export = read(data, "march.835")
    assert export.lines["paid_on"].to_list() == [date(2026, 3, 16)]
    assert export.reasons == {"date_of_service__missing": 1}
    assert any("outside any claim" in notice.text for notice in export.notices)


def test_who_treated_and_remarks_are_read(read: Read) -> None:
    segments = claim("A1", EXERCISE + "~LQ*HE*N95", charge="100", paid="40.18")
    segments.insert(2, "NM1*82*1*KIM*PAT****XX*1999999984")
    segments.insert(2, "NM1*IL*1*DOE*JOHN****MI*999")
    assert read(interchange([*head("40.18"), *segments]), "march.835").lines["provider"].to_list() == ["KIM, PAT"]


def test_unreadable_adjustments_are_told_and_cost_nothing_else(read: Read) -> None:
    odd = EXERCISE.replace("CO*45*48.75", "CO*45*4x.75")
    data = interchange([*head("35"), *claim("A1", odd, charge="100", paid="40.18"), "PLB*1*2026XX31*WO*5x*L6*1"])
    export = read(data, "march.835")
    assert export.lines.height == 1
    assert export.imbalances.is_empty()  # what cannot be read cannot be summed
    text = " ".join(notice.text for notice in export.notices)
    assert "adjustment (CAS) has an amount that cannot be read" in text
    assert "provider adjustment (PLB) has an amount that cannot be read" in text
    assert export.provider_adjustments.select("reason", "amount_cents", "period_end").rows() == [("L6", 100, None)]


def test_nobody_named_means_the_claim_s_number(read: Read) -> None:
    segments = [part for part in claim("A1", EXERCISE, charge="100", paid="40.18") if not part.startswith("NM1")]
    assert read(interchange([*head("40.18"), *segments]), "march.835").lines.height == 1


def test_old_dates_and_halves_of_cents(read: Read) -> None:
    short = EXERCISE.replace("472*20260302", "472*260302").replace("48.75", "48.755")
    export = read(interchange([*head("40.18"), *claim("A1", short, charge="100", paid="40.18")]), "march.835")
    assert export.lines["date_of_service"].to_list() == [date(2026, 3, 2)]


def test_the_payer_is_the_one_named_last_before_the_claim(read: Read) -> None:
    data = interchange(
        [
            *head("80.36"),
            *claim("A1", EXERCISE, charge="100", paid="40.18"),
            "N1*PR*ACME HEALTH",
            *claim("A2", MANUAL, charge="200", paid="40.18", filing="CI"),
        ]
    )
    assert read(data, "march.835").lines["payer"].to_list() == ["MEDICARE PART B", "ACME HEALTH"]


@pytest.mark.parametrize("day", ["20261399", "", "SOON"])
def test_a_day_of_payment_that_is_none_gives_way_to_the_one_that_is(read: Read, day: str) -> None:
    segments = head("40.18", day=day)
    segments.insert(2, "DTM*405*20260316")
    data = interchange([*segments, *claim("A1", EXERCISE, charge="100", paid="40.18")])
    assert read(data, "march.835").lines["paid_on"].to_list() == [date(2026, 3, 16)]


def test_codes_joined_by_another_mark_than_the_header_says_are_read_and_told(read: Read) -> None:
    data = interchange([*head("40.18"), *claim("A1", EXERCISE, charge="100", paid="40.18")])
    for mark in (b">", b"<", b"|"):
        export = read(data.replace(b"HC:97110:GP", mark.join((b"HC", b"97110", b"GP"))), "march.835")
        assert export.lines.select("code", "modifiers").rows() == [("97110", "GP")]
        assert any(f'joined by "{mark.decode()}"' in notice.text for notice in export.notices)
    assert not any("joined by" in notice.text for notice in read(data, "march.835").notices)


def test_a_claim_whose_lines_are_not_what_it_was_paid_is_told(read: Read) -> None:
    export = read(interchange([*head("30"), *claim("A1", EXERCISE, charge="100", paid="30")]), "march.835")
    assert ("claim_payment", 3000, 4018) in export.imbalances.select("level", "expected_cents", "found_cents").rows()
    assert export.imbalances["source_row"].to_list() == [1, 1]


def test_a_predetermination_beside_a_claim_counts_for_nothing(read: Read) -> None:
    asked = "SVC*HC:97530:GP*90*0**2~DTM*472*20260303~CAS*PR*101*90"
    data = interchange(
        [
            *head("40.18"),
            *claim("A1", EXERCISE, charge="100", paid="40.18"),
            *claim("A9", asked, status="25", charge="90", paid="0"),
        ]
    )
    export = read(data, "march.835")
    assert export.lines["code"].to_list() == ["97110"]
    assert export.reasons == {"remittance__predetermination": 1}
    assert export.dollars_ignored == 9000
