"""Exports as clinics have them: odd cells, odd columns, odd signs. Each ends in the right figure or in one sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from analysis.errors import BadInput, ContractError
from analysis.ingest import Mapping, propose, read_table, settings
from analysis.ingest.cells.values import names_several, split_code, split_modifiers
from analysis.ingest.columns.unused import unused
from analysis.ingest.mapping import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ingest.conftest import Read

HEAD = "MRN,DOS,CPT,Units,Charge\n"


@pytest.mark.parametrize(
    "cell",
    [
        '"97110, 97140"',
        "97110/97140",
        "97530; 97112",
        "97110 97530",
        '"97110-GP, 97140-GP"',
        "97110 & 97140",
        "97110+G0283",
    ],
)
def test_a_row_of_several_codes_is_rejected_with_what_to_do(read: Read, cell: str) -> None:
    export = read(f"{HEAD}A,3/2/2026,{cell},3,180.00\nA,3/3/2026,97110,1,60.00\n")
    assert export.reasons == {"code__several": 1}
    assert "put each code on a separate row" in export.rows["message"][0]
    assert export.dollars_rejected == 18000


def test_a_file_of_such_rows_alone_is_told_row_by_row(read: Read) -> None:
    export = read(f'{HEAD}A,3/2/2026,"97110, 97140",3,180.00\nA,3/3/2026,"97110, 97112",2,120.00\n')
    assert export.reasons == {"code__several": 2}


@pytest.mark.parametrize(
    ("cell", "code", "modifiers"),
    [
        ("97110-GP-59", "97110", "GP 59"),
        ("97110:GP:KX", "97110", "GP KX"),
        ("97110*GP*59", "97110", "GP 59"),
        ("97110 GP KX", "97110", "GP KX"),
        ("97110, GP, KX", "97110", "GP KX"),
        ("97110 (GP)", "97110", "GP"),
        ("97140 - 59", "97140", "59"),
        ("97110 gp", "97110", "GP"),
        ("97110 AT", "97110", "AT"),
        ("97110 GP - Ther ex", "97110", "GP"),
        ("97110-GP Ther ex", "97110", "GP"),
        ("97530 CO", "97530", "CO"),
        ("97530 Co-treat", "97530", ""),
        ("97530 - Co treat", "97530", ""),
        ("97161 PT Eval Low", "97161", ""),
        ("97165 OT", "97165", ""),
        ("97150 Group of 2 or more", "97150", ""),
        ("97010 ice / hot pack", "97010", ""),
        ("97535 52 min", "97535", ""),
        ("CPT® 97530", "97530", ""),
    ],
)
def test_words_beside_a_code_are_modifiers_only_where_they_stand_as_one(cell: str, code: str, modifiers: str) -> None:
    assert split_code(cell) == (code, modifiers)
    assert not names_several(cell)


@pytest.mark.parametrize(
    ("cell", "modifiers"),
    [("GP; CQ (asst)", "CQ GP"), ("GP+CQ", "CQ GP"), ("GP & CQ", "CQ GP"), ("kx, GP", "GP KX"), ("GP see note", None)],
)
def test_modifiers_in_every_separation(cell: str, modifiers: str | None) -> None:
    assert split_modifiers(cell) == modifiers


def test_a_column_of_modifiers_that_is_partly_odd_is_read_row_by_row(read: Read) -> None:
    rows = "".join(
        f"A,3/{day}/2026,97110,{mods},1,60.00\n" for day, mods in enumerate(("see note", "GP", "ask Ann", "?!x"), 2)
    )
    export = read(f"MRN,DOS,CPT,Mods,Units,Charge\n{rows}")
    assert export.lines["modifiers"].to_list() == ["GP"]
    assert set(export.reasons) == {"modifiers__not_modifiers"}


@pytest.mark.parametrize(
    ("heading", "cells", "words"),
    [("Mods", ("assistant", "therapist"), "modifiers"), ("Paid", ("yes", "no"), "amounts")],
)
def test_a_column_that_cannot_be_read_is_shown_with_its_cells(
    read: Read, heading: str, cells: tuple[str, str], words: str
) -> None:
    rows = "".join(f"A,3/{day}/2026,97110,1,60.00,{cell}\n" for day, cell in enumerate(cells, 2))
    export = read(f"MRN,DOS,CPT,Units,Charge,{heading}\n{rows}")
    assert export.lines.height == 2
    text = " ".join(notice.text for notice in export.notices)
    assert f'the column "{heading}" was not read: its cells do not look like {words}' in text
    assert f'"{cells[0][:1]}•••"' in text or f'"{cells[0]}"' in text


@pytest.mark.parametrize(("fee", "total"), [("Fee", "Total"), ("Amount", "Line Total"), ("Charge", "Amount")])
def test_the_fee_of_one_unit_is_told_from_the_charge_by_arithmetic(read: Read, fee: str, total: str) -> None:
    rows = "A,3/2/2026,97110,3,25.00,75.00\nA,3/3/2026,97140,1,30.00,30.00\n"
    for columns in (f"{fee},{total}", f"{total},{fee}"):
        swap = columns.startswith(total)
        lines = [row.split(",") for row in rows.strip().splitlines()]
        text = "\n".join(",".join([*r[:4], *(r[:3:-1] if swap else r[4:])]) for r in lines)
        export = read(f"MRN,DOS,CPT,Units,{columns}\n{text}\n")
        assert export.lines["charge_cents"].to_list() == [7500, 3000], columns


def test_a_unit_price_that_disagrees_with_the_charge_is_told(read: Read) -> None:
    export = read(
        "MRN,DOS,CPT,Units,Unit Price,Charge\nA,3/2/2026,97110,3,25.00,75.00\nA,3/3/2026,97110,3,25.00,70.00\n"
    )
    assert any("does not equal the unit price times the units: row 3" in notice.text for notice in export.notices)


def test_payments_below_zero_throughout_are_turned_and_told(read: Read) -> None:
    head = "MRN,DOS,CPT,Units,Charge,Ins Paid,Adjustment,Pt Paid"
    export = read(
        f"{head}\nA,3/2/2026,97110,2,120.00,(38.80),-70.51,5.00\nA,3/3/2026,97110,2,120.00,(20.00),0.00,-5.00\n"
    )
    columns = ["insurance_paid_cents", "adjustment_cents", "patient_paid_cents"]
    # Columns without an amount above zero are of one way of writing; payments of both signs are what they are.
    assert export.lines.select(columns).rows() == [(3880, 7051, 500), (2000, 0, -500)]
    assert any('all amounts in "Ins Paid", "Adjustment" are negative' in notice.text for notice in export.notices)
    assert any("paid by the patient: -$5.00 below zero in row 3" in notice.text for notice in export.notices)


def test_one_amount_below_zero_may_be_money_taken_back_and_is_told(read: Read) -> None:
    export = read("MRN,DOS,CPT,Units,Charge,Ins Paid\nA,3/2/2026,97110,2,120.00,-20.00\nA,3/3/2026,97110,2,120.00,\n")
    assert export.lines["insurance_paid_cents"].to_list() == [-2000, None]
    assert any("paid by insurers: -$20.00 below zero in row 2" in notice.text for notice in export.notices)


def test_patients_are_never_merged_on_a_number_that_a_spreadsheet_rounded(read: Read) -> None:
    rows = '1.00E+11,"Quill, Ada",3/2/2026,97110,2,120.00\n1E+11,"Stone, Ben",3/2/2026,97110,2,120.00\n'
    export = read(f"Patient ID,Patient Name,DOS,CPT,Units,Charge\n{rows}")
    assert export.lines["patient_key"].n_unique() == 2
    assert any("rounded" in notice.text for notice in export.notices)
    alone = read("Patient ID,DOS,CPT,Units,Charge\n1.00E+11,3/2/2026,97110,2,120.00\n7,3/2/2026,97110,2,120.00\n")
    assert alone.reasons == {"patient__missing": 1}


def test_a_ledger_s_rows_are_put_under_the_one_who_pays(read: Read) -> None:
    rows = [
        "A1,3/2/2026,Charge,97110,2,120.00",
        "A1,3/2/2026,Medicare Payment,97110,,-60.00",
        "A1,3/2/2026,Contractual Adj,97110,,-48.00",
        "A1,3/2/2026,Patient Payment,,,-12.00",
    ]
    export = read("Patient ID,DOS,Type,CPT,Units,Amount\n" + "\n".join(rows) + "\n")
    columns = ["charge_cents", "insurance_paid_cents", "adjustment_cents", "patient_paid_cents"]
    assert export.lines.select(columns).rows() == [(12000, 6000, 4800, 1200)]
    assert export.unmatched.is_empty()


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("03/02/2026 - 03/02/2026", date(2026, 3, 2)),
        ("03/13/2026-03/13/2026", date(2026, 3, 13)),
        ("3/2/26 to 3/2/26", date(2026, 3, 2)),
        ("030226", date(2026, 3, 2)),
        ("031326", date(2026, 3, 13)),
        ("\u200b3/2/2026\ufeff", date(2026, 3, 2)),
        ('="3/2/2026"', date(2026, 3, 2)),
    ],
)
def test_days_in_further_writings(read: Read, cell: str, day: date) -> None:
    quoted = cell if '"' not in cell else '"' + cell.replace('"', '""') + '"'
    export = read(f"{HEAD}A,{quoted},97110,1,60.00\nA,3/13/2026,97110,1,60.00\n")
    assert export.lines["date_of_service"][0] == day


def test_a_range_of_several_days_is_no_day_of_a_service(read: Read) -> None:
    export = read(f"{HEAD}A,03/02/2026 - 03/06/2026,97110,1,60.00\nA,3/13/2026,97110,1,60.00\n")
    assert export.reasons == {"date_of_service__not_a_date": 1}


def test_cells_written_for_other_eyes(read: Read) -> None:
    export = read(f'{HEAD}A,3/13/2026,"=""97110""",2 units,\u2212120.00\nA,3/14/2026,97\u200b110,1 unit,60.00\n')
    assert export.reasons == {"units__reversal_without_original": 1}
    assert export.lines.select("code", "units").rows() == [("97110", 1)]


