"""Payers' in-network files (Transparency in Coverage): the clinic's own rates, the market's, and a contract of them.

read_in_network(path, Clinic.of(npis, tins))   the rates of one file, read in bounded memory
contract_of(file)                              what of them a contract can hold, and a sentence for the rest
"""

from analysis.payers.in_network.contract import ContractResult, contract_of
from analysis.payers.in_network.identifiers import Clinic
from analysis.payers.in_network.market import against_market, beside, in_words
from analysis.payers.in_network.opening import InMemory
from analysis.payers.in_network.reading import InNetworkFile, NotListed, read_in_network

__all__ = [
    "Clinic",
    "ContractResult",
    "InMemory",
    "InNetworkFile",
    "NotListed",
    "against_market",
    "beside",
    "contract_of",
    "in_words",
    "read_in_network",
]
