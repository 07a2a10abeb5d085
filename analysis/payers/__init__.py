"""What payers pay: a practice's contracts, observed payments where there is no contract, and all-payer revenue."""

from analysis.payers.amounts import is_assistant, line_amount, visit_amount
from analysis.payers.book import BASES, ContractBook, PayerTerms, in_force, in_words, same_payer, whose_key
from analysis.payers.coverage import Coverage
from analysis.payers.mppr import under_mppr
from analysis.payers.observed import Observed, observe
from analysis.payers.revenue import Payers, Revenue, revenue
from analysis.payers.revenue_by_reading import Reading, Readings
from analysis.payers.upload import Upload, WithoutPayer, read_upload

__all__ = [
    "BASES",
    "ContractBook",
    "Coverage",
    "Observed",
    "PayerTerms",
    "Payers",
    "Reading",
    "Readings",
    "Revenue",
    "Upload",
    "WithoutPayer",
    "in_force",
    "in_words",
    "is_assistant",
    "line_amount",
    "observe",
    "read_upload",
    "revenue",
    "same_payer",
    "under_mppr",
    "visit_amount",
    "whose_key",
]
