"""Read each payer's terms off what it allowed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from analysis.lines.billing_line import REFUSED
from analysis.lines.payers import payer_numbers
from analysis.medicare.policy import load_policy
from analysis.metrics.key_figures import evaluation_codes
from analysis.payers.discovery import amounts, medicare
from analysis.payers.discovery.evidence import Evidence
from analysis.payers.discovery.fit_lines import MISS_BITS
from analysis.payers.discovery.naming import LEAST_SHARE, alike, is_clear
from analysis.payers.discovery.plans import two_plans
from analysis.payers.discovery.rare import with_rare_fees
from analysis.payers.discovery.sentences import LEAST_NAMED, in_words_after, sentences, why_unknown
from analysis.payers.discovery.stretches import LEAST_VISITS, Stretch, stretches
from analysis.payers.discovery.texts import basis_of, terms_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.payers.discovery.fit import Fit
    from analysis.payers.discovery.terms import Base, Terms
    from analysis.pricing import Priced

_ROUND_BP = 500
_SEQUESTRATION_BITS = 40.0
"""What speaks for amounts with the sequestration added, where the payer takes it (`amounts.sources`)."""

TABLE: dict[str, pl.DataType] = {
    "payer": pl.String(),
    "basis": pl.String(),
    "terms": pl.String(),
    "since": pl.Date(),
    "visits": pl.Int64(),
    "visits_explained": pl.Int64(),
}
"""Grain: a payer, a stretch of time and a reading of it: two rows of one payer and day fit alike. `since` is null for
the first stretch; basis is unknown where nothing is named."""


@dataclass(frozen=True, slots=True, eq=False)
class Discovery:
    """What one payer's payments say.

    Attributes
    ----------
    payer, payer_class:
        The name most lines have, and its class.
    spellings:
        Every spelling that was read as this payer.
    source:
        What the amounts were taken from: see `amounts.SOURCES`.
    stretches:
        The terms over time, oldest first; empty where there are too few visits.
    visits:
        Visits with an answer.
    two_plans:
        Whether the name seems to stand for two plans with terms of their own.
    """

    payer: str | None
    payer_class: str
    spellings: tuple[str, ...]
    source: str
    stretches: tuple[Stretch, ...]
    visits: int
    two_plans: bool = False

    def readings(self, stretch: Stretch) -> tuple[Fit, ...]:
        """Return the terms that explain a stretch, several if they fit alike, none if nothing is named."""
        return (stretch.best, *alike(stretch)) if self._is_clear(stretch) and self.explained else ()

    def _is_clear(self, stretch: Stretch) -> bool:
        """Whether the best terms may be named.

        Where only payments after sequestration are known, a percentage that is not round may be a round one less an
        unknown part of it.
        """
        terms = stretch.best.terms
        after_cut = self.payer_class in amounts.AFTER_SEQUESTRATION and self.source not in amounts.SURE
        of_medicare = terms.base is not None and terms.base.kind == "medicare"
        return is_clear(stretch, self.stretches) and not (after_cut and of_medicare and terms.percent_bp % _ROUND_BP)

    @property
    def explained(self) -> bool:
        """Whether there are enough visits, and terms that give enough of all lines to the cent."""
        clear = sum(part.evidence.lines for part in self.stretches if self._is_clear(part))
        lines = sum(part.evidence.lines for part in self.stretches)
        return self.visits >= LEAST_NAMED and not self.two_plans and clear >= LEAST_SHARE * lines > 0

    def sentences(self) -> tuple[str, ...]:
        """Return what was found and on what evidence, a sentence for each stretch of time and reading."""
        return tuple(sentences(self))

    def rows(self) -> Iterator[tuple[str | None, str, str, date | None, int, int]]:
        """Yield its rows of `TABLE`."""
        for terms, since, visits, explained in self._every_reading():
            basis, text = ("unknown", "") if terms is None else (basis_of(terms), terms_text(terms))
            yield self.payer, basis, text, since, visits, explained

    def rows_in_words(self) -> Iterator[tuple[str, str, date | None, int, int]]:
        """Yield its rows of `Discoveries.in_words`."""
        earlier: Terms | None = None
        for terms, since, visits, explained in self._every_reading():
            words = why_unknown(self) if terms is None else in_words_after(earlier, terms)
            yield self.payer or self.payer_class, words, since, visits, explained
            earlier = terms

    def _every_reading(self) -> Iterator[tuple[Terms | None, date | None, int, int]]:
        """Yield the terms of each stretch and reading, with since, visits and visits explained; None for unknown."""
        known = [(stretch, self.readings(stretch)) for stretch in self.stretches]
        if not any(readings for _, readings in known):
            yield None, None, self.visits, 0
            return
        for stretch, readings in known:
            since = None if stretch.since is None else date.fromordinal(stretch.since)
            for fit in readings:
                yield fit.terms, since, stretch.evidence.visits, int(fit.paid.visit_hit.sum())
            if not readings:
                yield None, since, stretch.evidence.visits, 0


@dataclass(frozen=True, slots=True, eq=False)
class Discoveries:
    """What the payments of all payers say, those with the most visits first."""

    payers: tuple[Discovery, ...]

    def sentences(self) -> tuple[str, ...]:
        """Return what was found of each payer, on what evidence."""
        return tuple(sentence for discovery in self.payers for sentence in discovery.sentences())

    def in_words(self) -> pl.DataFrame:
        """Return the same in words, for people: payer, terms, since, visits, visits_explained."""
        rows = [row for discovery in self.payers for row in discovery.rows_in_words()]
        schema = {name: dtype for name, dtype in TABLE.items() if name != "basis"}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def table(self) -> pl.DataFrame:
        """Return `TABLE`."""
        rows = [row for discovery in self.payers for row in discovery.rows()]
        return pl.DataFrame(rows, schema=TABLE, orient="row")


def discover(priced: Priced, adjustments: pl.DataFrame | None = None) -> Discoveries:
    """Read each payer's terms off its answered lines.

    Parameters
    ----------
    priced:
        All lines, with mac and locality where their clinic has one.
    adjustments:
        `ingest.frames.ADJUSTMENTS`: what remittances took off, by line; it tells the amount where no column does.
    """
    lines = _prepared(priced.lines)
    bases = medicare.amounts(lines)
    discoveries = [_of_payer(part, bases, adjustments) for part in lines.partition_by("payer_key", maintain_order=True)]
    return Discoveries(tuple(sorted(discoveries, key=lambda each: (-each.visits, each.payer or ""))))


def _prepared(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines by date and visit, with `payer_key`: one number for all spellings of a payer."""
    insured = lines.with_columns(payer_numbers(lines).alias("payer_key"))
    with_visits = medicare.own_visits(insured)
    return with_visits.sort("date_of_service", "visit_key", "line_id").with_row_index("row")


