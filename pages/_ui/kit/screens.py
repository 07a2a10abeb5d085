"""The screens, one record each: the router, the guard and the headings read them here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Screen:
    """A page: its file below the project root, its name, the question it answers, its icon."""

    path: str
    title: str
    question: str
    icon: str


DATA = Screen("pages/data.py", "Data", "Did RevMix read my file right?", ":material/upload_file:")
REVENUE = Screen("pages/revenue.py", "Revenue", "What earns my money?", ":material/payments:")
CODE_MIX = Screen("pages/code_mix.py", "Code mix", "How does our coding compare?", ":material/stacked_bar_chart:")
WHAT_IF = Screen("pages/what_if.py", "What-if", "What would change, exactly?", ":material/tune:")
PAYMENTS = Screen("pages/payments.py", "Payments", "Who owes me?", ":material/fact_check:")
CONTRACTS = Screen("pages/contracts.py", "Contracts", "What does each payer really pay me?", ":material/handshake:")
FEE_SCHEDULES = Screen(
    "pages/fee_schedules.py", "Fee schedules", "What does Medicare pay, where and when?", ":material/menu_book:"
)
COMPLIANCE = Screen(
    "pages/compliance.py", "Compliance", "What would an auditor ask, and what did we not bill?", ":material/policy:"
)
VISIT = Screen("pages/visit.py", "Price a visit", "What does this visit pay?", ":material/calculate:")
CODE_GUIDE = Screen(
    "pages/code_guide.py", "Code guide", "Which code fits, and what must the note say?", ":material/local_library:"
)

SCREENS = (DATA, REVENUE, PAYMENTS, CONTRACTS, COMPLIANCE, CODE_MIX, WHAT_IF, FEE_SCHEDULES, VISIT, CODE_GUIDE)
