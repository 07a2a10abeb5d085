"""Where the dollars of each check and EFT went, and what remark codes and provider adjustments say."""

from __future__ import annotations

from datetime import date

import polars as pl

from analysis.codes.remarks import plb_reasons, rarcs, remark_text, remarks_in, remarks_text
from analysis.ingest import Export, read_files
from analysis.medicare.fees import resolve
from analysis.payments import denials, provider_adjustments_with_texts
from analysis.pricing import price
from tests.ingest.conftest import KEY, TODAY
from tests.ingest.x12.build import claim, head, interchange

CHARGES = b"""Patient Name,DOS,CPT,Units,Charge,Claim #
"Doe, Jane",3/2/2026,97110,2,120.00,C1
"Doe, Jane",3/2/2026,97140,1,60.00,C1
"""
PAID = "SVC*HC:97110*120*50**2~DTM*472*20260302~CAS*CO*45*70"
OTHER = "SVC*HC:97140*60*20**1~DTM*472*20260302~CAS*CO*45*40"
BACK = "SVC*HC:97110*-120*-50**-2~DTM*472*20260302~CAS*CO*45*-70"
REFUSED = "SVC*HC:97140*60*0**1~DTM*472*20260302~CAS*CO*16*60~LQ*HE*N382~LQ*HE*M51"
MONEY = (
    "paid_cents",
    "claims_cents",
    "provider_cents",
    "posted_cents",
    "settled_cents",
    "unmatched_cents",
    "left_cents",
)


def together(*files: tuple[str, bytes]) -> Export:
    return read_files(files, key=KEY, today=TODAY)


def money(export: Export) -> list[tuple[int | None, ...]]:
    return export.checks.select(MONEY).rows()


def test_a_check_is_posted_but_for_what_found_no_charge() -> None:
    stranger = claim("C9", PAID.replace("20260302", "20260401"), charge="120", paid="50", member="9XX9XX9XX99")
    first = interchange([*head("120"), *claim("C1", PAID, OTHER, charge="180", paid="70"), *stranger])
    export = together(("charges.csv", CHARGES), ("a.835", first))
    [check] = export.checks.rows(named=True)
    assert (check["source_file"], check["trace"], check["method"]) == ("a.835", "20260315120", "ACH")
    assert (check["payer"], check["paid_on"], check["claims"]) == ("MEDICARE PART B", date(2026, 3, 15), 2)
    assert money(export) == [(12000, 12000, 0, 7000, 0, 5000, 0)]


def test_a_payment_taken_back_and_what_a_provider_owes_are_settled_apart() -> None:
    march = interchange([*head("50"), *claim("C1", PAID, charge="120", paid="50")])
    april = interchange(
        [
            *head("-10", day="20260415"),
            *claim("C1", BACK, status="22", charge="-120", paid="-50"),
            *claim("C1", PAID, charge="120", paid="50"),
            "PLB*1234567893*20261231*L6*-5*WO:C7*15",
        ]
    )
    export = together(("charges.csv", CHARGES), ("march.835", march), ("april.835", april))
    assert money(export) == [(5000, 5000, 0, 0, 5000, 0, 0), (-1000, 0, 1000, 5000, -5000, 0, 0)]
    adjustments = provider_adjustments_with_texts(export.provider_adjustments)
    assert adjustments.select("reason", "amount_cents").rows() == [("L6", -500), ("WO", 1500)]
    assert adjustments["text"].to_list() == [plb_reasons()[reason].text for reason in ("L6", "WO")]


def test_a_provider_adjustment_may_come_without_a_reference() -> None:
    body = [*head("50"), *claim("C1", PAID, charge="120", paid="50")]
    plain = interchange([*body, "PLB*1234567893*20261231*WO*5"])
    other = interchange([*head("45", day="20260416"), *body[5:], "PLB*1234567893*20261231*WO:C7*5"])
    export = together(("a.835", plain), ("b.835", other))
    assert export.provider_adjustments["reference"].null_count() == 1


def test_rows_that_cannot_be_read_are_what_is_left() -> None:
    broken = PAID.replace("HC:97110", "HC:9711")
    remittance = interchange([*head("70"), *claim("C1", broken, OTHER, charge="180", paid="70")])
    export = together(("charges.csv", CHARGES), ("a.835", remittance))
    assert money(export) == [(7000, 7000, 0, 2000, 0, 0, 5000)]


