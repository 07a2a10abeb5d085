"""Payers whose payments leave more than one reading of their terms: what a scenario changes under each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analysis.money import signed
from analysis.payers.book import same_payer
from analysis.whatif.scenarios.words import day_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from analysis.payers.book import ContractBook, PayerTerms
    from analysis.payers.paid_lines import Payer
    from analysis.whatif.scenarios import Contract


@dataclass(frozen=True, slots=True)
class Reading:
    """A payer's amounts under one reading of its terms.

    Attributes
    ----------
    condition:
        When it holds, in words: ``if it pays 58% of the charge``.
    """

    condition: str
    before_cents: int
    after_cents: int

    @property
    def difference_cents(self) -> int:
        """After less before."""
        return self.after_cents - self.before_cents


@dataclass(frozen=True, slots=True)
class Readings:
    """Every reading of a payer's terms, first the one that the other figures use."""

    payer: str
    each: tuple[Reading, ...]

    @property
    def sentence(self) -> str:
        """``Acme: if the lower amounts since Apr 1, 2026 are its new terms, +$3; if they are underpayments, +$4``."""
        parts = "; ".join(f"{one.condition}, {signed(one.difference_cents)}" for one in self.each)
        return f"{self.payer}: {parts}. The other figures here use the first."


def differing_readings(
    book: ContractBook,
    terms_of_payer: Mapping[Payer, PayerTerms],
    priced: Callable[[Payer, Contract | None], tuple[int, int]],
) -> tuple[Readings, ...]:
    """Return the readings of each payer under which a scenario changes different amounts.

    Parameters
    ----------
    terms_of_payer:
        The terms that count.
    priced:
        Prices a payer's lines before and after, in cents, with other terms read off its payments; None: those that
        count.
    """
    found = []
    for payer, terms in terms_of_payer.items():
        others = [each for each in book.alternatives if payer[0] and same_payer(each.payer, payer[0])]
        if terms.source != "discovered" or terms.contract is None or not others:
            continue
        readings = _of_payer(payer, terms.contract, others, priced)
        if len({one.difference_cents for one in readings}) > 1:
            found.append(Readings(payer[0] or payer[1], tuple(readings)))
    return tuple(found)


def _of_payer(
    payer: Payer,
    counted: Contract,
    others: list[Contract],
    priced: Callable[[Payer, Contract | None], tuple[int, int]],
) -> list[Reading]:
    """Return the counted reading and the others; earlier terms only where they pay more."""
    before, after = priced(payer, None)
    first = f"if it pays {_terms(counted)}"
    readings = []
    for other in others:
        amounts = priced(payer, other)
        if other.since == counted.since:
            readings.append(Reading(f"if it pays {_terms(other)}", *amounts))
        elif amounts[0] > before and counted.since is not None:
            first = f"if the lower amounts since {day_in_words(counted.since)} are its new terms"
            readings.append(Reading("if they are underpayments", *amounts))
    return [Reading(first, before, after), *readings]


def _terms(contract: Contract) -> str:
    return replace(contract, since=None).terms
