"""The data of a page: the priced, filtered lines, and what to show if there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._ui.kit import filters, session, shell
from pages._ui.kit.cache import Result, cached
from pages._ui.kit.screens import DATA, Screen
from pages._ui.kit.terms import explain
from pages._ui.kit.text import count, listed, period, safe

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from analysis.ingest import Export
    from analysis.lines.filters import Filters, Span
    from analysis.pricing import Priced
    from analysis.pricing.baseline import Baseline


@dataclass(frozen=True, slots=True)
class View:
    """The lines of a page: all of the export's, priced, and those that pass the filters."""

    export: Export
    priced: Priced
    filters: Filters
    lines: pl.DataFrame

    def cached(self, name: str, key: tuple[Any, ...], make: Callable[[], Result], *, private: bool = False) -> Result:
        """Return what `make` computes from these lines, once for each key (`pages._ui.kit.cache`)."""
        return cached(self.lines, name, key, make, private=private)

    @property
    def fields(self) -> frozenset[str]:
        """The fields the export has; a figure that needs others says so."""
        return self.export.fields

    @property
    def span(self) -> Span:
        """First and last day shown: the export's, narrowed by the date filter."""
        return self.filters.span(self.priced.lines)

    @property
    def has_locality(self) -> bool:
        """Whether any line's clinic has a locality; without one, no line has an expected amount."""
        return self.lines["locality"].null_count() < self.lines.height


def open_view(page: Screen) -> View | None:
    """Return the page's view; None after showing, in one sentence with one button, what is missing."""
    export = session.export()
    if session.has_unread_files():
        st.info(
            "A file you dropped has not been read yet. Open the Data page to continue.", icon=":material/hourglass_top:"
        )
    if export is None:
        if session.pending() is not None:
            shell.empty(page, "Check the columns before the file is used", button="Check the columns")
        else:
            shell.empty(page, "Nothing to show yet: open a billing export, or try the sample clinic")
        return None
    show_data_set(export)
    if not export.rows_accepted:
        shell.empty(page, "These files have no charge lines: add the billing export or the claims", button="Add files")
        return None
    with st.spinner("Pricing every visit"):
        priced = session.priced()
    selection = filters.sidebar(priced.lines)
    lines = cached(priced, "filtered", (selection,), lambda: selection.apply(priced.lines), most=2)
    if lines.is_empty():
        shell.headline(page, "No line matches all of these filters")
        filters.chips(selection)
        return None
    return View(export, priced, selection, lines)


def show_data_set(export: Export) -> None:
    """Show the data set's name, period and size in the sidebar."""
    with st.sidebar, st.container(key="dataset", gap=None):
        st.markdown(f"**{safe(export.name)}**")
        if session.is_sample():
            st.badge("Sample clinic, made-up data", color="gray")
        if export.rows_accepted:
            st.caption(f"{period(export.lines)} · {count(export.rows_accepted, 'line')}")


def show_scope(view: View, start: Baseline | None = None) -> None:
    """Show under the headline the active filters, and which schedules and localities priced how many lines.

    With a baseline, its schedule and its visits' lines.
    """
    filters.chips(view.filters)
    if not view.has_locality:
        _ask_for_zip(view)
        return
    lines, years = view.lines, view.priced.fees["year"].unique().sort().to_list()
    if start is not None:
        lines, years = start.counted(view.filters).apply(view.priced.lines), [start.year]
    labels = sorted({locality.label for locality in session.localities().values() if locality is not None})
    span = f"{years[0]}" if len(years) == 1 else f"{years[0]}–{years[-1]}"
    st.caption(
        f"Medicare physician fee schedule {span}{qualifying()} · {safe(listed(labels, at_most=2))} · "
        f"{lines.height:,} of {count(view.priced.lines.height, 'line')}",
        help=explain("fee_schedule", "locality", "visit", "unit"),
    )
    for note in view.priced.notes:
        st.caption(safe(note))
    if without_locality := [clinic or "lines with no clinic" for clinic in session.clinics_without_locality()]:
        st.warning(
            f"{safe(listed(without_locality))}: no Medicare locality, so these lines have no expected amount.",
            icon=":material/location_off:",
        )
        if st.button("Set the ZIP code", icon=DATA.icon, key="set_zip"):
            st.switch_page(DATA.path)


def qualifying() -> str:
    """Return what the source line adds for the higher conversion factor."""
    return ", qualifying APM participant (QP)" if session.track() == "qp" else ""


def _ask_for_zip(view: View) -> None:
    """Say what expected amounts need, with a button to enter it; the rest of the page still shows."""
    with st.container(horizontal=True, vertical_alignment="center", key="needs_zip"):
        st.markdown("Expected amounts need the clinic's ZIP code. Everything below works without it.", width="content")
        if st.button("Set the ZIP code", type="primary", icon=DATA.icon):
            st.switch_page(DATA.path)
    st.caption(f"{view.lines.height:,} of {count(view.priced.lines.height, 'line')}")
