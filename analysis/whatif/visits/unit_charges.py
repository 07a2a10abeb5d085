"""What a clinic charges for one unit of each code: the charge of a unit that a recoding moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from analysis.whatif.visits.distinct_visits import SERVICE_YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, eq=False)
class UnitCharges:
    """The median charge for one unit of each code.

    Attributes
    ----------
    of_year:
        (code, year of service) -> cents, rounded half-up, where the year has a charge for the code.
    of_code:
        Code -> cents over all years, for a year without a charge.
    """

    of_year: Mapping[tuple[str, int], int]
    of_code: Mapping[str, int]

    def per_unit(self, code: str) -> pl.Expr:
        """Return the charge for one unit of a code in each line's `service_year`, in cents; null if there is none.

        A practice that raised its charges would not bill a unit of last year at this year's charge.
        """
        known = {year: cents for (other, year), cents in self.of_year.items() if other == code}
        if not known:
            return pl.lit(None, pl.Int64)
        return pl.col("service_year").replace_strict(known, default=self.of_code[code], return_dtype=pl.Int64)


def unit_charges(lines: pl.DataFrame) -> UnitCharges:
    """Return the median charge for one unit of each code over lines, each charge divided by its units."""
    charges = lines.select(pl.col("code").cast(pl.String), SERVICE_YEAR, "charge_cents", "units").drop_nulls()
    return UnitCharges(
        of_year={
            (str(code), int(str(year))): cents for (code, year), cents in _medians(charges, "code", "service_year")
        },
        of_code={str(code): cents for (code,), cents in _medians(charges, "code")},
    )


def _medians(charges: pl.DataFrame, *keys: str) -> list[tuple[tuple[object, ...], int]]:
    """Return the median charge per unit of each group, in cents, rounded half-up."""
    counted = charges.group_by(*keys, "charge_cents", "units").agg(pl.len().alias("lines"))
    per_unit = pl.col("charge_cents") / pl.col("units")
    ordered = counted.with_columns(per_unit.alias("per_unit")).sort(*keys, "per_unit")
    return [(key, _median(rows)) for key, rows in ordered.group_by(*keys, maintain_order=True)]


def _median(rows: pl.DataFrame) -> int:
    """Return the middle of sorted charges per unit, as a whole number of cents."""
    lines_up_to = rows["lines"].cum_sum().to_numpy()
    middles = [(int(lines_up_to[-1]) - 1) // 2, int(lines_up_to[-1]) // 2]
    (a, m), (b, n) = (
        rows.select("charge_cents", "units").row(int(np.searchsorted(lines_up_to, middle, side="right")))
        for middle in middles
    )
    # Half of a/m + b/n, rounded half-up, in whole numbers.
    top, bottom = a * n + b * m, 2 * m * n
    return int((2 * top + bottom) // (2 * bottom))
