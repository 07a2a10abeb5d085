"""Money is whole cents (int) everywhere inside; it becomes text only here.

Rounding is half-up, as in Medicare's payment rules (payment-rules.md, section 1). `round()` rounds half to even and
floats cannot hold cents, so neither is used for amounts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import narwhals as nw
import polars as pl

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

BASIS = 10_000
"""Rates are whole basis points: 10,000 is 100 %."""


Whole = TypeVar("Whole", int, pl.Expr, nw.Expr, "npt.NDArray[np.int64]")
"""A whole number, or a column or an array of them."""


def half_up(numerator: Whole, denominator: int | Whole) -> Whole:
    """Round a quotient to a whole number, ties going up; the denominator is above zero."""
    return (2 * numerator + denominator) // (2 * denominator)


def dollars(cents: int | None, *, places: int = 2) -> str:
    """Write cents for people: ``$1,234.56``; with ``places=0`` whole dollars, half-up. None is an em dash."""
    if cents is None:
        return "—"
    sign = "-" if cents < 0 else ""
    size = abs(cents)
    if places == 0:
        return f"{sign}${half_up(size, 100):,}"
    return f"{sign}${size // 100:,}.{size % 100:02d}"


def signed(cents: int, *, places: int = 2) -> str:
    """Write a difference with its sign: ``+$4,310.00``, ``-$31.07``, ``$0.00``."""
    return f"{'+' if cents > 0 else ''}{dollars(cents, places=places)}"


def plain(cents: int | None) -> str:
    """Write cents for files that machines read: ``1234.56``; None is empty."""
    if cents is None:
        return ""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
