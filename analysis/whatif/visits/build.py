"""Group priced lines into distinct visits, ready for scenarios."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

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
    from analysis.pricing import Priced
    from analysis.whatif.scenarios import Scenario


def build(
    priced: Priced,
    counted: Filters | None = None,
    scenarios: Iterable[Scenario] = (),
    *,
    codes: Iterable[str],
    track: Track = "non_qp",
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

    Raises
    ------
    BadInput
        If no line is counted.
    """
    conditions, years = distinctions_of(scenarios)
    lines = with_localities(priced.lines, None)
    periods = periods_of(load_book(), load_policy(), track, proposed=True, aligned_with=years)
    work = work_of(lines, track=track, proposed=True, periods=periods, further_codes=codes)
    # A line is never priced by a proposed schedule unless a scenario asks for it.
    final = tuple(
        (period.start, period.end, work.fees.periods[period.period_id])
        for period in periods
        if not period.schedule.proposed
    )
    work = replace(work, lookups=replace(work.lookups, periods=final))
    with_bit = tuple(where for where in conditions if not is_of_line_kind(where))
    distinct = distinct_visits_of(lines, work, counted or Filters(), with_bit)
    if distinct.visits.is_empty():
        raise BadInput("no line that meets the filters", expected="at least one visit to price", todo="remove a filter")
    all_fees = fee_rows_of(work.fees, periods, distinct.line_kinds["fee_id"])
    return Cube(distinct, all_fees, unit_charges(priced.lines), with_bit, years, track, work.lookups)
