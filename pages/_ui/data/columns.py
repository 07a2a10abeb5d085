"""The mapping table: the file's heading, its first values, our meaning with a select box to change it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from analysis.errors import BadInput
from analysis.ingest.mapping import DateOrder
from analysis.ingest.settings import source_fields
from pages._ui.data import upload
from pages._ui.kit import session
from pages._ui.kit.terms import explain
from pages._ui.kit.text import count, safe

if TYPE_CHECKING:
    from analysis.errors import RevMixError
    from analysis.ingest import ColumnProposal, Mapping
    from pages._ui.kit.session import Pending

UNUSED = ""
WIDTHS = (3, 4, 3)
ORDERS: dict[DateOrder, str] = {
    "auto": "Detect from the whole column",
    "mdy": "Month, day, year",
    "dmy": "Day, month, year",
    "ymd": "Year, month, day",
}


def error_with_todo(error: RevMixError, mapping: Mapping) -> RevMixError:
    """Return a missing-column error with what to do on this page; any other error unchanged."""
    if not (isinstance(error, BadInput) and mapping.missing()):
        return error
    units = ", or check the box that says every row is one unit" if "units" in mapping.missing() else ""
    return BadInput(
        error.found,
        expected=error.expected,
        todo=f"choose the column's meaning below{units}; RevMix needs single charge lines, not a summary report",
        file=error.file,
        row=error.row,
    )


def editor(pending: Pending) -> None:
    """Show one row for each column of the file, those with a meaning first; unused ones are collapsed."""
    used = [column for column in pending.review.columns if pending.review.mapping.field_of(column.heading)]
    open_ones = [column for column in pending.review.columns if column not in used]
    asking = [column for column in open_ones if column.suggested or column.doubted]
    unused = [column for column in open_ones if column not in asking]
    st.caption(
        "Is a meaning wrong? Choose another, and the file is read again right away.",
        help=explain("unit", "allowed_amount", "carc"),
    )
    _head()
    for column in (*asking, *used):
        _row(pending, column)
    if unused:
        with st.expander(
            f"{count(len(unused), 'column')} in your file that RevMix does not use", expanded=not pending.review.exports
        ):
            for column in unused:
                _row(pending, column)
    _options(pending)


def _head() -> None:
    titles = ("Column in your file", "First values", "What it means")
    for cell, title in zip(st.columns(WIDTHS), titles, strict=True):
        cell.caption(f"**{title}**")


def _row(pending: Pending, column: ColumnProposal) -> None:
    heading_cell, values_cell, meaning_cell = st.columns(WIDTHS, vertical_alignment="center")
    heading_cell.markdown(f"**{safe(column.heading)}**", help=safe(column.why) or None)
    values_cell.caption(safe(" · ".join(column.samples)) or "(empty)")
    fields = source_fields()
    current = pending.review.mapping.field_of(column.heading) or UNUSED
    key = f"map_{pending.review.sha256[:8]}_{pending.review.sheet}_{column.heading}"
    st.session_state[key] = current
    meaning_cell.selectbox(
        f"Meaning of {safe(column.heading)}",
        (UNUSED, *fields),
        format_func=lambda name: _capital(fields[name].label) if name in fields else "Not used",
        key=key,
        label_visibility="collapsed",
        on_change=_changed,
        args=(column.heading, key),  # not the file: Streamlit keeps what a widget was given, also when it is gone
    )
    if column.suggested and not current:
        meaning_cell.caption(f"Is this {safe(fields[column.suggested].label)}? If so, choose it.")


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]


def _changed(heading: str, key: str) -> None:
    pending = session.pending()
    if pending is not None:
        upload.remap(pending, pending.review.mapping.with_column(heading, st.session_state[key] or None))


def _options(pending: Pending) -> None:
    """Show the options that no heading can tell: the order of dates, and rows that are one unit each."""
    mapping = pending.review.mapping
    left, right = st.columns(2, vertical_alignment="bottom")
    order = left.selectbox(
        "Date order",
        list(ORDERS),
        index=list(ORDERS).index(mapping.date_order),
        format_func=ORDERS.__getitem__,
    )
    single = mapping.one_row_one_unit
    if "units" not in mapping.fields:
        single = right.checkbox("There is no units column: every row is one unit", value=single)
    if (order, single) != (mapping.date_order, mapping.one_row_one_unit):
        upload.remap(pending, replace(mapping, date_order=order, one_row_one_unit=single))
        st.rerun()


def fill_down_options(pending: Pending) -> None:
    """Offer to fill down columns that have a value only on the first row of each group, and say the effect."""
    before = pending.review.mapping.fill_down
    fields = list(before)
    offers = {**dict.fromkeys(fields, 0), **pending.review.once_a_group}
    for field, rows in offers.items():
        label = source_fields()[field].label
        effect = f" ({count(rows, 'more row')} would be read)" if rows else ""
        key = f"fill_{pending.review.sha256[:8]}_{pending.review.sheet}_{field}"
        wanted = st.checkbox(
            f"The {safe(label)} is only on the first row of each group. Fill it down{effect}",
            value=field in fields,
            key=key,
        )
        if wanted and field not in fields:
            fields.append(field)
        elif not wanted and field in fields:
            fields.remove(field)
    if tuple(fields) != before:
        upload.remap(pending, replace(pending.review.mapping, fill_down=tuple(fields)))
        st.rerun()
