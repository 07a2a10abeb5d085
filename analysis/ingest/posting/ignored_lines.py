"""Move lines from accepted to ignored; row and dollar totals stay balanced."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from analysis.ingest.rows.reasons import IGNORED, message

if TYPE_CHECKING:
    from analysis.ingest.rows.export import Export

_TAKES_BACK = "remittance__reversal_alone"


def with_keys(whole: Export) -> pl.DataFrame:
    """Return lines with their keys, and the file's name as text in `file`."""
    texts = (pl.col(name).cast(pl.String) for name in ("code", "modifiers", "payer", "status", "adjustment_reasons"))
    lines = whole.lines.with_columns(*texts, file=pl.col("source_file").cast(pl.String))
    joined: pl.DataFrame = lines.join(whole.keys, on="line_id", how="left", maintain_order="left")
    return joined


def move_to_ignored(export: Export, reasons: pl.DataFrame) -> Export:
    """Move some lines of an export from accepted to ignored.

    `reasons` has one row per line: line_id and the reason it is ignored. Rows and dollars stay in the account.
    """
    if reasons.is_empty():
        return export
    moved = export.lines.join(reasons, on="line_id", how="inner", maintain_order="left")
    cents = moved["charge_cents"].fill_null(0)
    rows = moved.select(
        pl.col("source_file").cast(pl.String),
        "source_row",
        pl.lit(IGNORED).alias("disposition"),
        "reason",
        *(pl.lit(None, pl.String).alias(name) for name in ("column", "found")),
        _messages().alias("message"),
        cents.alias("dollars_cents"),
    )
    remaining = {
        name: getattr(export, name).join(reasons, on="line_id", how="anti", maintain_order="left")
        for name in ("lines", "keys", "adjustments")
    }
    return replace(
        export,
        **remaining,
        rows=pl.concat([export.rows, rows]),
        rows_accepted=export.rows_accepted - moved.height,
        rows_ignored=export.rows_ignored + moved.height,
        dollars_accepted=export.dollars_accepted - int(cents.sum()),
        dollars_ignored=export.dollars_ignored + int(cents.sum()),
    )


def _messages() -> pl.Expr:
    """Return the sentence of every reason in the column `reason`."""
    return pl.col("reason").map_elements(lambda reason: message(reason, None, None), return_dtype=pl.String)


def update_reasons(whole: Export, reversals: pl.DataFrame) -> Export:
    """Change the reasons of ignored rows that have found their counterpart."""
    if reversals.is_empty():
        return whole
    new = reversals.select("source_row", "source_file", new="reason")
    rows = whole.rows.join(new, on=["source_file", "source_row"], how="left", maintain_order="left")
    changed = pl.col("new").is_not_null() & (pl.col("reason") == _TAKES_BACK)
    rows = rows.with_columns(changed.alias("changed"), reason=pl.when(changed).then("new").otherwise("reason"))
    rows = rows.with_columns(message=pl.when("changed").then(_messages()).otherwise("message")).drop("new", "changed")
    paired_rows = new.select("source_file", "source_row")
    return replace(
        whole, rows=rows, postings=whole.postings.join(paired_rows, on=["source_file", "source_row"], how="anti")
    )
