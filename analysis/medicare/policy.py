"""Medicare's payment rules by date of service, read from data/policy/*.toml.

Every number lives in a data file with the date from which it holds and its citation; this module only finds the one in
force. Rates are whole basis points.
"""

from __future__ import annotations

from dataclasses import dataclass
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

_HEAD: dict[str, Form] = {"title": str, "citation": str, "verified_on": date}


def _dated(value: str) -> dict[str, Form]:
    return _HEAD | {"rate": [{"from": date, value: int}]}


_FORMS: Mapping[str, Form] = {
    "assistants": _dated("medicare_share_bp") | {"modifiers": [str]},
    "coinsurance": _dated("patient_share_bp"),
    "distinct_service": _HEAD | {"modifiers": [str]},
    "mppr": _dated("practice_expense_reduction_bp") | {"indicator": str},
    "participation": _dated("share_bp"),
    "place_of_service": _HEAD | {"facility": [str], "therapy_modifiers": [str]},
    "sequestration": _dated("cut_bp"),
    "status_codes": _HEAD | {"payable": [str], "bundled": [str], "row_modifiers": [str], "reasons": {"*": str}},
}
"""What each file of data/policy holds."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rates in force on one date of service, in basis points.

    Attributes
    ----------
    pe_reduction_bp:
        Part of the practice expense MPPR takes off every unit after the first.
    patient_share_bp:
        Coinsurance: the patient's part of the allowed amount.
    assistant_share_bp:
        Part of Medicare's own share that is paid when an assistant furnished the service.
    sequestration_bp:
        Part cut from Medicare's payment.
    """

    pe_reduction_bp: int
    patient_share_bp: int
    assistant_share_bp: int
    sequestration_bp: int


@dataclass(frozen=True, slots=True)
class Steps:
    """One rate as it changed over time: the values with the first date of service each holds for, oldest first."""

    title: str
    citation: str
    steps: tuple[tuple[date, int], ...]

    def on(self, day: date) -> int:
        """The rate in force on a day. Raises MissingRelease before the first step."""
        in_force = [value for start, value in self.steps if start <= day]
        if not in_force:
            raise MissingRelease(f"{self.title}: no rate for {day}; the first one is from {self.steps[0][0]}")
        return in_force[-1]


@dataclass(frozen=True, slots=True)
class Policy:
    """All payment rules RevMix prices by.

    Attributes
    ----------
    mppr_indicator:
        The multiple-procedure indicator of the fee schedule that marks a code as subject to therapy MPPR.
    participation:
        Part of the schedule that a clinic is paid by when it does not participate in Medicare.
    assistant_modifiers, therapy_modifiers:
        CQ and CO; GP, GO and GN.
    distinct_modifiers:
        Modifiers that say a service was separate from another of the day.
    facility_places:
        Places of service in which a code that is not therapy is paid with the facility practice expense.
    row_modifiers:
        Modifiers that have rows of their own in the fee schedule; the first of a line's picks its row.
    payable, bundled:
        Status codes of the fee schedule that are paid from RVUs, and that never pay on their own.
    status_reasons:
        Why a code of any other status has no amount.
    """

    mppr_indicator: str
    mppr: Steps
    coinsurance: Steps
    assistants: Steps
    sequestration: Steps
    participation: Steps
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
        return Rules(
            pe_reduction_bp=self.mppr.on(day),
            patient_share_bp=self.coinsurance.on(day),
            assistant_share_bp=self.assistants.on(day),
            sequestration_bp=self.sequestration.on(day),
        )

    def change_dates(self) -> tuple[date, ...]:
        """Every date on which any rate changes, in order."""
        rates = (self.mppr, self.coinsurance, self.assistants, self.sequestration)
        return tuple(sorted({start for rate in rates for start, _ in rate.steps}))


def _steps(table: Mapping[str, Any], value: str) -> Steps:
    steps = tuple((step["from"], step[value]) for step in table["rate"])
    return Steps(title=table["title"], citation=table["citation"], steps=steps)


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
        mppr=_steps(tables["mppr"], "practice_expense_reduction_bp"),
        coinsurance=_steps(tables["coinsurance"], "patient_share_bp"),
        assistants=_steps(tables["assistants"], "medicare_share_bp"),
        sequestration=_steps(tables["sequestration"], "cut_bp"),
        participation=_steps(tables["participation"], "share_bp"),
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
    """The rules RevMix ships."""
    return read_policy(DATA / "policy")
