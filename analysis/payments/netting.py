"""Spread amounts of a visit over its lines, and net what its lines have too little and too much."""

from __future__ import annotations

import polars as pl

from analysis.pricing.pipeline import RANKED_TOGETHER

VISIT = list(RANKED_TOGETHER)
"""The columns that tell the visits of each payer apart."""


def spread(total: pl.Expr, weight: pl.Expr, group: list[str]) -> pl.Expr:
    """Spread a group's amount over its lines by weight, in whole cents that add up to it; evenly without any weight.

    >>> frame = pl.DataFrame({"visit": [1, 1, 1], "charge": [100, 100, 0]})
    >>> frame.select(spread(pl.lit(8801), pl.col("charge"), ["visit"])).to_series().to_list()
    [4400, 4401, 0]
    """
    known = weight.fill_null(0)
    parts = pl.when(known.sum().over(group) > 0).then(known).otherwise(1)
    whole, up_to = parts.sum().over(group), parts.cum_sum().over(group)
    return total * up_to // whole - total * (up_to - parts) // whole


def netted(gap: str | pl.Expr, group: list[str]) -> pl.Expr:
    """Spread a group's net over its lines, so that no line goes the other way.

    Where the lines lack more than they have too much, the first lines that lack make up for the surplus of the others,
    and the rest keep what they lack; and the other way round. Sums over the group stay the same.

    >>> frame = pl.DataFrame({"visit": [1, 1, 2, 2], "gap": [915, -625, -300, 100]})
    >>> frame.select(netted("gap", ["visit"])).to_series().to_list()
    [290, 0, -200, 0]
    """
    gap = pl.col(gap) if isinstance(gap, str) else gap
    lacking = _left(gap.clip(lower_bound=0), (-gap).clip(lower_bound=0), group)
    surplus = _left((-gap).clip(lower_bound=0), gap.clip(lower_bound=0), group)
    return lacking - surplus


def _left(amount: pl.Expr, against: pl.Expr, group: list[str]) -> pl.Expr:
    """Return what is left of amounts after the group's sum of `against` is taken off, the first lines first."""
    beyond = amount.cum_sum().over(group) - against.sum().over(group)
    return pl.min_horizontal(beyond.clip(lower_bound=0), amount)
