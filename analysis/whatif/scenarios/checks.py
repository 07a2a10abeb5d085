"""What a scenario may contain: every refusal names the change it is about.

Refused are: a figure out of range, a code that cannot gain or lose units, two recodings of the same units, a year
without a schedule. Whether the lines have what a change is about is checked when they are priced.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.codes import hcpcs as codes
from analysis.errors import BadInput
from analysis.lines.filters import COLUMNS
from analysis.medicare.fees import load_book
from analysis.medicare.policy import load_policy
from analysis.whatif.scenarios.contract_checks import check_contracts
from analysis.whatif.scenarios.limits import counts, ranges
from analysis.whatif.scenarios.values import (
    check_code,
    check_day,
    check_line,
    check_locality,
    check_one_of,
    check_paragraph,
    check_payer_classes,
    check_provenance,
    check_where,
    check_year,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analysis.lines.filters import Filters
    from analysis.whatif.scenarios.changes import GpciChange, Recode, RvuChange, Scenario, ScheduleChange

_FIGURES: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "recode": (("share", "share_bp", "share"), ("units_per_visit", "units_per_visit", "units_per_visit")),
    "schedule": (("conversion_factor", "factor_e4", "conversion_factor"),),
    "rvu": (("work_rvu", "work_e2", "rvu"), ("pe_rvu", "pe_e2", "rvu"), ("mp_rvu", "mp_e2", "rvu")),
    "gpci": (("work", "work_e3", "gpci"), ("pe", "pe_e3", "gpci"), ("mp", "mp_e3", "gpci")),
    "mppr": (("rate", "rate_bp", "share"),),
    "assistants": (("rate", "rate_bp", "share"), ("to_therapist", "to_therapist_bp", "share")),
    "sequestration": (("rate", "rate_bp", "share"),),
    "volume": (("change", "change_bp", "change"),),
}
"""The figures of each change: entry in a file, field, and its allowed range (data/scenarios/limits.toml)."""


def check(scenario: Scenario) -> None:
    """Refuse a scenario that is not valid.

    Raises
    ------
    BadInput
        Its `column` names the change and its entry, as a file has them: ``recode 2, share``.
    """
    _check_head(scenario)
    for name, change in _changes(scenario):
        check_provenance(change.provenance, name)
        for key, field, kind in _FIGURES.get(name.partition(" ")[0], ()):
            if (value := getattr(change, field)) is not None:
                ranges()[kind].check(value, within(name, key))
    _check_recodes(scenario)
    if scenario.schedule is not None:
        _check_schedule(scenario.schedule)
    _check_rvus(scenario.rvus)
    if scenario.gpci is not None:
        _check_gpci(scenario.gpci)
    if (mppr := scenario.mppr) is not None:
        _check_given("mppr", rate=mppr.rate_bp, applies_to=mppr.applies_to)
        check_payer_classes(mppr.applies_to or (), "mppr, applies_to")
    if scenario.rules is not None:
        check_year(scenario.rules.year, "rules, year")
    for position, volume in enumerate(scenario.volumes, start=1):
        check_where(volume.where, f"volume {position}, where")
    check_contracts(scenario.contracts)


def _check_head(scenario: Scenario) -> None:
    if not scenario.name.strip():
        raise BadInput("no name", expected="a name for the scenario", todo="give it one", column="name")
    check_line(scenario.name, "name")
    check_paragraph(scenario.note, "note")


def _changes(scenario: Scenario) -> Iterator[tuple[str, Any]]:
    """Yield the scenario and its changes, each under the name messages use; contracts check themselves."""
    yield "", scenario
    for name in ("schedule", "gpci", "mppr", "assistants", "sequestration", "rules"):
        if (change := getattr(scenario, name)) is not None:
            yield name, change
    for name, changes in (("recode", scenario.recodes), ("rvu", scenario.rvus), ("volume", scenario.volumes)):
        yield from ((f"{name} {position}", change) for position, change in enumerate(changes, start=1))


def _check_given(name: str, **values: object) -> None:
    """Raise BadInput for an empty change: it would silently do nothing."""
    if all(value is None for value in values.values()):
        listed = ", ".join(values)
        raise BadInput(
            "an empty change", expected=f"one of {listed}", todo="enter one, or remove the change", column=name
        )


# ------------------------------------------------------------------------------------------------------------ recodings
def _check_recodes(scenario: Scenario) -> None:
    recodes = scenario.recodes
    if len(recodes) > counts().recodes:
        raise BadInput(
            f"{len(recodes)} recodings",
            expected=f"at most {counts().recodes}",
            todo="keep the most important ones",
            column="recode",
        )
    for position, recode in enumerate(recodes, start=1):
        name = f"recode {position}"
        check_where(recode.where, f"{name}, where")
        _check_codes(recode, name)
        for key, code in (("from", recode.source), ("to", recode.target)):
            _check_priced(code, scenario, f"{name}, {key}")
            if scenario.schedule is not None and code in scenario.schedule.leave_out:
                raise BadInput(
                    f"{code}, which the schedule's leave_out removes from both sides",
                    expected="a code that is not left out",
                    todo="choose another code, or remove it from leave_out",
                    column=f"{name}, {key}",
                )
    for (first, one), (second, other) in combinations(enumerate(recodes, start=1), 2):
        if one.source == other.source and _may_meet(one.where, other.where):
            raise BadInput(
                f"units of {one.source} that recode {first} may also move",
                expected="recodings of one code that never apply to the same line",
                todo='give both a "where" with different payers, clinics, therapists or dates, or remove one',
                column=f"recode {second}, where",
            )


def _check_codes(recode: Recode, name: str) -> None:
    """Check that both codes are timed, have units of the same length, and are different."""
    for key, code in (("from", recode.source), ("to", recode.target)):
        check_code(code, f"{name}, {key}")
        if codes.minutes(code) is None:
            why = "which is not a timed code" if code in codes.load() else "which is not a therapy code RevMix knows"
            raise BadInput(
                f"{codes.named(code)}, {why}",
                expected="a timed code such as 97110",
                todo="choose a timed code",
                column=f"{name}, {key}",
            )
    if recode.source == recode.target:
        raise BadInput(
            f"{recode.source} to itself",
            expected="two different codes",
            todo="choose another code, or remove the recoding",
            column=f"{name}, to",
        )
    length, other = codes.minutes(recode.source), codes.minutes(recode.target)
    if length is not None and length != other:
        alike = [code for code in codes.of_minutes(length) if code != recode.source][:4]
        raise BadInput(
            f"{recode.target}, with {other} minutes per unit",
            expected=f"a code with {length} minutes per unit, like {recode.source}",
            todo=f"choose one such as {', '.join(alike)}" if alike else "remove the recoding",
            column=f"{name}, to",
        )


@cache
def _priced_in(year: int) -> frozenset[str]:
    """Return the codes a year's schedule pays from RVUs."""
    worth = pl.sum_horizontal("work_rvu_e2", "nonfacility_pe_rvu_e2", "facility_pe_rvu_e2", "malpractice_rvu_e2")
    payable = pl.col("status").is_in(sorted(load_policy().payable)) & (pl.col("modifier") == "") & (worth > 0)
    return frozenset(load_book().schedules[year].rvus.filter(payable)["hcpcs"])


