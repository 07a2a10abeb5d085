"""Tables: headings and hover help from the definitions, money right-aligned to the cent, totals, our own download."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
import streamlit as st
from streamlit.column_config import DateColumn, NumberColumn, TextColumn

from analysis.charts import colors
from analysis.metrics import Definition, definition
from analysis.reports.spreadsheet_text import unique
from pages._ui.kit import paper
from pages._ui.kit.downloads import download, in_dollars

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streamlit.elements.lib.column_types import ColumnConfig

TALLEST = 560
"""Pixels; a longer table scrolls."""
ROWS_SHOWN_WHOLE = 15
FACTOR_PLACES = 10_000
FEW = "few"
"""Stands where an amount would rest on few units."""
FORMATS = {"cents": "dollar", "share": "%.1f%%", "factor": "%.4f", "ratio": "%.2f"}
WIDTHS = {
    "label": 235,
    "terms": 285,
    "remark": 230,
    "message": 740,
    "reason": 420,
    "why": 420,
    "why_denied": 420,
    "source_row": 90,
    "deadline": 110,
}
"""Pixels of columns that would be cut off, or too wide, when left to themselves."""
PAYER_WIDTH = 92
"""Pixels of an amount under a payer's name, which may be long: all columns are to be seen on a desk."""
DIGIT, PADDING = 8, 20
"""Pixels of a character and of the room around a cell's text."""
FRACTIONAL = {"units_after"}
"""Expected counts: a thousands separator, and decimals only if there are any."""
PLAIN = {"source_row"}
"""Numbers that identify something: no thousands separator."""


