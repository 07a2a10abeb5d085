"""What payers pay: a practice's contracts, observed payments where there is no contract, and all-payer revenue."""

from analysis.payers.amounts import is_assistant, line_amount, visit_amount
from analysis.payers.book import BASES, ContractBook, PayerTerms, in_force, in_words, same_payer
from analysis.payers.observed import Observed, observe
from analysis.payers.revenue import Revenue, revenue
from analysis.payers.upload import read_upload

__all__ = [
    "BASES",
    "ContractBook",
    "Observed",
    "PayerTerms",
    "Revenue",
    "in_force",
    "in_words",
    "is_assistant",
    "line_amount",
    "observe",
    "read_upload",
    "revenue",
    "same_payer",
    "visit_amount",
]
