"""Reversals: one cancels one charge of its kind, and one without its charge is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ingest.accounts import GOOD, HEAD, conserved, reasons

if TYPE_CHECKING:
    from tests.ingest.conftest import Read


def test_a_reversal_cancels_one_charge_of_its_kind(read: Read) -> None:
    back, other = GOOD.replace(",2,80.00", ",-2,-80.00"), GOOD.replace("97110", "97112")
    export = read(f"{HEAD}\n{GOOD}\n{GOOD}\n{back}\n{other}")
    conserved(export)
    assert reasons(export) == {2: "units__reversed", 4: "units__reversed"}
    assert export.rows_accepted == 2
    assert export.dollars_ignored == 0
    assert export.dollars_accepted == 16000


@pytest.mark.parametrize(
    "change", [("A1", "A2"), ("1/31", "1/30"), ("97110", "97112"), ("GP", "GO"), ("-2", "-1"), ("-80.00", "-80.01")]
)
def test_a_reversal_of_something_else_cancels_nothing(read: Read, change: tuple[str, str]) -> None:
    back = GOOD.replace(",2,80.00", ",-2,-80.00").replace(*change)
    export = read(f"{HEAD}\n{GOOD}\n{back}")
    assert reasons(export) == {3: "units__reversal_without_original"}
    conserved(export)


@pytest.mark.parametrize("back", [",-2,80.00", ",2,-80.00", ",2,(80.00)", ',-2,"($80.00)"'])
def test_a_reversal_may_be_negative_in_either_column(read: Read, back: str) -> None:
    export = read("\n".join((HEAD, GOOD, GOOD.replace(",2,80.00", back), GOOD.replace("A1", "A9"))))
    assert export.reasons == {"units__reversed": 2}
    conserved(export)


def test_two_reversals_of_one_charge_leave_one_rejected(read: Read) -> None:
    back = GOOD.replace(",2,80.00", ",-2,-80.00")
    export = read(f"{HEAD}\n{GOOD}\n{back}\n{back}")
    assert reasons(export) == {2: "units__reversed", 3: "units__reversed", 4: "units__reversal_without_original"}
    conserved(export)


def test_a_reversal_without_its_charge_says_what_is_wrong_with_the_row(read: Read) -> None:
    refused = read("\n".join((HEAD, GOOD, GOOD.replace(",2,80.00", ",-1,-40.00")))).rows.row(0, named=True)
    assert refused["message"] == (
        "this reversal has no matching charge in the file; export a period that includes both, or delete the row"
    )
    assert refused["column"] is None


def test_reversals_without_a_column_of_charges(read: Read) -> None:
    export = read("MRN,DOS,CPT,Units\nA,1/1/2026,97110,2\nA,1/1/2026,97110,-2\nA,1/1/2026,97112,1\n")
    assert export.reasons == {"units__reversed": 2}
