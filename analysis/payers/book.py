"""A practice's contracts: a payer's own before its class's, and a default if there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from analysis.lines.billing_line import PayerClass
from analysis.lines.payers import payer_key
from analysis.money import BASIS
from analysis.whatif.scenarios import Basis, Contract, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable

BASES: dict[Basis, str] = {
    "observed": "What it paid in your data",
    "medicare": "Percent of Medicare",
    "fees": "Fee per code",
    "visit": "Rate per visit",
    "charges": "Percent of the charge",
}
"""Basis of a contract -> its name for people, the default first."""

Source = Literal["payer", "class", "discovered", "default"]


@dataclass(frozen=True, slots=True)
class PayerTerms:
    """The terms a payer pays by.

    Attributes
    ----------
    contract:
        Its contract; None means Medicare's own rules, including all cuts.
    source:
        Whether the contract is the payer's own, its class's, or the default.
    """

    contract: Contract | None
    source: Source


@dataclass(frozen=True, slots=True)
class ContractBook:
    """The contracts entered, and those read off the payments where none is entered.

    Attributes
    ----------
    contracts:
        Entered: at most one per payer or class and first day (`scenarios.contract_checks`).
    discovered:
        Read off the payments (`discovery`), by payer; None where nobody looked.
    alternatives:
        Other terms that payments allow as well as those in `discovered` (`discovery.alternatives_of`).
    """

    contracts: tuple[Contract, ...] = ()
    discovered: tuple[Contract, ...] | None = None
    alternatives: tuple[Contract, ...] = ()

    def terms(self, payer: str | None, payer_class: str, on: date | None = None) -> PayerTerms:
        """Return the terms of a payer on a date of service, the latest without one: its own contract, its class's.

        Then those its payments show. By default Medicare pays by its rules; every other payer pays what was observed,
        or, where its payments were looked at and show no terms, an unknown amount.
        """
        entered: tuple[tuple[Source, tuple[Contract, ...]], ...] = (
            ("payer", tuple(each for each in self.contracts if payer and same_payer(each.payer, payer))),
            ("class", tuple(each for each in self.contracts if each.payer_class == payer_class)),
        )
        for source, contracts in entered:
            if contract := in_force(contracts, on):
                # 100% of Medicare, said of Medicare, is Medicare's rules: their cuts come off what arrives.
                by_rules = payer_class == PayerClass.MEDICARE and is_plain_medicare(contract)
                return PayerTerms(None if by_rules else contract, source)
        if payer_class == PayerClass.MEDICARE:
            return PayerTerms(None, "default")
        read_off = tuple(each for each in self.discovered or () if payer and same_payer(each.payer, payer))
        if contract := in_force(read_off, on):
            return PayerTerms(contract, "discovered")
        return PayerTerms(
            Contract("observed" if self.discovered is None else "unknown", payer_class=payer_class), "default"
        )

    @property
    def every(self) -> tuple[Contract, ...]:
        """All contracts that decide anything: those entered, and those read off for days without one."""
        always = {payer_key(each.payer) for each in self.contracts if each.payer and not (each.since or each.until)}
        read_off = (each for each in self.discovered or () if each.payer and payer_key(each.payer) not in always)
        return (*self.contracts, *read_off)

    def first_days(self, payer: str | None, payer_class: str) -> tuple[date, ...]:
        """Return the days on which a payer's terms may change, in order."""
        own = [
            each for each in self.every if (payer and same_payer(each.payer, payer)) or each.payer_class == payer_class
        ]
        starts = {each.since for each in own if each.since is not None}
        after_ends = {each.until + timedelta(days=1) for each in own if each.until is not None}
        return tuple(sorted(starts | after_ends))

    def in_force(self, day: date) -> ContractBook:
        """Return the book of a day: without terms that begin after it or ended before it."""

        def of_day(contracts: Iterable[Contract]) -> tuple[Contract, ...]:
            return tuple(each for each in contracts if _holds(each, day))

        read_off = None if self.discovered is None else of_day(self.discovered)
        return replace(
            self, contracts=of_day(self.contracts), discovered=read_off, alternatives=of_day(self.alternatives)
        )

    def under(self, replacements: Iterable[Contract]) -> ContractBook:
        """Return the book with other contracts replacing those for the same payer, however spelled, or class."""
        new_contracts = tuple(replacements)
        replaced = {whose_key(contract) for contract in new_contracts}
        remaining = (contract for contract in self.contracts if whose_key(contract) not in replaced)
        return replace(self, contracts=(*remaining, *new_contracts))

    def reading(self, other: Contract) -> ContractBook:
        """Return the book with other terms read off a payer's payments, whatever the day."""
        others = (each for each in self.discovered or () if not same_payer(each.payer, other.payer))
        return replace(self, discovered=(*others, replace(other, since=None)))

    def scenarios(self) -> tuple[Scenario, ...]:
        """Return what a cube has to be built with so that these contracts, and the alternatives, can be priced."""
        return tuple(Scenario("Contracts", (each,)) for each in (*self.every, *self.alternatives))


def whose_key(contract: Contract) -> tuple[str | None, str | None]:
    """Return whose contract it is: the same for all spellings of a payer."""
    return None if contract.payer is None else payer_key(contract.payer), contract.payer_class


def same_payer(one: str | None, other: str | None) -> bool:
    """Tell whether two names are spellings of one payer: case, spaces and punctuation do not count."""
    return one is not None and other is not None and payer_key(one) == payer_key(other)


def is_plain_medicare(contract: Contract) -> bool:
    """Tell whether a contract says 100% of Medicare's schedule of the day, with MPPR, and nothing else."""
    plain = Contract("medicare", payer=contract.payer, payer_class=contract.payer_class, percent_bp=BASIS)
    return replace(contract, since=None, until=None, lesser=None, provenance=plain.provenance) == plain


def in_force(contracts: Iterable[Contract], on: date | None) -> Contract | None:
    """Return the contract that holds on a day, the one that began last; without a day the one that ends last."""
    if on is None:
        return max(contracts, key=lambda each: (each.until or date.max, each.since or date.min), default=None)
    holding = (each for each in contracts if _holds(each, on))
    return max(holding, key=lambda each: each.since or date.min, default=None)


def _holds(contract: Contract, day: date) -> bool:
    return (contract.since or date.min) <= day <= (contract.until or date.max)


def in_words(terms: PayerTerms) -> str:
    """Describe what a payer pays by, for people: ``110% of Medicare 2025, without MPPR``."""
    if terms.contract is None:
        return "Medicare's rules, after all cuts"
    return terms.contract.terms + (" (read off its payments)" if terms.source == "discovered" else "")
