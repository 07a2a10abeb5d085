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
    contracts.show_unreadable()
    contracts.to_contracts("what_if", "See or change what each payer pays")


def _columns(per_payer: pl.DataFrame) -> pl.DataFrame:
    """Drop the empty columns: the scenario's way of paying where nothing differs, and counts that are all zero."""
    pays_the_same = per_payer.select((pl.col("pays_by") == pl.col("pays_by_after")).all()).item()
    empty = [name for name in ("unknown_units", "unmoved_units") if not per_payer[name].sum()]
    amounts, counts = ("before_cents", "after_cents", "difference_cents"), ("units", "unknown_units", "unmoved_units")
    visible = per_payer.select("payer", *amounts, "pays_by", "pays_by_after", *counts)
    return visible.drop([*empty, *(["pays_by_after"] if pays_the_same else [])])
