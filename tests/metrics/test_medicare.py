"""What Medicare lines should have brought, beside what they did."""

from __future__ import annotations

from typing import Any

from analysis.metrics import MedicarePayments, medicare_payments
from tests.metrics.builders import ALL_FIELDS, amounts, priced


def line(payer_class: str, paid: int | None, **further: Any) -> dict[str, Any]:
    return {"payer_class": payer_class, "insurance_paid_cents": paid, **further}


LINES = priced(
    line("Medicare", 2500, patient_paid_cents=500, **amounts(3273, 3273, 3273)),
    line("Medicare", 0, **{**amounts(2906, 2906, 2906), "receipts_cents": 2850}),  # a payment of zero is a payment
    line("Medicare", None, **amounts(2906, 2906, 2906)),  # nothing posted yet: on neither side
    line("Medicare", 1000),  # no Medicare amount: on neither side
    line("Medicare Advantage", 9000, **amounts(9100, 9100, 9100)),
)


def test_receipts_against_payments_over_the_lines_that_hold_both() -> None:
    found = medicare_payments(LINES, ALL_FIELDS)
    assert found == MedicarePayments(expected_cents=3273 + 2850, paid_cents=3000, lines=2, of_lines=4)
    assert found.sentence.startswith("Medicare lines: $61 expected under Medicare's rules, $30 paid. Over 2 of 4 Medic")
    assert "deductibles and secondary insurers are unknown" in found.sentence


def test_without_payments_or_medicare_lines_there_is_nothing_to_say() -> None:
    assert medicare_payments(LINES, frozenset()) is None
    assert medicare_payments(LINES.filter(payer_class="Medicare Advantage"), ALL_FIELDS) is None
