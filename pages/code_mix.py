"""Code mix: do we use 97110 and 97112 like others do, and what is it worth? Any other set of codes as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis import benchmarks, charts, mix
from pages._ui import figures, mixes
from pages._ui.screens import CODE_MIX
from pages._ui.shell import headline, screen
from pages._ui.text import safe
from pages._ui.view import standing, view

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from pages._ui.view import View

BY = {"provider": "Therapist", "payer_class": "Payer class", "payer": "Payer", "clinic": "Clinic"}


def groups(seen: View, codes: Sequence[str], focus: str, reference: pl.DataFrame) -> None:
    """Compare the focus code's share between therapists or payers, with the interval its volume allows."""
    by = st.segmented_control(
        "Compare",
        list(BY),
        format_func=BY.__getitem__,
        default="provider",
        required=True,
        key="mix_by",
        persist_state="session",
    )
    shares = mix.by(seen.lines, seen.fields, codes, focus, by or "provider")
    figures.show(charts.share_dots(shares, focus, codes, by or "provider", reference), key="share_dots")


with screen(CODE_MIX):
    if (seen := view(CODE_MIX)) is not None:
        heading = st.container()
        codes, focus, rival = mixes.choices(seen)
        value = mix.point_value(seen.lines, seen.priced.lines, codes, rival, focus, mixes.priced_on(seen))
        reference = benchmarks.reference(codes, seen.state)
        with heading:
            headline(CODE_MIX, safe(mixes.sentence(mix.totals(seen.lines, codes), reference, value, focus)))
            standing(seen)
        figures.show(charts.share_over_time(mix.over_time(seen.lines, codes), focus, reference), key="share_over_time")
        mixes.worth(seen, codes, value)
        groups(seen, codes, focus, reference)
        figures.show(
            charts.share_multiples(mix.multiples(seen.lines, seen.fields, codes, focus), focus, codes),
            key="share_multiples",
        )
        mixes.visits(seen, codes)
