"""Find totals that have no label: no code, no date, and an amount that adds up the rows above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from analysis.ingest.rows.parse import Rows

_SEVERAL = 2


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a group may begin: running dollars and units, and how many rows with dollars are above it."""

    dollars: int
    units: int
    rows: int


def adding_up(rows: Rows, suspects: pl.Series, facts: pl.DataFrame) -> pl.Series:
    """Tell for each suspect row whether its dollars, and any units, add up a group of rows above it.

    A group begins at the top of the file or below an earlier total, so totals of totals are found too. A group of one
    row with a patient's name beside the amount counts only in a file that also totals larger groups: elsewhere it may
    be a charge that lacks its date and code.

    Parameters
    ----------
    facts:
        For each suspect row ``code_blank``, ``date_blank``, ``patient``, ``dollars``, ``totals`` (labeled as a total).
    """
    no_totals = pl.repeat(value=False, n=suspects.len(), dtype=pl.Boolean, eager=True)
    may_be = facts["code_blank"] & facts["date_blank"] & (facts["dollars"] != 0) & ~facts["totals"]
    if not may_be.any():
        return no_totals
    labeled = suspects.filter(facts["totals"]).to_list()
    dollars = rows.dollars.scatter(labeled, 0)
    units = rows.values["units"].fill_null(0).scatter(labeled, 0)
    sums = pl.DataFrame({"dollars": dollars, "units": units, "rows": (dollars != 0).cast(pl.Int64)}).select(
        pl.all().cum_sum() - pl.all()
    )
    positions = may_be.arg_true()
    rows_of_candidates = suspects[positions]
    candidates = list(
        zip(
            positions.to_list(),
            (_Start(*row) for row in sums[rows_of_candidates].iter_rows()),
            zip(dollars[rows_of_candidates], units[rows_of_candidates], strict=True),
            facts["patient"][positions],
            strict=True,
        )
    )
    totals, proven = _walk(candidates, proven=False)
    if proven:
        totals, _ = _walk(candidates, proven=True)
    return no_totals.scatter(totals, values=True) if totals else no_totals


def _walk(candidates: list[tuple[int, _Start, tuple[int, int], bool]], *, proven: bool) -> tuple[list[int], bool]:
    """Return positions of the totals among candidates, and whether one of them totals several rows."""
    group_starts = {0: _Start(0, 0, 0)}
    dollars_of_totals = units_of_totals = totals = 0
    positions = []
    several = False
    for position, start_here, (dollars, units), patient in candidates:
        end = _Start(
            start_here.dollars - dollars_of_totals, start_here.units - units_of_totals, start_here.rows - totals
        )
        start = group_starts.get(end.dollars - dollars)
        if start is None:
            continue
        size = end.rows - start.rows
        of_all = not start.rows and not patient  # the sum of everything above is proof enough
        if units not in (0, end.units - start.units) and not of_all:
            continue
        if size < 1 or (size < _SEVERAL and patient and not proven):
            continue
        several = several or size >= _SEVERAL
        positions.append(position)
        group_starts[end.dollars] = end
        dollars_of_totals, units_of_totals, totals = dollars_of_totals + dollars, units_of_totals + units, totals + 1
    return positions, several
