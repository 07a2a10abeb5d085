"""Exports that send changes: a flag says that a row replaces or removes an earlier row of the same record."""

from __future__ import annotations

import polars as pl

from analysis.ingest.settings import words


def replaced_rows(records: pl.Series, flags: pl.Series) -> pl.Series:
    """Mark rows that a later row of the same record replaces or removes, and the removing rows (Boolean)."""
    flag = flags.str.to_lowercase().str.replace(r"\.0$", "")
    frame = pl.DataFrame({"record": records, "flag": flag}).with_row_index("row")
    changes = pl.col("flag").is_in(list(words("export_flag", "modified") | words("export_flag", "removed")))
    last = pl.when(changes).then("row").max().over("record")
    removed = pl.col("flag").is_in(list(words("export_flag", "removed")))
    superseded = (pl.col("row") < last) | removed
    return frame.select((pl.col("record").is_not_null() & superseded).fill_null(value=False)).to_series()
