"""A second opinion on what each payer pays before and after a scenario: slow, plain Python, one visit at a time.

Written from docs/what-if.md and from nothing in `analysis`; Medicare's amounts and the futures of a visit come from the
second opinion on scenarios (tests/whatif/scenarios/reference.py). A contract is the table of its TOML file.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

from tests.pricing.reference import by_assistant, covered, payer_of
from tests.whatif.scenarios.reference import Placed, World, futures, median_charges, meets, price

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.pricing.reference import Amounts, Line
    from tests.whatif.scenarios.reference import Entry

Tables = dict[str, Any]
Payer = tuple[str | None, str | None]
EVALUATIONS = {"97161", "97162", "97163", "97165", "97166", "97167", "92521", "92522", "92523", "92524", "92610"}
"""Initial evaluations, of which the random lines bill 97161."""
_MILLIONTHS = 100_000_000
"""A dollar, in millionths of a cent."""


def half_up(value: Fraction, parts: int = 100) -> Fraction:
    """Round dollars half-up, to the cent unless another part of a dollar is given."""
    return Fraction((2 * value * parts + 1) // 2, parts)


# ----------------------------------------------------------------------------------------------------------- one line
def pay_line(contract: Tables, line: Line, medicare: Amounts | None) -> Fraction | None:
    """What a contract pays for a line before any limit of the day; None where it gives no amount."""
    if contract["basis"] == "visit":
        return Fraction(0)  # by the day
    if not covered(line):
        return None
    if line.charge == 0:
        return Fraction(0)
    amount = _by_terms(contract, line, medicare)
    if amount is None:
        return None
    if "assistants" in contract and by_assistant(line):
        amount = half_up(amount * Fraction(contract["assistants"]))
    if contract.get("lesser", contract["basis"] == "medicare") and line.charge is not None:
        amount = min(amount, Fraction(line.charge))
    return amount


def _by_terms(contract: Tables, line: Line, medicare: Amounts | None) -> Fraction | None:
    fees = contract.get("fees", {})
    if line.code in fees:
        further = contract.get("further_fees", {}).get(line.code, fees[line.code])
        return Fraction(fees[line.code]) + (line.units - 1) * Fraction(further)
    if contract["basis"] == "medicare" and medicare is not None:
        percent = Fraction(contract["percent"])
        if "further_units" in contract:
            further_units = line.units - medicare.full_units
            part = Fraction(medicare.full_units) + further_units * Fraction(contract["further_units"])
            return half_up(Fraction(medicare.listed) * part / line.units * percent)
        return half_up(Fraction(medicare.scheduled if contract.get("mppr", True) else medicare.listed) * percent)
    share = contract["percent"] if contract["basis"] == "charges" else contract.get("other")
    if share is None or line.charge is None:
        return None
    return half_up(Fraction(line.charge) * Fraction(share))


# ---------------------------------------------------------------------------------------------------------- one payer
def pay_day(contract: Tables | None, lines: Sequence[tuple[Line, Fraction]]) -> Fraction:
    """What a payer pays for its lines of one patient-day, given what it pays line by line."""
    total = sum((paid for _, paid in lines), Fraction(0))
    if contract is None or not lines:
        return total
    if contract["basis"] == "visit":
        total = _rate(contract, [line for line, _ in lines])
    if "visit_floor" in contract:
        total = max(total, Fraction(contract["visit_floor"]))
    if "visit_cap" in contract:
        total = min(total, Fraction(contract["visit_cap"]))
    return total


def _rate(contract: Tables, lines: Sequence[Line]) -> Fraction:
    rate = Fraction(contract["visit"])
    if "evaluation" in contract and any(line.code in EVALUATIONS for line in lines):
        rate = Fraction(contract["evaluation"])
    if "assistants" in contract and any(by_assistant(line) for line in lines):
        rate = half_up(rate * Fraction(contract["assistants"]))
    charges = [line.charge for line in lines]
    if contract.get("lesser") and None not in charges:
        rate = min(rate, sum((Fraction(charge) for charge in charges if charge is not None), Fraction(0)))
    return rate


class Prices:
    """Prices visits by contract; a contract with a year or locality of its own has Medicare's amounts of it."""

    def __init__(self, tables: Tables, contracts: Mapping[str, Tables | None]) -> None:
        self.tables, self.contracts = tables, contracts
        self._worlds: dict[tuple[Any, ...], World] = {}

    def contract(self, line: Line) -> Tables | None:
        """None: Medicare's own rules."""
        return self.contracts[payer_of(line)]

    def lines(self, visit: Sequence[Placed]) -> list[Fraction | None]:
        """What each line of a visit is paid, before limits of the day."""
        paid: list[Fraction | None] = []
        amounts: dict[tuple[Any, ...], list[Amounts | None]] = {}
        for index, placed in enumerate(visit):
            line, contract = placed.entry.line, self.contract(placed.entry.line)
            fixed = (None, None) if contract is None else (contract.get("year"), contract.get("locality"))
            if fixed not in amounts:
                amounts[fixed] = price(visit, self._world(*fixed))
            medicare = amounts[fixed][index]
            if contract is None:
                paid.append(None if medicare is None else Fraction(medicare.receipts))
            else:
                paid.append(pay_line(contract, line, medicare))
        return paid

    def _world(self, year: int | None, locality: str | None) -> World:
        if (year, locality) not in self._worlds:
            tables = dict(self.tables)
            if year is not None:
                tables = {name: table for name, table in tables.items() if name != "rvu"} | {"schedule": {"year": year}}
            if locality is not None:
                tables["gpci"] = {"locality": locality}
            if (year, locality) != (None, None):
                tables = {name: table for name, table in tables.items() if name not in {"assistants", "sequestration"}}
            self._worlds[year, locality] = World(tables)
        return self._worlds[year, locality]