def show(
    frame: pl.DataFrame,
    *,
    alt: str,
    file_name: str,
    headings: Mapping[str, str] | None = None,
    hide: Sequence[str] = (),
    total: str = "",
    choose: str | None = None,
    few: pl.DataFrame | None = None,
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
    few:
        Columns of amounts, true where an amount rests on few units: the cell says so instead.
    """
    visible = frame.drop(name for name in hide if name in frame.columns)
    meanings = {name: _meaning(name, (headings or {}).get(name)) for name in visible.columns}
    data = visible.with_columns(
        converted for name in visible.columns if (converted := _converted(meanings[name])) is not None
    )
    config = {name: _column(meanings[name], data[name]) for name in visible.columns}
    for name in few.columns if few is not None else ():  # a format would win over the words
        width = PAYER_WIDTH if name in (headings or {}) else None
        config[name] = NumberColumn(meanings[name].label, help=meanings[name].text or None, width=width)
    shown: Any = data if few is None else _marked(data, few)
    height = "content" if len(frame) <= ROWS_SHOWN_WHOLE else TALLEST
    draw = partial(st.dataframe, shown, height=height, hide_index=True, column_config=config, alt=alt, placeholder="—")
    rows: list[int] = []
    if choose is None:
        draw()
    else:
        state: Any = draw(key=choose, on_select="rerun", selection_mode="single-row")
        rows = state["selection"]["rows"]
    download_frame = for_download(visible, meanings)
    paper_frame = download_frame
    if few is not None:
        paper_frame = in_words(download_frame, visible, few, "${:,.2f}")
        download_frame = in_words(download_frame, visible, few, "{:.2f}")
    units = ["plain" if name in PLAIN else meaning.unit for name, meaning in meanings.items()]
    paper.table(paper_frame, units, alt)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(total or f"{len(frame):,} {'row' if len(frame) == 1 else 'rows'}", width="content")
        download(download_frame, file_name)
    return rows[0] if rows and rows[0] < len(frame) else None


def _marked(data: pl.DataFrame, few: pl.DataFrame) -> Any:  # noqa: ANN401  pandas' Styler, for what Polars has none
    """Write FEW, in gray, for amounts that rest on few units; they still sort by what they are."""
    styled = data.with_columns(pl.col(few.columns).cast(pl.Float64)).to_pandas().style
    styled = styled.set_uuid(FEW).format("${:,.2f}", na_rep="", subset=(slice(None), few.columns))
    for name in few.columns:
        rows = few[name].fill_null(value=False).arg_true().to_list()
        styled = styled.format(lambda _: FEW, subset=(rows, [name]))
        styled = styled.map(lambda _: f"color: {colors.CONTEXT}", subset=(rows, [name]))
    return styled


def in_words(headed: pl.DataFrame, visible: pl.DataFrame, few: pl.DataFrame, written: str) -> pl.DataFrame:
    """Write amounts as text, and FEW for those that rest on few units; null stays empty.

    `headed` is `visible` under its headings, which `few` does not know.
    """
    columns = []
    for name in few.columns:
        amounts = headed.to_series(visible.get_column_index(name))
        texts = [
            FEW if thin else None if amount is None else written.format(amount)
            for amount, thin in zip(amounts, few[name], strict=True)
        ]
        columns.append(pl.Series(amounts.name, texts, pl.String))
    return headed.with_columns(columns)


def edit(
    frame: pl.DataFrame,
    *,
    alt: str,
    key: str,
    fixed: Sequence[str],
    units: Mapping[str, str],
    config: Mapping[str, ColumnConfig],
    height: int | Literal["auto", "content"] = "auto",
    rows: Literal["fixed", "dynamic"] = "fixed",
) -> pl.DataFrame:
    """Show a small frame to be changed, on paper as it was changed; returns what it has become.

    Parameters
    ----------
    frame, alt:
        Columns under their headings; name for screen readers.
    key, config, height:
        As of `st.data_editor`.
    fixed:
        Columns that cannot be changed.
    units:
        Of the columns that are no text, for paper (`paper.table`).
    rows:
        Whether rows may be added and deleted.
    """
    changed: Any = st.data_editor(
        frame,
        alt=alt,
        key=key,
        disabled=fixed,
        column_config=config,
        height=height,
        hide_index=True,
        num_rows=rows,
        placeholder="—",
    )
    edited: pl.DataFrame = changed
    paper.table(edited, [units.get(name, "text") for name in edited.columns], alt)
    return edited


def money_first(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Put the columns that name a row first, then its amounts, visible without scrolling, then the others."""
    amounts = [name for name in frame.columns if name.endswith("_cents") and name not in names]
    return frame.select(*names, *amounts, pl.exclude(*names, *amounts))


def for_download(frame: pl.DataFrame, meanings: Mapping[str, Definition]) -> pl.DataFrame:
    """Return the table as its download has it: the screen's headings, dollars, shares as percent with one decimal."""
    shares = [name for name in frame.columns if meanings[name].unit == "share"]
    data = frame.with_columns(
        converted for name in frame.columns if (converted := _converted(meanings[name])) is not None
    )
    data = data.with_columns(_percent(data[name]) for name in shares)
    headings = unique([meanings[name].label for name in frame.columns])
    return data.rename(dict(zip(frame.columns, headings, strict=True)))


def _percent(shares: pl.Series) -> pl.Series:
    """Convert percents to text; null stays empty."""
    texts = [None if share is None else f"{share:.1f}%" for share in shares]
    return pl.Series(shares.name, texts, pl.String)


def _meaning(name: str, heading: str | None) -> Definition:
    """Return a column's definition; columns without one (from the user's file) are text under their heading."""
    meaning = definition(name)
    if name.endswith("_cents"):  # even where no definition says so, cents are never shown as a number of dollars
        return Definition(name, heading or meaning.label, "cents", meaning.text)
    return Definition(name, heading or meaning.label, meaning.unit, meaning.text)


def _converted(meaning: Definition) -> pl.Expr | None:
    """Convert a column for the screen: cents to dollars, shares to percent; None for a column shown as it is."""
    match meaning.unit:
        case "cents":
            return in_dollars(pl.col(meaning.name))
        case "share":
            return pl.col(meaning.name) * 100
        case "factor":
            return pl.col(meaning.name) / FACTOR_PLACES
    return None


def _column(meaning: Definition, values: pl.Series) -> ColumnConfig:
    label, text, kind = meaning.label, meaning.text or None, values.dtype
    width = WIDTHS.get(meaning.name) or (room(label, values) if meaning.unit == "cents" else None)
    if kind == pl.Date:
        written = "MMM YYYY" if meaning.unit == "month" else "MMM D, YYYY"
        return DateColumn(label, help=text, format=written, width=width)
    if not (kind.is_numeric() or meaning.unit in FORMATS):
        return TextColumn(label, help=text, width=width)
    return NumberColumn(label, help=text, width=width, format=_format(meaning))


def room(heading: str, dollars: pl.Series) -> int | None:
    """Pixels for amounts most of which are missing; None: the grid sees to it.

    Beside dashes the grid takes an amount for an outlier: it gives it the room of its heading and cuts off the rest.
    """
    longest = max((len(f"${amount:,.2f}") for amount in dollars.drop_nulls()), default=0)
    if dollars.null_count() * 2 < len(dollars) or longest <= len(heading):
        return None
    return longest * DIGIT + PADDING


def _format(meaning: Definition) -> str:
    if meaning.name in PLAIN:
        return "%d"  # "plain" writes some whole numbers as 3936.0000000000005
    if meaning.name in FRACTIONAL:
        return "localized"
    if meaning.name.endswith("change"):
        return "%+.1f%%"
    return FORMATS.get(meaning.unit, "localized")