def test_headings_met_in_the_field(read: Read) -> None:
    head = "Pt,Day,CPT,Units,Insurer,Charged,Ins Adj,Insurer Paid,Client Paid,Staff Member,Claim #,Total Timed Minutes"
    export = read(f'{head}\n"Quill, Ada",3/13/2026,97110,2,Acme,120.00,70.00,40.00,10.00,Lee,C1,45\n')
    row = export.lines.row(0, named=True)
    assert (row["charge_cents"], row["adjustment_cents"], row["insurance_paid_cents"]) == (12000, 7000, 4000)
    assert (row["patient_paid_cents"], row["payer"], row["provider"], row["minutes"]) == (1000, "Acme", "Lee", None)
    assert export.keys["claim_key"].null_count() == 0


@pytest.fixture
def fresh_index() -> Iterator[None]:
    settings.alias_index.cache_clear()
    yield
    settings.alias_index.cache_clear()


@pytest.mark.usefixtures("fresh_index")
def test_no_heading_belongs_to_two_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.alias_index()
    settings.alias_index.cache_clear()
    fields = dict(settings.source_fields())
    charge = fields["charge_cents"]
    twice = settings.SourceField("paid_cents", charge.label, charge.kind, ("charge",))
    monkeypatch.setattr(settings, "source_fields", lambda: fields | {"paid_cents": twice})
    with pytest.raises(ContractError, match="charge is listed under charge_cents and paid_cents"):
        settings.alias_index()


