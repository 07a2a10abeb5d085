"""Read each payer's terms off what it allowed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from analysis.lines.billing_line import REFUSED
from analysis.lines.payers import payer_numbers
from analysis.medicare.policy import load_policy
from analysis.metrics.key_figures import evaluation_codes
from analysis.payers.discovery import amounts, medicare
from analysis.payers.discovery.evidence import Evidence
from analysis.payers.discovery.fit import fit_all
from analysis.payers.discovery.fit_lines import MISS_BITS, percent_bits
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

LEAST_SHARE = 0.7
"""The share of lines that terms have to give to the cent before they are named."""
LEAST_OF_RATE, LEAST_OF_ODD_RATE = 0.55, 0.35
"""The same for a rate per visit, since one odd line takes its whole visit with it: of visits below it alone, or if those
that miss it lie on both sides of it, which a cap would not leave."""
_ABOVE = 0.25
"""The part of the visits that miss a rate which lie above it, if they are odd ones and the rate no cap."""
_LEAST_BELOW, _BELOW_CAP, _FOLLOWS = 3, 0.08, 0.6
"""How many visits, which part, below a rate speak of a cap, if terms line by line give this share of their lines."""
_MOST_UNSURE = 0.06
"""The part of a payer's visits that a fee table may miss before it is named."""
_ALIKE = 0.005
"""The share of lines by which other terms may fall behind and still fit alike."""
_ROUND_BITS = 12.0
_ROUND_BP = 500
_SEQUESTRATION_BITS = 40.0
"""What speaks for amounts with the sequestration added, where the payer takes it (`amounts.sources`)."""
_MOST_ALIKE = 4

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
        return (stretch.best, *_alike(stretch)) if self._is_clear(stretch) and self.explained else ()

    def _is_clear(self, stretch: Stretch) -> bool:
        """Whether the best terms may be named.

        Where only payments after sequestration are known, a percentage that is not round may be a round one less an
        unknown part of it.
        """
        terms = stretch.best.terms
        after_cut = self.payer_class in amounts.AFTER_SEQUESTRATION and self.source not in amounts.SURE
        of_medicare = terms.base is not None and terms.base.kind == "medicare"
        return is_clear(stretch) and not (after_cut and of_medicare and terms.percent_bp % _ROUND_BP)

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


def is_clear(stretch: Stretch) -> bool:
    """Whether the best terms give enough of a stretch's lines to the cent, and hardly a code goes without a fee."""
    evidence, best = stretch.evidence, stretch.best
    if best.terms.visit_cents is not None:
        return _hits_rate(stretch) and not _looks_capped(stretch)
    return best.terms.named and _hits_lines(stretch) and _unsure(stretch) <= _MOST_UNSURE


def _hits_lines(stretch: Stretch) -> bool:
    """Whether enough lines come out, and of visits at a limit enough totals: one odd line spoils such a total."""
    evidence, paid = stretch.evidence, stretch.best.paid
    limited = paid.at_cap | paid.at_floor
    free = ~limited[evidence.visit]
    if stretch.best.hits >= LEAST_SHARE * evidence.lines:
        return True
    lines, totals = np.count_nonzero(free), np.count_nonzero(limited)
    return bool(
        np.count_nonzero(paid.line_hit & free) >= LEAST_SHARE * lines > 0
        and np.count_nonzero(paid.visit_hit & limited) >= LEAST_OF_ODD_RATE * totals
    )


def _hits_rate(stretch: Stretch) -> bool:
    """Whether enough visits have the rate; fewer are enough where the others lie above it as well as below."""
    evidence, paid = stretch.evidence, stretch.best.paid
    if stretch.best.hits >= LEAST_OF_RATE * evidence.lines:
        return True
    missed = evidence.whole & ~paid.visit_hit & (evidence.visit_amount > 0)
    above = missed & (evidence.visit_amount > paid.visits)
    most = np.count_nonzero(paid.visit_hit & evidence.whole) >= LEAST_OF_ODD_RATE * np.count_nonzero(evidence.whole)
    return bool(most and np.count_nonzero(above) >= _ABOVE * np.count_nonzero(missed))


def _looks_capped(stretch: Stretch) -> bool:
    """Whether a rate per visit is rather a cap: the visits below it follow terms of their own, line by line."""
    paid, evidence = stretch.best.paid, stretch.evidence
    below = ~paid.visit_hit & evidence.whole & (evidence.visit_amount > 0) & (evidence.visit_amount < paid.visits)
    if np.count_nonzero(below) < max(_LEAST_BELOW, _BELOW_CAP * np.count_nonzero(evidence.whole)):
        return False
    others = evidence.of_visits(below)
    under = fit_all(others)[0]
    return under.terms.named and under.terms.visit_cents is None and under.hits >= _FOLLOWS * others.lines


def _unsure(stretch: Stretch) -> float:
    """Return the part of the visits whose amount a fee table would probably miss.

    A visit counts if it has a code (in one unit, in several) that no line shows the fee of. It counts in part, as far
    as lines are odd, if one line alone shows it.
    """
    evidence, best = stretch.evidence, stretch.best
    if not best.terms.fees:
        return 0.0
    kind = 2 * evidence.code + (evidence.units > 1)
    free = ~(best.paid.at_cap | best.paid.at_floor)[evidence.visit]  # a limit pays whatever the fees are
    shown = np.bincount(kind[best.paid.line_hit & free], minlength=2 * len(evidence.codes))[kind]
    odd = 1 - best.hits / evidence.lines
    risk = np.where(free & (shown == 0), 1.0, np.where(free & (shown == 1), odd, 0.0))
    of_visit = np.zeros(evidence.visits)
    np.maximum.at(of_visit, evidence.visit, risk)
    return float(of_visit.mean())


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
