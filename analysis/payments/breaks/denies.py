"""Since when a payer denies for a reason more often, by visit: the lines of a visit are mostly denied together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from analysis.lines.billing_line import is_decided, is_denied
from analysis.payments.breaks.rules import rules
from analysis.payments.breaks.scan import split
from analysis.payments.denied import with_reason

if TYPE_CHECKING:
    from collections.abc import Iterator

_RIPE, _RIPE_DAYS = 0.9, 60
"""Services count from the age on at which this share of answers has come; without payment dates, from these days."""


@dataclass(frozen=True, slots=True)
class DeniesMore:
    """A reason a payer denies more: shares of answered lines before and since, the lines denied for it since."""

    carc: str
    since: date
    before: float
    after: float
    answered: int
    denied: int
    charge_cents: int
    line_ids: tuple[int, ...]


def denies_more(lines: pl.DataFrame, as_of: date) -> Iterator[DeniesMore]:
    """Yield the reasons for which one payer denies more since a day.

    Parameters
    ----------
    lines:
        A payer's insured lines.
    as_of:
        The last day of the files; a payer's newest answers are left out, since denials may come before payments.
    """
    rule = rules().denies_more
    answered = lines.filter(is_decided())
    wait = answered.select((pl.col("paid_on") - pl.col("date_of_service")).dt.total_days().quantile(_RIPE, "higher"))
    ripe_days = int(wait.item()) if wait.item() is not None else _RIPE_DAYS
    ripe = with_reason(answered.filter(pl.col("date_of_service") <= as_of - timedelta(ripe_days)))
    reasons = ripe.group_by("carc").len().drop_nulls().filter(pl.col("len") >= rule.denied)["carc"].sort()
    for carc in reasons:
        flagged = pl.col("carc").eq_missing(pl.lit(carc))
        visits = (
            ripe.group_by("visit_key")
            .agg(pl.col("date_of_service", "patient_key").first(), flagged.any().alias("flagged"))
            .sort("date_of_service", "visit_key")
        )
        change = split(visits["date_of_service"].to_numpy(), visits["flagged"].to_numpy(), rule.visits, "up")
        if change is None:
            continue
        # Visits of one patient are denied together; what they say counts as if they were one visit.
        of_patient = visits.filter("flagged").group_by("patient_key").len()["len"]
        together = float((of_patient**2).sum()) / float(of_patient.sum())
        since = visits.slice(change.position).filter("flagged")
        enough = since.height >= rule.denied and since["patient_key"].n_unique() >= rule.patients
        more = change.after - change.before >= rule.points / 100 and change.after >= rule.times * change.before
        if not enough or not more or change.evidence / together < rule.evidence:
            continue
        later = pl.col("date_of_service") >= change.since
        counted = ripe.group_by(later.alias("later")).agg(pl.len().alias("answered"), flagged.sum().alias("denied"))
        sums = {row["later"]: row for row in counted.iter_rows(named=True)}
        denied = with_reason(answered.filter(later & is_denied())).filter(flagged)
        yield DeniesMore(
            carc=str(carc),
            since=change.since,
            before=sums[False]["denied"] / sums[False]["answered"],
            after=sums[True]["denied"] / sums[True]["answered"],
            answered=answered.filter(later).height,
            denied=denied.height,
            charge_cents=int(denied["charge_cents"].sum()),
            line_ids=tuple(denied["line_id"].to_list()),
        )
