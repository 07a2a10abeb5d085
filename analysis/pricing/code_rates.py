"""What one code pays in one year and place: full, reduced by MPPR, and the practice expense that MPPR acts on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from analysis.medicare.fees import load_book
from analysis.medicare.fees.localities import gpcis_in
from analysis.medicare.fees.schedules import FACTOR_SCALE, GPCI_SCALE, RVU_SCALE
from analysis.money import half_up
from analysis.pricing.fee_table import schedule_amounts

if TYPE_CHECKING:
    from analysis.medicare.fees import Locality
    from analysis.medicare.fees.schedules import Track


@dataclass(frozen=True, slots=True)
class CodeRates:
    """One unit of a code under one schedule, in cents.

    Attributes
    ----------
    year, schedule:
        The schedule's year and name. A year with two conversion factors has the later one.
    full_cents, reduced_cents:
        The unit paid in full, and one that MPPR reduces; None where there is no amount, or no MPPR.
    practice_cents:
        The practice expense within the full amount, before rounding the whole; None where there is no amount.
    pe_rvu_e2:
        Practice expense RVU times 100, by which MPPR ranks.
    mppr:
        Whether MPPR applies: an always-therapy code.
    reason:
        Why there is no amount; empty if there is one.
    """

    code: str
    year: int
    schedule: str
    full_cents: int | None
    reduced_cents: int | None
    practice_cents: int | None
    pe_rvu_e2: int
    mppr: bool
    reason: str

    @property
    def cut_cents(self) -> int | None:
        """What MPPR takes off a unit; None without MPPR."""
        if self.full_cents is None or self.reduced_cents is None:
            return None
        return self.full_cents - self.reduced_cents


def newest_year() -> int:
    """Return the year of the newest final schedule."""
    return load_book().final_years[-1]


@lru_cache(maxsize=512)
def code_rates(code: str, locality: Locality, year: int, track: Track = "non_qp") -> CodeRates:
    """Price one unit of a code in a year's schedule, at its last conversion factor.

    Raises MissingRelease for a year without a schedule.
    """
    schedule = load_book().schedule(year)
    day = schedule.periods[-1].start
    rows = schedule_amounts(schedule, locality, on=day, codes=[code], track=track).filter(pl.col("modifier") == "")
    if rows.is_empty():
        reason = f"not in the {schedule.label} fee schedule"
        return CodeRates(code, year, schedule.label, None, None, None, 0, mppr=False, reason=reason)
    row = rows.row(0, named=True)
    gpci = gpcis_in(schedule, locality).pe_gpci_e3
    practice = row["pe_rvu_e2"] * gpci * schedule.period_on(day).factor_e4(track)
    paid = row["full_cents"]
    return CodeRates(
        code=code,
        year=year,
        schedule=schedule.label,
        full_cents=paid,
        reduced_cents=row["reduced_cents"],
        practice_cents=half_up(practice, RVU_SCALE * GPCI_SCALE * FACTOR_SCALE // 100) if paid else None,
        pe_rvu_e2=row["pe_rvu_e2"],
        mppr=row["mppr"],
        reason=row["reason"] or "",
    )
