"""Units of one timed code become units of another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from analysis.codes import hcpcs as codes
from analysis.errors import BadInput
from analysis.lines.filters import COLUMNS
from analysis.medicare.fees import load_book
from analysis.medicare.fees.schedules import RVU_COLUMNS
from analysis.medicare.policy import load_policy
from analysis.money import BASIS
from analysis.whatif.scenarios.change import EVERYWHERE, Change, Part, Section, Swing
from analysis.whatif.scenarios.entries import CODE, UNITS, WHERE, Key, figure
from analysis.whatif.scenarios.kinds.rvu import RvuChange
from analysis.whatif.scenarios.kinds.schedule import ScheduleChange
from analysis.whatif.scenarios.limits import counts
from analysis.whatif.scenarios.provenance import UNSAID, Provenance
from analysis.whatif.scenarios.values import check_code, check_where
from analysis.whatif.scenarios.words import POINTS_BP, ends_of, percent, percents, where_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.lines.filters import Filters
    from analysis.whatif.scenarios.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Recode(Change):
    """Units of one code become units of another, in a share of the visits that have such a unit.

    Attributes
    ----------
    source, target:
        The code that gives and the one that takes (`from` and `to` in a file).
    units_per_visit:
        Units that move in a visit, fewer where it has fewer; None: all.
    share_bp:
        Fraction of the eligible visits in which they move, in expectation.
    where:
        The lines whose units may move.
    """

    source: str
    target: str
    units_per_visit: int | None = None
    share_bp: int = BASIS
    where: Filters = EVERYWHERE
    provenance: Provenance = UNSAID

    section: ClassVar[Section] = Section(
        "recode",
        1,
        (
            Key("from", "source", CODE, required=True),
            Key("to", "target", CODE, required=True),
            Key("units_per_visit", "units_per_visit", UNITS, always_written=True),
            Key("share", "share_bp", figure("share"), always_written=True),
            Key("where", "where", WHERE),
        ),
        (
            'Units of one timed code become units of another. units_per_visit: how many in a visit, or "all".',
            "share: in what part of the visits with such a unit. where: only lines that meet all of these.",
        ),
        several=True,
    )

    def check(self, name: str, scenario: Scenario) -> None:
        """Refuse codes that cannot give or take units, or that the scenario's schedule has no amount for."""
        check_where(self.where, f"{name}, where")
        self._check_codes(name)
        schedule = scenario.one(ScheduleChange)
        for key, code in (("from", self.source), ("to", self.target)):
            _check_priced(code, scenario, schedule, f"{name}, {key}")
            if schedule is not None and code in schedule.leave_out:
                raise BadInput(
                    f"{code}, which the schedule's leave_out leaves out of the comparison",
                    expected="a code that is not left out",
                    todo="choose another code, or remove it from leave_out",
                    column=f"{name}, {key}",
                )
        self._check_earlier(scenario.of(Recode), name)

    def _check_earlier(self, recodes: tuple[Recode, ...], name: str) -> None:
        """No earlier recoding may move the same units."""
        position_of_self = next(index for index, recode in enumerate(recodes) if recode is self)
        for position, other in enumerate(recodes[:position_of_self], start=1):
            if other.source == self.source and _may_meet(other.where, self.where):
                raise BadInput(
                    f"units of {self.source} that recode {position} may also move",
                    expected="recodings of one code that never apply to the same line",
                    todo='give both a "where" with different payers, clinics, therapists or dates, or remove one',
                    column=f"{name}, where",
                )

    def _check_codes(self, name: str) -> None:
        """Both codes are billed by time, in units of the same length, and they are two."""
        for key, code in (("from", self.source), ("to", self.target)):
            check_code(code, f"{name}, {key}")
            if codes.minutes(code) is None:
                reason = (
                    "which is not a timed code" if code in codes.load() else "which is not a therapy code RevMix knows"
                )
                raise BadInput(
                    f"{codes.code_with_label(code)}, {reason}",
                    expected="a timed code such as 97110",
                    todo="choose a timed code",
                    column=f"{name}, {key}",
                )
        if self.source == self.target:
            raise BadInput(
                f"{self.source} to itself",
                expected="two different codes",
                todo="choose another code, or remove the recoding",
                column=f"{name}, to",
            )
        minutes, target_minutes = codes.minutes(self.source), codes.minutes(self.target)
        if minutes is not None and minutes != target_minutes:
            same_length = [code for code in codes.of_minutes(minutes) if code != self.source][:4]
            raise BadInput(
                f"{self.target}, with {target_minutes} minutes per unit",
                expected=f"a code with {minutes} minutes per unit, like {self.source}",
                todo=f"choose one such as {', '.join(same_length)}" if same_length else "remove the recoding",
                column=f"{name}, to",
            )

    @classmethod
    def check_together(cls, changes: tuple[Recode, ...]) -> None:
        """Refuse more recodings than the limit: each doubles the combinations of a visit."""
        if len(changes) > counts().recodes:
            raise BadInput(
                f"{len(changes)} recodings",
                expected=f"at most {counts().recodes}",
                todo="keep the most important ones",
                column="recode",
            )

    def in_words(self) -> str:
        """``One unit a visit from 97110 to 97112 in 20% of the visits``."""
        most = self.units_per_visit
        units = "All units" if most is None else "One unit a visit" if most == 1 else f"Up to {most} units a visit"
        share = "" if self.share_bp == BASIS else f" in {percent(self.share_bp)} of the visits"
        return f"{units} from {self.source} to {self.target}{share}{where_in_words(self.where)}"

    @classmethod
    def parts(cls, changes: tuple[Recode, ...]) -> Iterator[Part]:
        """Add one recoding after another."""
        for number, change in enumerate(changes, start=1):
            yield Part("mix", f"{change.source} to {change.target}", changes[:number])

    @classmethod
    def swings(cls, scenario: Scenario, rows: pl.DataFrame) -> Iterator[Swing]:  # noqa: ARG003
        """Try a smaller and a larger share of each recoding."""
        recodes = scenario.of(cls)
        for index, recode in enumerate(recodes):
            ends = ends_of(recode.share_bp, POINTS_BP)
            low, high = (
                scenario.having(cls, *recodes[:index], replace(recode, share_bp=end), *recodes[index + 1 :])
                for end in ends
            )
            yield Swing(f"Share of {recode.source} visits to {recode.target}", percents(ends), low, high)

    def makes(self) -> tuple[str, ...]:
        """The code that takes the units."""
        return (self.target,)

    def conditions(self) -> tuple[Filters, ...]:
        """Its condition."""
        return (self.where,)


