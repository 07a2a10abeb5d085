"""Files laid out as reports: headings in two lines, names and totals on rows of their own, several codes in a row."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pytest

from analysis.errors import BadInput
from analysis.ingest import propose, read_each, read_table
from analysis.ingest.columns.names_above import ROW_ABOVE
from analysis.ingest.columns.unused import unused
from tests.ingest.conftest import KEY, TODAY

if TYPE_CHECKING:
    from collections.abc import Callable

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
        f"1 row has several codes with the units and charge of each, read as {len(parts)} lines (row 2)"
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
    assert (export.dollars_rejected > 0) == ("55.00" in row or "1,200" in row), "the dollars of the row are told"


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
        f"{REPORT}{ada}\n3/2/2026,97110,GP,2,120.00\n\n3/2/2026,97140,GP,1,60.00\n"
        f"Patient total,,,3,180.00\n{ben}\n3/13/2026,97110,GP,1,60.00\n"
    )
    assert export.mapping.field_of(ROW_ABOVE) == "patient_name"
    assert export.lines["patient_key"].rle_id().to_list() == [0, 0, 1]
    [notice] = [notice for notice in export.notices if notice.name == "patient__row_above"]
    assert notice.text.startswith("patients' names are on separate rows above the charges: 3 charges")


def test_a_mapping_with_names_above_is_remembered_and_may_be_undone(read: Read) -> None:
    text = f'{REPORT}"Quill, Ada",,,,\n3/13/2026,97110,GP,2,120.00\n'
    table = read_table(text.encode(), "june.csv")
    mapping = propose(table).mapping
    again = propose(table, saved=[replace(mapping, name="Report")])
    assert again.mapping.field_of(ROW_ABOVE) == "patient_name"
    assert again.remark == 'read with the remembered mapping "Report"'
    with pytest.raises(BadInput, match=r"names seem to be on separate rows|a column for patient"):
        read(text, mapping=mapping.with_column(ROW_ABOVE, None))


@pytest.mark.parametrize(
    "rows",
    [
        "Ada Quill,,,\n{0}seen twice,,,\n{1}",  # a note: whose the charges below it are is not known
        "Ada Quill,,,\n{0}Cher,,,\n{1}",
        "Ada Quill,,,\nBen Stone,,,\n{0}Cy Vale,,,\n{1}",  # two names, one above the other
    ],
)
def test_a_row_above_charges_that_may_be_no_name_leaves_them_to_the_user(read: Read, rows: str) -> None:
    charges = ("3/2/2026,97110,2,120.00\n", "3/13/2026,97140,1,60.00\n")
    export = read("DOS,CPT,Units,Charge\n" + rows.format(*charges))
    assert export.reasons["patient__missing"] == 1
    assert export.lines.height == 1


@pytest.mark.parametrize(
    ("ada", "ben"),
    [
        ("Ada Quill", "Ben van der Stone"),
        ("Ada Quill", "Cy Vale (1003)"),
        ('"Quill, Ada"', "STONE BEN JR."),
        ("Ada Quill,,,\nMedicare Part B", "Ben Stone,,,\nMedicare Part B"),
        ("Patient: Ada Quill,,,\nDOS,CPT,Units,Charge", "Patient: Ben Stone,,,\nDOS,CPT,Units,Charge"),
        ("Case: knee,,,\nAda Quill", "Ben Stone"),
    ],
)
def test_names_of_many_kinds_stand_above_their_charges(read: Read, ada: str, ben: str) -> None:
    tail = "" if "CPT" in ada else ",,,"
    export = read(f"DOS,CPT,Units,Charge\n{ada}{tail}\n3/2/2026,97110,2,120.00\n{ben}{tail}\n3/13/2026,97140,1,60.00\n")
    assert export.lines["patient_key"].n_unique() == 2
    assert export.rows_rejected == 0


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
        ("OFXHEADER:100\nDATA:OFXSGML\n", "a bank download"),
        ("!Type:Bank\nD6/1/2026\n", "a bank download"),
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
    [notice] = [notice for notice in read(text).notices if notice.name == "modifiers__not_read"]
    assert '"Suffix" holds modifiers but was not read' in notice.text
    table = read_table(text.encode(), "june.csv")
    assert unused(table, propose(table).mapping) == {"modifiers": ["Suffix"]}


# --------------------------------------------------------------------------------------- what a page or sheet leaves
@pytest.mark.parametrize("title", ["\x0cCharges, page 1", "Charges\x0b of June", "Report\u2028June", "\x85"])
def test_a_title_with_an_odd_character_hides_no_row(read: Read, title: str) -> None:
    export = read(f"{title}\nMRN,DOS,CPT,Units,Charge\nA,3/13/2026,97110,1,60.00\nB,3/14/2026,97140,1,50.00\n")
    assert [line[0] for line in lines(export)] == [3, 4]


@pytest.mark.parametrize("between", ["Patient,DOS,CPT,Units,Charge", "Page 1 of 2,,,,", "Subtotal,,,,60.00", ",,,,"])
def test_what_a_page_leaves_between_the_lines_of_a_group_is_no_patient(read: Read, between: str) -> None:
    text = f'{BY_PATIENT}"Ames, Ada",3/13/2026,97110,1,60.00\n{between}\n,3/14/2026,97140,1,50.00\n'
    mapping = replace(propose(read_table(text.encode(), "june.csv")).mapping, fill_down=("patient_name",))
    export = read(text, mapping=mapping)
    assert export.lines["patient_key"].n_unique() == 1
    assert export.rows_rejected == 0


def test_a_patient_called_sum_is_one(read: Read) -> None:
    text = f'{BY_PATIENT}"Ames, Ada",3/13/2026,97110,1,60\n"Sum, Lee",3/13/2026,97110,1,60\n,3/14/2026,97140,1,50\n'
    mapping = replace(propose(read_table(text.encode(), "june.csv")).mapping, fill_down=("patient_name",))
    assert read(text, mapping=mapping).lines["patient_key"].rle_id().to_list() == [0, 1, 1]


def test_a_page_s_foot_in_the_column_of_codes_is_a_note(read: Read) -> None:
    text = (
        'CPT,Patient,DOS,Units,Charge\n97110,"Ames, Ada",3/13/2026,1,60\n97140,,,1,50\nPrinted 11/2/2026 by Ann,,,,\n'
    )
    mapping = propose(read_table(text.encode(), "june.csv")).mapping
    export = read(text, mapping=replace(mapping, fill_down=("patient_name", "date_of_service")))
    assert export.reasons == {"row__note": 1}


def test_headings_repeated_on_every_page_do_not_outvote_a_sparse_column(read: Read) -> None:
    head = "MRN,DOS,CPT,Units,Charge,Ins Paid,Pt Paid\n"
    export = read(
        f"{head}A,3/13/2026,97110,1,60.00,30.00,\nB,3/14/2026,97140,1,50.00,20.00,15.00\n{head}"
        f"A,3/16/2026,97110,1,60.00,30.00,\n{head}C,3/17/2026,97110,1,60.00,30.00,\n"
    )
    assert export.lines["patient_paid_cents"].sum() == 1500


def test_merged_visits_of_equal_lines_are_no_copies(read: Read) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (
        ["MRN", "DOS", "CPT", "Units", "Charge"],
        ["A", "3/13/2026", "97110", 1, 60],
        [None, None, "97140", 1, 50],
        ["A", "3/14/2026", "97110", 1, 60],
        [None, None, "97140", 1, 50],
    ):
        sheet.append(row)
    for area in ("A2:A3", "B2:B3", "A4:A5", "B4:B5"):
        sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    export = read(out.getvalue(), "a.xlsx")
    assert export.lines.height == 4
    assert not [notice for notice in export.notices if "once_a_group" in notice.name]


def test_sheets_decide_together_what_their_columns_mean_and_how_they_are_written(
    workbook: Callable[..., bytes],
) -> None:
    head = ["MRN", "DOS", "CPT", "Mods", "Units", "Charge", "Ins Paid", "Pt Paid"]
    march = [[who, f"{day}/03/2026", "97110", None, 1, 60, -30, None] for who, day in (("A", 13), ("B", 14))]
    data = workbook(Mar=[head, *march], Apr=[head, ["A", "02/04/2026", "97110", "CQ GP", 1, 60, -22, 5]])
    exports = [export.lines for export in read_each([("book.xlsx", data)], key=KEY, today=TODAY)]
    [april] = exports[1].rows(named=True)
    assert (april["date_of_service"], april["modifiers"]) == (date(2026, 4, 2), "CQ GP")
    assert (april["insurance_paid_cents"], april["patient_paid_cents"]) == (2200, 500)


# ------------------------------------------------------------------------------------------------------- single cells
@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (["40226", "110226"], [date(2026, 4, 2), date(2026, 11, 2)]),  # the first zero was dropped
        (["40226", "41326"], [date(2026, 4, 2), date(2026, 4, 13)]),
        (["46114", "46125"], [date(2026, 4, 2), date(2026, 4, 13)]),  # Excel's own numbers
        (["46114", "3/13/2026"], [date(2026, 4, 2), date(2026, 3, 13)]),
    ],
)
def test_days_of_six_digits_may_have_lost_a_zero(read: Read, cells: list[str], days: list[date]) -> None:
    export = read("MRN,DOS,CPT,Units\n" + "".join(f"A,{cell},97110,1\n" for cell in cells))
    assert export.lines["date_of_service"].to_list() == days


@pytest.mark.parametrize("cell", ["97116 GT", "97110 TE ex", "97530 TA", "97140 MT"])
def test_an_abbreviation_beside_a_code_is_no_modifier_and_told_where_it_could_be(read: Read, cell: str) -> None:
    export = read(f"MRN,DOS,CPT,Units\nA,3/13/2026,{cell},1\n")
    assert lines(export)[0][2] == ""
    texts = [notice.text for notice in export.notices if notice.name == "code__word_or_modifier"]
    assert len(texts) == (0 if cell[-2:] in {"TA", "MT"} else 1)


@pytest.mark.parametrize("cell", ["97116-GT", "97116 GP GT", "97116:GT", '"97116, GT"'])
def test_where_a_modifier_stands_it_is_one(read: Read, cell: str) -> None:
    assert "GT" in str(lines(read(f"MRN,DOS,CPT,Units\nA,3/13/2026,{cell},1\n"))[0][2])


def test_one_name_in_two_forms_of_its_accents_is_one_patient(read: Read) -> None:
    export = read(
        f'{BY_PATIENT}"Núñez, Zoë",3/13/2026,97110,1,60\n"Nu\u0301n\u0303ez, Zoe\u0308",3/13/2026,97140,1,50\n'
    )
    assert export.lines["patient_key"].n_unique() == 1


def test_a_total_s_word_may_hold_an_invisible_character(read: Read) -> None:
    export = read(f'{BY_PATIENT}"Ames, Ada",3/13/2026,97110,1,60\nGrand to\u200btal,,,1,70.00\n')
    assert export.reasons == {"row__totals": 1}


def test_a_line_of_filters_above_short_headings_is_none_of_them(read: Read) -> None:
    export = read("Date:,All,Provider:,All,Payer:,All\nMRN,DOS,CPT,Units\nA,3/13/2026,97110,1\n")
    assert [line[0] for line in lines(export)] == [3]
