"""Paid against expected: what each line should have brought in, what it did, and why it differs."""

from analysis.payments.breaks import Break, breaks, lines_of
from analysis.payments.compared import BY, compare, cost_of_cuts
from analysis.payments.decided import (
    AGES,
    adjustments_by_reason,
    aging,
    answerable,
    days_to_payment,
    denials,
    last_day,
    provider_adjustments_with_texts,
)
from analysis.payments.denied import DENIALS_BY, denials_by, denied_lines, reason_text
from analysis.payments.expected import expectations
from analysis.payments.findings import FINDINGS, findings, imbalances_with_messages
from analysis.payments.of_code import CodeUse, use_of
from analysis.payments.open_lines import AGE_COLUMNS, aging_by_payer, days_in_ar, open_lines
from analysis.payments.texts import Mistake, mistakes
from analysis.payments.underpaid import WORKLIST, by_mistake, underpaid

__all__ = [
    "AGES",
    "AGE_COLUMNS",
    "BY",
    "DENIALS_BY",
    "FINDINGS",
    "WORKLIST",
    "Break",
    "CodeUse",
    "Mistake",
    "adjustments_by_reason",
    "aging",
    "aging_by_payer",
    "answerable",
    "breaks",
    "by_mistake",
    "compare",
    "cost_of_cuts",
    "days_in_ar",
    "days_to_payment",
    "denials",
    "denials_by",
    "denied_lines",
    "expectations",
    "findings",
    "imbalances_with_messages",
    "last_day",
    "lines_of",
    "mistakes",
    "open_lines",
    "provider_adjustments_with_texts",
    "reason_text",
    "underpaid",
    "use_of",
]
