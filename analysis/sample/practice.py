"""The practice a sample is drawn from, read from data/samples/riverside_pt.toml.

The file's comments say what every figure means. Amounts are whole cents, rates percent, waits days.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from analysis.errors import BadInput
from analysis.system.paths import DATA

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

DISCIPLINES = ("PT", "OT", "SLP")
DISCIPLINE_MODIFIERS = ("GP", "GO", "GN")
ASSISTANT_MODIFIERS = ("CQ", "CO", "")


@dataclass(frozen=True, slots=True)
class Clinic:
    """A location: its real ZIP decides the Medicare locality. growth is percent more new patients a year."""

    name: str
    zip: str
    weight: int
    growth: int


@dataclass(frozen=True, slots=True)
class Shift:
    """Habits a clinician moves to, evenly, between two days."""

    start: date
    end: date
    habits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Clinician:
    """A therapist or assistant with the plans they use. caseload: weight among a clinic's new patients."""

    name: str
    discipline: str
    assistant: bool
    caseload: Mapping[str, int]
    assisted: int
    needless_59: int
    habits: Mapping[str, int]
    shift: Shift | None


@dataclass(frozen=True, slots=True)
class Bill:
    """What one visit bills: (code, units) in the order of the claim."""

    lines: tuple[tuple[str, int], ...]
    weight: int = 100


@dataclass(frozen=True, slots=True)
class Charge:
    """Charge in cents and minutes of one unit. timed: a 15-minute code; most: units a visit never passes."""

    cents: int
    minutes: int
    timed: bool
    most: int


@dataclass(frozen=True, slots=True)
class SampleContract:
    """How a payer arrives at its allowed amount.

    Attributes
    ----------
    kind:
        "medicare", "percent_of_medicare", "percent_of_charge" or "fees".
    percent, mppr:
        Of Medicare's amount or of the charge; whether MPPR applies to a percentage of Medicare.
    fees, other_percent:
        Cents a unit by code, and percent of charge for every other code.
    """

    kind: str
    percent: int
    mppr: bool
    fees: Mapping[str, int]
    other_percent: int


@dataclass(frozen=True, slots=True)
class Payer:
    """A payer with its contract, its speed and its refusals; see the comments in the data file."""

    name: str
    type: str
    weight: int
    visits: tuple[int, int]
    discipline: bool
    assistant: bool
    kx: bool
    stimulation: str
    answer: tuple[int, int]
    slower_from: date | None
    slower_answer: tuple[int, int]
    denied: tuple[float, float]
    contract: SampleContract
    visit_cap_cents: int | None
    underpaid_code: str
    underpaid_from: date | None
    underpaid_percent: int
    deductible_cents: Mapping[int, int]
    deductible_open: int
    coinsurance: int
    copay_cents: int
    secondary: int


@dataclass(frozen=True, slots=True)
class Practice:
    """Everything a sample is drawn from; `calendar`, `care`, `payments`, `dirt` are the file's tables as they are."""

    first_day: date
    last_day: date
    exported_on: date
    place_of_service: str
    lines_per_team: int
    lines_per_patient: float
    raised_on: date
    raised_percent: int
    calendar: Mapping[str, Any]
    care: Mapping[str, Any]
    payments: Mapping[str, Any]
    dirt: Mapping[str, Any]
    clinics: tuple[Clinic, ...]
    clinicians: tuple[Clinician, ...]
    plans: Mapping[str, Bill]
    evaluations: Mapping[str, tuple[Bill, ...]]
    reevaluations: Mapping[str, tuple[Bill, ...]]
    edits: frozenset[tuple[str, str]]
    charges: Mapping[str, Charge]
    payers: tuple[Payer, ...]


def _bill(texts: list[str], weight: int = 100) -> Bill:
    lines = []
    for text in texts:
        code, _, units = text.partition("x")
        lines.append((code, int(units or 1)))
    return Bill(tuple(lines), weight)


def _bills(table: Mapping[str, Any]) -> dict[str, tuple[Bill, ...]]:
    return {
        discipline: tuple(_bill(choice["bills"], choice["weight"]) for choice in choices)
        for discipline, choices in table.items()
    }


def _clinician(table: Mapping[str, Any]) -> Clinician:
    shift = table.get("shift")
    return Clinician(
        name=table["name"],
        discipline=table["discipline"],
        assistant=table.get("assistant", False),
        caseload=table["caseload"],
        assisted=table.get("assisted", 0),
        needless_59=table.get("needless_59", 0),
        habits=table["habits"],
        shift=Shift(shift["from"], shift["to"], shift["habits"]) if shift else None,
    )


def _contract(table: Mapping[str, Any]) -> SampleContract:
    return SampleContract(
        kind=table["kind"],
        percent=table.get("percent", 100),
        mppr=table.get("mppr", True),
        fees=table.get("fees", {}),
        other_percent=table.get("other_percent", 0),
    )


def _payer(table: Mapping[str, Any]) -> Payer:
    slower, underpaid = table.get("slower", {}), table.get("underpaid", {})
    deductible = table.get("deductible", {"cents": {}, "open": 0})
    return Payer(
        name=table["name"],
        type=table["type"],
        weight=table["weight"],
        visits=tuple(table["visits"]),
        discipline=table["discipline"],
        assistant=table.get("assistant", False),
        kx=table.get("kx", False),
        stimulation=table["stimulation"],
        answer=tuple(table["answer"]),
        slower_from=slower.get("from"),
        slower_answer=tuple(slower.get("answer", table["answer"])),
        denied=tuple(table["denied"]),
        contract=_contract(table["contract"]),
        visit_cap_cents=table.get("visit_cap_cents"),
        underpaid_code=underpaid.get("code", ""),
        underpaid_from=underpaid.get("from"),
        underpaid_percent=underpaid.get("percent", 100),
        deductible_cents={int(year): cents for year, cents in deductible["cents"].items()},
        deductible_open=deductible["open"],
        coinsurance=table.get("coinsurance", 0),
        copay_cents=table.get("copay_cents", 0),
        secondary=table.get("secondary", 0),
    )


def _charge(table: Mapping[str, Any]) -> Charge:
    return Charge(table["cents"], table["minutes"], table.get("timed", False), table.get("most", 1))


def read_practice(path: Path) -> Practice:
    """Read a practice. Raises BadInput where the file is no TOML or lacks a table that every practice has."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        head, charges = table["practice"], table["charges"]
        return Practice(
            **head,
            raised_on=charges["raised_on"],
            raised_percent=charges["raised_percent"],
            calendar=table["calendar"],
            care=table["care"],
            payments=table["payments"],
            dirt=table["dirt"],
            clinics=tuple(Clinic(**clinic) for clinic in table["clinics"]),
            clinicians=tuple(_clinician(clinician) for clinician in table["clinicians"]),
            plans={name: _bill(texts) for name, texts in table["plans"].items()},
            evaluations=_bills(table["evaluations"]),
            reevaluations=_bills(table["reevaluations"]),
            edits=frozenset((edit["column_1"], code) for edit in table["edits"] for code in edit["column_2"]),
            charges={code: _charge(charge) for code, charge in charges["codes"].items()},
            payers=tuple(_payer(payer) for payer in table["payers"]),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise BadInput(
            str(error),
            expected="the tables and keys of data/samples/riverside_pt.toml",
            todo="compare the practice file with that one",
            file=path.name,
        ) from error


@cache
def load_practice() -> Practice:
    """The sample clinic RevMix ships."""
    return read_practice(DATA / "samples" / "riverside_pt.toml")
