"""Money on rows and in columns of many kinds: whose it is, which way it goes, and that none of it is lost unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from analysis.ingest import read_files
from analysis.ingest.cells.row_types import read_kinds
from tests.ingest.conftest import KEY, TODAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.ingest import Export
    from tests.ingest.conftest import Read

LEDGER = "Patient ID,DOS,Type,CPT,Mod,Units,Amount\nA1,3/13/2026,Charge,97110,GP,2,120.00\n"
HEAD = "Patient ID,DOS,CPT,Mod,Units,Charge"
MONEY = ("insurance_paid_cents", "patient_paid_cents", "adjustment_cents")


def money(export: Export) -> tuple[int, ...]:
    """What insurers and the patient paid and what was adjusted on all lines, in whole dollars."""
    return tuple(int(export.lines[name].sum() or 0) // 100 for name in MONEY)


def named(export: Export, name: str) -> list[str]:
    return [notice.text for notice in export.notices if notice.name == name]


# -------------------------------------------------------------------------------------------------- types of rows
@pytest.mark.parametrize(
    ("word", "kind", "of_patient", "back"),
    [
        ("CHG", "charge", False, False),
        ("Adjusted Charge", "charge", False, False),
        ("Charge - Copay Visit", "charge", False, False),
        ("Medicare Payment", "payment", False, False),
        ("Client Payment", "payment", True, False),
        ("Pt Pmt", "payment", True, False),
        ("Credit Card Payment", "payment", True, False),
        ("Patient Refund", "payment", True, True),
        ("Insurance Payment Reversal", "payment", False, True),
        ("Takeback", "payment", False, True),
        ("Charge Adjustment", "adjustment", False, False),
        ("Debit Adjustment", "adjustment", False, True),
        ("Bad debt write-off", "adjustment", False, False),
        ("Transfer to Patient", "transfer", True, False),
        ("Therapeutic exercise", None, False, False),
        ("Patient", None, True, False),
    ],
)
def test_a_type_says_what_a_row_is(word: str, kind: str | None, of_patient: bool, back: bool) -> None:  # noqa: FBT001
    assert read_kinds(pl.Series([word])).row(0) == (kind, of_patient, back)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("Insurance Payment,97110,,,60.00\nA1,3/13/2026,Refund,97110,,,-60.00", (0, 0, 0)),
        ("Insurance Payment,97110,,,-60.00\nA1,3/13/2026,Insurance Payment Reversal,97110,,,60.00", (0, 0, 0)),
        ("Insurance Payment,97110,,,60.00\nA1,3/13/2026,Insurance Payment Reversal,97110,,,60.00", (0, 0, 0)),
        ("Patient Payment,97110,,,-20.00\nA1,3/13/2026,Patient Refund,97110,,,8.00", (0, 12, 0)),
        ("Adjustment,97110,,,-48.00\nA1,3/13/2026,Adjustment,97110,,,48.00\nA1,3/13/2026,Adjustment,97110,,,-50.00",
         (0, 0, 50)),
        ("Insurance Payment,97110,,,-60.00\nA1,3/13/2026,Transfer,97110,,,12.00", (60, 0, 0)),
        ("Client Payment,97110,,,20.00\nA1,3/13/2026,Cash Payment,97110,,,8.00", (0, 28, 0)),
    ],
)  # fmt: skip
def test_a_ledger_s_money_goes_the_way_it_says(read: Read, rows: str, expected: tuple[int, ...]) -> None:
    assert money(read(f"{LEDGER}A1,3/13/2026,{rows}\n")) == expected


def test_a_type_that_nobody_knows_is_no_charge(read: Read) -> None:
    export = read(f"{LEDGER}A1,3/13/2026,ERA,97110,GP,2,60.00\nA1,3/13/2026,CONTR,97110,GP,2,48.00\n")
    assert export.reasons == {"row_type__unknown": 2}
    assert 'column "Type": found E•••; expected' in export.rows["message"][0]
    assert export.lines.height == 1


def test_a_ledger_of_abbreviations_charges_no_payment(read: Read) -> None:
    rows = "".join(f"A1,3/13/2026,{word},97110,GP,2,60.00\n" for word in ("INS", "W/O", "PAT"))
    export = read(f"{LEDGER.replace('Charge', 'SVC')}{rows}")
    assert export.lines.height == 1
    assert export.reasons == {"row_type__unknown": 2, "row__payment": 1}


def test_more_taken_back_than_paid_is_told(read: Read) -> None:
    export = read(f"{LEDGER}A1,3/13/2026,Insurance Refund,97110,,,60.00\n")
    assert money(export) == (-60, 0, 0)
    assert named(export, "payments__below_zero") == ["on 1 line, payers took back more than they paid (-$60.00)"]


def test_rows_that_name_the_clinic_for_those_below_are_told(read: Read) -> None:
    export = read(f"{HEAD}\nClinic: Main St,,,,,\nA1,3/13/2026,97110,GP,2,120.00\n")
    assert named(export, "clinic__row_above")
    assert not named(read(f"{HEAD},Clinic\nA1,3/13/2026,97110,GP,2,120.00,Clinic: Main\n"), "clinic__row_above")


def test_types_under_a_heading_that_nobody_knows_are_read(read: Read) -> None:
    export = read(f"{LEDGER.replace('Type', 'Trans Cat')}A1,3/13/2026,Insurance Payment,97110,,,60.00\n")
    assert (export.lines.height, money(export)) == (1, (60, 0, 0))


@pytest.mark.parametrize("words", [("P", "O"), ("Paid", "Unpaid"), ("Evaluation", "Treatment day")])
def test_a_column_of_other_words_makes_no_payments(read: Read, words: tuple[str, str]) -> None:
    first, second = words
    text = f"{HEAD},Type\nA1,3/13/2026,97110,GP,2,120.00,{first}\nA1,3/14/2026,97140,GP,1,60.00,{second}\n"
    assert read(text).lines.height == 2
    assert read(text.replace("Type", "State of claim")).lines.height == 2


def test_a_payment_on_a_row_without_code_is_told(read: Read) -> None:
    export = read(f"{HEAD},Payer,Paid\nA1,3/13/2026,97110,GP,2,120.00,,\n,,,,,,Medicare,48.00\n")
    assert export.reasons == {"row__pays_alone": 1}


# ------------------------------------------------------------------------------------------------ columns of money
@pytest.mark.parametrize(
    ("columns", "cells", "expected"),
    [
        ("Contractual Adjustment,Write Off", "60,12", (0, 0, 72)),
        ("Ins Adj,Other Adj,W/O", "40,5,8", (0, 0, 53)),
        ("Primary Paid,Secondary Paid", "48,12", (60, 0, 0)),
        ("Ins Paid,Secondary Ins Paid", "40,8", (48, 0, 0)),
        ("Pt Payments,Copay Collected", "2,10", (0, 12, 0)),
        ("Adjustments,Contractual,Write Off", "72,60,12", (0, 0, 72)),  # a total beside its parts
        ("Total Adjustments,Contractual", "72,60", (0, 0, 72)),
    ],
)
def test_parts_of_payments_and_adjustments_are_added_and_totals_stand_alone(
    read: Read, columns: str, cells: str, expected: tuple[int, ...]
) -> None:
    export = read(f"{HEAD},{columns}\nA1,3/13/2026,97110,GP,2,120.00,{cells}\n")
    assert money(export) == expected
    added = [text for notice in export.notices if notice.name.endswith("__added") for text in [notice.text]]
    assert bool(added) != ("Adjustments" in columns)


def test_money_that_is_not_read_is_told(read: Read) -> None:
    export = read(f"{HEAD},Refunded,Xfer amt,Balance\nA1,3/13/2026,97110,GP,2,120.00,60.00,5,55.00\n")
    [text] = named(export, "money__not_read")
    assert text.startswith('amounts that were not read: "Refunded", "Xfer amt";')


@pytest.mark.parametrize("columns", ["Charge,Total Charge", "Charge,Amount Billed", "Fee,Gross Chg", "Unit Fee,Ext"])
def test_the_fee_of_one_unit_is_told_from_the_charge(read: Read, columns: str) -> None:
    rows = "A1,3/13/2026,97110,2,60.00,120.00\nA1,3/14/2026,97110,3,60.00,180.00\n"
    assert read(f"Patient ID,DOS,CPT,Units,{columns}\n{rows}").lines["charge_cents"].to_list() == [12000, 18000]


def test_an_allowed_column_that_holds_the_payment_is_told(read: Read) -> None:
    rows = "A1,3/13/2026,97110,GP,2,120.00,40.00,40.00\nA1,3/14/2026,97110,GP,2,120.00,35.00,{0}\n"
    export = read(f"{HEAD},Allowed,Ins Paid\n{rows.format('35.00')}")
    assert named(export, "allowed_cents__as_paid")[0].startswith(
        'the allowed amount in "Allowed" equals the payment in all 2'
    )
    assert not named(read(f"{HEAD},Allowed,Ins Paid\n{rows.format('28.00')}"), "allowed_cents__as_paid")


def test_a_charge_that_was_computed_is_told(read: Read) -> None:
    export = read("Patient ID,DOS,CPT,Units,Unit Fee,Lump\nA1,3/13/2026,97110,2,60.00,100.00\n")
    assert export.lines["charge_cents"].to_list() == [12000]
    assert named(export, "charge_cents__computed")
    assert '"Lump"' in named(export, "money__not_read")[0]


# ------------------------------------------------------------------------------------------ once and not twice
def test_a_charge_with_a_row_for_each_payer_counts_once(read: Read) -> None:
    rows = "A1,3/13/2026,97110,GP,2,120.00,C1,Medicare,48.00\nA1,3/13/2026,97110,GP,2,120.00,C1,AARP,12.00\n"
    for heading in ("Charge ID", "Claim #"):
        export = read(f"{HEAD},{heading},Payer,Ins Paid\n{rows}")
        assert export.reasons == {"record_id__twice": 1}, heading
    two = rows.replace("AARP", "Medicare")  # two services of one claim
    assert read(f"{HEAD},Claim #,Payer,Ins Paid\n{two}").lines.height == 2


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("Status", "Voided 3/4/2026"),
        ("Status", "Void - duplicate"),
        ("Voided", "Yes"),
        ("Active", "N"),
        ("Deleted", "1"),
    ],
)
def test_a_void_charge_is_none(read: Read, column: str, cell: str) -> None:
    export = read(f"{HEAD},{column}\nA1,3/13/2026,97110,GP,2,120.00,{cell}\nA1,3/14/2026,97110,GP,2,120.00,\n")
    assert export.reasons == {"status__void": 1}


def test_a_second_table_below_the_first_is_not_read_as_its_rows(read: Read) -> None:
    export = read(
        "Patient,DOS,CPT,Units,Charge\nAda Quill,3/13/2026,97110,2,120.00\n\nPayments received\n"
        "Patient,DOS,CPT,Check,Paid\nAda Quill,3/13/2026,97110,88,60.00\n"
    )
    assert export.lines.height == 1
    assert export.reasons["row__other_table"] == 2


@pytest.mark.parametrize(
    "head",
    ["Patient,DOS,CPT,Mod,Mod,Units,Charge", ",Service,,,,,\nPatient,Date,CPT,Mod 1,Mod 2,Units,Charge"],
)
def test_headings_repeated_on_a_page_begin_no_second_table(read: Read, head: str) -> None:
    line = "Ada Quill,3/{0}/2026,97110,GP,KX,2,120.00\n"
    export = read(f"{head}\n{line.format(13)}{head}\n{line.format(14)}")
    assert export.lines.height == 2
    assert export.rows_rejected == 0


def test_a_sheet_without_headings_is_told(read: Read, workbook: Callable[..., bytes]) -> None:
    line = ["A1", "3/13/2026", "97110", "GP", 2, 120]
    export = read(workbook(p1=[HEAD.split(","), line], p2=[line, line]), "a.xlsx")
    assert named(export, "file__other_sheets")[0].startswith('2 rows of 1 sheet ("p2") are not included')


def test_one_row_one_unit_has_no_copies(read: Read) -> None:
    rows = "".join(f"{who},3/13/2026,97110,60\n" for who in "ABAB")
    export = read(f"Patient ID,DOS,CPT,Charge\n{rows}")
    assert export.lines.height == 4


def test_changes_of_a_payments_extract_are_followed() -> None:
    charges = b"charge_id,patient_account_number,date_of_service,cpt_code,units,charge_amount\n11,A1,2026-03-02,97110,2,120\n12,A1,2026-03-13,97110,2,120\n"  # noqa: E501
    head = "record_id,charge_id,date_of_service,cpt_code,payment_amount,deposit_date,adjustment_amount,export_flag\n"
    rows = "5,11,2026-03-02,97110,40,2026-04-01,10,1\n5,11,2026-03-02,97110,40,2026-04-01,10,3\n"
    rows += "6,12,2026-03-13,97110,40,2026-04-01,10,1\n6,12,2026-03-13,97110,45,2026-04-01,10,2\n"
    export = read_files([("c.csv", charges), ("p.csv", (head + rows).encode())], key=KEY, today=TODAY)
    assert export.lines["insurance_paid_cents"].to_list() == [None, 4500]


# -------------------------------------------------------------------------------------- units, modifiers, patients
@pytest.mark.parametrize(
    ("columns", "rows"),
    [("Units", ["30", "15", "45"]), ("Units,Unit Type", ["15,MJ", "1,UN", "2,UN"])],
)
def test_units_that_are_minutes_are_told(read: Read, columns: str, rows: list[str]) -> None:
    lines = "".join(f"A1,3/{day}/2026,97110,{row}\n" for day, row in enumerate(rows, start=13))
    assert named(read(f"Patient ID,DOS,CPT,{columns}\n{lines}"), "units__look_like_minutes")


@pytest.mark.parametrize(
    ("cell", "modifiers"),
    [
        ("97110 \u2013 GP", "GP"), ("97110\u2014GP", "GP"),
        ("97110 [GP]", "GP"), ("97110 {GP}", "GP"), ("97110 mod GP", "GP"), ("97110 w/ KX", "KX"), ("'97110", ""),
        ("CPT-97110", ""), ("97110|GP|KX", "GP KX"), ("97110_GP_KX", "GP KX"), ("97140-MT", ""), ("97110-PT", ""),
        ("97110-01", ""),
    ],
)  # fmt: skip
def test_a_code_cell_s_modifiers(read: Read, cell: str, modifiers: str) -> None:
    export = read(f"Patient ID,DOS,CPT,Units\nA1,3/13/2026,{cell},1\n")
    assert export.lines["modifiers"].to_list() == [modifiers]
    assert bool(named(export, "code__word_or_modifier")) == (cell in {"97140-MT", "97110-01"})


def test_units_beside_the_code_and_unknown_modifiers_are_told(read: Read) -> None:
    export = read(f"{HEAD}\nA1,3/13/2026,97110 x2,ZZ,1,120.00\n")
    assert named(export, "units__other_beside_the_code")
    assert named(export, "modifiers__unknown")
    two = read(f"{HEAD}\nA1,3/13/2026,9711O,GP,1,60.00\nA1,3/14/2026,97110,GP,1,60.00\n")
    assert two.reasons == {"code__malformed": 1}


def test_a_modifier_of_the_plan_said_for_one_of_several_codes_divides_nothing(read: Read) -> None:
    export = read(f'{HEAD}\nA1,3/13/2026,97110/97140,GP/59,2/1,"120.00/60.00"\n')
    assert export.reasons == {"code__several": 1}


def test_a_name_with_or_without_a_blank_behind_the_comma_is_one(read: Read) -> None:
    rows = '"Quill,Ada",3/13/2026,97110,1,60.00\n"Quill , Ada",3/13/2026,97140,1,60.00\n'
    assert read(f"Patient,DOS,CPT,Units,Charge\n{rows}").lines["patient_key"].n_unique() == 1


@pytest.mark.parametrize("number", ["TBD", "#####", "100", "12-Mar"])
def test_a_number_of_several_people_parts_them_by_name(read: Read, number: str) -> None:
    names = ('"Quill, Ada"', '"Stone, Ben"', '"Quill, A."')
    rows = "".join(f"{number},{name},3/13/2026,97110,1,60.00\n" for name in names[:2])
    export = read(f"Patient ID,Patient Name,DOS,CPT,Units,Charge\n{rows}")
    assert export.lines["patient_key"].n_unique() == 2
    assert named(export, "patient_id__shared")
    married = f"A1,{names[0]},3/13/2026,97110,1,60.00\nA1,{names[2]},3/14/2026,97110,1,60.00\n"
    same = read(f"Patient ID,Patient Name,DOS,CPT,Units,Charge\n{married}")
    assert same.lines["patient_key"].n_unique() == 1
