"""Prepare billing lines for pricing: their localities, their fee rows, the order of their visits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import narwhals as nw
import polars as pl

from analysis.errors import ContractError
from analysis.lines.payers import payer_numbers
from analysis.medicare.fees.localities import NATIONAL, Locality, resolve
from analysis.medicare.fees.schedules import load_book
from analysis.medicare.policy import load_policy
from analysis.pricing.fee_table import INGREDIENTS, FeeTable, fee_table
from analysis.pricing.lookups import Lookups, lookups
from analysis.pricing.periods import periods_of
from analysis.pricing.pipeline import RATES, find_fees, price_units
from analysis.pricing.visits import in_ranking_order, in_visit_order, mark_top_unit_in_order

if TYPE_CHECKING:
    from analysis.medicare.fees.schedules import Track
    from analysis.medicare.policy import Policy
    from analysis.pricing.fee_table import Setting
    from analysis.pricing.periods import Period

_MOST = 2**40

ClinicLocalities = Mapping[str | None, Locality]
"""The locality of each clinic; the key None is for lines that name no clinic."""


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """The lines to price, and what they are priced with.

    Attributes
    ----------
    lines:
        Grain: one billing line, in the order of line_id; only what pricing reads: line_id, visit_key, payer_number
        (lines.payers), date_of_service, code, modifiers, locality_key (null where the clinic has none), units,
        charge_cents, facility_place, the line flags that places of service give (Policy.line_flags).
    fees:
        The fee rows of only the codes, row modifiers, localities and periods in use.
    lookups:
        What their codes, localities, dates and modifiers mean.
    """

    lines: pl.DataFrame
    fees: FeeTable
    lookups: Lookups


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Lines with their fee rows, in the order they rank in: pricing them again is quick.

    Attributes
    ----------
    lines:
        Grain: one billing line: line_id, visit_key, ranking (visits.in_ranking_order), code, units,
        charge_cents, fee_id, the line flags.
    fees:
        The fee rows.
    lookups:
        What sets the scale of their ranking.
    """

    lines: pl.DataFrame
    fees: FeeTable
    lookups: Lookups

    def amounts(self) -> pl.LazyFrame:
        """Return the lines with pipeline.AMOUNTS, lazily: an aggregate of them is never written out line by line."""
        marked = mark_top_unit_in_order(self.lines, self.fees.rows["top_rank"], self.lookups)
        fees = nw.from_native(self.fees.rows.lazy())
        amounts: pl.LazyFrame = price_units(nw.from_native(marked.lazy()), fees).to_native()
        return amounts


def with_localities(lines: pl.DataFrame, localities: ClinicLocalities | Locality | None) -> pl.DataFrame:
    """Return lines in line_id order with mac and locality filled, and `locality_key` (null: none).

    `localities` is one locality for all, one per clinic, or None: the mac and locality the lines already have.
    """
    ordered = lines if lines["line_id"].is_sorted() else lines.sort("line_id")
    category = pl.Categorical()
    if localities is None:
        key = pl.concat_str(pl.col("mac").cast(pl.String), pl.lit("-"), pl.col("locality").cast(pl.String))
        return ordered.with_columns(locality_key=key.cast(category))
    if not isinstance(localities, Mapping):
        filled = {"mac": localities.mac, "locality": localities.locality, "locality_key": localities.key}
        return ordered.with_columns(pl.lit(text, category).alias(name) for name, text in filled.items())
    keys = [(name, locality.mac, locality.locality, locality.key) for name, locality in localities.items()]
    table = pl.DataFrame(
        keys, schema=dict.fromkeys(("clinic", "mac", "locality", "locality_key"), category), orient="row"
    )
    located = ordered.drop("mac", "locality").join(
        table, on="clinic", how="left", nulls_equal=True, maintain_order="left"
    )
    return located.select(*ordered.columns, "locality_key")


