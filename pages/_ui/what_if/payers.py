"""All payers: the revenue of each one before and after, and the way to what each one pays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from pages._ui.kit import contracts, shell, tables
from pages._ui.kit.text import safe
from pages._ui.what_if.words import change

if TYPE_CHECKING:
    from analysis.payers import Revenue


def show(revenue: Revenue) -> None:
    """Show revenue by payer."""
    st.header(f"All payers: {safe(change(revenue.difference_cents, revenue.before_cents))}", anchor=False)
    tables.show(
        _columns(revenue.per_payer),
        alt="Revenue of each payer before and after",
        file_name="revmix_payers.csv",
        headings={
            "payer": "Payer",
            "share_of_medicare": "Share of Medicare",
            "pays_by": "Pays by",
            "pays_by_after": "Pays by, scenario",
            "before_cents": "Before",
            "after_cents": "After",
            "difference_cents": "Difference",
            "units": "Units",
            "unknown_units": "Units without an amount",
            "unmoved_units": "Units not recoded",
        },
    )
    shell.notes(revenue.notes)
    _readings(revenue)
    contracts.show_unreadable()
    contracts.to_contracts("what_if", "See or change what each payer pays")


def _readings(revenue: Revenue) -> None:
    """Show what changes under each reading of a payer's terms, where its payments leave more than one."""
    rows = [
        (readings.payer, reading.condition, reading.before_cents, reading.after_cents, reading.difference_cents)
        for readings in revenue.readings
        for reading in readings.each
    ]
    if not rows:
        return
    st.subheader("Payers whose payments can be read in more than one way", anchor=False)
    headings = {
        "payer": "Payer",
        "condition": "Reading",
        "before_cents": "Before",
        "after_cents": "After",
        "difference_cents": "Difference",
    }
    tables.show(
        pl.DataFrame(rows, schema=list(headings), orient="row"),
        alt="Revenue of a payer under each reading of its terms",
        file_name="revmix_readings.csv",
        headings=headings,
        total="Totals use each payer's first row. Only the paper contract tells which one holds.",
    )


def _columns(per_payer: pl.DataFrame) -> pl.DataFrame:
    """Drop the empty columns: the scenario's way of paying where nothing differs, and counts that are all zero."""
    pays_the_same = per_payer.select((pl.col("pays_by") == pl.col("pays_by_after")).all()).item()
    empty = [name for name in ("unknown_units", "unmoved_units") if not per_payer[name].sum()]
    amounts, counts = ("before_cents", "after_cents", "difference_cents"), ("units", "unknown_units", "unmoved_units")
    visible = per_payer.select("payer", *amounts, "share_of_medicare", "pays_by", "pays_by_after", *counts)
    return visible.drop([*empty, *(["pays_by_after"] if pays_the_same else [])])
