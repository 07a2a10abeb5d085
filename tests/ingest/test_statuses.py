"""What became of an export's line, by its status and its reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.ingest.conftest import Read


@pytest.mark.parametrize(
    ("status", "became"),
    [
        ("Denied", "denied"),
        ("Denied - CO50", "denied"),
        ("Claim denied (CARC 197)", "denied"),
        ("DENIAL", "denied"),
        ("CO-50", "denied"),
        ("CO97 bundled", "bundled"),
        ("Not denied", "charge"),
        ("Denied in error - reprocessing", "charge"),
        ("Denial overturned", "charge"),
        ("Undeniable", "charge"),
        ("Paid 50", "charge"),
        ("Pending", "charge"),
        ("Patient Responsibility", "charge"),
    ],
)
def test_a_status_in_words(read: Read, status: str, became: str) -> None:
    export = read(f"MRN,DOS,CPT,Units,Charge,Status\nA,3/2/2026,97110,1,60.00,{status}\n")
    assert export.lines["status"].to_list() == [became]


@pytest.mark.parametrize(
    "reasons", ["CO-50", "CO50", "co 50", "50", "50.0", '"CO-45, 50"', "CARC 50", "50 - no need", "CO*50"]
)
def test_reasons_in_every_writing_and_beside_a_status_that_is_silent(read: Read, reasons: str) -> None:
    head = "MRN,DOS,CPT,Units,Charge,Status,Paid,Adjustment Reason"
    export = read(
        f"{head}\nA,3/2/2026,97110,1,60.00,Closed,0.00,{reasons}\nB,3/2/2026,97110,1,60.00,Closed,20.00,{reasons}\n"
    )
    assert export.lines["status"].to_list() == ["denied", "charge"]


def test_a_line_marked_as_denied_that_an_insurer_paid_counts_as_paid_and_is_told(read: Read) -> None:
    head = "MRN,DOS,CPT,Units,Charge,Status,Insurance Paid,Patient Paid"
    rows = "A,3/2/2026,97110,1,60.00,Denied,20.00,\nB,3/2/2026,97110,1,60.00,Denied,0.00,60.00\n"
    export = read(f"{head}\n{rows}")
    assert export.lines["status"].to_list() == ["charge", "denied"]
    assert any("marked as denied although an insurer paid: row 2" in notice.text for notice in export.notices)


def test_an_allowed_amount_speaks_against_a_refusal_by_codes_alone(read: Read) -> None:
    head = "MRN,DOS,CPT,Units,Charge,Allowed,Adjustment Reason"
    rows = "A,3/2/2026,97110,1,60.00,0.00,CO-50\nB,3/2/2026,97110,1,60.00,20.00,CO-50\n"
    assert read(f"{head}\n{rows}").lines["status"].to_list() == ["denied", "charge"]
