"""Every visit under another fee schedule or conversion factor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from analysis.errors import BadInput
from analysis.medicare.fees import load_book
from analysis.medicare.fees.schedules import FACTOR_SCALE
from analysis.medicare.policy import load_policy
from analysis.money import BASIS, half_up
from analysis.pricing.fee_table import INGREDIENTS
from analysis.whatif.scenarios.change import Change, Part, Section, Swing, refuse_empty
from analysis.whatif.scenarios.entries import CODES, DAY, YEAR, Key, figure, one_of
from analysis.whatif.scenarios.limits import ranges
from analysis.whatif.scenarios.provenance import UNSAID, Provenance
from analysis.whatif.scenarios.values import check_code, check_day, check_one_of, check_year
from analysis.whatif.scenarios.words import decimal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from analysis.medicare.fees.schedules import Track
    from analysis.whatif.scenarios.fee_rows import FeeRows
    from analysis.whatif.scenarios.scenario import Scenario

_STEP_BP = 250
"""The conversion factor moves by 2.5 %, about as much as law and rule moved it in a year since 2021."""


@dataclass(frozen=True, slots=True)
class ScheduleChange(Change):
    """Every visit under one year's fee schedule: its RVUs, GPCIs and conversion factor.

    Attributes
    ----------
    year:
        Day for day, so that 2024's two factors price their own days; None: the schedule of each date.
    period:
        A date: every visit under the schedule and factor that hold on it. Excludes `year`.
    factor_e4:
        A conversion factor in the schedule's place.
    track:
        Which factor holds where a year has two; None: the one the lines are priced with.
    leave_out:
        Codes the chosen schedule lacks, left out of the comparison.
    """

    year: int | None = None
    period: date | None = None
    factor_e4: int | None = None
    track: Track | None = None
    leave_out: tuple[str, ...] = ()
    provenance: Provenance = UNSAID

    section: ClassVar[Section] = Section(
        "schedule",
        2,
        (
            Key("year", "year", YEAR),
            Key("period", "period", DAY),
            Key("conversion_factor", "factor_e4", figure("conversion_factor")),
            Key("track", "track", one_of("non_qp", "qp")),
            Key("leave_out", "leave_out", CODES),
        ),
        (
            "Prices every visit under a year's fee schedule (day for day), one date's (period), or another factor.",
            "track: non_qp, or qp for participants in an advanced payment model. leave_out: codes not in the schedule.",
        ),
    )

    @property
    def schedule_year(self) -> int | None:
        """The year of the schedule it prices with; None: that of each date."""
        return self.year if self.period is None else self.period.year

    @property
    def label(self) -> str:
        """The schedule for people: ``2027 PROPOSED schedule``; empty where it only leaves codes out."""
        year = self.schedule_year
        factor = None if self.factor_e4 is None else decimal(self.factor_e4, FACTOR_SCALE, 4)
        parts = [
            None if year is None else f"{load_book().schedule(year).label} schedule",
            None if factor is None else f"conversion factor {factor}",
            None if self.track is None or factor else f"{'QP' if self.track == 'qp' else 'non-QP'} factor",
        ]
        text = ", ".join(part for part in parts if part)
        return text[:1].upper() + text[1:]

    def check(self, name: str, scenario: Scenario) -> None:  # noqa: ARG002
        """Refuse a year and a date at once, and what no schedule is for."""
        if self.year is not None and self.period is not None:
            raise BadInput(
                f"both the year {self.year} and the date {self.period}",
                expected="one of the two",
                todo="keep the year to price each visit by its own date, or the date to price all visits by one factor",
                column=f"{name}, period",
            )
        refuse_empty(self, name)
        if self.year is not None:
            check_year(self.year, f"{name}, year")
        if self.period is not None:
            check_day(self.period, f"{name}, period")
        if self.track is not None:
            check_one_of(self.track, ("non_qp", "qp"), f"{name}, track")
        for code in self.leave_out:
            check_code(code, f"{name}, leave_out")

    def in_words(self) -> str:
        """``2027 PROPOSED schedule, without 97750``."""
        left_out = f"without {', '.join(self.leave_out)}" if self.leave_out else ""
        text = ", ".join(part for part in (self.label, left_out) if part)
        return text[:1].upper() + text[1:]

    @classmethod
    def parts(cls, changes: tuple[ScheduleChange, ...]) -> Iterator[Part]:
        """The price; codes left out are of neither side and no cause."""
        yield from (Part("price", change.label, changes) for change in changes if change.label)

    @classmethod
    def swings(cls, scenario: Scenario, rows: pl.DataFrame) -> Iterator[Swing]:
        """Try other conversion factors, unless there are several: one in their place would mix price and time."""
        factors = rows["factor_e4"].unique()
        if len(factors) != 1:
            return
        limit = ranges()["conversion_factor"]
        factors_moved = [half_up(int(factors[0]) * (BASIS + step), BASIS) for step in (-_STEP_BP, _STEP_BP)]
        ends = [min(limit.high, max(limit.low, end)) for end in factors_moved]
        change = scenario.one(cls) or cls()
        low, high = (scenario.having(cls, replace(change, factor_e4=end)) for end in ends)
        labels = [decimal(end, FACTOR_SCALE, 4) for end in ends]
        yield Swing("Conversion factor", (labels[0], labels[1]), low, high)

    def on_fee_rows(self, rows: pl.DataFrame, fees: FeeRows, track: Track) -> pl.DataFrame:  # noqa: ARG002
        """Take RVUs, GPCIs and factor from another year or period, or the factor entered."""
        if self.year is not None or self.period is not None:
            dated_rates = load_policy().rates
            columns = [name for name in INGREDIENTS if name not in dated_rates]
            rows = rows.with_columns(fees.in_other_period(rows, self.year, self.period).select(columns))
        if self.factor_e4 is not None:
            return rows.with_columns(pl.lit(self.factor_e4, pl.Int64).alias("factor_e4"))
        if self.track is not None:
            periods = {period.period_id: period for period in fees.periods}
            targets = fees.target_periods(rows["period_id"].unique().to_list(), self.year, self.period)
            factors = {period_id: periods[target].factor_on(self.track) for period_id, target in targets.items()}
            return rows.with_columns(
                pl.col("period_id").replace_strict(factors, return_dtype=pl.Int64).alias("factor_e4")
            )
        return rows

    def years(self) -> tuple[int, ...]:
        """The schedule's year."""
        return () if self.year is None else (self.year,)
