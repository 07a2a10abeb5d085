"""How a payer's payments stand on the lines of an export, and the dirt among them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from analysis.lines.billing_line import PayerClass, Status
from tests.bench.practices.medicare import row_of
from tests.bench.practices.terms import Visit, line_amounts, pays, share

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from datetime import date

    from tests.bench.practices.terms import Fee, Line, Terms

SEQUESTERED = (PayerClass.MEDICARE, PayerClass.MEDICARE_ADVANTAGE)
COLUMNS = ("allowed", "payments", "payments and reasons", "adjustment")
"""What the export holds: an allowed amount and payments; payments and adjustment; those with CARCs; adjustment only."""
_COPAYS = (0, 0, 20_00, 25_00, 30_00)


@dataclass(slots=True)
class Manner:
    """How a payer answers: where a visit's amount stands, how it rounds, how often lines are odd, denied or open."""

    draw: random.Random
    spellings: list[str]
    payer_class: PayerClass
    stands: str = "first"
    per_unit: bool = False
    odd: float = 0.0
    denied_visits: float = 0.0
    denied: float = 0.0
    missing: float = 0.0
    unanswered: float = 0.0
    open_since: date | None = None
    open_as_zero: bool = False
    copay: int = 0
    coinsurance: int = 0
    unpaid: float = 0.0
    never: set[str] = field(default_factory=set)

    @property
    def sequestered(self) -> bool:
        return self.payer_class in SEQUESTERED


def draw_manner(draw: random.Random, spellings: list[str], payer_class: PayerClass, last: date) -> Manner:
    """Draw how a payer answers."""
    odd = draw.choices((0.0, draw.uniform(0, 0.05), draw.uniform(0.05, 0.2)), (25, 45, 30))[0]
    return Manner(
        draw,
        spellings,
        payer_class,
        stands=draw.choice(("first", "met", "spread")),
        per_unit=draw.random() < 0.3,
        odd=odd,
        denied_visits=draw.uniform(0, 0.06),
        denied=draw.uniform(0, 0.03),
        missing=draw.choice((0.0, 0.0, 0.01, 0.02)),
        unanswered=draw.uniform(0, 0.03),
        open_since=last - timedelta(days=draw.randint(5, 45)),
        open_as_zero=draw.random() < 0.5,
        copay=draw.choice(_COPAYS),
        coinsurance=draw.choice((0, 10_000, 20_000)),
        unpaid=draw.choice((0.05, 0.15, 0.5)),
    )


