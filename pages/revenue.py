"""Revenue: what earns the money. Tiles, codes, one code's lines, months, splits, list price to expected payments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis import charts, metrics
from analysis.codes.hcpcs import code_with_label
from analysis.lines.filters import NAMES, word
from pages._ui.kit import figures, tables, tiles
from pages._ui.kit.screens import REVENUE
from pages._ui.kit.shell import headline, notes, screen
from pages._ui.kit.terms import explain
from pages._ui.kit.text import safe
from pages._ui.kit.view import open_view, show_scope
from pages._ui.revenue import drill

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from analysis.metrics import Figure
    from pages._ui.kit.view import View

TILES = ("expected", "expected_per_visit", "billed", "paid", "net_collection", "visits", "units_per_visit")
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
BILLED_TILES = ("billed", "paid", "paid_per_visit", "visits", "units", "units_per_visit")
BILLED_COLUMNS = ("code", "label", "units", "share_units", "billed_cents", "paid_cents", "visits")
SPLITS = ("payer_class", "payer", "clinic", "provider", "discipline")
MEASURES = ("expected", "billed", "paid", "units")
BILLED_MEASURES = ("billed", "paid", "units")


def totals(view: View) -> Mapping[str, Figure]:
    """Return the figures of all filtered lines."""
    return view.cached("totals", (), lambda: metrics.totals(view.lines, view.fields))


def codes(view: View, per_code: pl.DataFrame) -> None:
    """Show a chart and a table of every code; selecting a row opens that code's lines."""
    bars = view.cached(
        "code bars",
        (view.has_locality, per_code),
        lambda: charts.code_bars(per_code, view.fields) if view.has_locality else charts.billed_bars(per_code),
    )
    figures.show(bars, key="codes", table=False)
    st.caption("Choose a row to see that code's lines, its rates and the MPPR cut.", help=explain("mppr"))
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
            metrics.monthly(view.lines, view.fields, view.span, measure), measure, "code", share=shares
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
    groups = view.cached("split", (by,), lambda: metrics.split(view.lines, by))
    if view.has_locality:
        bars = view.cached("split bars", (by, groups), lambda: charts.split_bars(groups, view.fields, by))
        figures.show(bars, key="split")
        return
    columns = [name for name in ("key", *BILLED_COLUMNS[2:]) if groups[name].count()]
    groups = groups.select(columns).sort("billed_cents" if "billed_cents" in columns else "units", descending=True)
    tables.show(groups, alt=f"Billed and paid by {word(by)}", file_name="revmix_split.csv", headings={"key": NAMES[by]})


def paid_by_medicare(view: View) -> None:
    """Compare what Medicare lines should have paid with what they paid, if the export has payments."""
    medicare = view.cached("arrived", (), lambda: metrics.medicare_payments(view.lines, view.fields))
    if medicare is not None:
        st.markdown(safe(medicare.sentence))


def billed_most(per_code: pl.DataFrame) -> str:
    """Return the headline without a locality: the code billed most, by dollars or else by units."""
    top = per_code.row(0, named=True)
    total = int(per_code["billed_cents"].sum())
    share_text = f" and {top['billed_cents'] / total:.0%} of billed dollars" if total else ""
    return f"{code_with_label(top['code'])} is billed most: {top['share_units']:.0%} of units{share_text}"


def expected_page(view: View) -> None:
    """Show the whole page, for lines with a Medicare locality."""
    per_code = view.cached("per code", (), lambda: metrics.per_code(view.lines))
    headline(REVENUE, safe(metrics.headline(per_code) or "No line in this selection has a Medicare amount"))
    show_scope(view)
    tiles.show(totals(view), TILES)
    paid_by_medicare(view)
    notes(view.cached("notes", (), lambda: metrics.notes(view.lines, view.fields)))
    drill.unpriced(view)
    codes(view, per_code)
    months(view)
    splits(view)
    steps = view.cached("waterfall", (), lambda: charts.waterfall(metrics.waterfall(view.lines, view.fields)))
    figures.show(steps, key="waterfall", terms=("list_price", "cq_co", "sequestration", "expected_payment"))


def billed_page(view: View) -> None:
    """Show what needs no locality: billed, paid, units and visits."""
    order = ["billed_cents", "units", "code"]
    per_code = view.cached(
        "per code by billed",
        (),
        lambda: metrics.per_code(view.lines).sort(order, descending=[True, True, False], nulls_last=True),
    )
    headline(REVENUE, safe(billed_most(per_code)))
    show_scope(view)
    tiles.show(totals(view), BILLED_TILES)
    codes(view, per_code)
    months(view)
    splits(view)


with screen(REVENUE):
    if (view := open_view(REVENUE)) is not None:
        if view.has_locality:
            expected_page(view)
        else:
            billed_page(view)
