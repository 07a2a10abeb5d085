"""Settings a file cannot tell: the Medicare locality of each clinic, the class of each payer."""

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


session.owns(of_lines=("place_", "class_"))
PAYERS = "Payers and classes"
"""The tab of payers."""
ASKED = 8
"""Payers asked for at once; the others wait in the tab."""


def lead(export: Export) -> None:
    """Ask for the locality of the clinics that have none: without it nothing of theirs has an expected amount."""
    homeless = session.homeless()
    if not homeless:
        return
    with st.container(border=True, key="needs_locality"):
        clinic = "your clinic's" if len(homeless) == 1 else "each clinic's"
        st.markdown(
            f"Medicare pays by locality: **type {clinic} ZIP code** and press Enter.", help=explain("locality", "mac")
        )
        _rows(export, homeless)


def places(export: Export) -> None:
    """A locality for each clinic, from its ZIP code where the export has one, and which conversion factor holds."""
    settled = [clinic for clinic, where in session.places().items() if where is not None]
    if settled:
        st.caption("Medicare pays by locality. We found these from the ZIP codes. Choose another, or type a ZIP code.")
        _rows(export, settled)
    else:
        st.caption("Enter the ZIP code above first.")
    chosen = st.checkbox(
        "Our clinicians are qualifying APM participants (QP); rare in therapy",
        value=session.track() == "qp",
        help="From 2026 Medicare pays qualifying participants in advanced alternative payment models at a higher "
        "conversion factor. Checking this box prices every line from 2026 on at that factor.",
    )
    if chosen != (session.track() == "qp"):
        session.set_track("qp" if chosen else "non_qp")
        st.rerun()


def _rows(export: Export, clinics: list[str | None]) -> None:
    """One row a clinic: name, what the export says, the choice."""
    for clinic in clinics:
        where = session.places()[clinic]
        name, zip_code, choice = st.columns((3, 2, 4), vertical_alignment="top")
        name.markdown(f"**{safe(clinic or 'All lines')}**")
        zip_code.caption(_said(export.clinic_zips.get(clinic), where))
        with choice:
            prompt = f"Locality of {safe(clinic or 'all lines')}"
            chosen = localities.pick(prompt, f"place_{clinic}", where, hide_label=True)
        if chosen != where:
            session.place(clinic, chosen)
            st.rerun()


def _said(zip_code: str | None, where: Locality | None) -> str:
    """What the export tells of a clinic's place."""
    if zip_code is None:
        return "no ZIP code in the export"
    return f"ZIP {safe(zip_code)} in the export{'' if where else ', which Medicare does not list'}"


def ask(lines: pl.DataFrame) -> dict[str, str]:
    """Ask for the class of payers that nobody knows, each with a proposal; the classes as they are chosen now.

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
        few = unknown.head(ASKED)
        one = few.height == 1
        st.markdown(
            f"**RevMix does not know {'this payer' if one else 'these payers'}.** Our best guess is filled in. "
            f"Change it if it is wrong: the class decides which rules apply to {'its' if one else 'their'} lines."
        )
        for name, number, cents in few.iter_rows():
            proposal = proposed_class(name)
            billed = f", {exact(cents)} billed" if cents else ""
            options = payer_rules().classes
            answers[name] = st.selectbox(
                f"{safe(name)} ({count(number, 'line')}{billed})",
                options,
                index=options.index(proposal),
                key=f"payer_is_{blake2b(name.encode(), digest_size=8).hexdigest()}",
            )
        if unknown.height > ASKED:
            st.caption(f"{count(unknown.height - ASKED, 'more payer')} to check on the tab {PAYERS}.")
    return answers


def keep(answers: dict[str, str]) -> None:
    """Keep the classes that were asked for."""
    for payer, payer_class in answers.items():
        session.reclass(payer, payer_class)


def payers(export: Export) -> None:
    """The class of each payer, proposed from its name, corrected here."""
    if "payer" not in export.fields:
        st.info("This export names no payers. Map a payer column to see revenue by payer.", icon=":material/info:")
        return
    st.caption(
        "We guess the class from the payer's name or type. Correct what is wrong. Your changes last for this session."
    )
    lines = session.reclassed(export.lines, session.payer_classes())
    known = (
        lines.group_by(pl.col("payer").cast(pl.String).alias("Payer"))
        .agg(pl.len().alias("Lines"), pl.col("payer_class").cast(pl.String).mode().first().alias("Class"))
        .drop_nulls("Payer")
        .sort("Lines", "Payer", descending=[True, False])
    )
    edited = tables.edit(
        known,
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
    rows = zip(known["Payer"], known["Class"], edited["Class"], strict=True)
    if changed := [(payer, chosen) for payer, before, chosen in rows if chosen != before]:
        for payer, payer_class in changed:
            session.reclass(payer, payer_class)
        st.rerun()
