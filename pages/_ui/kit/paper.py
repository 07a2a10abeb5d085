"""Tables for print: Streamlit prints only a picture of the part of a table that fits the window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

import polars as pl
import streamlit as st

MOST = 40
"""Most rows of a printed table; the download has them all."""
FIGURES = frozenset({"cents", "share", "factor", "ratio"})


def table(frame: pl.DataFrame, units: Sequence[str], alt: str) -> None:
    """Write a plain table of the first rows, hidden on the screen (style.css).

    Parameters
    ----------
    frame:
        The table as its download has it (`tables.for_download`).
    units:
        Of each column, as the definitions name them.
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
    cut_off = f"<p>The first {MOST} of {len(frame):,} rows.</p>" if len(frame) > MOST else ""
    st.html(
        f'<div class="on-paper"><table aria-label="{escape(alt)}"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>{cut_off}</div>"
    )


def _cell(tag: str, text: str, *, end: bool) -> str:
    return f"<{tag} class=end>{escape(text)}</{tag}>" if end else f"<{tag}>{escape(text)}</{tag}>"


def _text(value: object, unit: str) -> str:
    if value is None:
        return "—"
    if unit == "cents":
        return f"${value:,.2f}".replace("$-", "-$")
    if isinstance(value, date):
        return f"{value:%b %Y}" if unit == "month" else f"{value:%b} {value.day}, {value.year}"
    if unit == "factor":
        return f"{value:.4f}"
    if unit == "ratio":
        return f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else f"{value}"
