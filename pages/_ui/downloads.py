"""Downloads that a spreadsheet opens as data, never as a formula."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st

FORMULA_START = r"^[=+\-@\t\r]"
"""What makes a spreadsheet read a cell as a formula (OWASP, CSV injection)."""
PLAIN_NUMBER = r"^[+-]?\$?[0-9][0-9,]*(\.[0-9]+)?%?$"
"""A signed number is no formula: a rejected charge of -87.50 stays what it was."""


def neutral_csv(frame: pl.DataFrame) -> bytes:
    """The frame as CSV (UTF-8 with a byte-order mark, for Excel): cents as dollars, no cell or heading a formula.

    A text cell that a spreadsheet would run gets an apostrophe in front, which spreadsheets show as text.
    """
    text = [name for name, kind in frame.schema.items() if kind in (pl.String, pl.Categorical, pl.Enum)]
    cents = [name for name in frame.columns if name.endswith("_cents") and frame.schema[name].is_integer()]
    safe = frame.with_columns(
        *(_defused(pl.col(name).cast(pl.String)) for name in text),
        *(in_dollars(pl.col(name)) for name in cents),
    )
    headings = pl.Series("heading", [name.removesuffix("_cents") if name in cents else name for name in frame.columns])
    named = safe.rename(dict(zip(frame.columns, unique(_defused_series(headings).to_list()), strict=True)))
    return named.write_csv(include_bom=True).encode("utf-8")


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


def _defused(cell: pl.Expr) -> pl.Expr:
    runs = cell.str.contains(FORMULA_START) & ~cell.str.contains(PLAIN_NUMBER)
    return pl.when(runs).then(cell.str.replace("^", "'")).otherwise(cell)


def _defused_series(cells: pl.Series) -> pl.Series:
    return cells.to_frame().select(_defused(pl.col(cells.name))).to_series()


def unique(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return result
