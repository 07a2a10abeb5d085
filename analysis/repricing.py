"""Price lines again under other rules than those of their own dates: another year's schedule, another code.

The lines come from `Priced.lines`, so every clinic's locality is known. Amounts are before the charge limit: a charge was set
for the schedule of its time, and would hide what another schedule pays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.fees import load_book, resolve
from analysis.policy import load_policy
from analysis.pricing.periods import periods_of
from analysis.pricing.price import run, tables_for

if TYPE_CHECKING:
    from analysis.fees import Locality
    from analysis.fees.schedules import Track

_KEY = pl.concat_str(pl.col("mac").cast(pl.String), pl.lit("-"), pl.col("locality").cast(pl.String))


def localities(lines: pl.DataFrame) -> tuple[Locality, ...]:
    """The localities these lines were priced in, the one with most units first."""
    units = (
        lines.filter(pl.col("locality").is_not_null())
        .group_by("mac", "locality")
        .agg(pl.col("units").sum())
        .with_columns(_KEY.alias("place"))
        .sort(["units", "place"], descending=[True, False])
    )
    return tuple(resolve(key) for key in units["place"])


def in_year(lines: pl.DataFrame, year: int) -> pl.DataFrame:
    """The same lines on the same days of another year; 29 February becomes 28 February where the year has none."""
    day = pl.col("date_of_service")
    moved = pl.date(year, day.dt.month(), pl.min_horizontal(day.dt.day(), pl.date(year, day.dt.month(), 1).dt.month_end().dt.day()))
    return lines.with_columns(moved.alias("date_of_service"))


def scheduled(lines: pl.DataFrame, *, track: Track = "non_qp") -> pl.DataFrame:
    """Fee schedule amounts after MPPR, every visit ranked afresh, for lines whose dates or codes were changed.

    Grain: one line, in the order of line_id: line_id, full_units, scheduled_cents (null where there is no amount). Proposed
    schedules price dates in their year; that the result rests on a proposal is for the caller to say.
    """
    slim = lines.select(
        "line_id",
        "visit_key",
        "date_of_service",
        "code",
        "modifiers",
        _KEY.cast(pl.Categorical).alias("place"),
        "units",
        "charge_cents",
        facility_place=_in_facility(),
    )
    policy = load_policy()
    places = set(localities(lines))
    tables = tables_for(slim, places, periods_of(load_book(), policy, track, proposed=True), policy)
    return run(slim, tables).select("line_id", "full_units", "scheduled_cents")


def _in_facility() -> pl.Expr:
    places = sorted(load_policy().facility_places)
    return pl.col("place_of_service").cast(pl.String).is_in(places).fill_null(value=False)
