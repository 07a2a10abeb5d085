"""Remittances of several files side by side: what was given twice, taken back, or decided anew."""

from __future__ import annotations

import polars as pl

from analysis.lines import Status

_SERVICE = ("claim", "date_of_service", "code", "modifiers", "units", "charge_cents", "payer", "further_payer")
_AMOUNTS = ("insurance_paid_cents", "adjustment_cents", "paid_on")


def fates(pool: pl.DataFrame) -> pl.Series:
    """What becomes of remittance rows that stand in several files.

    Parameters
    ----------
    pool:
        `frames.POSTINGS` with ``file`` (position of the file in the set) and ``takes_back`` (Boolean: a reversal).

    Returns
    -------
    Per row a reason of `analysis.ingest.reasons` by which it does not count, or null:
    ``remittance__duplicate`` where another file holds the same row, ``remittance__reversed`` for a payment and the row
    that takes it back, ``remittance__superseded`` for a denial after which the same payer decided the service anew.
    """
    rows = pool.with_row_index("row").with_columns(
        claim=pl.coalesce("claim_key", "patient_key"),
        reason=pl.lit(None, pl.String),
        charge_cents=pl.col("charge_cents").abs(),
        units=pl.col("units").abs(),
        paid=pl.col("insurance_paid_cents").fill_null(0) * pl.when("takes_back").then(-1).otherwise(1),
    )
    rows = _duplicates(rows)
    for same in ((*_SERVICE, "paid"), _SERVICE):
        rows = _reversed(rows, same)
    return _superseded(rows).sort("row")["reason"]


def _mark(rows: pl.DataFrame, hit: pl.DataFrame, reason: str) -> pl.DataFrame:
    """The rows with a reason on those hit."""
    here = pl.col("row").is_in(hit["row"].implode())
    return rows.with_columns(reason=pl.when(here).then(pl.lit(reason)).otherwise("reason"))


def _duplicates(rows: pl.DataFrame) -> pl.DataFrame:
    """The n-th row of a kind in a later file repeats the n-th in an earlier one."""
    same = [*_SERVICE, *_AMOUNTS, "takes_back"]
    turned = rows.with_columns(turn=pl.int_range(pl.len()).over([*same, "file"]))
    again = turned.filter(pl.col("file") > pl.col("file").min().over([*same, "turn"]))
    return _mark(rows, again.filter(pl.col("claim").is_not_null()), "remittance__duplicate")


def _reversed(rows: pl.DataFrame, same: tuple[str, ...]) -> pl.DataFrame:
    """Pair reversals with payments of the same service, the earliest payment first."""
    is_open = rows.filter(pl.col("reason").is_null() & pl.col("claim").is_not_null())
    is_open = is_open.sort("paid_on", "file", "row", nulls_last=True)
    is_open = is_open.with_columns(
        turn=pl.int_range(pl.len()).over([*same, "takes_back"]), back=pl.col("takes_back").sum().over(same)
    )
    pairs = pl.min_horizontal("back", pl.len().over(same) - pl.col("back"))
    return _mark(rows, is_open.filter(pl.col("turn") < pairs), "remittance__reversed")


def _superseded(rows: pl.DataFrame) -> pl.DataFrame:
    """Denials after which the same payer paid or denied the service once more."""
    lasting = rows.filter(pl.col("reason").is_null() & ~pl.col("takes_back") & pl.col("claim").is_not_null())
    occasion = [*_SERVICE, "file", "paid_on"]
    turned = lasting.with_columns(
        turn=pl.int_range(pl.len()).over(occasion),
        moment=pl.struct(pl.col("paid_on").fill_null(pl.date(1900, 1, 1)), "file").rank("dense"),
    )
    denied = (pl.col("status") == Status.DENIED.value) & (pl.col("paid") == 0)
    earlier = pl.col("moment") < pl.col("moment").max().over([*_SERVICE, "turn"])
    return _mark(rows, turned.filter(denied & earlier), "remittance__superseded")
