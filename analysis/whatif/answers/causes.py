"""Split a scenario's difference by cause, one after the other, in a fixed and stated order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.medicare.fees import resolve
from analysis.whatif.answers.compare import compare
from analysis.whatif.scenarios.changes import AssistantChange, Scenario, ScheduleChange
from analysis.whatif.scenarios.words import percent, schedule_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.whatif.visits import Cube

ORDER = "In this order: volume, then codes, then prices, then payment rules."
"""Shown beside the causes, because another order would split the difference differently."""


def by_cause(cube: Cube, scenario: Scenario) -> pl.DataFrame:
    """Return the difference of a scenario by cause.

    Grain: one change in the order taken: cause (volume, mix, price or rules), label (in words),
    allowed_difference_cents, receipts_difference_cents. They add up to the comparison's difference.
    """
    left_out = scenario.schedule.leave_out if scenario.schedule else ()
    so_far = Scenario(scenario.name, schedule=ScheduleChange(leave_out=left_out) if left_out else None)
    start = compare(cube, so_far).total
    allowed, receipts = start.allowed_before_cents, start.receipts_before_cents
    rows = []
    for cause, label, change in _changes(scenario):
        so_far = replace(so_far, **change)
        total = compare(cube, so_far).total
        rows.append((cause, label, total.allowed_after_cents - allowed, total.receipts_after_cents - receipts))
        allowed, receipts = total.allowed_after_cents, total.receipts_after_cents
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


_SCHEMA = {
    "cause": pl.String,
    "label": pl.String,
    "allowed_difference_cents": pl.Int64,
    "receipts_difference_cents": pl.Int64,
}


def _changes(scenario: Scenario) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield each change in order: cause, label, and the scenario's fields from then on."""
    for place, volume in enumerate(scenario.volumes, start=1):
        yield "volume", f"Volume {percent(volume.change_bp, sign=True)}", {"volumes": scenario.volumes[:place]}
    for place, recode in enumerate(scenario.recodes, start=1):
        yield "mix", f"{recode.source} to {recode.target}", {"recodes": scenario.recodes[:place]}
    staff, schedule = scenario.assistants, scenario.schedule
    if staff is not None and staff.to_therapist_bp:
        change = AssistantChange(to_therapist_bp=staff.to_therapist_bp)
        yield "mix", "Therapists for assistants", {"assistants": change}
    if schedule is not None and schedule_label(schedule):
        yield "price", schedule_label(schedule), {"schedule": schedule}
    if scenario.rvus:
        yield "price", "Relative value units", {"rvus": scenario.rvus}
    if scenario.gpci is not None:
        where = scenario.gpci.locality
        yield "price", f"Locality {resolve(where).label}" if where else "Geographic indices", {"gpci": scenario.gpci}
    yield from _rules(scenario)


def _rules(scenario: Scenario) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the changes of payment rules."""
    staff, cut = scenario.assistants, scenario.sequestration
    if scenario.rules is not None:
        yield "rules", f"Payment rules of {scenario.rules.year}", {"rules": scenario.rules}
    if scenario.mppr is not None:
        rate = scenario.mppr.rate_bp
        yield "rules", "Who applies MPPR" if rate is None else f"MPPR {percent(rate)}", {"mppr": scenario.mppr}
    if staff is not None and staff.rate_bp is not None:
        yield "rules", f"Assistants paid at {percent(staff.rate_bp)}", {"assistants": staff}
    if cut is not None:
        yield "rules", f"Sequestration {percent(cut.rate_bp)}", {"sequestration": cut}
