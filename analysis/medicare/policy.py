"""Medicare's payment rules by date of service, read from data/policy/*.toml.

Every number is in a data file with its start date and citation; this module only finds the one in force. Rates are
whole basis points.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from analysis.errors import MissingRelease
from analysis.system.paths import DATA
from analysis.system.toml_data import fault, in_order, load, owners

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from analysis.system.toml_data import Form


@dataclass(frozen=True, slots=True)
class Rules:
    """The rates in force on one date of service, in basis points: ``rules["sequestration_bp"]``.

    Each file of data/policy with dated rates gives one, under the name that its steps give it; the fee rows have a
    column for each, under the same name.
    """

    rates: tuple[tuple[str, int], ...]

    def __getitem__(self, name: str) -> int:
        """Return one rate."""
        return dict(self.rates)[name]


@dataclass(frozen=True, slots=True)
class LineFlag:
    """Which lines a rule is for: those with any of some modifiers, or in some places of service.

    A line to be priced has a column that says whether it is one of them, under the flag's name (`Policy.line_flags`).
    """

    modifiers: tuple[str, ...] = ()
    places: frozenset[str] = frozenset()


_NOT_COVERED = "not_covered"
"""A list whose modifiers give lines a flag, though no dated rate is for them."""
_APART = "participation"
"""A dated rate that the fee rows have no column for: it is no part of a line's price, but of a payer's mistake."""
_HEAD: dict[str, Form] = {"title": str, "citation": str, "verified_on": date}
_LISTS: Mapping[str, dict[str, Form]] = {
    "distinct_service": {"modifiers": [str]},
    "not_covered": {"flag": str, "modifiers": [str]},
    "place_of_service": {"facility": [str], "therapy_modifiers": [str]},
    "status_codes": {"payable": [str], "bundled": [str], "row_modifiers": [str], "reasons": {"*": str}},
}
"""The files of data/policy without dated rates."""
_DATED: dict[str, Form] = {"rate": [{"from": date, "*": int}]}
_KEYS_OF_FLAG = frozenset({"flag", "modifiers", "places"})
_FOR_LINES: dict[str, Form] = {"flag?": str, "modifiers?": [str], "places?": [str]}
_BESIDE: Mapping[str, dict[str, Form]] = {
    "mppr": {"indicator": str},
    "assistants": {"flag": str, "modifiers": [str]},
}
"""What some of the others have to hold besides."""
_NEEDED = (*_LISTS, *_BESIDE, _APART)


def _form(name: str) -> Form:
    """What a file of data/policy holds."""
    return _HEAD | (_LISTS[name] if name in _LISTS else _DATED | _FOR_LINES | _BESIDE.get(name, {}))


@dataclass(frozen=True, slots=True)
class DatedRate:
    """One rate as it changed over time: the first date of service of each value, and the value, oldest first."""

    title: str
    citation: str
    changes: tuple[tuple[date, int], ...]

    def on(self, day: date) -> int:
        """Return the rate in force on a date. Raises MissingRelease before the first one."""
        in_force = [value for start, value in self.changes if start <= day]
        if not in_force:
            raise MissingRelease(f"{self.title}: no rate for {day}; the first rate starts on {self.changes[0][0]}")
        return in_force[-1]


@dataclass(frozen=True, slots=True)
class Policy:
    """All payment rules that RevMix prices by.

    Attributes
    ----------
    rates:
        The dated rates, by the name they have in Rules.
    line_flags:
        The rules that are for some lines only: the column that says whether a line is one of them, and which they are.
    mppr_indicator:
        The fee schedule's multiple-procedure indicator that marks a code as subject to therapy MPPR.
    participation:
        Part of the schedule that a clinic is paid if it does not participate in Medicare.
    therapy_modifiers:
        GP, GO and GN.
    distinct_modifiers:
        Modifiers that say a service was separate from another one of the day.
    facility_places:
        ClinicLocalities of service where a non-therapy code is paid with the facility practice expense.
    row_modifiers:
        Modifiers with their own rows in the fee schedule; the first one on a line selects its row.
    payable, bundled:
        Fee schedule status codes that are paid from RVUs, and those that are never paid on their own.
    status_reasons:
        Why a code with any other status has no amount.
    """

    mppr_indicator: str
    rates: Mapping[str, DatedRate]
    line_flags: Mapping[str, LineFlag]
    participation: DatedRate
    therapy_modifiers: tuple[str, ...]
    distinct_modifiers: tuple[str, ...]
    facility_places: frozenset[str]
    row_modifiers: tuple[str, ...]
    payable: frozenset[str]
    bundled: frozenset[str]
    status_reasons: Mapping[str, str]

    @property
    def assistant_modifiers(self) -> tuple[str, ...]:
        """CQ and CO."""
        return self.line_flags["assistant"].modifiers

    @property
    def not_covered_modifiers(self) -> tuple[str, ...]:
        """GY and GZ."""
        return self.line_flags["not_covered"].modifiers

    def on(self, day: date) -> Rules:
        """Return the rates in force on a date of service."""
        return Rules(tuple((name, rate.on(day)) for name, rate in self.rates.items()))

    def change_dates(self) -> tuple[date, ...]:
        """Return every date on which any rate changes, in order."""
        return tuple(sorted({start for rate in self.rates.values() for start, _ in rate.changes}))


def _dated(table: Mapping[str, Any], file: str) -> tuple[str, DatedRate]:
    """The rate of a file, and what its steps call it."""
    in_order((step["from"] for step in table["rate"]), file, "rate")
    names = [sorted(step.keys() - {"from"}) for step in table["rate"]]
    for number, rates in enumerate(names, start=1):
        if len(rates) != 1 or rates != names[0] or not rates[0].endswith("_bp"):
            problem = f"has {', '.join(rates) or 'no rate'}; each step needs `from` and the same rate, ending in _bp"
            raise fault(file, ("rate", str(number)), problem)
    if not names:
        raise fault(file, ("rate",), "no [[rate]] step")
    changes = tuple((step["from"], step[names[0][0]]) for step in table["rate"])
    return names[0][0], DatedRate(title=table["title"], citation=table["citation"], changes=changes)


def _line_flag(table: Mapping[str, Any], file: str) -> LineFlag:
    """Which lines a file's rule is for."""
    if "flag" not in table or ("modifiers" in table) == ("places" in table):
        raise fault(file, (), "a rule for some lines needs `flag`, and either `modifiers` or `places`")
    return LineFlag(tuple(table.get("modifiers", ())), frozenset(table.get("places", ())))


