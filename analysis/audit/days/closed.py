"""Visits on Sundays and holidays of clinics that are hardly ever open then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.audit import facts
from analysis.audit.claims import found
from analysis.money import BASIS

if TYPE_CHECKING:
    from datetime import date

    from analysis.audit.claims import Claims

_SUNDAY = 7


def holidays(first: date, last: date) -> dict[date, str]:
    """Return the holidays on which nearly every clinic is closed, by day, with their names."""
    from pandas import DatetimeIndex  # noqa: PLC0415  only this rule needs it, and it takes time to import
    from pandas.tseries import holiday  # noqa: PLC0415

    days = [
        holiday.Holiday("New Year's Day", month=1, day=1),
        holiday.USMemorialDay,
        holiday.Holiday("Independence Day", month=7, day=4),
        holiday.USLaborDay,
        holiday.USThanksgivingDay,
        holiday.Holiday("Christmas Day", month=12, day=25),
    ]
    calendar = holiday.AbstractHolidayCalendar(name="clinics", rules=days)
    named = calendar.holidays(first, last, return_name=True)
    return {day: str(name) for day, name in zip(DatetimeIndex(named.index).date, named, strict=True)}


def closed_day(claims: Claims) -> pl.DataFrame:
    """Find visits on Sundays and holidays, where a clinic has few of them (data/audit/limits.toml)."""
    limit = facts.limits()["closed_day"]
    lines = claims.lines
    if lines.is_empty():
        return found(lines)
    named = holidays(lines["date_of_service"].min(), lines["date_of_service"].max())  # type: ignore[arg-type]
    names = pl.DataFrame(
        {"date_of_service": list(named), "name": list(named.values())},
        schema={"date_of_service": pl.Date, "name": pl.String},
    )
    visits = (
        lines.group_by("clinic", "visit_key", maintain_order=True)
        .agg(pl.col("date_of_service").first(), pl.col("line_id").alias("line_ids"), pl.col("code").first())
        .join(names, on="date_of_service", how="left", maintain_order="left")
        .with_columns(
            name=pl.when(pl.col("date_of_service").dt.weekday() == _SUNDAY)
            .then(pl.lit("a Sunday"))
            .otherwise(pl.col("name"))
        )
    )
    closed = pl.col("name").is_not_null()
    visits = visits.with_columns(closed=closed.sum().over("clinic"), visits=pl.len().over("clinic"))
    few = pl.col("closed") * BASIS <= pl.col("visits") * int(limit["most_bp"])
    odd = visits.filter(closed & few & (pl.col("visits") >= int(limit["visits"])))
    return found(
        odd.with_columns(
            message=pl.format(
                "a visit on {}, {}: one of {} on such days among {}",
                "name", pl.col("date_of_service").dt.strftime("%b %-d, %Y"), "closed", "visits",
            )
        )
    )  # fmt: skip
