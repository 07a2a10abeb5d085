"""Medicare fee schedules: RVUs, GPCIs and conversion factors by year, and the localities they are paid in."""

from analysis.medicare.fees.localities import NATIONAL, Locality, resolve
from analysis.medicare.fees.schedules import FeeBook, Schedule, SchedulePeriod, load_book

__all__ = ["NATIONAL", "FeeBook", "Locality", "Schedule", "SchedulePeriod", "load_book", "resolve"]
