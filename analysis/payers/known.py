"""What is known of each payer's terms: the terms, where they come from, and how many visits come out by them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from analysis.lines.billing_line import PayerClass
from analysis.lines.payers import payer_key
from analysis.money import BASIS
from analysis.payers.book import in_force, same_payer
from analysis.payers.discovery.contracts import READER
from analysis.payers.discovery.sentences import in_words as terms_in_words
from analysis.payers.discovery.sentences import why_unknown
from analysis.payers.discovery.terms import Base, Fee, Terms, pay
from analysis.whatif.scenarios import Contract

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analysis.payers.book import ContractBook, PayerTerms
    from analysis.payers.discovery import Discoveries, Discovery
    from analysis.payers.discovery.evidence import Evidence
    from analysis.payers.discovery.terms import Paid, Reduction
    from analysis.whatif.scenarios import Provenance

KNOWN: dict[str, pl.DataType] = {
    "payer": pl.String(),
    "terms": pl.String(),
    "origin": pl.String(),
    "since": pl.Date(),
    "visits": pl.Int64(),
    "visits_explained": pl.Int64(),
    "charge_cents": pl.Int64(),
}
"""Grain: a payer, those with the most charges first: its latest terms in words, where they come from, the first date of
service they hold for, its answered visits under them and how many come out to the cent (null if that cannot be told),
its charges."""
MISFITS: dict[str, pl.DataType] = {
    "date_of_service": pl.Date(),
    "rows": pl.String(),
    "codes": pl.String(),
    "charge_cents": pl.Int64(),
    "allowed_cents": pl.Int64(),
    "by_terms_cents": pl.Int64(),
    "off_cents": pl.Int64(),
    "why": pl.String(),
}
"""Grain: a visit that does not come out, the newest first: its rows in the file, its codes and units, charge, what was
allowed, what the terms give (null where they give no amount for a line), allowed less that, and what is known of it."""
MEDICARE_RULES = "Medicare's rules"
_READ = re.compile(r"Read off ([\d,]+) visits?")


@dataclass(frozen=True, slots=True)
class KnownPayer:
    """A payer of the lines and what is known of its terms today.

    Attributes
    ----------
    payer:
        Its name; its class where the lines name none.
    terms:
        The latest terms and whose contract they are.
    contract:
        The contract behind them; None for Medicare's own rules.
    discovery:
        What its payments show.
    """

    payer: str
    payer_class: str
    terms: PayerTerms
    contract: Contract | None
    discovery: Discovery

    @property
    def is_known(self) -> bool:
        """Whether there are terms at all."""
        return self.terms.contract is None or self.terms.source != "default"

    @property
    def words(self) -> str:
        """The terms, or why there are none: ``$88.00 a visit``."""
        if not self.is_known:
            return f"Unknown: {why_unknown(self.discovery)}"
        contract = self.terms.contract
        terms = None if contract is None else terms_of(contract)
        if contract is None:
            return MEDICARE_RULES
        if terms is None:
            return contract.terms
        end = (
            "" if contract.until is None else f", until {contract.until:%b} {contract.until.day}, {contract.until.year}"
        )
        return f"{terms_in_words(terms)}{end}"

    @property
    def origin(self) -> str:
        """Where the terms come from: ``Entered by Dana, Nov 28, 2026``."""
        if not self.is_known:
            return ""
        if self.contract is None:
            return "Medicare's fee schedule"
        if self.terms.source == "discovered":
            return read_off(self.contract.provenance)
        whose = f", for all of {self.payer_class}" if self.terms.source == "class" else ""
        return in_the_book(self.contract.provenance) + whose


def known_payers(discoveries: Discoveries, book: ContractBook) -> tuple[KnownPayer, ...]:
    """Return what is known of every payer whose payments were looked at."""
    return tuple(_known(discovery, book) for discovery in discoveries.payers)


def _known(discovery: Discovery, book: ContractBook) -> KnownPayer:
    payer, payer_class = discovery.payer, discovery.payer_class
    terms = book.terms(payer, payer_class)
    contract = terms.contract
    if contract is None and terms.source in {"payer", "class"}:  # 100% of Medicare, said of Medicare
        own = [each for each in book.contracts if _is_of(each, terms, payer, payer_class)]
        contract = in_force(own, None)
    return KnownPayer(payer or payer_class, payer_class, terms, contract, discovery)


def not_entered(payers: Iterable[KnownPayer], book: ContractBook) -> tuple[Contract, ...]:
    """Return the terms that payments show of the payers without a contract, of their own or of their class."""
    keys = {payer_key(known.payer) for known in payers if known.terms.source == "discovered"}
    return tuple(each for each in book.discovered or () if each.payer and payer_key(each.payer) in keys)


def _is_of(contract: Contract, terms: PayerTerms, payer: str | None, payer_class: str) -> bool:
    return same_payer(contract.payer, payer) if terms.source == "payer" else contract.payer_class == payer_class


def table(payers: tuple[KnownPayer, ...], lines: pl.DataFrame) -> pl.DataFrame:
    """Return `KNOWN`; `lines` are all lines, for the charges."""
    names = pl.coalesce(pl.col("payer").cast(pl.String), pl.col("payer_class").cast(pl.String))
    charges = dict(lines.group_by(names.alias("name")).agg(pl.col("charge_cents").sum()).iter_rows())
    rows = []
    for known in payers:
        paid = checked(known)
        spellings = known.discovery.spellings or (known.payer,)
        counts = (None, None) if paid is None else (paid.visit_hit.size, int(paid.visit_hit.sum()))
        charge = sum(charges.get(name, 0) for name in spellings)
        rows.append((known.payer, known.words, known.origin, since(known), *counts, charge))
    frame = pl.DataFrame(rows, schema=KNOWN, orient="row")
    return frame.sort(["charge_cents", "payer"], descending=[True, False])


def since(known: KnownPayer) -> date | None:
    """Return the first date of service of the latest terms: as entered, or the first visit they were read off."""
    if not known.is_known:
        return None
    if known.terms.contract is not None and known.terms.contract.since is not None:
        return known.terms.contract.since
    stretches = known.discovery.stretches if known.terms.source == "discovered" else ()
    return date.fromordinal(int(stretches[0].evidence.day.min())) if stretches else None


def in_the_book(provenance: Provenance) -> str:
    """Say who put a contract into the book: ``Entered by Dana, Nov 28, 2026``."""
    if provenance.entered_by == READER:
        return read_off(provenance)
    who = f" by {provenance.entered_by}" if provenance.entered_by else ""
    return f"Entered{who}{_day(provenance)}"


def read_off(provenance: Provenance) -> str:
    """Say what terms were read off: ``Read off 396 visits, Nov 28, 2026``."""
    match = _READ.match(provenance.reason)
    return f"{match[0] if match else 'Read off its payments'}{_day(provenance)}"


def _day(provenance: Provenance) -> str:
    day = provenance.entered_on
    return "" if day is None else f", {day:%b} {day.day}, {day.year}"


# ------------------------------------------------------------------------------------------------------------- evidence
def terms_of(contract: Contract) -> Terms | None:
    """Return a contract as terms that can be held against payments; None for those that cannot.

    A percent of another locality, another part for further units than half, and what a payer paid on average cannot.
    """
    base: Base | None = None
    if contract.basis == "medicare":
        if contract.locality is not None or contract.further_units_bp not in {None, BASIS // 2}:
            return None
        reduction: Reduction = "half" if contract.further_units_bp is not None else "yes" if contract.mppr else "no"
        base = Base("medicare", reduction, contract.year)
    elif contract.basis == "charges":
        base = Base("charge")
    elif contract.basis not in {"fees", "visit"}:
        return None
    further = dict(contract.further_fees)
    return Terms(
        base=base,
        percent_bp=contract.percent_bp or 0,
        fees={code: Fee(cents, further.get(code, cents)) for code, cents in contract.fees},
        other_bp=contract.other_bp,
        visit_cents=contract.visit_cents,
        evaluation_cents=contract.evaluation_cents,
        lesser=contract.lesser,
        assistants_bp=contract.assistants_bp,
        cap_cents=contract.visit_cap_cents,
        floor_cents=contract.visit_floor_cents,
    )


def checked(known: KnownPayer) -> Paid | None:
    """Return what the latest terms pay on the payer's answered visits; None where that cannot be told."""
    parts = list(_parts(known))
    if not parts:
        return None
    return parts[-1][1] if len(parts) == 1 else _together([paid for _, paid in parts])


