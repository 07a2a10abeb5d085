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
    """Every fee row a set of lines could be priced with, under any year's schedule, and how to step between years.

    Attributes
    ----------
    fees:
        Rows of all codes, places and `periods`, final and proposed.
    periods:
        In order of date; the position of each is its period_id.
    used:
        The fee_ids of the periods the lines fall in, in order: what a scenario needs rows for.
    """

    fees: FeeTable
    periods: tuple[Period, ...]
    used: npt.NDArray[np.int64]

    @property
    def size(self) -> int:
        """How many fee_ids there are. A line that MPPR does not touch in a scenario has its row's number plus this."""
        return self.fees.rows.height

    def elsewhere(self, rows: pl.DataFrame, year: int | None, on: date | None) -> pl.DataFrame:
        """For each row, the row of the same code, place and setting in another period: of a year, or of a day."""
        numbers = self.target(rows["period_id"].unique().to_list(), year, on)
        steps = self.fees.periods
        shift = {own: steps[other] - steps[own] for own, other in numbers.items()}
        moved = rows.select(pl.col("fee_id") + pl.col("period_id").replace_strict(shift, return_dtype=pl.Int64))
        return self.fees.rows[moved.to_series()]

    def target(self, numbers: Sequence[int], year: int | None, on: date | None) -> dict[int, int]:
        """The period each period becomes: the one of a day, or of its own days in a year."""
        own = {period.period_id: period for period in self.periods}
        if on is not None:
            return dict.fromkeys(numbers, self._period_on(on))
        if year is None:
            return {number: number for number in numbers}
        load_book().schedule(year)
        return {number: self._period_on(own[number].start.replace(year=year)) for number in numbers}

    def _period_on(self, day: date) -> int:
        for period in self.periods:
            if period.start <= day <= period.end:
                return period.period_id
        # Says which schedules there are.
        load_book().schedule_on(day, proposed=True)
        raise AssertionError  # pragma: no cover  every schedule's days are in the periods


def fee_rows_of(fees: FeeTable, periods: Sequence[Period], fee_ids: pl.Series) -> FeeRows:
    """The fee rows of lines with these fee_ids, for what a scenario prices with."""
    inverse = {step: number for number, step in fees.periods.items()}
    numbers = fees.rows["period_id"].to_numpy()
    wanted = np.unique(numbers[fee_ids.drop_nulls().unique().to_numpy()])
    ordered = tuple(periods)
    if [period.period_id for period in ordered] != sorted(inverse.values()):  # pragma: no cover  both are ours
        raise AssertionError
    return FeeRows(fees, ordered, np.flatnonzero(np.isin(numbers, wanted)))
