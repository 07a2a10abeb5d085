"""Group priced lines into distinct visits, ready for scenarios."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from analysis.errors import BadInput
from analysis.lines.filters import Filters
from analysis.medicare.fees import load_book
from analysis.medicare.policy import load_policy
from analysis.pricing import periods_of, with_localities, work_of
from analysis.whatif.scenarios.fee_rows import fee_rows_of
from analysis.whatif.visits.cube import Cube
from analysis.whatif.visits.distinct_visits import distinct_visits_of
from analysis.whatif.visits.structure import distinctions_of, is_of_line_kind
from analysis.whatif.visits.unit_charges import unit_charges

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.medicare.fees.schedules import Track
    from analysis.pricing import Period, Priced
    from analysis.pricing.baseline import Baseline
    from analysis.whatif.scenarios import Scenario


def build(
    priced: Priced,
    counted: Filters | None = None,
    scenarios: Iterable[Scenario] = (),
    *,
    codes: Iterable[str],
    track: Track = "non_qp",
    baseline: Baseline | None = None,
) -> Cube:
    """Build the cube of priced lines.

    Parameters
    ----------
    counted:
        The lines in view; other lines of the same visits rank with them but are not summed.
    scenarios:
        The scenarios to be priced: the cube keeps apart what their conditions and years distinguish.
    codes:
        Codes a recoding may produce, besides those in use.
    baseline:
        Which visits count, at which rates, and what makes a year of them; None: all visits, as they were on their dates
        of service.

    Raises
    ------
    BadInput
        If no line is counted.
    """
    conditions, years = distinctions_of(scenarios)
    counted = counted or Filters()
    periods = periods_of(load_book(), load_policy(), track, proposed=True, aligned_with=years)
    in_use: tuple[Period, ...] = ()
    lines = priced.lines
    if baseline is not None:
        in_use = baseline.periods(periods)
        periods = (*periods, *(period for period in in_use if period not in periods))
        counted = baseline.counted(counted)
        lines = lines.filter(pl.col("date_of_service").is_between(baseline.start, baseline.end))
    lines = with_localities(lines, None)
    work = work_of(lines, track=track, proposed=True, periods=periods, further_codes=codes)
    offsets = work.fees.periods
    if baseline is not None:
        ranges = baseline.ranges(in_use, offsets)
    else:  # A line is never priced by a proposed schedule unless a scenario asks for it.
        ranges = tuple(
            (period.start, period.end, offsets[period.period_id]) for period in periods if not period.schedule.proposed
        )
    work = replace(work, lookups=replace(work.lookups, periods=ranges))
    with_bit = tuple(where for where in conditions if not is_of_line_kind(where))
    distinct = distinct_visits_of(lines, work, counted, with_bit)
    if distinct.visits.is_empty():
        when = "" if baseline is None else f" in {baseline.span}"
        raise BadInput(
            f"no line that meets the filters{when}", expected="at least one visit to price", todo="remove a filter"
        )
    all_fees = fee_rows_of(work.fees, periods, distinct.line_kinds["fee_id"])
    return Cube(distinct, all_fees, unit_charges(priced.lines), with_bit, years, track, work.lookups, baseline)
