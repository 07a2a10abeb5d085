"""Payments: who owes me? The sums that make the gap, what changed, denials, days and open lines, key figures."""

from __future__ import annotations

import polars as pl
import streamlit as st

from analysis import charts, metrics, payments
from analysis.codes.hcpcs import code_with_label
from analysis.lines.filters import NAMES
from analysis.payers import under_mppr
from pages._ui.kit import contracts, figures, session, shell, tables
from pages._ui.kit.ripe import answers, ripeness, totals
from pages._ui.kit.screens import PAYMENTS
from pages._ui.kit.shell import headline, notes, screen
from pages._ui.kit.terms import explain
from pages._ui.kit.text import count, exact, percent, safe
from pages._ui.kit.view import View, open_view, show_scope
from pages._ui.payments import changes, denials, open_lines, owed

session.register_keys(of_lines=("payments_",))
UNMATCHED_COLUMNS = (
    "date_of_service",
    "code",
    "units",
    "charge_cents",
    "paid_cents",
    "payer",
    "source_file",
    "source_row",
    "candidates",
)
CHECK_COLUMNS = (
    "trace",
    "paid_on",
    "payer",
    "paid_cents",
    "posted_cents",
    "unmatched_cents",
    "settled_cents",
    "left_cents",
    "claims_cents",
    "provider_cents",
    "claims",
    "source_file",
)
REMITTANCE_HEADINGS = {
    "trace": "Check or EFT",
    "paid_cents": "Paid",
    "provider_cents": "Withheld, not for a claim",
    "claims_cents": "Paid for claims",
    "posted_cents": "Posted",
    "settled_cents": "Reversed or duplicate",
    "unmatched_cents": "Unmatched",
    "left_cents": "Not accounted for",
    "claims": "Claims",
    "text": "Meaning",
    "period_end": "Fiscal year ends",
    "amount_cents": "Withheld",
    "reference": "Reference (pseudonym)",
    "why": "Why",
    "message": "What doesn't add up",
    "expected_cents": "Should be",
    "found_cents": "Adds up to",
    "provider": "Provider number",
    "reason": "Reason code",
    "segment": "Segment in the file",
    "candidates": "Possible charges",
}
REMITTANCE_TERMS: dict[str, tuple[str, ...]] = {
    "Checks and EFTs": ("remittance", "posting"),
    "Unmatched payments and charges": ("unmatched",),
    "Totals that don't add up": ("claim",),
    "Adjustments to whole payments (PLB)": ("plb",),
}
"""Heading -> terms of the glossary explained beside it."""
TITLES = {"month": "Month", **NAMES}


def compared_amounts(view: View, expected: pl.DataFrame) -> None:
    """Show expected, allowed and paid by payer, code or month."""
    by = st.segmented_control(
        "By", ("payer", "code", "month", "clinic", "provider"), format_func=lambda name: TITLES[name], default="payer",
        required=True, key="payments_by", persist_state="session",
    )  # fmt: skip
    frame = view.cached("compared", (by, expected), lambda: payments.compare(view.lines, expected, by), private=True)
    ripe = ripeness(view)
    figures.show(charts.expected_and_allowed(frame, by, ripe), key="compared", table=False)
    labeled = (
        frame.with_columns(pl.col("key").map_elements(code_with_label, return_dtype=pl.String))
        if by == "code"
        else frame
    )
    if by == "month":
        labeled = frame.join(metrics.month_remarks(view.span, ripe), on="key", how="left", maintain_order="left")
        labeled = labeled.select("key", *(["remark"] if labeled["remark"].count() else []), pl.exclude("key", "remark"))
    tables.show(
        labeled,
        alt=f"Expected, allowed and paid by {TITLES[by].lower()}",
        file_name="revmix_expected_paid.csv",
        headings={"key": TITLES[by], "difference_cents": "Allowed minus expected"},
    )
    unknown = int(frame["unknown_lines"].sum())
    if unknown:
        st.caption(f"{count(unknown, 'line')} from payers whose terms are unknown.")
    contracts.to_contracts("payments", "See or enter what each payer pays")
    book = contracts.terms_book(view.priced)
    cuts = view.cached(
        "cuts",
        (book,),
        lambda: payments.cost_of_cuts(view.lines, under_mppr(view.lines, book)),
        private=True,
    )
    others = f" Other payers that apply MPPR: {exact(cuts['mppr_others'])} at Medicare rates."
    st.markdown(
        f"Medicare's cuts on Medicare lines: multiple-procedure reduction (MPPR) {exact(cuts['mppr'])}, "
        f"assistants {exact(cuts['assistants'])}, sequestration {exact(cuts['sequestration'])}."
        f"{others if cuts['mppr_others'] else ''}",
        help=explain("mppr", "cq_co", "sequestration"),
    )


