"""Settings that are not in the file: the Medicare locality of each clinic, the class of each payer."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis.ingest import Export
from analysis.ingest.cells.values import proposed_class
from analysis.ingest.settings import UNKNOWN, payer_rules
from pages._ui.kit import localities, session, tables
from pages._ui.kit.terms import explain
from pages._ui.kit.text import count, exact, safe

if TYPE_CHECKING:
    from analysis.medicare.fees import Locality


session.register_keys(of_lines=("place_", "class_"))
PAYERS = "Payers and classes"
"""Name of the tab for payers."""
MOST_PAYERS = 8
"""Most payers to ask about at once; the others are in the tab."""


def ask_for_zip(export: Export) -> None:
    """Ask for the ZIP code of clinics without a locality: their lines have no expected amount until then."""
    without_locality = session.clinics_without_locality()
    if not without_locality:
        return
    with st.container(border=True, key="needs_locality"):
        whose = "your clinic's" if len(without_locality) == 1 else "each clinic's"
        st.markdown(
            f"Medicare pays by locality: **type {whose} ZIP code** and press Enter.", help=explain("locality", "mac")
        )
        _rows(export, without_locality)


def locality_settings(export: Export) -> None:
    """Choose each clinic's locality, set from the export's ZIP code if there is one, and the conversion factor."""
    with_locality = [clinic for clinic, locality in session.localities().items() if locality is not None]
    if with_locality:
        st.caption("Medicare pays by locality. We found these from the ZIP codes. Choose another, or type a ZIP code.")
        _rows(export, with_locality)
    else:
        st.caption("Enter the ZIP code above first.")
    is_qualifying = st.checkbox(
        "Our clinicians are qualifying APM participants (QP); rare in therapy",
        value=session.track() == "qp",
        help="Starting in 2026, Medicare pays qualifying participants in advanced alternative payment models at a "
        "higher conversion factor. Check this box to price all lines from 2026 on at that factor.",
    )
    if is_qualifying != (session.track() == "qp"):
        session.set_track("qp" if is_qualifying else "non_qp")
        st.rerun()


def _rows(export: Export, clinics: list[str | None]) -> None:
    """Show one row for each clinic: its name, the export's ZIP code, the choice."""
    for clinic in clinics:
        current = session.localities()[clinic]
        name_cell, zip_cell, choice_cell = st.columns((3, 2, 4), vertical_alignment="top")
        name_cell.markdown(f"**{safe(clinic or 'All lines')}**")
        zip_cell.caption(_zip_text(export.clinic_zips.get(clinic), current))
        with choice_cell:
            prompt = f"Locality of {safe(clinic or 'all lines')}"
            choice = localities.pick(prompt, f"place_{clinic}", current, hide_label=True)
        if choice != current:
            session.set_locality(clinic, choice)
            st.rerun()


def _zip_text(zip_code: str | None, locality: Locality | None) -> str:
    """Say which ZIP code the export has for a clinic."""
    if zip_code is None:
        return "no ZIP code in the export"
    return f"ZIP {safe(zip_code)} in the export{'' if locality else ', which Medicare does not list'}"


def ask(lines: pl.DataFrame) -> dict[str, str]:
    """Ask for the class of unknown payers, each with a proposal, and return the classes as chosen now.

    Empty where there is nothing to ask. Whoever calls this keeps the answers (`keep`), so that no payer is asked twice.
    """
    payer = pl.col("payer").cast(pl.String)
    unknown = (
        lines.filter(pl.col("payer_class").cast(pl.String) == UNKNOWN, payer.is_not_null())
        .group_by(payer.alias("payer"))
        .agg(pl.len().alias("lines"), pl.col("charge_cents").sum())
        .filter(~pl.col("payer").is_in(list(session.payer_classes())))
        .sort(["lines", "payer"], descending=[True, False])
    )
    if unknown.is_empty():
        return {}
    answers = {}
    with st.container(border=True, key="unknown_payers"):
        first_payers = unknown.head(MOST_PAYERS)
        is_single = first_payers.height == 1
        st.markdown(
            f"**RevMix does not know {'this payer' if is_single else 'these payers'}.** Our best guess is filled in. "
            f"Change it if it is wrong: the class decides which rules apply to {'its' if is_single else 'their'} lines."
        )
        for name, number, cents in first_payers.iter_rows():
            proposal = proposed_class(name)
            billed = f", {exact(cents)} billed" if cents else ""
            options = payer_rules().classes
            answers[name] = st.selectbox(
                f"{safe(name)} ({count(number, 'line')}{billed})",
                options,
                index=options.index(proposal),
                key=f"payer_is_{blake2b(name.encode(), digest_size=8).hexdigest()}",
            )
        if unknown.height > MOST_PAYERS:
            st.caption(f"{count(unknown.height - MOST_PAYERS, 'more payer')} to check on the {PAYERS} tab.")
    return answers


def keep(answers: dict[str, str]) -> None:
    """Save the classes the user chose."""
    for payer, payer_class in answers.items():
        session.reclass(payer, payer_class)


def payers(export: Export) -> None:
    """Show the class of each payer, proposed from its name, to correct it."""
    if "payer" not in export.fields:
        st.info("This export has no payers. Map a payer column to see revenue by payer.", icon=":material/info:")
        return
    st.caption(
        "We guess the class from the payer's name or type. Correct what is wrong. Your changes last for this session."
    )
    lines = session.with_classes(export.lines, session.payer_classes())
    table = (
        lines.group_by(pl.col("payer").cast(pl.String).alias("Payer"))
        .agg(pl.len().alias("Lines"), pl.col("payer_class").cast(pl.String).mode().first().alias("Class"))
        .drop_nulls("Payer")
        .sort("Lines", "Payer", descending=[True, False])
    )
    edited = tables.edit(
        table,
        alt="Payers and their classes",
        units={"Lines": "count"},
        fixed=["Payer", "Lines"],
        key="class_editor",
        config={
            "Class": st.column_config.SelectboxColumn(
                "Class (double-click to change)", options=list(payer_rules().classes), required=True
            ),
            "Lines": st.column_config.NumberColumn(format="localized"),
        },
    )
    rows = zip(table["Payer"], table["Class"], edited["Class"], strict=True)
    if changed := [(payer, new) for payer, old, new in rows if new != old]:
        for payer, payer_class in changed:
            session.reclass(payer, payer_class)
        st.rerun()
