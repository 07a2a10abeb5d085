"""Downloads that a spreadsheet opens as data, never as a formula."""

from __future__ import annotations

import polars as pl
import streamlit as st

from analysis.spreadsheet_text import neutral, unique


def neutral_csv(frame: pl.DataFrame) -> bytes:
    """The frame as CSV (UTF-8 with a byte-order mark, for Excel): cents as dollars, no cell or heading a formula."""
    cents = [name for name in frame.columns if name.endswith("_cents") and frame.schema[name].is_integer()]
    names = unique([name.removesuffix("_cents") if name in cents else name for name in frame.columns])
    shown = frame.with_columns(in_dollars(pl.col(name)) for name in cents)
    return neutral(shown.rename(dict(zip(frame.columns, names, strict=True)))).write_csv(include_bom=True).encode()


def in_dollars(cents: pl.Expr) -> pl.Expr:
    """Int64 cents as an exact decimal number of dollars, for showing and sorting."""
    return (cents.cast(pl.Decimal(18, 2)) / pl.lit(100, dtype=pl.Decimal(18, 2))).cast(pl.Decimal(18, 2))


def download(frame: pl.DataFrame, file_name: str, *, label: str = "Download CSV", key: str | None = None) -> None:
    """A button that builds the CSV when it is pressed; the frame is bound now, so a later rerun cannot change it."""
    st.download_button(
        label,
        lambda: neutral_csv(frame),
        file_name=file_name,
        mime="text/csv",
        key=key or f"download_{file_name}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )
