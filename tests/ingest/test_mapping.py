"""Headings to fields: known systems, traps, mapping files, profiles."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from analysis.errors import BadInput
from analysis.ingest import Mapping, Proposal, propose, read_table
from analysis.ingest.columns import content
from analysis.ingest.columns import saved_mappings as profiles
from analysis.ingest.settings import payment_columns, source_fields
from analysis.lines.billing_line import CENTS
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.ingest.conftest import Read


def proposal(headings: str, *rows: str) -> Proposal:
    return propose(read_table("\n".join((headings, *rows)).encode(), "x.csv"))


WEBPT = """\
record_id,patient_account_number,date_of_service,charge_date,charge_id,cpt_code,mod1,mod2,units,cur_ins_code,\
cur_insurance_code,cur_insurance_class,charge_amount,company_id,visit_id,place_of_service_id,treating_therapist_id,\
billing_therapist_id,total_ins_pay_amt,total_pat_adj_amt,cur_balance,total_pay_amt,total_adj_amt,total_ins_adj_amt
1,A1,2026-01-31,2026-02-02,9,97110,GP,KX,2,AET,Aetna PPO,PPO,80.00,77,V1,11,T1,T2,30.00,0.00,5.00,35.00,45.00,45.00
"""
KAREO = """\
EncounterID,EncounterStatus,ID,PracticeName,PatientID,PatientName,PostingDate,ServiceStartDate,RenderingProviderName,\
SupervisingProviderName,ServiceLocationName,ProcedureCode,ProcedureName,ProcedureModifier1,ProcedureModifier2,Units,\
UnitCharge,TotalCharges,AdjustedCharges,Receipts,PatientBalance,Status,Minutes,AllowedAmount,ExpectedAmount,\
PrimaryInsuranceCompanyName,PrimaryInsuranceInsuranceAllowed,PrimaryInsuranceInsuranceContractAdjustment,\
PrimaryInsuranceInsurancePayment,SecondaryInsuranceInsurancePayment,PatientPaymentAmount,OtherAdjustment
E1,Approved,5,Riverside PT,77,"Doe, Ann",2/3/2026,1/31/2026,Bo Kim,Sue Poe,North,97110,Text,GP,KX,2,40.00,80.00,80.00,\
48.00,0.00,Completed,30,50.00,50.00,Aetna,50.00,30.00,40.00,5.00,3.00,2.00
"""


def test_webpt_charges() -> None:
    columns = dict(proposal(WEBPT).mapping.columns)
    assert columns == {
        "charge_id": "record_id", "patient_account_number": "patient_id", "date_of_service": "date_of_service",
        "cpt_code": "code", "mod1": "modifier_1", "mod2": "modifier_2", "units": "units", "cur_insurance_code": "payer",
        "cur_insurance_class": "payer_type", "charge_amount": "charge_cents", "company_id": "billing_group",
        "visit_id": "visit_id", "place_of_service_id": "place_of_service", "treating_therapist_id": "provider",
        "total_ins_pay_amt": "insurance_paid_cents", "total_pay_amt": "paid_cents", "total_adj_amt": "adjustment_cents",
    }  # fmt: skip


def test_kareo_charges_add_the_payments_of_all_insurers(read: Read) -> None:
    columns = dict(proposal(KAREO).mapping.columns)
    assert columns["ServiceStartDate"] == "date_of_service"
    assert columns["TotalCharges"] == "charge_cents"
    assert columns["UnitCharge"] == "unit_price"
    assert columns["Receipts"] == "paid_cents"
    assert columns["AllowedAmount"] == "allowed_cents"
    assert columns["PracticeName"] == "billing_group"
    assert {
        "PostingDate",
        "PatientBalance",
        "SupervisingProviderName",
        "ExpectedAmount",
        "AdjustedCharges",
    }.isdisjoint(columns)
    line = read(KAREO).lines.row(0, named=True)
    assert line["charge_cents"] == 8000
    assert line["allowed_cents"] == 5000
    assert line["paid_cents"] == 4800
    assert line["insurance_paid_cents"] == 4500  # 40.00 + 5.00
    assert line["adjustment_cents"] == 3200  # 30.00 + 2.00
    assert line["patient_paid_cents"] == 300
    assert line["minutes"] == 30


@pytest.mark.parametrize(
    ("heading", "field", "cell"),
    [
        ("DOS", "date_of_service", "1/31/2026"), ("Service Date", "date_of_service", "1/31/2026"),
        ("date_of_service", "date_of_service", "1/31/2026"), ("ServiceStartDate", "date_of_service", "46053"),
        ("service_date", "date_of_service", "2026-01-31"), ("visit_date", "date_of_service", "1/31/2026"),
        ("CPT", "code", "97110"), ("Proc Code", "code", "97110-59"), ("CPT/HCPCS", "code", "97110"),
        ("cpt_code", "code", "97110"), ("Procedure Code", "code", "97110.0"), ("Billing Code", "code", "97110"),
        ("Mod", "modifiers", "GP"), ("Mods", "modifiers", "GP KX"), ("Modifiers", "modifiers", "GP,59"),
        ("Mod 1", "modifier_1", "GP"), ("ProcedureModifier4", "modifier_4", "GP"),
        ("Qty", "units", "2"), ("Units", "units", "2"), ("Units Billed", "units", "2"), ("Days or Units", "units", "2"),
        ("Billed", "charge_cents", "80.00"), ("Charge Amt", "charge_cents", "$80.00"),
        ("Charge", "charge_cents", "80"), ("Amount", "charge_cents", "80"),
        ("Total Charges ($)", "charge_cents", "80"), ("total_line_item_fee", "charge_cents", "80"),
        ("Acct No", "patient_id", "A1"), ("Acct #", "patient_id", "A1"), ("MRN", "patient_id", "A1"),
        ("Patient", "patient_id", "771"), ("Patient", "patient_name", "Doe, Ann"),
        ("Patient Name", "patient_name", "Doe, Ann"), ("DOB", "patient_birth_date", "1/1/1950"),
        ("Insurance", "payer", "Aetna"), ("Payor", "payer", "Aetna"), ("Primary Insurance", "payer", "Aetna"),
        ("PrimaryIns", "payer", "Aetna"), ("Financial Class", "payer_type", "HMO"),
        ("insurance_type_id", "payer_type", "3"),
        ("Facility", "clinic", "North"), ("Location", "clinic", "North"), ("Clinic", "clinic", "North"),
        ("Clinic ZIP", "clinic_zip", "14201"),
        ("Therapist", "provider", "Kim"), ("Rendering Provider", "provider", "Kim"), ("Clinician", "provider", "Kim"),
        ("POS", "place_of_service", "11"), ("Place of Service", "place_of_service", "11 - Office"),
        ("Allowed Amount", "allowed_cents", "50.00"), ("Insurance Paid", "insurance_paid_cents", "50.00"),
        ("Patient Paid", "patient_paid_cents", "50.00"), ("Write Off", "adjustment_cents", "50.00"),
        ("Paid", "paid_cents", "50.00"), ("Paid Amt", "paid_cents", "50.00"), ("Amount Paid", "paid_cents", "$50.00"),
        ("Total Paid", "paid_cents", "50.00"), ("Payments", "paid_cents", "50.00"), ("Receipts", "paid_cents", "50"),
        ("total_pay_amt", "paid_cents", "50.00"), ("paid_cents", "paid_cents", "50.00"),
        ("Unit Price", "unit_price", "40.00"),
        ("Minutes", "minutes", "30"), ("Discipline", "discipline", "PT"), ("Claim Status", "status", "Paid"),
        ("Visit ID", "visit_id", "V1"), ("Group NPI", "billing_group", "1234567890"),
    ],
)  # fmt: skip
def test_a_heading_means_its_field(heading: str, field: str, cell: str) -> None:
    quoted = f'"{cell}"' if "," in cell else cell
    table = read_table(f"Xyzzy,{heading},Plugh\na,{quoted},b\n".encode(), "x.csv", headings=["Xyzzy"])
    proposed = propose(table)
    assert dict(proposed.mapping.columns) == {heading: field}


@pytest.mark.parametrize(
    ("heading", "cell", "never"),
    [
        ("Patient Paid", "5.00", "insurance_paid_cents"), ("Unit Price", "40.00", "units"),
        ("Unit Price", "40.00", "charge_cents"), ("Units", "UN", "units"),
        ("Remittance Date", "1/31/2026", "date_of_service"), ("Charge Date", "1/31/2026", "date_of_service"),
        ("Paid", "5.00", "insurance_paid_cents"), ("Paid", "5.00", "patient_paid_cents"),
        ("Balance", "5.00", "charge_cents"), ("Charge", "97110", "code"), ("Charge", "yes", "charge_cents"),
        ("CPT", "Exercise", "code"),
        ("Secondary Insurance", "Aetna", "payer"), ("Referring Provider", "Poe", "provider"),
        ("Total Payed", "5.00", "paid_cents"), ("Paid Date", "1/31/2026", "paid_cents"),
        ("Paid", "Y", "paid_cents"), ("Patient Paid", "5.00", "paid_cents"), ("Ins Paid", "5.00", "paid_cents"),
        ("Insurance Payments", "5.00", "paid_cents"), ("total_ins_pay_amt", "5.00", "paid_cents"),
        ("Insurance Payed", "5.00", "insurance_paid_cents"), ("Chargge", "5.00", "charge_cents"),
        ("Patient ZIP", "14201", "clinic_zip"),
    ],
)  # fmt: skip
def test_a_heading_is_not_what_it_resembles(heading: str, cell: str, never: str) -> None:
    table = read_table(f"Xyzzy,{heading},Plugh\na,{cell},b\n".encode(), "x.csv", headings=["Xyzzy"])
    assert never not in propose(table).mapping.fields
    column = propose(table).columns[1]
    assert column.suggested != never
    assert column.why


def test_the_best_heading_of_several_wins() -> None:
    columns = dict(
        proposal(
            "Date,Charge Date,Service Date,CPT,Fee,Total Fee,Units,Qty,MRN",
            "1/1/2026,1/2/2026,1/3/2026,97110,40,80,2,9,A",
        ).mapping.columns
    )
    assert columns["Service Date"] == "date_of_service"
    assert columns["Total Fee"] == "charge_cents"
    assert columns["Units"] == "units"
    assert {"Date", "Charge Date", "Fee", "Qty"}.isdisjoint(columns)


def test_units_that_hold_their_kind_give_way_to_the_count() -> None:
    columns = dict(proposal("MRN,DOS,CPT,Units,Qty", "A,1/1/2026,97110,UN,2").mapping.columns)
    assert columns["Qty"] == "units"
    assert "Units" not in columns


def test_similar_headings_are_suggested_and_money_never_is() -> None:
    columns = proposal("MRN,DOS,CPT,Unitts,Chargge Amount", "A,1/1/2026,97110,2,80.00").columns
    assert (columns[3].field, columns[3].suggested) == (None, "units")
    assert (columns[4].field, columns[4].suggested) == (None, None)


def test_cells_that_are_codes_are_suggested_under_any_heading(read: Read) -> None:
    with pytest.raises(BadInput, match='"Leistung" might be procedure code'):
        read("MRN,DOS,Leistung,Units\nA,1/1/2026,97110,2\nA,1/1/2026,97112,1\n")


def test_a_broken_column_is_named_in_the_error(read: Read) -> None:
    with pytest.raises(BadInput) as caught:
        read("MRN,DOS,CPT,Units\n\nA,1/1/2026,97110,two\n")
    assert (caught.value.row, caught.value.column) == (3, "Units")
    assert '"t•••"' in caught.value.found


def test_a_column_with_few_good_cells_is_still_read_row_by_row(read: Read) -> None:
    export = read("MRN,DOS,CPT,Units\n" + "A,1/1/2026,97110,two\n" * 3 + "A,1/1/2026,97110,2\n")
    assert (export.rows_accepted, export.rows_rejected) == (1, 3)


def test_samples_of_patients_are_masked() -> None:
    columns = proposal("MRN,Patient Name,DOS,CPT,Units,Phone", 'A77,"Doe, Ann",1/1/2026,97110,2,5551234').columns
    shown = " ".join(sample for column in columns for sample in column.samples)
    assert "97110" in shown
    assert not any(secret in shown for secret in ("Doe", "A77", "555"))


@pytest.fixture
def full() -> Mapping:
    columns = (
        ('Date "of" Service', "date_of_service"),
        ("CPT\\Code", "code"),
        ("Mods", "modifiers"),
        ("Ünits\t", "units"),
        ("MRN\x7f", "patient_id"),
    )
    return Mapping(columns, date_order="dmy", one_row_one_unit=True, fingerprint="abc123", name="Bob's")


def test_a_mapping_file_comes_back_as_it_was(full: Mapping) -> None:
    assert Mapping.from_toml(full.to_toml()) == full


def test_a_hand_written_mapping_file_is_read() -> None:
    columns = '"DOS" = "date_of_service"\nCPT = "code_with_modifiers"\n"Amt" = "charge"'
    text = f'[columns]\n{columns}\n[options]\ndate_order = "dmy"\n'
    mapping = Mapping.from_toml(text)
    assert mapping.columns == (("DOS", "date_of_service"), ("CPT", "code"), ("Amt", "charge_cents"))
    assert mapping.date_order == "dmy"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "not TOML"), ("", "no \\[columns\\]"),
        ('[columns]\n"DOS" = "datum"', "one of the fields date_of_service"),
        ('[columns]\ndate_of_service = "DOS"', "the heading first, then"), ("[columns]\nDOS = 3", "one of the fields"),
        ('[columns]\nDOS = "date_of_service"\n[options]\ndate_order = "ydm"', "auto, mdy, dmy, ymd"),
        ('[columns]\nDOS = "date_of_service"\n[options]\none_row_one_unit = 1', "true or false"),
        ('[columns]\nDOS = "date_of_service"\n[options]\nspeed = 1', "speed"),
        ('[colums]\nDOS = "date_of_service"', "colums"),
        ('[columns]\nA = "units"\nB = "units"', 'the columns "A", "B"'),
        ('name = 3\n[columns]\nA = "units"', "text in quotation marks"),
        ('options = 3\n[columns]\nA = "units"', "table \\[options\\]"), ("columns = 3", "no \\[columns\\]"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_file_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        Mapping.from_toml(text, file="my.toml")
    assert str(caught.value).startswith("my.toml")


def test_a_mapping_decides_against_the_headings(read: Read, mapped: Callable[..., Mapping]) -> None:
    content = "MRN,DOS,Posted,CPT,Units,Charge\nA,1/1/2026,1/5/2026,97110,2,80\n"
    mapping = mapped({"mrn": "patient_id", "Posted": "date_of_service", "CPT": "code", "Units": "units"})
    export = read(content, mapping=mapping)
    assert export.lines["date_of_service"].to_list()[0].day == 5
    assert "charge_cents" not in export.fields
    assert export.mapping.columns[0] == ("MRN", "patient_id")


def test_a_mapping_of_another_file_says_which_heading_is_missing(read: Read, mapped: Callable[..., Mapping]) -> None:
    mapping = mapped({"MRN": "patient_id", "Day": "date_of_service", "CPT": "code", "Units": "units"})
    with pytest.raises(BadInput, match='no column "Day"'):
        read("MRN,DOS,CPT,Units\nA,1/1/2026,97110,2\n", mapping=mapping)
    with pytest.raises(BadInput, match="a column for date of service"):
        read("MRN,DOS,CPT,Units\nA,1/1/2026,97110,2\n", mapping=mapping.with_column("Day", None))


def test_one_row_one_unit_is_the_users_word(read: Read, mapped: Callable[..., Mapping]) -> None:
    content = "MRN,DOS,CPT\nA,1/1/2026,97110\nA,1/2/2026,97110\n"
    with pytest.raises(BadInput, match="every row is one unit"):
        read(content)
    mapping = mapped({"MRN": "patient_id", "DOS": "date_of_service", "CPT": "code"}, one_row_one_unit=True)
    assert read(content, mapping=mapping).lines["units"].to_list() == [1, 1]


def test_a_report_that_is_already_summed_is_called_so(read: Read) -> None:
    openemr = (
        '"Procedure codes","Units","Amt Billed","Paid Amt","Adjustment Amt","Balance Amt",\n"97110",4,"300.00",,,,\n'
    )
    with pytest.raises(BadInput, match="totals for 1 code"):
        read(openemr)


def test_correcting_a_mapping() -> None:
    mapping = proposal("MRN,DOS,Posted,CPT,Units,Mod", "A,1/1/2026,1/5/2026,97110,2,GP").mapping
    moved = mapping.with_column("Posted", "date_of_service")
    assert moved.headings("date_of_service") == ("Posted",)
    assert moved.field_of("DOS") is None
    assert mapping.field_of("DOS") == "date_of_service"
    assert moved.with_column("Units", None).missing() == ("units",)
    assert mapping.with_column("DOS", "modifiers").headings("modifiers") == ("Mod", "DOS")


def test_a_saved_mapping_is_recognised_whatever_the_order_of_columns(tmp_path: Path, read: Read) -> None:
    content = "MRN,DOS,Posted,CPT,Units\nA,1/1/2026,1/5/2026,97110,2\n"
    mapping = propose(read_table(content.encode(), "x.csv")).mapping.with_column("Posted", "date_of_service")
    path = profiles.save(replace(mapping, name="Ours"), tmp_path)
    assert "97110" not in path.read_text()
    saved, _ = profiles.load_all(tmp_path)
    swapped = "Posted,DOS,MRN,CPT,Units\n1/5/2026,1/1/2026,A,97110,2\n"
    assert read(swapped, saved=saved).lines["date_of_service"].to_list()[0].day == 5
    assert propose(read_table(swapped.encode(), "x.csv"), saved=saved).columns[0].why == 'saved mapping "Ours"'
    renamed = "MRN,DOS,Posted,CPT,Qty\nA,1/1/2026,1/5/2026,97110,2\n"
    assert read(renamed, saved=saved).lines["date_of_service"].to_list()[0].day == 5
    other = "MRN,DOS,Code,Qty\nA,1/1/2026,97110,2\n"
    assert read(other, saved=saved).lines["date_of_service"].to_list()[0].day == 1


def test_profiles_live_where_the_user_says(tmp_path: Path) -> None:
    assert profiles.folder({"REVMIX_HOME": str(tmp_path)}) == tmp_path / "mappings"
    assert profiles.load_all(tmp_path / "nothing here") == ((), ())


def test_a_broken_profile_is_named_and_blocks_no_other(tmp_path: Path, full: Mapping) -> None:
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe\x00")
    profiles.save(full, tmp_path)
    kept, [problem] = profiles.load_all(tmp_path)
    assert kept == (full,)
    assert problem.file == "bad.toml"
    with pytest.raises(BadInput, match=r"none\.toml"):
        profiles.load(tmp_path / "none.toml")


def test_a_profile_can_be_forgotten(tmp_path: Path, full: Mapping, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles.save(full, tmp_path)
    profiles.remove(full, tmp_path)
    profiles.remove(full, tmp_path)
    assert profiles.load_all(tmp_path) == ((), ())

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    with pytest.raises(BadInput, match=r"cannot be removed \(Permission denied\)"):
        profiles.remove(full, tmp_path)


def test_a_mapping_of_no_file_is_not_saved(tmp_path: Path, full: Mapping) -> None:
    with pytest.raises(BadInput, match="belongs to no export"):
        profiles.save(replace(full, fingerprint="../escape"), tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="could not be written"):
        profiles.save(full, tmp_path / "file")


@pytest.mark.parametrize("value", ["9" * 5_000, "[" * 20_000, "{a=" * 20_000])
def test_a_mapping_file_that_is_too_much_for_the_reader_is_named(value: str) -> None:
    with pytest.raises(BadInput, match="a mapping file that is not TOML"):
        Mapping.from_toml(f"name = {value}", file="m.toml")


def test_every_field_that_a_heading_may_mean_is_read_by_code() -> None:
    # A field that no code names would be mapped, and its cells lost without a word.
    trees = [ast.parse(path.read_text("utf-8")) for path in (ROOT / "analysis" / "ingest").rglob("*.py")]
    constants = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    named = {*CENTS, *(value for value in constants if isinstance(value, str))}
    assert source_fields().keys() - named == set()
    assert payment_columns().keys() - named == set()
    assert {field.kind for field in source_fields().values()} <= content._READERS.keys()
