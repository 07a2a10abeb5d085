"""Tables for print: Streamlit prints only a picture of the part of a table that fits the window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

import polars as pl
import streamlit as st

MOST = 40
"""The maximum number of rows in a printed table. The download has all of them."""
NARROW = 12
"""More columns are printed smaller, or the last ones would be off the page."""
FIGURES = frozenset({"cents", "share", "percent", "factor", "ratio"})
WRITTEN = {"cents": "${:,.2f}", "percent": "{:.2f}%", "factor": "{:.4f}", "ratio": "{:.2f}", "plain": "{}"}
"""How a unit is written; other whole numbers have a thousands separator."""


def table(frame: pl.DataFrame, units: Sequence[str], alt: str) -> None:
    """Write a plain table of the first rows, hidden on the screen (style.css).

    Parameters
    ----------
    frame:
        The table as its download has it (`tables.for_download`).
    units:
        Of each column, as the definitions name them; also ``percent``, for a number of percent, and ``plain``, for a
        number that names something.
    alt:
        The table's name.
    """
    columns = list(zip(frame.head(MOST).get_columns(), units, strict=True))
    right = [unit in FIGURES or column.dtype.is_numeric() for column, unit in columns]
    heads = "".join(_cell("th", column.name, end=end) for (column, _), end in zip(columns, right, strict=True))
    texts = [[_text(value, unit) for value in column.to_list()] for column, unit in columns]
    rows = "".join(
        f"<tr>{''.join(_cell('td', text, end=end) for text, end in zip(row, right, strict=True))}</tr>"
        for row in zip(*texts, strict=True)
    )
    width = " wide" if len(columns) > NARROW else ""
    cut_off = f"<p>The first {MOST} of {len(frame):,} rows.</p>" if len(frame) > MOST else ""
    st.html(
        f'<div class="on-paper{width}"><table aria-label="{escape(alt)}"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>{cut_off}</div>"
    )


def _cell(tag: str, text: str, *, end: bool) -> str:
    return f"<{tag} class=end>{escape(text)}</{tag}>" if end else f"<{tag}>{escape(text)}</{tag}>"


def _text(value: object, unit: str) -> str:
    if value is None:
        return "—"
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return f"{value:%b %Y}" if unit == "month" else f"{value:%b} {value.day}, {value.year}"
    written = WRITTEN.get(unit, "{:,}" if isinstance(value, int) else "{}")
    return written.format(value).replace("$-", "-$")
