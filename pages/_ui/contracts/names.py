"""Names that may be one payer: the user says whether they are, for this session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis.lines.filters import NOT_STATED, choices
from analysis.lines.payers import payer_key
from analysis.payers.names import alike
from pages._ui.kit import session
from pages._ui.kit.cache import cached
from pages._ui.kit.text import listed, safe

if TYPE_CHECKING:
    from pages._ui.kit.view import View

DIFFERENT = "different_payers"
session.register_keys(of_file=(DIFFERENT, "contracts_join"))


def payers_of(lines: pl.DataFrame) -> list[str]:
    """Return the payers that lines name, those with the most lines first; of one payer's spellings the commonest."""
    by_key: dict[str, str] = {}
    for payer in choices(lines, "payers"):
        if payer != NOT_STATED:
            by_key.setdefault(payer_key(payer), payer)
    return list(by_key.values())


def offer(view: View) -> None:
    """Ask whether names that are alike are one payer."""
    different: frozenset[tuple[str, ...]] = st.session_state.get(DIFFERENT, frozenset())
    groups = cached(view.priced, "alike_payers", (), lambda: alike(_counts(view.priced.lines)))
    for number, group in enumerate(groups):
        if group in different:
            continue
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"contracts_alike_{number}"):
            st.markdown(f"Are these one payer? **{'**, **'.join(map(safe, group))}**", width="content")
            if st.button(f"Yes, all are {safe(group[0])}", key=f"contracts_join_yes_{number}"):
                _join(group, group[0])
            if st.button("No, they are different", type="tertiary", key=f"contracts_join_no_{number}"):
                st.session_state[DIFFERENT] = different | {group}
                st.rerun()


def by_hand(view: View) -> None:
    """Join names that nobody asked about, and part them again."""
    joined = session.joined_payers()
    names = payers_of(view.priced.lines)
    if len(names) < 2 and not joined:  # noqa: PLR2004  nothing to join
        return
    with st.expander("One payer under several names", icon=":material/merge:"):
        chosen = st.multiselect(
            "These names are one payer",
            names,
            key=f"contracts_join_names_{len(joined)}",
            placeholder="Choose two names or more",
            help="The first one stands for all. This holds for every page until you load other files.",
        )
        with st.container(horizontal=True):
            if st.button("Treat as one payer", disabled=len(chosen) < 2, key="contracts_join_chosen"):  # noqa: PLR2004
                _join(tuple(chosen), chosen[0])
            if joined and st.button("Tell all names apart again", type="tertiary", key="contracts_names_apart"):
                session.join_payers({})
                st.rerun()
        for one in dict.fromkeys(joined.values()):
            others = [name for name, stands in joined.items() if stands == one]
            st.caption(safe(f"{one} also stands for {listed(others, at_most=8)}."))


def _join(names: tuple[str, ...], one: str) -> None:
    """Let one name stand for others, and for those that stood for them."""
    joined = {name: one if stands in names else stands for name, stands in session.joined_payers().items()}
    session.join_payers(joined | {name: one for name in names if name != one})
    st.rerun()


def _counts(lines: pl.DataFrame) -> dict[str, int]:
    counts = lines.group_by(pl.col("payer").cast(pl.String)).len().drop_nulls("payer")
    by_name = dict(counts.iter_rows())
    return {name: by_name[name] for name in payers_of(lines)}