def _check_priced(code: str, scenario: Scenario, column: str) -> None:
    """Check that the scenario's schedule has an amount for the code, or any schedule if it names none."""
    if any(change.code == code for change in scenario.rvus):
        return
    chosen, book = scenario.schedule, load_book()
    year = None if chosen is None else chosen.period.year if chosen.period is not None else chosen.year
    if year is not None and year not in book.schedules:
        return  # reported for the schedule itself
    if not any(code in _priced_in(known) for known in (book.schedules if year is None else (year,))):
        which = "no fee schedule has an" if year is None else f"the {book.schedules[year].label} schedule has no"
        raise BadInput(
            f"{codes.named(code)}, for which {which} amount",
            expected="a code Medicare pays under the fee schedule",
            todo="choose another code or year, or enter RVUs for it",
            column=column,
        )


def _may_meet(one: Filters, other: Filters) -> bool:
    """Tell whether a line could meet both conditions: no field asks for different values, and the dates overlap."""
    for field in COLUMNS:
        first, second = getattr(one, field), getattr(other, field)
        if first and second and not set(first) & set(second):
            return False
    starts = [where.start for where in (one, other) if where.start]
    ends = [where.end for where in (one, other) if where.end]
    return not (starts and ends) or max(starts) <= min(ends)


# --------------------------------------------------------------------------------------------------------------- prices
def _check_schedule(change: ScheduleChange) -> None:
    if change.year is not None and change.period is not None:
        raise BadInput(
            f"both the year {change.year} and the date {change.period}",
            expected="one of the two",
            todo="keep the year to price each visit by its own date, or the date to price all visits by one factor",
            column="schedule, period",
        )
    _check_given(
        "schedule",
        year=change.year,
        period=change.period,
        conversion_factor=change.factor_e4,
        track=change.track,
        leave_out=change.leave_out or None,
    )
    if change.year is not None:
        check_year(change.year, "schedule, year")
    if change.period is not None:
        check_day(change.period, "schedule, period")
    if change.track is not None:
        check_one_of(change.track, ("non_qp", "qp"), "schedule, track")
    for code in change.leave_out:
        check_code(code, "schedule, leave_out")


def _check_rvus(changes: tuple[RvuChange, ...]) -> None:
    seen: dict[tuple[str, str], int] = {}
    for position, change in enumerate(changes, start=1):
        name = f"rvu {position}"
        check_code(change.code, f"{name}, code")
        _check_given(name, work_rvu=change.work_e2, pe_rvu=change.pe_e2, mp_rvu=change.mp_e2)
        if change.modifier:
            check_one_of(change.modifier, load_policy().row_modifiers, f"{name}, modifier")
        key = change.code, change.modifier
        if (earlier := seen.setdefault(key, position)) != position:
            raise BadInput(
                f"{' '.join(key).strip()}, which rvu {earlier} also changes",
                expected="each code and modifier once",
                todo="combine them into one",
                column=f"{name}, code",
            )


def _check_gpci(change: GpciChange) -> None:
    _check_given("gpci", locality=change.locality, work=change.work_e3, pe=change.pe_e3, mp=change.mp_e3)
    if change.locality is not None:
        check_locality(change.locality, "gpci, locality")
