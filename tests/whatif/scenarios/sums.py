"""What the second opinion on scenarios adds up: exact units and dollars before and after."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(slots=True)
class Sums:
    """Exact figures; dollars. `amounts` says whether any line has an amount at all."""

    units_before: Fraction = Fraction(0)
    units_after: Fraction = Fraction(0)
    allowed_before: Fraction = Fraction(0)
    allowed_after: Fraction = Fraction(0)
    receipts_before: Fraction = Fraction(0)
    receipts_after: Fraction = Fraction(0)
    amounts: bool = False

    def add(self, other: Sums) -> None:
        for name in FIGURES:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.amounts |= other.amounts


FIGURES = ("units_before", "units_after", "allowed_before", "allowed_after", "receipts_before", "receipts_after")

Found = dict[tuple[str, str], Sums]
"""By code and payer class."""
