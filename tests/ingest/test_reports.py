"""Files laid out as reports: headings in two lines, names and totals on rows of their own, several codes in a row."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import openpyxl
import pytest

from analysis.errors import BadInput
from analysis.ingest import propose, read_table
from analysis.ingest.above import ROW_ABOVE
from analysis.ingest.unused import unused

if TYPE_CHECKING:
    from analysis.ingest import Export
    from tests.ingest.conftest import Read

HEAD = "MRN,DOS,CPT,Mods,Units,Charge,Ins Paid\n"
REPORT = "DOS,CPT,Mods,Units,Charge\n"
BY_PATIENT = "Patient,DOS,CPT,Units,Charge\n"


def lines(export: Export) -> list[tuple[object, ...]]:
    return export.lines.select("source_row", "code", "modifiers", "units", "charge_cents").rows()


# ------------------------------------------------------------------------------------------- several codes in a row
@pytest.mark.parametrize(
    ("row", "parts"),
    [
        ('"97110, 97140",GP,"2, 1","120.00, 55.00",', [("97110", "GP", 2, 12000), ("97140", "GP", 1, 5500)]),
        ("97110-GP/97140-GP-59,,2/1,$1200.00/$55.00,", [("97110", "GP", 2, 120000), ("97140", "59 GP", 1, 5500)]),
        ("97110 & 97140,,2 & 1,120.00 & 55.00,0", [("97110", "", 2, 12000), ("97140", "", 1, 5500)]),
        ("97110;97140;97530,GP;GP 59;GP,1;1;2,60;55;120,", [
            ("97110", "GP", 1, 6000), ("97140", "59 GP", 1, 5500), ("97530", "GP", 2, 12000)
        ]),
    ],
)  # fmt: skip
def test_a_row_that_gives_units_and_charge_of_each_code_is_a_line_for_each(
    read: Read, row: str, parts: list[tuple[object, ...]]
) -> None:
    export = read(f"{HEAD}A,3/13/2026,{row}\nB,3/14/2026,97110,GP,1,60.00,\n")
    assert lines(export) == [*((2, *part) for part in parts), (3, "97110", "GP", 1, 6000)]
    assert export.notices[0].text == (
        f"1 row names several codes, with units and charge of each: read as {len(parts)} lines (row 2)"
    )
    assert export.rows_read == len(parts) + 1


def test_its_payments_go_to_their_codes_and_its_number_stays_one(read: Read) -> None:
    head = HEAD.replace("MRN", "MRN,Claim #")
    export = read(f'{head}A,C7,3/13/2026,"97110, 97140",,"2, 1","120.00, 55.00","80.00, 20.00"\n')
    assert export.lines["insurance_paid_cents"].to_list() == [8000, 2000]
    assert export.with_numbers(export.lines)["claim_number"].to_list() == ["C7", "C7"]


@pytest.mark.parametrize(
    "row",
    [
        '"97110, 97140",GP,3,"120.00, 55.00",',  # units of both together
        '"97110, 97140",GP,"2, 1","1,200",',  # one amount, not two
        '"97110, 97140",59,"2, 1","120.00, 55.00",',  # a modifier that may be of either
        '"97110, 97140",GP,"2, 1","120.00, 55.00",80.00',  # one payment for both
        '"97110, 97140",GP,"2, 1",,',  # no charge of either
        '"97110, 97140, 97530",GP,"2, 1","120.00, 55.00",',  # two values for three codes
    ],
)
def test_a_row_that_does_not_say_what_is_whose_is_rejected_whole(read: Read, row: str) -> None:
    export = read(f"{HEAD}A,3/13/2026,{row}\nB,3/14/2026,97110,GP,1,60.00,\n")
    assert export.reasons == {"code__several": 1}
    assert export.lines.height == 1


def test_merged_cells_above_and_below_a_divided_row_keep_their_rows(read: Read) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (
        ["Patient", "DOS", "CPT", "Units", "Charge"],
        ["Ames, Ada", "3/13/2026", "97110, 97140", "2, 1", "120.00, 55.00"],
        ["Bell, Bo", "3/14/2026", "97110", 1, 60],
        [None, "3/14/2026", "97112", 1, 60],
    ):
        sheet.append(row)
    sheet.merge_cells("A3:A4")
    out = io.BytesIO()
    book.save(out)
    export = read(out.getvalue(), "a.xlsx")
    assert export.lines["source_row"].to_list() == [2, 2, 3, 4]
    assert export.lines["patient_key"].n_unique() == 2


def test_two_amounts_in_one_cell_are_no_amount(read: Read) -> None:
    export = read(f"{HEAD}A,3/13/2026,97110,GP,1,120 55,\nA,3/14/2026,97110,GP,1,1 200.00,\n")
    assert export.reasons == {"charge_cents__not_money": 1}
    assert export.dollars_accepted == 120000


# --------------------------------------------------------------------------------------------- headings in two lines
def test_headings_over_two_lines_are_read_together(read: Read) -> None:
    export = read(
        "Charges of June\nService,CPT,,Total,Insurance,Client\nDate,Code,Units,Charge,Paid,Name\n"
        '3/13/2026,97110,2,120.00,50.00,"Ames, Ada"\n'
    )
    assert dict(export.mapping.columns)["Insurance Paid"] == "insurance_paid_cents"
    assert lines(export) == [(4, "97110", "", 2, 12000)]


def test_a_group_over_several_columns_tells_them_apart(read: Read) -> None:
    export = read(
        "Patient,,Service,,,Insurance,,Patient\nName,ID,Date,CPT,Units,Paid,Adj,Paid\n"
        '"Ames, Ada",A1,3/13/2026,97110,2,50,70,10\n'
    )
    [line] = export.lines.select("insurance_paid_cents", "patient_paid_cents", "adjustment_cents").rows()
    assert line == (5000, 1000, 7000)


@pytest.mark.parametrize("above", ["Insurance,,,,,", "Riverside PT,,,,,", "Total,3,4,5,6,7"])
def test_a_title_above_the_headings_is_no_part_of_them(read: Read, above: str) -> None:
    export = read(f"{above}\nMRN,DOS,CPT,Units,Charge,Paid\nA,3/13/2026,97110,2,120.00,50.00\n")
    assert export.mapping.field_of("Paid") == "paid_cents"
    assert lines(export) == [(3, "97110", "", 2, 12000)]


# ------------------------------------------------------------------------------------------ totals without the word
def test_totals_of_groups_and_of_all_are_told_by_their_sums(read: Read) -> None:
    export = read(
        f'{BY_PATIENT}"Ames, Ada",3/2/2026,97110,2,120.00\n"Ames, Ada",3/2/2026,97140,1,60.00\n,,,3,180.00\n'
        '"Bell, Bo",3/13/2026,97110,2,120.00\n"Bell, Bo",3/13/2026,97530,1,90.00\n,,,3,210.00\n,,,6,390.00\n'
    )
    assert export.reasons == {"row__totals": 3}
    assert export.dollars_read == export.dollars_accepted == 39000


def test_a_total_may_carry_the_patient_s_name(read: Read) -> None:
    export = read(
        f'{BY_PATIENT}"Ames, Ada",3/2/2026,97110,2,120.00\n"Ames, Ada",3/2/2026,97140,1,60.00\n"Ames, Ada",,,,180.00\n'
        '"Bell, Bo",3/13/2026,97110,2,120.00\n"Bell, Bo",,,,120.00\nTotal,,,,300.00\n'
    )
    assert export.reasons == {"row__totals": 3}


@pytest.mark.parametrize(
    "row",
    [
        '"Bell, Bo",,,2,120.00',  # as much as the one row above it: nothing else in the file is a total
        '"Ames, Ada",,,1,180.00',  # the dollars of all rows, and not their units
        ",,,,170.00",
    ],
)
def test_a_charge_without_date_and_code_is_no_total(read: Read, row: str) -> None:
    rows = '"Ames, Ada",3/2/2026,97140,1,60.00\n"Bell, Bo",3/13/2026,97110,2,120.00\n'
    export = read(f"{BY_PATIENT}{rows}{row}\n")
    assert export.reasons == {"date_of_service__missing": 1}
    assert export.dollars_rejected > 0


# ------------------------------------------------------------------------------------- the patient on a row of its own
@pytest.mark.parametrize(
    "names",
    [
        ('"Quill, Ada (A1)",,,,', '"Stone, Ben",,,,'),
        ("Ada Quill,,,,", "Ben Stone,,,,"),
        ("Patient: Ada Quill,A1,,,", "Patient: Ben Stone,B7,,,"),
        ('Riverside PT,,,,\n"Quill, Ada",,,,\n', '"Stone, Ben",,,,'),
    ],
)
def test_the_patient_above_the_charges_is_theirs(read: Read, names: tuple[str, str]) -> None:
    ada, ben = names
    export = read(
        f"{REPORT}{ada}\n3/2/2026,97110,GP,2,120.00\nseen twice,,,,\n3/2/2026,97140,GP,1,60.00\n"
        f"Patient total,,,3,180.00\n{ben}\n3/13/2026,97110,GP,1,60.00\n"
    )
    assert export.mapping.field_of(ROW_ABOVE) == "patient_name"
    assert export.lines["patient_key"].rle_id().to_list() == [0, 0, 1]
    [told] = [notice for notice in export.notices if notice.name == "patient__row_above"]
    assert told.text.startswith("the patient's name stands on a row of its own, above the charges: 3 charges")


def test_a_mapping_with_names_above_is_remembered_and_may_be_undone(read: Read) -> None:
    text = f'{REPORT}"Quill, Ada",,,,\n3/13/2026,97110,GP,2,120.00\n'
    table = read_table(text.encode(), "june.csv")
    mapping = propose(table).mapping
    again = propose(table, saved=[replace(mapping, name="Report")])
    assert again.mapping.field_of(ROW_ABOVE) == "patient_name"
    assert again.remark == 'read with the remembered mapping "Report"'
    with pytest.raises(BadInput, match=r"names seem to stand|a column for patient"):
        read(text, mapping=mapping.with_column(ROW_ABOVE, None))


def test_charges_above_the_first_name_need_the_user(read: Read) -> None:
    export = read(f'{REPORT}3/13/2026,97110,GP,2,120.00\n"Quill, Ada",,,,\n3/14/2026,97110,GP,2,120.00\n')
    assert export.reasons["patient__missing"] == 1


# ---------------------------------------------------------------------------------------------- other kinds of files
@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"ExplanationOfBenefit"}}]}', "ExplanationOfB"),
        ('{"resourceType": "Patient"}\n{"resourceType": "Claim"}\n', "health records in FHIR"),
        ('<?xml version="1.0"?><Bundle xmlns="http://hl7.org/fhir"></Bundle>', "health records in FHIR"),
        ('<?xml version="1.0"?>\n<ClinicalDocument xmlns="urn:hl7-org:v3"/>', "a clinical document"),
        ('[{"dos": "2026-03-13"}]', "a JSON file"),
        ("MSH|^~\\&|A|B\r\nEVN|", "HL7 messages"),
        ("OFXHEADER:100\nDATA:OFXSGML\n", "a bank's download"),
        ("!Type:Bank\nD6/1/2026\n", "a bank's download"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_named_for_what_it_is(read: Read, text: str, what: str) -> None:
    with pytest.raises(BadInput, match=what):
        read(text)


def test_omop_s_procedures_are_lines_with_their_modifiers(read: Read) -> None:
    export = read(
        "procedure_occurrence_id,person_id,procedure_date,quantity,provider_id,procedure_source_value,"
        "modifier_source_value\n1,12,2026-03-13,2,7,97110,GP\n2,12,2026-03-13,1,7,97140,59\n"
    )
    assert [line[1:4] for line in lines(export)] == [("97110", "GP", 2), ("97140", "59", 1)]


def test_modifiers_under_an_unknown_heading_are_told(read: Read) -> None:
    text = "MRN,DOS,CPT,Suffix,State,Units\nA,3/13/2026,97110,GP CQ,CO,2\nA,3/13/2026,97140,GP 59,GA,1\n"
    [told] = [notice for notice in read(text).notices if notice.name == "modifiers__not_read"]
    assert '"Suffix" holds modifiers and was not read' in told.text
    table = read_table(text.encode(), "june.csv")
    assert unused(table, propose(table).mapping) == {"modifiers": ["Suffix"]}
