"""The lines behind a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.payments.decided import denials_of_lines, refusal

if TYPE_CHECKING:
    from analysis.payments.breaks.find import Break

_COLUMNS = (
    "date_of_service",
    "code",
    "units",
    "charge_cents",
    "allowed_cents",
    "insurance_paid_cents",
    "paid_on",
    "wait_days",
    "why_denied",
    "modifiers",
    "source_file",
    "source_row",
)


def lines_of(one: Break, lines: pl.DataFrame) -> pl.DataFrame:
    """List those of the lines that are behind a change, the newest first: the columns that change speaks of.

    Grain: a line: date, code, units, charge, what was allowed and paid, date and days of the answer (null while open);
    why it was denied, for a reason denied more; modifiers, file and row.
    """
    behind = denials_of_lines(lines.filter(pl.col("line_id").is_in(one.line_ids)))
    listed = behind.with_columns(
        refusal().alias("why_denied"), wait_days=(pl.col("paid_on") - pl.col("date_of_service")).dt.total_days()
    )
    shown = [name for name in _COLUMNS if name != "why_denied" or one.rule == "payments__denies_more"]
    return listed.sort(["date_of_service", "line_id"], descending=[True, False]).select(shown)
