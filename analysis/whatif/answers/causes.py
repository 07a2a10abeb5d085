"""Split a scenario's difference by cause, one after the other, in a fixed and stated order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import polars as pl

from analysis.whatif.answers.compare import compare
from analysis.whatif.scenarios import KINDS, Scenario, ScheduleChange, without_none
from analysis.whatif.scenarios.change import Cause

if TYPE_CHECKING:
    from analysis.whatif.scenarios import Change
    from analysis.whatif.scenarios.change import Part
    from analysis.whatif.visits import Cube

ORDER = "In this order: volume, then codes, then prices, then payment rules."
"""Shown with the causes: another order would split the same difference differently."""
_SCHEMA = {
    "cause": pl.String,
    "label": pl.String,
    "allowed_difference_cents": pl.Int64,
    "receipts_difference_cents": pl.Int64,
}


def by_cause(cube: Cube, scenario: Scenario) -> pl.DataFrame:
    """The difference of a scenario by cause.

    Grain: one change in the order taken: cause (volume, mix, price or rules), label (in words),
    allowed_difference_cents, receipts_difference_cents. They add up to the comparison's difference.
    """
    schedule = scenario.one(ScheduleChange)
    left_out = schedule.leave_out if schedule else ()
    so_far = Scenario(scenario.name, without_none(ScheduleChange(leave_out=left_out) if left_out else None))
    start = compare(cube, so_far).total
    allowed, payments = start.allowed_before_cents, start.receipts_before_cents
    rows = []
    for kind, part in parts(scenario):
        so_far = replace(
            so_far, changes=(*(change for change in so_far.changes if type(change) is not kind), *part.changes)
        )
        total = compare(cube, so_far).total
        difference = total.allowed_after_cents - allowed, total.receipts_after_cents - payments
        rows.append((part.cause, part.label, *difference))
        allowed, payments = total.allowed_after_cents, total.receipts_after_cents
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def parts(scenario: Scenario) -> list[tuple[type[Change], Part]]:
    """Every part of the difference with its kind of change, in the order taken."""
    order = get_args(Cause)
    unordered = [(kind, part) for kind in KINDS for part in kind.parts(scenario.of(kind))]
    return sorted(unordered, key=lambda entry: order.index(entry[1].cause))
