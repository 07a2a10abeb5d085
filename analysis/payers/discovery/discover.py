"""Read each payer's terms off what it allowed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from analysis.lines.billing_line import REFUSED
from analysis.medicare.policy import load_policy
from analysis.metrics.key_figures import evaluation_codes
from analysis.payers.discovery import amounts, medicare
from analysis.payers.discovery.evidence import Evidence
from analysis.payers.discovery.fit import fit_all
from analysis.payers.discovery.fit_lines import percent_bits
from analysis.payers.discovery.sentences import LEAST_NAMED, sentences
from analysis.payers.discovery.stretches import LEAST_VISITS, Stretch, stretches
from analysis.payers.discovery.texts import basis_of, terms_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.payers.discovery.fit import Fit
    from analysis.payers.discovery.terms import Base
    from analysis.pricing import Priced

LEAST_SHARE = 0.7
"""The share of lines that terms have to give to the cent before they are named."""
_ALIKE = 0.005
"""The share of lines by which other terms may fall behind and still fit alike."""
_ROUND_BITS = 11.0
_MOST_ALIKE = 4
_SECOND_VISITS, _SECOND_SHARE = 10, 0.75
"""The visits and the share of their lines that second terms have to explain before a name is said to hold two plans."""

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
        best = stretch.best
        named = best.terms.named and best.hits >= LEAST_SHARE * stretch.evidence.lines
        return (best, *_alike(stretch)) if named and self.explained else ()

    @property
    def explained(self) -> bool:
        """Whether there are enough visits, and terms that give enough of all lines to the cent."""
        hits = sum(part.best.hits for part in self.stretches)
        lines = sum(part.evidence.lines for part in self.stretches)
        return self.visits >= LEAST_NAMED and not self.two_plans and hits >= LEAST_SHARE * lines > 0

    def sentences(self) -> tuple[str, ...]:
        """Return what was found and on what evidence, a sentence for each stretch of time and reading."""
        return tuple(sentences(self))

    def rows(self) -> Iterator[tuple[str | None, str, str, date | None, int, int]]:
        """Yield its rows of `TABLE`."""
        known = [(stretch, self.readings(stretch)) for stretch in self.stretches]
        if not any(readings for _, readings in known):
            yield self.payer, "unknown", "", None, self.visits, 0
            return
        for stretch, readings in known:
            since = None if stretch.since is None else date.fromordinal(stretch.since)
            for fit in readings:
                explained = int(fit.paid.visit_hit.sum())
                yield self.payer, basis_of(fit.terms), terms_text(fit.terms), since, stretch.evidence.visits, explained
            if not readings:
                yield self.payer, "unknown", "", since, stretch.evidence.visits, 0


def _alike(stretch: Stretch) -> Iterator[Fit]:
    """Yield other terms that fit as well as the shortest: one of each kind, and none with an odd percentage."""
    best = stretch.best
    least = best.hits - max(1, int(_ALIKE * stretch.evidence.lines))
    kinds = {_kind(best)}
    for fit in stretch.fits[1:]:
        odd = fit.terms.base is not None and percent_bits(fit.terms.percent_bp) > _ROUND_BITS
        if fit.hits >= least and fit.terms.named and not odd and _kind(fit) not in kinds:
            kinds.add(_kind(fit))
            yield fit
            if len(kinds) > _MOST_ALIKE:
                return


def _kind(fit: Fit) -> tuple[str, Base | None]:
    return basis_of(fit.terms), fit.terms.base


@dataclass(frozen=True, slots=True, eq=False)
class Discoveries:
    """What the payments of all payers say, those with the most visits first."""

    payers: tuple[Discovery, ...]

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
    found = [_of_payer(part, bases, adjustments) for part in lines.partition_by("payer_key", maintain_order=True)]
    return Discoveries(tuple(sorted(found, key=lambda each: (-each.visits, each.payer or ""))))


def _prepared(lines: pl.DataFrame) -> pl.DataFrame:
    """Return insured lines by date and visit, with `payer_key`: one key for all spellings of a payer."""
    name = pl.coalesce(pl.col("payer").cast(pl.String), pl.col("payer_class").cast(pl.String))
    insured = lines.with_columns(payer_key=name.str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]", ""))
    with_visits = medicare.own_visits(insured)
    return with_visits.sort("date_of_service", "visit_key", "line_id").with_row_index("row")


def _of_payer(lines: pl.DataFrame, bases: dict[Base, pl.Series], adjustments: pl.DataFrame | None) -> Discovery:
    best: tuple[float, str, list[Stretch]] | None = None
    answered = lines.filter(~pl.col("status").cast(pl.String).is_in(REFUSED))
    for source, counted in amounts.sources(answered, adjustments):
        if counted.is_empty():
            continue
        evidence = _evidence(lines, counted, bases)
        parts = stretches(evidence) if evidence.visits >= LEAST_VISITS else [Stretch(None, evidence, ())]
        share = sum(part.best.hits for part in parts if part.fits) / evidence.lines
        if best is None or share > best[0] + 0.02:
            best = (share, source, parts)
    names = lines["payer"].cast(pl.String).drop_nulls()
    spellings = tuple(names.value_counts(sort=True)["payer"]) if len(names) else ()
    payer_class = lines["payer_class"].cast(pl.String)[0]
    payer = spellings[0] if spellings else None
    if best is None:
        return Discovery(payer, payer_class, spellings, "", (), 0)
    _, source, parts = best
    visits = sum(part.evidence.visits for part in parts)
    known = tuple(part for part in parts if part.fits)
    return Discovery(payer, payer_class, spellings, source, known, visits, any(_two_plans(part) for part in known))


def _two_plans(stretch: Stretch) -> bool:
    """Whether the visits that the best terms miss follow terms of their own all through the stretch."""
    missed = ~stretch.best.paid.visit_hit
    if np.count_nonzero(missed) < max(_SECOND_VISITS, 0.1 * stretch.evidence.visits):
        return False
    rest = stretch.evidence.of_visits(missed)
    second = fit_all(rest)[0]
    return bool(second.terms.named) and second.hits >= _SECOND_SHARE * rest.lines


def _evidence(lines: pl.DataFrame, counted: pl.DataFrame, bases: dict[Base, pl.Series]) -> Evidence:
    """Return the arrays of the lines that count, which hold `amount_cents`."""
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
    )
