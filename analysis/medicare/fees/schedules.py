"""The fee schedules in data/fee_schedules: one folder per year, CMS's own figures in exact integers.

RVUs are held times 100, GPCIs times 1,000 and conversion factors times 10,000, so every amount is exact (money.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from analysis.errors import MissingRelease
from analysis.system.paths import DATA
from analysis.system.toml_data import fault, load, without_gap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from analysis.system.toml_data import Form

Track = Literal["non_qp", "qp"]
"""Not a qualifying participant in an advanced alternative payment model (nearly every therapist), or one."""

RVU_SCALE, GPCI_SCALE, FACTOR_SCALE = 100, 1_000, 10_000

_RVUS = {
    "work_rvu": "work_rvu_e2",
    "nonfacility_pe_rvu": "nonfacility_pe_rvu_e2",
    "facility_pe_rvu": "facility_pe_rvu_e2",
    "malpractice_rvu": "malpractice_rvu_e2",
}
RVU_COLUMNS = tuple(_RVUS.values())
"""A code's relative value units, in each setting; a code that has none is not paid from them."""
_STATUSES = ("final", "proposed")
_GPCIS = {"work_gpci": "work_gpci_e3", "pe_gpci": "pe_gpci_e3", "mp_gpci": "mp_gpci_e3"}
_RVU_TEXT = ("hcpcs", "modifier", "status", "pctc", "global_days", "multiple_procedure")
_FILE: Form = {"name": str, "sha256": str, "source?": str}
_FORM: Form = {
    "year": int,
    "status": str,
    "base_year?": int,
    "release?": str,
    "release_quarter?": str,
    "released?": date,
    "verified_on": date,
    "citation": str,
    "note?": str,
    "files?": {"rvu": _FILE, "gpci": _FILE},
    "period": [{"start": date, "end": date, "conversion_factor": {"non_qp": str, "qp?": str}}],
}
_GPCI_TEXT = ("mac", "locality", "state", "name")


@dataclass(frozen=True, slots=True)
class SchedulePeriod:
    """Dates of service, both ends included, with one conversion factor per track (times 10,000)."""

    start: date
    end: date
    factors_e4: Mapping[str, int]

    def factor_e4(self, track: Track) -> int:
        """Return the conversion factor of a track; before 2026 there is only one."""
        return self.factors_e4.get(track, self.factors_e4["non_qp"])


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """One year's fee schedule.

    Attributes
    ----------
    rvus:
        Grain: one HCPCS code and modifier. hcpcs, modifier ("" where none), status, work_rvu_e2, nonfacility_pe_rvu_e2,
        facility_pe_rvu_e2, malpractice_rvu_e2, pctc, global_days, multiple_procedure. Source: CMS's PPRRVU file.
    gpcis:
        Grain: one locality. mac, locality, state, name, work_gpci_e3, pe_gpci_e3, mp_gpci_e3. Source: CMS's Addendum E.
    base_year:
        The year these RVUs and GPCIs come from; differs from `year` for a proposed schedule.
    """

    year: int
    base_year: int
    status: str
    release: str
    citation: str
    note: str
    verified_on: date
    periods: tuple[SchedulePeriod, ...]
    rvus: pl.DataFrame
    gpcis: pl.DataFrame

    @property
    def proposed(self) -> bool:
        """Whether the schedule is only proposed; wherever it is shown, it says so."""
        return self.status == "proposed"

    @property
    def label(self) -> str:
        """The year as shown to people, with PROPOSED if it is proposed."""
        return f"{self.year} PROPOSED" if self.proposed else str(self.year)

    def period_on(self, day: date) -> SchedulePeriod:
        """Return the period of a date of service; MissingRelease if it is outside this schedule."""
        for period in self.periods:
            if period.start <= day <= period.end:
                return period
        raise MissingRelease(
            f"{day} is outside the {self.label} schedule ({self.periods[0].start} to {self.periods[-1].end})"
        )


