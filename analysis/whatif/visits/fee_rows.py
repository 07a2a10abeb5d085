"""The fee rows a scenario prices with: the baseline's, with the scenario's figures replacing their inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.pricing.fee_table import with_amounts, with_top_rank, with_unknown_codes
from analysis.whatif.scenarios.kinds.mppr import MpprChange

if TYPE_CHECKING:
    from analysis.medicare.fees.schedules import Track
    from analysis.whatif.scenarios.fee_rows import FeeRows
    from analysis.whatif.scenarios.scenario import Scenario


def fee_rows(fees: FeeRows, scenario: Scenario, track: Track) -> pl.DataFrame:
    """The fee rows of a scenario: fee_id and the columns of FeeTable.rows, for the fee_ids in use.

    Where the scenario's MPPR does not hold for all lines, a copy of every row follows without MPPR, its number raised
    by `FeeRows.size`.

    Raises
    ------
    BadInput, MissingRelease
        For a year or locality without a schedule.
    """
    rows = fees.fees.rows[fees.ids_in_use]
    for change in scenario.changes:
        rows = change.on_fee_rows(rows, fees, track)
    priced = with_unknown_codes(with_top_rank(with_amounts(rows)))
    return _both_ways(priced, fees, scenario.one(MpprChange))


def _both_ways(rows: pl.DataFrame, fees: FeeRows, change: MpprChange | None) -> pl.DataFrame:
    """Append a copy of the rows without MPPR when it applies to some payers only."""
    if change is None or change.applies_to is None:
        return rows
    return pl.concat([rows, without_mppr(rows, fees)])


def without_mppr(rows: pl.DataFrame, fees: FeeRows) -> pl.DataFrame:
    """The same rows paid in full for every unit, under numbers of their own."""
    return rows.with_columns(
        (pl.col("fee_id") + fees.size).alias("fee_id"),
        pl.lit(value=False).alias("mppr"),
        pl.lit(None, pl.Int64).alias("reduced_cents"),
        pl.lit(0, pl.Int64).alias("top_rank"),
    )
