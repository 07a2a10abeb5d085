"""What every payer would pay for the clinic's own visits: like with like, whoever decided them.

All visits of the last twelve months are priced by today's schedule as if one payer decided every line of them, and then
by each payer's latest terms. Codes that a payer has no amount for leave their whole visit out, on Medicare's side too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from analysis.medicare.fees import load_book, resolve
from analysis.money import BASIS, half_up
from analysis.payers.amounts import is_assistant, line_amount, visit_amount
from analysis.pricing import not_covered_modifier, price
from analysis.pricing.repricing import in_year
from analysis.whatif.scenarios import Contract

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.medicare.fees.schedules import Track
    from analysis.payers.known import KnownPayer

PER_VISIT: dict[str, pl.DataType] = {
    "payer": pl.String(),
    "payer_visit_cents": pl.Int64(),
    "share_of_medicare_amount": pl.Float64(),
    "share_of_charges": pl.Float64(),
    "visits_priced": pl.Int64(),
}
"""Grain: a payer, the best first: the average it would allow for a visit, the part of Medicare's amount and of the
charges that is on the same visits, and how many of the clinic's visits it has an amount for. All null for a payer
without known terms; shares are null where there is no Medicare amount or no charge."""
_YEAR = timedelta(days=365)
_CODES = 10
"""Codes of which one more unit is priced, those with the most units."""
_VISITS_OF_A_CODE = 400
"""Visits of each of these codes that are priced again, evenly over the year."""
_PRICED = ("list_cents", "scheduled_cents", "full_units")
_AS_MEDICARE = Contract("medicare", payer="Medicare", percent_bp=BASIS)


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """What payers pay for the same visits.

    Attributes
    ----------
    per_visit:
        `PER_VISIT`.
    per_unit:
        Grain: a payer, in the same order: payer, and for each of `codes` the cents one more unit in a visit with it
        brings, on average; null where the payer has no amount.
    codes:
        The codes of `per_unit`, most units first.
    visits, medicare_per_visit_cents:
        How many visits were priced, and what Medicare allows for one; null without a Medicare amount.
    year:
        The schedule they were priced by.
    """

    per_visit: pl.DataFrame
    per_unit: pl.DataFrame
    codes: tuple[str, ...]
    visits: int
    medicare_per_visit_cents: int | None
    year: int


def rank(lines: pl.DataFrame, payers: Sequence[KnownPayer], *, track: Track = "non_qp") -> Ranking:
    """Price the last twelve months' visits by every payer's latest terms.

    Parameters
    ----------
    lines:
        All priced lines, with mac and locality where their clinic has one.
    """
    year = load_book().final_years[-1]
    last_day = lines["date_of_service"].max()
    recent = lines.filter(pl.col("date_of_service") > pl.lit(last_day) - _YEAR)
    own = in_year(_decided_by_one(recent), year)
    units = own.group_by("code").agg(pl.col("units").sum()).sort(["units", "code"], descending=[True, False])
    codes = tuple(units["code"].head(_CODES))
    marked = pl.concat([own.with_columns(more=pl.lit("")), *_one_more(own, codes)])
    prices = _Prices(marked, track)
    medicare = prices.visits(_AS_MEDICARE)
    charges = prices.lines.group_by("more", "visit_key").agg(_sum_or_null("charge_cents").alias("charge"))
    beside = medicare.rename({"cents": "medicare"}).join(charges, on=["more", "visit_key"], how="left")
    per_visit, per_unit = [], []
    for known in payers:
        contract = _AS_MEDICARE if known.terms.contract is None else known.terms.contract
        visits = prices.visits(contract).join(beside, on=["more", "visit_key"], how="left") if known.is_known else None
        per_visit.append((known.payer, *_averages(visits)))
        per_unit.append((known.payer, *_of_units(visits, codes)))
    schema = {"payer": pl.String()} | {code: pl.Int64() for code in codes}
    visits_frame = pl.DataFrame(per_visit, schema=PER_VISIT, orient="row")
    best_first = visits_frame.sort(
        ["share_of_medicare_amount", "payer_visit_cents", "payer"], descending=[True, True, False], nulls_last=True
    )
    units_frame = pl.DataFrame(per_unit, schema=schema, orient="row")
    return Ranking(
        best_first,
        best_first.select("payer").join(units_frame, on="payer", how="left", maintain_order="left"),
        codes,
        own["visit_key"].n_unique(),
        _averages(medicare.with_columns(medicare="cents", charge="cents"))[0],
        year,
    )


def _decided_by_one(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines that count, with one payer for all, so that MPPR ranks whole patient-days."""
    covered = lines.filter(not_covered_modifier().is_null() & (pl.col("charge_cents").fill_null(1) > 0))
    one = pl.lit("all").cast(pl.Categorical)
    return covered.with_columns(one.alias("payer"), one.alias("payer_class"), pl.col("code").cast(pl.String))


