"""Distinct visits line by line, for code that looks at whole visits: guardrails, contracts."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from analysis.money import BASIS
from analysis.whatif.visits.masks import bit
from analysis.whatif.visits.recoding import combinations

if TYPE_CHECKING:
    import polars as pl

    from analysis.whatif.visits.masks import Mask


@dataclass(frozen=True, slots=True, eq=False)
class VisitLines:
    """Distinct visits line by line, as they are and as a scenario changes them.

    Attributes
    ----------
    before:
        Grain: line of a distinct visit, in visit order: visit, line, fee_id, code, units, charge_cents,
        payer_number, assistant, not_covered, distinct_service, discipline, payer, payer_class, service_year, counted,
        visit_change_mask and volume_mask (`masks`), moved (units that changed their code: none here), combination (0),
        and the amounts (pipeline.AMOUNTS) of the baseline.
    unchanged:
        The same lines with the scenario's amounts.
    after:
        The lines with the scenario's amounts for every possible combination of changes (bit i: recoding i; the bit
        above the recodings: assistants), and for each the one without its recodings; not for the empty one.
    visits:
        Grain: distinct visit: visit, visits (how many are like it), visit_change_mask (`masks`).
    change_shares, volume_factors:
        The share of each line change, and the factor of each volume change, in basis points.
    scale:
        What makes a year of the visits (`pricing.baseline`); part of every weight.
    """

    before: pl.DataFrame
    unchanged: pl.DataFrame
    after: pl.DataFrame
    visits: pl.DataFrame
    change_shares: tuple[int, ...]
    volume_factors: tuple[int, ...]
    scale: Fraction = Fraction(1)

    def weight(self, visit_change_mask: Mask, combination: Mask, volume_mask: Mask) -> Fraction:
        """Return the weight of a line of a visit: its combination's probability times its volumes, scaled to a year."""
        factors = (factor for index, factor in enumerate(self.volume_factors) if volume_mask & bit(index))
        return (
            self.scale
            * self.chance(visit_change_mask, combination)
            * prod((Fraction(factor, BASIS) for factor in factors), start=Fraction(1))
        )

    def chance(self, visit_change_mask: Mask, combination: Mask) -> Fraction:
        """Return the probability that a visit eligible for some changes gets exactly those of `combination`."""
        ways = dict(combinations(visit_change_mask, self.change_shares))
        return Fraction(ways.get(combination, 0), BASIS ** len(self.change_shares))
