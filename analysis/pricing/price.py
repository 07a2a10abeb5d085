"""Price a whole set of billing lines as Medicare would, whoever their payer is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import narwhals as nw
import polars as pl

from analysis.fees.localities import NATIONAL, place_in
from analysis.fees.schedules import load_book
from analysis.policy import Policy, load_policy
from analysis.pricing.engines import Engine, collect, converter
from analysis.pricing.fee_table import RVU_MODIFIERS, fee_table
from analysis.pricing.periods import calendar, periods_of
from analysis.pricing.pipeline import AMOUNTS, price_frame

if TYPE_CHECKING:
    from analysis.fees.localities import Locality
    from analysis.fees.schedules import FeeBook, Track
    from analysis.pricing.fee_table import Setting
    from analysis.pricing.periods import Period

Places = Mapping[str | None, "Locality"]
"""The locality of each clinic; the key None stands for lines that name no clinic."""


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """What lines are joined with: the meaning of modifiers, the period of each date, the fee rows."""

    modifiers: pl.DataFrame
    calendar: pl.DataFrame
    fees: pl.DataFrame

    @property
    def top_rank(self) -> int:
        """The highest MPPR rank among the fee rows."""
        rank = self.fees["top_rank"].max()
        return rank if isinstance(rank, int) else 0


@dataclass(frozen=True, slots=True, eq=False)
class Priced:
    """Billing lines with Medicare's amounts.

    Attributes
    ----------
    lines:
        The canonical lines, mac and locality filled, and the columns of `pipeline.AMOUNTS`; in the order of line_id.
    fees:
        The fee rows they were priced with (fee_table).
    notes:
        What a reader has to know of how they were priced, such as a successor locality.
    """

    lines: pl.DataFrame
    fees: pl.DataFrame
    notes: tuple[str, ...]

    def reasons(self) -> pl.DataFrame:
        """Why lines have no amount: line_id, reason; one row for each line without one, in the order of line_id."""
        book = load_book()
        span = f"final schedules hold {book.first_day} to {book.last_day}"
        code = pl.col("code").cast(pl.String)
        return (
            self.lines.filter(pl.col("expected_cents").is_null())
            .join(self.fees.select("fee_id", "reason"), on="fee_id", how="left")
            .sort("line_id")
            .select(
                "line_id",
                pl.when(pl.col("locality").is_null())
                .then(pl.format("no Medicare locality for the clinic {}", pl.col("clinic").cast(pl.String).fill_null("(none)")))
                .when(pl.col("fee_id").is_null())
                .then(pl.format("no fee schedule for {}: {}", "date_of_service", pl.lit(span)))
                .otherwise(pl.format("{}: {}", code, "reason"))
                .alias("reason"),
            )
        )


def modifier_meanings(modifiers: pl.Series, policy: Policy) -> pl.DataFrame:
    """What each distinct string of modifiers means: modifiers, rvu_modifier, therapy, assistant."""
    distinct = modifiers.unique()
    rows = [
        (
            next((own for own in RVU_MODIFIERS if own in parts), ""),
            any(therapy in parts for therapy in policy.therapy_modifiers),
            any(assistant in parts for assistant in policy.assistant_modifiers),
        )
        for parts in (set(text.split()) for text in distinct.cast(pl.String))
    ]
    meaning = pl.DataFrame(
        rows, schema={"rvu_modifier": pl.String, "therapy": pl.Boolean, "assistant": pl.Boolean}, orient="row"
    )
    return pl.DataFrame({"modifiers": distinct}).hstack(meaning)


def tables_for(lines: pl.DataFrame, places: set[Locality], periods: tuple[Period, ...], policy: Policy) -> Tables:
    """The tables a set of lines is joined with, holding just the codes, modifiers, places and periods they use."""
    meanings = modifier_meanings(lines["modifiers"], policy)
    first, last = lines["date_of_service"].min(), lines["date_of_service"].max()
    used = [period for period in periods if first is not None and period.start <= last and period.end >= first]
    settings: tuple[Setting, ...] = ("nonfacility", "facility") if lines["facility_place"].any() else ("nonfacility",)
    codes = lines["code"].unique().cast(pl.String)
    # With nothing to price, rows of some place and period keep the tables' shape; no line finds them.
    where, when = sorted(places) or [NATIONAL], used or periods[:1]
    fees = fee_table(codes, where, when, modifiers=meanings["rvu_modifier"].unique(), settings=settings)
    # Categories, so that Polars joins dictionary numbers instead of text.
    return Tables(meanings, calendar(when), fees.with_columns(pl.col("code", "place").cast(pl.Categorical)))


def _place_lines(lines: pl.DataFrame, places: Places | Locality) -> pl.DataFrame:
    """Fill mac and locality, and add `place`, the locality's key (null where the clinic has none)."""
    category = pl.Categorical()
    if not isinstance(places, Mapping):
        return lines.with_columns(
            mac=pl.lit(places.mac, category), locality=pl.lit(places.locality, category), place=pl.lit(places.key, category)
        )
    clinic = pl.col("clinic").cast(pl.String)

    def of_place(attribute: str) -> pl.Expr:
        named = {name: getattr(place, attribute) for name, place in places.items() if name is not None}
        unnamed = getattr(places[None], attribute) if None in places else None
        found = clinic.replace_strict(named, default=None, return_dtype=pl.String)
        return pl.when(clinic.is_null()).then(pl.lit(unnamed, pl.String)).otherwise(found).cast(category)

    return lines.with_columns(mac=of_place("mac"), locality=of_place("locality"), place=of_place("key"))


