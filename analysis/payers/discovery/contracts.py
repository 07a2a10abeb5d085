"""Make contracts of the terms that payments show."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from analysis.lines.billing_line import PayerClass
from analysis.money import BASIS
from analysis.whatif.scenarios import Contract
from analysis.whatif.scenarios.provenance import Provenance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.payers.discovery.discover import Discoveries, Discovery
    from analysis.payers.discovery.fit import Fit
    from analysis.payers.discovery.stretches import Stretch
    from analysis.payers.discovery.terms import Paid, Terms


READER = "RevMix"
"""Who entered a contract that was read off the payments."""


def contract_of(payer: str, terms: Terms, since: date | None = None, provenance: Provenance | None = None) -> Contract:
    """Return terms as a payer's contract."""
    fees = tuple((code, fee.first) for code, fee in sorted(terms.fees.items()))
    further = ((code, fee.further) for code, fee in sorted(terms.fees.items()) if fee.further != fee.first)
    contract = Contract(
        "visit" if terms.visit_cents is not None else "fees",
        payer=payer,
        fees=fees,
        further_fees=tuple(further),
        other_bp=terms.other_bp,
        visit_cents=terms.visit_cents,
        evaluation_cents=terms.evaluation_cents,
        visit_cap_cents=terms.cap_cents,
        visit_floor_cents=terms.floor_cents,
        lesser=terms.lesser,
        assistants_bp=terms.assistants_bp,
        since=since,
        provenance=provenance or Provenance(),
    )
    if terms.base is None:
        return contract
    if terms.base.kind == "charge":
        return replace(contract, basis="charges", percent_bp=terms.percent_bp)
    return replace(
        contract,
        basis="medicare",
        percent_bp=terms.percent_bp,
        year=terms.base.year,
        mppr=terms.base.reduction == "yes",
        further_units_bp=BASIS // 2 if terms.base.reduction == "half" else None,
    )


def contracts_of(discoveries: Discoveries, today: date) -> tuple[Contract, ...]:
    """Return the contracts that the payments show, one for each payer and stretch of time.

    Of several readings that fit alike the shortest is taken: on the visits seen they pay the same. Medicare is left
    out, since its rules are known.
    """
    return tuple(
        contracts[0]
        for discovery in discoveries.payers
        if discovery.payer_class != PayerClass.MEDICARE
        for contracts in readings_of(discovery, today)
    )


def readings_of(discovery: Discovery, today: date) -> tuple[tuple[Contract, ...], ...]:
    """Return a payer's readings as contracts: for each stretch of time those that fit alike, the shortest first.

    A stretch without terms is left out, and so is a payer without a name.
    """
    if discovery.payer is None:
        return ()
    return tuple(
        tuple(
            contract_of(discovery.payer, reading.terms, _since(stretch), _provenance(stretch, reading.paid, today))
            for reading in readings
        )
        for stretch, readings in _named(discovery)
    )


def alternatives_of(discoveries: Discoveries, today: date) -> tuple[Contract, ...]:
    """Return the other terms that a payer's payments allow where `contracts_of` has its latest ones.

    Of the latest stretch of time the other readings, which fit as well; and the terms of the stretch before: a payer
    that pays less since a day may have new terms, or underpay the old ones. Only the paper contract tells.
    """
    found: list[Contract] = []
    for discovery in discoveries.payers:
        stretches = readings_of(discovery, today)
        if stretches and discovery.payer_class != PayerClass.MEDICARE:
            found += [*stretches[-1][1:], *(readings[0] for readings in stretches[-2:-1])]
    return tuple(found)


def _named(discovery: Discovery) -> Iterator[tuple[Stretch, tuple[Fit, ...]]]:
    for stretch in discovery.stretches:
        if readings := discovery.readings(stretch):
            yield stretch, readings


def _since(stretch: Stretch) -> date | None:
    return None if stretch.since is None else date.fromordinal(stretch.since)


def _provenance(stretch: Stretch, paid: Paid, today: date) -> Provenance:
    hits, visits = int(paid.visit_hit.sum()), stretch.evidence.visits
    return Provenance(READER, today, f"Read off {visits:,} visits, of which {hits:,} come out to the cent.")
