"""The fee rows a scenario prices with: the baseline's, with the scenario's figures replacing their inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from analysis.medicare.fees import load_book, resolve
from analysis.medicare.fees.localities import place_in
from analysis.pricing.fee_table import INGREDIENTS, with_amounts, with_top_rank, with_unknown_codes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import numpy.typing as npt

    from analysis.medicare.fees.schedules import Track
    from analysis.pricing import FeeTable, Period
    from analysis.whatif.scenarios.changes import (
        GpciChange,
        MpprChange,
        RulesChange,
        RvuChange,
        Scenario,
        ScheduleChange,
    )

_RULES = ("pe_reduction_bp", "patient_share_bp", "assistant_share_bp", "sequestration_bp")
_SCHEDULE = tuple(name for name in INGREDIENTS if name not in _RULES)
_RVUS = {"work_e2": "work_rvu_e2", "pe_e2": "pe_rvu_e2", "mp_e2": "malpractice_rvu_e2"}
_GPCIS = {"work_e3": "work_gpci_e3", "pe_e3": "pe_gpci_e3", "mp_e3": "mp_gpci_e3"}


@dataclass(frozen=True, slots=True, eq=False)
class FeeBook:
    """Every fee row that could price a set of lines, under any year's schedule, and how to step between years.

    Attributes
    ----------
    fees:
        Rows of all codes, localities and `periods`, final and proposed.
    periods:
        In order of date; each one's position is its period_id.
    used:
        The fee_ids of the periods of the lines, in order: what a scenario needs rows for.
    """

    fees: FeeTable
    periods: tuple[Period, ...]
    used: npt.NDArray[np.int64]

    @property
    def size(self) -> int:
        """The number of fee_ids. A line without MPPR in a scenario uses its row's number plus this."""
        return self.fees.rows.height


def fee_book(fees: FeeTable, periods: Sequence[Period], fee_ids: pl.Series) -> FeeBook:
    """Return the fee rows of lines with these fee_ids, for `terms`."""
    inverse = {step: number for number, step in fees.periods.items()}
    numbers = fees.rows["period_id"].to_numpy()
    wanted = np.unique(numbers[fee_ids.drop_nulls().unique().to_numpy()])
    ordered = tuple(periods)
    if [period.period_id for period in ordered] != sorted(inverse.values()):  # pragma: no cover  both are ours
        raise AssertionError
    return FeeBook(fees, ordered, np.flatnonzero(np.isin(numbers, wanted)))


def terms(book: FeeBook, scenario: Scenario, track: Track) -> pl.DataFrame:
    """Return the fee rows of a scenario: fee_id and the columns of FeeTable.rows, for the fee_ids in use.

    If the scenario's MPPR does not apply to all lines, every row has a copy without MPPR, its number raised by
    `FeeBook.size`.

    Raises
    ------
    BadInput, MissingRelease
        For a year or locality without a schedule.
    """
    rows = book.fees.rows[book.used]
    if (schedule := scenario.schedule) is not None:
        rows = _under_schedule(rows, book, schedule, schedule.track or track)
    if (rules := scenario.rules) is not None:
        rows = _under_rules(rows, book, rules)
    for change in scenario.rvus:
        rows = _with_rvus(rows, change)
    if scenario.gpci is not None:
        rows = _with_gpcis(rows, scenario.gpci)
    rows = _with_rates(rows, scenario)
    priced = with_unknown_codes(with_top_rank(with_amounts(rows)))
    return _both_ways(priced, book, scenario.mppr)


def _under_schedule(rows: pl.DataFrame, book: FeeBook, change: ScheduleChange, track: Track) -> pl.DataFrame:
    """Replace the schedule's part of the inputs by another year's or period's, and its factor."""
    if change.year is not None or change.period is not None:
        other = _elsewhere(rows, book, change.year, change.period)
        rows = rows.with_columns(other.select(_SCHEDULE))
    if change.factor_e4 is not None:
        return rows.with_columns(pl.lit(change.factor_e4, pl.Int64).alias("factor_e4"))
    if change.track is not None:
        there = {period.period_id: period for period in book.periods}
        numbers = _target(book, rows["period_id"].unique().to_list(), change.year, change.period)
        factors = {
            own: there[number].schedule.period_on(there[number].start).factor_e4(track)
            for own, number in numbers.items()
        }
        return rows.with_columns(
            pl.col("period_id").replace_strict(factors, return_dtype=pl.Int64).alias("factor_e4"),
        )
    return rows


