"""Split a scenario's difference by cause, one after the other, in a fixed and stated order."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, get_args

import polars as pl

from analysis.whatif.scenarios import KINDS, Contract, Scenario, ScheduleChange, without_none
from analysis.whatif.scenarios.change import Cause

if TYPE_CHECKING:
    from analysis.whatif.answers.difference import Measure, Money
    from analysis.whatif.scenarios import Change
    from analysis.whatif.scenarios.change import Part

ORDER = "In this order: volume, then codes, then prices, then payment rules."
"""Shown with the causes: another order would split the same difference differently."""


def by_cause(money: Money, scenario: Scenario) -> pl.DataFrame:
    """The difference of a scenario by cause.

    Grain: one change in the order taken: cause (volume, mix, price or rules), label (in words), and the difference in
    cents, named after the measure (allowed_difference_cents). They add up to the scenario's difference.
    """
    schedule = scenario.one(ScheduleChange)
    left_out = schedule.leave_out if schedule else ()
    so_far = Scenario(scenario.name, without_none(ScheduleChange(leave_out=left_out) if left_out else None))
    found, steps = parts(scenario, money.measure), []
    for kind, part in found:
        so_far = replace(
            so_far, changes=(*(change for change in so_far.changes if type(change) is not kind), *part.changes)
        )
        steps.append(so_far)
    differences = [after - before for before, after in pairwise(money.levels(scenario, steps))]
    rows = [(part.cause, part.label, cents) for (_, part), cents in zip(found, differences, strict=True)]
    column = f"{money.measure}_difference_cents"
    return pl.DataFrame(rows, schema={"cause": pl.String, "label": pl.String, column: pl.Int64}, orient="row")


def parts(scenario: Scenario, measure: Measure) -> list[tuple[type[Change], Part]]:
    """Every part of the difference in a measure with its kind of change, in the order taken.

    What a payer pays by its contract is nothing to Medicare's rates.
    """
    order = get_args(Cause)
    kinds = [kind for kind in KINDS if measure == "payers" or kind is not Contract]
    unordered = [(kind, part) for kind in kinds for part in kind.parts(scenario.of(kind))]
    return sorted(unordered, key=lambda entry: order.index(entry[1].cause))
