"""The guard rails under every result: what the note must show, which edits would apply, how the mix compares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

from analysis.codes.hcpcs import code_with_label
from analysis.medicare import benchmarks
from analysis.metrics import few_share_units
from analysis.whatif.guardrails import RecodingReview, flagged_lines, load_edits, load_guide, position, review
from analysis.whatif.scenarios import Recode
from pages._ui.kit import tables
from pages._ui.kit.downloads import download
from pages._ui.kit.terms import explain
from pages._ui.kit.text import percent, safe
from pages._ui.what_if.words import signed

if TYPE_CHECKING:
    from analysis.whatif.answers import Comparison
    from analysis.whatif.visits import Cube
    from pages._ui.kit.view import View

FIRST_FLAGS = 4
"""Flags shown without opening the list."""
MOST_VISITS = 200


def strip(view: View, cube: Cube, comparison: Comparison) -> None:
    """Show the documentation rule with every scenario; for one that recodes, also flags, mix and what to document."""
    guide = load_guide()
    with st.container(border=True, key="guard_rails"):
        st.markdown(f":material/verified_user: **{safe(guide.sentence)}**")
        if not comparison.scenario.of(Recode):
            return
        flags = review(cube, comparison.scenario)
        _dollars(view, cube, flags)
        for recode in dict.fromkeys((recode.source, recode.target) for recode in comparison.scenario.of(Recode)):
            for sentence in _mix_sentences(cube, comparison, *recode):
                st.markdown(safe(sentence))
        _documentation(flags)


def _dollars(view: View, cube: Cube, flags: RecodingReview) -> None:
    """Show how much of the recodings' difference is in flagged visits."""
    total = flags.flagged_allowed_cents + flags.free_allowed_cents
    visits = f"{flags.flagged_visits:,.0f} of {flags.visits:,.0f} visits"
    flagged, free = safe(signed(flags.flagged_allowed_cents)), safe(signed(flags.free_allowed_cents))
    st.markdown(
        f"The recoding changes {safe(signed(total))} at Medicare rates: **{flagged} in flagged visits** ({visits}) "
        f"and {free} in the others."
    )
    if flags.per_flag.is_empty():
        st.caption("The recoding adds no visit over an MUE limit, in an NCCI pair, or over the usual unit guidance.")
        return
    rows = list(flags.per_flag.sort("visits", descending=True).iter_rows(named=True))
    st.markdown("\n".join(_flag(row) for row in rows[:FIRST_FLAGS]))
    with st.expander("All flags, their visits and sources", icon=":material/flag:"):
        if rows[FIRST_FLAGS:]:
            st.markdown("\n".join(_flag(row) for row in rows[FIRST_FLAGS:]))
        st.caption(
            f"{safe(load_edits().edition)}. Guidance comes from coding guides. It is not an edit.",
            help=explain("ncci", "mue"),
        )
        download(flags.per_flag.drop("rule", "code"), "revmix_flags.csv")
        text = st.selectbox(
            "See the visits with",
            [row["text"] for row in rows],
            index=None,
            placeholder="Choose a flag",
            key="what_if_flag",
        )
        if text is not None:
            tables.show(
                flagged_lines(cube, flags, text, view.priced.lines, MOST_VISITS),
                alt=f"Lines of visits that would be flagged: {text}",
                file_name="revmix_flagged_visits.csv",
                headings={"number": "Visit"},
                total=f"Visits that could change, as they are today, newest first, up to {MOST_VISITS}",
            )


def _flag(row: dict[str, Any]) -> str:
    """Return a flag as a list item: rule, visits, dollars, limit."""
    visits = f"{row['visits']:,.0f}" if row["visits"] >= 1 else "fewer than one"
    noun = "visit" if visits in {"1", "fewer than one"} else "visits"
    cents = safe(signed(row["allowed_difference_cents"]))
    return f"- {safe(row['name'])}: {visits} {noun}, {cents}; {safe(row['text'])}"


def _mix_sentences(cube: Cube, comparison: Comparison, source: str, target: str) -> list[str]:
    """Say how the mix of two codes changes on Medicare lines, each state beside Medicare's own figures for it."""
    pair = f"{source} and {target}"
    beside = position(cube, comparison.scenario, (source, target))
    if beside.filter(~pl.col("few")).is_empty():
        return [f"Too few Medicare units of {pair} to compare your mix with Medicare's (at least {few_share_units()})."]
    sentences = []
    for row in beside.filter(pl.col("code") == target, ~pl.col("few")).to_dicts():
        figures = [
            f"{percent(row[column])} {where}"
            for column, where in (("share_state", f"in {row['state']}"), ("share_nation", "nationally"))
            if row[column] is not None
        ]
        medicare = f"; Medicare has {' and '.join(figures)} ({benchmarks.LABEL})" if figures else ""
        before, after = (percent(row[f"share_{side}"], places=1) for side in ("before", "after"))
        units = int(beside.filter(pl.col("state") == row["state"])["units_before"].sum())
        sentences.append(
            f"On Medicare lines in {row['state']}, {target} goes from {before} to {after} of {pair} units "
            f"({units:,} units){medicare}."
        )
    return sentences


def _documentation(flags: RecodingReview) -> None:
    for entry in flags.documentation:
        items = safe("; ".join(entry.note))
        st.markdown(f":material/description: The note for {safe(entry.code)} must show **{items}**.")
    for code in flags.undocumented:
        st.markdown(
            f"**{safe(code_with_label(code))}**: not in our code guide. "
            "See the code's own description for what to document."
        )
    with st.expander("What these codes pay for and what every note needs", icon=":material/description:"):
        for entry in flags.documentation:
            st.markdown(f"**{safe(code_with_label(entry.code))}** pays for {safe(entry.pays_for)}.")
        st.markdown("**Every note**: " + safe("; ".join(load_guide().general)) + ".")
        for belief in flags.beliefs:
            st.caption(safe(belief))
