"""A chart on a page: the finding as its heading, the figure with alt text, the numbers behind it in a table."""

from __future__ import annotations

import streamlit as st

from analysis.charts import Chart
from pages._ui import tables
from pages._ui.shell import notes
from pages._ui.text import safe

CONFIG = {"displaylogo": False, "displayModeBar": False, "showSendToCloud": False, "plotlyServerURL": ""}
"""Plotly 7 offers to send a chart to a cloud site unless told not to."""


def show(chart: Chart, *, key: str, table: bool = True, open_table: bool = False) -> None:
    """Show a chart with its table (unless the page has it anyway); without data it says what is missing instead."""
    with st.container(key=f"figure_{key}"):
        if chart.figure is None:
            st.info(safe(chart.title), icon=":material/info:")
            return
        st.subheader(safe(chart.title), anchor=False)
        st.plotly_chart(chart.figure, alt=chart.alt, config=CONFIG, key=f"chart_{key}")
        notes(chart.notes)
        if not table:
            return
        with st.expander("The numbers behind this chart", expanded=open_table, icon=":material/table:"):
            tables.show(chart.table, alt=f"Table: {chart.title}", file_name=f"revmix_{key}.csv")
