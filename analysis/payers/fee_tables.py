"""A payer's fee for each code beside Medicare's, the clinic's charge, and what both are worth on its own units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from analysis.medicare.fees import load_book
from analysis.money import half_up
from analysis.pricing import rates

if TYPE_CHECKING:
    from analysis.medicare.fees import Locality
    from analysis.medicare.fees.schedules import Track
    from analysis.whatif.scenarios import Contract

FEES: dict[str, pl.DataType] = {
    "code": pl.String(),
    "fee_cents": pl.Int64(),
    "medicare_cents": pl.Int64(),
    "share_of_medicare_amount": pl.Float64(),
    "charge_cents": pl.Int64(),
    "share_of_charges": pl.Float64(),
    "units": pl.Int64(),
}
"""Grain: a code with a fee, or one the clinic bills that has none (fee_cents null); most units first. The fee and
Medicare's full amount are those of one unit; charge_cents is the clinic's usual charge for one (its median); units are
those of the last twelve months."""
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True, eq=False)
class FeeComparison:
    """A contract's fees beside Medicare's and the charges.

    Attributes
    ----------
    frame:
        `FEES`.
    share_of_medicare_amount, share_of_charges:
        Of all, weighed by the clinic's own units; None where there is nothing to compare with.
    codes_without_fee:
        Codes the clinic bills that have no fee.
    """

    frame: pl.DataFrame
    share_of_medicare_amount: float | None
    share_of_charges: float | None
    codes_without_fee: tuple[str, ...]


def compare_fees(
    contract: Contract, lines: pl.DataFrame, locality: Locality | None, *, track: Track = "non_qp"
) -> FeeComparison:
    """Compare a contract's fees on the clinic's own units of the last twelve months.

    Parameters
    ----------
    lines:
        All lines of the clinic, whoever pays them.
    locality:
        Where Medicare's amounts are taken from; None leaves them out.
    """
    last_day = lines["date_of_service"].max()
    recent = lines.filter(pl.col("date_of_service") > pl.lit(last_day) - _YEAR)
    per_unit = half_up(pl.col("charge_cents"), pl.col("units"))
    own = recent.group_by(pl.col("code").cast(pl.String)).agg(
        pl.col("units").sum(),
        per_unit.filter(pl.col("charge_cents") > 0).median().round().cast(pl.Int64).alias("charge_cents"),
    )
    fees = pl.DataFrame(contract.fees, schema={"code": pl.String, "fee_cents": pl.Int64}, orient="row")
    frame = fees.join(own, on="code", how="full", coalesce=True).with_columns(pl.col("units").fill_null(0))
    frame = frame.join(_medicare(locality, track), on="code", how="left")
    frame = frame.with_columns(
        share_of_medicare_amount=pl.col("fee_cents") / pl.col("medicare_cents"),
        share_of_charges=pl.col("fee_cents") / pl.col("charge_cents"),
    )
    frame = frame.select(pl.col(name).cast(kind) for name, kind in FEES.items())
    frame = frame.sort(["units", "code"], descending=[True, False])
    without = frame.filter(pl.col("fee_cents").is_null() & (pl.col("units") > 0))["code"].to_list()
    return FeeComparison(frame, _weighed(frame, "medicare_cents"), _weighed(frame, "charge_cents"), tuple(without))


def _medicare(locality: Locality | None, track: Track) -> pl.DataFrame:
    """Return Medicare's full amount for one unit today, by code."""
    schema = {"code": pl.String, "medicare_cents": pl.Int64}
    if locality is None:
        return pl.DataFrame(schema=schema)
    today = rates(load_book().last_day, locality, track=track).filter(pl.col("modifier") == "")
    return today.select(pl.col("hcpcs").cast(pl.String).alias("code"), medicare_cents="full_cents")


def _weighed(frame: pl.DataFrame, beside: str) -> float | None:
    """Return the fees' part of another amount, on the clinic's own units."""
    both = frame.filter(pl.col("fee_cents").is_not_null() & (pl.col(beside) > 0) & (pl.col("units") > 0))
    total = int((both[beside] * both["units"]).sum())
    return int((both["fee_cents"] * both["units"]).sum()) / total if total else None