def _one_more(own: pl.DataFrame, codes: Sequence[str]) -> list[pl.DataFrame]:
    """Return, for each code, visits with it, once as they are and once with one more unit of it."""
    frames = []
    for code in codes:
        visits = own.filter(pl.col("code") == code).unique("visit_key").sort("date_of_service", "visit_key")
        apart = -(-visits.height // _VISITS_OF_A_CODE)
        chosen = own.join(visits.gather_every(apart).select("visit_key"), on="visit_key", how="semi")
        first = (pl.col("code") == code) & (pl.col("line_id") == _first_line(code))
        charge = half_up(pl.col("charge_cents") * (pl.col("units") + 1), pl.col("units"))
        frames.append(
            chosen.with_columns(
                pl.when(first).then(charge).otherwise("charge_cents").alias("charge_cents"),
                pl.col("units") + first.cast(pl.Int64),
                more=pl.lit(code),
            )
        )
    return frames


def _first_line(code: str) -> pl.Expr:
    return pl.when(pl.col("code") == code).then("line_id").min().over("visit_key")


class _Prices:
    """The visits priced in each year and locality that a contract fixes, once."""

    def __init__(self, lines: pl.DataFrame, track: Track) -> None:
        numbered = lines.with_columns(
            line_id=pl.int_range(pl.len(), dtype=pl.Int64),
            priced_visit=pl.struct("more", "visit_key").rank("dense").cast(pl.Int64),
        )
        self.lines, self.track = numbered, track
        self._frames: dict[tuple[int | None, str | None], pl.DataFrame] = {}

    def _in(self, year: int | None, locality: str | None) -> pl.DataFrame:
        key = (year, locality)
        if key not in self._frames:
            lines = self.lines if year is None else in_year(self.lines, year)
            to_price = lines.drop("more", "priced_visit").with_columns(
                pl.col("code").cast(pl.Categorical), visit_key=lines["priced_visit"]
            )
            amounts = price(to_price, None if locality is None else resolve(locality), track=self.track).lines
            self._frames[key] = (
                self.lines.select(
                    "more", "visit_key", "code", "units", "charge_cents", "modifiers", not_covered=pl.lit(value=False)
                )
                .hstack(amounts.select(_PRICED))
                .with_columns(assistant=is_assistant())
            )
        return self._frames[key]

    def visits(self, contract: Contract) -> pl.DataFrame:
        """Return what a contract pays for each visit: more, visit_key, cents (null if a line has no amount)."""
        lines = self._in(contract.year, contract.locality)
        day = ["more", "visit_key"]
        if contract.basis == "visit":
            return lines.with_columns(cents=visit_amount(contract, day)).unique(day).select(*day, "cents")
        total = _sum_or_null("cents")
        if contract.visit_floor_cents is not None:
            total = pl.when(total.is_not_null()).then(pl.max_horizontal(total, contract.visit_floor_cents))
        if contract.visit_cap_cents is not None:
            total = pl.when(total.is_not_null()).then(pl.min_horizontal(total, contract.visit_cap_cents))
        return lines.with_columns(cents=line_amount(contract)).group_by(day).agg(total.alias("cents"))


def _sum_or_null(column: str) -> pl.Expr:
    return pl.when(pl.col(column).is_not_null().all()).then(pl.col(column).sum())


def _averages(visits: pl.DataFrame | None) -> tuple[int | None, float | None, float | None, int | None]:
    """Return cents per visit, the part of Medicare's and of the charges, and the visits with an amount."""
    if visits is None:
        return None, None, None, None
    known = visits.filter((pl.col("more") == "") & pl.col("cents").is_not_null())
    if known.is_empty():
        return None, None, None, 0
    total = int(known["cents"].sum())
    shares = []
    for column in ("medicare", "charge"):
        both = known.filter(pl.col(column) > 0)
        shares.append(int(both["cents"].sum()) / int(both[column].sum()) if both.height else None)
    return half_up(total, known.height), shares[0], shares[1], known.height


def _of_units(visits: pl.DataFrame | None, codes: Sequence[str]) -> list[int | None]:
    """Return what one more unit of each code brings on average."""
    if visits is None:
        return [None] * len(codes)
    before = visits.filter(pl.col("more") == "").select("visit_key", before="cents")
    both = visits.filter(pl.col("more") != "").join(before, on="visit_key", how="left").drop_nulls(["cents", "before"])
    sums = both.group_by("more").agg((pl.col("cents") - pl.col("before")).sum().alias("gain"), pl.len().alias("count"))
    gains = {code: half_up(gain, count) for code, gain, count in sums.iter_rows()}
    return [gains.get(code) for code in codes]
