"""What each payer really pays: terms read off its payments, to the cent, with their evidence."""

from analysis.payers.discovery.contracts import alternatives_of, contract_of, contracts_of, readings_of
from analysis.payers.discovery.discover import TABLE, Discoveries, Discovery, discover

__all__ = [
    "TABLE",
    "Discoveries",
    "Discovery",
    "alternatives_of",
    "contract_of",
    "contracts_of",
    "discover",
    "readings_of",
]