GROUPED = """Patient,DOS,CPT,Mods,Units,Charge
"Quill, Ada",3/2/2026,97110,GP,2,120.00
,3/2/2026,97140,GP,1,60.00
,3/4/2026,97140,GP,1,60.00
Total for Quill,,,,4,240.00
"Stone, Ben",3/13/2026,97530,GP,1,75.00
Total for Stone,,,,1,75.00
Report Total,,,,5,315.00
"""


def test_what_stands_once_a_group_is_offered_and_filled_down_when_chosen(read: Read) -> None:
    export = read(GROUPED)
    assert export.reasons == {"row__totals": 3, "patient__missing": 2}
    assert any("2 rows with a code have no patient name" in notice.text for notice in export.notices)
    filled = read(GROUPED, mapping=replace(export.mapping, fill_down=("patient_name",)))
    assert (filled.rows_accepted, filled.dollars_accepted) == (4, 31500)
    assert filled.lines["patient_key"].n_unique() == 2
    assert any("as you chose" in notice.text for notice in filled.notices)
    again = Mapping.from_toml(filled.mapping.to_toml())
    assert again.fill_down == ("patient_name",)
    with pytest.raises(BadInput, match="fill_down"):
        Mapping.from_toml('[columns]\n"CPT" = "code"\n[options]\nfill_down = ["charge"]')


