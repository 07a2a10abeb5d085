"""Tables: headings and hover help from the definitions, money right-aligned to the cent, totals, our own download."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
import streamlit as st
from streamlit.column_config import DateColumn, NumberColumn, TextColumn

from analysis.metrics import Definition, definition
from pages._ui.downloads import download, in_dollars

TALLEST = 560
"""Pixels; a longer table scrolls."""
ROWS_SHOWN_WHOLE = 15
FACTOR_PLACES = 10_000


def show(
    frame: pl.DataFrame,
    *,
    alt: str,
    file_name: str,
    headings: Mapping[str, str] | None = None,
    hide: Sequence[str] = (),
    total: str = "",
    choose: str | None = None,
) -> int | None:
    """Show a small frame with its download.

    Parameters
    ----------
    frame:
        Columns ending ``_cents`` are money, ``share...`` are 0 to 1; null shows as a dash, never as 0.
    alt, file_name:
        Name for screen readers; name of the download.
    headings:
        Headings of columns that no definition names, or that say it better here.
    total:
        The totals line under the table (Markdown), so that sorting never moves it among the rows.
    choose:
        Key under which one row may be chosen; the chosen row's position is returned.
    """
    shown = frame.drop(name for name in hide if name in frame.columns)
    meanings = {name: _meaning(name, (headings or {}).get(name)) for name in shown.columns}
    data = shown.with_columns(edge for name in shown.columns if (edge := _edge(meanings[name])) is not None)
    config = {name: _column(meanings[name], data.schema[name]) for name in shown.columns}
    look = {"hide_index": True, "column_config": config, "alt": alt, "placeholder": "—"}
    height = "content" if len(frame) <= ROWS_SHOWN_WHOLE else TALLEST
    rows: list[int] = []
    if choose is None:
        st.dataframe(data, height=height, **look)
    else:
        state = st.dataframe(data, height=height, key=choose, on_select="rerun", selection_mode="single-row", **look)
        rows = state["selection"]["rows"]
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(total or f"{len(frame):,} {'row' if len(frame) == 1 else 'rows'}", width="content")
        download(shown, file_name)
    return rows[0] if rows and rows[0] < len(frame) else None


def _meaning(name: str, heading: str | None) -> Definition:
    """A column's definition; columns that are no figures (a file's own) are text under their heading."""
    try:
        found = definition(name)
    except KeyError:
        unit = "cents" if name.endswith("_cents") else "text"
        return Definition(name, heading or name.replace("_", " ").capitalize(), unit, "")
    return Definition(name, heading or found.label, found.unit, found.text)


def _edge(meaning: Definition) -> pl.Expr | None:
    """How a column crosses into the browser: cents as dollars, shares as percent; others as they are (None)."""
    match meaning.unit:
        case "cents":
            return in_dollars(pl.col(meaning.name))
        case "share":
            return pl.col(meaning.name) * 100
        case "factor":
            return pl.col(meaning.name) / FACTOR_PLACES
    return None


def _column(meaning: Definition, kind: pl.DataType) -> object:
    look = {"label": meaning.label, "help": meaning.text or None}
    match meaning.unit:
        case "cents":
            return NumberColumn(**look, format="dollar")
        case "share":
            return NumberColumn(**look, format="%+.1f%%" if meaning.name.endswith("change") else "%.1f%%")
        case "factor":
            return NumberColumn(**look, format="%.4f")
        case "ratio":
            return NumberColumn(**look, format="%.2f")
    if kind == pl.Date:
        return DateColumn(**look, format="MMM D, YYYY")
    return NumberColumn(**look, format="localized") if kind.is_numeric() else TextColumn(**look)
