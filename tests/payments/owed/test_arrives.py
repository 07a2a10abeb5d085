"""What should have arrived and what did are the same thing: insurer with insurer, patient with patient."""

from __future__ import annotations

import polars as pl
import pytest

from analysis.ingest.frames import ADJUSTMENTS
from analysis.payers import ContractBook
from analysis.payments import find_owed, totals
from analysis.whatif.scenarios import Contract
from tests.payments.answers import read, with_amounts

FEES = ContractBook((Contract("fees", payer="Acme", fees=(("97110", 4000),)),))


def acme(allowed: str, insurer: str, patient: str, day: str = "2026-03-02") -> str:
    return f"A,{day},Acme,97110,GP,1,70.00,,{allowed},{insurer},{patient}"


def stated(*rows: tuple[int, str, str, int]) -> pl.DataFrame:
    return pl.DataFrame([(*row, None) for row in rows], schema=ADJUSTMENTS, orient="row")


@pytest.mark.parametrize(
    ("insurer", "patient", "insurer_owes", "patient_owes", "over"),
    [
        ("30.00", "10.00", 0, 0, 0),
        ("20.00", "10.00", 1000, 0, 0),  # the insurer's part is missing, whatever the patient paid
        ("30.00", "0.00", 0, 1000, 0),
        ("20.00", "20.00", 1000, 0, 1000),  # the sum is right, and each of them is wrong
        ("40.00", "0.00", 0, 0, 0),  # a second insurer paid the patient's share
        ("40.00", "10.00", 0, 0, 1000),
    ],
)
def test_a_stated_share_is_the_patient_s(
    insurer: str, patient: str, insurer_owes: int, patient_owes: int, over: int
) -> None:
    export, priced = read([acme("40.00", insurer, patient)])
    found = find_owed(priced, FEES, adjustments=stated((0, "CO", "45", 3000), (0, "PR", "3", 1000)))
    [line] = found.judged.rows(named=True)
    assert (line["unpaid_insurer_cents"], line["unpaid_patient_cents"], line["over_cents"]) == (
        insurer_owes,
        patient_owes,
        over,
    )
    whose = {row["owed_by"] for row in found.found.filter(pl.col("kind") == "unpaid").iter_rows(named=True)}
    assert whose == {name for name, cents in (("insurer", insurer_owes), ("patient", patient_owes)) if cents}
    assert export.rows_accepted == 1


def test_without_a_stated_share_nobody_can_tell_who_owes() -> None:
    export, priced = read([acme("40.00", "20.00", "5.00")])
    [row] = find_owed(priced, FEES, export).found.rows(named=True)
    assert (row["kind"], row["owed_cents"], row["owed_by"]) == ("unpaid", 1500, "either")


def test_payments_of_patients_that_no_file_holds_are_not_missing() -> None:
    export, priced = read([acme("40.00", "30.00", ""), acme("40.00", "40.00", "", "2026-03-03")])
    whole = totals(find_owed(priced, FEES, export).judged, priced.lines)
    assert (whole.unpaid, whole.not_in_files, whole.received, whole.expected) == (0, 1000, 7000, 8000)


def test_payments_only_as_totals_are_compared_as_totals() -> None:
    export, priced = read([acme("40.00", "", ""), acme("40.00", "", "", "2026-03-03")])
    whole = totals(
        find_owed(with_amounts(priced, paid_cents=[2500, 4500]), FEES, export).judged,
        priced.lines,
    )
    assert (whole.unpaid, whole.over, whole.received, whole.not_in_files) == (1500, 500, 7000, 0)


def test_an_allowed_amount_without_any_payment_in_the_file_is_not_missing() -> None:
    export, priced = read([acme("40.00", "", "")])
    whole = totals(find_owed(priced, FEES, export).judged, priced.lines)
    assert (whole.unpaid, whole.not_in_files, whole.received) == (0, 4000, 0)


def test_what_the_law_takes_off_is_not_missing_and_no_more_than_that() -> None:
    # 97110 in Ohio, 27.87: coinsurance 5.57, Medicare's share 22.30, after 2 % 21.85.
    def line(insurer: str, patient: str) -> str:
        return f"A,2026-03-02,Medicare,97110,GP,1,70.00,,27.87,{insurer},{patient}"

    for insurer, patient, cut, unpaid in (
        ("21.85", "5.57", 45, 0),
        ("21.85", "0.00", 45, 557),  # the coinsurance has not come: the patient's
        ("0.00", "27.87", 0, 0),  # a deductible: an insurer that pays nothing has nothing taken off
        ("0.00", "0.00", 0, 2787),
        ("20.00", "5.57", 45, 185),
    ):
        export, priced = read([line(insurer, patient)])
        [row] = find_owed(priced, ContractBook(), export).judged.rows(named=True)
        assert (row["cut_cents"], row["unpaid_cents"], row["over_cents"]) == (cut, unpaid, 0), (insurer, patient)
        assert row["unpaid_patient_cents"] == (557 if (insurer, patient) == ("21.85", "0.00") else 0)


def test_a_reduction_that_a_remittance_states_is_not_missing() -> None:
    export, priced = read([acme("40.00", "29.40", "10.00")])
    adjustments = stated((0, "PR", "3", 1000), (0, "CO", "253", 60))
    [row] = find_owed(priced, FEES, adjustments=adjustments).judged.rows(named=True)
    assert (row["cut_cents"], row["expected_cents"], row["unpaid_cents"]) == (60, 3940, 0)
    [row] = find_owed(priced, FEES, export).judged.rows(named=True)
    assert row["unpaid_cents"] == 60


def test_a_denied_line_that_the_patient_paid_is_settled() -> None:
    export, priced = read(["A,2026-03-02,Acme,97110,GP,1,70.00,Denied,0.00,0.00,70.00"])
    found = find_owed(priced, FEES, export)
    assert found.found.is_empty()
    assert not found.judged["judged"].any()


def test_money_of_medicare_paid_too_much_names_the_60_days() -> None:
    export, priced = read(
        ["A,2026-03-02,Medicare,97110,GP,1,70.00,,27.87,60.00,5.57", acme("40.00", "60.00", "0.00") ]
    )  # fmt: skip
    over = find_owed(priced, FEES, export).found.filter(pl.col("kind") == "over").sort("line_id")
    assert over["owed_cents"].to_list() == [6557 - 2787, 2000]
    assert "60 days" in over["todo"][0]
    assert "42 CFR 401.305" in over["todo"][0]
    assert "60 days" not in over["todo"][1]
