"""What each payer in fact paid for a unit of each code in an export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import polars as pl

from analysis.metrics.core import with_paid


@dataclass(frozen=True, eq=False)
class Observed:
    """Averages of payments.

    Attributes
    ----------
    frame:
        Grain: payer and code with a payment: payer (null where the export names none), payer_class, code, paid_cents,
        units (of the lines that hold a payment, zero included), lines.
    """

    frame: pl.DataFrame

    @cached_property
    def per_unit(self) -> Mapping[tuple[str | None, str], Mapping[str, Fraction]]:
        """(payer, payer class) -> code -> cents for one unit."""
        found: dict[tuple[str | None, str], dict[str, Fraction]] = {}
        rows = self.frame.select("payer", "payer_class", "code", "paid_cents", "units").iter_rows()
        for payer, group, code, paid, units in rows:
            found.setdefault((payer, group), {})[code] = Fraction(paid, units)
        return found


def observe(lines: pl.DataFrame) -> Observed:
    """Average the payments of lines, insurers' and patients' together; lines not paid yet (empty) do not count."""
    text = [pl.col(name).cast(pl.String) for name in ("payer", "payer_class", "code")]
    held = with_paid(lines).filter(pl.col("paid_cents").is_not_null())
    grouped = held.group_by("payer", "payer_class", "code").agg(
        pl.col("paid_cents").sum(), pl.col("units").sum(), pl.len().cast(pl.Int64).alias("lines")
    )
    return Observed(grouped.with_columns(text).sort("payer", "payer_class", "code"))
