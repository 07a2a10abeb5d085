"""Add-on codes without the code they are added to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.audit import facts
from analysis.audit.claims import found, nothing

if TYPE_CHECKING:
    from analysis.audit.claims import Claims
    from analysis.audit.facts import AddOn


def addon_without_primary(claims: Claims) -> pl.DataFrame:
    """Find add-on codes on a day (or in a month) without their primary code."""
    parts = [_alone(claims.lines, add_on) for add_on in facts.codes().add_ons]
    return pl.concat([nothing(), *parts])


def _alone(lines: pl.DataFrame, add_on: AddOn) -> pl.DataFrame:
    month = pl.col("date_of_service").dt.truncate("1mo")
    period = month if add_on.in_month else pl.col("date_of_service")
    added = lines.filter(pl.col("code") == add_on.code).with_columns(period=period)
    primary = lines.filter(pl.col("code").is_in(add_on.primary)).with_columns(period=period)
    alone = added.join(primary.select("patient_key", "period").unique(), on=["patient_key", "period"], how="anti")
    when = "in the same month" if add_on.in_month else "on the same day"
    return found(
        alone.select(
            line_ids=pl.concat_list("line_id"),
            code="code",
            message=pl.lit(f"{add_on.code} is an add-on to {' or '.join(add_on.primary)}, which is not there {when}"),
            at_risk_cents="value_cents",
        )
    )
