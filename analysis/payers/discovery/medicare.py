"""What Medicare would set for a payer's lines: each schedule year, each way of reducing further units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.medicare.fees import load_book
from analysis.payers.discovery.terms import UNKNOWN, Base
from analysis.pricing import price
from analysis.pricing.repricing import in_year

if TYPE_CHECKING:
    from analysis.payers.discovery.evidence import Ints
    from analysis.payers.discovery.terms import Reduction

_REDUCTIONS: tuple[Reduction, ...] = ("yes", "no", "half")


def own_visits(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines with a visit_key for each payer of a patient-day: a payer ranks only what it decides."""
    return lines.with_columns(visit_key=pl.struct("visit_key", "payer_key").rank("dense").cast(pl.Int64))


def amounts(lines: pl.DataFrame) -> dict[Base, pl.Series]:
    """Return twice Medicare's cents of each line, by base, in the lines' order; UNKNOWN where it sets none.

    The lines have mac and locality, and a `visit_key` that no other payer shares (`own_visits`).
    """
    lines = lines.with_columns(line_id=pl.int_range(pl.len(), dtype=pl.Int64))
    frames = {None: lines} | {year: in_year(lines, year) for year in load_book().final_years}
    return {
        Base("medicare", reduction, year): priced[reduction]
        for year, frame in frames.items()
        for priced in [_of_year(frame)]
        for reduction in _REDUCTIONS
    }


def _of_year(lines: pl.DataFrame) -> pl.DataFrame:
    priced = price(lines, None)
    fees = priced.fees.select("fee_id", "full_cents", "mppr")
    frame = priced.lines.join(fees, on="fee_id", how="left", maintain_order="left")
    # Without an amount, as where Medicare does not cover a line, or without a charge, a line takes no full fee.
    competes = pl.col("mppr") & pl.col("list_cents").is_not_null() & (pl.col("charge_cents").fill_null(1) > 0)
    rank = pl.when(competes).then(pl.col("full_cents")).otherwise(-1)
    highest = (rank == rank.max().over("visit_key")) & (rank > 0)
    first = (pl.when(highest).then("line_id").min().over("visit_key") == pl.col("line_id")).fill_null(value=False)
    units, full = pl.col("units"), pl.when(pl.col("list_cents").is_not_null()).then("full_cents")
    half = pl.when("mppr").then((units + first.cast(pl.Int64)) * full).otherwise(2 * units * full)
    doubled = {"yes": 2 * pl.col("scheduled_cents"), "no": 2 * pl.col("list_cents"), "half": half}
    return frame.select(value.fill_null(UNKNOWN).cast(pl.Int64).alias(name) for name, value in doubled.items())


def as_arrays(bases: dict[Base, pl.Series], rows: pl.Series) -> dict[Base, Ints]:
    """Return the bases of some rows as arrays."""
    return {base: values.gather(rows).to_numpy() for base, values in bases.items()}
