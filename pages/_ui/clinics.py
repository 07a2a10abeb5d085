"""Settings a file cannot tell: the Medicare locality of each clinic, the class of each payer."""

from __future__ import annotations

import polars as pl
import streamlit as st

from analysis.ingest import Export
from analysis.ingest.settings import payer_rules
from pages._ui import localities, session
from pages._ui.text import count, safe


def places(export: Export) -> None:
    """A locality for each clinic, from its ZIP code where the export has one."""
    st.caption("Medicare pays by locality, here taken from the ZIP code. Choose another, or type a ZIP code.")
    for clinic, where in session.places().items():
        name, zip_code, choice = st.columns((3, 2, 4), vertical_alignment="center")
        name.markdown(f"**{safe(clinic or 'All lines')}**")
        found = export.clinic_zips.get(clinic)
        zip_code.caption(f"ZIP {safe(found)} in the export" if found else "no ZIP code in the export")
        with choice:
            chosen = localities.pick(f"Locality of {clinic or 'all lines'}", f"place_{clinic}", where, hide_label=True)
        if chosen != where:
            session.place(clinic, chosen)
    if missing := [clinic for clinic, where in session.places().items() if where is None]:
        st.warning(
            f"{count(len(missing), 'clinic has', 'clinics have')} no locality: its lines have no expected amount.",
            icon=":material/location_off:",
        )


def payers(export: Export) -> None:
    """The class of each payer, proposed from its name, corrected here."""
    if "payer" not in export.fields:
        st.info("This export names no payers. Map a payer column to see revenue by payer.", icon=":material/info:")
        return
    st.caption(
        "The class is proposed from the payer's name or type. Correct what is wrong; it counts for this session."
    )
    lines = session.reclassed(export.lines, session.payer_classes())
    known = (
        lines.group_by(pl.col("payer").cast(pl.String).alias("Payer"))
        .agg(pl.len().alias("Lines"), pl.col("payer_class").cast(pl.String).mode().first().alias("Class"))
        .drop_nulls("Payer")
        .sort("Lines", "Payer", descending=[True, False])
    )
    edited = st.data_editor(
        known,
        hide_index=True,
        disabled=["Payer", "Lines"],
        key="class_editor",
        alt="Payers and their classes",
        column_config={
            "Class": st.column_config.SelectboxColumn(
                "Class (double-click to change)", options=classes(), required=True
            ),
            "Lines": st.column_config.NumberColumn(format="localized"),
        },
    )
    rows = zip(known["Payer"], known["Class"], edited["Class"], strict=True)
    if changed := [(payer, chosen) for payer, before, chosen in rows if chosen != before]:
        for payer, payer_class in changed:
            session.reclass(payer, payer_class)
        st.rerun()


def classes() -> list[str]:
    """Every class a payer may have."""
    rules = payer_rules()
    return sorted({*rules.type_ids.values(), *(name for _, name in rules.patterns), "Unknown"})