def test_a_remittance_alone_and_one_given_twice() -> None:
    body = [*head("50"), *claim("C1", PAID, charge="120", paid="50")]
    alone = together(("a.835", interchange(body)))
    assert money(alone) == [(5000, 5000, 0, 5000, 0, 0, 0)]
    again = together(("a.835", interchange(body)), ("b.835", interchange([*body[:4], "LX*7", *body[5:]])))
    assert money(again) == [(5000, 5000, 0, 5000, 0, 0, 0), (5000, 5000, 0, 0, 5000, 0, 0)]
    one_file = together(("a.835", interchange(body, body)))
    assert money(one_file) == [(5000, 5000, 0, 5000, 0, 0, 0)]


def test_where_payments_find_nothing_the_column_of_claim_numbers_is_named() -> None:
    stranger = claim("C9", PAID, charge="120", paid="50", member="9XX9XX9XX99")
    remittance = interchange([*head("50"), *[part.replace("DOE*JANE", "ROE*RICK") for part in stranger]])
    without = CHARGES.replace(b",Claim #", b"").replace(b",C1", b"")
    for charges, has in ((without, "no claim number column"), (CHARGES, "claim numbers that no remittance uses")):
        notices = together(("charges.csv", charges), ("a.835", remittance)).notices
        [text] = [notice.text for notice in notices if notice.name == "payments__no_claim_numbers"]
        assert f"the export has {has}" in text
    good = interchange([*head("50"), *claim("C1", PAID, charge="120", paid="50")])
    assert not [
        notice
        for notice in together(("charges.csv", CHARGES), ("a.835", good)).notices
        if notice.name == "payments__no_claim_numbers"
    ]


def test_payment_rows_of_an_export_are_one_entry() -> None:
    ledger = (
        b"Patient,DOS,CPT,Units,Amount,Type\nDoe,3/13/2026,97110,2,120.00,Charge\n"
        b"Doe,3/13/2026,97110,,48.00,Insurance Payment\nDoe,3/13/2026,97110,,24.00,Patient Payment\n"
    )
    assert money(together(("ledger.csv", ledger))) == [(None, 7200, 0, 7200, 0, 0, 0)]


def test_a_remittance_that_only_takes_back_keeps_its_signs() -> None:
    march = interchange([*head("70"), *claim("C1", PAID, OTHER, charge="180", paid="70")])
    takes_back = [BACK, OTHER.replace("*60*20**1", "*-60*-20**-1").replace("45*40", "45*-40")]
    april = interchange(
        [*head("-70", day="20260415"), *claim("C1", *takes_back, status="22", charge="-180", paid="-70")]
    )
    export = together(("charges.csv", CHARGES), ("march.835", march), ("april.835", april))
    assert export.lines["insurance_paid_cents"].to_list() == [None, None]
    assert not any(notice.name == "amounts__turned" for notice in export.notices)
    assert money(export) == [(7000, 7000, 0, 0, 7000, 0, 0), (-7000, -7000, 0, 0, -7000, 0, 0)]


# ------------------------------------------------------------------------------------------------ remark codes
def test_remark_codes_are_told_in_words_beside_the_reason() -> None:
    remittance = [*head("50"), *claim("C1", PAID, REFUSED, charge="180", paid="50")]
    remittance.insert(7, "MOA***MA01*N115")
    export = together(("charges.csv", CHARGES), ("a.835", interchange(remittance)))
    refused = export.lines.filter(pl.col("status").cast(pl.String) == "denied")
    assert refused["adjustment_reasons"].cast(pl.String).to_list() == ["CO-16 N382 M51 MA01 N115"]
    [row] = denials(price(export.lines, resolve("14202")).lines).rows(named=True)
    assert (row["carc"], row["lines"]) == ("16", 1)
    assert "N382: the patient's ID is missing or wrong" in row["remarks"]


def test_what_only_informs_is_left_out_where_another_code_asks_for_something() -> None:
    assert remarks_text("CO-16 MA01 N382") == remark_text("N382")
    assert remarks_text("CO-45 MA01") == remark_text("MA01")
    assert remarks_text("CO-16") == remarks_text(None) == ""
    assert remarks_text("CO-16 N9999") == "N9999, which is not in our list"
    assert remarks_in("co-16 n382;m51 N382") == ("N382", "M51")


def test_every_entry_of_the_lists_has_words() -> None:
    for code, entry in {**rarcs(), **plb_reasons()}.items():
        assert entry.text, code
        assert entry.text[0].islower() or entry.text.split()[0].isupper(), code
        assert not entry.text.endswith("."), code
