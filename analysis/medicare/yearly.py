"""Amounts that CMS sets once a year, by year (data/yearly)."""

from __future__ import annotations

from datetime import date
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.system.toml_data import fault, load

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def deductibles() -> Mapping[int, int]:
    """Return the Part B deductible of each year in cents, the first year first.

    Raises ContractError unless the years follow each other.
    """
    name = "yearly/deductible.toml"
    table = load(name, {"title": str, "citation": str, "verified_on": date, "year": [{"year": int, "cents": int}]})
    years = [row["year"] for row in table["year"]]
    if years != list(range(years[0], years[0] + len(years))):
        raise fault(name, ("year",), f"the years {', '.join(map(str, years))} do not follow each other")
    return MappingProxyType({row["year"]: row["cents"] for row in table["year"]})
