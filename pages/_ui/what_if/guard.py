"""The guard rails under every result: what the note has to show, which edits would be met, where the mix stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

from analysis.codes.hcpcs import named
from analysis.whatif.guardrails import Review, flagged_lines, load_edits, load_guide, position, review
from analysis.whatif.scenarios import Recode
from pages._ui.kit import tables
from pages._ui.kit.downloads import download
from pages._ui.kit.terms import explain
from pages._ui.kit.text import percent, safe
from pages._ui.what_if import state
from pages._ui.what_if.words import signed

if TYPE_CHECKING:
    from analysis.whatif.answers import Comparison
    from analysis.whatif.visits import Cube
    from pages._ui.kit.view import View

SHOWN = 4
"""Flags that always stand in the strip."""
MOST_VISITS = 200


def strip(seen: View, cube: Cube, found: Comparison) -> None:
    """What has to stand beside a scenario; for one that recodes, all of it."""
    guide = load_guide()
    with st.container(border=True, key="guard_rails"):
        st.markdown(f":material/verified_user: **{safe(guide.sentence)}**")
        if not found.scenario.of(Recode):
            return
        about = review(cube, found.scenario)
        _dollars(seen, cube, about)
        for recode in dict.fromkeys((recode.source, recode.target) for recode in found.scenario.of(Recode)):
            st.markdown(safe(_standing(found, state.home(), *recode)))
        _documentation(about)


def _dollars(seen: View, cube: Cube, about: Review) -> None:
    """How much of what the recodings change would meet a flag."""
    whole = about.flagged_allowed_cents + about.free_allowed_cents
    visits = f"{about.flagged_visits:,.0f} of {about.visits:,.0f} visits"
    flagged, free = safe(signed(about.flagged_allowed_cents)), safe(signed(about.free_allowed_cents))
    st.markdown(
        f"Of the {safe(signed(whole))} that the recoding changes, **{flagged} is flagged** ({visits}) "
        f"and {free} is not."
    )
    if about.per_flag.is_empty():
        st.caption("The recoding adds no visit over an MUE limit, in an NCCI pair, or over the usual unit guidance.")
        return
    rows = list(about.per_flag.sort("visits", descending=True).iter_rows(named=True))
    st.markdown("\n".join(_flag(row) for row in rows[:SHOWN]))
    with st.expander("All flags, their visits and sources", icon=":material/flag:"):
        if rows[SHOWN:]:
            st.markdown("\n".join(_flag(row) for row in rows[SHOWN:]))
        st.caption(
            f"{safe(load_edits().edition)}. Guidance is what coding guides quote; it is not an edit.",
            help=explain("ncci", "mue"),
        )
        download(about.per_flag.drop("rule", "code"), "revmix_flags.csv")
        text = st.selectbox(
            "See the visits with",
            [row["text"] for row in rows],
            index=None,
            placeholder="Choose a flag",
            key="what_if_flag",
        )
        if text is not None:
            tables.show(
                flagged_lines(cube, about, text, seen.priced.lines, MOST_VISITS),
                alt=f"Lines of visits that would be flagged: {text}",
                file_name="revmix_flagged_visits.csv",
                headings={"number": "Visit"},
                total=f"Visits that could change, as they are today, newest first, up to {MOST_VISITS}",
            )


def _flag(row: dict[str, Any]) -> str:
    """A flag as an item of a list: rule, visits, dollars, what is met."""
    visits = f"{row['visits']:,.0f}" if row["visits"] >= 1 else "fewer than one"
    noun = "visit" if visits in {"1", "fewer than one"} else "visits"
    cents = safe(signed(row["allowed_difference_cents"]))
    return f"- {safe(row['name'])}: {visits} {noun}, {cents}; {safe(row['text'])}"


def _standing(found: Comparison, home: str | None, source: str, target: str) -> str:
    """Where the mix of two codes would stand."""
    row = position(found.per_code, (source, target), home).filter(pl.col("code") == target).row(0, named=True)
    others = [
        f"{name} {percent(row[column])}"
        for name, column in (("Medicare nationally", "share_nation"), (f"{home or ''}", "share_state"))
        if row[column] is not None
    ]
    beside = f"; {', '.join(others)} (2023, all providers)" if others else ""
    before, after = (percent(row[f"share_{side}"], places=1) for side in ("before", "after"))
    return f"{target} goes from {before} to {after} of your {source} and {target} units{beside}."


def _documentation(about: Review) -> None:
    for entry in about.documentation:
        shown = safe("; ".join(entry.note))
        st.markdown(f":material/description: The note for {safe(entry.code)} must show **{shown}**.")
    for code in about.undocumented:
        st.markdown(
            f"**{safe(named(code))}**: not in our code guide. See the code's own description for what to document."
        )
    with st.expander("What these codes pay for and what every note needs", icon=":material/description:"):
        for entry in about.documentation:
            st.markdown(f"**{safe(named(entry.code))}** pays for {safe(entry.pays_for)}.")
        st.markdown("**Every note**: " + safe("; ".join(load_guide().general)) + ".")
        for belief in about.beliefs:
            st.caption(safe(belief))
