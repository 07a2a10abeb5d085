"""Lines of one visit are netted, and visits paid a rate or capped are judged as visits."""

from __future__ import annotations

import polars as pl
import pytest

from analysis.payers import ContractBook
from analysis.payments import find_owed, totals
from analysis.whatif.scenarios import Contract
from tests.payments.answers import read

MEDICARE = ContractBook()
LAKEVIEW = ContractBook((Contract("visit", payer="Lakeview", visit_cents=8800),))


def medicare(*lines: tuple[str, int, str]) -> list[str]:
    """Rows of one Medicare visit: code, units and what was allowed; all of it paid, after sequestration."""
    return [f"A,2026-03-02,Medicare,{code},GP,{units},190.00,,{allowed},," for code, units, allowed in lines]


def test_where_mppr_fell_on_the_wrong_line_the_visit_is_short_by_the_difference() -> None:
    export, priced = read(medicare(("97530", 1, "24.18"), ("97110", 1, "27.87")))
    found = find_owed(priced, MEDICARE, export)
    [row] = found.found.filter(pl.col("kind") == "short").rows(named=True)
    assert (row["owed_cents"], row["mistake"]) == (290, "full_unit_elsewhere")  # not the 9.15 of the line with 97530
    assert (row["code"], row["source_rows"], row["line_ids"]) == ("97530, 97110", "2 3", [0, 1])
    assert (row["due_cents"], row["allowed_cents"]) == (3333 + 2162, 2418 + 2787)
    assert found.found.filter(pl.col("kind") == "over").is_empty()


@pytest.mark.parametrize(("first", "second"), [("27.87", "21.62"), ("21.62", "27.87")])
@pytest.mark.parametrize("order", [1, -1])
def test_a_tie_for_the_full_unit_may_fall_either_way(first: str, second: str, order: int) -> None:
    # 97110 and 97116 have the same practice expense: whichever the payer pays in full, nothing is short or too much.
    export, priced = read(medicare(*[("97110", 1, first), ("97116", 1, second)][::order]))
    found = find_owed(priced, MEDICARE, export)
    assert not {"short", "over"} & set(found.found["kind"])
    assert totals(found.judged, priced.lines).short == 0


def test_several_short_lines_of_a_visit_stay_lines() -> None:
    export, priced = read(medicare(("97530", 1, "33.00"), ("97110", 1, "21.00")))
    short = find_owed(priced, MEDICARE, export).found.filter(pl.col("kind") == "short")
    assert short.select("code", "owed_cents").rows() == [("97110", 62), ("97530", 33)]


def test_a_refused_line_leaves_its_full_unit_to_another_line_or_not() -> None:
    # 97530 is denied. Whether 97110 is then paid in full or reduced, it is right, and the rest of the visit is denied.
    for allowed, denied in (("27.87", 3333 + 2162 - 2787), ("21.62", 3333)):
        rows = [
            "A,2026-03-02,Medicare,97530,GP,1,190.00,Denied,0.00,0.00,",
            f"A,2026-03-02,Medicare,97110,GP,1,190.00,,{allowed},10.00,",
        ]
        export, priced = read(rows)
        whole = totals(find_owed(priced, MEDICARE, export).judged, priced.lines)
        assert (whole.denied, whole.short, whole.over) == (denied, 0, 0)
        assert whole.due == 3333 + 2162


def lakeview(*lines: tuple[str, str, str, str]) -> list[str]:
    return [f"A,2026-03-02,Lakeview,{code},GP,1,{charge},{status},{amounts}" for code, charge, status, amounts in lines]


@pytest.mark.parametrize(
    ("lines", "sums"),
    [
        # The whole rate is on the first line, as many payers show it: nothing is missing.
        ([("97110", "70.00", "", "88.00,58.00,30.00"), ("97530", "82.00", "", "0.00,0.00,0.00")], {}),
        # Spread over the lines: nothing is missing either.
        ([("97110", "70.00", "", "40.00,40.00,0.00"), ("97530", "82.00", "", "48.00,48.00,0.00")], {}),
        # $80 instead of $88: the visit is short.
        ([("97110", "70.00", "", "80.00,80.00,0.00"), ("97530", "82.00", "", "0.00,0.00,0.00")], {"short": 800}),
        # A line was denied, but the visit's rate came: nothing is owed for it.
        ([("97110", "70.00", "", "88.00,88.00,0.00"), ("97530", "82.00", "Denied", "0.00,0.00,0.00")], {}),
        # The payer filled the rate line by line: the denied line would have held the rest.
        (
            [("97110", "70.00", "", "70.00,70.00,0.00"), ("97530", "82.00", "Denied", "0.00,0.00,0.00")],
            {"denied": 1800},
        ),
        # The whole visit was denied, or nobody answered it, except for the patient's copay.
        ([("97110", "70.00", "Denied", "0.00,0.00,"), ("97530", "82.00", "Denied", "0.00,0.00,")], {"denied": 8800}),
        ([("97110", "70.00", "", ",,30.00"), ("97530", "82.00", "", ",,")], {"open": 5800}),
        # The copay has not come.
        ([("97110", "70.00", "", "88.00,58.00,"), ("97530", "82.00", "", "0.00,0.00,0.00")], {"unpaid": 3000}),
        # Twice the rate.
        ([("97110", "70.00", "", "88.00,88.00,0.00"), ("97530", "82.00", "", "88.00,88.00,0.00")], {"over": 8800}),
        # Charges below the rate, paid whole: nobody owes more than was billed.
        ([("97110", "40.00", "", "40.00,40.00,0.00")], {}),
    ],
)
def test_a_visit_rate_is_judged_by_the_visit(lines: list[tuple[str, str, str, str]], sums: dict[str, int]) -> None:
    export, priced = read([*lakeview(*lines), "Z,2026-03-02,Nobody,97110,GP,1,70.00,,50.00,40.00,10.00"])
    found = find_owed(priced, LAKEVIEW, export)
    whole = totals(found.judged, priced.lines)
    parts = {name: getattr(whole, name) for name in ("denied", "short", "unpaid", "open", "over")}
    assert {name: cents for name, cents in parts.items() if cents} == sums
    assert whole.judged == len(lines)
    assert whole.unknown == ("Nobody",)
    assert found.due.filter(pl.col("by_visit"))["due_cents"].sum() == whole.due
    for row in found.found.filter(pl.col("kind") == "short").iter_rows(named=True):
        assert row["line_ids"] == list(range(len(lines))), "a visit's finding lists its lines"
        assert row["code"] == "97110, 97530"


def test_a_line_without_an_allowed_amount_leaves_its_visit_unjudged() -> None:
    export, priced = read(lakeview(("97110", "70.00", "", "60.00,60.00,"), ("97530", "82.00", "", ",20.00,")))
    whole = totals(find_owed(priced, LAKEVIEW, export).judged, priced.lines)
    assert (whole.judged, whole.untold, whole.share) == (0, 2, 0.0)


def test_two_payers_of_one_day_are_two_visits() -> None:
    rows = [*lakeview(("97110", "70.00", "", "88.00,88.00,0.00")), *medicare(("97530", 1, "30.00"))]
    export, priced = read(rows)
    found = find_owed(priced, LAKEVIEW, export).found.filter(pl.col("kind") == "short")
    assert found.select("payer", "owed_cents").rows() == [("Medicare", 333)]
