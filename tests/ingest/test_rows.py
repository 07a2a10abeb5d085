"""Every row accepted, rejected or ignored, with its reason; every dollar in one of the three."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from analysis.errors import ContractError
from tests.ingest.accounts import GOOD, HEAD, conserved, reasons

if TYPE_CHECKING:
    from tests.ingest.conftest import Read


@pytest.mark.parametrize(
    ("row", "reason", "disposition"),
    [
        ("A1,,97110,GP,2,80.00,Aetna", "date_of_service__missing", "rejected"),
        ("A1,soon,97110,GP,2,80.00,Aetna", "date_of_service__not_a_date", "rejected"),
        ("A1,1/31/1999,97110,GP,2,80.00,Aetna", "date_of_service__too_early", "rejected"),
        ("A1,1/1/2027,97110,GP,2,80.00,Aetna", "date_of_service__future", "rejected"),
        ("A1,1/31/2026,,GP,2,80.00,Aetna", "code__missing", "rejected"),
        ("A1,1/31/2026,9711,GP,2,80.00,Aetna", "code__malformed", "rejected"),
        ("A1,1/31/2026,97IIO,GP,2,80.00,Aetna", "code__malformed", "rejected"),
        ("A1,1/31/2026,97110,GP,two,80.00,Aetna", "units__not_a_number", "rejected"),
        ("A1,1/31/2026,97110,GP,1.5,80.00,Aetna", "units__fraction", "rejected"),
        ("A1,1/31/2026,97110,GP,0,80.00,Aetna", "units__zero", "rejected"),
        ("A1,1/31/2026,97110,GP,,80.00,Aetna", "units__missing", "rejected"),
        ("A1,1/31/2026,97110,GP,1000,80.00,Aetna", "units__too_many", "rejected"),
        ("A1,1/31/2026,97110,GPX,2,80.00,Aetna", "modifiers__not_modifiers", "rejected"),
        (",1/31/2026,97110,GP,2,80.00,Aetna", "patient__missing", "rejected"),
        ("A1,1/31/2026,97110,GP,2,eighty,Aetna", "charge_cents__not_money", "rejected"),
        ("A1,1/31/2026,97110,GP,2,21000000.01,Aetna", "charge_cents__too_large", "rejected"),
        ("A1,1/31/2026,97110,GP,-2,-99.00,Aetna", "units__reversal_without_original", "rejected"),
        ("A1,1/31/2026,NO SHOW,,,25.00,Aetna", "code__not_a_procedure", "ignored"),
        ("A1,1/31/2026,MED,,1,12.00,Aetna", "code__not_a_procedure", "ignored"),
        ("A1,1/31/2026,,,,,Aetna", "code__none_and_no_money", "ignored"),
        (",,,,,,", "row__blank", "ignored"),
        (" , ,,, ,,", "row__blank", "ignored"),
        (HEAD, "row__repeated_headings", "ignored"),
        ("Total,,,,6,240.00,", "row__totals", "ignored"),
        ("Grand Total:,,,,6,240.00,", "row__totals", "ignored"),
        (",,,,6,160.00,", "row__totals", "ignored"),
        ("Printed 11/2/2026 by Ann,,,,,,", "row__note", "ignored"),
    ],
)  # fmt: skip
def test_what_becomes_of_a_row(read: Read, row: str, reason: str, disposition: str) -> None:
    export = read("\n".join((HEAD, GOOD, GOOD.replace("A1", "A2"), row, GOOD.replace("A1", "A3"))))
    conserved(export)
    assert export.rows_accepted == 3
    outcome = export.rows.row(0, named=True)
    assert (outcome["source_row"], outcome["reason"], outcome["disposition"]) == (4, reason, disposition)
    assert export.reasons == {reason: 1}
    assert outcome["message"]
    if disposition == "rejected":
        assert "expected" in outcome["message"] or reason == "units__reversal_without_original"
        assert export.rejected["source_row"].to_list() == [4]
        assert export.rejected["reason"].to_list() == [reason]


def test_a_message_names_column_and_finding(read: Read) -> None:
    refused = read("\n".join((HEAD, GOOD, GOOD.replace(",2,", ",two,")))).rows.row(0, named=True)
    assert (refused["column"], refused["found"], refused["dollars_cents"]) == ("Units", "t•••", 8000)
    assert refused["message"].startswith('column "Units": found t•••; expected a whole number of units')


def test_a_sum_that_does_not_add_up_is_not_taken_for_a_total(read: Read) -> None:
    export = read(f"{HEAD}\n{GOOD}\n,,,,6,160.01,")
    assert reasons(export) == {3: "date_of_service__missing"}
    conserved(export)


def test_a_payer_or_patient_named_total_is_no_total(read: Read) -> None:
    export = read("\n".join((HEAD, GOOD.replace("Aetna", "Total Care"), GOOD.replace("A1", "Total"))))
    assert export.rows_accepted == 2


def test_a_line_with_a_fault_is_no_total_whatever_its_other_cells_say(read: Read) -> None:
    export = read(f"{HEAD}\n{GOOD}\n{GOOD.replace('Aetna', 'Total').replace(',2,', ',two,')}")
    assert reasons(export) == {3: "units__not_a_number"}


def test_copies_zero_charges_and_dates_to_come_are_kept_and_told(read: Read) -> None:
    export = read(
        "\n".join(
            (
                HEAD,
                GOOD,
                GOOD,
                GOOD.replace("80.00", "0.00"),
                GOOD.replace("1/31/2026", "12/24/2026"),
                GOOD.replace("80.00", "80.005"),
            )
        )
    )
    assert export.rows_accepted == 5
    rows_by_notice = {notice.name: notice.rows for notice in export.notices}
    assert rows_by_notice == {
        "row__duplicate": (3,), "charge_cents__zero": (4,), "date_of_service__after_today": (5,),
        "amounts__fraction_of_a_cent": (6,),
    }  # fmt: skip
    assert export.dollars_accepted == 8000 * 3 + 0 + 8001


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (["n/a"], "1 row without a charge: row 3"),
        (["", "n/a"], "2 rows without a charge: rows 3 and 4"),
        (["-", "", "N/A"], "3 rows without a charge: rows 3, 4 and 5"),
        (["", "n/a", " ", "none", "-"], "5 rows without a charge: rows 3, 4 and 3 more"),
        (["0.00"], "1 row with a charge of $0.00: row 3"),
    ],
)
def test_a_notice_names_its_first_rows(read: Read, cells: list[str], text: str) -> None:
    rows = [GOOD.replace("80.00", cell).replace("A1", f"B{index}") for index, cell in enumerate(cells)]
    (notice,) = read("\n".join((HEAD, GOOD, *rows))).notices
    assert notice.text == text
    assert notice.rows == tuple(range(3, 3 + len(cells)))
    assert notice.count == len(cells)


def test_notices_speak_of_one_row_and_of_several(read: Read) -> None:
    later = GOOD.replace("1/31/2026", "12/24/2026")
    texts = [notice.text for notice in read(f"{HEAD}\n{GOOD}\n{later}").notices]
    assert texts == ["1 row dated after today (2026-11-22): row 3; it is priced with the fee schedule of its date"]
    texts = [notice.text for notice in read(f"{HEAD}\n{GOOD}\n{later}\n{later}\n{later}").notices]
    assert texts == [
        "3 rows dated after today (2026-11-22): rows 3, 4 and 5; they are priced with the fee schedules of their dates",
        "2 rows identical to earlier rows: rows 4 and 5; they are kept because they may be second services",
    ]


def test_ambiguous_and_proved_orders_of_dates(read: Read) -> None:
    export = read("\n".join((HEAD, GOOD.replace("1/31/2026", "2/3/2026"))))
    assert export.lines["date_of_service"].to_list() == [date(2026, 2, 3)]
    assert [notice.name for notice in export.notices] == ["date_of_service__order_ambiguous"]
    export = read("\n".join((HEAD, GOOD.replace("1/31/2026", "2/3/2026"), GOOD.replace("1/31/2026", "31/01/2026"))))
    assert export.lines["date_of_service"].to_list() == [date(2026, 3, 2), date(2026, 1, 31)]
    assert export.notices == ()


def test_the_order_of_dates_may_be_chosen(read: Read) -> None:
    content = "\n".join((HEAD, GOOD.replace("1/31/2026", "2/3/2026")))
    export = read(content, mapping=replace(read(content).mapping, date_order="dmy"))
    assert export.lines["date_of_service"].to_list() == [date(2026, 3, 2)]


def test_the_last_day_of_the_schedules_is_accepted_whatever_the_clock_says(read: Read) -> None:
    content = "\n".join((HEAD, GOOD.replace("1/31/2026", "12/31/2026")))
    assert read(content, today=date(2020, 1, 1)).rows_accepted == 1
    assert read(content.replace("2026", "2028"), today=date(2028, 1, 2)).rows_accepted == 1
    assert read(content.replace("2026", "2029"), today=date(2028, 1, 2)).rows_accepted == 0


def test_status_row_type_and_export_flag(read: Read) -> None:
    export = read(
        "MRN,DOS,CPT,Units,Charge,Status,Transaction Type,record_id,export_flag\n"
        "A,1/31/2026,97110,1,40,Denied,Charge,1,1\n"
        "A,1/31/2026,97112,1,41,Void,Charge,2,1\n"
        "A,1/31/2026,97110,1,-30,Paid,Payment,3,1\n"
        "A,1/31/2026,97140,1,42,Open,Charge,4,1\n"
        "A,1/31/2026,97140,2,84,Open,Charge,4,2\n"
        "A,1/31/2026,97530,1,43,Open,Charge,5,1\n"
        "A,1/31/2026,97530,1,43,Open,Charge,5,3\n"
    )
    conserved(export)
    # The payment row pays the line that was denied before.
    columns = ["code", "status", "units", "insurance_paid_cents"]
    assert export.lines.select(columns).rows() == [("97110", "charge", 1, 3000), ("97140", "charge", 2, None)]
    assert reasons(export) == {
        3: "status__void",
        4: "row__payment",
        5: "row__replaced",
        7: "row__replaced",
        8: "row__replaced",
    }


def test_who_a_patient_is(read: Read) -> None:
    head = "Patient Name,DOB,DOS,CPT,Units\n"
    rows = [("Doe, Ann", "1/1/1950"), ("DOE,  ANN", "1/1/1950"), ("Doe, Ann", "2/2/1960"), ("Roe, Bob", "")]
    keys = (
        read(head + "".join(f'"{name}",{born},1/31/2026,97110,1\n' for name, born in rows))
        .lines["patient_key"]
        .to_list()
    )
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    keys = (
        read("Last Name,First Name,DOS,CPT,Units\nDoe,Ann,1/31/2026,97110,1\nDoe,Bob,1/31/2026,97110,1\n")
        .lines["patient_key"]
        .to_list()
    )
    assert len(set(keys)) == 2
    export = read("Visit ID,DOS,CPT,Units\nV1,1/31/2026,97110,1\nV1,1/31/2026,97112,1\nV2,1/31/2026,97110,1\n")
    assert export.lines["visit_key"].n_unique() == 2
    assert [notice.name for notice in export.notices] == ["patient__visits_only"]
    keys = (
        read("MRN,DOS,CPT,Units\n771,1/31/2026,97110,1\n771.0,1/31/2026,97112,1\n0771,1/31/2026,97110,1\n")
        .lines["patient_key"]
        .to_list()
    )
    assert keys[0] == keys[1] != keys[2]


def test_visits_are_apart_by_patient_day_and_billing_group(read: Read) -> None:
    export = read(
        "MRN,DOS,CPT,Units,Tax ID,Clinic\n"
        "A,1/31/2026,97110,1,11,North\nA,1/31/2026,97112,1,11,South\nA,1/31/2026,97110,1,12,North\nA,2/1/2026,97110,1,11,North\nB,1/31/2026,97110,1,11,North\n"
    )
    keys = export.lines["visit_key"].to_list()
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4


def test_no_patient_leaves_by_any_door(read: Read) -> None:
    export = read(
        "MRN,Patient Name,DOB,Phone,Notes,DOS,CPT,Units\n"
        "S3CRET,Secretname,1/1/1950,5551234,hushhush,1/31/2026,97110,1\n"
        "S3CRET,Secretname,1/1/1950,5551234,hushhush,1/31/2026,97110,two\n"
    )
    everything = (
        " ".join(frame.write_csv() for frame in (export.lines, export.rows, export.rejected))
        + repr(export.notices)
        + repr(export.mapping)
    )
    assert not any(word in everything for word in ("S3CRET", "Secretname", "1950", "5551234", "hushhush"))
    assert export.rejected.columns == [
        "source_row",
        "reason",
        "message",
        "MRN",
        "Patient Name",
        "DOB",
        "DOS",
        "CPT",
        "Units",
    ]
    assert export.rejected["MRN"][0].startswith("p-")
    assert export.rejected["Units"][0] == "t•••"


SHIFTED = "MRN,DOS,CPT,Mods,Units,Charge,Payer\n"


@pytest.mark.parametrize("heading", SHIFTED.strip().split(",")[1:])
@pytest.mark.parametrize("private", ["Secretname", "S3CRET, Ann", "123-45-6789", "MRN00001950", "(513) 555-1234"])
def test_a_patient_in_the_place_of_anything_else_is_not_shown(read: Read, heading: str, private: str) -> None:
    good = dict(zip(SHIFTED.strip().split(","), ("A1", "1/31/2026", "97110", "GP", "2", "80.00", "Aetna"), strict=True))
    bad = {**good, "Units": "two", heading: f'"{private}"'}
    export = read(f"{SHIFTED}{','.join(good.values())}\n{','.join(bad.values())}\n")
    assert export.rows_rejected + export.rows_ignored == 1
    shown = " ".join(frame.write_csv() for frame in (export.rows, export.rejected)) + repr(export.notices)
    assert private not in shown


@pytest.mark.parametrize(
    ("heading", "cell"),
    [("DOS", "13/45/2026"), ("CPT", "9711O"), ("CPT", "97110, 97140"), ("Units", "1.5"),
     ("Charge", "12..50"), ("Charge", "#DIV/0!")],
)  # fmt: skip
def test_a_mistyped_cell_is_shown_as_it_is(read: Read, heading: str, cell: str) -> None:
    good = dict(zip(SHIFTED.strip().split(","), ("A1", "1/31/2026", "97110", "GP", "2", "80.00", "Aetna"), strict=True))
    bad = {**good, heading: f'"{cell}"'}
    export = read(f"{SHIFTED}{','.join(good.values())}\n{','.join(bad.values())}\n")
    assert export.rows["found"].to_list() == [cell]
    assert export.rejected[heading].to_list() == [cell]


def test_headings_that_mean_something_to_the_machinery_are_only_headings(read: Read) -> None:
    odd = ["*", "^.*$", "n", "_", "cell", "row", "reason", "message", "source_row", "0", "times", "literal", ""]
    bad = GOOD.replace(",2,", ",x,")
    cells = [f"x{place}" for place in range(len(odd))]
    content = "\n".join(",".join((*first, *rest)) for first, rest in (([HEAD], odd), ([GOOD], cells), ([bad], cells)))
    export = read(content)
    assert (export.rows_accepted, export.rows_rejected) == (1, 1)
    assert read(f"{content}\n{content}").rows_read == 5
    mapping = export.mapping.with_column("reason", "payer").with_column("*", "clinic").with_column("^.*$", "provider")
    again = read(content, mapping=mapping)
    assert again.rejected.columns[-3:] == ["reason (2)", "*", "^.*$"]
    assert again.lines["clinic"].to_list() == ["x0"]


def test_zip_codes_of_clinics(read: Read) -> None:
    export = read(
        "MRN,DOS,CPT,Units,Clinic,Clinic ZIP\nA,1/31/2026,97110,1,North,14201-1234\n"
        "B,1/31/2026,97110,1,North,14201\nC,1/31/2026,97110,1,North,14202\nD,1/31/2026,97110,1,South,2134\n"
    )
    assert dict(export.clinic_zips) == {"North": "14201", "South": "02134"}
    assert dict(read("MRN,DOS,CPT,Units,Clinic ZIP\nA,1/31/2026,97110,1,14201\n").clinic_zips) == {None: "14201"}


def test_disciplines_come_from_modifiers_then_from_their_column(read: Read) -> None:
    export = read(
        "MRN,DOS,CPT,Mod,Units,Discipline\nA,1/31/2026,97110,GP,1,OT\nA,1/31/2026,97110,GO,1,PT\n"
        "A,1/31/2026,92507,GN,1,\nA,1/31/2026,97110,59,1,Occupational Therapy\nA,1/31/2026,97110,,1,\n"
    )
    assert export.lines["discipline"].to_list() == ["PT", "OT", "SLP", "OT", None]


def test_an_unreadable_minute_or_place_costs_no_line(read: Read) -> None:
    export = read(
        "MRN,DOS,CPT,Units,Minutes,POS\nA,1/31/2026,97110,1,15,11\n"
        "A,1/31/2026,97112,1,soon,clinic 7\nA,1/31/2026,97140,1,15,11\n"
    )
    assert export.lines["minutes"].to_list() == [15, None, 15]
    assert export.lines["place_of_service"].to_list() == ["11", None, "11"]
    assert {notice.name: notice.rows for notice in export.notices} == {
        "minutes__unreadable": (3,),
        "place_of_service__unreadable": (3,),
    }


def test_words_for_nothing_are_nothing(read: Read) -> None:
    export = read(f"{HEAD}\nA1,1/31/2026,97110,N/A,2,-,none\n{GOOD}")
    assert export.lines.select("modifiers", "charge_cents", "payer").row(0) == ("", None, None)
    assert [notice.name for notice in export.notices] == ["charge_cents__missing"]


def test_blanks_are_nothing(read: Read) -> None:
    export = read(f"{HEAD}\n A1 , 1/31/2026 , 97110 , GP , 2 , 80.00 , \nA1,  ,97110,GP,2,80.00,Aetna\n")
    assert export.lines.select("code", "modifiers", "charge_cents", "payer").rows() == [("97110", "GP", 8000, None)]
    assert export.reasons == {"date_of_service__missing": 1}


@pytest.mark.parametrize("account", ["rows_read", "rows_accepted", "dollars_read", "dollars_ignored"])
def test_an_account_that_does_not_add_up_is_refused(read: Read, account: str) -> None:
    export = read(f"{HEAD}\n{GOOD}\n")
    with pytest.raises(ContractError, match="accepted"):
        replace(export, **{account: getattr(export, account) + 1})
    with pytest.raises(ContractError, match="accepted lines"):
        replace(export, rows_read=2, rows_accepted=2)
    with pytest.raises(ContractError, match="accepted dollars"):
        replace(export, dollars_read=8001, dollars_accepted=8001)


def test_a_file_of_nothing_but_faults_is_an_export_without_lines(read: Read) -> None:
    export = read("\n".join((HEAD, GOOD.replace("1/31/2026", "1/31/1999"))))
    conserved(export)
    assert (export.rows_accepted, export.rows_rejected) == (0, 1)


@pytest.mark.parametrize(
    ("heading", "private"),
    [("Charge", "123456789"), ("Charge", "123 45 6789"), ("Charge", "5135551234"), ("Charge", "513.555.1234"),
     ("CPT", "4471234"), ("CPT", "A4471234"), ("CPT", "4471234 12 Jo Ed"), ("CPT", "1234 SW 5th"),
     ("DOS", "03/04/1950"), ("DOS", "May 5 1950"), ("Mods", "Li Wu")],
)  # fmt: skip
def test_numbers_and_days_that_are_a_person_s_are_not_shown(read: Read, heading: str, private: str) -> None:
    good = dict(zip(SHIFTED.strip().split(","), ("A1", "1/31/2026", "97110", "GP", "2", "80.00", "Aetna"), strict=True))
    bad = {**good, "Units": "two", heading: f'"{private}"'}
    export = read(f"{SHIFTED}{','.join(good.values())}\n{','.join(bad.values())}\n")
    # What reads as dollars counts as dollars; nobody's number is quoted.
    frames = (export.rows.drop("dollars_cents"), export.rejected)
    shown = " ".join(frame.write_csv() for frame in frames) + repr(export.notices)
    assert private not in shown