@dataclass(frozen=True, slots=True, eq=False)
class FeeBook:
    """All available schedules, by year."""

    schedules: Mapping[int, Schedule]

    @property
    def final_years(self) -> tuple[int, ...]:
        """Years with a final schedule, in order."""
        return tuple(year for year, schedule in sorted(self.schedules.items()) if not schedule.proposed)

    @property
    def first_day(self) -> date:
        """First date of service covered by a final schedule."""
        return self.schedules[self.final_years[0]].periods[0].start

    @property
    def last_day(self) -> date:
        """Last date of service covered by a final schedule."""
        return self.schedules[self.final_years[-1]].periods[-1].end

    def schedule(self, year: int) -> Schedule:
        """Return the schedule of a year, final or proposed; MissingRelease if there is none."""
        if year not in self.schedules:
            available = ", ".join(schedule.label for _, schedule in sorted(self.schedules.items()))
            raise MissingRelease(f"no fee schedule for {year}; available: {available}")
        return self.schedules[year]

    def schedule_on(self, day: date, *, proposed: bool = False) -> Schedule:
        """Return the schedule that pays a date of service.

        A proposed schedule is used only if `proposed` asks for it. Raises MissingRelease, naming the available range.
        """
        schedule = self.schedules.get(day.year)
        if schedule is None or (schedule.proposed and not proposed):
            hint = f"; {schedule.label} is available for scenarios" if schedule else ""
            raise MissingRelease(
                f"no final fee schedule for {day}; final schedules cover {self.first_day} to {self.last_day}{hint}"
            )
        return schedule


def _exact(column: str, scale: int, name: str) -> pl.Expr:
    return (pl.col(column) * scale).cast(pl.Int64).alias(name)


def _read_csv(path: Path, text: Iterable[str], numbers: Mapping[str, str], scale: int) -> pl.DataFrame:
    digits = len(str(scale)) - 1
    schema: dict[str, Any] = dict.fromkeys(text, pl.String) | dict.fromkeys(numbers, pl.Decimal(18, digits))
    frame = pl.read_csv(path, schema_overrides=schema)
    return frame.select(
        *(pl.col(name).fill_null("") for name in text),
        *(_exact(source, scale, name) for source, name in numbers.items()),
    )


def factor_e4(text: str) -> int:
    """Read a conversion factor with at most four decimals, times 10,000.

    >>> factor_e4("33.4009")
    334009
    """
    whole, _, decimals = text.partition(".")
    return int(whole) * FACTOR_SCALE + int(decimals.ljust(4, "0"))


def _read_schedule(folder: Path, figures: Callable[[int], tuple[pl.DataFrame, pl.DataFrame]]) -> Schedule:
    table = load(folder / "schedule.toml", _FORM)
    file = f"{folder.name}/schedule.toml"
    if table["status"] not in _STATUSES:
        raise fault(file, ("status",), f"{table['status']!r} is none of {', '.join(_STATUSES)}")
    if folder.name != str(table["year"]):
        raise fault(file, ("year",), f"{table['year']} in the folder {folder.name}")
    days = ((period["start"], period["end"]) for period in table["period"])
    without_gap(days, (date(table["year"], 1, 1), date(table["year"], 12, 31)), file, "period")
    base_year = table.get("base_year", table["year"])
    rvus, gpcis = figures(base_year)
    return Schedule(
        year=table["year"],
        base_year=base_year,
        status=table["status"],
        release=table.get("release", ""),
        citation=table["citation"],
        note=table.get("note", ""),
        verified_on=table["verified_on"],
        periods=tuple(
            SchedulePeriod(
                period["start"],
                period["end"],
                {track: factor_e4(factor) for track, factor in period["conversion_factor"].items()},
            )
            for period in table["period"]
        ),
        rvus=rvus,
        gpcis=gpcis,
    )


def read_book(root: Path) -> FeeBook:
    """Read every schedule in a folder laid out like data/fee_schedules."""
    folders = sorted(path.parent for path in root.glob("*/schedule.toml"))
    if not folders:
        raise MissingRelease(f"no fee schedule below {root.name}; expected folders such as 2026 with schedule.toml")

    @cache  # a proposed year shares the figures of its base year
    def figures(year: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        base = root / str(year)
        rvus = _read_csv(base / "rvu.csv", _RVU_TEXT, _RVUS, RVU_SCALE)
        return rvus, _read_csv(base / "gpci.csv", _GPCI_TEXT, _GPCIS, GPCI_SCALE)

    schedules = [_read_schedule(folder, figures) for folder in folders]
    final = [schedule.year for schedule in schedules if not schedule.proposed]
    for before, year in pairwise(final):
        if year != before + 1:
            raise fault(f"{root.name}/{year}", (), f"no final schedule between {before} and {year}")
    return FeeBook({schedule.year: schedule for schedule in schedules})


@cache
def load_book() -> FeeBook:
    """Load the schedules that ship with RevMix, 2020 to 2026 and the proposed 2027."""
    return read_book(DATA / "fee_schedules")