def _under_rules(rows: pl.DataFrame, book: FeeBook, change: RulesChange) -> pl.DataFrame:
    return rows.with_columns(_elsewhere(rows, book, change.year, None).select(_RULES))


def _elsewhere(rows: pl.DataFrame, book: FeeBook, year: int | None, period: date | None) -> pl.DataFrame:
    """Return for each row the row of the same code, locality and setting in another period."""
    numbers = _target(book, rows["period_id"].unique().to_list(), year, period)
    steps = book.fees.periods
    shift = {own: steps[other] - steps[own] for own, other in numbers.items()}
    moved = rows.select(pl.col("fee_id") + pl.col("period_id").replace_strict(shift, return_dtype=pl.Int64))
    return book.fees.rows[moved.to_series()]


def _target(book: FeeBook, numbers: Sequence[int], year: int | None, on: date | None) -> dict[int, int]:
    """Map each period to the one of a date, or of its own dates in a year."""
    own = {period.period_id: period for period in book.periods}
    if on is not None:
        return dict.fromkeys(numbers, _period_on(book, on))
    if year is None:
        return {number: number for number in numbers}
    load_book().schedule(year)
    return {number: _period_on(book, own[number].start.replace(year=year)) for number in numbers}


def _period_on(book: FeeBook, day: date) -> int:
    for period in book.periods:
        if period.start <= day <= period.end:
            return period.period_id
    # Raises an error that names the schedules.
    load_book().schedule_on(day, proposed=True)
    raise AssertionError  # pragma: no cover  every schedule's days are in the periods


def _with_rvus(rows: pl.DataFrame, change: RvuChange) -> pl.DataFrame:
    own = (pl.col("code") == change.code) & (pl.col("schedule_modifier") == change.modifier)
    own = own & pl.col("status").is_not_null()
    values = {column: getattr(change, field) for field, column in _RVUS.items() if getattr(change, field) is not None}
    return rows.with_columns(
        *(pl.when(own).then(pl.lit(value, pl.Int64)).otherwise(name).alias(name) for name, value in values.items()),
        (pl.col("has_rvus") | own).alias("has_rvus"),
    )


def _with_gpcis(rows: pl.DataFrame, change: GpciChange) -> pl.DataFrame:
    if change.locality is not None:
        place = resolve(change.locality)
        book = load_book()
        there = {year: place_in(book.schedule(year), place) for year in rows["schedule_year"].unique()}
        rows = rows.with_columns(
            pl.col("schedule_year")
            .replace_strict({year: getattr(placed, name) for year, placed in there.items()}, return_dtype=pl.Int64)
            .alias(name)
            for name in _GPCIS.values()
        )
    given = {column: getattr(change, field) for field, column in _GPCIS.items() if getattr(change, field) is not None}
    return rows.with_columns(pl.lit(value, pl.Int64).alias(name) for name, value in given.items())


def _with_rates(rows: pl.DataFrame, scenario: Scenario) -> pl.DataFrame:
    """Set the rates of MPPR, assistants and sequestration."""
    mppr, assistants, cut = scenario.mppr, scenario.assistants, scenario.sequestration
    rates = {
        "pe_reduction_bp": mppr.rate_bp if mppr else None,
        "assistant_share_bp": assistants.rate_bp if assistants else None,
        "sequestration_bp": cut.rate_bp if cut else None,
    }
    return rows.with_columns(pl.lit(rate, pl.Int64).alias(name) for name, rate in rates.items() if rate is not None)


def _both_ways(rows: pl.DataFrame, book: FeeBook, change: MpprChange | None) -> pl.DataFrame:
    """Append a copy of the rows without MPPR when it applies to some payers only."""
    if change is None or change.applies_to is None:
        return rows
    return pl.concat([rows, without_mppr(rows, book)])


def without_mppr(rows: pl.DataFrame, book: FeeBook) -> pl.DataFrame:
    """Return the same rows with every unit paid in full, under their own numbers."""
    return rows.with_columns(
        (pl.col("fee_id") + book.size).alias("fee_id"),
        pl.lit(value=False).alias("mppr"),
        pl.lit(None, pl.Int64).alias("reduced_cents"),
        pl.lit(0, pl.Int64).alias("top_rank"),
    )
