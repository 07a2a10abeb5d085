"""Codes billed on a date when they were not in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.audit import facts
from analysis.audit.claims import found, nothing
from analysis.codes import hcpcs
from analysis.medicare.fees import load_book

if TYPE_CHECKING:
    from analysis.audit.claims import Claims


def not_in_year(claims: Claims) -> pl.DataFrame:
    """Find codes that had ended, and therapy codes that the fee schedule of the year does not know yet."""
    lines = claims.lines.select("line_id", "code", "date_of_service", "value_cents")
    ended = pl.DataFrame(
        [(one.code, one.last, one.instead) for one in facts.codes().ended],
        schema={"code": pl.String, "last": pl.Date, "instead": pl.String},
        orient="row",
    )
    over = lines.join(ended, on="code").filter(pl.col("date_of_service") > pl.col("last"))
    parts = [
        over.with_columns(
            message=pl.format(
                "{} ended on {}; since then: {}", "code", pl.col("last").dt.strftime("%b %-d, %Y"), "instead"
            )
        )
    ]
    book = load_book()
    first_years = {}
    for code in hcpcs.load():
        years = [year for year in book.final_years if code in book.schedule(year).rvus["hcpcs"]]
        if years and years[0] > book.final_years[0]:
            first_years[code] = years[0]
    early = lines.filter(pl.col("code").is_in(list(first_years))).with_columns(
        first=pl.col("code").replace_strict(first_years, return_dtype=pl.Int32)
    )
    parts.append(
        early.filter(pl.col("date_of_service").dt.year() < pl.col("first")).with_columns(
            message=pl.format("{} is in Medicare's schedule from {} on", "code", "first")
        )
    )
    described = [
        found(part.select(pl.concat_list("line_id").alias("line_ids"), "code", "message", at_risk_cents="value_cents"))
        for part in parts
    ]
    return pl.concat([nothing(), *described])
