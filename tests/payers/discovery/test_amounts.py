"""What a payer allowed, from the columns an export has, and which lines never count."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

from analysis.ingest.frames import ADJUSTMENTS
from analysis.payers.discovery.amounts import SOURCES, sources
from tests.bench.practices.medicare import frame_of
from tests.payers.discovery.made_up import START, Line, rows_of

if TYPE_CHECKING:
    from typing import Any

COUNT = 10
LINES = [Line(visit, START + timedelta(days=visit), "97110", 1, 70_00) for visit in range(COUNT)]
PAID: dict[str, Any] = {"insurance_paid_cents": 26_00, "patient_paid_cents": 10_00, "paid_on": date(2026, 1, 5)}


def found(
    changed: dict[int, dict[str, Any]] | None = None, adjustments: pl.DataFrame | None = None, **more: Any
) -> dict[str, dict[int, int]]:
    """Return each source with its amounts by line; `more` stands in every line, `changed` in some."""
    rows = rows_of(LINES, [0] * COUNT, **({"allowed_cents": None} | more))
    rows = [row | (changed or {}).get(at, {}) for at, row in enumerate(rows)]
    return {
        name: dict(zip(lines["line_id"], lines["amount_cents"], strict=True))
        for name, lines in sources(frame_of(rows), adjustments)
    }


def all_of(cents: int, but: set[int] | None = None) -> dict[int, int]:
    return {at: cents for at in range(COUNT) if at not in (but or set())}


def test_allowed_amounts_stand_alone() -> None:
    assert found(allowed_cents=36_00, adjustment_cents=1_00, **PAID) == {"allowed": all_of(36_00)}


def test_without_them_the_charge_less_the_adjustment_and_the_payments_are_tried() -> None:
    assert found(adjustment_cents=34_00, **PAID) == {"adjusted": all_of(36_00), "paid": all_of(36_00)}
    assert found(adjustment_cents=34_00) == {"adjusted": all_of(36_00)}


def test_payments_of_insurers_alone_and_as_totals() -> None:
    assert found(insurance_paid_cents=36_00) == {"paid": all_of(36_00)}
    assert found(paid_cents=36_00) == {"paid": all_of(36_00)}
    # A total beside its parts is not counted twice.
    assert found(paid_cents=36_00, insurance_paid_cents=30_00) == {"paid": all_of(30_00)}


def adjustments(*parts: tuple[str, str, int]) -> pl.DataFrame:
    rows = [(at, group, carc, cents, None) for at in range(COUNT) for group, carc, cents in parts]
    return pl.DataFrame(rows, schema=ADJUSTMENTS, orient="row")


def test_remittances_state_what_the_patient_owes_and_what_came_off_the_payment() -> None:
    # 45 is contractual; the patient owes 7.20; sequestration is off the payment, not off what was allowed.
    stated = adjustments(("CO", "45", 34_00), ("PR", "2", 7_20), ("CO", "253", 58))
    assert found(None, stated, insurance_paid_cents=28_22) == {"remittance": all_of(36_00)}
    # Where an allowed amount stands it comes first.
    assert set(found(None, stated, insurance_paid_cents=28_22, allowed_cents=36_00)) == {"allowed"}
    # An empty frame of adjustments says nothing.
    assert set(found(None, stated.clear(), **PAID)) == {"paid"}


@pytest.mark.parametrize("payer_class", ["Medicare Advantage", "Medicare"])
def test_sequestration_is_tried_where_payments_are_after_it(payer_class: str) -> None:
    # Of 36.00 the patient owes 7.20; 2 % of 28.80 is 0.58.
    paid: dict[str, Any] = {"insurance_paid_cents": 28_22, "patient_paid_cents": 7_20, "adjustment_cents": 34_58}
    assert found(None, None, payer_class=payer_class, **paid) == {
        "adjusted": all_of(35_42),
        "adjusted, sequestration": all_of(36_00),
        "paid": all_of(35_42),
        "paid, sequestration": all_of(36_00),
    }
    assert set(found(None, None, **paid)) == {"adjusted", "paid"}
    # A plan of any class that names CARC 253 has taken it off.
    named = found({0: {"adjustment_reasons": "CO-45 CO-253"}}, None, **paid)
    assert named["paid, sequestration"] == all_of(36_00)
    assert "paid, sequestration" not in found({0: {"adjustment_reasons": "CO-2530"}}, None, **paid)


def test_adjustments_without_payments_hold_the_sequestration_of_all_or_of_eighty_percent() -> None:
    # $49.00 is $50.00 less 2%; $49.20 is $50.00 less 2% of the 80% that the insurer owes.
    whole = found(payer_class="Medicare", adjustment_cents=21_00)
    assert whole["adjusted, sequestration"] == all_of(50_00)
    insured = found(payer_class="Medicare", adjustment_cents=20_80)
    assert insured["adjusted, coinsurance, sequestration"] == all_of(50_00)


def test_sequestration_follows_the_date() -> None:
    early = {0: {"date_of_service": date(2021, 5, 3)}, 1: {"date_of_service": date(2022, 5, 3)}}
    paid = found(early, None, payer_class="Medicare", insurance_paid_cents=49_00, patient_paid_cents=0)
    assert [paid["paid, sequestration"][at] for at in range(3)] == [49_00, 49_49, 50_00]


def test_open_and_unanswered_lines_never_count() -> None:
    still_open: dict[str, Any] = {"allowed_cents": 0, "insurance_paid_cents": 0, "patient_paid_cents": 0}
    empty = dict.fromkeys(("allowed_cents", "insurance_paid_cents", "patient_paid_cents"))
    changed = {2: still_open | {"paid_on": None}, 3: empty | {"paid_on": None}}
    assert found(changed, allowed_cents=36_00, **PAID) == {"allowed": all_of(36_00, {2, 3})}


def test_nothing_allowed_counts_where_the_visit_was_answered() -> None:
    # A rate per visit stands on one line of it; the others were allowed 0.00.
    zero = {"allowed_cents": 0, "insurance_paid_cents": 0, "patient_paid_cents": 0, "paid_on": None, "visit_key": 3}
    assert found({2: zero}, allowed_cents=36_00, **PAID) == {"allowed": {**all_of(36_00), 2: 0}}


def test_a_column_that_few_lines_fill_is_no_source() -> None:
    few = {at: {"allowed_cents": 36_00} for at in range(COUNT // 2 - 1)}
    assert set(found(few, insurance_paid_cents=36_00)) == {"paid"}
    half = {at: {"allowed_cents": 36_00} for at in range(COUNT // 2)}
    assert set(found(half, insurance_paid_cents=36_00)) == {"allowed"}


def test_nothing_but_zeros_is_no_source() -> None:
    assert found(allowed_cents=0, insurance_paid_cents=0, paid_on=date(2026, 1, 5)) == {}
    assert found(payer_class="Medicare") == {}


def test_every_source_has_its_words() -> None:
    every = [
        found(None, adjustments(("CO", "45", 34_00)), insurance_paid_cents=36_00),
        found(allowed_cents=36_00),
        found(payer_class="Medicare", adjustment_cents=34_00, **PAID),
        found(payer_class="Medicare", adjustment_cents=34_00),
    ]
    assert {name for each in every for name in each} == set(SOURCES)
