"""What a scenario assumes, who entered it and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis.whatif.scenarios.assumptions import assumptions, with_provenance
from pages._ui.kit import tables
from pages._ui.what_if import state

if TYPE_CHECKING:
    from pages._ui.what_if.state import Draft


def show(draft: Draft) -> None:
    """What a scenario assumes and who entered it; names and reasons may be written in."""
    held = assumptions(draft.scenario)
    st.header("What this scenario assumes and who entered it", anchor=False)
    st.text_input(
        "Your name",
        key="what_if_who",
        max_chars=80,
        persist_state="session",
        help="Saved next to the changes you make from now on.",
    )
    if not held:
        st.caption("This scenario assumes nothing yet.")
        return
    frame = pl.DataFrame(
        {
            "Assumption": [one.text for one in held],
            "Entered by": [one.change.provenance.entered_by for one in held],
            "On": [one.change.provenance.entered_on for one in held],
            "Why": [one.change.provenance.reason for one in held],
        },
        schema_overrides={"On": pl.Date},
    )
    edited = tables.edit(
        frame,
        alt="Assumptions and who entered them",
        units={"On": "date"},
        fixed=["Assumption", "On"],
        key=draft.key(f"assumed_{hash(held)}"),
        config={"On": st.column_config.DateColumn(format="MMM D, YYYY")},
    )
    scenario = draft.scenario
    for one, by, reason in zip(held, edited["Entered by"], edited["Why"], strict=True):
        said, name, why = one.change.provenance, (by or "").strip(), (reason or "").strip()
        if (name, why) != (said.entered_by, said.reason):
            entered_on = date.today() if name != said.entered_by else said.entered_on  # noqa: DTZ011  the user's day
            new = replace(said, entered_by=name, entered_on=entered_on if name else None, reason=why)
            scenario = with_provenance(scenario, one.change, new)
    if scenario != draft.scenario:
        state.change(draft, scenario)
        st.rerun()
