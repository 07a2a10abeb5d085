"""Revenue: what earns the money. Payments first, Medicare's rates beside them, by code, payer, visit and month."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis import charts, metrics
from analysis.codes.hcpcs import code_with_label
from analysis.lines.filters import NAMES, word
from analysis.money import dollars
from pages._ui.kit import figures, tables, tiles
from pages._ui.kit.ripe import answers, ripeness, totals
from pages._ui.kit.screens import REVENUE
from pages._ui.kit.shell import headline, notes, screen
from pages._ui.kit.terms import explain
from pages._ui.kit.text import count, safe
from pages._ui.kit.view import open_view, show_scope
from pages._ui.revenue import drill, mppr

if TYPE_CHECKING:
    from analysis.charts import Chart
    from pages._ui.kit.view import View

TILES = ("paid", "settled_per_visit", "expected", "billed", "net_collection", "visits", "units_per_visit")
UNPAID_TILES = ("expected", "expected_per_visit", "billed", "paid", "net_collection", "visits", "units_per_visit")
"""Of an export without payments."""
CODE_COLUMNS = (
    "code",
    "label",
    "billed_cents",
    "expected_cents",
    "paid_cents",
    "expected_per_unit_cents",
    "mppr_cents",
    "receipts_cents",
    "units",
    "share_units",
    "share_expected",
    "visits",
)
BILLED_TILES = ("paid", "settled_per_visit", "billed", "visits", "units", "units_per_visit")
BILLED_COLUMNS = ("code", "label", "units", "share_units", "billed_cents", "paid_cents", "visits")
SPLITS = ("payer_class", "payer", "clinic", "provider", "discipline")
MEASURES = ("paid", "expected", "billed", "units")
BILLED_MEASURES = ("paid", "billed", "units")
PER = {"unit": "Per unit", "visit": "Per visit"}


def earned(view: View, by: str) -> pl.DataFrame | metrics.Missing:
    """Return what came in by code, payer, clinic or therapist, beside Medicare's rates."""
    return view.cached("earned", (by,), lambda: metrics.earned(view.lines, view.fields, ripeness(view), by))


def earned_bars(view: View, by: str) -> Chart:
    """Return the bars of what came in, beside Medicare's rates."""
    frame = earned(view, by)
    return view.cached("earned bars", (by, frame), lambda: charts.earned_bars(frame, ripeness(view), by))


def has_payments(view: View) -> bool:
    """Tell whether any line was paid, or allowed so far."""
    frame = earned(view, "code")
    return not isinstance(frame, metrics.Missing) and bool((frame["earned_cents"].fill_null(0) != 0).any())


def real_money(view: View) -> str | None:
    """Return the sentence about what earns the most in payments; None where the export tells too little of them."""
    frame = earned(view, "code")
    return None if isinstance(frame, metrics.Missing) else metrics.earns_most(frame, "code")


def codes(view: View, per_code: pl.DataFrame) -> None:
    """Show a chart and a table of every code; selecting a row opens that code's lines."""
    if has_payments(view):
        per_code = per_code.sort(["paid_cents", "units", "code"], descending=[True, True, False], nulls_last=True)
        bars = earned_bars(view, "code")
    else:
        bars = view.cached(
            "code bars",
            (view.has_locality, per_code),
            lambda: charts.code_bars(per_code, view.fields) if view.has_locality else charts.billed_bars(per_code),
        )
    figures.show(bars, key="codes", table=False)
    st.caption("Choose a row to see that code's lines, its rates and what MPPR cuts.", help=explain("mppr"))
    columns = CODE_COLUMNS if view.has_locality else BILLED_COLUMNS
    present = per_code.select(name for name in columns if per_code[name].count() or name in BILLED_COLUMNS[:4])
    total = totals(view)
    expected = f" · expected {safe(total['expected'].exact)}" if view.has_locality else ""
    row = tables.show(
        present,
        alt="Every code with units, billed, expected and paid amounts",
        file_name="revmix_codes.csv",
        choose="chosen_code",
        total=f"**Total** {total['units'].text} units · billed {safe(total['billed'].exact)}{expected} · "
        f"paid {safe(total['paid'].exact)}",
    )
    if row is not None:
        drill.one_code(view, per_code["code"][row])


