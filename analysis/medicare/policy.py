"""Medicare's payment rules by date of service, read from data/policy/*.toml.

Every number is in a data file with its start date and citation; this module only finds the one in force. Rates are
whole basis points.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from analysis.errors import MissingRelease
from analysis.system.paths import DATA
from analysis.system.toml_data import fault, in_order, load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from analysis.system.toml_data import Form


@dataclass(frozen=True, slots=True)
class Rules:
    """The rates in force on one date of service, in basis points.

    Attributes
    ----------
    pe_reduction_bp:
        Part of the practice expense that MPPR takes off every unit after the first.
    patient_share_bp:
        Coinsurance: the patient's share of the allowed amount.
    assistant_share_bp:
        Part of Medicare's own share that is paid when an assistant furnished the service.
    sequestration_bp:
        Part cut from Medicare's payment.
    """

    pe_reduction_bp: int
    patient_share_bp: int
    assistant_share_bp: int
    sequestration_bp: int


RATES = tuple(field.name for field in fields(Rules))
"""The dated rates: the fee rows have a column for each, under the same name."""
_FILES = {
    "pe_reduction_bp": ("mppr", "practice_expense_reduction_bp"),
    "patient_share_bp": ("coinsurance", "patient_share_bp"),
    "assistant_share_bp": ("assistants", "medicare_share_bp"),
    "sequestration_bp": ("sequestration", "cut_bp"),
}
"""Where each stands: the file of data/policy, and what the file calls it."""
_HEAD: dict[str, Form] = {"title": str, "citation": str, "verified_on": date}
_BESIDE: Mapping[str, dict[str, Form]] = {
    "assistants": {"modifiers": [str]},
    "distinct_service": {"modifiers": [str]},
    "mppr": {"indicator": str},
    "place_of_service": {"facility": [str], "therapy_modifiers": [str]},
    "status_codes": {"payable": [str], "bundled": [str], "row_modifiers": [str], "reasons": {"*": str}},
}
"""What files hold besides rates, or in their place."""
_DATED = dict((*_FILES.values(), ("participation", "share_bp")))
_FORMS: Mapping[str, Form] = {
    file: _HEAD | ({"rate": [{"from": date, _DATED[file]: int}]} if file in _DATED else {}) | _BESIDE.get(file, {})
    for file in (*_DATED, *(file for file in _BESIDE if file not in _DATED))
}
"""What each file of data/policy holds."""


@dataclass(frozen=True, slots=True)
class DatedRate:
    """One rate as it changed over time: the values with the first date of service each holds for, oldest first."""

    title: str
    citation: str
    steps: tuple[tuple[date, int], ...]

    def on(self, day: date) -> int:
        """Return the rate in force on a date. Raises MissingRelease before the first one."""
        in_force = [value for start, value in self.steps if start <= day]
        if not in_force:
            raise MissingRelease(f"{self.title}: no rate for {day}; the first rate starts on {self.steps[0][0]}")
        return in_force[-1]


@dataclass(frozen=True, slots=True)
class Policy:
    """All payment rules that RevMix prices by.

    Attributes
    ----------
    rates:
        The dated rates, by the name they have in RATES.
    mppr_indicator:
        The fee schedule's multiple-procedure indicator that marks a code as subject to therapy MPPR.
    participation:
        Part of the schedule that a clinic is paid if it does not participate in Medicare.
    assistant_modifiers, therapy_modifiers:
        CQ and CO; GP, GO and GN.
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
    participation: DatedRate
    assistant_modifiers: tuple[str, ...]
    therapy_modifiers: tuple[str, ...]
    distinct_modifiers: tuple[str, ...]
    facility_places: frozenset[str]
    row_modifiers: tuple[str, ...]
    payable: frozenset[str]
    bundled: frozenset[str]
    status_reasons: Mapping[str, str]

    def on(self, day: date) -> Rules:
        """The rates in force on a date of service."""
        return Rules(**{name: rate.on(day) for name, rate in self.rates.items()})

    def change_dates(self) -> tuple[date, ...]:
        """Every date on which any rate changes, in order."""
        return tuple(sorted({start for rate in self.rates.values() for start, _ in rate.steps}))


def _dated(table: Mapping[str, Any], value: str) -> DatedRate:
    steps = tuple((step["from"], step[value]) for step in table["rate"])
    return DatedRate(title=table["title"], citation=table["citation"], steps=steps)


def read_policy(folder: Path) -> Policy:
    """Read the rules from a folder laid out like data/policy. Raises ContractError naming file and key."""
    for path in folder.glob("*.toml"):
        if path.stem not in _FORMS:
            raise fault(f"{folder.name}/{path.name}", (), "a rule nobody knows")
    tables = {name: load(folder / f"{name}.toml", form) for name, form in _FORMS.items()}
    for name, table in tables.items():
        in_order((step["from"] for step in table.get("rate", ())), f"{folder.name}/{name}.toml", "rate")
    status, place = tables["status_codes"], tables["place_of_service"]
    return Policy(
        mppr_indicator=tables["mppr"]["indicator"],
        rates={name: _dated(tables[file], key) for name, (file, key) in _FILES.items()},
        participation=_dated(tables["participation"], "share_bp"),
        assistant_modifiers=tuple(tables["assistants"]["modifiers"]),
        therapy_modifiers=tuple(place["therapy_modifiers"]),
        distinct_modifiers=tuple(tables["distinct_service"]["modifiers"]),
        facility_places=frozenset(place["facility"]),
        row_modifiers=tuple(status["row_modifiers"]),
        payable=frozenset(status["payable"]),
        bundled=frozenset(status["bundled"]),
        status_reasons=status["reasons"],
    )


@cache
def load_policy() -> Policy:
    """Load the rules that ship with RevMix."""
    return read_policy(DATA / "policy")
