"""Code mix: do we use 97110 and 97112 like others do, and what is it worth? It works for any other codes too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis import charts, mix
from analysis.codes.hcpcs import code_with_label
from analysis.lines.filters import NAMES, choices
from analysis.medicare import benchmarks
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


def groups(view: View, codes: Sequence[str], focus: str, reference: pl.DataFrame) -> None:
    """Compare the focus code's share between therapists or payers, with the interval its volume allows."""
    by = st.segmented_control(
        "Compare",
        BY,
        format_func=NAMES.__getitem__,
        default="provider",
        required=True,
        key="mix_by",
        persist_state="session",
    )
    dots = view.cached(
        "share dots",
        (codes, focus, by, view.state),
        lambda: charts.share_dots(
            mix.by(view.lines, view.fields, codes, focus, by or "provider"), focus, codes, by or "provider", reference
        ),
    )
    figures.show(dots, key="share_dots")


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
    reference = benchmarks.reference(codes, view.state)
    with heading:
        headline(CODE_MIX, safe(mixes.sentence(mix.totals(view.lines, codes), reference, value, focus)))
        show_scope(view)
    over_time = view.cached(
        "share over time",
        (codes, focus, view.span, view.state),
        lambda: charts.share_over_time(mix.over_time(view.lines, codes, view.span), focus, reference),
    )
    figures.show(over_time, key="share_over_time")
    mixes.worth(view, codes, value)
    groups(view, codes, focus, reference)
    panels = view.cached(
        "share multiples",
        (codes, focus, view.span),
        lambda: charts.share_multiples(mix.multiples(view.lines, view.fields, codes, focus, view.span), focus, codes),
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
