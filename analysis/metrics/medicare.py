"""What Medicare lines should have brought by the rules, beside what they did bring."""

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
class Arrived:
    """Medicare lines that hold both a Medicare amount and a payment.

    Attributes
    ----------
    receipts_cents:
        What should have arrived by the rules: allowed less the assistant cut and sequestration.
    paid_cents:
        What did: insurance and patient payments.
    lines, of_lines:
        Lines the two amounts are summed over, of how many Medicare lines.
    """

    receipts_cents: int
    paid_cents: int
    lines: int
    of_lines: int

    @property
    def sentence(self) -> str:
        """Both amounts, over how many lines, and what is not known."""
        over = f"{self.lines:,}" if self.lines == self.of_lines else f"{self.lines:,} of {self.of_lines:,}"
        return (
            f"Medicare lines: {dollars(self.receipts_cents, places=0)} should have arrived by the rules, "
            f"{dollars(self.paid_cents, places=0)} did. Over {over} Medicare line{'' if self.of_lines == 1 else 's'} "
            "with a payment (zero included); deductibles and secondary insurers are not known."
        )


def medicare_arrived(lines: pl.DataFrame, fields: Collection[str]) -> Arrived | None:
    """Expected receipts against payments of the lines whose payer class is Medicare.

    Only lines that hold both count, so that a line not paid yet, or without an amount, is on neither side. None where
    the export has no payments, or no such line. Medicare Advantage is a class of its own and pays by its contracts.
    """
    if missing(fields, "paid_cents"):
        return None
    medicare = with_paid(lines).filter(pl.col("payer_class").cast(pl.String) == PayerClass.MEDICARE.value)
    both = medicare.drop_nulls(["receipts_cents", "paid_cents"])
    if both.is_empty():
        return None
    return Arrived(int(both["receipts_cents"].sum()), int(both["paid_cents"].sum()), both.height, medicare.height)