# ----------------------------------------------------------------------------------------------------------- comparing
def compare(
    entries: Iterable[Entry], tables: Tables, contracts: Mapping[str, Tables | None]
) -> dict[Payer, tuple[Fraction, Fraction]]:
    """Dollars of each payer before and after a scenario, unrounded.

    Parameters
    ----------
    contracts:
        What each payer, by its name in lower-case letters and digits, pays by; None: Medicare's own rules. The
        scenario's own contracts replace them after it.
    """
    every = sorted(entries, key=lambda entry: (entry.line.visit, entry.line.line_id))
    new = {_plain(contract["payer"]): contract for contract in tables.get("contract", [])}
    before, after = Prices({}, contracts), Prices(tables, {**contracts, **new})
    medians, today = median_charges(every), World({})
    sums: dict[Payer, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
    for _, group in groupby(every, key=lambda entry: entry.line.visit):
        numbered = [replace(entry, line=replace(entry.line, line_id=index)) for index, entry in enumerate(group)]
        visit = [Placed(entry, today.fee(entry.line, None) is not None) for entry in numbered]
        old, same = before.lines(visit), after.lines(visit)
        known = [
            placed.entry.counted and one is not None and other is not None
            for placed, one, other in zip(visit, old, same, strict=True)
        ]
        _add(sums, 0, before, visit, [paid if known[index] else None for index, paid in enumerate(old)], Fraction(1))
        for chance, lines in futures(visit, tables, medians):
            paid = [
                _after(placed.entry.line, visit, amount, same) if known[placed.entry.line.line_id] else None
                for placed, amount in zip(lines, after.lines(lines), strict=True)
            ]
            _add(sums, 1, after, lines, paid, chance)
    return {payer: (sides[0], sides[1]) for payer, sides in sums.items()}


def _after(line: Line, visit: Sequence[Placed], paid: Fraction | None, same: Sequence[Fraction | None]) -> Fraction:
    """What a line of a future is paid; units that moved to a code without an amount count as not moved."""
    if paid is not None:
        return paid
    source, unmoved = visit[line.line_id].entry.line, same[line.line_id]
    assert unmoved is not None
    return half_up(unmoved * line.units / source.units, _MILLIONTHS)


def _add(
    sums: dict[Payer, list[Fraction]],
    side: int,
    prices: Prices,
    visit: Sequence[Placed],
    paid: Sequence[Fraction | None],
    chance: Fraction,
) -> None:
    """Add a visit's days, payer by payer."""
    of_payer: dict[Payer, list[tuple[Entry, Fraction]]] = defaultdict(list)
    for placed, amount in zip(visit, paid, strict=True):
        if amount is not None:
            entry = placed.entry
            of_payer[entry.about["payer"], entry.about["payer_class"]].append((entry, amount))
    for payer, day in of_payer.items():
        first, lines = day[0][0], [(entry.line, amount) for entry, amount in day]
        sums[payer][side] += chance * _volume(first, prices.tables) * pay_day(prices.contract(first.line), lines)


def _volume(entry: Entry, tables: Tables) -> Fraction:
    """By how much a payer's visits grow; the conditions are of the payer, so that all its lines of a day are alike."""
    growth = Fraction(1)
    for change in tables.get("volume", []):
        where = change.get("where", {})
        assert set(where) <= {"payer", "payer_class"}
        if meets(entry, where):
            growth *= 1 + Fraction(change["change"])
    return growth


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def cents(dollars: Fraction) -> int:
    """Dollars rounded half-up to whole cents."""
    return int(half_up(dollars) * 100)
