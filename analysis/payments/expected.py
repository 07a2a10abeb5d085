"""What each line's payer should allow under its terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from analysis.lines.payers import payer_numbers
from analysis.medicare.fees import resolve
from analysis.money import BASIS
from analysis.payers import in_words, is_assistant, line_amount, visit_amount
from analysis.payments.netting import VISIT, spread
from analysis.pricing import AMOUNTS, not_covered_modifier, price
from analysis.pricing.repricing import in_year

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.medicare.fees.schedules import Track
    from analysis.payers import ContractBook, PayerTerms
    from analysis.pricing import Priced
    from analysis.whatif.scenarios import Contract

_UNKNOWN = pl.lit(None, pl.Int64)
EXPECTATIONS: dict[str, pl.DataType] = {
    "line_id": pl.Int64(),
    "pays_by": pl.String(),
    "rule": pl.String(),
    "percent_bp": pl.Int64(),
    "mppr_agreed": pl.Boolean(),
    "by_visit": pl.Boolean(),
    "due_cents": pl.Int64(),
}
"""Grain: a line, in the order of the priced lines: what its payer pays by, in words; rule (medicare, contract, or null
if the terms give no amount); percent of Medicare (null otherwise); whether MPPR is agreed; whether the amount is the
visit's, so that its part on this line says nothing by itself; the expected amount (null if unknown). A visit's amount
is spread over its lines in proportion to what each would be paid alone, under a rate to their charges."""


def expectations(priced: Priced, contracts: ContractBook, *, track: Track = "non_qp") -> pl.DataFrame:
    """Return what each line's payer should allow: `EXPECTATIONS`.

    Medicare pays by its rules, every other payer by the contract entered, or by the terms its payments show, each in
    force on the date of service; otherwise nothing is expected. Of a rate, cap or floor per visit each line has a part.
    Nobody owes a line that is not covered (GY, GZ).
    """
    text = [pl.col(name).cast(pl.String) for name in ("payer", "payer_class", "code")]
    flags = {"assistant": is_assistant(), "not_covered": not_covered_modifier().is_not_null()}
    lines = priced.lines.with_columns(payer_numbers(priced.lines), *text, **flags)
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
    rule, percent, mppr, by_visit, expected = "contract", None, True, False, _UNKNOWN
    if contract is None:
        rule, percent, expected = "medicare", BASIS, pl.col("expected_cents")
    else:
        if contract.lesser is None:
            # Nobody owes more than was billed unless the terms say so: a charge paid whole is not short.
            contract = replace(contract, lesser=True)
        if contract.basis == "medicare":
            percent, mppr = contract.percent_bp or 0, contract.mppr
        if contract.year is not None or contract.locality is not None:
            lines = _elsewhere(lines, contract.year, contract.locality, track)
        expected = line_amount(contract)
        by_visit = is_by_visit(contract)
        if by_visit:
            lines, expected = _of_visits(lines, contract), pl.col("part_cents")
    return lines.select(
        "line_id",
        pl.lit(in_words(terms)).alias("pays_by"),
        pl.when(expected.is_not_null()).then(pl.lit(rule)).alias("rule"),
        pl.lit(percent, pl.Int64).alias("percent_bp"),
        pl.lit(mppr).alias("mppr_agreed"),
        pl.lit(by_visit).alias("by_visit"),
        expected.cast(pl.Int64).alias("due_cents"),
    )


def is_by_visit(contract: Contract) -> bool:
    """Tell whether a contract pays, or limits, whole visits."""
    return contract.basis == "visit" or contract.visit_cap_cents is not None or contract.visit_floor_cents is not None


def _of_visits(lines: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Add `part_cents`: each line's part of what its visit is paid; null if the visit's amount is not known.

    Lines that are not covered or charged at $0.00 take no part. A code without an amount of its own leaves a visit
    unknown, unless the others reach the cap already.
    """
    takes_part = ~pl.col("not_covered") & (pl.col("charge_cents").fill_null(1) > 0)
    partners = lines.filter(takes_part)
    if contract.basis == "visit":
        partners = partners.with_columns(weight=pl.col("charge_cents"), visit_cents=visit_amount(contract, VISIT))
    else:
        partners = partners.with_columns(weight=line_amount(contract)).with_columns(
            visit_cents=pl.col("weight").sum().over(VISIT)
        )
    limited = pl.max_horizontal("visit_cents", pl.lit(contract.visit_floor_cents, pl.Int64))
    limited = pl.min_horizontal(limited, pl.lit(contract.visit_cap_cents, pl.Int64))
    unknown = pl.lit(value=False)
    if contract.basis != "visit":
        unknown = pl.col("weight").is_null().any().over(VISIT)
        if contract.visit_cap_cents is not None:
            unknown &= pl.col("visit_cents") < contract.visit_cap_cents
    parts = partners.with_columns(visit_cents=pl.when(~unknown).then(limited)).select(
        "line_id", spread(pl.col("visit_cents"), pl.col("weight"), VISIT).alias("part_cents")
    )
    free = pl.when(~pl.col("not_covered") & ~takes_part).then(pl.lit(0, pl.Int64))
    return lines.join(parts, on="line_id", how="left", maintain_order="left").with_columns(
        part_cents=pl.coalesce("part_cents", free)
    )


def _elsewhere(lines: pl.DataFrame, year: int | None, locality: str | None, track: Track) -> pl.DataFrame:
    """Return the lines at the amounts of a contract's own year and locality."""
    moved_lines = lines if year is None else in_year(lines, year)
    fixed_locality = None if locality is None else resolve(locality)
    moved_lines = moved_lines.with_columns(pl.col("payer", "payer_class", "code").cast(pl.Categorical))
    amounts = price(moved_lines, fixed_locality, track=track).lines.select("line_id", *AMOUNTS)
    return lines.drop(AMOUNTS).join(amounts, on="line_id", how="left", maintain_order="left")
