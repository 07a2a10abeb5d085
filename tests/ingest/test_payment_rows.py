"""Charges and payments in one file, payments in a file of their own, and reports that are summed already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analysis.ingest import SummaryOnly, read_files
from tests.ingest.conftest import KEY, TODAY

if TYPE_CHECKING:
    from tests.ingest.conftest import Read

LEDGER = """Acct,DOS,CPT,Units,Type,Amount
P1,6/13/2026,97110,2,Charge,100.00
P1,6/13/2026,97140,1,Charge,50.00
P1,6/13/2026,97110,,Insurance Payment,-40.00
P1,6/13/2026,97110,,Patient Payment,-10.00
P1,6/13/2026,97110,,Contractual Adjustment,-50.00
P1,6/13/2026,,,Payment,-5.00
"""
CHARGES = """record_id,charge_id,patient_account_number,date_of_service,cpt_code,mod1,units,charge_amount
9,C1,P1,2026-06-13,97110,GP,2,100.00
8,C2,P1,2026-06-13,97140,GP,1,50.00
"""
PAYMENT_HEADINGS = (
    "record_id,payment_adjustment_id,charge_id,date_of_service,cpt_code,payment_code,payment_amount,deposit_date,"
    "post_date,adjustment_code,adjustment_amount,payment_type,from_payer_name,patient_responsible_amount,export_flag\n"
)
PAYMENTS = f"""{PAYMENT_HEADINGS}\
1,1,C1,2026-06-13,97110,INS,40.00,2026-07-01,2026-07-02,CO-45,50.00,Insurance,Medicare,10.00,1
2,2,C1,2026-06-13,97110,PAT,10.00,2026-07-20,2026-07-20,,,Patient,Jane,,1
3,3,C9,2026-06-13,97530,INS,33.00,2026-07-01,2026-07-02,,,Insurance,Medicare,,1
"""


def test_payment_rows_pay_the_charges_of_the_same_file(read: Read) -> None:
    export = read(LEDGER)
    columns = ["code", "charge_cents", "insurance_paid_cents", "patient_paid_cents", "adjustment_cents"]
    assert export.lines.select(columns).rows() == [
        ("97110", 10000, 4000, 1000, 5000),
        ("97140", 5000, None, None, None),
    ]
    assert export.reasons == {"row__payment": 4}
    assert (export.dollars_read, export.dollars_accepted) == (15000 - 10500, 15000)
    assert export.unmatched.filter(export.unmatched["source_row"] == 7)["why"].str.contains("several charges fit").all()


def test_a_file_of_payments_pays_the_charges_of_another() -> None:
    files = [("charges.csv", CHARGES.encode()), ("payments.csv", PAYMENTS.encode())]
    for given in (files, files[::-1]):
        export = read_files(given, key=KEY, today=TODAY)
        columns = ["code", "insurance_paid_cents", "patient_paid_cents", "adjustment_cents", "adjustment_reasons"]
        assert export.lines.select(columns).rows() == [
            ("97110", 4000, 1000, 5000, "CO-45"),
            ("97140", None, None, None, None),
        ]
        assert export.lines["paid_on"].to_list()[0].isoformat() == "2026-07-20"
        assert ("97530", 3300) in export.unmatched.select("code", "paid_cents").rows()
        assert (export.rows_read, export.rows_accepted, export.rows_ignored) == (5, 2, 3)


def test_payments_alone_are_all_listed(read: Read) -> None:
    export = read(PAYMENTS)
    assert export.lines.is_empty()
    assert export.unmatched.height == 3


@pytest.mark.parametrize(
    ("report", "rows"),
    [
        (
            (
                '"Procedure codes","Units","Amt Billed","Paid Amt","Adjustment Amt","Balance Amt",\n'
                '"97110","1,204","90,300.00","40,000.00","50,300.00","0.00",\n"97140",400,"20,000.00",,,,\n'
                '"Total",1604,"110,300.00",,,,\n'
            ),
            [("97110", 1204, 9030000), ("97140", 400, 2000000)],
        ),
        (
            (
                "Primary Insurance Type,Primary Insurance,CPT Code,Units,Charges,% of Total\n"
                "Medicare,Medicare B,97110,10,100,50\nCommercial,Aetna,97110,5,60,25\nCommercial,Aetna,97530,5,60,25\n"
            ),
            [("97110", 15, 16000), ("97530", 5, 6000)],
        ),
    ],
)
def test_a_summed_report_keeps_its_totals(read: Read, report: str, rows: list[tuple[str, int, int]]) -> None:
    with pytest.raises(SummaryOnly, match="one row per charge") as caught:
        read(report)
    assert caught.value.summary.frame.select("code", "units", "charge_cents").rows() == rows
    assert caught.value.summary.frame["share_units"].sum() == 1.0