def months(view: View) -> None:
    """Show the monthly trend, in amounts or in shares."""
    measures = MEASURES if view.has_locality else BILLED_MEASURES
    if not has_payments(view):
        measures = (*measures[1:], "paid")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        measure = st.segmented_control(
            "Measure",
            measures,
            format_func=lambda name: metrics.definition(name).label,
            default=measures[0],
            required=True,
            key=f"trend_measure_{measures[0]}",
            persist_state="session",
        )
        shares = st.toggle("As a share of the month", key="trend_shares", persist_state="session")
    trend = view.cached(
        "months",
        (measure, shares, view.span),
        lambda: charts.monthly(
            metrics.monthly(view.lines, view.fields, view.span, measure, ripe=ripeness(view)),
            measure,
            "code",
            share=shares,
            ripe=ripeness(view),
        ),
    )
    figures.show(trend, key="months")


def splits(view: View) -> None:
    """Show the same figures by payer, clinic or therapist."""
    by = st.segmented_control(
        "Split by",
        SPLITS,
        format_func=NAMES.__getitem__,
        default="payer_class",
        required=True,
        key="split_by",
        persist_state="session",
    )
    if has_payments(view):
        figures.show(earned_bars(view, by), key="split")
        return
    groups = view.cached("split", (by,), lambda: metrics.split(view.lines, by))
    if view.has_locality:
        bars = view.cached("split bars", (by, groups), lambda: charts.split_bars(groups, view.fields, by))
        figures.show(bars, key="split")
        return
    columns = [name for name in ("key", *BILLED_COLUMNS[2:]) if groups[name].count()]
    groups = groups.select(columns).sort("billed_cents" if "billed_cents" in columns else "units", descending=True)
    tables.show(groups, alt=f"Billed and paid by {word(by)}", file_name="revmix_split.csv", headings={"key": NAMES[by]})


def payers(view: View) -> None:
    """Show what each payer pays for each code, and for a visit."""
    by_payer = view.cached(
        "per visit by payer", (), lambda: metrics.per_visit_by_payer(view.lines, view.fields, ripeness(view))
    )
    if isinstance(by_payer, metrics.Missing) or not (by_payer["settled_per_visit_cents"].fill_null(0) > 0).any():
        return  # no answered month holds a payment
    few = metrics.few_units()
    st.header("What each payer pays", anchor=False)
    per = st.segmented_control(
        "Paid", tuple(PER), format_func=PER.__getitem__, default="unit", required=True, key="paid_per",
        persist_state="session",
    )  # fmt: skip
    table = view.cached(
        "paid by payer", (per,), lambda: metrics.paid_by_payer(view.lines, view.fields, ripeness(view), per)
    )
    if not isinstance(table, metrics.Missing):
        tables.show(
            table.frame if view.has_locality else table.frame.drop("at_medicare_cents"),
            alt=f"Paid per {per} by code and payer",
            file_name=f"revmix_paid_per_{per}.csv",
            headings=table.headings,
            few=table.few if view.has_locality else table.few.drop("at_medicare_cents"),
            total=safe(
                f"Paid per {per} of the code, in answered months; denied and open lines are left out. Few: under {few} "
                "units. Empty: nothing paid yet."
            ),
        )
    amounts = ("settled_per_visit_cents", "expected_per_visit_cents")
    by_payer = by_payer.select(name for name in by_payer.columns if by_payer[name].count())
    shown = [name for name in amounts if name in by_payer.columns]
    tables.show(
        by_payer,
        alt="Paid per visit by payer",
        file_name="revmix_paid_per_visit_by_payer.csv",
        headings={"payer": NAMES["payer"]},
        hide=("few",),
        few=by_payer.select(pl.col("few").alias(name) for name in shown),
        total=safe(
            f"A whole visit by payer, in answered months; denied lines count as $0.00. Few: under {few} units "
            f"or {metrics.few_visits()} visits."
        ),
    )


