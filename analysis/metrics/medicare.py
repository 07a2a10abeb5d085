"""What Medicare lines should have brought in under the rules, beside what they did bring in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.lines.billing_line import PayerClass
from analysis.metrics.core import missing, with_paid
from analysis.money import dollars

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class MedicarePayments:
    """Medicare lines that hold both a Medicare amount and a payment.

    Attributes
    ----------
    expected_cents:
        Expected payments under the rules: allowed less the assistant cut and sequestration.
    paid_cents:
        What was paid: insurance and patient payments.
    lines, of_lines:
        Lines the two amounts cover, out of how many Medicare lines.
    """

    expected_cents: int
    paid_cents: int
    lines: int
    of_lines: int

    @property
    def sentence(self) -> str:
        """Both amounts, over how many lines, and what is unknown."""
        over = f"{self.lines:,}" if self.lines == self.of_lines else f"{self.lines:,} of {self.of_lines:,}"
        return (
            f"Medicare lines: {dollars(self.expected_cents, places=0)} expected under Medicare's rules, "
            f"{dollars(self.paid_cents, places=0)} paid. Over {over} Medicare line{'' if self.of_lines == 1 else 's'} "
            "with a payment (including $0.00); deductibles and secondary insurers are unknown."
        )


def medicare_payments(lines: pl.DataFrame, fields: Collection[str]) -> MedicarePayments | None:
    """Compare expected payments with actual ones of the lines whose payer class is Medicare.

    Only lines that hold both count, so an unpaid line or one without an amount is on neither side. None if the export
    has no payments, or no such line. Medicare Advantage is a separate class and pays by its contracts.
    """
    if missing(fields, "paid_cents"):
        return None
    medicare = with_paid(lines).filter(pl.col("payer_class").cast(pl.String) == PayerClass.MEDICARE.value)
    both = medicare.drop_nulls(["receipts_cents", "paid_cents"])
    if both.is_empty():
        return None
    return MedicarePayments(
        int(both["receipts_cents"].sum()), int(both["paid_cents"].sum()), both.height, medicare.height
    )