def _for_pricing(lines: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Only what pricing reads, one row a line."""
    facility = pl.col("place_of_service").cast(pl.String).is_in(sorted(policy.facility_places)).fill_null(value=False)
    return lines.select(
        "line_id",
        "visit_key",
        "date_of_service",
        "code",
        "modifiers",
        "place",
        "units",
        "charge_cents",
        facility_place=facility,
    )


def price(
    lines: pl.DataFrame,
    places: Places | Locality,
    *,
    track: Track = "non_qp",
    engine: Engine = "polars",
    book: FeeBook | None = None,
) -> Priced:
    """Price canonical lines (analysis.lines) with the schedules of their dates in the localities of their clinics.

    Parameters
    ----------
    places:
        One locality for all lines, or the locality of each clinic; lines of a clinic without one get a reason.
    track:
        Which conversion factor holds where a year has two.

    Returns
    -------
    Priced
        Every line, in the same order; amounts in cents, null with a reason where Medicare sets none.
    """
    policy, book = load_policy(), book or load_book()
    periods = periods_of(book, policy, track)
    placed = _place_lines(lines.sort("line_id"), places)
    slim = _for_pricing(placed, policy)
    used = set(slim["place"].drop_nulls().unique())
    named = {p for p in ({places} if not isinstance(places, Mapping) else set(places.values())) if p.key in used}
    tables = tables_for(slim, named, periods, policy)
    amounts = run(slim, tables, engine=engine)
    priced = placed.drop("place").hstack(amounts.select(AMOUNTS))
    return Priced(priced, tables.fees, _notes(named, book, set(tables.fees["year"])))


def _notes(places: set[Locality], book: FeeBook, used: set[int]) -> tuple[str, ...]:
    """The successors that stood in for localities, said once each."""
    schedules = (book.schedules[year] for year in sorted(used))
    notes = (place_in(schedule, place).note for schedule in schedules for place in sorted(places))
    return tuple(dict.fromkeys(note for note in notes if note))


def _above(numbers: pl.Series) -> int:
    """A whole number above every one of a column."""
    highest = numbers.max()
    return max(highest, 0) + 1 if isinstance(highest, int) else 1


def run(slim: pl.DataFrame, tables: Tables, *, engine: Engine = "polars") -> pl.DataFrame:
    """Run the pipeline on an engine: line_id and the AMOUNTS, in the order of line_id."""
    with converter(engine) as convert:
        priced = price_frame(
            convert(slim),
            convert(tables.modifiers),
            convert(tables.calendar),
            convert(tables.fees),
            top_rank=tables.top_rank,
            charge=_above(slim["charge_cents"]),
            count=_above(slim["line_id"]),
        )
        result = collect(priced.select("line_id", *AMOUNTS).sort("line_id"))
    return result.with_columns(pl.col(AMOUNTS).cast(pl.Int64))
