"""Amounts that CMS sets once a year, by year."""

from __future__ import annotations

from datetime import date
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.system.toml_data import in_order, load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.system.toml_data import Form

_FORM: Form = {"title": str, "citation": str, "verified_on": date, "rate": [{"from": date, "deductible_cents": int}]}


@cache
def deductibles() -> Mapping[int, int]:
    """Return the Part B deductible of each year in cents, the first year first.

    Raises ContractError unless each year is after the one before it.
    """
    name = "yearly/deductible.toml"
    rates = load(name, _FORM)["rate"]
    in_order((rate["from"] for rate in rates), name, "rate")
    return MappingProxyType({rate["from"].year: rate["deductible_cents"] for rate in rates})
