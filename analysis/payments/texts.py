"""Known payer mistakes and the sums of what is owed, in our own words: data/remittance/mistakes.toml and owed.toml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from analysis.system.toml_data import load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.system.toml_data import Form

OR = " or "
"""Between the names of mistakes that give the same cents."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A known mistake that makes an amount too low: its name for people, what happened, what to do."""

    label: str
    text: str
    todo: str


@cache
def mistakes() -> Mapping[str, Mistake]:
    """Map each name to its mistake, in the order in which they are told."""
    form = {"mistakes": {"*": {"label": str, "text": str, "todo": str}}}
    table = load("remittance/mistakes.toml", form)["mistakes"]
    return MappingProxyType({name: Mistake(**entry) for name, entry in table.items()})


@cache
def mistake(names: str) -> Mistake:
    """Return the mistake of a name, or of several that give the same cents: "fewer_units or earlier_schedule".

    >>> mistake("fewer_units or earlier_schedule").text
    "Two mistakes give this amount to the cent: either fewer units paid or last year's fee schedule."
    """
    entries = [mistakes()[name] for name in names.split(OR)]
    if len(entries) == 1:
        return entries[0]
    labels = [_within(entry.label) for entry in entries]
    number = {2: "Two", 3: "Three", 4: "Four"}.get(len(labels), "Several")
    text = f"{number} mistakes give this amount to the cent: either {OR.join(labels)}."
    todo = " ".join(dict.fromkeys(entry.todo for entry in entries))
    return Mistake(OR.join([entries[0].label, *labels[1:]]), text, todo)


def _within(label: str) -> str:
    """Return a label as it stands within a sentence; abbreviations keep their capitals."""
    return label if label[1:2].isupper() or label.startswith("Medicare") else label[0].lower() + label[1:]


@cache
def _owed() -> Mapping[str, Any]:
    form: Form = {
        "owed_by": {"*": {"label": str, "todo": str}},
        "overpaid": {
            "days": int,
            "payer_classes": [str],
            "citation": str,
            "verified_on": date,
            "todo": str,
            "todo_others": str,
        },
        "limits": [
            {
                "payer_class": str,
                "file_months": int,
                "file_citation": str,
                "appeal_days": int,
                "appeal_citation": str,
                "verified_on": date,
            }
        ],
    }
    return MappingProxyType(load("remittance/owed.toml", form))


def owed_by() -> Mapping[str, Mapping[str, str]]:
    """Map who owes a line (insurer, patient, either) to label and todo."""
    by: Mapping[str, Mapping[str, str]] = _owed()["owed_by"]
    return by


def overpaid() -> Mapping[str, Any]:
    """Return the rule about money paid too much: days, payer_classes, citation, todo, todo_others."""
    rule: Mapping[str, Any] = _owed()["overpaid"]
    return rule


def limits_by_law() -> Sequence[Mapping[str, Any]]:
    """Return the limits the law sets by payer class: file_months, appeal_days, with their citations."""
    limits: Sequence[Mapping[str, Any]] = _owed()["limits"]
    return limits
