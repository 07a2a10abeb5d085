"""What another year's fee schedule does to a clinic's own visits, code by code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.lines.filters import Filters
from analysis.medicare.fees import load_book
from analysis.whatif.answers.compare import compare, rounded
from analysis.whatif.scenarios import BASELINE, Scenario, ScheduleChange
from analysis.whatif.visits import build

if TYPE_CHECKING:
    from analysis.medicare.fees.schedules import Track
    from analysis.pricing import Priced
    from analysis.pricing.baseline import Baseline


@dataclass(frozen=True, slots=True, eq=False)
class VolumeEffect:
    """What a change of schedule does to the same work: the allowed amount at Medicare rates of all lines.

    Attributes
    ----------
    baseline:
        The visits, and the schedule they are compared with.
    before, after:
        Labels of the two schedules, with PROPOSED for a proposed one.
    frame:
        Grain: code with an amount under both, largest difference first: code, label, units (a year's, rounded),
        before_cents, after_cents, difference_cents, effect_change (of before_cents; null if that is 0).
    left_out:
        Lines without an amount under one schedule or both.
    """

    baseline: Baseline
    before: str
    after: str
    frame: pl.DataFrame
    left_out: int

    @property
    def difference_cents(self) -> int:
        """The whole effect."""
        return int(self.frame["difference_cents"].sum())


def volume_effect(
    priced: Priced, filters: Filters, baseline: Baseline, after: int, *, track: Track = "non_qp"
) -> VolumeEffect:
    """Compare a baseline with the same visits under the schedule of another year, which may be a proposed one.

    Exactly what a scenario with this `[schedule] year` says: visits are ranked whole and again, day for day. A code
    that the other schedule lacks is left out and counted.

    Raises
    ------
    BadInput
        If no line meets the filters on the baseline's dates.
    """
    scenario = Scenario("Schedule", (ScheduleChange(year=after),))
    cube = build(priced, filters, [scenario], codes=(), track=track, baseline=baseline)
    lacking = tuple(dict.fromkeys(cube.outcome(scenario).unpriced["code"]))
    comparison = compare(cube, scenario.having(ScheduleChange, ScheduleChange(year=after, leave_out=lacking)))
    units = {code: rounded(count * cube.scale) for code, count, _ in cube.full_units(BASELINE).iter_rows()}
    both = comparison.per_code.filter(~pl.col("code").is_in(lacking)).drop_nulls("allowed_difference_cents")
    before = pl.col("allowed_before_cents")
    frame = both.select(
        "code",
        "label",
        pl.Series("units", [units[code] for code in both["code"]], pl.Int64),
        before.alias("before_cents"),
        pl.col("allowed_after_cents").alias("after_cents"),
        pl.col("allowed_difference_cents").alias("difference_cents"),
        pl.when(before > 0).then(pl.col("allowed_difference_cents") / before).alias("effect_change"),
    )
    lines_lacking = cube.count(Filters(codes=lacking)) if lacking else 0
    book = load_book()
    return VolumeEffect(
        baseline=baseline,
        before=book.schedule(baseline.year).label,
        after=book.schedule(after).label,
        frame=frame,
        left_out=cube.outcome(scenario).left_out + lines_lacking,
    )
