"""Revenue: what earns the money. Tiles, codes, a code's own lines, months, splits, from list price to receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis import charts, metrics
from analysis.filters import NAMES
from pages._ui import drill, figures, tables, tiles
from pages._ui.screens import REVENUE
from pages._ui.shell import headline, notes, screen
from pages._ui.text import safe
from pages._ui.view import standing, view

if TYPE_CHECKING:
    import polars as pl

    from pages._ui.view import View

TILES = ("expected", "expected_per_visit", "billed", "paid", "net_collection", "visits", "units_per_visit")
CODE_COLUMNS = (
    "code",
    "label",
    "units",
    "share_units",
    "billed_cents",
    "expected_cents",
    "share_expected",
    "paid_cents",
    "expected_per_unit_cents",
    "mppr_cents",
    "receipts_cents",
    "visits",
)
SPLITS = ("payer_class", "payer", "clinic", "provider", "discipline")
MEASURES = ("expected", "billed", "paid", "units")


def codes(seen: View, per_code: pl.DataFrame) -> None:
    """Chart and table of every code; a chosen row opens the code's own lines."""
    figures.show(charts.code_bars(per_code, seen.fields), key="codes", table=False)
    st.caption("Choose a row to see the code's own lines, its rates and what MPPR takes.")
    present = per_code.select(name for name in CODE_COLUMNS if per_code[name].count() or name in CODE_COLUMNS[:4])
    total = metrics.totals(seen.lines, seen.fields)
    chosen = tables.show(
        present,
        alt="Every code with units, billed, expected and paid amounts",
        file_name="revmix_codes.csv",
        choose="chosen_code",
        total=f"**Total** {total['units'].text} units · billed {safe(total['billed'].exact)} · "
        f"expected {safe(total['expected'].exact)} · paid {safe(total['paid'].exact)}",
    )
    if chosen is not None:
        drill.one_code(seen, per_code["code"][chosen])


def months(seen: View) -> None:
    """The monthly trend, in amounts or in shares."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        measure = st.segmented_control(
            "Measure",
            MEASURES,
            format_func=lambda name: metrics.definition(name).label,
            default=MEASURES[0],
            required=True,
            key="trend_measure",
            persist_state="session",
        )
        shares = st.toggle("As shares of the month", key="trend_shares", persist_state="session")
    trend = metrics.monthly(seen.lines, seen.fields, seen.span, measure)
    figures.show(charts.monthly(trend, measure, "code", share=shares), key="months")


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
    figures.show(charts.split_bars(metrics.split(seen.lines, by), seen.fields, by), key="split")


with screen(REVENUE):
    if (seen := view(REVENUE)) is not None:
        per_code = metrics.per_code(seen.lines)
        headline(REVENUE, safe(metrics.headline(per_code) or "No line of this selection has a Medicare amount"))
        standing(seen)
        tiles.show(metrics.totals(seen.lines, seen.fields), TILES)
        notes(metrics.notes(seen.lines, seen.fields))
        drill.unpriced(seen)
        codes(seen, per_code)
        months(seen)
        splits(seen)
        figures.show(charts.waterfall(metrics.waterfall(seen.lines, seen.fields)), key="waterfall")
