"""How well a file was understood: the sentence, the reconciliation, the rows that need attention."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis import charts, metrics
from analysis.ingest import Export
from analysis.ingest.rows.reasons import DONE, REASONS
from analysis.medicare.fees import load_book
from pages._ui.kit import figures, tables
from pages._ui.kit.downloads import download
from pages._ui.kit.terms import explain
from pages._ui.kit.text import count, exact, file_stem, money, period, safe

if TYPE_CHECKING:
    from analysis.pricing import Priced
    from pages._ui.kit.session import Pending

MOST_REASONS = 3


def sentence(export: Export) -> str:
    """Say "8,412 of 8,430 rows are ready: $1.02 M billed, Jan 2025 to Oct 2026; 18 rows need your attention"."""
    if not export.rows_accepted:
        return f"None of the {count(export.rows_read, 'row')} could be read as a charge line"
    billed = f"{money(export.dollars_accepted)} billed, " if "charge_cents" in export.fields else ""
    needing = (
        f"; {count(export.rows_rejected, 'row needs', 'rows need')} your attention" if export.rows_rejected else ""
    )
    # Remittance rows that are posted, or that cancel each other out, need nothing more: they are not counted here.
    done = export.rows.filter(pl.col("reason").is_in(DONE)).height
    on_charges = export.rows.filter(pl.col("reason") == "remittance__posted").height
    posted = f", {count(on_charges, 'remittance row')} posted" if on_charges else ""
    return (
        f"{export.rows_accepted:,} of {count(export.rows_read - done, 'row')} are ready{posted}: "
        f"{billed}{period(export.lines)}{needing}"
    )


def reconciliation(export: Export) -> None:
    """Show every row and every dollar of charges: accepted, rejected, or ignored with a reason.

    Remittance rows that are posted are payments; they are shown separately (`payments`).
    """
    done = export.rows.filter(pl.col("reason").is_in(DONE))
    rows = {
        "accepted": export.rows_accepted,
        "rejected": export.rows_rejected,
        "ignored": export.rows_ignored - done.height,
    }
    cents = {
        "accepted": export.dollars_accepted,
        "rejected": export.dollars_rejected,
        "ignored": export.dollars_ignored - int(done["dollars_cents"].sum()),
    }
    charged = "charge_cents" in export.fields
    figures.show(
        charts.reconciliation(rows, {name: cents[name] if charged else None for name in cents}),
        key="account",
        heading=False,
    )
    if explained := ignored_dollars(export):
        st.caption(explained)


def payments(export: Export) -> None:
    """Say in one sentence what happened to the dollars of all payments; nothing if no file has payments of its own."""
    checks = export.checks
    if checks.is_empty():
        return
    sums = {name: int(checks[name].fill_null(0).sum()) for name in checks.columns if name.endswith("_cents")}
    check_count = checks.filter(pl.col("transaction").is_not_null()).height
    paid = exact(sums["claims_cents"])
    intro = (
        f"{count(check_count, 'check or EFT', 'checks and EFTs')} paid {paid} on claims"
        if check_count
        else f"Payments: {paid}"
    )
    parts = [f"{exact(sums['posted_cents'])} posted"]
    labels = {
        "settled_cents": "reversed or duplicate",
        "unmatched_cents": "unmatched",
        "left_cents": "in rows that need your attention or in totals that don't add up",
    }
    parts += [f"{exact(sums[name])} {words}" for name, words in labels.items() if sums[name]]
    text = f"{intro}: {', '.join(parts)}."
    if withheld := sums["provider_cents"]:
        text += (
            f" Payers also {'withheld' if withheld > 0 else 'added'} {exact(abs(withheld))} that is not for a claim."
        )
    st.caption(text, help=explain("posting", "unmatched", "plb"))


UNANSWERED = {
    "charge_cents": "no charges, so no billed amounts, and expected amounts are not limited to the charge",
    "paid_cents": "no payments, so no denials, open lines or collection rate until you add remittances",
    "allowed_cents": "no allowed amounts, so underpayments cannot be found",
    "payer": "no payers, so no split by payer",
    "clinic": "no clinics, so one locality applies to all lines",
    "provider": "no therapists, so no split by therapist",
}
"""Field -> what a file without it cannot answer."""


def missing_and_unused(pending: Pending, export: Export | None) -> None:
    """Say what the file does not have, and which unused columns look useful."""
    if export is not None:
        lacking = [text for field, text in UNANSWERED.items() if metrics.missing(export.fields, field)]
        if lacking:
            st.caption(f"Not in this file: {'; '.join(lacking)}.")
    parts = [
        f"{meaning}: {', '.join(safe(heading) for heading in headings)}"
        for meaning, headings in pending.review.unused.items()
    ]
    if parts:
        looks = "; ".join(parts)
        st.caption(f"These columns are not used, but they look like {looks}. If a meaning below fits, choose it.")


def rows_to_review(export: Export) -> None:
    """Show rejected and ignored rows by reason, the rows themselves, and the download to correct them."""
    if export.rows.is_empty():
        st.success("RevMix read every row in the file as a charge line.", icon=":material/check:")
        return
    if export.rows_rejected:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{count(export.rows_rejected, 'row')} to correct.** Correct these rows in your own file, "
                "then open that file again."
            )
            name = f"{file_stem(PurePath(export.name).stem)}_rows_to_correct.csv"
            download(export.rejected, name, label="Download these rows")
    for kind, title in (("rejected", "Rows that need your attention"), ("ignored", "Rows that are not charge lines")):
        rows = export.with_numbers(export.rows.filter(pl.col("disposition") == kind))
        if rows.height:
            st.caption(f"**{title}**")
            tables.show(
                rows.select(
                    *(["source_file"] if rows["source_file"].n_unique() > 1 else []),
                    "source_row",
                    pl.col("^claim_number$"),
                    "message",
                    "dollars_cents",
                ),
                alt=title,
                file_name=f"revmix_{kind}_rows.csv",
                headings={"source_row": "Row", "message": "What we found and what to do", "dollars_cents": "Dollars"},
                total=f"{count(rows.height, 'row')} · {exact(int(rows['dollars_cents'].sum()))}",
            )


def unpriced(priced: Priced) -> pl.DataFrame:
    """Return the ready lines without a Medicare amount, by code and reason (`metrics.unpriced`).

    A date outside the fee schedules is one reason for each code, not one for each day.
    """
    book = load_book()
    unpriced_lines = priced.lines.filter(pl.col("expected_cents").is_null(), pl.col("locality").is_not_null())
    day = pl.col("date_of_service")
    outside = (
        pl.when(day < book.first_day)
        .then(pl.lit(f"before {book.first_day.year}, the first year with a fee schedule here"))
        .when(day > book.last_day)
        .then(pl.lit(f"after {book.last_day.year}, the last year with a final fee schedule"))
    )
    dates = unpriced_lines.select("line_id", outside.alias("outside"))
    reasons = priced.reasons().join(dates, on="line_id", how="left")
    return metrics.unpriced(priced.lines, reasons.select("line_id", pl.coalesce("outside", "reason").alias("reason")))


def no_amount(without_amount: pl.DataFrame) -> str:
    """Say such as "145 of the ready lines have no Medicare amount: 144 of 97014, not valid ...; 1 before 2020"."""
    if without_amount.is_empty():
        return ""
    of_code = pl.col("reason").str.starts_with(pl.format("{}: ", "code"))
    reason_text = pl.when(of_code).then(pl.format("of {}", pl.col("reason").str.replace(": ", ", ", literal=True)))
    by_reason = (
        without_amount.group_by(reason_text.otherwise("reason").alias("said"))
        .agg(pl.col("lines").sum())
        .sort(["lines", "said"], descending=[True, False])
    )
    parts = [f"{lines:,} {reason}" for reason, lines in by_reason.head(MOST_REASONS).iter_rows()]
    other_lines = int(by_reason["lines"][MOST_REASONS:].sum())
    others = f"; {other_lines:,} for other reasons" if other_lines else ""
    number = int(without_amount["lines"].sum())
    return (
        f"{number:,} of the ready lines {'has' if number == 1 else 'have'} no Medicare amount: "
        f"{'; '.join(parts)}{others}. They count in billed and paid amounts, not in expected amounts."
    )


def lines_without_amount(without_amount: pl.DataFrame) -> None:
    """Show the ready lines without a Medicare amount by code and reason."""
    if without_amount.is_empty():
        return
    title = "Ready lines without a Medicare amount"
    st.caption(f"**{title}**")
    tables.show(
        without_amount,
        alt=title,
        file_name="revmix_lines_without_amount.csv",
        total=f"{count(int(without_amount['lines'].sum()), 'line')}, counted as billed and paid, not as expected",
    )


def ignored_dollars(export: Export) -> str:
    """Say what the ignored dollars are, such as the amount of a totals row."""
    ignored = export.rows.filter(
        pl.col("disposition") == "ignored", pl.col("dollars_cents") != 0, ~pl.col("reason").is_in(DONE)
    )
    sums = ignored.group_by("reason").agg(pl.len(), pl.col("dollars_cents").sum())
    by_reason = sums.filter(pl.col("dollars_cents") != 0).sort("dollars_cents", descending=True)
    parts = [
        f"{exact(cents)} in {count(rows, 'row')}: {safe(REASONS[reason].expected)}"
        for reason, rows, cents in by_reason.iter_rows()
    ]
    return f"Ignored dollars are not charges: {'; '.join(parts)}." if parts else ""


def notices(export: Export, *, without: tuple[str, ...] = ()) -> None:
    """Show notices about accepted rows: duplicates, late dates, zero charges.

    Notices whose names end with one of `without` are left out, where the page has a control or words of their own.
    """
    for notice in (notice for notice in export.notices if not notice.name.endswith(without)):
        of_file = any(notice.text.startswith(source.name) for source in export.sources)
        text = notice.text if of_file else notice.text[:1].upper() + notice.text[1:]
        st.info(safe(text), icon=":material/info:")
