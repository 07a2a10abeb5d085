"""Initial evaluations of one kind that follow each other closely."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.audit import facts
from analysis.audit.claims import found

if TYPE_CHECKING:
    from analysis.audit.claims import Claims


def evaluation_repeated(claims: Claims) -> pl.DataFrame:
    """Find an initial evaluation within the limit's days after another one of its kind, for the same patient."""
    days = facts.limits()["evaluation_repeated"]["days"]
    kinds = facts.codes().kind_of_evaluation
    evaluations = (
        claims.lines.filter(pl.col("code").is_in(list(kinds)))
        .with_columns(kind=pl.col("code").replace_strict(dict(kinds), return_dtype=pl.String))
        .sort("date_of_service", "line_id")
        .with_columns(
            pl.col("date_of_service").shift(1).over("patient_key", "kind").alias("before"),
            pl.col("line_id").shift(1).over("patient_key", "kind").alias("line_before"),
        )
        .with_columns(gap=(pl.col("date_of_service") - pl.col("before")).dt.total_days())
        .filter(pl.col("gap") <= days)
    )
    when = (
        pl.when(pl.col("gap") == 0)
        .then(pl.lit("on the same day"))
        .when(pl.col("gap") == 1)
        .then(pl.lit("one day"))
        .otherwise(pl.format("{} days", "gap"))
    )
    return found(
        evaluations.sort("line_id").select(
            line_ids=pl.concat_list("line_id", "line_before"),
            code="code",
            message=pl.when(pl.col("gap") == 0)
            .then(pl.format("a second {} evaluation on the same day ({})", "kind", "code"))
            .otherwise(pl.format("a second {} evaluation ({}) {} after the first", "kind", "code", when)),
            at_risk_cents="value_cents",
        )
    )
