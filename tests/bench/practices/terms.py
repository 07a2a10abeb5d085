"""The terms of a payer's contract as RevMix writes them, and what they pay: plain Python, on its own.

Nothing here is taken from the app: the discoverer is judged by this reading of the terms.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[3]
EVALUATIONS = frozenset(tomllib.loads((ROOT / "data" / "evaluations.toml").read_text("utf-8"))["codes"])
THOUSANDTHS = 100_000
"""100 % in the thousandths of a percent that percentages are kept in."""
HALF = 50


class Fee(NamedTuple):
    """Medicare's amounts of one line: cents of a unit in full and reduced, units paid in full, whether MPPR applies.

    `full` is None where Medicare sets no amount.
    """

    full: int | None
    reduced: int
    full_units: int
    mppr: bool


@dataclass(slots=True)
class Line:
    """One line of a visit; `at` is its place among all lines of the practice."""

    at: int
    code: str
    units: int
    charge: int
    assistant: bool
    discipline: str


@dataclass(slots=True)
class Visit:
    """One patient-day of one payer."""

    key: int
    patient: int
    day: date
    clinic: str
    therapist: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a payer pays: money in cents, percentages in thousandths of a percent."""

    basis: str
    percent: int = 0
    mppr: str = "yes"
    year: int | None = None
    carve: Mapping[str, int] = field(default_factory=dict)
    fees: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    visit: int = 0
    evaluation: int | None = None
    lesser: bool = False
    assistants: int = THOUSANDTHS
    cap: int | None = None
    floor: int | None = None
    other: int | None = None

    def __str__(self) -> str:
        parts = []
        if self.basis == "percent_of_medicare":
            parts += [f"percent={_percent(self.percent)}", f"mppr={self.mppr}", f"year={self.year or 'follow'}"]
        if self.basis == "percent_of_charge":
            parts.append(f"percent={_percent(self.percent)}")
        if self.carve:
            parts.append("carve=" + ",".join(f"{code}:{_money(fee)}" for code, fee in self.carve.items()))
        if self.fees:
            parts.append("fees=" + ",".join(_fee(code, *fee) for code, fee in self.fees.items()))
        if self.basis == "per_visit":
            parts.append(f"visit={_money(self.visit)}")
        optional = {"evaluation": self.evaluation, "cap": self.cap, "floor": self.floor}
        parts += [f"{name}={_money(cents)}" for name, cents in optional.items() if cents is not None]
        parts += ["lesser=yes"] * self.lesser
        parts += [f"assistants={_percent(self.assistants)}"] * (self.assistants != THOUSANDTHS)
        parts += [] if self.other is None else [f"other={_percent(self.other)}%charge"]
        return "; ".join(parts)


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _percent(thousandths: int) -> str:
    return f"{Decimal(thousandths) / 1000:.3f}".rstrip("0").rstrip(".")


def _fee(code: str, first: int, further: int) -> str:
    return f"{code}:{_money(first)}" + (f"/{_money(further)}" if further != first else "")


def _cents(text: str) -> int:
    return int(Decimal(text) * 100)


def _thousandths(text: str) -> int:
    return int(Decimal(text.removesuffix("%charge").removesuffix("%")) * 1000)


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(code.strip(), fee.strip()) for code, _, fee in (pair.partition(":") for pair in text.split(","))]


def _both(text: str) -> tuple[int, int]:
    first, _, further = text.partition("/")
    return _cents(first), _cents(further or first)


_READ: dict[str, Callable[[str], object]] = {
    "percent": _thousandths,
    "mppr": str,
    "year": lambda text: None if text == "follow" else int(text),
    "carve": lambda text: {code: _cents(fee) for code, fee in _pairs(text)},
    "fees": lambda text: {code: _both(fee) for code, fee in _pairs(text)},
    "visit": _cents,
    "evaluation": _cents,
    "lesser": lambda text: text == "yes",
    "assistants": _thousandths,
    "cap": _cents,
    "floor": _cents,
    "other": _thousandths,
}


