"""The sums of what is owed as sentences, the same on the page and in `revmix check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.metrics import definition
from analysis.money import dollars

if TYPE_CHECKING:
    from analysis.payments.owed.sums import Totals

ALLOWED_IS_PAID = (
    "the allowed column holds what insurers paid, so its lines cannot be judged; map the allowed amount, or leave the "
    "column out"
)
_NAMED = 2
"""Payers named in the sentence about the share; more are counted."""


def parts(totals: Totals) -> list[tuple[str, int]]:
    """Return what became of the expected amount, each with its name; payments that no file can show only if there are.

    Paid too much is negative: everything adds up to expected.
    """
    rows = [(label(name), getattr(totals, name)) for name in ("received", "denied", "short", "unpaid", "open")]
    if totals.not_in_files:
        rows.append((label("not_in_files"), totals.not_in_files))
    return [*rows, (label("over"), -totals.over)] if totals.over else rows


def label(name: str) -> str:
    """Return what a sum is called: denied, short, unpaid, open, not_in_files, over, received, expected."""
    return definition(f"sum_{name}_cents").label


def in_sums(totals: Totals) -> str:
    """Say how the sums make the gap: ``expected $100.00 = received $80.00 + denied $20.00``; zeros are left out."""
    first, *others = parts(totals)
    words = [f"{first[0].lower()} {dollars(first[1])}"]
    words += [f"{'-' if cents < 0 else '+'} {name.lower()} {dollars(abs(cents))}" for name, cents in others if cents]
    return f"expected {dollars(totals.expected)} = {' '.join(words)}"


def speaks_for(totals: Totals) -> str:
    """Say for which share of the dollars the sums speak, and who is not judged."""
    if totals.share is None:
        return "No line has an insurer"
    shown = f"{totals.share:.0%}" if totals.share in {0.0, 1.0} else f"{min(max(totals.share, 0.01), 0.99):.0%}"
    text = f"This speaks for {shown} of your insured charges"
    unknown = totals.unknown
    if unknown:
        names = f" ({' and '.join(unknown)})" if len(unknown) <= _NAMED else ""
        who = "1 payer" if len(unknown) == 1 else f"{len(unknown)} payers"
        text += f"; {who} without known terms{names} {'is' if len(unknown) == 1 else 'are'} not judged"
    if totals.untold:
        lines = "1 line" if totals.untold == 1 else f"{totals.untold:,} lines"
        text += f"; {lines} without an allowed amount {'is' if totals.untold == 1 else 'are'} not judged"
    return text
