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
from analysis.payments.open_lines import AGE_COLUMNS, aging_by_payer, days_in_ar, open_lines
from analysis.payments.owed import (
    JUDGED,
    PARTS,
    SUMS,
    WORKLIST,
    FilingLimit,
    Owed,
    Totals,
    by_mistake,
    find_owed,
    judge,
    payers_without_limit,
    sums_by_payer,
    totals,
    underpaid,
    worklist,
)
from analysis.payments.owed.words import ALLOWED_IS_PAID, in_sums, speaks_for
from analysis.payments.texts import Mistake, mistake, mistakes, overpaid, owed_by

__all__ = [
    "AGES",
    "AGE_COLUMNS",
    "ALLOWED_IS_PAID",
    "BY",
    "DENIALS_BY",
    "FINDINGS",
    "JUDGED",
    "PARTS",
    "SUMS",
    "WORKLIST",
    "Break",
    "FilingLimit",
    "Mistake",
    "Owed",
    "Totals",
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
    "find_owed",
    "findings",
    "imbalances_with_messages",
    "in_sums",
    "judge",
    "last_day",
    "lines_of",
    "mistake",
    "mistakes",
    "open_lines",
    "overpaid",
    "owed_by",
    "payers_without_limit",
    "provider_adjustments_with_texts",
    "reason_text",
    "speaks_for",
    "sums_by_payer",
    "totals",
    "underpaid",
    "worklist",
]
