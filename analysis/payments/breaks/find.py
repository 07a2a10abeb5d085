"""All changes in how payers pay, each with its sentence and its lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from analysis.codes.hcpcs import code_with_label
from analysis.lines.billing_line import is_insured
from analysis.money import dollars
from analysis.payments.breaks.denies import DeniesMore, denies_more
from analysis.payments.breaks.pays_less import Less, pays_less
from analysis.payments.breaks.waits import Slower, slower
from analysis.payments.decided import answerable, last_day
from analysis.payments.denied import reason_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from analysis.ingest import Export

Rule = Literal["payments__pays_less", "payments__slower", "payments__denies_more"]


@dataclass(frozen=True, slots=True)
class Break:
    """A payer that pays a code less, answers later or denies a reason more since a day.

    Attributes
    ----------
    rule, payer, about, since:
        What changed, whose; the code (empty: whole visits) or the reason's code; the first day of service after it.
    title, text:
        The sentence: what changed since when, from what to what; then on how many lines, and the dollars.
    dollars_cents:
        Paid less since; or billed on lines open for longer than was usual; or billed on the lines denied since.
    line_ids:
        The lines behind it.
    """

    rule: Rule
    payer: str
    about: str
    since: date
    title: str
    text: str
    dollars_cents: int
    line_ids: tuple[int, ...]


def breaks(lines: pl.DataFrame, export: Export) -> tuple[Break, ...]:
    """Return all changes, codes paid less first, then slower payers, then reasons denied more; most dollars first.

    Parameters
    ----------
    lines:
        Priced lines of the whole export: filtered lines would cut visits into pieces.
    """
    insured = lines.filter(is_insured() & pl.col("payer").is_not_null())
    if insured.is_empty():
        return ()
    as_of = last_day(lines)
    by_payer = insured.with_columns(pl.col("payer").cast(pl.String)).sort("payer", "line_id")
    changes = [
        one
        for of_payer in by_payer.partition_by("payer", maintain_order=True)
        for one in _of_payer(of_payer["payer"][0], of_payer, export, as_of)
    ]
    order: tuple[Rule, ...] = ("payments__pays_less", "payments__slower", "payments__denies_more")
    return tuple(sorted(changes, key=lambda one: (order.index(one.rule), -one.dollars_cents, one.payer, one.about)))


def _of_payer(payer: str, lines: pl.DataFrame, export: Export, as_of: date) -> Iterator[Break]:
    adjustments = export.adjustments.join(lines.select("line_id"), on="line_id", how="semi")
    for less in pays_less(lines, adjustments):
        yield _less(payer, less)
    if (later := slower(answerable(lines, export), as_of)) is not None:
        yield _slower(payer, later)
    for more in denies_more(lines, as_of):
        yield _denies_more(payer, more)


def _less(payer: str, found: Less) -> Break:
    what, each = (f"for {code_with_label(found.code)}", "unit") if found.code else ("per visit", "visit")
    counted = "line" if found.code else "visit"
    fall = 1 - found.after_cents / found.before_cents
    return Break(
        "payments__pays_less", payer, found.code, found.since,
        f"{payer} pays less {what} since {_day(found.since)}: {dollars(found.after_cents)} a {each} instead of "
        f"{dollars(found.before_cents)}",
        f"{fall:.0%} less on {found.agreeing:,} of {_count(found.lines, counted)} since; {dollars(found.short_cents)} "
        "less so far.",
        found.short_cents, found.line_ids,
    )  # fmt: skip


def _slower(payer: str, found: Slower) -> Break:
    return Break(
        "payments__slower", payer, "", found.since,
        f"{payer} answers later for services since about {_day(found.since)}: half of the visits within "
        f"{found.after_days} days instead of {found.before_days}",
        f"{_count(found.visits, 'visit')} since ({_count(len(found.line_ids), 'line')}), {found.visits_before:,} "
        f"before; {dollars(found.open_cents)} billed is open for more than {found.before_days} days.",
        found.open_cents, found.line_ids,
    )  # fmt: skip


def _denies_more(payer: str, found: DeniesMore) -> Break:
    code = f" ({found.carc})" if found.carc else ""
    return Break(
        "payments__denies_more", payer, found.carc, found.since,
        f"{payer} denies more since about {_day(found.since)}: {reason_text(found.carc)}{code}, {found.after:.1%} of "
        f"answered lines instead of {found.before:.1%}",
        f"{_count(found.denied, 'line')} of {found.answered:,} denied for it since; {dollars(found.charge_cents)} "
        "billed.",
        found.charge_cents, found.line_ids,
    )  # fmt: skip


def _day(when: date) -> str:
    return f"{when:%b} {when.day}, {when.year}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
