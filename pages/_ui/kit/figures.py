"""A chart on a page: the finding as its heading, the figure with alt text, the numbers behind it in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis.charts import colors
from analysis.charts.drawing import Drawing, Unchecked
from pages._ui.kit import shell, tables
from pages._ui.kit.screens import DATA
from pages._ui.kit.shell import notes
from pages._ui.kit.terms import explain
from pages._ui.kit.text import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.charts import Chart

CONFIG = {"displaylogo": False, "displayModeBar": False, "showSendToCloud": False, "plotlyServerURL": ""}
"""Without this, Plotly 7 offers to send a chart to a cloud site."""
TEXT = {"light": "#1B2A2F", "dark": "#E4EBEB"}
"""Text colors of .streamlit/config.toml: Streamlit's own in figures is too pale to read easily (3.7:1)."""

TEMPLATE: dict[str, Any] = {"layout": {}}
"""Streamlit puts its theme into the template; an empty one leaves the figure as it is."""


def show(chart: Chart, *, key: str, heading: bool = True, table: bool = True, terms: Sequence[str] = ()) -> None:
    """Show a chart with heading and table, unless the page has them anyway; without data say what is missing.

    `terms` of the glossary are explained beside the heading.
    """
    with st.container(key=f"figure_{key}"):
        if chart.drawing is None:
            st.info(safe(chart.title), icon=":material/info:")
            if f"on the {DATA.title} page" in chart.title:
                shell.correct_button(key)
            return
        if heading:
            st.header(safe(chart.title), anchor=False, help=explain(*terms) or None)
        st.plotly_chart(_colored(chart.drawing), alt=chart.alt, config=CONFIG, key=f"chart_{key}")
        notes(chart.notes)
        if not table:
            return
        with st.expander("Show the numbers", icon=":material/table:"):
            tables.show(chart.table, alt=f"Table: {chart.title}", file_name=f"revmix_{key}.csv")


def _colored(drawing: Drawing) -> Unchecked:
    """Return the figure with the theme's text color, and its bars separated by the page's color."""
    spec = drawing.spec()
    layout = spec["layout"]
    theme = "dark" if st.context.theme.type == "dark" else "light"
    color = {"color": TEXT[theme]}
    if theme == "dark":
        spec["data"] = [
            {**trace, "marker": colors.on_page(trace["marker"], colors.PAGE[theme])} if "marker" in trace else trace
            for trace in spec["data"]
        ]
    layout |= {"template": TEMPLATE, "font": color}
    for name in [name for name in layout if name.startswith(("xaxis", "yaxis"))]:
        axis = layout[name]
        axis["tickfont"] = color
        if "title" in axis:
            axis["title"] = {**axis["title"], "font": color}
    return Unchecked(spec)
