"""What each payer actually paid per unit of each code in an export."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from analysis.metrics.core import with_paid
from analysis.money import half_up

MILLIONTHS = 1_000_000
"""Of a cent: an average need not be whole cents."""


@dataclass(frozen=True, eq=False)
class Observed:
    """Average payments.

    Attributes
    ----------
    frame:
        Grain: payer and code with a payment: payer (null if the export names none), payer_class, code, paid_cents,
        units (of the lines that hold a payment, including $0.00), lines.
    """

    frame: pl.DataFrame

    @cached_property
    def per_unit(self) -> pl.DataFrame:
        """Grain: payer and code: payer, payer_class, code, unit_millionths (of a cent, for one unit, half-up)."""
        unit = half_up(pl.col("paid_cents") * MILLIONTHS, pl.col("units"))
        return self.frame.select("payer", "payer_class", "code", unit_millionths=unit)


def observe(lines: pl.DataFrame) -> Observed:
    """Average the payments of lines, insurers' and patients' together; unpaid (empty) lines do not count."""
    text_columns = [pl.col(name).cast(pl.String) for name in ("payer", "payer_class", "code")]
    paid_lines = with_paid(lines).filter(pl.col("paid_cents").is_not_null())
    grouped = paid_lines.group_by("payer", "payer_class", "code").agg(
        pl.col("paid_cents").sum(), pl.col("units").sum(), pl.len().cast(pl.Int64).alias("lines")
    )
    return Observed(grouped.with_columns(text_columns).sort("payer", "payer_class", "code"))
