"""Readings of a payer's payments that fit alike, and what tells them apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from analysis.payers.book import PayerTerms, in_force
from analysis.payers.discovery.contracts import READER, readings_of
from analysis.payers.known import checked, terms_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.payers.known import KnownPayer
    from analysis.whatif.scenarios import Basis, Contract

_APART: dict[frozenset[Basis], str] = {
    frozenset(("charges", "fees")): "They part only when you change your charges.",
    frozenset(("medicare", "fees")): "They part in visits of another year or locality.",
    frozenset(("medicare", "charges")): "They part when the schedule or your charges change.",
    frozenset(("medicare",)): "They part in visits of another year.",
    frozenset(("visit", "fees")): "They part in visits that stay below the cap.",
    frozenset(("visit", "medicare")): "They part in visits that stay below the cap.",
    frozenset(("visit", "charges")): "They part in visits that stay below the cap.",
}
"""Bases of two readings -> which visits would tell them apart (docs/contracts.md)."""


def apart(readings: Sequence[Contract]) -> str:
    """Say what would tell the first two readings apart; the paper contract does in any case."""
    bases = frozenset(reading.basis for reading in readings[:2])
    return f"{_APART.get(bases, '')} Your paper contract says which one it is.".strip()


def differs(known: KnownPayer) -> str | None:
    """Say what a payer's payments show where it is not what its contract says; None where they agree.

    They agree if the contract explains at least as many visits as what was read off.
    """
    contract = known.contract
    if contract is None or contract.provenance.entered_by == READER:
        return None
    shown = in_force([each[0] for each in readings_of(known.discovery, date.min)], None)
    if shown is None or terms_of(shown) == terms_of(contract):
        return None
    paid, best = checked(known), checked(replace(known, terms=PayerTerms(shown, "discovered")))
    if best is None or (paid is not None and paid.visit_hit.sum() >= best.visit_hit.sum()):
        return None
    counted = "" if paid is None else f" (your contract: {int(paid.visit_hit.sum()):,})"
    return (
        f"The payments show something else: {shown.terms}, {int(best.visit_hit.sum()):,} visits to the cent{counted}. "
        "Either the payer does not follow the contract, or the contract in the book is not the one in force."
    )
