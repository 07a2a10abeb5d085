"""Distinct visits line by line, for code that looks at whole visits: guardrails, contracts."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from analysis.money import BASIS
from analysis.whatif.visits.recoding import combinations

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, eq=False)
class VisitLines:
    """Distinct visits line by line, as they are and as a scenario changes them.

    Attributes
    ----------
    before:
        Grain: line of a distinct visit, in visit order: visit, line, fee_id, code, units, charge_cents, assistant,
        distinct_service, discipline, payer, payer_class, counted, eligible, grows (bit mask of the scenario's volumes
        it belongs to), moved (units that changed their code: none here), combination (0), and the amounts
        (pipeline.AMOUNTS) of the baseline.
    kept:
        The same lines with the scenario's amounts.
    after:
        The lines with the scenario's amounts for every possible combination of changes (bit i: recoding i; the bit
        above the recodings: assistants), and for each the one without its recodings; not for the empty one.
    visits:
        Grain: distinct visit: visit, visits (how many are like it), eligible (bit mask of the changes it may get).
    bits, growth:
        The share of each line change, and the factor of each volume change, in basis points.
    """

    before: pl.DataFrame
    kept: pl.DataFrame
    after: pl.DataFrame
    visits: pl.DataFrame
    bits: tuple[int, ...]
    growth: tuple[int, ...]

    def weight(self, eligible: int, combination: int, grows: int) -> Fraction:
        """Return the weight of a line of a visit: its combination's probability, times the volumes it belongs to."""
        factors = (factor for index, factor in enumerate(self.growth) if grows & (1 << index))
        return self.chance(eligible, combination) * prod(
            (Fraction(factor, BASIS) for factor in factors), start=Fraction(1)
        )

    def chance(self, eligible: int, combination: int) -> Fraction:
        """Return the probability that a visit eligible for some changes gets exactly those of `combination`."""
        ways = dict(combinations(eligible, self.bits))
        return Fraction(ways.get(combination, 0), BASIS ** len(self.bits))
