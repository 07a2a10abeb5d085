"""Who owes the clinic: what payers' terms give, what was received, and the four sums that make the gap.

`judged` says it of every line, `worklist` lists the lines and visits behind it, `sums` adds them up.
"""

from analysis.payments.owed.allowed_column import PAYMENT_AS_ALLOWED, payment_as_allowed
from analysis.payments.owed.arrives import PAYMENT_MISTAKES
from analysis.payments.owed.find import Owed, find_owed, underpaid
from analysis.payments.owed.judged import JUDGED, PARTS, judge
from analysis.payments.owed.limits import FilingLimit, payers_without_limit
from analysis.payments.owed.limits_file import MOST_DAYS, load_limits, read_limits, save_limits
from analysis.payments.owed.sums import SUMMED, SUMS, Totals, sums_by_payer, totals
from analysis.payments.owed.worklist import WORKLIST, by_mistake, worklist

__all__ = [
    "JUDGED",
    "MOST_DAYS",
    "PARTS",
    "PAYMENT_AS_ALLOWED",
    "PAYMENT_MISTAKES",
    "SUMMED",
    "SUMS",
    "WORKLIST",
    "FilingLimit",
    "Owed",
    "Totals",
    "by_mistake",
    "find_owed",
    "judge",
    "load_limits",
    "payers_without_limit",
    "payment_as_allowed",
    "read_limits",
    "save_limits",
    "sums_by_payer",
    "totals",
    "underpaid",
    "worklist",
]
