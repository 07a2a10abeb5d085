"""How a set of codes shares the work: over time, between therapists and payers, and what a unit of each is worth.

The set is any tuple of codes; shares are of the set's units, so those of one group and period add up to one.
"""

from analysis.mix.compared import by
from analysis.mix.medicare import beside_medicare
from analysis.mix.shares import multiples, over_time, totals, units_per_visit
from analysis.mix.value import PointValue, point_value

__all__ = [
    "PointValue",
    "beside_medicare",
    "by",
    "multiples",
    "over_time",
    "point_value",
    "totals",
    "units_per_visit",
]