def _of_payer(lines: pl.DataFrame, bases: dict[Base, pl.Series], adjustments: pl.DataFrame | None) -> Discovery:
    best: tuple[float, str, list[Stretch], Evidence] | None = None
    answered = lines.filter(~pl.col("status").cast(pl.String).is_in(REFUSED))
    for source, counted in amounts.sources(answered, adjustments):
        evidence = _evidence(lines, counted, bases, int(source.endswith(amounts.WITH_SEQUESTRATION)))
        if evidence.visits >= LEAST_VISITS:
            parts = stretches(evidence)
            bits = sum(part.best.bits for part in parts)
            bits = (bits - _SEQUESTRATION_BITS * source.endswith(amounts.WITH_SEQUESTRATION)) / evidence.lines
        else:
            parts, bits = [Stretch(None, evidence, ())], MISS_BITS
        if best is None or bits < best[0]:
            best = (bits, source, parts, evidence)
    names = lines["payer"].cast(pl.String).drop_nulls()
    spellings = tuple(names.value_counts(sort=True)["payer"]) if len(names) else ()
    payer_class = lines["payer_class"].cast(pl.String)[0]
    payer = spellings[0] if spellings else None
    if best is None:
        return Discovery(payer, payer_class, spellings, "", (), 0)
    _, source, parts, evidence = best
    visits = sum(part.evidence.visits for part in parts)
    known = with_rare_fees([part for part in parts if part.fits])
    return Discovery(payer, payer_class, spellings, source, known, visits, two_plans(evidence, known))


def _evidence(lines: pl.DataFrame, counted: pl.DataFrame, bases: dict[Base, pl.Series], slack: int) -> Evidence:
    """Return the arrays of the lines that count, which hold `amount_cents`; `slack`: cents these may be off."""
    assistants = load_policy().assistant_modifiers
    modifiers = counted["modifiers"].cast(pl.String)
    codes = counted["code"].cast(pl.String)
    distinct = codes.unique().sort()
    visit = (counted["visit_key"] != counted["visit_key"].shift(1)).fill_null(value=True).cum_sum() - 1
    of_payer = lines.group_by("visit_key").len()
    per_visit = counted.group_by("visit_key", maintain_order=True).len()
    whole = per_visit.join(of_payer, on="visit_key", how="left", maintain_order="left")
    return Evidence(
        codes=tuple(distinct),
        line_id=counted["line_id"].to_numpy(),
        visit=visit.cast(pl.Int64).to_numpy(),
        day=counted["date_of_service"].cast(pl.Int32).cast(pl.Int64).to_numpy() + date(1970, 1, 1).toordinal(),
        code=codes.replace_strict(distinct, range(len(distinct)), return_dtype=pl.Int64).to_numpy(),
        units=counted["units"].to_numpy(),
        charge=counted["charge_cents"].fill_null(-1).to_numpy(),
        amount=counted["amount_cents"].to_numpy(),
        assistant=modifiers.str.split(" ").list.set_intersection(list(assistants)).list.len().gt(0).to_numpy(),
        evaluation=codes.is_in(list(evaluation_codes())).to_numpy(),
        whole=(whole["len"] == whole["len_right"]).to_numpy(),
        medicare=medicare.as_arrays(bases, counted["row"]),
        slack=slack,
    )
