"""Fee schedules: what Medicare pays for each code, where and when, and what a new year does to your volume."""

from __future__ import annotations

import streamlit as st

from analysis import charts
from analysis.pricing import rate_tables
from pages._ui.fee_schedules import fees
from pages._ui.kit import figures, session
from pages._ui.kit.cache import cached_for_all
from pages._ui.kit.screens import FEE_SCHEDULES
from pages._ui.kit.shell import headline, screen
from pages._ui.kit.terms import explain
from pages._ui.kit.text import safe
from pages._ui.kit.view import show_data_set

with screen(FEE_SCHEDULES):
    if (export := session.export()) is not None:
        show_data_set(export)
    heading = st.container()
    locality, codes = fees.choices()
    years = cached_for_all(
        "by year", (locality, codes, session.track()), lambda: rate_tables.by_year(locality, codes, session.track())
    )
    with heading:
        headline(FEE_SCHEDULES, safe(fees.sentence(years, locality, codes[0])))
        fees.source(locality)

    reduced = fees.reduced()
    fees.by_year_table(years, reduced=reduced)
    figures.show(charts.rates_by_year(years, reduced=reduced), key="rates_by_year", table=False)
    figures.show(
        charts.conversion_factors(rate_tables.conversion_factors(session.track())),
        key="conversion_factors",
        terms=("conversion_factor", "rvu", "gpci", "qp"),
    )

    st.header("Other localities", anchor=False, help=explain("locality", "mac", "gpci"))
    fees.compare(locality, codes)

    st.header("What a new schedule does to your own visits", anchor=False)
    fees.volume_effect()