def parse(basis: str, text: str) -> Terms:
    """Read terms as the issue writes them.

    Raises
    ------
    KeyError, ValueError, ArithmeticError
        For terms it does not know.
    """
    said = [part.partition("=") for part in text.split(";") if part.strip()]
    values: dict[str, Any] = {name.strip(): _READ[name.strip()](value.strip()) for name, _, value in said}
    return Terms(basis, **values)


def share(amount: int, thousandths: int) -> int:
    """Return a percentage of cents, half-up."""
    return (2 * amount * thousandths + THOUSANDTHS) // (2 * THOUSANDTHS)


def _rounded(parts: Sequence[tuple[int, int, int]], percent: int, *, per_unit: bool) -> int:
    """Return the percentage of (units, cents of a unit, share of it in percent), rounded per unit or per line."""
    whole = 100 * THOUSANDTHS
    amounts = [(units, cents * of * percent) for units, cents, of in parts]
    if per_unit:
        return sum(units * ((2 * amount + whole) // (2 * whole)) for units, amount in amounts)
    return (2 * sum(units * amount for units, amount in amounts) + whole) // (2 * whole)


def _first_by_fee(visit: Visit, fees: Sequence[Fee]) -> int:
    """Return the line whose first unit stays whole where further units are paid at half: the highest fee's."""
    ranked = [(fees[line.at].full or 0, -line.at) for line in visit.lines if fees[line.at].mppr]
    return -max(ranked)[1] if ranked else -1


def _of_medicare(terms: Terms, line: Line, fee: Fee, first: int, *, per_unit: bool) -> int | None:
    if fee.full is None:
        return None
    if terms.mppr == "no" or not fee.mppr:
        parts = [(line.units, fee.full, 100)]
    elif terms.mppr == "half":
        whole = int(line.at == first)
        parts = [(whole, fee.full, 100), (line.units - whole, fee.full, HALF)]
    else:
        parts = [(fee.full_units, fee.full, 100), (line.units - fee.full_units, fee.reduced, 100)]
    return _rounded(parts, terms.percent, per_unit=per_unit)


def line_amounts(
    terms: Terms, visit: Visit, fees: Sequence[Fee], *, per_unit: bool = False, lesser_last: bool = False
) -> list[int]:
    """Return the cents of each line before a floor or cap; `lesser_last`: the charge limits the assistant's amount."""
    amounts = []
    first = _first_by_fee(visit, fees) if terms.mppr == "half" else -1
    for line in visit.lines:
        owed: int | None = None
        if line.code in terms.carve:
            owed = terms.carve[line.code] * line.units
        elif terms.basis == "percent_of_medicare":
            owed = _of_medicare(terms, line, fees[line.at], first, per_unit=per_unit)
        elif terms.basis == "percent_of_charge":
            owed = share(line.charge, terms.percent)
        elif line.code in terms.fees:
            one, further = terms.fees[line.code]
            owed = one + further * (line.units - 1)
        if owed is None:
            owed = share(line.charge, terms.other or 0)
        cut = terms.assistants if line.assistant else THOUSANDTHS
        if terms.lesser and not lesser_last:
            owed = min(owed, line.charge)
        owed = share(owed, cut)
        amounts.append(min(owed, line.charge) if terms.lesser else owed)
    return amounts


def pays(terms: Terms, visit: Visit, fees: Sequence[Fee], *, per_unit: bool = False, lesser_last: bool = False) -> int:
    """Return the cents the terms pay for a visit; `fees` is Medicare's for every line, of the terms' year."""
    charges = sum(line.charge for line in visit.lines)
    if terms.basis == "per_visit":
        evaluated = terms.evaluation is not None and any(line.code in EVALUATIONS for line in visit.lines)
        owed = terms.evaluation if evaluated and terms.evaluation is not None else terms.visit
    else:
        owed = sum(line_amounts(terms, visit, fees, per_unit=per_unit, lesser_last=lesser_last))
    owed = max(owed, terms.floor or 0)
    if terms.cap is not None:
        owed = min(owed, terms.cap)
    return min(owed, charges) if terms.lesser else owed
