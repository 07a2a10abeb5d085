"""What a line's code, locality, date and modifiers mean for its price: offsets to its fee row, and who furnished it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from analysis.medicare.policy import Policy
    from analysis.pricing.fee_table import FeeTable
    from analysis.pricing.periods import Period


@dataclass(frozen=True, slots=True)
class Lookups:
    """What the pipeline needs to find the fee rows of a set of lines (fee_table.FeeTable) and rank them.

    Attributes
    ----------
    codes, localities:
        The offset towards fee_id of each code and locality.
    periods:
        The offset of each range of dates of service: first date, last date, offset.
    modifiers:
        The offset of each distinct string of modifiers.
    therapy:
        The strings of modifiers that mark a line as therapy.
    flags:
        The strings of modifiers of each line flag that modifiers give a line (Policy.line_flags).
    facility_offset:
        The offset of a line paid with the facility practice expense.
    highest_charge:
        The highest charge_cents, which sets the scale for ranking lines.
    """

    codes: Mapping[str, int]
    localities: Mapping[str, int]
    periods: tuple[tuple[date, date, int], ...]
    modifiers: Mapping[str, int]
    therapy: tuple[str, ...]
    flags: Mapping[str, tuple[str, ...]]
    facility_offset: int
    highest_charge: int


def lookups(lines: pl.DataFrame, fees: FeeTable, periods: Iterable[Period], policy: Policy) -> Lookups:
    """Build the lookups for a set of lines (modifiers, charge_cents) and their fee rows."""
    modifiers_in = {text: frozenset(text.split()) for text in lines["modifiers"].unique().cast(pl.String)}
    highest = lines["charge_cents"].max()
    return Lookups(
        codes=fees.codes,
        localities=fees.localities,
        periods=tuple((period.start, period.end, fees.periods[period.period_id]) for period in periods),
        modifiers={
            text: fees.modifiers[next((modifier for modifier in policy.row_modifiers if modifier in modifiers), "")]
            for text, modifiers in modifiers_in.items()
        },
        therapy=tuple(
            text for text, modifiers in modifiers_in.items() if not modifiers.isdisjoint(policy.therapy_modifiers)
        ),
        flags={
            name: tuple(text for text, modifiers in modifiers_in.items() if not modifiers.isdisjoint(flag.modifiers))
            for name, flag in policy.line_flags.items()
            if flag.modifiers
        },
        facility_offset=fees.facility_offset,
        highest_charge=highest if isinstance(highest, int) else 0,
    )
