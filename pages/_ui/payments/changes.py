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

SHOWN = 4
"""Changes shown without a click; a payer that cuts its whole fee table must not fill the page."""


def show(view: View) -> None:
    """Show the changes that touch the filtered lines, each with those of its lines; nothing where there is none.

    They are looked for on all lines: under a filter, visits would be in pieces and a change might lack its before.
    """
    every_break = cached(view.priced, "breaks", (), lambda: payments.breaks(view.priced.lines, view.export))
    touched = view.cached("touched", (every_break,), lambda: _touched(view, every_break))
    if not touched:
        return
    with st.container(key="changes"):
        more = len(touched) - SHOWN
        for number, lines in touched[:SHOWN]:
            _card(view, every_break[number], number, lines)
        if more > 0 and st.toggle(f"Show {count(more, 'more change')}", key="payments_all_changes"):
            for number, lines in touched[SHOWN:]:
                _card(view, every_break[number], number, lines)


def _touched(view: View, every_break: tuple[payments.Break, ...]) -> list[tuple[int, int]]:
    """Return the position of each change that touches the filtered lines, and how many of its lines these are."""
    shown = view.lines["line_id"]
    counts = [int(shown.is_in(pl.Series(one.line_ids, dtype=pl.Int64).implode()).sum()) for one in every_break]
    return [(number, lines) for number, lines in enumerate(counts) if lines]


def _card(view: View, one: payments.Break, number: int, lines: int) -> None:
    with st.container(border=True, key=f"change_{number}", gap="xsmall"):
        st.markdown(f"**{safe(one.title)}**")
        filtered = (
            " Counted on all lines of the files; the list below is filtered." if lines < len(one.line_ids) else ""
        )
        st.caption(safe(f"{one.text}{filtered}"))
        with st.expander(f"Show {count(lines, 'line')}", icon=":material/list:"):
            listed = view.cached("lines of a change", (one,), lambda: payments.lines_of(one, view.lines))
            tables.show(
                view.export.with_numbers(listed),
                hide=("source_file",) if listed["source_file"].n_unique() == 1 else (),
                alt=f"Lines: {one.title}",
                file_name=f"revmix_change_{number + 1}.csv",
            )
