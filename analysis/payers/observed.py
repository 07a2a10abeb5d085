"""What an export says of each payer and code: what was paid per unit, and how many dollars were allowed and charged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from analysis.lines.billing_line import REFUSED, is_decided, is_insured
from analysis.metrics.core import with_paid
from analysis.money import half_up

MILLIONTHS = 1_000_000
"""Of a cent: an average need not be whole cents."""
_KEYS = ("payer", "payer_class", "code")


@dataclass(frozen=True, eq=False)
class Observed:
    """Average payments, and the dollars that say how much of a practice an answer speaks for.

    Attributes
    ----------
    frame:
        Grain: payer and code with a payment: payer (null if the export names none), payer_class, code, paid_cents,
        units (of the lines that were answered and hold a payment, $0.00 included), lines.
    dollars:
        Grain: payer and code: payer, payer_class, code, allowed_cents, charge_cents: sums over all lines.
    """

    frame: pl.DataFrame
    dollars: pl.DataFrame

    @cached_property
    def per_unit(self) -> pl.DataFrame:
        """Grain: payer and code: payer, payer_class, code, unit_millionths (of a cent, for one unit, half-up)."""
        unit = half_up(pl.col("paid_cents") * MILLIONTHS, pl.col("units"))
        return self.frame.select(*_KEYS, unit_millionths=unit)


def observe(lines: pl.DataFrame) -> Observed:
    """Average the payments of lines, insurers' and patients' together.

    A line counts once its payer has answered it: a denied line says nothing of what a code is paid, and $0.00 with
    nothing else is how many exports write "not yet".
    """
    texts = [pl.col(name).cast(pl.String) for name in _KEYS]
    answered = is_decided() & ~pl.col("status").cast(pl.String).is_in(REFUSED)
    paid_lines = with_paid(lines).filter(pl.col("paid_cents").is_not_null(), answered | ~is_insured())
    averages = paid_lines.group_by(_KEYS).agg(
        pl.col("paid_cents").sum(), pl.col("units").sum(), pl.len().cast(pl.Int64).alias("lines")
    )
    dollars = lines.group_by(_KEYS).agg(pl.col("allowed_cents", "charge_cents").sum())
    return Observed(*(each.with_columns(texts).sort(_KEYS) for each in (averages, dollars)))
