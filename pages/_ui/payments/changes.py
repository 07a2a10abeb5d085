"""What changed by itself: a payer that pays a code less, answers later or denies a reason more, with its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis import payments
from pages._ui.kit import tables
from pages._ui.kit.cache import cached
from pages._ui.kit.text import count, safe

if TYPE_CHECKING:
    from pages._ui.kit.view import View


def show(view: View) -> None:
    """Show the changes that touch the filtered lines, each with those of its lines; nothing where there is none.

    They are looked for on all lines: under a filter, visits would be in pieces and a change might lack its before.
    """
    every_break = cached(view.priced, "breaks", (), lambda: payments.breaks(view.priced.lines, view.export))
    shown = view.lines["line_id"]
    with st.container(key="changes"):
        for number, one in enumerate(every_break):
            behind = shown.filter(shown.is_in(pl.Series(one.line_ids, dtype=pl.Int64).implode()))
            if behind.is_empty():
                continue
            with st.container(border=True, key=f"change_{number}", gap="small"):
                st.markdown(f"**{safe(one.title)}**")
                st.caption(safe(one.text))
                with st.expander(f"Show {count(behind.len(), 'line')}", icon=":material/list:"):
                    _lines(view, one, number)


def _lines(view: View, one: payments.Break, number: int) -> None:
    listed = view.cached("lines of a break", (number, one), lambda: payments.lines_of(one, view.lines))
    if listed["source_file"].n_unique() == 1:
        listed = listed.drop("source_file")
    tables.show(listed, alt=f"Lines: {one.title}", file_name=f"revmix_change_{number + 1}.csv")
