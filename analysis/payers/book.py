"""A practice's contracts: a payer's own before its class's, and a default if there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from analysis.lines.billing_line import PayerClass
from analysis.whatif.scenarios import Basis, Contract

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

Source = Literal["payer", "class", "default"]


@dataclass(frozen=True, slots=True)
class Terms:
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
    """The contracts entered, at most one per payer or class (`scenarios.contract_checks`)."""

    contracts: tuple[Contract, ...] = ()

    def terms(self, payer: str | None, payer_class: str) -> Terms:
        """Return the terms of a payer: its own contract, else its class's.

        By default Medicare pays by its rules, and every other payer what was observed.
        """
        for contract in self.contracts:
            if payer is not None and contract.payer == payer:
                return Terms(contract, "payer")
        for contract in self.contracts:
            if contract.payer_class == payer_class:
                return Terms(contract, "class")
        if payer_class == PayerClass.MEDICARE:
            return Terms(None, "default")
        return Terms(Contract("observed", payer_class=payer_class), "default")

    def under(self, replacements: Iterable[Contract]) -> ContractBook:
        """Return the book with other contracts replacing those for the same payer or class."""
        new_contracts = tuple(replacements)
        replaced = {(contract.payer, contract.payer_class) for contract in new_contracts}
        remaining = (contract for contract in self.contracts if (contract.payer, contract.payer_class) not in replaced)
        return ContractBook((*remaining, *new_contracts))


def in_words(terms: Terms) -> str:
    """Describe what a payer pays by, for people: ``110% of Medicare 2025, without MPPR``."""
    return "Medicare's rules, after all cuts" if terms.contract is None else terms.contract.terms
