"""What a page that needs data works on: the priced lines under the filters, and what to say when there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._ui.kit import filters, session, shell
from pages._ui.kit.kept import Made, kept
from pages._ui.kit.screens import DATA, Screen
from pages._ui.kit.terms import explain
from pages._ui.kit.text import count, listed, period, safe

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from analysis.ingest import Export
    from analysis.lines.filters import Filters, Span
    from analysis.pricing import Priced


@dataclass(frozen=True, slots=True)
class View:
    """The lines a page shows: all of the export's, priced, and those that pass the filters."""

    export: Export
    priced: Priced
    filters: Filters
    lines: pl.DataFrame

    def kept(self, name: str, key: tuple[Any, ...], make: Callable[[], Made], *, own: bool = False) -> Made:
        """What is made of these lines, once for each key (`pages._ui.kit.kept`)."""
        return kept(self.lines, name, key, make, own=own)

    @property
    def fields(self) -> frozenset[str]:
        """What the export has; a figure that needs more says so."""
        return self.export.fields

    @property
    def span(self) -> Span:
        """First and last day looked at: the export's, narrowed by the dates filtered to."""
        return self.filters.span(self.priced.lines)

    @property
    def placed(self) -> bool:
        """Whether any of the lines is of a clinic with a locality; otherwise nothing of them has an expected amount."""
        return self.lines["locality"].null_count() < self.lines.height

    @property
    def state(self) -> str | None:
        """The state most lines are priced in, to compare with; None for national amounts."""
        places = {where.key: where.state for where in session.places().values() if where is not None}
        counted = self.lines.group_by("mac", "locality").len().drop_nulls().sort("len", descending=True)
        return places.get("-".join(counted.select("mac", "locality").row(0))) if counted.height else None


def view(here: Screen) -> View | None:
    """The page's lines; None after saying, in one sentence and with one button, what is missing."""
    export = session.export()
    if session.waits():
        st.info(
            "A file you dropped has not been read yet. Open the Data page to continue.", icon=":material/hourglass_top:"
        )
    if export is None:
        if session.pending() is not None:
            shell.empty(here, "Check the columns before the file is used", button="Check the columns")
        else:
            shell.empty(here, "Nothing to show yet: open a billing export, or try the sample clinic")
        return None
    named(export)
    if not export.rows_accepted:
        shell.empty(here, "These files have no charge lines: add the billing export or the claims", button="Add files")
        return None
    with st.spinner("Pricing every visit"):
        priced = session.priced()
    chosen = filters.sidebar(priced.lines)
    lines = kept(priced, "filtered", (chosen,), lambda: chosen.apply(priced.lines), most=2)
    if lines.is_empty():
        shell.headline(here, "No line matches all of these filters")
        filters.chips(chosen)
        return None
    return View(export, priced, chosen, lines)


def named(export: Export) -> None:
    """The data set's name, period and size in the sidebar."""
    with st.sidebar, st.container(key="dataset", gap=None):
        st.markdown(f"**{safe(export.name)}**")
        if session.is_sample():
            st.badge("Sample clinic, made-up data", color="gray")
        if export.rows_accepted:
            st.caption(f"{period(export.lines)} · {count(export.rows_accepted, 'line')}")


def standing(seen: View) -> None:
    """Under the headline: filters in use, and which schedules and localities priced this."""
    filters.chips(seen.filters)
    if not seen.placed:
        _unplaced(seen)
        return
    years = seen.priced.fees["year"].unique().sort().to_list()
    places = sorted({where.label for where in session.places().values() if where is not None})
    span = f"{years[0]}" if len(years) == 1 else f"{years[0]}–{years[-1]}"
    st.caption(
        f"Medicare physician fee schedule {span}{qualifying()} · {safe(listed(places, at_most=2))} · "
        f"{seen.lines.height:,} of {count(seen.priced.lines.height, 'line')}",
        help=explain("fee_schedule", "locality", "visit", "unit"),
    )
    for note in seen.priced.notes:
        st.caption(safe(note))
    if homeless := [clinic or "lines with no clinic" for clinic in session.homeless()]:
        st.warning(
            f"{safe(listed(homeless))}: no Medicare locality, so these lines have no expected amount.",
            icon=":material/location_off:",
        )
        if st.button("Set the ZIP code", icon=DATA.icon, key="set_zip"):
            st.switch_page(DATA.path)


def qualifying() -> str:
    """What the source line adds where the higher conversion factor is chosen."""
    return ", qualifying APM participant (QP)" if session.track() == "qp" else ""


def _unplaced(seen: View) -> None:
    """Say what is missing for expected amounts, with the way to set it, and leave the rest of the page to show."""
    with st.container(horizontal=True, vertical_alignment="center", key="unplaced"):
        st.markdown("Expected amounts need the clinic's ZIP code. Everything below works without it.", width="content")
        if st.button("Set the ZIP code", type="primary", icon=DATA.icon):
            st.switch_page(DATA.path)
    st.caption(f"{seen.lines.height:,} of {count(seen.priced.lines.height, 'line')}")
