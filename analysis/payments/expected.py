"""What each line's payer should allow under its terms."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from analysis.medicare.fees import resolve
from analysis.money import BASIS
from analysis.payers import in_words, is_assistant, line_amount
from analysis.pricing import AMOUNTS, not_covered_modifier, price
from analysis.pricing.repricing import in_year

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.medicare.fees.schedules import Track
    from analysis.payers import ContractBook, PayerTerms
    from analysis.pricing import Priced

_UNKNOWN = pl.lit(None, pl.Int64)
EXPECTATIONS: dict[str, pl.DataType] = {
    "line_id": pl.Int64(),
    "pays_by": pl.String(),
    "rule": pl.String(),
    "percent_bp": pl.Int64(),
    "mppr_agreed": pl.Boolean(),
    "due_cents": pl.Int64(),
}
"""Grain: a line, in the order of the priced lines: what its payer pays by, in words; rule (medicare, contract, or null
if the terms give no amount for a single line); percent of Medicare (null otherwise); whether MPPR is agreed; the
expected amount (null if unknown)."""


def expectations(priced: Priced, contracts: ContractBook, *, track: Track = "non_qp") -> pl.DataFrame:
    """Return what each line's payer should allow: `EXPECTATIONS`.

    Medicare pays by its rules, every other payer by the contract entered, or by the terms its payments show, each in
    force on the date of service; otherwise nothing is expected. A rate, cap or floor per visit gives no amount for a
    line, and nobody owes one that is not covered (GY, GZ).
    """
    text = [pl.col(name).cast(pl.String) for name in ("payer", "payer_class", "code")]
    flags = {"assistant": is_assistant(), "not_covered": not_covered_modifier().is_not_null()}
    lines = priced.lines.with_columns(*text, **flags)
    pairs = lines.select("payer", "payer_class").unique()
    parts = [part for pair in pairs.iter_rows() for part in _by_date(lines.filter(_is(*pair)), contracts, pair, track)]
    return pl.concat([pl.DataFrame(schema=EXPECTATIONS), *parts]).sort("line_id")


def _by_date(
    lines: pl.DataFrame, contracts: ContractBook, pair: tuple[str | None, str], track: Track
) -> Iterator[pl.DataFrame]:
    """Yield one payer's lines with what it should allow, for each stretch of time between changes of its terms."""
    first_days = contracts.first_days(*pair)
    day = pl.col("date_of_service")
    for start, end in zip((None, *first_days), (*first_days, None), strict=True):
        within = (day >= start if start else pl.lit(value=True)) & (day < end if end else pl.lit(value=True))
        # Before the first `since`, terms that begin later do not hold.
        terms = contracts.terms(*pair, start or (date.min if end else None))
        yield _of_payer(lines.filter(within), terms, track)


def _is(payer: str | None, payer_class: str) -> pl.Expr:
    same_payer = pl.col("payer").is_null() if payer is None else pl.col("payer") == payer
    return same_payer & (pl.col("payer_class") == payer_class)


def _of_payer(lines: pl.DataFrame, terms: PayerTerms, track: Track) -> pl.DataFrame:
    """Return one payer's lines with what it should allow."""
    contract = terms.contract
    rule, percent, mppr, expected = "contract", None, True, _UNKNOWN
    if contract is None:
        rule, percent, expected = "medicare", BASIS, pl.col("expected_cents")
    elif contract.visit_cap_cents is None and contract.visit_floor_cents is None:
        if contract.basis == "medicare":
            percent, mppr = contract.percent_bp or 0, contract.mppr
        if contract.year is not None or contract.locality is not None:
            lines = _elsewhere(lines, contract.year, contract.locality, track)
        expected = line_amount(contract)
    return lines.select(
        "line_id",
        pl.lit(in_words(terms)).alias("pays_by"),
        pl.when(expected.is_not_null()).then(pl.lit(rule)).alias("rule"),
        pl.lit(percent, pl.Int64).alias("percent_bp"),
        pl.lit(mppr).alias("mppr_agreed"),
        expected.cast(pl.Int64).alias("due_cents"),
    )


def _elsewhere(lines: pl.DataFrame, year: int | None, locality: str | None, track: Track) -> pl.DataFrame:
    """Return the lines at the amounts of a contract's own year and locality."""
    moved_lines = lines if year is None else in_year(lines, year)
    fixed_locality = None if locality is None else resolve(locality)
    moved_lines = moved_lines.with_columns(pl.col("payer", "payer_class", "code").cast(pl.Categorical))
    amounts = price(moved_lines, fixed_locality, track=track).lines.select("line_id", *AMOUNTS)
    return lines.drop(AMOUNTS).join(amounts, on="line_id", how="left", maintain_order="left")
