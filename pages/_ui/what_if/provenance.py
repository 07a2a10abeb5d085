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
    from pages._ui.what_if.state import Slot


def show(slot: Slot) -> None:
    """Show a scenario's assumptions; names and reasons can be edited."""
    entries = assumptions(slot.scenario)
    st.header("What this scenario assumes and who entered it", anchor=False)
    st.text_input(
        "Your name",
        key="what_if_who",
        max_chars=80,
        persist_state="session",
        help="Saved with the changes you make from now on.",
    )
    if not entries:
        st.caption("This scenario has no assumptions yet.")
        return
    frame = pl.DataFrame(
        {
            "Assumption": [assumption.text for assumption in entries],
            "Entered by": [assumption.change.provenance.entered_by for assumption in entries],
            "On": [assumption.change.provenance.entered_on for assumption in entries],
            "Why": [assumption.change.provenance.reason for assumption in entries],
        },
        schema_overrides={"On": pl.Date},
    )
    edited = tables.edit(
        frame,
        alt="Assumptions and who entered them",
        units={"On": "date"},
        fixed=["Assumption", "On"],
        key=slot.key(f"assumed_{hash(entries)}"),
        config={"On": st.column_config.DateColumn(format="MMM D, YYYY")},
    )
    scenario = slot.scenario
    for assumption, entered_by, why in zip(entries, edited["Entered by"], edited["Why"], strict=True):
        provenance, name, reason = assumption.change.provenance, (entered_by or "").strip(), (why or "").strip()
        if (name, reason) != (provenance.entered_by, provenance.reason):
            entered_on = date.today() if name != provenance.entered_by else provenance.entered_on  # noqa: DTZ011  the user's day
            new = replace(provenance, entered_by=name, entered_on=entered_on if name else None, reason=reason)
            scenario = with_provenance(scenario, assumption.change, new)
    if scenario != slot.scenario:
        state.change(slot, scenario)
        st.rerun()
