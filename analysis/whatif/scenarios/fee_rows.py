"""Every fee row that a scenario may price with, and the way from a row to the same one of another year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from analysis.medicare.fees import load_book

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import numpy.typing as npt

    from analysis.pricing import FeeTable, Period


@dataclass(frozen=True, slots=True, eq=False)
class FeeRows:
    """Every fee row a set of lines could be priced with, under any year's schedule, and the way between years.

    Attributes
    ----------
    fees:
        Rows of all codes, localities and `periods`, final and proposed.
    periods:
        In order of date; the position of each is its period_id.
    ids_in_use:
        The fee_ids of the periods the lines fall in, in order: what a scenario needs rows for.
    """

    fees: FeeTable
    periods: tuple[Period, ...]
    ids_in_use: npt.NDArray[np.int64]

    @property
    def size(self) -> int:
        """How many fee_ids there are. A line that MPPR does not touch in a scenario has its row's number plus this."""
        return self.fees.rows.height

    def in_other_period(self, rows: pl.DataFrame, year: int | None, on: date | None) -> pl.DataFrame:
        """For each row, the row of the same code, locality and setting in another period: of a year, or of a day."""
        targets = self.target_periods(rows["period_id"].unique().to_list(), year, on)
        offsets = self.fees.periods
        shift = {period_id: offsets[target] - offsets[period_id] for period_id, target in targets.items()}
        target_ids = rows.select(pl.col("fee_id") + pl.col("period_id").replace_strict(shift, return_dtype=pl.Int64))
        return self.fees.rows[target_ids.to_series()]

    def target_periods(self, period_ids: Sequence[int], year: int | None, on: date | None) -> dict[int, int]:
        """The period each period becomes: the one of a day, or of its own days in a year."""
        by_id = {period.period_id: period for period in self.periods}
        if on is not None:
            return dict.fromkeys(period_ids, self._period_on(on))
        if year is None:
            return {number: number for number in period_ids}
        load_book().schedule(year)
        return {number: self._period_on(by_id[number].start.replace(year=year)) for number in period_ids}

    def _period_on(self, day: date) -> int:
        for period in self.periods:
            if period.start <= day <= period.end:
                return period.period_id
        # Says which schedules there are.
        load_book().schedule_on(day, proposed=True)
        raise AssertionError  # pragma: no cover  every schedule's days are in the periods


def fee_rows_of(fees: FeeTable, periods: Sequence[Period], fee_ids: pl.Series) -> FeeRows:
    """The fee rows of lines with these fee_ids, for what a scenario prices with."""
    period_of_offset = {offset: period_id for period_id, offset in fees.periods.items()}
    period_ids = fees.rows["period_id"].to_numpy()
    periods_in_use = np.unique(period_ids[fee_ids.drop_nulls().unique().to_numpy()])
    ordered = tuple(periods)
    if [period.period_id for period in ordered] != sorted(period_of_offset.values()):  # pragma: no cover  both are ours
        raise AssertionError
    return FeeRows(fees, ordered, np.flatnonzero(np.isin(period_ids, periods_in_use)))
