"""Price lines again under rules other than those of their own dates: another year's schedule, another code.

The lines come from `Priced.lines`, so every clinic's locality is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.medicare.fees import resolve

if TYPE_CHECKING:
    from analysis.medicare.fees import Locality


def localities(lines: pl.DataFrame) -> tuple[Locality, ...]:
    """Return the localities these lines were priced in, most units first."""
    units = (
        lines.filter(pl.col("locality").is_not_null())
        .group_by("mac", "locality")
        .agg(pl.col("units").sum())
        .cast({"mac": pl.String, "locality": pl.String})
        .sort(["units", "mac", "locality"], descending=[True, False, False])
    )
    return tuple(resolve(f"{mac}-{number}") for mac, number in units.select("mac", "locality").iter_rows())


def with_state(lines: pl.DataFrame) -> pl.DataFrame:
    """Add state, of the locality that prices a line ("US" for national amounts); null without a locality."""
    states = {(each.mac, each.locality): each.state for each in localities(lines)}
    rows = [(*place, state) for place, state in states.items()]
    table = pl.DataFrame(rows, schema={"mac": pl.String, "locality": pl.String, "state": pl.String}, orient="row")
    text = lines.with_columns(pl.col("mac", "locality").cast(pl.String))
    return text.join(table, on=["mac", "locality"], how="left", maintain_order="left")


def in_year(lines: pl.DataFrame, year: int) -> pl.DataFrame:
    """Move lines to the same dates of another year; 29 February becomes 28 February if the year has none."""
    day = pl.col("date_of_service")
    last_day = pl.date(year, day.dt.month(), 1).dt.month_end().dt.day()
    same_day = pl.date(year, day.dt.month(), pl.min_horizontal(day.dt.day(), last_day))
    return lines.with_columns(same_day.alias("date_of_service"))


def whole_visits(lines: pl.DataFrame, everything: pl.DataFrame) -> pl.DataFrame:
    """Return all lines of the visits in `lines`: a filter may have removed the line that ranks first under MPPR."""
    return everything.join(lines.select(pl.col("visit_key").unique()), on="visit_key", how="semi")
