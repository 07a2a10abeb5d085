"""A contract made of a file's rates, and a sentence for each rate that it cannot hold."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from analysis.errors import BadInput
from analysis.money import BASIS, dollars
from analysis.payers.in_network.prices import (
    CSTM_00,
    DERIVED,
    DOLLARS,
    NEGOTIATED,
    PER_DIEM,
    PERCENTAGE,
    PROFESSIONAL,
    Price,
)
from analysis.whatif.scenarios import Contract
from analysis.whatif.scenarios.kinds.contract import check_contract
from analysis.whatif.scenarios.limits import counts
from analysis.whatif.scenarios.provenance import Provenance
from analysis.whatif.scenarios.words import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analysis.payers.in_network.reading import InNetworkFile

OFFICE = "11"
"""The place of service of most clinics."""
DISCIPLINES = frozenset({"GP", "GO", "GN"})
"""Modifiers that every therapy line has: a rate with one of them is the plain rate."""
_KINDS = DOLLARS | {PERCENTAGE, PER_DIEM}


@dataclass(frozen=True, slots=True)
class ContractResult:
    """The contract that a file's rates make, if they make one.

    Attributes
    ----------
    contract:
        Fees per code, or one percent of the charge; None where the rates make neither.
    notes:
        A sentence for each rate that is not in the contract, or is in it with a caveat.
    """

    contract: Contract | None
    notes: tuple[str, ...]


def contract_of(
    file: InNetworkFile, *, payer: str | None = None, place: str | None = None, today: date | None = None
) -> ContractResult:
    """Make a contract of the clinic's rates: professional fee-for-service rates per unit.

    Parameters
    ----------
    payer:
        The payer's name in the clinic's lines; by default the entity that reports.
    place:
        The place of service whose rates apply, such as 11; by default a code with several rates is left out.
    today:
        The day on which a rate has to be in force; by default the machine's.
    """
    day = today or datetime.now(tz=UTC).astimezone().date()
    notes: list[str] = []
    usable = [price for price in _usable(file, day, notes) if place is None or _holds_at(price, place)]
    fees, shares = _fees(usable, notes, place), _shares(usable, notes)
    contract = _contract(file, payer, fees, shares, day, notes)
    return ContractResult(contract, tuple(notes))


def _usable(file: InNetworkFile, day: date, notes: list[str]) -> Iterable[Price]:
    """Yield the rates a contract can hold; say why of the others."""
    for row in file.negotiated.iter_rows():
        price = Price(*row)
        reason = _why_not(price, day)
        if reason:
            notes.append(f"{_named(price)}: {_amount(price)} is left out, because {reason}.")
        else:
            yield price


def _why_not(price: Price, day: date) -> str:
    """Return why a rate cannot be in a contract; empty if it can."""
    negotiated_type, other_modifiers = price.negotiated_type, sorted(set(price.modifiers.split()) - DISCIPLINES)
    is_expired = price.expires is not None and price.expires < day
    is_tiny = price.percent_bp is not None and price.percent_bp <= BASIS // 100
    checks = (
        (is_expired, f"it expired on {price.expires}"),
        (price.arrangement != "ffs", f'its arrangement is "{price.arrangement}", not fee for service'),
        (negotiated_type == PER_DIEM, "it is a rate per day"),
        (negotiated_type == DERIVED, "a derived amount is for internal accounting"),
        (negotiated_type not in _KINDS, f'the file calls it "{negotiated_type}", which RevMix does not know'),
        (price.billing_class not in PROFESSIONAL, f'it is for "{price.billing_class}" claims, not professional ones'),
        (bool(other_modifiers), f"it applies only with modifier {' '.join(other_modifiers)}"),
        (is_tiny, "it may mean 100 times as much (payers write 65 for 65%)"),
        (price.cents is not None and price.code == CSTM_00, "it is one fee for all codes"),
    )
    return next((reason for is_so, reason in checks if is_so), "")


def _fees(prices: Sequence[Price], notes: list[str], place: str | None) -> dict[str, int]:
    """Return the fee of each code that has one."""
    by_code: defaultdict[str, list[Price]] = defaultdict(list)
    for price in prices:
        if price.cents is not None:
            by_code[price.code].append(price)
    fees: dict[str, int] = {}
    for code, code_prices in by_code.items():
        # Beside a negotiated rate, a fee schedule amount is only what the patient's share is a part of.
        agreed = [price for price in code_prices if price.negotiated_type == NEGOTIATED] or code_prices
        rates = {price.cents for price in agreed if price.cents is not None}
        if len(rates) > 1:
            listed = ", ".join(f"{_amount(price)}{_which(price)}" for price in agreed)
            notes.append(f"{code} is left out, because it has several rates: {listed}.")
            continue
        fees[code] = rates.pop()
        notes += [
            f"{code}: {_amount(price)} ({price.negotiated_type}) is left out, because the file has a negotiated rate."
            for price in code_prices
            if price.cents != fees[code]
        ]
        if agreed[0].negotiated_type != NEGOTIATED:
            notes.append(f"{code}: {_amount(agreed[0])} is in the contract, but the file calls it a fee schedule rate.")
        if place is None and not any(_holds_at(price, OFFICE) for price in agreed):
            what = f"{_named(agreed[0])}: {_amount(agreed[0])}"
            notes.append(f"{what} is in the contract, but the file has none for an office (place {OFFICE}).")
    return fees


def _shares(prices: Sequence[Price], notes: list[str]) -> dict[str, int]:
    """Return the percent of the charge of each code that has one."""
    by_code: defaultdict[str, set[int]] = defaultdict(set)
    for price in prices:
        if price.percent_bp is not None:
            by_code[price.code].add(price.percent_bp)
    for code, percents in by_code.items():
        if len(percents) > 1:
            listed = " and ".join(percent(share) for share in sorted(percents))
            notes.append(f"{_code(code)}: {listed} of the charge are left out, because a contract has one percentage.")
    return {code: min(percents) for code, percents in by_code.items() if len(percents) == 1}


def _contract(
    file: InNetworkFile,
    payer: str | None,
    fees: dict[str, int],
    shares: dict[str, int],
    day: date,
    notes: list[str],
) -> Contract | None:
    """Return fees, or one percent where there are no fees; the rest is left out."""
    name = payer or file.payer or file.name
    origin = Provenance(entered_on=day, reason=_origin(file)[: counts().note_characters])
    for code in sorted(fees.keys() & shares.keys()):
        amounts = f"{dollars(fees.pop(code))} and {percent(shares.pop(code))} of the charge"
        notes += [f"{code} is left out, because it has several rates: {amounts}."]
    valid_fees = {
        code: cents for code, cents in fees.items() if _fits(Contract("fees", name, fees=((code, cents),)), notes)
    }
    percent_contract = (
        Contract("charges", name, percent_bp=next(iter(shares.values())), provenance=origin) if shares else None
    )
    if percent_contract and not valid_fees and len(set(shares.values())) == 1 and _fits(percent_contract, notes):
        if CSTM_00 not in shares:
            notes.append(
                f"The contract's percentage is for all codes; the file has it only for {', '.join(sorted(shares))}."
            )
        return percent_contract
    for code, share in sorted(shares.items()):
        why = "a contract has fees or one percentage" if valid_fees else "the percentages differ from code to code"
        notes.append(f"{_code(code)}: {percent(share)} of the charge is left out, because {why}.")
    return Contract("fees", name, fees=tuple(sorted(valid_fees.items())), provenance=origin) if valid_fees else None


def _fits(contract: Contract, notes: list[str]) -> bool:
    """Tell whether a contract is within the limits of all contracts, and say so if it is not."""
    try:
        check_contract(contract, "contract")
    except BadInput as error:
        what = contract.fees[0][0] if contract.fees else "The percentage"
        notes.append(f"{what} is left out: found {error.found}, expected {error.expected}.")
        return False
    return True


def _origin(file: InNetworkFile) -> str:
    updated = f", last updated on {file.last_updated_on}" if file.last_updated_on else ""
    return f"read from the in-network file {file.name} of {file.payer or 'an unnamed payer'}{updated}"


def _holds_at(price: Price, place: str) -> bool:
    places = price.places.split()
    return not places or CSTM_00 in places or place in places


def _code(code: str) -> str:
    return "All codes" if code == CSTM_00 else code


def _named(price: Price) -> str:
    return f"{_code(price.code)}{_which(price)}"


def _which(price: Price) -> str:
    """Say which modifiers and places a rate is for: `` with GP at place of service 11, 12``."""
    modifiers = f" with {price.modifiers}" if price.modifiers else ""
    return modifiers + (f" at place of service {', '.join(price.places.split())}" if price.places else "")


def _amount(price: Price) -> str:
    return dollars(price.cents) if price.percent_bp is None else f"{percent(price.percent_bp)} of the charge"