def test_days_that_stand_once_do_not_make_copies_of_other_days_rows(read: Read) -> None:
    rows = ["3/2/2026,A,97110,1,60.00", ",A,97140,1,50.00", "3/3/2026,A,97110,1,60.00", ",A,97140,1,50.00"]
    text = "DOS,MRN,CPT,Units,Charge\n" + "\n".join(rows) + "\n"
    filled = read(text, mapping=replace(read(text).mapping, fill_down=("date_of_service",)))
    assert filled.rows_accepted == 4
    assert filled.lines["visit_key"].n_unique() == 2


def test_a_number_without_a_name_is_no_group(read: Read) -> None:
    rows = '1,"Quill, Ada",3/2/2026,97110,1,60.00\n,"Stone, Ben",3/2/2026,97110,1,60.00\n'
    export = read(f"MRN,Patient Name,DOS,CPT,Units,Charge\n{rows}")
    assert not any("once a group" in notice.text for notice in export.notices)


def test_a_bank_statement_is_told_so(read: Read) -> None:
    with pytest.raises(BadInput, match="no therapy charges"):
        read("Date,Description,Debit,Credit,Balance\n06/01/2026,NOVITAS MEDICARE ACH,,101.10,10050.00\n")


REMEMBERED = Mapping(
    (("Visit", "date_of_service"), ("Proc", "code"), ("N", "units"), ("Who", "patient_id"), ("Money", "charge_cents")),
    name="Front desk",
)


@pytest.mark.parametrize(
    ("head", "row", "difference"),
    [
        ("Visit,Proc,N,Who,Money,Extra", "3/13/2026,97110,2,A,120.00,x", ""),
        ("VISIT,proc,n,WHO,MONEY,Extra", "3/13/2026,97110,2,A,120.00,x", ""),
        ("Visit,Proc,N,Who,Charge", "3/13/2026,97110,2,A,120.00", 'no column "Money"'),
    ],
)
def test_a_remembered_mapping_serves_where_a_column_changed_and_says_so(
    read: Read, head: str, row: str, difference: str
) -> None:
    export = read(f"{head}\n{row}\n", saved=(REMEMBERED,))
    assert export.lines.select("code", "units", "charge_cents").rows() == [("97110", 2, 12000)]
    text = " ".join(notice.text for notice in export.notices)
    assert 'remembered mapping "Front desk", but this file\'s columns differ' in text
    assert difference in text


def test_a_mapping_of_another_report_is_not_used(read: Read) -> None:
    export = read("MRN,DOS,CPT,Units,Money\nA,3/13/2026,97110,2,120.00\n", saved=(REMEMBERED,))
    assert "charge_cents" not in export.fields
    assert not any("remembered" in notice.text for notice in export.notices)


def test_a_remembered_mapping_of_the_same_headings_says_that_it_was_used(read: Read) -> None:
    text = "Visit,Proc,N,Who,Money\n3/13/2026,97110,2,A,120.00\n"
    exact = replace(REMEMBERED, fingerprint=fingerprint(("Visit", "Proc", "N", "Who", "Money")))
    export = read(text, saved=(exact,))
    assert any(notice.text == 'read with the remembered mapping "Front desk"' for notice in export.notices)


def test_initials_are_a_patient_s_name(read: Read) -> None:
    export = read("Patient Name,DOS,CPT,Units,Charge\nM.B.,3/13/2026,97110,2,120.00\nT. K.,3/13/2026,97110,2,120.00\n")
    assert export.lines["patient_key"].n_unique() == 2


def test_columns_that_look_like_something_and_are_not_used_are_named() -> None:
    head = "MRN,DOS,CPT,Units,Charge,Balance Due,Entered,Age,Other CPT,Notes,Phone"
    row = "A,3/13/2026,97110,2,120.00,80.00,3/14/2026,47,97140,1/1/2026,5.00"
    table = read_table(f"{head}\n{row}\n".encode(), "june.csv")
    assert unused(table, propose(table).mapping) == {"money": ["Balance Due"], "dates": ["Entered"]}
    text = read_table(f"{head}\n{row.replace('97140', 'G0283')}\n".encode(), "june.csv")
    assert unused(text, propose(text).mapping)["procedure codes"] == ["Other CPT"]
