"""How long payment takes, what is open: by age, by payer, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis import charts, payments
from analysis.metrics import definition
from pages._ui.kit import figures, shell, tables
from pages._ui.kit.ripe import ripeness
from pages._ui.kit.text import count, day, exact, safe

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from pages._ui.kit.view import View


def show(view: View, expected: pl.DataFrame) -> None:
    """Show open lines by age, payer and one by one, and days to payment; `expected` is what the payers' terms give."""
    lines = view.lines
    as_of = payments.last_day(lines)
    answerable = view.cached("answerable", (), lambda: payments.answerable(lines, view.export))
    aged = view.cached("aged", (as_of,), lambda: payments.aging(answerable, view.fields, as_of))
    figures.show(charts.aging_bars(aged), key="aging")
    if unanswerable := lines.height - answerable.height:
        st.caption(
            f"Left out: {count(unanswerable, 'line')} from payers or dates with no remittance loaded. These files "
            "cannot show whether they are open."
        )
    st.caption(
        f"Days from the date of service to {day(as_of)}, the last day in the files. Open lines are insured lines "
        "that no payer has answered: not paid, allowed, adjusted, bundled or denied. Counts lines, not claims."
    )
    if aged["lines"].sum():
        _by_payer(view, answerable, as_of)
        _list(view, answerable, expected, as_of)
    _days_to_payment(view)


def _by_payer(view: View, answerable: pl.DataFrame, as_of: date) -> None:
    by_payer = view.cached("aged by payer", (as_of,), lambda: payments.aging_by_payer(answerable, as_of))
    days = view.cached("days in A/R", (), lambda: payments.days_in_ar(answerable))
    meaning = definition("days_in_ar")
    st.subheader("Open lines by payer", anchor=False)
    if days is None:
        st.caption("Days in A/R need 90 days of billing in the files.")
    else:
        st.metric(meaning.label, f"{days:,}", help=safe(meaning.text), border=True, width="content")
    tables.show(
        by_payer,
        alt="Open lines by payer and days since the service, billed dollars",
        file_name="revmix_aging_by_payer.csv",
        headings={
            "open_cents": "Billed, open",
            "expected_cents": "At Medicare rates",
            **dict(zip(payments.AGE_COLUMNS, payments.AGES, strict=True)),
        },
        total=f"**{count(int(by_payer['lines'].sum()), 'line')}** · {exact(int(by_payer['open_cents'].sum()))} billed",
    )


def _list(view: View, answerable: pl.DataFrame, expected: pl.DataFrame, as_of: date) -> None:
    listed = view.cached(
        "open lines", (as_of, expected), lambda: payments.open_lines(answerable, expected, as_of), private=True
    )
    st.subheader("Open lines", anchor=False)
    tables.show(
        view.export.with_numbers(listed).drop("line_id"),
        hide=("source_file",) if listed["source_file"].n_unique() == 1 else (),
        alt="Open lines, the oldest first",
        file_name="revmix_open_lines.csv",
        headings={"expected_cents": "At Medicare rates"},
        total=f"**{count(listed.height, 'line')}** · {exact(int(listed['charge_cents'].sum()))} billed",
    )


def _days_to_payment(view: View) -> None:
    # A month hardly answered yet shows only its quickest answers.
    ripe = ripeness(view)
    days = view.cached("waits", (), lambda: payments.days_to_payment(view.lines.filter(ripe.is_ripe())))
    if days.is_empty() and ripe.unripe and view.lines["paid_on"].count():
        st.info(safe(f"No month is answered far enough to average days: {ripe.missing}."), icon=":material/info:")
        return
    if days.is_empty():
        st.info(
            "This export has no payment dates. Map a payment-date column, or add remittances.", icon=":material/info:"
        )
        shell.correct_button("days")
        return
    st.subheader("Days from service to the payer's answer", anchor=False)
    tables.show(
        days,
        alt="Days from service to the payer's answer, by payer",
        file_name="revmix_days.csv",
        headings={"key": "Payer"},
        total=safe(f"{ripe.missing}; left out." if ripe.missing else ""),
    )
