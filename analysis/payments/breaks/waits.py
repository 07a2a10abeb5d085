"""Since when a payer answers later: visits by their days from service to answer, those still open among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from analysis.lines.billing_line import is_decided
from analysis.payments.breaks.rules import rules
from analysis.payments.breaks.scan import split

Numbers = npt.NDArray[np.int64]
_NEVER = 10**6
_LONGEST = 730
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Slower:
    """A payer that answers later: the usual (median) days before and since, visits on both sides.

    `open_cents` is billed on lines since that are open for longer than was usual; `line_ids` are all lines since.
    """

    since: date
    before_days: int
    after_days: int
    visits_before: int
    visits: int
    open_cents: int
    line_ids: tuple[int, ...]


def usual_wait(waits: Numbers, ages: Numbers, least: int) -> int | None:
    """Return the days within which half of the visits are answered; None if too few are old enough to tell.

    Recent visits hold only quick answers, so a wait of t days is counted over the visits that are at least t days old,
    answered or not.

    Parameters
    ----------
    waits:
        Days from service to answer, a very large number for an open visit.
    ages:
        Days from service to the last day of the files.
    least:
        Visits that have to be old enough.
    """
    for days in np.unique(waits[waits <= _LONGEST]):
        old_enough = ages >= days
        if old_enough.sum() < least:
            return None
        if (waits[old_enough] <= days).mean() >= _HALF:
            return int(days)
    return None


def slower(lines: pl.DataFrame, as_of: date) -> Slower | None:
    """Return since when one payer answers later than it did; None if it does not, or too little shows it.

    Parameters
    ----------
    lines:
        Lines that a payer had to answer and a file could show answered (`payments.answerable`).
    as_of:
        The last day of the files.
    """
    rule = rules().slower
    with_answer = lines.with_columns(is_decided().alias("decided"))
    visits = (
        with_answer.group_by("visit_key")
        .agg(
            pl.col("date_of_service").first(),
            pl.col("decided").any(),
            pl.col("paid_on").filter(pl.col("decided")).min(),
        )
        .filter(~pl.col("decided") | (pl.col("paid_on") >= pl.col("date_of_service")))
        .sort("date_of_service", "visit_key")
    )
    if not visits["decided"].any():
        return None
    wait = (pl.col("paid_on") - pl.col("date_of_service")).dt.total_days().fill_null(_NEVER)
    age = (pl.lit(as_of) - pl.col("date_of_service")).dt.total_days()
    waits, ages = (column.to_numpy() for column in visits.select(wait.alias("wait"), age.alias("age")).get_columns())
    usual = usual_wait(waits, ages, rule.visits)
    if usual is None:
        return None
    # Whether a visit was answered within the usual days shows once it is that old.
    ripe = ages >= usual
    days = visits["date_of_service"].to_numpy()
    change = split(days[ripe], waits[ripe] <= usual, rule.visits, "down")
    if change is None or change.evidence < rule.evidence:
        return None
    since = days >= np.datetime64(change.since)
    before = usual_wait(waits[~since], ages[~since], rule.visits)
    after = usual_wait(waits[since], ages[since], rule.visits)
    if before is None or after is None or after - before < max(rule.days, before * rule.percent / 100):
        return None
    later = lines.filter(pl.col("date_of_service") >= change.since)
    late = ~is_decided() & (pl.col("date_of_service") < as_of - timedelta(before))
    return Slower(
        since=change.since,
        before_days=before,
        after_days=after,
        visits_before=int((~since).sum()),
        visits=int(since.sum()),
        open_cents=int(later.filter(late)["charge_cents"].sum()),
        line_ids=tuple(later["line_id"].to_list()),
    )
