"""From a figure down to its lines: one code's, and those without a Medicare amount."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis import metrics
from analysis.codes.hcpcs import code_with_label
from analysis.medicare.fees import NATIONAL
from analysis.pricing import rate_tables
from analysis.pricing.repricing import localities
from pages._ui.kit import session, tables
from pages._ui.kit.localities import label
from pages._ui.kit.text import count, safe
from pages._ui.revenue import mppr

if TYPE_CHECKING:
    from pages._ui.kit.view import View


def one_code(view: View, code: str) -> None:
    """Show one code's lines: what MPPR cuts, the code's rates, the lines themselves."""
    facts = metrics.code_facts(view.lines, code)
    with st.container(border=True, key="one_code"):
        st.header(safe(code_with_label(code)), anchor=False)
        if facts.priced_units:
            st.markdown(mppr.of_code(view, facts))
        locality = next(iter(localities(view.priced.lines)), NATIONAL)
        amounts = (
            rate_tables.by_year(locality, [code], session.track()).drop("start", "proposed", "code", "label").reverse()
        )
        lines = metrics.code_lines(view.lines, view.fields, code)
        left, right = st.tabs([f"Latest {count(len(lines), 'line')}", "Rates by year"])
        with left:
            tables.show(lines, alt=f"Lines for {code}", file_name=f"revmix_{code}_lines.csv")
        with right:
            st.caption(safe(label(locality)))
            tables.show(amounts, alt=f"Rates for {code} by year", file_name=f"revmix_{code}_rates.csv")


def unpriced(view: View) -> None:
    """Say which lines have no Medicare amount, and why."""
    without_amount = view.cached("unpriced", (), lambda: metrics.unpriced(view.lines, view.priced.reasons()))
    if without_amount.is_empty():
        return
    title = f"Why {count(int(without_amount['lines'].sum()), 'line has', 'lines have')} no Medicare amount"
    with st.expander(title, icon=":material/help:"):
        tables.show(without_amount, alt=title, file_name="revmix_lines_without_amount.csv")
