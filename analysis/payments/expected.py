"""What each line's payer should allow under its terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.medicare.fees import resolve
from analysis.money import BASIS
from analysis.payers import in_words, line_amount
from analysis.pricing import AMOUNTS, price
from analysis.pricing.repricing import in_year

if TYPE_CHECKING:
    from analysis.medicare.fees.schedules import Track
    from analysis.payers import ContractBook, Terms
    from analysis.pricing import Priced

_UNKNOWN = pl.lit(None, pl.Int64)
_RULE = ("line_id", "pays_by", "rule", "percent_bp", "mppr_agreed", "due_cents")


def expectations(priced: Priced, book: ContractBook, *, track: Track = "non_qp") -> pl.DataFrame:
    """Return what each line's payer should allow.

    Returns ------- Grain: a line of ``priced.lines``, in its order: line_id, pays_by (the terms in words), rule
    (medicare, contract, or null if the terms give no amount for a single line), percent_bp (of Medicare; null
    otherwise), mppr_agreed, due_cents (the expected amount; null if unknown).

    Medicare pays by its rules, every other payer by the contract entered; without a contract nothing is expected. A
    rate per visit or a visit cap gives no amount for a line.
    """
    lines = priced.lines.with_columns(pl.col("payer", "payer_class", "code").cast(pl.String))
    pairs = lines.select("payer", "payer_class").unique()
    parts = [_of_payer(lines.filter(_is(*pair)), book.terms(*pair), track) for pair in pairs.iter_rows()]
    empty = pl.DataFrame(
        schema=dict(zip(_RULE, (pl.Int64, pl.String, pl.String, pl.Int64, pl.Boolean, pl.Int64), strict=True))
    )
    return pl.concat([empty, *parts]).sort("line_id")


def _is(payer: str | None, payer_class: str) -> pl.Expr:
    own = pl.col("payer").is_null() if payer is None else pl.col("payer") == payer
    return own & (pl.col("payer_class") == payer_class)


def _of_payer(lines: pl.DataFrame, terms: Terms, track: Track) -> pl.DataFrame:
    """Return one payer's lines with what it should allow."""
    contract = terms.contract
    rule, percent, mppr, due = "contract", None, True, _UNKNOWN
    if contract is None:
        rule, percent, due = "medicare", BASIS, pl.col("expected_cents")
    elif contract.visit_cap_cents is None:
        if contract.basis == "medicare":
            percent, mppr = contract.percent_bp or 0, contract.mppr
        if contract.year is not None or contract.locality is not None:
            lines = _elsewhere(lines, contract.year, contract.locality, track)
        due = line_amount(contract)
    return lines.select(
        "line_id",
        pl.lit(in_words(terms)).alias("pays_by"),
        pl.when(due.is_not_null()).then(pl.lit(rule)).alias("rule"),
        pl.lit(percent, pl.Int64).alias("percent_bp"),
        pl.lit(mppr).alias("mppr_agreed"),
        due.cast(pl.Int64).alias("due_cents"),
    )


def _elsewhere(lines: pl.DataFrame, year: int | None, locality: str | None, track: Track) -> pl.DataFrame:
    """Return the lines at the amounts of a contract's own year and locality."""
    there = lines if year is None else in_year(lines, year)
    place = None if locality is None else resolve(locality)
    there = there.with_columns(pl.col("payer", "payer_class", "code").cast(pl.Categorical))
    amounts = price(there, place, track=track).lines.select("line_id", *AMOUNTS)
    return lines.drop(AMOUNTS).join(amounts, on="line_id", how="left", maintain_order="left")