def visits(view: View) -> None:
    """Show payments and units per visit by month, and this year to date against last year."""
    ripe = ripeness(view)
    trend = view.cached("per visit", (view.span,), lambda: metrics.per_visit(view.lines, view.fields, view.span, ripe))
    st.header("A visit, month by month", anchor=False)
    to_date = view.cached(
        "to date", (view.span,), lambda: metrics.year_to_date(view.lines, view.fields, view.span, ripe)
    )
    st.markdown(safe(to_date))
    measures = ("settled_per_visit", "units_per_visit") if has_payments(view) else ("units_per_visit",)
    for column, measure in zip(st.columns(len(measures)), measures, strict=True):
        with column:
            chart = view.cached("visit bars", (measure, trend), partial(charts.per_visit, trend, ripe, measure))
            figures.show(chart, key=f"{measure}_by_month")


def paid_by_medicare(view: View) -> None:
    """Compare what Medicare lines should have paid with what they paid, if the export has payments."""
    ripe = ripeness(view)
    medicare = view.cached(
        "arrived", (), lambda: metrics.medicare_payments(view.lines.filter(ripe.is_ripe()), view.fields)
    )
    if medicare is not None:
        st.markdown(safe(medicare.sentence))


def nothing_named(per_code: pl.DataFrame) -> str:
    """Return the headline where no code may be named: without a Medicare amount, or of too few units."""
    if not per_code["expected_cents"].count():
        return "No line in this selection has a Medicare amount"
    expected = f"{dollars(int(per_code['expected_cents'].sum()), places=0)} expected at Medicare rates"
    return f"{expected}; no code has {metrics.few_units()} units, the least to be named"


def billed_most(per_code: pl.DataFrame) -> str:
    """Return the headline without a locality: the code billed most, by dollars or else by units."""
    enough = per_code.filter(pl.col("units") >= metrics.few_units())
    if enough.is_empty():
        units = int(per_code["units"].sum())
        return f"{count(units, 'unit')} billed; no code has {metrics.few_units()} units, the least to be named"
    top = enough.row(0, named=True)
    total = int(per_code["billed_cents"].sum())
    share_text = f" and {top['billed_cents'] / total:.0%} of billed dollars" if total else ""
    return f"{code_with_label(top['code'])} is billed most: {top['share_units']:.0%} of units{share_text}"


def expected_page(view: View) -> None:
    """Show the whole page, for lines with a Medicare locality."""
    per_code = view.cached("per code", (), lambda: metrics.per_code(view.lines))
    headline(REVENUE, safe(real_money(view) or metrics.headline(per_code) or nothing_named(per_code)))
    show_scope(view)
    tiles.show(totals(view), TILES if has_payments(view) else UNPAID_TILES)
    notes(answers(view))
    paid_by_medicare(view)
    notes(view.cached("notes", (), lambda: metrics.notes(view.lines, view.fields)))
    drill.unpriced(view)
    parts(view, per_code)
    mppr.cuts(view)


def billed_page(view: View) -> None:
    """Show what needs no locality: paid, billed, units and visits."""
    order = ["billed_cents", "units", "code"]
    per_code = view.cached(
        "per code by billed",
        (),
        lambda: metrics.per_code(view.lines).sort(order, descending=[True, True, False], nulls_last=True),
    )
    headline(REVENUE, safe(real_money(view) or billed_most(per_code)))
    show_scope(view)
    tiles.show(totals(view), BILLED_TILES)
    notes(answers(view))
    parts(view, per_code)


def parts(view: View, per_code: pl.DataFrame) -> None:
    """Show what both pages share: codes, payers, visits, months, splits."""
    codes(view, per_code)
    payers(view)
    visits(view)
    months(view)
    splits(view)


with screen(REVENUE):
    if (view := open_view(REVENUE)) is not None:
        if view.has_locality:
            expected_page(view)
        else:
            billed_page(view)
