"""Sums of priced lines: cells added up, weighted by probability, in exact fractions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import narwhals as nw
import polars as pl

from analysis.money import BASIS
from analysis.pricing.pipeline import price_units
from analysis.whatif.visits.masks import Mask, bit

MEASURES = ("units", "scheduled_cents", "expected_cents", "receipts_cents")
"""What is summed over lines; pipeline.AMOUNTS defines the amounts."""


Exact = int | Fraction
"""An unrounded sum: a whole number if possible, because whole numbers add up much faster."""
Sums = Mapping[tuple[str, str], tuple[Exact, ...]]
"""Code and payer class -> exact sums in the order of MEASURES."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Exact sums of a scenario, before and after.

    Attributes
    ----------
    before, after:
        (code, payer class) -> sums in the order of MEASURES, in units and cents; `after` is an expected value over
        shares. Amounts are over lines priced on both sides; units over all.
    priced_keys:
        (code, payer class) with an amount on at least one line.
    unpriced:
        Lines with an amount in the baseline but none in the scenario: code, schedule year, reason, lines.
    moved_visits:
        For each line change, in order, how many visits it may affect.
    left_out:
        Lines in view without an amount in the baseline, not counting codes the scenario leaves out.
    """

    before: Sums
    after: Sums
    priced_keys: frozenset[tuple[str, str]]
    unpriced: pl.DataFrame
    moved_visits: tuple[int, ...]
    left_out: int


def total(sums: Sums, measure: str) -> Fraction:
    """Sum one of MEASURES over all codes and payer classes, unrounded."""
    index = MEASURES.index(measure)
    return Fraction(sum(values[index] for values in sums.values()))


_KEY = ("code", "payer_class", *MEASURES)


def summed(cells: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Price and sum cells.

    Grain: visit_change_mask, volume_mask, code and payer_class: these, MEASURES, lines, priced (lines with an amount).
    A line that kept its code counts in dollars if `priced_on_both` says so, one that changed it always.
    """
    priced: pl.LazyFrame = price_units(nw.from_native(cells.lazy()), nw.from_native(rows.lazy())).to_native()
    counts = pl.col("expected_cents").is_not_null() & (
        pl.col("priced_on_both").fill_null(value=False) | pl.col("moved")
    )
    amounts = [
        (pl.when(counts).then(pl.col(name)).otherwise(0) * pl.col("lines")).sum().alias(name) for name in MEASURES[1:]
    ]
    return (
        priced.join(rows.lazy().select("fee_id", "priced_on_both"), on="fee_id", how="left")
        .group_by("visit_change_mask", "volume_mask", "code", "payer_class")
        .agg(
            (pl.col("units") * pl.col("lines")).sum(),
            *amounts,
            pl.when(counts).then(pl.col("lines")).otherwise(0).sum().alias("priced"),
            pl.col("lines").sum(),
        )
        .collect()
    )


def expected_sums(
    sums: pl.DataFrame, weight_of: Mapping[Mask, Mapping[Mask, int]], volume_factors: tuple[int, ...], changes: int
) -> dict[tuple[str, str], tuple[Exact, ...]]:
    """Return the expected value over combinations, and the growth of volumes, in exact fractions."""
    totals: dict[tuple[str, str], list[int]] = {}
    columns = ("visit_change_mask", "combination", "volume_mask", *_KEY)
    for visit_change_mask, combination, volume_mask, code, group, *values in sums.select(columns).iter_rows():
        weight = weight_of[visit_change_mask].get(combination, 0)
        if not weight:
            continue
        for index, factor in enumerate(volume_factors):
            weight *= factor if volume_mask & bit(index) else BASIS
        total = totals.setdefault((code, group), [0] * len(MEASURES))
        for index, value in enumerate(values):
            total[index] += weight * value
    whole = BASIS ** (changes + len(volume_factors))
    return {key: tuple(_divided(value, whole) for value in values) for key, values in totals.items()}


def scaled(sums: Sums, scale: Fraction) -> Sums:
    """Multiply sums by what makes a year of them, exactly."""
    if scale == 1:
        return sums
    return {key: tuple(_divided(value * scale.numerator, scale.denominator) for value in sums[key]) for key in sums}


def _divided(value: Exact, by: int) -> Exact:
    return Fraction(value) / by if value % by else int(value // by)
