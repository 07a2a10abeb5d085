"""Paid against expected: what each line should have brought in, what it did, and why it differs."""

from analysis.payments.compared import BY, compare, cost_of_cuts
from analysis.payments.decided import (
    adjustments_by_reason,
    aging,
    answerable,
    days_to_payment,
    denials,
    last_day,
    provider_adjustments_with_texts,
)
from analysis.payments.expected import expectations
from analysis.payments.findings import FINDINGS, findings, imbalances_with_messages
from analysis.payments.texts import Mistake, mistakes
from analysis.payments.underpaid import WORKLIST, by_mistake, underpaid

__all__ = [
    "BY",
    "FINDINGS",
    "WORKLIST",
    "Mistake",
    "adjustments_by_reason",
    "aging",
    "answerable",
    "by_mistake",
    "compare",
    "cost_of_cuts",
    "days_to_payment",
    "denials",
    "expectations",
    "findings",
    "imbalances_with_messages",
    "last_day",
    "mistakes",
    "provider_adjustments_with_texts",
    "underpaid",
]
