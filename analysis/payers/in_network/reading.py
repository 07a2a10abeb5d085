"""Read an in-network file: the clinic's rates for its codes, and the market's beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from analysis.codes import hcpcs
from analysis.errors import BadInput
from analysis.payers.in_network.events import parsed
from analysis.payers.in_network.identifiers import Clinic, Match
from analysis.payers.in_network.market import groups_text
from analysis.payers.in_network.opening import opened
from analysis.payers.in_network.prices import Price
from analysis.payers.in_network.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from analysis.payers.in_network.opening import InMemory

    Progress = Callable[[float, str], None]

_SCHEMA = {
    "code": pl.String,
    "modifiers": pl.String,
    "places": pl.String,
    "billing_class": pl.String,
    "negotiated_type": pl.String,
    "rate_cents": pl.Int64,
    "percent_bp": pl.Int64,
    "expires": pl.Date,
    "arrangement": pl.String,
}


class NotListed(BadInput):
    """An in-network file without a rate of this clinic; another of the payer's files may have one."""


@dataclass(frozen=True, slots=True, eq=False)
class InNetworkFile:
    """What a payer's file says of one clinic and its codes.

    Attributes
    ----------
    name, payer, last_updated_on:
        The file's name, the entity that reports, and the day it says it was updated; the last two may be empty.
    negotiated:
        Grain: a rate the file lists for the clinic: code (CSTM-00: all codes), modifiers, places (of service, empty:
        any), billing_class, negotiated_type, rate_cents (dollars of one unit, of a day for a per diem) or percent_bp
        (of the charge), expires (null: never), arrangement (ffs, bundle, capitation). Also rates that have expired.
    market:
        `market.Counts.frame`: all providers' professional fee-for-service rates in dollars.
    groups_read:
        How many provider groups were read.
    notes:
        What to say beside the rates.
    """

    name: str
    payer: str
    last_updated_on: str
    negotiated: pl.DataFrame
    market: pl.DataFrame
    groups_read: int
    notes: tuple[str, ...]


def read_in_network(
    path: Path | InMemory, clinic: Clinic, *, codes: Iterable[str] | None = None, progress: Progress | None = None
) -> InNetworkFile:
    """Read a payer's in-network file in bounded memory, whatever its size.

    Parameters
    ----------
    path:
        JSON, plain, in .gz or alone in a .zip; on disk or in memory.
    codes:
        The codes to look for; by default every code RevMix knows (`analysis.codes.hcpcs`).
    progress:
        Called with a share from 0 to 1 and a word for the step.

    Raises
    ------
    NotListed
        For a file that does not list the clinic, or none of the codes for it.
    BadInput
        For a file that is cut off, is not JSON, or is another of a payer's files.
    """
    wanted_codes = frozenset(code.strip().upper() for code in codes) if codes is not None else frozenset(hcpcs.load())
    report = progress or _silent
    walk = _walk_file(path, Walk(path.name, clinic, wanted_codes), lambda share: report(share, f"reading {path.name}"))
    if walk.needs_another_reading:
        second = Walk(path.name, clinic, wanted_codes, first=walk)
        walk = _walk_file(path, second, lambda share: report(share, f"reading {path.name} again"))
    best = max(walk.prices.values(), default=Match.NONE)
    if best == Match.NONE:
        raise _not_listed(walk, clinic)
    rows = sorted({price for price, match in walk.prices.items() if match == best}, key=_order)
    file = InNetworkFile(
        path.name,
        walk.head.get("reporting_entity_name", ""),
        walk.head.get("last_updated_on", ""),
        pl.DataFrame(rows, schema=_SCHEMA, orient="row"),
        walk.counts.frame(),
        walk.groups.count + walk.groups_inside,
        tuple(_notes(walk, clinic, best)),
    )
    report(1.0, "ready")
    return file


def _silent(_share: float, _step: str) -> None:
    """Report no progress."""


def _walk_file(path: Path | InMemory, walk: Walk, report: Callable[[float], None]) -> Walk:
    # The end is told by the caller: a terminal's line of progress ends there.
    with opened(path, lambda share: report(min(share, 0.99))) as source, parsed(source) as events:
        walk.run(events)
    return walk


def _order(price: Price) -> tuple[str, ...]:
    numbers = (f"{price.cents or 0:012}", f"{price.percent_bp or 0:012}", str(price.expires or date.max))
    return (*price[:5], *numbers, price.arrangement)


def _elsewhere(walk: Walk) -> str:
    """Say how many provider references give an address instead of groups; empty if none does."""
    groups = walk.groups
    if not groups.elsewhere:
        return ""
    more = ", ..." if groups.elsewhere > len(groups.addresses) else ""
    point = "provider reference points" if groups.elsewhere == 1 else "provider references point"
    return f"{groups.elsewhere:,} {point} to other web addresses ({', '.join(groups.addresses)}{more})"


def _not_listed(walk: Walk, clinic: Clinic) -> NotListed:
    groups = walk.groups
    count = groups.count + walk.groups_inside
    elsewhere = _elsewhere(walk)
    if groups.has_clinic:
        return NotListed(
            f"{clinic} among {groups_text(count)}, but no rate for the requested codes",
            expected=f"a rate for one of these codes (services in the file: {walk.items:,})",
            todo="try the payer's other in-network files, or other codes",
            file=walk.name,
        )
    examples_text = f" (such as {', '.join(groups.examples)})" if groups.examples else ""
    problem = f"{groups_text(count)}, none with {clinic}{examples_text}{f', and {elsewhere}' if elsewhere else ''}"
    todo = "check the numbers against a remittance of this payer, or try the payer's other in-network files"
    if elsewhere:
        todo = (
            "RevMix does not open web addresses: download those lists and look for your tax ID in them, "
            "or ask the payer for a file that holds its provider groups"
        )
    return NotListed(problem, expected="a provider group of yours", todo=todo, file=walk.name)


def _notes(walk: Walk, clinic: Clinic, best: Match) -> Iterable[str]:
    if not walk.is_first:
        yield "the file was read twice, because some rates come before their provider groups or their code"
    if clinic.npis and clinic.tins and best == Match.TIN:
        yield "no provider group has both your tax ID and your NPI; the rates are those of your tax ID"
    if clinic.npis and clinic.tins and best == Match.NPI:
        yield (
            "no provider group has your tax ID; the rates are those of your NPI under other tax IDs, "
            "so check that they are the clinic's"
        )
    if elsewhere := _elsewhere(walk):
        yield f"{elsewhere}, which RevMix does not open; rates of groups listed there are not in the result"
    if walk.unreadable:
        yield f"prices left out because they have no usable number: {walk.unreadable:,}"