def read_policy(folder: Path) -> Policy:
    """Read the rules from a folder laid out like data/policy. Raises ContractError naming file and key.

    A file that is no list (_LISTS) holds a dated rate. Whether a price is computed with it is checked by
    `analysis.pricing.prepare.refuse_unread`.
    """
    names = sorted({*_NEEDED, *(path.stem for path in folder.glob("*.toml"))})
    files = {name: f"{folder.name}/{name}.toml" for name in names}
    tables = {name: load(folder / f"{name}.toml", _form(name)) for name in names}
    dated = {name: _dated(tables[name], files[name]) for name in names if name not in _LISTS}
    owners({name: [column] for name, (column, _) in dated.items()}, folder.name)
    for_lines = [name for name in (*dated, _NOT_COVERED) if tables[name].keys() & _KEYS_OF_FLAG]
    flags = {name: _line_flag(tables[name], files[name]) for name in for_lines}
    owners({name: [tables[name]["flag"]] for name in for_lines}, folder.name)
    status, place_of_service = tables["status_codes"], tables["place_of_service"]
    return Policy(
        mppr_indicator=tables["mppr"]["indicator"],
        rates={column: rate for name, (column, rate) in dated.items() if name != _APART},
        line_flags={tables[name]["flag"]: flag for name, flag in flags.items()},
        participation=dated[_APART][1],
        therapy_modifiers=tuple(place_of_service["therapy_modifiers"]),
        distinct_modifiers=tuple(tables["distinct_service"]["modifiers"]),
        facility_places=frozenset(place_of_service["facility"]),
        row_modifiers=tuple(status["row_modifiers"]),
        payable=frozenset(status["payable"]),
        bundled=frozenset(status["bundled"]),
        status_reasons=status["reasons"],
    )


@cache
def load_policy() -> Policy:
    """Load the rules that ship with RevMix."""
    return read_policy(DATA / "policy")
