"""What is owed: the four sums that make the gap, how they reconcile, and the lines and visits behind each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis import charts, payments
from analysis.metrics import definition
from analysis.payments.owed.words import label
from pages._ui.kit import figures, session, tables
from pages._ui.kit.cache import cached
from pages._ui.kit.text import count, exact, listed, money, safe
from pages._ui.payments import limits

if TYPE_CHECKING:
    from analysis.payers import ContractBook
    from pages._ui.kit.view import View

KINDS = ("denied", "short", "unpaid", "open", "over")
COLUMNS = (
    "date_of_service",
    "payer",
    "code",
    "owed_cents",
    "due_cents",
    "allowed_cents",
    "insurance_paid_cents",
    "charge_cents",
    "age_days",
    "deadline",
    "owed_by",
    "why",
    "todo",
    "source_rows",
    "modifiers",
    "units",
    "provider",
)
PREFIX = "sum_"
"""Before a sum's name, that of its definition: Denied in a table of lines is not the sum."""


def find(view: View, book: ContractBook) -> payments.Owed:
    """Return what is owed on all lines, cached until lines, contracts or limits change."""
    entered = limits.entered()

    def compute() -> payments.Owed:
        with st.spinner("Comparing every line with its payer's terms"):
            return payments.find_owed(view.priced, book, view.export, limits=entered, track=session.track())

    private = bool(book.contracts or entered)
    return cached(view.priced, "owed", (book.contracts, session.track(), entered), compute, private=private)


def sentence(totals: payments.Totals) -> str:
    """Return the page's headline: what is missing, and of what kind."""
    if not totals.judged:
        return "No line can be judged yet. A line needs known payer terms, and an answer or an allowed amount"
    missing = [(getattr(totals, name), label(name).lower()) for name in KINDS[:-1]]
    named = [f"{money(cents)} {name}" for cents, name in sorted(missing, reverse=True) if cents]
    if not named:
        return f"Nothing is missing on the {count(totals.judged, 'line')} that can be judged"
    return f"{money(totals.gap)} of {money(totals.expected)} expected is missing: {', '.join(named)}"


def tiles(totals: payments.Totals) -> None:
    """Show the four sums, what was paid too much if anything, and how they make the gap."""
    with st.container(horizontal=True, key="tiles"):
        for name in KINDS:
            cents = getattr(totals, name)
            if name != "over" or cents:
                meaning = definition(f"{PREFIX}{name}_cents")
                st.metric(meaning.label, money(cents).replace("\\", ""), help=safe(meaning.text), border=True)
    words = payments.in_sums(totals)
    off = f" Expected is what the terms give, {exact(totals.due)}, less {exact(totals.cut)} taken off payments by law."
    st.markdown(f"{safe(words[0].upper() + words[1:])}.{off if totals.cut > 0 else ''}")
    st.caption(f"{safe(payments.speaks_for(totals))}.")


def payment_files(found: payments.Owed) -> None:
    """Name the files whose allowed column holds the payment, once each."""
    for name, lines in found.payment_files.select("source_file", "lines").iter_rows():
        st.warning(
            safe(f"{name}: {payments.ALLOWED_IS_PAID} ({count(lines, 'line')} show it)."), icon=":material/warning:"
        )


def show(view: View, found: payments.Owed, totals: payments.Totals) -> None:
    """Show the sums by payer, then one of them: by payer or mistake, and line by line."""
    sums = view.cached(
        "sums by payer", (found,), lambda: payments.sums_by_payer(found.judged, view.lines), private=True
    )
    if sums.is_empty():
        st.info("No line can be judged: see which payers' terms are known on the What-if page.", icon=":material/info:")
        return
    here = view.cached("owed here", (found,), lambda: _here(view, found), private=True)
    amounts = {name: getattr(totals, name) for name in KINDS}
    options = [name for name in KINDS if amounts[name] or name != "over"]
    largest = max(options, key=lambda name: amounts[name] if name != "over" else -1)
    kind = st.segmented_control(
        "Show", options, format_func=label, default=largest, required=True, key="payments_kind"
    )  # fmt: skip
    chosen = here.filter(pl.col("kind") == kind)
    if kind == "short":
        summary = payments.by_mistake(chosen)
        figures.show(charts.short_by_mistake(summary), key="short", terms=("underpaid", "expected_amount"))
    else:
        figures.show(charts.owed_by_payer(sums, f"{kind}_cents", label(kind)), key="owed", table=False)
    _list(view, _of_reasons(chosen), str(kind))
    limits.show(view, here)
    st.subheader("How the sums make the gap", anchor=False)
    renamed = {name: f"{PREFIX}{name}" for name in sums.columns if name.endswith("_cents")}
    empty = [name for name in ("not_in_files_cents", "over_cents") if not sums[name].sum()]
    tables.show(
        sums.drop(empty).rename(renamed, strict=False),
        alt="Expected, received and what is missing, by payer",
        file_name="revmix_owed_by_payer.csv",
        total=f"**{count(int(sums['judged_lines'].sum()), 'line')}** · {safe(payments.in_sums(totals))}",
    )


def _here(view: View, found: payments.Owed) -> pl.DataFrame:
    """Return the findings with a line that passes the filters."""
    shown = view.lines["line_id"]
    return found.found.filter(pl.col("line_ids").list.eval(pl.element().is_in(shown.implode())).list.any())


def _of_reasons(chosen: pl.DataFrame) -> pl.DataFrame:
    """Ask for the reasons where there are several."""
    summary = payments.by_mistake(chosen.filter(pl.col("mistake").is_not_null()))
    if summary.height < 2:  # noqa: PLR2004
        return chosen
    labels = dict(summary.select("mistake", "label").iter_rows())
    reasons = st.multiselect(
        "Reasons", list(labels), format_func=labels.__getitem__, placeholder="All reasons", key="payments_reasons"
    )
    return chosen.filter(pl.col("mistake").is_in(reasons)) if reasons else chosen


def _list(view: View, chosen: pl.DataFrame, kind: str) -> None:
    if chosen.is_empty():
        return
    source_column = ["source_file"] if chosen["source_file"].n_unique() > 1 else []
    named_rows = view.export.with_numbers(chosen)
    claim_column = ["claim_number"] if "claim_number" in named_rows.columns else []
    few = [name for name in ("deadline", "modifiers", "provider") if not chosen[name].count()]
    whose = {"insurer": "insurer", "patient": "patient", "either": "insurer or patient"}
    told = named_rows.with_columns(pl.col("owed_by").replace_strict(whose, return_dtype=pl.String))
    hidden = few if kind == "unpaid" else [*few, "owed_by"]
    tables.show(
        told.select(*claim_column, *COLUMNS, *source_column).drop(hidden),
        alt=f"{label(kind)}, most dollars first",
        file_name=f"revmix_owed_{kind}.csv",
        headings={"owed_cents": label(kind)},
        total=f"**{count(chosen.height, 'row')}** · {exact(int(chosen['owed_cents'].sum()))} {label(kind).lower()}",
    )
    if kind == "short":
        st.caption(
            "A reason is shown only if it gives the amount to the cent; if several do, all are named. It is a "
            "calculation, not proof: check it with the payer. A visit whose lines were counted together is one row."
        )
    if kind == "over":
        rule = payments.overpaid()
        st.caption(
            safe(
                f"What {listed(list(rule['payer_classes']), at_most=9)} paid too much has to be reported and returned "
                f"within {rule['days']} days of identifying it ({rule['citation']})."
            )
        )
