"""Plain files, as most people and scripts write them, are read without any mapping."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from analysis.errors import BadInput
from analysis.lines.billing_line import SCHEMA

if TYPE_CHECKING:
    from tests.ingest.conftest import Read

FULL = """Patient ID,DOS,CPT,Mod 1,Mod 2,Units,Charge,POS,Payer,Therapist,Clinic
00123,1/31/2026,97110,KX,GP,2,"$1,087.50",11,Medicare Part B,Ann Lee,North
00123,1/31/2026,97112,GP,,1,45.00,11,Medicare Part B,Ann Lee,North
00124,2/1/2026,G0283,GP,CQ,1,15,11,Aetna PPO,Bo Kim,South
"""


def test_every_value_of_a_plain_file_arrives(read: Read) -> None:
    export = read(FULL)
    assert list(export.lines.columns) == list(SCHEMA)
    shown = export.lines.select(
        "source_row", "date_of_service", "code", "modifiers", "units", "charge_cents", "place_of_service",
        "payer", "payer_class", "provider", "clinic", "discipline", "status",
    )  # fmt: skip
    first = (2, date(2026, 1, 31), "97110", "GP KX", 2, 108750, "11", "Medicare Part B", "Medicare", "Ann Lee", "North",
             "PT", "charge")  # fmt: skip
    last = (4, date(2026, 2, 1), "G0283", "CQ GP", 1, 1500, "11", "Aetna PPO", "Commercial", "Bo Kim", "South",
            "PT", "charge")  # fmt: skip
    assert shown.row(0) == first
    assert shown.row(2) == last
    assert export.lines["line_id"].to_list() == [0, 1, 2]
    assert export.lines["source_file"].unique().to_list() == ["june.csv"]


def test_the_visit_is_one_patient_on_one_day(read: Read) -> None:
    first, second, third = read(FULL).lines["visit_key"]
    assert first == second != third


def test_canonical_names_are_headings(read: Read) -> None:
    export = read(
        "patient_id,date_of_service,code,modifiers,units,charge\n"
        "A1,2026-03-01,97110,GP KX,2,80.00\n"
        "A1,2026-03-01,97140,GP,1,40\n"
    )
    assert export.rows_accepted == 2
    assert export.lines["modifiers"].to_list() == ["GP KX", "GP"]
    assert export.lines["charge_cents"].to_list() == [8000, 4000]


@pytest.mark.parametrize("left_out", ["Charge", "Mod 2", "POS", "Payer", "Therapist", "Clinic"])
def test_an_optional_column_may_be_absent(read: Read, left_out: str) -> None:
    rows = [line.split(",") for line in FULL.replace('"$1,087.50"', "1087.50").splitlines()]
    place = rows[0].index(left_out)
    export = read("\n".join(",".join(cell for at, cell in enumerate(row) if at != place) for row in rows))
    assert export.rows_accepted == 3
    names = {
        "Charge": "charge_cents",
        "POS": "place_of_service",
        "Payer": "payer",
        "Therapist": "provider",
        "Clinic": "clinic",
    }
    if field := names.get(left_out):
        assert field not in export.fields
        assert export.lines[field].null_count() == 3
    if left_out == "Payer":
        assert export.lines["payer_class"].to_list() == ["Unknown"] * 3


@pytest.mark.parametrize(
    ("left_out", "label"),
    [("DOS", "date of service"), ("CPT", "procedure code"), ("Units", "units"), ("Patient ID", "patient")],
)
def test_a_missing_required_column_is_one_clear_line(read: Read, left_out: str, label: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(FULL.replace(left_out, "Whatsit", 1))
    text = str(caught.value)
    assert "june.csv, row 1" in text
    assert "Whatsit" in text
    assert label in text
    assert "mapping" in text
    assert "\n" not in text


def test_optional_fields_are_named_only_when_the_export_has_them(read: Read) -> None:
    export = read("Patient ID,DOS,CPT,Units\nA,1/31/2026,97110,1\n")
    assert {"charge_cents", "payer", "clinic", "provider", "minutes"}.isdisjoint(export.fields)
    assert {"date_of_service", "code", "units", "visit_key"} <= export.fields
    assert export.dollars_read == 0


def test_lines_come_without_patients_but_with_stable_pseudonyms(read: Read) -> None:
    once, again, other = read(FULL), read(FULL), read(FULL, key=b"another key")
    assert once.lines["patient_key"].to_list() == again.lines["patient_key"].to_list()
    assert set(once.lines["patient_key"]).isdisjoint(other.lines["patient_key"])
    assert "00123" not in once.lines.write_csv()
    assert "00123" not in once.rows.write_csv()


def test_progress_goes_from_nothing_to_all(read: Read) -> None:
    shares: list[float] = []
    read(FULL, progress=lambda share, _step: shares.append(share))
    assert shares[0] == 0
    assert shares[-1] == 1
    assert shares == sorted(shares)
