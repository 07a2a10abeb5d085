"""Usual limits of coverage: guidance of contractors and coding guides, no edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.audit.claims import PLAN, counted, found, nothing
from analysis.codes.guide import load_guide

if TYPE_CHECKING:
    from collections.abc import Collection

    from analysis.audit.claims import Claims
    from analysis.codes.guide import Guidance


def above_limit(lines: pl.DataFrame, day: Collection[str], limit: Guidance) -> pl.DataFrame:
    """Return the days above a usual limit, within one discipline. Grain: `day` and discipline.

    `lines` has the columns `day`, code, discipline and units.
    """
    limited = lines.filter(pl.col("code") == limit.code)
    if limit.beside:
        others = lines.filter(pl.col("code").is_in(limit.beside)).select(*day).unique()
        limited = limited.join(others, on=[*day], how="semi")
    units = limited.group_by(*day, "discipline", maintain_order=True).agg(pl.col("units").sum())
    return units.filter(pl.col("units") > limit.max_units).select(*day, "discipline")


def usual_units(claims: Claims) -> pl.DataFrame:
    """Find days above a usual limit of a code's units."""
    day = [name for name in PLAN if name != "discipline"]
    parts = [nothing()]
    for limit in load_guide().guidance:
        above = above_limit(claims.lines, day, limit)
        behind = claims.lines.filter(pl.col("code") == limit.code).join(
            above, on=[*PLAN], how="semi", nulls_equal=True, maintain_order="left"
        )
        days = behind.group_by(PLAN, maintain_order=True).agg(
            pl.col("line_id").alias("line_ids"),
            pl.col("units").sum(),
            pl.when(pl.col("value_cents").is_not_null().all()).then(pl.col("value_cents").sum()).alias("value_cents"),
        )
        parts.append(
            found(
                days.with_columns(
                    code=pl.lit(limit.code), message=pl.format("{}: {}", counted("units"), pl.lit(limit.text))
                )
            )
        )
    return pl.concat(parts)
