"""Code mix: do we use 97110 and 97112 like others do, and what is it worth? It works for any other codes too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis import charts, metrics, mix
from analysis.codes.hcpcs import code_with_label
from analysis.lines.filters import NAMES, choices
from pages._ui.code_mix import mixes
from pages._ui.kit import baseline, figures, session
from pages._ui.kit.screens import CODE_MIX
from pages._ui.kit.shell import headline, screen
from pages._ui.kit.text import safe
from pages._ui.kit.view import open_view, show_scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from pages._ui.kit.view import View

BY = ("provider", "payer_class", "payer", "clinic")


def compared(view: View, codes: Sequence[str], focus: str, by: str) -> pl.DataFrame | metrics.Missing:
    """Return the focus code's share by therapist, payer, class or clinic, and what may be said of it."""
    return view.cached("compared", (codes, focus, by), lambda: mix.by(view.lines, view.fields, codes, focus, by))


def groups(view: View, codes: Sequence[str], focus: str) -> None:
    """Compare the focus code's share between therapists or payers, with the interval its patients allow."""
    by = st.segmented_control(
        "Compare",
        BY,
        format_func=NAMES.__getitem__,
        default="provider",
        required=True,
        key="mix_by",
        persist_state="session",
    )
    shares = compared(view, codes, focus, by)
    dots = view.cached("share dots", (codes, focus, by), lambda: charts.share_dots(shares, focus, codes, by))
    figures.show(dots, key="share_dots", terms=("interval",))


def compare(view: View) -> None:
    """Show the whole page, for an export with two or more codes."""
    heading = st.container()
    codes, focus, rival = mixes.choices(view)
    start = baseline.of_today(view.priced, view.filters)
    value = view.cached(
        "point value",
        (codes, rival, focus, view.filters, start, session.track()),
        lambda: mix.point_value(view.priced, view.filters, codes, rival, focus, start, track=session.track()),
    )
    beside = view.cached("beside Medicare", (codes, focus), lambda: mix.beside_medicare(view.lines, codes, focus))
    with heading:
        headline(CODE_MIX, safe(mixes.sentence(mix.totals(view.lines, codes), beside, value, focus)))
        show_scope(view)
    medicare = view.cached(
        "beside Medicare chart", (codes, focus), lambda: charts.beside_medicare(beside, focus, codes)
    )
    figures.show(medicare, key="beside_medicare", terms=("interval",))
    over_time = view.cached(
        "share over time",
        (codes, focus, view.span),
        lambda: charts.share_over_time(mix.over_time(view.lines, codes, view.span), focus),
    )
    figures.show(over_time, key="share_over_time")
    mixes.worth(view, codes, value)
    groups(view, codes, focus)
    by_therapist = compared(view, codes, focus, "provider")
    panels = view.cached(
        "share multiples",
        (codes, focus, view.span),
        lambda: charts.share_multiples(
            mix.multiples(view.lines, view.fields, codes, focus, view.span), by_therapist, focus, codes
        ),
    )
    figures.show(panels, key="share_multiples")
    mixes.visits(view, codes)


with screen(CODE_MIX):
    if (view := open_view(CODE_MIX)) is not None:
        first, *others = choices(view.priced.lines, "codes")
        if others:
            compare(view)
        else:
            headline(
                CODE_MIX,
                safe(f"Every line in this export is {code_with_label(first)}. A code mix needs at least two codes"),
            )
            show_scope(view)