def _parts(known: KnownPayer) -> Iterator[tuple[Evidence, Paid]]:
    """Yield the visits the latest terms hold for, stretch by stretch, with what the terms pay."""
    contract = known.terms.contract
    if contract is None:
        contract = Contract("medicare", payer=known.payer, percent_bp=BASIS)
    terms = terms_of(contract)
    if terms is None or not known.is_known:
        return
    if terms.lesser is None:  # as `line_amount` takes it
        terms = replace(terms, lesser=contract.basis == "medicare")
    first, last = (contract.since or date.min).toordinal(), (contract.until or date.max).toordinal()
    for stretch in known.discovery.stretches:
        day = stretch.evidence.visit_day
        evidence = stretch.evidence.of_visits((day >= first) & (day <= last))
        if evidence.visits and (terms.base is None or terms.base.kind == "charge" or terms.base in evidence.medicare):
            yield evidence, pay(evidence, terms)


def _together(parts: list[Paid]) -> Paid:
    fields = ("visits", "line_hit", "visit_hit", "at_cap", "at_floor", "bound")
    return type(parts[0])(*(np.concatenate([getattr(part, name) for part in parts]) for name in fields))


def misfits(known: KnownPayer, lines: pl.DataFrame) -> pl.DataFrame:
    """Return the visits that do not come out by the latest terms: `MISFITS`; `lines` are all lines."""
    frames = [_missed(evidence, paid, lines) for evidence, paid in _parts(known)]
    return pl.concat([pl.DataFrame(schema=MISFITS), *frames]).sort("date_of_service", descending=True)


