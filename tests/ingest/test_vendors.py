"""Exports of billing systems in the field, recognized without help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.ingest.conftest import Read

KAREO = (
    "EncounterID,EncounterStatus,ID,PracticeName,PatientID,PatientName,PostingDate,ServiceStartDate,"
    "RenderingProviderName,SupervisingProviderName,ReferringProviderName,ServiceLocationName,ProcedureCode,"
    "ProcedureName,ProcedureModifier1,ProcedureModifier2,Units,UnitCharge,TotalCharges,AdjustedCharges,Receipts,"
    "PatientBalance,BilledTo,Status,Minutes,AllowedAmount,ExpectedAmount,PrimaryInsuranceCompanyName,"
    "PrimaryInsuranceInsuranceContractAdjustment,PrimaryInsuranceInsurancePayment,SecondaryInsuranceInsurancePayment,"
    "PatientPaymentAmount,OtherAdjustment\n"
    "11,Approved,901,Riverside,771,Jane Doe,06/15/2026,06/13/2026,Pat Kim,,Dr X,West,97110,Exercise,GP,KX,2,"
    "50.00,100.00,60.00,50.00,0,Medicare,Completed,30,55.00,55.00,Medicare,45.00,40.00,10.00,5.00,0\n"
    "12,Voided,902,Riverside,771,Jane Doe,06/15/2026,06/13/2026,Pat Kim,,Dr X,West,97140,Manual,GP,,1,50.00,50.00,"
    ",,,Medicare,Voided,15,,,Medicare,,,,,\n"
)
HEALTHIE = (
    "cms1500_id,cpt_code,fee,mod1,mod2,mod3,mod4,pointers,service_date,service_end_date,total_line_item_fee,units\n"
    "55,97110,50.00,GP,,,,A,2026-06-13,2026-06-13,100.00,2\n"
)
REVFLOW = (
    "Acct,Patient Name,Date of Service,CPT,Units,Amount,Dx1,Dx2,Dx3,Dx4,Primary,Secondary,Tertiary Insurance,"
    'Date Posted,Provider,Active\n771,"Doe, Jane",06/13/2026,97110,2,100.00,M54.5,,,,Medicare,AARP,,06/15/2026,Kim,Y\n'
)
WEBPT_EMR = (
    "record_id,visit_date,record_pointer,cpt,clinic_id,patient_id,case_id,visit_id,therapist_id,cosign_therapist_id,"
    "insurance_id,insurance_type_id,units,charge_amount,cpt_code_id,client_id,note_type,cpt_prefix,cpt_suffix,"
    "cpt_modifier,modified_date,note_finalized_date,PrimaryIns,export_flag\n"
    "1,2026-06-13,1,97110,3,771,8,9,12,,44,3,3,150.00,5,1,Daily,,,GP,2026-06-14,2026-06-14,Medicare,1\n"
    "1,2026-06-13,1,97110,3,771,8,9,12,,44,3,2,100.00,5,1,Daily,,,GP,2026-06-15,2026-06-14,Medicare,2\n"
    "2,2026-06-13,1,97140,3,771,8,9,12,,44,3,1,50.00,5,1,Daily,,,GP 59,2026-06-14,2026-06-14,Medicare,3\n"
)
UNIT_TYPES = "MRN,DOS,CPT,Mod,Units,Qty,Unit Price\n1,6/13/2026,97110,GP,UN,2,50.00\n"


@pytest.mark.parametrize(
    ("text", "payer", "expected"),
    [
        (KAREO, "Medicare", {"allowed_cents": 5500, "insurance_paid_cents": 5000, "patient_paid_cents": 500}),
        (HEALTHIE, "Unknown", {"allowed_cents": None}),
        (REVFLOW, "Medicare", {"paid_cents": None}),
        (WEBPT_EMR, "Medicare", {"insurance_paid_cents": None}),
        (UNIT_TYPES, "Unknown", {}),
    ],
    ids=["Kareo", "Healthie", "RevFlow", "WebPT EMR", "types of units"],
)
def test_an_export_is_recognised(read: Read, text: str, payer: str, expected: dict[str, Any]) -> None:
    export = read(text)
    [line] = export.lines.iter_rows(named=True)
    assert (line["code"], line["units"], line["charge_cents"], line["payer_class"]) == ("97110", 2, 10000, payer)
    assert {name: line[name] for name in expected} == expected
    assert export.rows_rejected == 0
