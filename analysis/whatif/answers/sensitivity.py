"""How much the answer depends on each assumption: one moved down and up, the others unchanged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.medicare.fees.schedules import FACTOR_SCALE
from analysis.money import BASIS, half_up
from analysis.whatif.answers.compare import compare
from analysis.whatif.scenarios.changes import EVERYWHERE, MpprChange, ScheduleChange, SequestrationChange, VolumeChange
from analysis.whatif.scenarios.limits import ranges
from analysis.whatif.scenarios.words import decimal, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.whatif.answers.compare import Measure
    from analysis.whatif.scenarios.changes import Scenario
    from analysis.whatif.visits import Cube

POINTS_BP = 1_000
"""Shares and rule rates move by ten points."""
FACTOR_BP = 250
"""The conversion factor moves by 2.5 %, about as much as law and regulation changed it in a year since 2021."""
VOLUME_BP = 500
CUT_BP = 200
"""Sequestration moves by two points, its full current size."""


@dataclass(frozen=True, slots=True)
class _Swing:
    """An assumption with the scenario at its low and its high end."""

    assumption: str
    labels: tuple[str, str]
    low: Scenario
    high: Scenario


def sensitivity(cube: Cube, scenario: Scenario, measure: Measure = "allowed") -> pl.DataFrame:
    """Return the difference from the baseline with each assumption at its low and its high end.

    Grain: assumption, the widest swing first: assumption, low_label, high_label, low_cents, high_cents, base_cents (the
    scenario's own difference).
    """
    base = _difference(cube, scenario, measure)
    rows = [
        (
            swing.assumption,
            *swing.labels,
            _difference(cube, swing.low, measure),
            _difference(cube, swing.high, measure),
            base,
        )
        for swing in _swings(cube, scenario)
    ]
    cents = ("low_cents", "high_cents", "base_cents")
    names = ("assumption", "low_label", "high_label")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String) | dict.fromkeys(cents, pl.Int64), orient="row")
    return frame.sort((pl.col("high_cents") - pl.col("low_cents")).abs(), descending=True, maintain_order=True)


def _difference(cube: Cube, scenario: Scenario, measure: Measure) -> int:
    total = compare(cube, scenario).total
    found: int = getattr(total, f"{measure}_difference_cents")
    return found


def _ends(value: int, step: int, lowest: int = 0, highest: int = BASIS) -> tuple[int, int]:
    return max(lowest, value - step), min(highest, value + step)


def _percents(ends: tuple[int, int], *, sign: bool = False) -> tuple[str, str]:
    return percent(ends[0], sign=sign), percent(ends[1], sign=sign)


def _swings(cube: Cube, scenario: Scenario) -> Iterator[_Swing]:
    for place, recode in enumerate(scenario.recodes):
        ends = _ends(recode.share_bp, POINTS_BP)
        low, high = (_with(scenario, "recodes", place, replace(recode, share_bp=end)) for end in ends)
        yield _Swing(f"Share of {recode.source} visits to {recode.target}", _percents(ends), low, high)
    yield from _factor(cube, scenario)
    yield _volume(scenario)
    yield from _rates(cube, scenario)
    yield from _assistants(scenario)


def _with(scenario: Scenario, field: str, place: int, change: object) -> Scenario:
    """Replace one change in a list of the scenario's changes."""
    changes = getattr(scenario, field)
    replaced: dict[str, Any] = {field: (*changes[:place], change, *changes[place + 1 :])}
    return replace(scenario, **replaced)


def _volume(scenario: Scenario) -> _Swing:
    """Vary all visits together, around what the scenario says about all of them."""
    everywhere = [volume for volume in scenario.volumes if volume.where == EVERYWHERE]
    rest = tuple(volume for volume in scenario.volumes if volume.where != EVERYWHERE)
    own = sum(volume.change_bp for volume in everywhere)
    ends = _ends(own, VOLUME_BP, ranges()["change"].low, ranges()["change"].high)
    low, high = (replace(scenario, volumes=(*rest, VolumeChange(end))) for end in ends)
    return _Swing("Volume of visits", _percents(ends, sign=True), low, high)


def _factor(cube: Cube, scenario: Scenario) -> Iterator[_Swing]:
    """Vary the conversion factor; not if there are several, because one value would mix price and time."""
    factors = cube.terms(scenario)["factor_e4"].unique()
    if len(factors) != 1:
        return
    limit = ranges()["conversion_factor"]
    swung = [half_up(int(factors[0]) * (BASIS + step), BASIS) for step in (-FACTOR_BP, FACTOR_BP)]
    ends = [min(limit.high, max(limit.low, end)) for end in swung]
    change = scenario.schedule or ScheduleChange()
    low, high = (replace(scenario, schedule=replace(change, factor_e4=end)) for end in ends)
    labels = [decimal(end, FACTOR_SCALE, 4) for end in ends]
    yield _Swing("Conversion factor", (labels[0], labels[1]), low, high)


def _rates(cube: Cube, scenario: Scenario) -> Iterator[_Swing]:
    """Vary MPPR and sequestration, around the scenario's own rates or those of the newest lines."""
    rates = cube.terms(scenario).sort("period_id")["pe_reduction_bp"]
    if rates.is_empty():  # no line has a locality: no rate changes anything
        return
    ends = _ends(int(rates[-1]), POINTS_BP)
    change = scenario.mppr or MpprChange()
    low, high = (replace(scenario, mppr=replace(change, rate_bp=end)) for end in ends)
    yield _Swing("MPPR on further units", _percents(ends), low, high)
    if scenario.sequestration is not None:
        cuts = _ends(scenario.sequestration.rate_bp, CUT_BP)
        low, high = (replace(scenario, sequestration=SequestrationChange(cut)) for cut in cuts)
        yield _Swing("Sequestration", _percents(cuts), low, high)


def _assistants(scenario: Scenario) -> Iterator[_Swing]:
    staff = scenario.assistants
    if staff is not None and staff.rate_bp is not None:
        ends = _ends(staff.rate_bp, POINTS_BP)
        low, high = (replace(scenario, assistants=replace(staff, rate_bp=end)) for end in ends)
        yield _Swing("Assistants' rate", _percents(ends), low, high)
    if staff is not None and staff.to_therapist_bp:
        ends = _ends(staff.to_therapist_bp, POINTS_BP)
        low, high = (replace(scenario, assistants=replace(staff, to_therapist_bp=end)) for end in ends)
        yield _Swing("Visits from assistants to therapists", _percents(ends), low, high)
