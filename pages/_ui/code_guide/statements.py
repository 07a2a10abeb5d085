"""Beliefs and what is right, questions with short answers, and the checklist of the note."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis.codes.guide import load_guide
from pages._ui.code_guide.parts import sources
from pages._ui.kit.text import safe

if TYPE_CHECKING:
    from typing import Literal

    from analysis.codes.guide import Answer, Belief, NoteItem
    from analysis.pricing.guide_figures import GuideFigures

VERDICTS: dict[str, tuple[str, Literal["orange", "gray"]]] = {
    "wrong": ("Wrong", "orange"),
    "out_of_date": ("Out of date", "orange"),
    "inexact": ("Not quite", "gray"),
    "disputed": ("Disputed", "gray"),
}
TOPICS = {
    "minutes": "Minutes and units",
    "modifiers": "Modifiers",
    "edits": "Edits",
    "payment": "Payment",
    "payers": "Payers",
    "coding": "Coding",
    "record": "The record",
    "outside": "What RevMix does not cover",
}


def beliefs_sentence() -> str:
    """Say how many beliefs there are."""
    return f"{len(load_guide().beliefs)} common beliefs about therapy codes, and what is right"


def answers_sentence() -> str:
    """Say how many questions are answered."""
    return f"{len(load_guide().answers)} questions about codes, minutes, modifiers and payers, answered"


def note_sentence() -> str:
    """Say what the checklist is."""
    items = len(load_guide().general)
    return f"{items} things every note must show, and what the record around it holds"


def beliefs(figures: GuideFigures) -> None:
    """Show every belief with what is right."""
    for belief in load_guide().beliefs:
        show_belief(belief, figures)


def show_belief(belief: Belief, figures: GuideFigures) -> None:
    """Show what is said, what is right, since when and from where."""
    name, color = VERDICTS[belief.verdict]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(_quoted(belief), width="content")
            st.badge(name, color=color)
        _right(belief, figures)


def _quoted(belief: Belief) -> str:
    return f"\N{LEFT DOUBLE QUOTATION MARK}{safe(belief.said)}\N{RIGHT DOUBLE QUOTATION MARK}"


def _right(belief: Belief, figures: GuideFigures) -> None:
    st.markdown(f"**{safe(figures.filled(belief.right))}**")
    sources(belief.sources, figures.filled(belief.since))


def answers(figures: GuideFigures) -> None:
    """Show every question with its answer, by topic."""
    for topic, name in TOPICS.items():
        st.header(name, anchor=False)
        for answer in load_guide().answers:
            if answer.topic == topic:
                with st.expander(safe(answer.ask)):
                    _say(answer, figures)


def show_answer(answer: Answer, figures: GuideFigures) -> None:
    """Show one question with its answer."""
    with st.container(border=True):
        st.markdown(f"**{safe(answer.ask)}**")
        _say(answer, figures)


def _say(answer: Answer, figures: GuideFigures) -> None:
    st.markdown(safe(figures.filled(answer.say)))
    sources(answer.sources, answer.since)


def about(code: str, figures: GuideFigures) -> None:
    """Show what is believed and asked about a code."""
    found_beliefs, found_answers = load_guide().about(code)
    if found_beliefs:
        st.header("Common beliefs about it", anchor=False)
        for belief in found_beliefs:
            with st.expander(f"{_quoted(belief)} {VERDICTS[belief.verdict][0]}"):
                _right(belief, figures)
    if found_answers:
        st.header("Questions about it", anchor=False)
        for answer in found_answers:
            with st.expander(safe(answer.ask)):
                _say(answer, figures)


def checklist() -> None:
    """Show what every note shows, and what the record around it holds."""
    guide = load_guide()
    for kind, heading in (("note", "Every note shows"), ("record", "The record holds")):
        st.header(heading, anchor=False)
        for item in guide.checklist:
            if item.kind == kind:
                with st.container(border=True):
                    show_item(item)
    st.info(safe(guide.sentence), icon=":material/verified_user:")


def show_item(item: NoteItem) -> None:
    """Show a line of the checklist with its source."""
    st.markdown(f"**{safe(f'{item.text[0].upper()}{item.text[1:]}.')}** {safe(item.more)}")
    sources(item.sources)
