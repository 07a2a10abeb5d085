"""One therapist's one-to-one time of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.audit import facts
from analysis.audit.claims import found, has_any, timed
from analysis.audit.units.counting import LEAST_MINUTES, UNIT_MINUTES
from analysis.medicare.policy import load_policy

if TYPE_CHECKING:
    from analysis.audit.claims import Claims

_HOUR = 60


def therapist_hours(claims: Claims) -> pl.DataFrame:
    """Find days on which one therapist's timed minutes exceed a working day, or 24 hours.

    Assistants' lines do not count: their time is billed under the therapist. A line without minutes counts the least
    that its units stand for.
    """
    limits = facts.limits()["therapist_hours"]
    own = claims.lines.filter(timed(), pl.col("provider").is_not_null(), ~has_any(load_policy().assistant_modifiers))
    least = (pl.col("units") - 1) * UNIT_MINUTES + LEAST_MINUTES
    of_visits = own.group_by(
        "provider", "date_of_service", "visit_key", "payer", "discipline", maintain_order=True
    ).agg(
        pl.col("line_id"),
        pl.when(pl.col("minutes_of_visit").first())
        .then(pl.col("minutes").first())
        .otherwise(pl.coalesce("minutes", least).sum())
        .alias("minutes"),
    )
    days = (
        of_visits.group_by("provider", "date_of_service", maintain_order=True)
        .agg(
            pl.col("line_id").list.explode(keep_nulls=False, empty_as_null=False).alias("line_ids"),
            pl.col("minutes").sum(),
            pl.col("visit_key").n_unique().alias("visits"),
        )
        .filter(pl.col("minutes") > int(limits["day"]) * _HOUR)
    )
    certain = pl.col("minutes") > int(limits["certain"]) * _HOUR
    hours = (pl.col("minutes") / _HOUR).round(1)
    return found(
        days.with_columns(
            message=pl.format("{} hours of one-to-one treatment in one day, {} visits", hours, "visits"),
            severity=pl.when(certain).then(pl.lit("error")),
        )
    )
