"""Short lines at the amounts of other schedules: what the payer may have priced them by."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from analysis.medicare.fees import load_book, resolve
from analysis.medicare.fees.localities import all_localities
from analysis.medicare.policy import load_policy
from analysis.money import BASIS, half_up
from analysis.pricing import price
from analysis.pricing.repricing import in_year, whole_visits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.medicare.fees import Locality
    from analysis.medicare.fees.schedules import Track
    from analysis.pricing import Priced

REPRICED = ("earlier_schedule", "earlier_factor", "facility_rate", "other_factor", "other_locality")
_ALIKE = 3
"""Lines that must show another locality's amount before it is named: a single match may be chance."""
_FACILITY = "22"


def repriced(short: pl.DataFrame, priced: Priced, track: Track) -> pl.DataFrame:
    """Add the amounts after MPPR under other schedules, whole visits ranked again: `REPRICED`, null if there is none.

    Needs the lines of a percent of Medicare that follows MPPR, and `allowed_cents`.
    """
    comparable = short.filter(pl.col("percent_bp").is_not_null() & pl.col("mppr_agreed"))
    if comparable.is_empty():
        return short.with_columns(pl.lit(None, pl.Int64).alias(name) for name in REPRICED)
    for name, amounts in _amounts(comparable, priced, track):
        renamed = amounts.rename({"amount": name})
        short = short.join(renamed, on="line_id", how="left", maintain_order="left")
    return short


def _amounts(comparable: pl.DataFrame, priced: Priced, track: Track) -> Iterator[tuple[str, pl.DataFrame]]:
    visits = whole_visits(comparable, priced.lines)
    years = visits["date_of_service"].dt.year().unique().sort()
    of_year = [visits.filter(pl.col("date_of_service").dt.year() == year) for year in years]
    yield (
        "earlier_schedule",
        _scheduled(pl.concat(in_year(part, year - 1) for year, part in zip(years, of_year, strict=True)), track),
    )
    yield "earlier_factor", _before_a_change(visits, track)
    yield "facility_rate", _scheduled(_in_a_facility(visits), track)
    yield "other_factor", _scheduled(visits, "qp" if track == "non_qp" else "non_qp")
    yield "other_locality", _elsewhere(comparable, visits, track)


def _scheduled(lines: pl.DataFrame, track: Track, locality: Locality | None = None) -> pl.DataFrame:
    return price(lines, locality, track=track).lines.select("line_id", amount="scheduled_cents")


def _before_a_change(visits: pl.DataFrame, track: Track) -> pl.DataFrame:
    """Return the amounts by the factor a year began with, for services after it changed within the year."""
    book = load_book()
    parts = [pl.DataFrame(schema={"line_id": pl.Int64, "amount": pl.Int64})]
    for year in visits["date_of_service"].dt.year().unique().sort():
        changes = [period.start for period in book.schedules[year].periods if period.start > date(year, 1, 1)]
        later = visits.filter(
            pl.col("date_of_service").dt.year() == year, pl.col("date_of_service") >= min(changes, default=date.max)
        )
        if later.height:
            parts.append(_scheduled(later.with_columns(date_of_service=pl.lit(date(year, 1, 2))), track))
    return pl.concat(parts)


def _in_a_facility(visits: pl.DataFrame) -> pl.DataFrame:
    """Return the lines as if no modifier said that they are therapy, in a hospital."""
    therapy = list(load_policy().therapy_modifiers)
    modifiers = pl.col("modifiers").cast(pl.String).str.split(" ").list.set_difference(therapy).list.sort()
    return visits.with_columns(
        modifiers.list.join(" ").cast(pl.Categorical).alias("modifiers"),
        place_of_service=pl.lit(_FACILITY).cast(pl.Categorical),
    )


def _elsewhere(comparable: pl.DataFrame, visits: pl.DataFrame, track: Track) -> pl.DataFrame:
    """Return the amounts in these states' other locality that explains most lines, if it explains several."""
    clinic_localities = {
        resolve(f"{mac}-{number}")
        for mac, number in comparable.select("mac", "locality").drop_nulls().unique().iter_rows()
    }
    states = {locality.state for locality in clinic_localities}
    best, most_explained = pl.DataFrame(schema={"line_id": pl.Int64, "amount": pl.Int64}), 0
    for locality in all_localities():
        if locality.state not in states or clinic_localities == {locality}:
            continue
        amounts = _scheduled(visits, track, locality)
        amount = half_up(pl.col("amount") * pl.col("percent_bp"), BASIS)
        explained = comparable.join(amounts, on="line_id").filter(pl.col("allowed_cents") == amount)
        if (
            explained.height > most_explained
            and explained.height >= _ALIKE
            and explained["allowed_cents"].n_unique() > 1
        ):
            best, most_explained = amounts, explained.height
    return best
