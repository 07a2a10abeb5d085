"""KX: a patient's allowed amounts of the year against the threshold, as far as this clinic alone can see them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from analysis.audit import facts
from analysis.audit.claims import counted, found, has_any
from analysis.money import BASIS, dollars

if TYPE_CHECKING:
    from analysis.audit.claims import Claims

KX = "KX"
_POOL = ("patient_key", "year", "pool")


def running(claims: Claims) -> pl.DataFrame:
    """Return Medicare therapy lines with what the patient's year came to, up to and with each line.

    Grain: a line with a value, in order of date: line_id, patient_key, year, pool (plans of care that share a
    threshold), running_cents, threshold_cents, kx, code, value_cents, date_of_service. Denied lines count nothing.
    """
    known = facts.thresholds()
    pools = {modifier: pool for pool, modifiers in known.pools.items() for modifier in modifiers}
    pool = pl.lit(None, pl.String)
    for modifier, name in pools.items():
        pool = pl.when(has_any((modifier,))).then(pl.lit(name)).otherwise(pool)
    thresholds = pl.DataFrame(
        list(known.cents_of_year.items()), schema={"year": pl.Int32, "threshold_cents": pl.Int64}, orient="row"
    )
    return (
        claims.lines.filter("medicare", pl.col("value_cents") > 0)
        .with_columns(year=pl.col("date_of_service").dt.year(), pool=pool, kx=has_any((KX,)))
        .filter(pl.col("pool").is_not_null())
        .join(thresholds, on="year")
        .sort("date_of_service", "line_id")
        .with_columns(running_cents=pl.col("value_cents").cum_sum().over(_POOL))
        .select("line_id", *_POOL, "running_cents", "threshold_cents", "kx", "code", "value_cents", "date_of_service")
    )


def kx_missing(claims: Claims) -> pl.DataFrame:
    """Find the lines of a patient's year above the threshold that have no KX, from the first one on."""
    lines = running(claims).filter(pl.col("running_cents") > pl.col("threshold_cents"), ~pl.col("kx"))
    years = lines.group_by(_POOL, maintain_order=True).agg(
        pl.col("line_id").alias("line_ids"),
        pl.col("code").first(),
        pl.len().alias("lines"),
        pl.col("date_of_service").first().alias("first_day"),
        pl.col("running_cents").first(),
        pl.col("threshold_cents").first(),
        pl.col("value_cents").sum().alias("at_risk_cents"),
    )
    return found(
        years.with_columns(
            message=pl.format(
                "{} without KX from {} on: this clinic's {} of {} passed {}",
                counted("lines", "line"),
                pl.col("first_day").dt.strftime("%b %-d, %Y"), "pool", "year", _dollars("threshold_cents"),
            )
        )
    )  # fmt: skip


def kx_early(claims: Claims) -> pl.DataFrame:
    """Find KX at the start of a patient's year, far below the threshold, where the export shows the year's start."""
    limits = facts.limits()
    shown = claims.lines["date_of_service"].min()
    if not isinstance(shown, date):
        return found(claims.lines.clear())
    start = timedelta(days=int(limits["year_start"]["days"]))
    years = [year for year in facts.thresholds().cents_of_year if shown < date(year, 1, 1) + start]
    lines = running(claims).filter(pl.col("year").is_in(years))
    far_below = pl.col("running_cents") * BASIS < pl.col("threshold_cents") * int(limits["kx_early"]["below_bp"])
    first_visit = pl.col("date_of_service") == pl.col("date_of_service").min().over(_POOL)
    from_start = (pl.col("kx") & first_visit).any().over(_POOL)
    early = lines.filter(from_start & pl.col("kx") & far_below)
    of_year = early.group_by(_POOL, maintain_order=True).agg(
        pl.col("line_id").alias("line_ids"),
        pl.col("code").first(),
        pl.len().alias("lines"),
        pl.col("running_cents").max(),
        pl.col("threshold_cents").first(),
    )
    return found(
        of_year.with_columns(
            message=pl.format(
                "KX from the first visit of {} on, at {} of {} here",
                "year", _dollars("running_cents"), _dollars("threshold_cents"),
            )
        )
    )  # fmt: skip


def _dollars(column: str) -> pl.Expr:
    return pl.col(column).map_elements(lambda cents: dollars(cents, places=0), return_dtype=pl.String)
