"""Downloads that a spreadsheet opens as data, never as a formula."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import PurePath

import polars as pl
import streamlit as st

from analysis.reports.spreadsheet_text import neutral, unique

LARGE = 100_000
"""Bytes in memory from which a table may be more than 1 MiB as CSV."""


def neutral_csv(frame: pl.DataFrame) -> bytes:
    """Write CSV (UTF-8 with a byte-order mark, for Excel): cents as dollars, no cell or heading a formula."""
    cents = [name for name in frame.columns if name.endswith("_cents") and frame.schema[name].is_integer()]
    names = unique([name.removesuffix("_cents") if name in cents else name for name in frame.columns])
    converted = frame.with_columns(in_dollars(pl.col(name)) for name in cents)
    return neutral(converted.rename(dict(zip(frame.columns, names, strict=True)))).write_csv(include_bom=True).encode()


def in_dollars(cents: pl.Expr) -> pl.Expr:
    """Convert int64 cents to an exact decimal number of dollars, to show and sort."""
    return (cents.cast(pl.Decimal(18, 2)) / pl.lit(100, dtype=pl.Decimal(18, 2))).cast(pl.Decimal(18, 2))


def download(frame: pl.DataFrame, file_name: str, *, label: str = "Download CSV", key: str | None = None) -> None:
    """Show a button that builds the CSV when clicked, from the frame as it is now, whatever a later rerun does."""
    st.download_button(
        label,
        lambda: neutral_csv(frame),
        file_name=by_content(frame, file_name),
        mime="text/csv",
        key=key or f"download_{file_name}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def by_content(frame: pl.DataFrame, file_name: str) -> str:
    """Return a download's file name; a large one's includes a hash of its content.

    Streamlit knows a download of more than 1 MiB by its name, its length and parts of it: of two that differ elsewhere
    it would hand out the first one for both.
    """
    if frame.estimated_size() < LARGE:
        return file_name
    rows = frame.with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String)).hash_rows(seed=0)
    mark = blake2b(rows.to_numpy().tobytes(), digest_size=4).hexdigest()
    name = PurePath(file_name)
    return f"{name.stem}_{mark}{name.suffix}"
