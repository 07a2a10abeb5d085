"""What payers pay: the contracts a practice entered, what was observed where it entered none, and all-payer revenue."""

from analysis.contracts.amounts import line_amount
from analysis.contracts.book import BASES, ContractBook, Terms, in_words
from analysis.contracts.observed import Observed, observe
from analysis.contracts.revenue import Revenue, revenue
from analysis.contracts.upload import read_upload

__all__ = [
    "BASES",
    "ContractBook",
    "Observed",
    "Revenue",
    "Terms",
    "in_words",
    "line_amount",
    "observe",
    "read_upload",
    "revenue",
]