def key_figures(view: View) -> None:
    """Show the figures an owner tracks."""
    by = st.segmented_control(
        "By", metrics.KPI_BY, format_func=lambda name: TITLES[name], default="month", required=True, key="kpi_by",
        persist_state="session",
    )  # fmt: skip
    frame, missing = view.cached(
        "key figures", (by, view.span), lambda: metrics.kpis(view.lines, view.fields, by, view.span, ripeness(view))
    )
    present = frame.select(name for name in frame.columns if frame[name].count() or name in {"key", "visits", "units"})
    if by == "month":
        present = present.select(pl.col("key").str.to_date("%Y-%m", strict=False).alias("month"), pl.exclude("key"))
    tables.show(
        tables.money_first(present, *(name for name in ("month", "key", "remark") if name in present.columns)),
        alt=f"Key figures by {TITLES[by].lower()}",
        file_name="revmix_key_figures.csv",
        headings={"key": TITLES[by]},
    )
    st.caption("Point to a heading for its definition. A visit counts in every row that has one of its lines.")
    notes(answers(view))
    notes([figure.sentence for figure in missing])
    if missing:
        shell.correct_button("key_figures")


def remittances(view: View) -> None:
    """Show how remittances and charges match, and totals that don't add up."""
    export = view.export
    parts = {
        "Checks and EFTs": export.checks.select(CHECK_COLUMNS),
        "Unmatched payments and charges": export.with_numbers(export.unmatched).select(
            "why", pl.col("^claim_number$"), *UNMATCHED_COLUMNS
        ),
        "Totals that don't add up": export.with_numbers(payments.imbalances_with_messages(export.imbalances)).select(
            pl.col("^claim_number$"),
            "source_file",
            "source_row",
            "message",
            "expected_cents",
            "found_cents",
            "difference_cents",
        ),
        "Adjustments to whole payments (PLB)": payments.provider_adjustments_with_texts(export.provider_adjustments),
    }
    present = {title: frame for title, frame in parts.items() if frame.height}
    if present.keys() <= {"Checks and EFTs"}:
        st.success("Every remittance matched a charge, and all totals balance.", icon=":material/check:")
    for number, (title, frame) in enumerate(present.items()):
        st.subheader(title, anchor=False, help=explain(*REMITTANCE_TERMS[title]) or None)
        tables.show(frame, alt=title, file_name=f"revmix_remittances_{number}.csv", headings=REMITTANCE_HEADINGS)


def money_tiles(view: View) -> None:
    """Show what was allowed and paid, the net collection rate and the denial rate, of all payers."""
    figures_of_all = totals(view)
    denied_lines, answered_lines = (int(figures_of_all[name].value or 0) for name in ("denied_lines", "decided_lines"))
    with st.container(horizontal=True, key="money_tiles"):
        for name in ("allowed", "paid", "net_collection"):
            figure = figures_of_all[name]
            if figure.missing is None:
                st.metric(safe(figure.label), figure.text, help=safe(figure.help), border=True)
        rate = figures_of_all["denial_rate"]
        st.metric(rate.label, percent(rate.value, places=1), help=safe(rate.help), border=True)
    collected = figures_of_all["net_collection"]
    rates = [f"Denial rate: {count(denied_lines, 'denied line')} of {count(answered_lines, 'answered line')}."]
    if collected.missing is None:
        rates.append(f"Net collection rate: based on {count(collected.lines_with, 'answered line')} with both amounts.")
    st.caption(" ".join(rates))


def page(view: View) -> None:
    """Show the whole page."""
    found = owed.find(view, contracts.terms_book(view.priced))
    totals = view.cached("owed totals", (found,), lambda: payments.totals(found.judged, view.lines), private=True)
    headline(PAYMENTS, owed.sentence(totals))
    contracts.show_unreadable()
    show_scope(view)
    owed.payment_files(found)
    if totals.judged:
        owed.tiles(totals)
    changes.show(view)
    frames = (view.export.checks, view.export.unmatched, view.export.imbalances, view.export.provider_adjustments)
    has_remittances = any(frame.height for frame in frames)
    names = ["What is owed", "Expected and paid", "Denials", "Days to payment, open lines", "Key figures"]
    tabs = st.tabs([*names, "Remittances"] if has_remittances else names)
    with tabs[0]:
        owed.show(view, found, totals)
    with tabs[1]:
        compared_amounts(view, found.due)
    with tabs[2]:
        denials.show(view, found.due)
    with tabs[3]:
        open_lines.show(view, found.due)
    with tabs[4]:
        money_tiles(view)
        key_figures(view)
    if has_remittances:
        with tabs[5]:
            remittances(view)


with screen(PAYMENTS):
    if (view := open_view(PAYMENTS)) is not None:
        page(view)
