"""Revenue: what earns the money. Tiles, codes, a code's own lines, months, splits, from list price to receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis import charts, metrics
from analysis.codes.hcpcs import named
from analysis.lines.filters import NAMES, word
from pages._ui.kit import figures, tables, tiles
from pages._ui.kit.screens import REVENUE
from pages._ui.kit.shell import headline, notes, screen
from pages._ui.kit.terms import explain
from pages._ui.kit.text import safe
from pages._ui.kit.view import standing, view
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


def totals(seen: View) -> Mapping[str, Figure]:
    """The figures of all these lines."""
    return seen.kept("totals", (), lambda: metrics.totals(seen.lines, seen.fields))


def codes(seen: View, per_code: pl.DataFrame) -> None:
    """Chart and table of every code; a chosen row opens the code's own lines."""
    bars = seen.kept(
        "code bars",
        (seen.placed, per_code),
        lambda: charts.code_bars(per_code, seen.fields) if seen.placed else charts.billed_bars(per_code),
    )
    figures.show(bars, key="codes", table=False)
    st.caption("Choose a row to see that code's lines, its rates and the MPPR cut.", help=explain("mppr"))
    columns = CODE_COLUMNS if seen.placed else BILLED_COLUMNS
    present = per_code.select(name for name in columns if per_code[name].count() or name in BILLED_COLUMNS[:4])
    total = totals(seen)
    expected = f" · expected {safe(total['expected'].exact)}" if seen.placed else ""
    chosen = tables.show(
        present,
        alt="Every code with units, billed, expected and paid amounts",
        file_name="revmix_codes.csv",
        choose="chosen_code",
        total=f"**Total** {total['units'].text} units · billed {safe(total['billed'].exact)}{expected} · "
        f"paid {safe(total['paid'].exact)}",
    )
    if chosen is not None:
        drill.one_code(seen, per_code["code"][chosen])


def months(seen: View) -> None:
    """The monthly trend, in amounts or in shares."""
    measures = MEASURES if seen.placed else BILLED_MEASURES
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
    trend = seen.kept(
        "months",
        (measure, shares, seen.span),
        lambda: charts.monthly(
            metrics.monthly(seen.lines, seen.fields, seen.span, measure), measure, "code", share=shares
        ),
    )
    figures.show(trend, key="months")


def splits(seen: View) -> None:
    """The same figures by payer, clinic or therapist."""
    by = st.segmented_control(
        "Split by",
        SPLITS,
        format_func=NAMES.__getitem__,
        default="payer_class",
        required=True,
        key="split_by",
        persist_state="session",
    )
    groups = seen.kept("split", (by,), lambda: metrics.split(seen.lines, by))
    if seen.placed:
        bars = seen.kept("split bars", (by, groups), lambda: charts.split_bars(groups, seen.fields, by))
        figures.show(bars, key="split")
        return
    columns = [name for name in ("key", *BILLED_COLUMNS[2:]) if groups[name].count()]
    groups = groups.select(columns).sort("billed_cents" if "billed_cents" in columns else "units", descending=True)
    tables.show(groups, alt=f"Billed and paid by {word(by)}", file_name="revmix_split.csv", headings={"key": NAMES[by]})


def arrived(seen: View) -> None:
    """What Medicare lines should have brought beside what they did, where the export tells."""
    found = seen.kept("arrived", (), lambda: metrics.medicare_payments(seen.lines, seen.fields))
    if found is not None:
        st.markdown(safe(found.sentence))


def billed_most(per_code: pl.DataFrame) -> str:
    """The sentence of a page that knows no locality: the code billed most, by dollars or else by units."""
    top = per_code.row(0, named=True)
    whole = int(per_code["billed_cents"].sum())
    dollars = f" and {top['billed_cents'] / whole:.0%} of billed dollars" if whole else ""
    return f"{named(top['code'])} is billed most: {top['share_units']:.0%} of units{dollars}"


def priced(seen: View) -> None:
    """The whole page, for lines of which some clinic has a locality."""
    per_code = seen.kept("per code", (), lambda: metrics.per_code(seen.lines))
    headline(REVENUE, safe(metrics.headline(per_code) or "No line in this selection has a Medicare amount"))
    standing(seen)
    tiles.show(totals(seen), TILES)
    arrived(seen)
    notes(seen.kept("notes", (), lambda: metrics.notes(seen.lines, seen.fields)))
    drill.unpriced(seen)
    codes(seen, per_code)
    months(seen)
    splits(seen)
    steps = seen.kept("waterfall", (), lambda: charts.waterfall(metrics.waterfall(seen.lines, seen.fields)))
    figures.show(steps, key="waterfall", terms=("list_price", "cq_co", "sequestration", "expected_payment"))


def unplaced(seen: View) -> None:
    """What needs no locality: billed, paid, units and visits."""
    order = ["billed_cents", "units", "code"]
    per_code = seen.kept(
        "per code by billed",
        (),
        lambda: metrics.per_code(seen.lines).sort(order, descending=[True, True, False], nulls_last=True),
    )
    headline(REVENUE, safe(billed_most(per_code)))
    standing(seen)
    tiles.show(totals(seen), BILLED_TILES)
    codes(seen, per_code)
    months(seen)
    splits(seen)


with screen(REVENUE):
    if (seen := view(REVENUE)) is not None:
        if seen.placed:
            priced(seen)
        else:
            unplaced(seen)