def _refuse_reversals(lines: pl.DataFrame) -> None:
    """Refuse reversals on their own: reading pairs them with a charge, and no rule says how MPPR treats them alone.

    Also refuse absurdly high charges: one above 2**40 cents would leave no room to rank a visit's lines.
    """
    for column, least in (("units", 1), ("charge_cents", 0)):
        lowest, highest = lines[column].min(), lines[column].max()
        if isinstance(lowest, int) and lowest < least:
            raise ContractError(f"lines.{column} holds {lowest}; pricing takes {least} or more")
        if isinstance(highest, int) and highest > _MOST:
            raise ContractError(f"lines.{column} holds {highest}; pricing takes {_MOST} or less")


def _fees(
    lines: pl.DataFrame, localities: tuple[Locality, ...], periods: tuple[Period, ...], further_codes: Iterable[str]
) -> FeeTable:
    settings: tuple[Setting, ...] = ("nonfacility", "facility") if lines["facility_place"].any() else ("nonfacility",)
    row_modifiers = {part for text in lines["modifiers"].unique().cast(pl.String) for part in text.split()} & set(
        load_policy().row_modifiers
    )
    # With nothing to price, rows of some locality keep the table's shape; no line uses them.
    codes = {*lines["code"].unique().cast(pl.String), *further_codes}
    return fee_table(codes, localities or (NATIONAL,), periods, modifiers=row_modifiers, settings=settings)


def _periods_in_use(days: pl.Series, track: Track, *, proposed: bool) -> tuple[Period, ...]:
    """Return the periods the dates fall in, or the first period if none do."""
    periods = periods_of(load_book(), load_policy(), track, proposed=proposed)
    return tuple(period for period in periods if days.is_between(period.start, period.end).any()) or periods[:1]


def work_of(
    lines: pl.DataFrame,
    *,
    track: Track,
    proposed: bool,
    periods: Sequence[Period] | None = None,
    further_codes: Iterable[str] = (),
) -> Work:
    """Find what lines with localities (`with_localities`) need to be priced.

    `periods` and `further_codes` get fee rows whether or not a line has them; without `periods`, those in use.
    ContractError for no units or a negative charge.
    """
    _refuse_reversals(lines)
    refuse_unread(policy := load_policy())
    places_of_flags = {"facility_place": policy.facility_places}
    places_of_flags |= {name: flag.places for name, flag in policy.line_flags.items() if flag.places}
    place_of_service = pl.col("place_of_service").cast(pl.String)
    inputs = lines.select(
        "line_id",
        "visit_key",
        payer_numbers(lines),
        "date_of_service",
        "code",
        "modifiers",
        "locality_key",
        "units",
        "charge_cents",
        **{
            name: place_of_service.is_in(sorted(listed)).fill_null(value=False)
            for name, listed in places_of_flags.items()
        },
    )
    keys = inputs["locality_key"].unique().drop_nulls().cast(pl.String)
    localities = tuple(sorted({resolve(key) for key in keys}))
    used_periods = tuple(periods or _periods_in_use(inputs["date_of_service"].unique(), track, proposed=proposed))
    fees = _fees(inputs, localities, used_periods, further_codes)
    return Work(inputs, fees, lookups(inputs, fees, used_periods, policy))


def refuse_unread(policy: Policy) -> None:
    """Raise ContractError for a dated rate of data/policy that no price is computed with: it would change nothing."""
    if unread := policy.rates.keys() - {*RATES, *INGREDIENTS}:
        raise ContractError(
            f"data/policy has {', '.join(sorted(unread))}, which no price is computed with: "
            "price_units in analysis/pricing/pipeline.py has to read it and name it in RATES"
        )


def prepare(work: Work) -> Prepared:
    """Find each line's fee row, and sort the lines for ranking."""
    with_fees: pl.LazyFrame = find_fees(nw.from_native(work.lines.lazy()), work.lookups).to_native()
    lines = with_fees.drop("date_of_service", "modifiers", "locality_key", "facility_place").collect()
    ordered = in_ranking_order(in_visit_order(lines)).drop("payer_number")
    return Prepared(ordered, work.fees, work.lookups)
