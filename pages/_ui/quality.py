"""How well a file was understood: the sentence, the reconciliation, the rows that need the user."""

from __future__ import annotations

from pathlib import PurePath

import polars as pl
import streamlit as st

from analysis import charts
from analysis.ingest import Export
from pages._ui import figures, tables
from pages._ui.downloads import download
from pages._ui.text import count, exact, money, month, safe


def sentence(export: Export) -> str:
    """Say such as "8,412 of 8,430 rows are ready: $1.02 M billed, Jan 2025 to Oct 2026; 18 rows need you"."""
    if not export.rows_accepted:
        return f"None of the {count(export.rows_read, 'row')} could be read as a charge line"
    days = export.lines["date_of_service"]
    billed = f"{money(export.dollars_accepted)} billed, " if "charge_cents" in export.fields else ""
    needing = f"; {count(export.rows_rejected, 'row needs', 'rows need')} you" if export.rows_rejected else ""
    return (
        f"{export.rows_accepted:,} of {count(export.rows_read, 'row')} are ready: "
        f"{billed}{month(days.min())} to {month(days.max())}{needing}"
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
    figures.show(charts.reconciliation(rows, {name: cents[name] if charged else None for name in cents}), key="account")


def rows_set_aside(export: Export) -> None:
    """Rejected and ignored rows by reason, the rows themselves, and the download to correct them."""
    if export.rows.is_empty():
        st.success("Every row of the file is a charge line that RevMix understands.", icon=":material/check:")
        return
    by_reason = (
        export.rows.group_by("disposition", "reason")
        .agg(pl.len().alias("rows"), pl.col("dollars_cents").sum(), pl.col("message").first())
        .sort(["disposition", "rows"], descending=[True, True])
        .select("disposition", "message", "rows", "dollars_cents")
    )
    tables.show(
        by_reason, alt="Rows that are no charge line, by reason", file_name="revmix_reasons.csv", headings=HEADINGS
    )
    if export.rejected.height:
        st.markdown(
            f"**{count(export.rows_rejected, 'row')} to correct.** Download them, correct them, open the file again."
        )
        download(
            export.rejected, f"{PurePath(export.name).stem}_rows_to_correct.csv", label="Download the rows to correct"
        )


HEADINGS = {
    "disposition": "Outcome",
    "message": "Example",
    "rows": "Rows",
    "dollars_cents": "Dollars",
    "source_row": "Row",
    "column": "Column",
    "found": "Found",
}


def notices(export: Export) -> None:
    """What a reader should know of rows that were accepted: duplicates, late dates, zero charges."""
    for notice in export.notices:
        st.info(safe(notice.text), icon=":material/info:")


def counts(export: Export) -> None:
    """The same reconciliation in one line of small print."""
    st.caption(
        f"{export.rows_read:,} rows read = {export.rows_accepted:,} ready + {export.rows_rejected:,} to correct + "
        f"{export.rows_ignored:,} ignored · {exact(export.dollars_read)} = {exact(export.dollars_accepted)} + "
        f"{exact(export.dollars_rejected)} + {exact(export.dollars_ignored)}"
    )
