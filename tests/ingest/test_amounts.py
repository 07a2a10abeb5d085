"""Amounts and what they decide: charges, what was paid, what was refused; no dollar counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.ingest import read_export
from tests.ingest.accounts import GOOD, HEAD, conserved, reasons

if TYPE_CHECKING:
    from tests.ingest.conftest import Read


def test_dollars_of_rejected_and_ignored_rows_are_counted(read: Read) -> None:
    export = read(
        "\n".join(
            (HEAD, GOOD, GOOD.replace(",2,", ",two,"), "A1,1/31/2026,MED,,1,12.50,Aetna", GOOD.replace("80.00", "x"))
        )
    )
    conserved(export)
    amounts = (export.dollars_read, export.dollars_accepted, export.dollars_rejected, export.dollars_ignored)
    assert amounts == (17250, 8000, 8000, 1250)


def test_unit_price_makes_the_charge_only_where_there_is_none(read: Read) -> None:
    export = read("MRN,DOS,CPT,Units,Unit Price\nA,1/31/2026,97110,3,40.10\n")
    assert export.lines["charge_cents"].to_list() == [12030]
    assert "charge_cents" in export.fields
    assert export.dollars_read == 12030
    export = read("MRN,DOS,CPT,Units,Unit Price,Charge\nA,1/31/2026,97110,3,40.10,100\n")
    assert export.lines["charge_cents"].to_list() == [10000]


def test_money_with_a_decimal_comma(read: Read) -> None:
    export = read(
        "MRN;DOS;CPT;Units;Charge;Allowed\nA;1/31/2026;97110;1;1.987,92;80\nA;1/31/2026;97110;2,0;87,50;80\nA;1/31/2026;97112;1;87.50;1\n"
    )
    assert export.lines["charge_cents"].to_list() == [198792, 8750]
    assert export.lines["allowed_cents"].to_list() == [8000, 8000]
    assert export.reasons == {"charge_cents__not_money": 1}
    assert "amounts__decimal_comma" in {notice.name for notice in export.notices}


REFUSALS = """patient,dos,cpt,units,charge,allowed,insurance paid,adjustment reason
p1,2026-03-02,97110,1,60.00,0.00,0.00,CO-197
p1,2026-03-02,97112,1,70.00,0.00,0.00,CO-97
p1,2026-03-02,97140,1,50.00,25.00,20.00,CO-45 CO-4
p2,2026-03-02,97110,1,60.00,0.00,0.00,"CO45, PR119"
p2,2026-03-02,97112,1,70.00,,,wrote off 4 units
"""


def test_a_line_refused_as_a_whole_is_denied_without_a_column_of_statuses() -> None:
    export = read_export(REFUSALS.encode(), "refusals.csv")
    # 97 is bundling, no refusal; a line that was allowed is not denied; "4" in free text is no CARC.
    assert export.lines["status"].to_list() == ["denied", "bundled", "charge", "denied", "charge"]


def test_a_line_that_something_was_paid_for_is_not_denied(read: Read) -> None:
    head = "MRN,DOS,CPT,Units,Charge,Paid,Adjustment Reason"
    export = read(f"{head}\nA,1/31/2026,97110,1,60.00,20.00,CO-197\nA,1/31/2026,97112,1,60.00,0.00,CO-197\n")
    assert export.lines["status"].to_list() == ["charge", "denied"]


def test_what_was_paid_in_total_is_read_like_every_amount(read: Read) -> None:
    head = "MRN,DOS,CPT,Units,Charge,Paid"
    cells = ['"$1,987.92"', "(5.00)", "", "n/a", "soon", "21000000.01"]
    export = read("\n".join((head, *(f"A{index},1/31/2026,97110,1,80.00,{cell}" for index, cell in enumerate(cells)))))
    assert export.lines["paid_cents"].to_list() == [198792, -500, None, None]
    assert reasons(export) == {6: "paid_cents__not_money", 7: "paid_cents__too_large"}
    assert export.rows["column"].to_list() == ["Paid", "Paid"]
    assert "paid_cents" in export.fields
    conserved(export)


def test_payments_by_insurers_and_patient_are_not_added_here(read: Read) -> None:
    export = read("MRN,DOS,CPT,Units,Insurance Paid,Patient Paid\nA,1/31/2026,97110,1,20.00,5.00\n")
    assert export.lines.select("paid_cents", "insurance_paid_cents", "patient_paid_cents").rows() == [(None, 2000, 500)]
    assert "paid_cents" not in export.fields


def test_a_total_below_its_parts_is_told(read: Read) -> None:
    head = "MRN,DOS,CPT,Units,Paid,Insurance Paid,Patient Paid"
    lines = ("A,1/31/2026,97110,1,25.00,20.00,5.00", "A,1/31/2026,97112,1,20.00,20.00,5.00")
    (notice,) = read("\n".join((head, *lines))).notices
    assert (notice.name, notice.rows) == ("paid_cents__less_than_its_parts", (3,))


def test_a_total_s_dollars_are_not_counted_again() -> None:
    text = "patient,dos,cpt,units,charge\np1,2026-03-02,97110,1,60.00\np1,2026-03-03,97110,1,60.00\nTotal,,,2,120.00\n"
    export = read_export(text.encode(), "totals.csv")
    assert export.reasons == {"row__totals": 1}
    assert (export.rows_read, export.rows_ignored) == (3, 1)
    assert (export.dollars_read, export.dollars_accepted, export.dollars_ignored) == (12_000, 12_000, 0)
