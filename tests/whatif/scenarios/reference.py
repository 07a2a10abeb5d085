"""A second opinion on scenarios: slow, plain Python, exact dollars, one visit and one possible future of it at a time.

Written from docs/what-if.md and from nothing in `analysis`. A scenario comes as the tables of its TOML file, read with
decimals as `Decimal`, so that reading the file is judged too. Units and dollars of a visit are weighted with the
chance of each of its futures as fractions: nothing is rounded but the cents of a line.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby, product
from statistics import median
from typing import TYPE_CHECKING, Any

from tests.pricing.reference import (
    FACILITY,
    Fee,
    Line,
    Rates,
    Track,
    by_assistant,
    covered,
    factor,
    fee_from,
    gpcis_of,
    pay_visit,
    rates_on,
    row_modifier_of,
    row_of,
    under_plan_of_care,
)
from tests.whatif.scenarios.sums import Sums

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tests.pricing.reference import Amounts
    from tests.whatif.scenarios.sums import Found

Tables = dict[str, Any]
"""A scenario, or a part of it, as tomllib reads it."""

NOT_STATED = "not stated"
FIELDS = {
    "payer_class": "payer_class",
    "payer": "payer",
    "clinic": "clinic",
    "discipline": "discipline",
} | dict.fromkeys(("provider", "therapist"), "provider")
NEWEST_RVUS = 2026  # the proposed 2027 is priced with 2026's RVUs and GPCIs


class UnpriceableError(Exception):
    """A line with an amount today that the scenario's schedule has none for; says which code."""


class EmptyPageError(Exception):
    """The page looks at no line at all."""


class EmptySelectionError(Exception):
    """A change that no line of the export meets."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A billing line and what is known about it; `counted`: it passes the filters of the page."""

    line: Line
    about: Mapping[str, str | None]
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Placed:
    """A line of one future of a visit: `priced`, it (or the line its units come from) has an amount today."""

    entry: Entry
    priced: bool


def read(text: str) -> Tables:
    """A scenario file, decimals exact."""
    return tomllib.loads(text, parse_float=Decimal)


def meets(entry: Entry, where: Tables) -> bool:
    """Whether a line is among those a change, or a page, looks at."""
    for key, wanted in where.items():
        if key in {"start", "end"}:
            if (entry.line.day < wanted) if key == "start" else (entry.line.day > wanted):
                return False
        elif (entry.about[FIELDS[key]] or NOT_STATED) not in ([wanted] if isinstance(wanted, str) else wanted):
            return False
    return True


