"""One visit priced by hand: unit by unit, over the years, elsewhere, with one unit more, and as a plan of care."""

from analysis.visit.compare import by_locality, by_year, one_more_unit
from analysis.visit.lines import Service, Visit, deductible_of, parse_service
from analysis.visit.plan import PlanOfCare, plan_of_care
from analysis.visit.priced import PricedVisit, price_visit

__all__ = [
    "PlanOfCare",
    "PricedVisit",
    "Service",
    "Visit",
    "by_locality",
    "by_year",
    "deductible_of",
    "one_more_unit",
    "parse_service",
    "plan_of_care",
    "price_visit",
]
