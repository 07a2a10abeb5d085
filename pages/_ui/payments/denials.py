"""Denials of all payers: by reason, payer, code, therapist or month, and the lines behind a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis import charts, payments
from analysis.codes.hcpcs import code_with_label
from analysis.lines.filters import NAMES
from pages._ui.kit import figures, tables
from pages._ui.kit.ripe import ripeness
from pages._ui.kit.terms import explain
from pages._ui.kit.text import count, exact, safe

if TYPE_CHECKING:
    from pages._ui.kit.view import View

TITLES = {"reason": "Reason", "month": "Month", **NAMES}
TERMS = ("denied", "bundled", "carc", "rarc")
HEADINGS = {"charge_cents": "Charges denied", "text": "Meaning", "expected_cents": "At Medicare rates"}


def show(view: View, expected: pl.DataFrame) -> None:
    """Show denials by one column at a time, then the lines; `expected` is what the payers' terms give."""
    by = st.segmented_control(
        "By", payments.DENIALS_BY, format_func=TITLES.__getitem__, default="reason", required=True, key="denials_by",
        persist_state="session",
    )  # fmt: skip
    frame = view.cached(
        "denials by", (by, expected), lambda: payments.denials_by(view.lines, expected, by), private=True
    )
    row = _by_reason(view, frame) if by == "reason" else _by_other(view, frame, by)
    _lines(view, expected, by, row)
    _adjustments(view)


def _by_reason(view: View, frame: pl.DataFrame) -> str | None:
    """Show reasons with their meaning and next step; returns the chosen one."""
    denied = view.cached("denials", (), lambda: payments.denials(view.lines))
    figures.show(charts.denial_bars(denied), key="denials", table=False, terms=TERMS)
    if denied.is_empty():
        return None
    rates = frame.select(pl.col("key").alias("carc"), "denial_rate", "due_cents")
    joined = denied.with_columns(pl.col("carc").fill_null("")).join(rates, on="carc", how="left", maintain_order="left")
    numbers = ("carc", "lines", "denial_rate")
    table = tables.money_first(joined.select(*numbers, pl.exclude(numbers)), *numbers)
    return _chosen(table, "carc", "reason", "revmix_denials.csv")


def _by_other(view: View, frame: pl.DataFrame, by: str) -> str | None:
    figures.show(charts.denials_by(frame, by, ripeness(view)), key="denials", table=False, terms=TERMS)
    if frame.is_empty():
        return None
    labeled = (
        frame.with_columns(key=pl.col("key").map_elements(code_with_label, return_dtype=pl.String))
        if by == "code"
        else frame
    )
    position = _table(labeled, by, f"revmix_denials_by_{by}.csv")
    return None if position is None else str(frame["key"][position])


def _chosen(frame: pl.DataFrame, column: str, by: str, file_name: str) -> str | None:
    position = _table(frame, by, file_name)
    return None if position is None else str(frame[column][position])


def _table(frame: pl.DataFrame, by: str, file_name: str) -> int | None:
    return tables.show(
        frame,
        alt=f"Denied lines by {TITLES[by].lower()}",
        file_name=file_name,
        headings={"key": TITLES[by], **HEADINGS},
        choose=f"denials_row_{by}",
    )


def _lines(view: View, expected: pl.DataFrame, by: str, row: str | None) -> None:
    """List the denied lines of the chosen row, or all."""
    as_of = payments.last_day(view.lines)
    every = view.cached(
        "denied lines", (by, expected), lambda: payments.denied_lines(view.lines, expected, by, as_of), private=True
    )
    if every.is_empty():
        return
    listed = every if row is None else every.filter(pl.col("key") == row)
    name = "" if row is None else payments.reason_text(row) if by == "reason" else row
    st.subheader(safe(f"Denied lines: {name}") if name else "Denied lines", anchor=False)
    if row is None:
        st.caption("Choose a row above to see only its lines.")
    tables.show(
        view.export.with_numbers(listed).drop("line_id", "key"),
        hide=("source_file",) if listed["source_file"].n_unique() == 1 else (),
        alt="Denied lines, most dollars first",
        file_name="revmix_denied_lines.csv",
        headings={"expected_cents": "At Medicare rates"},
        total=f"**{count(listed.height, 'line')}** · {exact(int(listed['charge_cents'].sum()))} billed",
    )


def _adjustments(view: View) -> None:
    """Show what remittances took off, by reason."""
    adjustments = view.export.adjustments.join(view.lines.select("line_id"), on="line_id", how="semi")
    if adjustments.is_empty():
        return
    st.subheader(
        "Remittance adjustments by reason",
        anchor=False,
        help=explain("remittance", "carc", "contractual_adjustment", "sequestration"),
    )
    tables.show(
        payments.adjustments_by_reason(adjustments),
        alt="Remittance adjustments by group and reason",
        file_name="revmix_adjustments.csv",
        headings={"group": "Group"},
    )
