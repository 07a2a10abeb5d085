"""Price a set of billing lines as Medicare would, whoever their payer is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.lines.billing_line import SCHEMA
from analysis.medicare.fees.localities import gpcis_in, resolve
from analysis.medicare.fees.schedules import load_book
from analysis.medicare.policy import load_policy
from analysis.pricing.engines import Engine, collect, converter
from analysis.pricing.pipeline import AMOUNTS, find_fees, mark_top_unit, price_units
from analysis.pricing.prepare import ClinicLocalities, Work, prepare, with_localities, work_of

if TYPE_CHECKING:
    from analysis.medicare.fees.localities import Locality
    from analysis.medicare.fees.schedules import Track


PRICED_LINES: dict[str, pl.DataType] = {**SCHEMA, **{name: pl.Int64() for name in AMOUNTS}}
"""Grain: a billing line with mac and locality filled, and what `pipeline.AMOUNTS` says; in line_id order."""


@dataclass(frozen=True, slots=True, eq=False)
class Priced:
    """Billing lines with Medicare's amounts.

    Attributes
    ----------
    lines:
        `PRICED_LINES`.
    fees:
        The fee rows they were priced with (fee_table).
    notes:
        What a reader needs to know about the pricing, such as a successor locality.
    """

    lines: pl.DataFrame
    fees: pl.DataFrame
    notes: tuple[str, ...]

    def reasons(self) -> pl.DataFrame:
        """Return why lines have no amount: line_id, reason; one row per line without one, in line_id order."""
        fee_book = load_book()
        span = f"final schedules cover {fee_book.first_day} to {fee_book.last_day}"
        code = pl.col("code").cast(pl.String)
        modifier = not_covered_modifier()
        return (
            self.lines.filter(pl.col("expected_cents").is_null())
            .join(self.fees.select("fee_id", "reason"), on="fee_id", how="left")
            .sort("line_id")
            .select(
                "line_id",
                pl.when(modifier.is_not_null())
                .then(pl.format("{}: not covered by Medicare (modifier {})", code, modifier))
                .when(pl.col("locality").is_null())
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


def not_covered_modifier() -> pl.Expr:
    """Return the modifier that says Medicare does not cover a line, from its modifiers; null for every other line."""
    listed = "|".join(load_policy().not_covered_modifiers)
    return pl.col("modifiers").cast(pl.String).str.extract(rf"\b({listed})\b")


def price(
    lines: pl.DataFrame,
    localities: ClinicLocalities | Locality | None,
    *,
    track: Track = "non_qp",
    engine: Engine = "polars",
    proposed: bool = False,
) -> Priced:
    """Price billing lines (`analysis.lines`) with the schedules of their dates in the localities of their clinics.

    Parameters
    ----------
    localities:
        One locality for all lines, or the locality of each clinic (its lines get a reason if it has none), or None:
        the mac and locality the lines already have.
    track:
        Which conversion factor applies if a year has two.
    proposed:
        Also price dates of years that only have a proposed schedule; the caller must show PROPOSED.

    Returns
    -------
    Priced
        Every line, in the same order; amounts in cents, null with a reason where Medicare sets none.

    Raises
    ------
    ContractError
        For lines with no units or a negative charge.
    """
    located = with_localities(lines.drop(AMOUNTS, strict=False), localities)
    work = work_of(located, track=track, proposed=proposed)
    priced = located.drop("locality_key").hstack(_amounts(work, engine))
    return Priced(priced, work.fees.rows, _notes(priced, work))


def _amounts(work: Work, engine: Engine) -> pl.DataFrame:
    """Return the AMOUNTS of lines in line_id order."""
    if engine == "polars":
        amounts = prepare(work).amounts().select("line_id", *AMOUNTS).collect(engine="streaming")
    else:
        with converter(engine) as convert:
            with_fees, fees = find_fees(convert(work.lines), work.lookups), convert(work.fees.rows)
            priced = price_units(mark_top_unit(with_fees, fees, work.lookups), fees)
            amounts = collect(priced.select("line_id", *AMOUNTS))
    if not amounts["line_id"].is_sorted():
        amounts = amounts.sort("line_id")
    return amounts.select(pl.col(AMOUNTS).cast(pl.Int64))


def _notes(priced: pl.DataFrame, work: Work) -> tuple[str, ...]:
    """Return the successors used for localities of these lines, each once."""
    fee_rows = work.fees.rows.filter(pl.col("fee_id").is_in(priced["fee_id"].unique().implode()))
    pairs = fee_rows.select("year", "locality_key").unique().sort("year", "locality_key").iter_rows()
    notes = (gpcis_in(load_book().schedules[year], resolve(key)).note for year, key in pairs)
    return tuple(dict.fromkeys(note for note in notes if note))
