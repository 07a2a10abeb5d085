"""The parts of the Code mix page: choice of codes, headline, value of a unit and of a point, units per visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis import charts, metrics, mix
from analysis.codes.hcpcs import code_with_label
from analysis.lines.filters import choices as values
from analysis.medicare.fees import load_book
from analysis.money import dollars
from analysis.pricing import rate_tables
from analysis.pricing.repricing import localities
from pages._ui.kit import baseline, figures, session, tables
from pages._ui.kit.terms import explain
from pages._ui.kit.text import count, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.mix import PointValue
    from pages._ui.kit.view import View

PAIR = ("97112", "97110")
"""The default codes: the one in focus and the one it is compared with."""


def choices(view: View) -> tuple[list[str], str, str]:
    """Choose the codes and the one in focus; return them with the code it is compared with."""
    codes_billed = list(values(view.priced.lines, "codes"))
    pair = [code for code in PAIR if code in codes_billed]
    default = pair if len(pair) == len(PAIR) else codes_billed[:2]
    left, right = st.columns((3, 2))
    codes = left.multiselect(
        "Codes to compare",
        codes_billed,
        default=default,
        format_func=code_with_label,
        key="mix_codes",
        persist_state="session",
        help="Shares are out of the total units of these codes.",
    )
    codes = codes if len(codes) > 1 else default
    focus = right.selectbox("Share of", codes, format_func=code_with_label, key="mix_focus", persist_state="session")
    rival = next(code for code in codes_billed if code in codes and code != focus)  # the commonest of the others
    return codes, focus, rival


def sentence(totals: pl.DataFrame, beside: pl.DataFrame, value: PointValue | str, focus: str) -> str:
    """Say our share, that of our Medicare lines beside Medicare's, and what one point is worth."""
    share = totals.filter(pl.col("code") == focus)["share"].item()
    if share is None:
        return f"This selection has no units of these codes: {', '.join(totals['code'])}"
    units, least = totals["set_units"][0], metrics.few_share_units()
    if units < least:
        return f"This selection has {count(units, 'unit')} of {', '.join(totals['code'])}: a share takes {least} units"
    known = beside.filter(~pl.col("few"), pl.col("share_state").is_not_null()).head(1).to_dicts()
    medicare = "".join(
        f"; on Medicare lines in {row['state']} {row['share']:.0%}, where Medicare has {row['share_state']:.0%}"
        for row in known
    )
    ours = f"{focus} is {share:.0%} of your {charts.set_name(totals['code'].to_list())} units{medicare}"
    return ours if isinstance(value, str) else f"{ours}. {value.sentence}"


def worth(view: View, codes: Sequence[str], value: PointValue | str) -> None:
    """Show what one unit of each code pays in the clinics' localities, and what a percentage point is worth."""
    start = baseline.of_today(view.priced, view.filters)
    day = start.on or start.end
    values = view.cached(
        "unit values",
        (codes, day, session.track()),
        lambda: charts.unit_values(
            rate_tables.by_locality(localities(view.lines), codes, day, session.track()),
            load_book().schedule_on(day).label,
        ),
    )
    figures.show(values, key="unit_values", terms=("mppr", "unit"))
    if isinstance(value, str):
        st.info(safe(value), icon=":material/info:")
        return
    st.markdown(
        f"**{safe(value.sentence)}** {safe(value.basis)} The difference in list price alone would "
        f"suggest {safe(dollars(value.list_cents, places=0))}."
    )
    st.caption(
        "A model of what Medicare pays, not advice to code differently. The code must match what was done and why."
    )


def visits(view: View, codes: Sequence[str]) -> None:
    """Show the units of each code per visit."""
    st.header("Units of each code per visit", anchor=False, help=explain("unit", "visit", "timed_code"))
    tables.show(
        view.cached("units per visit", (codes,), lambda: mix.units_per_visit(view.lines, codes)),
        alt="Units per visit of each code",
        file_name="revmix_units_per_visit.csv",
    )
