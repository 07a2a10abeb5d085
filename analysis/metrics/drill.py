"""From a code to its lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.metrics.core import missing, with_paid

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """What MPPR does to one code here. Units and cents over its priced lines; `lines` counts all of them."""

    code: str
    lines: int
    priced_lines: int
    priced_units: int
    full_units: int
    list_cents: int
    mppr_cents: int
    expected_cents: int


def code_facts(lines: pl.DataFrame, code: str) -> CodeFacts:
    """Return a code's full and reduced units, and what MPPR took off its list price."""
    priced = pl.col("expected_cents").is_not_null()
    row = (
        lines.filter(pl.col("code") == code)
        .select(
            pl.len().alias("lines"),
            priced.sum().alias("priced_lines"),
            pl.col("units").filter(priced).sum().alias("priced_units"),
            pl.sum("full_units", "list_cents"),
            (pl.col("list_cents") - pl.col("scheduled_cents")).sum().alias("mppr_cents"),
            pl.sum("expected_cents"),
        )
        .row(0, named=True)
    )
    return CodeFacts(code=code, **row)


_ALWAYS = (
    "source_row",
    "date_of_service",
    "modifiers",
    "units",
    "full_units",
    "list_cents",
    "scheduled_cents",
    "expected_cents",
    "receipts_cents",
    "status",
)


def code_lines(lines: pl.DataFrame, fields: Collection[str], code: str, at_most: int = 200) -> pl.DataFrame:
    """Return a code's lines, newest first, without patient data; `at_most` limits what the browser gets.

    Columns: source_row, date_of_service, modifiers, units, full_units, list_cents, scheduled_cents, expected_cents,
    receipts_cents, status, and whichever of payer, clinic, provider, minutes, charge_cents, allowed_cents, paid_cents,
    adjustment_reasons the export has.
    """
    candidates = ("payer", "clinic", "provider", "minutes", "charge_cents", "allowed_cents", "adjustment_reasons")
    optional_columns = [name for name in candidates if name in fields]
    if not missing(fields, "paid_cents"):
        optional_columns.append("paid_cents")
    newest = lines.filter(pl.col("code") == code).sort(["date_of_service", "line_id"], descending=[True, False])
    return with_paid(newest.head(at_most)).select(*_ALWAYS, *optional_columns)
