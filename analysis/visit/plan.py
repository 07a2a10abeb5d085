"""A plan of care: the same visit some times a week, with the year's deductible and KX threshold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from analysis.audit import facts
from analysis.medicare.fees import load_book
from analysis.money import dollars
from analysis.visit.lines import deductible_of
from analysis.visit.priced import lines_of, total

if TYPE_CHECKING:
    from analysis.visit.lines import Visit

_WEEK = 7


@dataclass(frozen=True, slots=True)
class PlanOfCare:
    """What a plan of care comes to.

    Attributes
    ----------
    visits:
        How many.
    expected_cents, medicare_cents, patient_cents:
        Allowed, Medicare's payment, and the patient's part (deductible and coinsurance).
    kx_visit, kx_day:
        The first visit whose allowed amount takes the year above the threshold; None if none does.
    threshold_cents:
        Of the year of that visit, or of the first one; None where it is not known yet.
    notes:
        What the amounts rest on beyond the first year.
    """

    visits: int
    expected_cents: int | None
    medicare_cents: int | None
    patient_cents: int | None
    kx_visit: int | None
    kx_day: date | None
    threshold_cents: int | None
    notes: tuple[str, ...] = ()


def plan_of_care(visit: Visit, *, per_week: int, weeks: int, used_cents: int = 0) -> PlanOfCare:
    """Price a plan of care that begins with a visit.

    Parameters
    ----------
    per_week, weeks:
        Visits a week, spread evenly over it, and for how many weeks.
    used_cents:
        What the patient's year had come to before, toward the threshold.
    """
    thresholds = facts.thresholds().cents_of_year
    days = [
        visit.day + timedelta(days=week * _WEEK + number * _WEEK // per_week)
        for week in range(weeks)
        for number in range(per_week)
    ]
    running, deductible, year = used_cents, visit.deductible_left_cents, visit.day.year
    sums: list[int] | None = [0, 0, 0]
    kx: tuple[int, date] | None = None
    notes: list[str] = []
    for number, day in enumerate(days, start=1):
        if day.year != year:  # a new year begins anew
            year = day.year
            running, deductible = 0, deductible_of(year) or 0
            notes += _new_year(year)
        lines = lines_of(replace(visit, day=day, deductible_left_cents=deductible))
        allowed, medicare, receipts = (
            total(lines, name) for name in ("expected_cents", "medicare_cents", "receipts_cents")
        )
        if sums is None or allowed is None or medicare is None or receipts is None:
            sums = None
            continue
        sums = [sums[0] + allowed, sums[1] + medicare, sums[2] + receipts - medicare]
        deductible = max(deductible - allowed, 0)
        running += allowed
        limit = thresholds.get(year)
        if kx is None and limit is not None and running > limit:
            kx = (number, day)
    allowed, medicare, patient = sums or (None, None, None)
    kx_visit, kx_day = kx or (None, None)
    threshold = thresholds.get((kx_day or visit.day).year)
    return PlanOfCare(len(days), allowed, medicare, patient, kx_visit, kx_day, threshold, tuple(notes))


def _new_year(year: int) -> list[str]:
    """Say what a new year brings."""
    deductible = deductible_of(year)
    counted = (
        f"The deductible of {year} is not known yet, so none is counted"
        if deductible is None
        else f"The deductible of {year}, {dollars(deductible)}, is counted anew"
    )
    schedule = load_book().schedules.get(year)
    priced = f"; {year} is priced by the {schedule.label} schedule" if schedule and schedule.proposed else ""
    return [f"{counted}{priced}."]
