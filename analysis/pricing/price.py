"""Price a whole set of billing lines as Medicare would, whoever their payer is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.errors import ContractError
from analysis.fees.localities import NATIONAL, Locality, place_in, resolve
from analysis.fees.schedules import load_book
from analysis.policy import Policy, load_policy
from analysis.pricing.engines import Engine, collect, converter
from analysis.pricing.fee_table import RVU_MODIFIERS, FeeTable, fee_table
from analysis.pricing.lookups import lookups
from analysis.pricing.periods import periods_of
from analysis.pricing.pipeline import AMOUNTS, find_fees, price_frame

if TYPE_CHECKING:
    from analysis.fees.schedules import FeeBook, Track
    from analysis.pricing.fee_table import Setting
    from analysis.pricing.periods import Period

Places = Mapping[str | None, Locality]
"""The locality of each clinic; the key None stands for lines that name no clinic."""


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
                .then(
                    pl.format(
                        "no Medicare locality for the clinic {}", pl.col("clinic").cast(pl.String).fill_null("(none)")
                    )
                )
                .when(pl.col("fee_id").is_null())
                .then(pl.format("no fee schedule for {}: {}", "date_of_service", pl.lit(span)))
                .otherwise(pl.format("{}: {}", code, "reason"))
                .alias("reason"),
            )
        )


def fees_for(slim: pl.DataFrame, places: set[Locality], periods: tuple[Period, ...]) -> FeeTable:
    """The fee rows of just the codes, row modifiers, places and periods that lines use."""
    days = slim["date_of_service"].unique()
    used = [period for period in periods if days.is_between(period.start, period.end).any()]
    settings: tuple[Setting, ...] = ("nonfacility", "facility") if slim["facility_place"].any() else ("nonfacility",)
    own = {part for text in slim["modifiers"].unique().cast(pl.String) for part in text.split()} & set(RVU_MODIFIERS)
    # With nothing to price, rows of some place and period keep the table's shape; no line finds them.
    where, when = places or {NATIONAL}, used or periods[:1]
    return fee_table(slim["code"].unique().cast(pl.String), where, when, modifiers=own, settings=settings)


def _place_lines(lines: pl.DataFrame, places: Places | Locality | None) -> pl.DataFrame:
    """Fill mac and locality, and add `place`, the locality's key (null where the clinic has none)."""
    category = pl.Categorical()
    if places is None:
        key = pl.concat_str(pl.col("mac").cast(pl.String), pl.lit("-"), pl.col("locality").cast(pl.String))
        return lines.with_columns(place=key.cast(category))
    if not isinstance(places, Mapping):
        return lines.with_columns(
            mac=pl.lit(places.mac, category),
            locality=pl.lit(places.locality, category),
            place=pl.lit(places.key, category),
        )
    clinic = pl.col("clinic").cast(pl.String)

    def of_place(attribute: str) -> pl.Expr:
        named = {name: getattr(place, attribute) for name, place in places.items() if name is not None}
        unnamed = getattr(places[None], attribute) if None in places else None
        found = clinic.replace_strict(named, default=None, return_dtype=pl.String)
        return pl.when(clinic.is_null()).then(pl.lit(unnamed, pl.String)).otherwise(found).cast(category)

    return lines.with_columns(mac=of_place("mac"), locality=of_place("locality"), place=of_place("key"))


def _refuse_reversals(lines: pl.DataFrame) -> None:
    """Reading pairs a reversal with its charge or rejects it; no rule says what MPPR makes of one on its own."""
    for column, least in (("units", 1), ("charge_cents", 0)):
        lowest = lines[column].min()
        if isinstance(lowest, int) and lowest < least:
            raise ContractError(f"lines.{column} holds {lowest}; pricing takes {least} or more")


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
    places: Places | Locality | None,
    *,
    track: Track = "non_qp",
    engine: Engine = "polars",
    proposed: bool = False,
) -> Priced:
    """Price canonical lines (analysis.lines) with the schedules of their dates in the localities of their clinics.

    Parameters
    ----------
    places:
        One locality for all lines, or the locality of each clinic (its lines get a reason where it has none), or None:
        the mac and locality the lines already have.
    track:
        Which conversion factor holds where a year has two.
    proposed:
        Also price dates of years for which there is only a proposed schedule; saying PROPOSED is the caller's.

    Returns
    -------
    Priced
        Every line, in the same order; amounts in cents, null with a reason where Medicare sets none.

    Raises
    ------
    ContractError
        For lines of no units or of a negative charge.
    """
    _refuse_reversals(lines)
    policy, book = load_policy(), load_book()
    periods = periods_of(book, policy, track, proposed=proposed)
    placed = _place_lines(lines.drop(AMOUNTS, strict=False).sort("line_id"), places)
    slim = _for_pricing(placed, policy)
    used = {resolve(key) for key in slim["place"].unique().drop_nulls().cast(pl.String)}
    fees = fees_for(slim, used, periods)
    amounts = run(slim, fees, periods, engine=engine)
    priced = placed.drop("place").hstack(amounts.select(AMOUNTS))
    return Priced(priced, fees.rows, _notes(used, book, set(fees.rows["year"])))


def _notes(places: set[Locality], book: FeeBook, years: set[int]) -> tuple[str, ...]:
    """The successors that stood in for localities, said once each."""
    notes = (place_in(book.schedules[year], place).note for year in sorted(years) for place in sorted(places))
    return tuple(dict.fromkeys(note for note in notes if note))


def run(slim: pl.DataFrame, fees: FeeTable, periods: tuple[Period, ...], *, engine: Engine = "polars") -> pl.DataFrame:
    """Run the pipeline on an engine: line_id and the AMOUNTS, in the order of line_id."""
    with converter(engine) as convert:
        tables = lookups(slim, fees, periods, load_policy(), convert)
        priced = price_frame(find_fees(convert(slim), tables), tables)
        result = collect(priced.select("line_id", *AMOUNTS).sort("line_id"))
    return result.with_columns(pl.col(AMOUNTS).cast(pl.Int64))
