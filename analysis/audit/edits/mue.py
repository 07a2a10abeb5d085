"""Medically unlikely edits: most units of a code on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.audit.claims import DAY, counted, found, nothing, of_units

if TYPE_CHECKING:
    from collections.abc import Collection

    from analysis.audit.claims import Claims
    from analysis.medicare.edits import Edits

ABSOLUTE = 2
"""The indicator (MAI) of a limit that no appeal lifts."""


def over_limit(lines: pl.DataFrame, day: Collection[str], edits: Edits) -> pl.DataFrame:
    """Return the codes of each day with more units than Medicare pays, over all lines of the day.

    Parameters
    ----------
    lines:
        Columns `day`, code and units.

    Returns
    -------
    pl.DataFrame
        Grain: day and code: `day`, code, billed (units), max_units, mai, text.
    """
    units = lines.group_by([*day, "code"], maintain_order=True).agg(pl.col("units").sum().alias("billed"))
    firm = pl.when(pl.col("mai") == ABSOLUTE).then(pl.lit("absolute")).otherwise(pl.lit("open to appeal"))
    return (
        units.join(edits.units, on="code", maintain_order="left")
        .filter(pl.col("billed") > pl.col("max_units"))
        .with_columns(
            text=pl.when(pl.col("max_units") == 0)
            .then(pl.format("{} is never paid apart", "code"))
            .otherwise(pl.format("more than {} of {} a day ({})", counted("max_units"), "code", firm))
        )
    )


def mue(claims: Claims) -> pl.DataFrame:
    """Find days with more units of a code than Medicare pays."""
    return pl.concat([nothing(), *(_of_edition(lines, edits) for lines, edits in claims.by_edition())])


def _of_edition(lines: pl.DataFrame, edits: Edits) -> pl.DataFrame:
    over = over_limit(lines, DAY, edits)
    behind = lines.join(over, on=[*DAY, "code"], maintain_order="left").group_by(*DAY, "code", maintain_order=True)
    days = behind.agg(
        pl.col("line_id").alias("line_ids"),
        pl.col("billed", "max_units", "mai", "text").first(),
        pl.when(pl.col("value_cents").is_not_null().all()).then(pl.col("value_cents").sum()).alias("value_cents"),
    )
    return found(
        days.with_columns(
            message=pl.format("{} of {}: {}", counted("billed"), "code", "text"),
            severity=pl.when(pl.col("max_units") == 0)
            .then(pl.lit("note"))
            .when(pl.col("mai") == ABSOLUTE)
            .then(pl.lit("error")),
            at_risk_cents=of_units(pl.col("billed") - pl.col("max_units"), "value_cents", "billed"),
        )
    )
