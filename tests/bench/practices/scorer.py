"""Score discovered terms by what they pay on a payer's clean visits, never by how they are worded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise, product
from typing import TYPE_CHECKING

import polars as pl

from analysis.lines.billing_line import REFUSED, is_decided
from tests.bench.practices.practice import at
from tests.bench.practices.terms import Terms, Visit, parse, pays

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tests.bench.practices.medicare import Medicare
    from tests.bench.practices.practice import Payer, Practice, Stretch

FOUND, WRONG, UNNAMED = "found", "wrong", "unnamed"
UNKNOWN = "unknown"
_SHARE = 0.95
_CENTS = 2
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Row:
    """One discovered row; `terms` is None where nothing is named, or the terms cannot be read."""

    payer: str
    basis: str
    text: str
    since: date | None
    visits: int
    explained: int
    terms: Terms | None


def plain(name: str) -> str:
    """Return a payer's name without case, spaces and punctuation."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def rows_of(discovered: pl.DataFrame) -> list[Row]:
    """Read a discovered table: payer, basis, terms, since (a date or its text), visits, visits_explained."""
    return [_row(row) for row in discovered.iter_rows(named=True)]


def _row(row: Mapping[str, object]) -> Row:
    basis, text, since = str(row["basis"]), str(row["terms"] or ""), row["since"] or None
    day = date.fromisoformat(since) if isinstance(since, str) else since
    terms = None
    if basis != UNKNOWN:
        try:
            terms = parse(basis, text)
        except (KeyError, ValueError, ArithmeticError):
            terms = None
    visits, explained = (int(str(row[name] or 0)) for name in ("visits", "visits_explained"))
    return Row(str(row["payer"]), basis, text, day if isinstance(day, date) else None, visits, explained, terms)


def _codes_shown(practice: Practice) -> dict[str, set[str]]:
    """Return, by plain payer name, the codes of lines that the export shows with an answer other than a denial."""
    answered = practice.lines.filter(is_decided() & ~pl.col("status").cast(pl.String).is_in(REFUSED))
    shown: dict[str, set[str]] = {}
    for payer, code in answered.select(pl.col("payer", "code").cast(pl.String)).unique().iter_rows():
        shown.setdefault(plain(payer), set()).add(code)
    return shown


def _paid_lines(payer: Payer, shown: Collection[str]) -> list[Visit]:
    """Return the clean visits that the export can tell the amount of.

    Lines of codes that are never paid are left out, and visits with a code that no answered line of the payer shows:
    nothing tells what they would bring.
    """
    kept = []
    for visit in payer.visits:
        if any(line.code not in shown and line.code not in payer.manner.never for line in visit.lines):
            continue
        lines = [line for line in visit.lines if line.code not in payer.manner.never]
        if lines:
            kept.append(Visit(visit.key, visit.patient, visit.day, visit.clinic, visit.therapist, lines))
    return kept


def _near_a_change(days: Sequence[date], truth: Sequence[Stretch]) -> set[date]:
    """Return the days on which either terms are right: the gap between visits around a change, and a week."""
    near: set[date] = set()
    for change in (stretch.since for stretch in truth if stretch.since is not None):
        before = max((day for day in days if day < change), default=change)
        after = min((day for day in days if day >= change), default=change)
        near |= {day for day in days if before - _WEEK <= day <= after + _WEEK}
    return near


def _hits(terms: Terms, visits: Sequence[Visit], owed: Sequence[int], medicare: Medicare) -> int:
    """Count the visits that come out to the cent, rounded per line or per unit, the charge limiting first or last."""
    fees = medicare.fees(terms.year)

    def count(*, per_unit: bool, lesser_last: bool) -> int:
        paid = (pays(terms, visit, fees, per_unit=per_unit, lesser_last=lesser_last) for visit in visits)
        return sum(abs(amount - due) <= _CENTS for amount, due in zip(paid, owed, strict=True))

    ways = product((False, True), (False, True) if terms.lesser else (False,))
    return max(count(per_unit=per_unit, lesser_last=last) for per_unit, last in ways)


def _stretch(visits: Sequence[Visit], owed: Sequence[int], rows: Sequence[Row], medicare: Medicare) -> tuple[int, int]:
    """Return how many visits rows name terms for, and how many of these come out, the best alternative taken."""
    starts = sorted({row.since or date.min for row in rows})
    named = hits = 0
    for start, end in pairwise([*starts, date.max]):
        here = [at for at, visit in enumerate(visits) if start <= visit.day < end]
        if not here:
            continue
        readings = [row for row in rows if (row.since or date.min) == start and row.basis != UNKNOWN]
        mine, due = [visits[at] for at in here], [owed[at] for at in here]
        named += len(here) if readings else 0
        hits += max((_hits(row.terms, mine, due, medicare) for row in readings if row.terms), default=0)
    return named, hits


def _judge(
    visits: Sequence[Visit], truth: Sequence[Stretch], payer: Payer, rows: Sequence[Row], medicare: Medicare
) -> str:
    """Judge rows against one right reading of the truth."""
    near = _near_a_change([visit.day for visit in visits], truth)
    judged = [visit for visit in visits if visit.day not in near] or list(visits)
    verdicts = []
    for start, end in pairwise([*(stretch.since or date.min for stretch in truth), date.max]):
        mine = [visit for visit in judged if start <= visit.day < end]
        if not mine:
            continue
        terms = at(list(truth), mine[0].day)
        fees = medicare.fees(terms.year)
        owed = [pays(terms, visit, fees, per_unit=payer.manner.per_unit) for visit in mine]
        named, hits = _stretch(mine, owed, rows, medicare)
        if hits >= _SHARE * len(mine):
            verdicts.append(FOUND)
        else:
            verdicts.append(WRONG if hits < _SHARE * named else UNNAMED)
    return next((verdict for verdict in (WRONG, UNNAMED) if verdict in verdicts), FOUND)


def _verdict(payer: Payer, rows: Sequence[Row], shown: Collection[str], medicare: Medicare) -> str:
    if all(row.basis == UNKNOWN for row in rows):
        return UNNAMED
    if not payer.truth:
        return WRONG
    visits = _paid_lines(payer, shown)
    readings = [payer.truth, payer.as_paid] if payer.as_paid else [payer.truth]
    verdicts = {_judge(visits, truth, payer, rows, medicare) for truth in readings}
    return next(verdict for verdict in (FOUND, UNNAMED, WRONG) if verdict in verdicts)


def score(practice: Practice, discovered: pl.DataFrame) -> dict[str, str]:
    """Return ``found``, ``wrong`` or ``unnamed`` for each payer of a practice.

    Found: in every stretch of the truth at least 95 % of the visits' totals come out within 2 cents under some
    alternative; a change may be off by the gap between dates of service and a week. Visits with a code that the export
    shows no answer for are not judged. Spellings of a payer that stand apart are judged each for itself: one that is
    wrong makes the payer wrong.
    """
    rows, shown = rows_of(discovered), _codes_shown(practice)
    verdicts = {}
    for payer in practice.payers:
        spelled: dict[str, list[Row]] = {}
        for row in rows:
            if plain(row.payer) == plain(payer.name):
                spelled.setdefault(row.payer, []).append(row)
        found = {
            _verdict(payer, own, shown.get(plain(payer.name), set()), practice.medicare) for own in spelled.values()
        }
        verdicts[payer.name] = next((verdict for verdict in (WRONG, FOUND) if verdict in found), UNNAMED)
    return verdicts