def standing(terms: Terms, visit: Visit, fees: Sequence[Fee], manner: Manner) -> list[int]:
    """Return the allowed cents of each line of a visit: the visit's amount as this payer writes it on lines."""
    total = pays(terms, visit, fees, per_unit=manner.per_unit)
    charges = [line.charge for line in visit.lines]
    if terms.basis == "per_visit":
        amounts = charges
    else:
        amounts = line_amounts(terms, visit, fees, per_unit=manner.per_unit)
        if sum(amounts) == total:
            return amounts
    if manner.stands == "first":
        return [total] + [0] * (len(charges) - 1)
    if manner.stands == "spread":
        parts = [total * charge // sum(charges) for charge in charges]
        return [*parts[:-1], total - sum(parts[:-1])]
    left, met = total, []
    for amount in amounts:
        met.append(min(amount, left))
        left -= met[-1]
    return [*met[:-1], met[-1] + left]


def _misplace(visit: Visit, amounts: list[int], terms: Terms, fees: Sequence[Fee], draw: random.Random) -> bool:
    """Give the full unit to another line than the one it is due to, if the terms have one; tell whether it moved."""
    if terms.basis != "percent_of_medicare" or terms.mppr != "yes":
        return False
    under = [at for at, line in enumerate(visit.lines) if fees[line.at].mppr]
    top = [at for at in under if fees[visit.lines[at].at].full_units and amounts[at]]
    others = [at for at in under if at not in top and amounts[at]]
    if not top or not others:
        return False
    for at, sign in ((top[0], -1), (draw.choice(others), 1)):
        fee = fees[visit.lines[at].at]
        amounts[at] = max(1, amounts[at] + sign * share((fee.full or 0) - fee.reduced, terms.percent))
    return True


def _odd(amount: int, line: Line, draw: random.Random) -> int:
    """Return an odd amount: typed, of one unit fewer, or with two digits changed about."""
    how = draw.random()
    digits = list(str(amount))
    if how < 0.4 and line.units > 1:
        return amount * (line.units - 1) // line.units
    if how < 0.7 and len(digits) > 2:
        at = draw.randrange(len(digits) - 1)
        digits[at], digits[at + 1] = digits[at + 1], digits[at]
        return int("".join(digits)) or amount
    return max(1, round(amount * draw.uniform(0.5, 1.4)))


def dirty(visit: Visit, terms: Terms, fees: Sequence[Fee], manner: Manner) -> list[tuple[Line, int]]:
    """Return the lines that are paid and their allowed cents, as the payer writes them, odd lines among them."""
    draw, amounts = manner.draw, standing(terms, visit, fees, manner)
    if draw.random() < manner.odd / 2 and _misplace(visit, amounts, terms, fees, draw):
        return list(zip(visit.lines, amounts, strict=True))
    odd = [
        _odd(a, line, draw) if a and draw.random() < manner.odd else a
        for line, a in zip(visit.lines, amounts, strict=True)
    ]
    return list(zip(visit.lines, odd, strict=True))


def answered(
    visit: Visit, terms: Terms | None, fees: Sequence[Fee], manner: Manner, columns: str
) -> list[dict[str, Any]]:
    """Return the visit's rows of the export; without terms every line is negotiated by itself."""
    draw = manner.draw
    late = manner.open_since is not None and visit.day >= manner.open_since and draw.random() < 0.6
    paid_on = visit.day + timedelta(days=draw.randint(10, 40))
    refused = draw.random() < manner.denied_visits
    denied = [refused or draw.random() < manner.denied or line.code in manner.never for line in visit.lines]
    decided = Visit(visit.key, visit.patient, visit.day, visit.clinic, visit.therapist, [])
    decided.lines = [line for line, no in zip(visit.lines, denied, strict=True) if not no]
    if terms is None:
        amounts = [(line, share(line.charge, draw.randint(30_000, 85_000))) for line in decided.lines]
    else:
        amounts = dirty(decided, terms, fees, manner) if decided.lines else []
    allowed = {line.at: cents for line, cents in amounts}
    spelling = draw.choice(manner.spellings)
    copay, unpaid, rows = manner.copay, draw.random() < manner.unpaid, []
    for line in visit.lines:
        row = row_of(visit, line) | {"payer": spelling, "payer_class": manner.payer_class.value}
        if late or draw.random() < manner.unanswered:
            row |= _open(manner, columns)
        elif line.at not in allowed:
            row |= _denied(line, paid_on, draw, columns)
        else:
            due = min(allowed[line.at], share(allowed[line.at], manner.coinsurance) if not manner.copay else copay)
            copay -= due if manner.copay else 0
            row |= _paid(line, allowed[line.at], due, manner, columns) | {"paid_on": paid_on}
            row |= {"patient_paid_cents": 0} if unpaid and columns != "adjustment" else {}
        if draw.random() >= manner.missing:
            rows.append(_with_total(row, columns))
    return rows


def _with_total(row: dict[str, Any], columns: str) -> dict[str, Any]:
    """Add what insurers and patient paid together, and take out what the export does not have."""
    if columns == "adjustment":
        return row | {"paid_on": None}
    if row.get("insurance_paid_cents") is None:
        return row
    return row | {"paid_cents": row["insurance_paid_cents"] + row["patient_paid_cents"]}


def _open(manner: Manner, columns: str) -> dict[str, Any]:
    if not manner.open_as_zero:
        return {}
    zero = {"insurance_paid_cents": 0, "patient_paid_cents": 0, "adjustment_cents": 0}
    if columns == "adjustment":
        return {"adjustment_cents": 0}
    return zero | ({"allowed_cents": 0} if columns == "allowed" else {})


def _denied(line: Line, paid_on: date, draw: random.Random, columns: str) -> dict[str, Any]:
    bundled = line.code == "97010"
    found: dict[str, Any] = {"status": (Status.BUNDLED if bundled else Status.DENIED).value, "paid_on": paid_on}
    if columns == "adjustment":
        return found | {"adjustment_cents": line.charge}
    reason = "CO-97" if bundled else draw.choice(("CO-197", "CO-16", "CO-29", "CO-50", "CO-96"))
    found |= {"insurance_paid_cents": 0, "patient_paid_cents": 0, "adjustment_cents": draw.choice((0, line.charge))}
    found |= {"adjustment_reasons": reason}
    return found | ({"allowed_cents": 0} if columns == "allowed" else {})


def _paid(line: Line, allowed: int, due: int, manner: Manner, columns: str) -> dict[str, Any]:
    cut = share(allowed - due, 2000) if manner.sequestered else 0
    adjustment = line.charge - allowed + cut
    if columns == "adjustment":
        return {"adjustment_cents": adjustment}
    found: dict[str, Any] = {"insurance_paid_cents": allowed - due - cut, "patient_paid_cents": due}
    found |= {"adjustment_cents": adjustment}
    if columns != "payments":
        found |= {"adjustment_reasons": "CO-45 CO-253" if cut else "CO-45"}
    return found | ({"allowed_cents": allowed} if columns == "allowed" else {})
