"""What the audit knows beside fee schedules and edits: its rules' words, limits, thresholds and lists of codes.

Read from data/audit; every file gives its sources and the day they were looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Literal

from analysis.lines.billing_line import OPTIONAL, PayerClass
from analysis.system.toml_data import fault, in_order, load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.system.toml_data import Form

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""Not payable as billed; likely wrong; a question that may well be answered."""
_NEEDS = (*OPTIONAL, "modifiers")
_RULES: Form = {
    "verified_on": date,
    "rule": {"*": {"title": str, "severity": str, "needs": [str], "source": str, "todo": str}},
}
_LIMITS: Form = {"verified_on": date, "*": {"reason": str, "*": (int, float)}}
_THRESHOLDS: Form = {
    "title": str,
    "citation": str,
    "verified_on": date,
    "pool": {"*": [str]},
    "rate": [{"from": date, "threshold_cents": int}],
}
_CODES: Form = {
    "verified_on": date,
    "discipline": {"*": [str]},
    "sometimes": {"codes": [str]},
    "always": {"codes": [str]},
    "addon": [{"code": str, "primary": [str], "within?": str}],
    "ended": [{"code": str, "last": date, "instead": str}],
    "together": {"*": str},
    "other_clock": {"codes": [str]},
    "evaluation": {"*": [str]},
    "unsettled": {"from": date, "to": date, "pairs": [str]},
}
_PAYERS: Form = {"verified_on": date, "medicare": [str], "eight_minute": [str], "source": str}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its stable name, what it is called, how certain it is, what it rests on, and what to do.

    Attributes
    ----------
    needs:
        Columns an export may lack; without them the rule cannot run.
    """

    name: str
    title: str
    severity: Severity
    needs: tuple[str, ...]
    source: str
    todo: str


@dataclass(frozen=True, slots=True)
class AddOn:
    """An add-on code and the codes it is added to, on one day or in one calendar month."""

    code: str
    primary: tuple[str, ...]
    in_month: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """A code that ended: its last day of service, and what is billed instead."""

    code: str
    last: date
    instead: str


@dataclass(frozen=True, slots=True)
class Codes:
    """Lists of codes.

    Attributes
    ----------
    modifier_of:
        Codes of one discipline and their only plan-of-care modifier.
    sometimes, always:
        Therapy only under a plan of care; always therapy, though the fee schedule does not mark it.
    together:
        A code whose minutes count with those of another one.
    other_clock:
        Quarter-hour codes whose minutes do not count with those of the others.
    kind_of_evaluation:
        Initial evaluations and their kind.
    unsettled:
        Pairs whose edits came and went from the first to the last of these days.
    """

    modifier_of: Mapping[str, str]
    sometimes: tuple[str, ...]
    always: tuple[str, ...]
    add_ons: tuple[AddOn, ...]
    ended: tuple[Ended, ...]
    together: Mapping[str, str]
    other_clock: tuple[str, ...]
    kind_of_evaluation: Mapping[str, str]
    unsettled: tuple[tuple[str, str], ...]
    unsettled_days: tuple[date, date]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The KX threshold of each year, in cents, and the modifiers that count to each pool."""

    citation: str
    pools: Mapping[str, tuple[str, ...]]
    cents_of_year: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class PayerRules:
    """Payer classes that follow Medicare's edits and modifiers, and those that count units by the 8-minute rule."""

    medicare: tuple[str, ...]
    eight_minute: tuple[str, ...]


@cache
def rules() -> Mapping[str, Rule]:
    """Return every rule by name, in the order shown."""
    file = "audit/rules.toml"
    entries = load(file, _RULES)["rule"]
    for name, entry in entries.items():
        if entry["severity"] not in SEVERITIES:
            raise fault(
                file, ("rule", name, "severity"), f"{entry['severity']!r}; it is one of {', '.join(SEVERITIES)}"
            )
        if unknown := [field for field in entry["needs"] if field not in _NEEDS]:
            raise fault(file, ("rule", name, "needs"), f"{unknown[0]!r} is no column that an export may lack")
    return {
        name: Rule(name, row["title"], row["severity"], tuple(row["needs"]), row["source"], row["todo"])
        for name, row in entries.items()
    }


@cache
def limits() -> Mapping[str, Mapping[str, int | float]]:
    """Return the limits that are our own choice, by what they are for."""
    table = load("audit/limits.toml", _LIMITS)
    return {name: limit for name, limit in table.items() if isinstance(limit, dict)}


@cache
def thresholds() -> Thresholds:
    """Return the KX thresholds."""
    file = "audit/thresholds.toml"
    table = load(file, _THRESHOLDS)
    in_order((step["from"] for step in table["rate"]), file, "rate")
    return Thresholds(
        table["citation"],
        {name: tuple(modifiers) for name, modifiers in table["pool"].items()},
        {step["from"].year: step["threshold_cents"] for step in table["rate"]},
    )


@cache
def codes() -> Codes:
    """Return the lists of codes."""
    file = "audit/codes.toml"
    table = load(file, _CODES)
    pairs = [tuple(text.split()) for text in table["unsettled"]["pairs"]]
    for pair in pairs:
        if len(pair) != 2:  # noqa: PLR2004  a pair
            raise fault(file, ("unsettled", "pairs"), f"{' '.join(pair)!r} is not two codes")
    for entry in table["addon"]:
        if entry.get("within", "day") not in ("day", "month"):
            raise fault(file, ("addon", entry["code"], "within"), f"{entry['within']!r}; it is day or month")
    return Codes(
        modifier_of={code: modifier for modifier, of in table["discipline"].items() for code in of},
        sometimes=tuple(table["sometimes"]["codes"]),
        always=tuple(table["always"]["codes"]),
        add_ons=tuple(
            AddOn(row["code"], tuple(row["primary"]), row.get("within") == "month") for row in table["addon"]
        ),
        ended=tuple(Ended(row["code"], row["last"], row["instead"]) for row in table["ended"]),
        together=table["together"],
        other_clock=tuple(table["other_clock"]["codes"]),
        kind_of_evaluation={code: kind for kind, of in table["evaluation"].items() for code in of},
        unsettled=tuple((first, second) for first, second in pairs),
        unsettled_days=(table["unsettled"]["from"], table["unsettled"]["to"]),
    )


@cache
def payer_rules() -> PayerRules:
    """Return which classes of payers follow which rules."""
    file = "audit/payers.toml"
    table = load(file, _PAYERS)
    for key in ("medicare", "eight_minute"):
        if unknown := set(table[key]) - set(PayerClass):
            raise fault(file, (key,), f"{min(unknown)!r} is no payer class")
    return PayerRules(tuple(table["medicare"]), tuple(table["eight_minute"]))