def same_day(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:  # 29 February
        return date(year, 2, 28)


# ------------------------------------------------------------------------------------------------- what a unit pays
class World:
    """Fees and rates of a scenario; of today where it has no tables."""

    def __init__(self, tables: Tables, track: Track = "non_qp") -> None:
        self.schedule = tables.get("schedule", {})
        self.track: Track = self.schedule.get("track", track)
        self.rvus = {(change["code"], change.get("modifier", "")): change for change in tables.get("rvu", [])}
        self.gpci, self.mppr = tables.get("gpci", {}), tables.get("mppr", {})
        self.rules_year = tables.get("rules", {}).get("year")
        self.assistants = tables.get("assistants", {}).get("rate")
        self.sequestration = tables.get("sequestration", {}).get("rate")
        self._fees: dict[tuple[Any, ...], Fee | None] = {}

    def rates(self, line: Line) -> Rates:
        """The rates of the date of service, or of the same day of another year, and what is laid over them."""
        changed = rates_on(line.day if self.rules_year is None else same_day(line.day, self.rules_year))
        if "rate" in self.mppr:
            changed = replace(changed, pe_kept=1 - Decimal(self.mppr["rate"]))
        if self.assistants is not None:
            changed = replace(changed, assistant_share=Decimal(self.assistants))
        if self.sequestration is not None:
            changed = replace(changed, sequestration=Decimal(self.sequestration))
        return changed

    def day(self, line: Line) -> date:
        """The day whose schedule and factor hold for a line."""
        if "period" in self.schedule:
            day: date = self.schedule["period"]
            return day
        return same_day(line.day, self.schedule["year"]) if "year" in self.schedule else line.day

    def fee(self, line: Line, payer_class: str | None) -> Fee | None:
        """What one unit of a line pays; None where there is no amount."""
        if line.place is None or not covered(line):
            return None
        day = self.day(line)
        # Proposed factors are not asked for by a date of service alone.
        conversion = factor(day, self.track, proposed=bool({"year", "period"} & set(self.schedule)))
        if conversion is None:
            return None
        conversion = Decimal(self.schedule.get("conversion_factor", conversion))
        year, kept = min(day.year, NEWEST_RVUS), self.rates(line).pe_kept
        key = (line.code, line.modifiers, line.place, line.pos, year, conversion, kept)
        if key not in self._fees:
            self._fees[key] = self._fee(line, year, conversion, kept)
        unit = self._fees[key]
        if unit is not None and payer_class not in self.mppr.get("applies_to", [payer_class]):
            return replace(unit, reduced=None)  # every unit in full, and it does not compete
        return unit

    def _fee(self, line: Line, year: int, conversion: Decimal, kept: Decimal) -> Fee | None:
        row = self._row(line.code, row_modifier_of(line), year)
        if row is None or line.place is None:
            return None
        gpcis, therapy, facility = self._gpcis(line.place, year), under_plan_of_care(line), line.pos in FACILITY
        return fee_from(row, gpcis, conversion, kept, under_plan_of_care=therapy, facility=facility)

    def row(self, line: Line) -> tuple[str, str] | None:
        """Code and modifier of the row of the RVU file that a line is priced with."""
        day = self.day(line)
        if line.place is None or factor(day, self.track) is None:
            return None
        row = self._row(line.code, row_modifier_of(line), day.year)
        return None if row is None else (line.code, row["modifier"])

    def _row(self, code: str, modifier: str, year: int) -> dict[str, str] | None:
        row = row_of(code, modifier, year)
        change = row and self.rvus.get((code, row["modifier"]))
        if not row or not change:
            return row
        pe = (
            {} if "pe_rvu" not in change else dict.fromkeys(("nonfacility_pe_rvu", "facility_pe_rvu"), change["pe_rvu"])
        )
        named = {"work_rvu": "work_rvu", "mp_rvu": "malpractice_rvu"}
        others = {column: change[name] for name, column in named.items() if name in change}
        return row | {column: str(value) for column, value in (pe | others).items()}

    def _gpcis(self, place: str, year: int) -> tuple[Decimal, Decimal, Decimal]:
        today = gpcis_of(self.gpci.get("locality", place), year)
        work, pe, mp = (
            Decimal(self.gpci.get(name, value)) for name, value in zip(("work", "pe", "mp"), today, strict=True)
        )
        return work, pe, mp


def price(lines: Sequence[Placed], world: World) -> list[Amounts | None]:
    """Price the lines of one visit in their order; what has no amount today has none and competes with nobody."""
    numbered = [replace(placed.entry.line, line_id=index) for index, placed in enumerate(lines)]
    fees = {
        line.line_id: world.fee(line, placed.entry.about["payer_class"]) if placed.priced else None
        for line, placed in zip(numbered, lines, strict=True)
    }
    rates = {line.line_id: world.rates(line) for line in numbered if fees[line.line_id] is not None}
    amounts = dict(pay_visit(numbered, fees, rates))
    return [amounts[line.line_id] for line in numbered]


# -------------------------------------------------------------------------------------------------- what is billed
Charges = dict[tuple[str, int | None], Decimal]
"""Charge for one unit by code and year; by code and None over all years."""


def median_charges(entries: Iterable[Entry]) -> Charges:
    """Charge per unit of each code that has one: the median over its lines of a year, and of all, to the cent."""
    per_unit: dict[tuple[str, int | None], list[Fraction]] = defaultdict(list)
    for entry in entries:
        if entry.line.charge is not None:
            for year in (entry.line.day.year, None):
                per_unit[entry.line.code, year].append(Fraction(entry.line.charge) / entry.line.units)
    return {key: half_up_fraction(median(charges)) for key, charges in per_unit.items()}


def half_up_fraction(dollars: Fraction) -> Decimal:
    return Decimal((dollars * 200 + 1) // 2) / 100


def givers(visit: Sequence[Placed], recode: Tables) -> list[int]:
    """The lines of a visit whose units may move, in the order in which they give."""
    where = recode.get("where", {})
    lines = [placed.entry.line for placed in visit]
    may = [
        index
        for index, placed in enumerate(visit)
        if placed.priced and placed.entry.counted and lines[index].code == recode["from"] and meets(placed.entry, where)
    ]
    return sorted(may, key=lambda index: (by_assistant(lines[index]), -lines[index].units, index))


def moves(visit: Sequence[Placed], recodes: Sequence[Tables]) -> dict[int, tuple[int, str]]:
    """Units that leave each line, and the code they become."""
    moved: dict[int, tuple[int, str]] = {}
    for recode in recodes:
        asked = recode.get("units_per_visit", "all")
        left = sum(placed.entry.line.units for placed in visit) if asked == "all" else int(asked)
        for index in givers(visit, recode):
            units = min(left, visit[index].entry.line.units)
            if units:
                assert index not in moved, "a unit moves at most once"
                moved[index] = (units, recode["to"])
            left -= units
    return moved


def recoded(visit: Sequence[Placed], recodes: Sequence[Tables], medians: Charges) -> Iterator[Placed]:
    """The lines of a visit in which all of some recodings happen."""
    moving = moves(visit, recodes)
    for index, placed in enumerate(visit):
        if index not in moving:
            yield placed
            continue
        line, (units, code) = placed.entry.line, moving[index]
        rest = line.units - units
        if rest:
            charge = None if line.charge is None else half_up_fraction(Fraction(line.charge) * rest / line.units)
            yield with_line(placed, replace(line, units=rest, charge=charge))
        unit = medians.get((code, line.day.year), medians.get((code, None)))
        charge = None if unit is None else unit * units
        yield with_line(placed, replace(line, code=code, units=units, charge=charge))


def with_line(placed: Placed, line: Line) -> Placed:
    return replace(placed, entry=replace(placed.entry, line=line))


def without_assistant(placed: Placed) -> Placed:
    if not placed.entry.counted:
        return placed
    kept = (word for word in placed.entry.line.modifiers.split() if word not in {"CQ", "CO"})
    return with_line(placed, replace(placed.entry.line, modifiers=" ".join(kept)))


def futures(visit: Sequence[Placed], tables: Tables, medians: Charges) -> Iterator[tuple[Fraction, list[Placed]]]:
    """Every way a visit may go, with its chance: each recoding happens or does not, and so does the therapist."""
    possible = [recode for recode in tables.get("recode", []) if givers(visit, recode)]
    shares = [Fraction(recode.get("share", 1)) for recode in possible]
    if any(placed.entry.counted and by_assistant(placed.entry.line) for placed in visit):
        shares.append(Fraction(tables.get("assistants", {}).get("to_therapist", 0)))
    for taken in product((True, False), repeat=len(shares)):
        chance = Fraction(1)
        for happens, share in zip(taken, shares, strict=True):
            chance *= share if happens else 1 - share
        if chance:
            chosen = [recode for recode, happens in zip(possible, taken, strict=False) if happens]
            lines = list(recoded(visit, chosen, medians))
            therapist = len(taken) > len(possible) and taken[-1]
            yield chance, [without_assistant(placed) for placed in lines] if therapist else lines


# ------------------------------------------------------------------------------------------------------ comparing
def compare(entries: Iterable[Entry], tables: Tables, track: Track = "non_qp") -> Found:
    """Every figure of a scenario over its baseline, by code and payer class.

    Raises UnpriceableError for a schedule that lacks a code in use, EmptySelectionError for a change nothing meets,
    EmptyPageError where there is nothing to look at.
    """
    every = sorted(entries, key=lambda entry: (entry.line.visit, entry.line.line_id))
    if not any(entry.counted for entry in every):
        raise EmptyPageError
    today, then, medians = World({}, track), World(tables, track), median_charges(every)
    sums_of: Found = defaultdict(Sums)
    given = [False] * len(tables.get("recode", []))
    for _, group in groupby(every, key=lambda entry: entry.line.visit):
        visit = [Placed(entry, today.fee(entry.line, None) is not None) for entry in group]
        given = [known or bool(givers(visit, one)) for known, one in zip(given, tables.get("recode", []), strict=True)]
        _add_before(sums_of, visit, today, tables)
        for chance, lines in futures(visit, tables, medians):
            _add_after(sums_of, lines, then, tables, chance)
    if not all(given) or _idle(every, today, tables):
        raise EmptySelectionError
    return {key: sums for key, sums in sums_of.items() if sums.units_before or sums.units_after}


def _idle(every: Sequence[Entry], today: World, tables: Tables) -> bool:
    """Whether a change of volume, RVUs, assistants or of who applies MPPR has nothing to change."""
    counted = [entry for entry in every if entry.counted]
    visits = {entry.line.visit for entry in counted}
    there = {entry.about["payer_class"] for entry in every if entry.line.visit in visits}
    assisted = any(by_assistant(entry.line) for entry in counted)
    staff = tables.get("assistants", {})
    volumes = [change.get("where", {}) for change in tables.get("volume", [])]
    rows = {today.row(entry.line) for entry in counted} | {(recode["to"], "") for recode in tables.get("recode", [])}
    return (
        not all(any(meets(entry, where) for entry in counted) for where in volumes)
        or not rows.issuperset((change["code"], change.get("modifier", "")) for change in tables.get("rvu", []))
        or (("rate" in staff or bool(staff.get("to_therapist"))) and not assisted)
        or there.isdisjoint(tables.get("mppr", {}).get("applies_to", there))
    )


def _left_out(tables: Tables) -> set[str]:
    return set(tables.get("schedule", {}).get("leave_out", []))


def _add_before(sums_of: Found, visit: Sequence[Placed], today: World, tables: Tables) -> None:
    for placed, amounts in zip(visit, price(visit, today), strict=True):
        if placed.entry.counted:
            sums = Sums(units_before=Fraction(placed.entry.line.units))
            if amounts is not None and placed.entry.line.code not in _left_out(tables):
                sums.amounts = True
                sums.allowed_before, sums.receipts_before = Fraction(amounts.expected), Fraction(amounts.receipts)
            sums_of[_key(placed)].add(sums)


def _add_after(sums_of: Found, lines: Sequence[Placed], then: World, tables: Tables, chance: Fraction) -> None:
    for placed, amounts in zip(lines, price(lines, then), strict=True):
        left_out = placed.entry.line.code in _left_out(tables)
        if placed.priced and placed.entry.counted and amounts is None and not left_out:
            raise UnpriceableError(placed.entry.line.code)
        if placed.entry.counted:
            weight = chance * _volume(placed.entry, tables)
            sums = Sums(units_after=weight * placed.entry.line.units)
            if amounts is not None and not left_out:
                sums.amounts = True
                sums.allowed_after = weight * Fraction(amounts.expected)
                sums.receipts_after = weight * Fraction(amounts.receipts)
            sums_of[_key(placed)].add(sums)


def _volume(entry: Entry, tables: Tables) -> Fraction:
    weight = Fraction(1)
    for change in tables.get("volume", []):
        if meets(entry, change.get("where", {})):
            weight *= 1 + Fraction(change["change"])
    return weight


def _key(placed: Placed) -> tuple[str, str]:
    return placed.entry.line.code, placed.entry.about["payer_class"] or NOT_STATED


def by_code(sums_of: Found) -> dict[str, Sums]:
    return _grouped(sums_of, 0)


def by_payer_class(sums_of: Found) -> dict[str, Sums]:
    return _grouped(sums_of, 1)


def total(sums_of: Found) -> Sums:
    everything = Sums()
    for sums in sums_of.values():
        everything.add(sums)
    return everything


def _grouped(sums_of: Found, part: int) -> dict[str, Sums]:
    groups: dict[str, Sums] = defaultdict(Sums)
    for key, sums in sums_of.items():
        groups[key[part]].add(sums)
    return dict(groups)