def _missed(evidence: Evidence, paid: Paid, lines: pl.DataFrame) -> pl.DataFrame:
    visits = pl.DataFrame(
        {
            "visit": np.arange(evidence.visits),
            "allowed_cents": evidence.visit_amount,
            "by_terms_cents": paid.visits,
            "missed": ~paid.visit_hit,
            "whole": evidence.whole,
        }
    ).filter("missed")
    text = lines.select(
        "line_id", "date_of_service", "source_row", "units", "charge_cents", pl.col("code").cast(pl.String)
    )
    counted = pl.DataFrame({"line_id": evidence.line_id, "visit": evidence.visit}).join(visits, on="visit", how="semi")
    units = pl.when(pl.col("units") > 1).then(pl.format("{} x {}", "code", "units")).otherwise("code")
    by_visit = (
        counted.join(text, on="line_id", how="left")
        .group_by("visit")
        .agg(
            pl.col("date_of_service").first(),
            pl.col("source_row").sort().cast(pl.String).str.join(", ").alias("rows"),
            units.sort_by("source_row").str.join(", ").alias("codes"),
            pl.col("charge_cents").sum(),
        )
    )
    due = pl.when(pl.col("by_terms_cents") >= 0).then("by_terms_cents")
    off = pl.col("allowed_cents") - due
    why = (
        pl.when(~pl.col("whole"))
        .then(pl.lit("A line of this visit is denied or open"))
        .when(due.is_null())
        .then(pl.lit("The terms give no amount for a code"))
        .when(off == 0)
        .then(pl.lit("The total is right, the lines are not"))
        .when(pl.col("allowed_cents") == pl.col("charge_cents"))
        .then(pl.lit("The whole charge was allowed"))
        .otherwise(pl.lit(""))
    )
    joined = visits.join(by_visit, on="visit", how="inner")
    return joined.with_columns(due.alias("by_terms_cents"), off.alias("off_cents"), why.alias("why")).select(
        pl.col(name).cast(kind) for name, kind in MISFITS.items()
    )


def is_medicare(known: KnownPayer) -> bool:
    """Whether a payer is Medicare itself, whose rules are known."""
    return known.payer_class == PayerClass.MEDICARE