@cache
def _priced_in(year: int) -> frozenset[str]:
    """Codes that a year's schedule pays from RVUs."""
    worth = pl.sum_horizontal(*RVU_COLUMNS)
    payable = pl.col("status").is_in(sorted(load_policy().payable)) & (pl.col("modifier") == "") & (worth > 0)
    return frozenset(load_book().schedules[year].rvus.filter(payable)["hcpcs"])


def _check_priced(code: str, scenario: Scenario, schedule: ScheduleChange | None, column: str) -> None:
    """The scenario's schedule has an amount for the code, or where it names none, any schedule has."""
    if any(change.code == code for change in scenario.of(RvuChange)):
        return
    fee_book = load_book()
    year = None if schedule is None else schedule.schedule_year
    if year is not None and year not in fee_book.schedules:
        return  # reported for the schedule itself
    if not any(
        code in _priced_in(schedule_year) for schedule_year in (fee_book.schedules if year is None else (year,))
    ):
        which = "no fee schedule has an" if year is None else f"the {fee_book.schedules[year].label} schedule has no"
        raise BadInput(
            f"{codes.code_with_label(code)}, for which {which} amount",
            expected="a code Medicare pays under the fee schedule",
            todo="choose another code or year, or enter RVUs for it",
            column=column,
        )


def _may_meet(first_where: Filters, second_where: Filters) -> bool:
    """Whether some line could meet both conditions: no field asks for different values, and the dates overlap."""
    for field in COLUMNS:
        first, second = getattr(first_where, field), getattr(second_where, field)
        if first and second and not set(first) & set(second):
            return False
    starts = [where.start for where in (first_where, second_where) if where.start]
    ends = [where.end for where in (first_where, second_where) if where.end]
    return not (starts and ends) or max(starts) <= min(ends)
