"""Whose lines MPPR really cuts: Medicare's, and those of payers whose terms are a percent of Medicare with MPPR."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from analysis.payers.book import ContractBook, PayerTerms


def under_mppr(lines: pl.DataFrame, contracts: ContractBook) -> pl.DataFrame:
    """Return the lines that MPPR cuts: those of payers whose terms on the date of service apply it.

    Medicare does unless another contract is entered for it; a payer without known terms, or with a reduction of its
    own, does not count.
    """
    payer, payer_class = pl.col("payer").cast(pl.String), pl.col("payer_class").cast(pl.String)
    cut = pl.lit(value=False)
    pairs = lines.select(payer, payer_class).unique().sort("payer", "payer_class", nulls_last=True)
    for name, class_name in pairs.iter_rows():
        is_pair = payer.eq_missing(pl.lit(name, pl.String)) & (payer_class == class_name)
        days = contracts.first_days(name, class_name)
        for start, end in zip((None, *days), (*days, None), strict=True):
            # Before the first day of terms that begin later, they do not hold.
            if _applies(contracts.terms(name, class_name, start or (date.min if end else None))):
                day = pl.col("date_of_service")
                within = (day >= start if start else pl.lit(value=True)) & (day < end if end else pl.lit(value=True))
                cut |= is_pair & within
    return lines.filter(cut)


def _applies(terms: PayerTerms) -> bool:
    """Tell whether terms apply MPPR."""
    contract = terms.contract
    if contract is None:  # Medicare's own rules
        return True
    return contract.basis == "medicare" and contract.mppr and contract.further_units_bp is None
