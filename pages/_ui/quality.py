"""How well a file was understood: the sentence, the reconciliation, the rows that need the user."""

from __future__ import annotations

from pathlib import PurePath

import polars as pl
import streamlit as st

from analysis import charts
from analysis.ingest import Export
from analysis.ingest.reasons import REASONS
from pages._ui import figures, tables
from pages._ui.downloads import download
from pages._ui.text import count, exact, money, period, safe


def sentence(export: Export) -> str:
    """Say such as "8,412 of 8,430 rows are ready: $1.02 M billed, Jan 2025 to Oct 2026; 18 rows need you"."""
    if not export.rows_accepted:
        return f"None of the {count(export.rows_read, 'row')} could be read as a charge line"
    billed = f"{money(export.dollars_accepted)} billed, " if "charge_cents" in export.fields else ""
    needing = f"; {count(export.rows_rejected, 'row needs', 'rows need')} you" if export.rows_rejected else ""
    return (
        f"{export.rows_accepted:,} of {count(export.rows_read, 'row')} are ready: "
        f"{billed}{period(export.lines)}{needing}"
    )


def reconciliation(export: Export) -> None:
    """Every row and every dollar of the file: accepted, set aside for the user, or ignored with a reason."""
    rows = {"accepted": export.rows_accepted, "rejected": export.rows_rejected, "ignored": export.rows_ignored}
    cents = {
        "accepted": export.dollars_accepted,
        "rejected": export.dollars_rejected,
        "ignored": export.dollars_ignored,
    }
    charged = "charge_cents" in export.fields
    figures.show(
        charts.reconciliation(rows, {name: cents[name] if charged else None for name in cents}),
        key="account",
        heading=False,
    )
    if explained := ignored_dollars(export):
        st.caption(explained)


def rows_set_aside(export: Export) -> None:
    """Show rejected and ignored rows by reason, the rows themselves, and the download to correct them."""
    if export.rows.is_empty():
        st.success("Every row of the file is a charge line that RevMix understands.", icon=":material/check:")
        return
    if export.rows_rejected:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{count(export.rows_rejected, 'row')} to correct.** Download, correct, open the file again.")
            name = f"{PurePath(export.name).stem}_rows_to_correct.csv"
            download(export.rejected, name, label="Download the rows to correct")
    for kind, title in (("rejected", "Rows that need you"), ("ignored", "Rows that are no charge line")):
        rows = export.rows.filter(pl.col("disposition") == kind)
        if rows.height:
            st.caption(f"**{title}**")
            tables.show(
                rows.select("source_row", "message", "dollars_cents"),
                alt=title,
                file_name=f"revmix_{kind}_rows.csv",
                headings={"source_row": "Row", "message": "What was found and what to do", "dollars_cents": "Dollars"},
                total=f"{count(rows.height, 'row')} · {exact(int(rows['dollars_cents'].sum()))}",
            )


def ignored_dollars(export: Export) -> str:
    """What the dollars are that count for nothing, such as the amount of a totals row."""
    ignored = export.rows.filter(pl.col("disposition") == "ignored", pl.col("dollars_cents") != 0)
    sums = ignored.group_by("reason").agg(pl.len(), pl.col("dollars_cents").sum())
    by_reason = sums.filter(pl.col("dollars_cents") != 0).sort("dollars_cents", descending=True)
    parts = [
        f"{exact(cents)} in {count(rows, 'row')}: {safe(REASONS[reason].expected)}"
        for reason, rows, cents in by_reason.iter_rows()
    ]
    return f"Ignored dollars are no charges: {'; '.join(parts)}." if parts else ""


def notices(export: Export) -> None:
    """What a reader should know of rows that were accepted: duplicates, late dates, zero charges."""
    for notice in export.notices:
        st.info(safe(notice.text), icon=":material/info:")
