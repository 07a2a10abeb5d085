"""From what was done, why and by whom to the codes that may fit, and the questions that separate them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis.codes.guide import load_guide
from analysis.codes.hcpcs import disciplines
from pages._ui.code_guide.parts import bullets, cards, sources
from pages._ui.kit.text import safe

if TYPE_CHECKING:
    from analysis.codes.guide import Fit, Intervention, Question

INTERVENTION = "guide_intervention"
"""Key of the treatment that was chosen."""
ANY = "Any"
_DISCIPLINES = (ANY, "PT", "OT", "SLP")


def sentence() -> str:
    """Say what the chooser does."""
    guide = load_guide()
    return (
        f"{len(guide.interventions)} treatments and the codes that may fit, "
        f"and {len(guide.questions)} questions that tell 97110, 97112 and 97530 apart"
    )


def show() -> None:
    """Show the choices, the codes that fit, and the questions."""
    guide = load_guide()
    by_name = {intervention.name: intervention for intervention in guide.interventions}
    left, right = st.columns((3, 2))
    name = left.selectbox(
        "What did you do?",
        list(by_name),
        index=None,
        format_func=lambda key: by_name[key].label,
        placeholder="Choose a treatment",
        key=INTERVENTION,
        persist_state="session",
    )
    with right:
        discipline = st.segmented_control(
            "Who did it?", _DISCIPLINES, default=ANY, required=True, key="guide_discipline", persist_state="session"
        )
    if name is not None:
        _fits(by_name[name], discipline or ANY)
    st.header("Which of the three movement codes?", anchor=False)
    for question in guide.questions:
        show_question(question)


def _fits(intervention: Intervention, discipline: str) -> None:
    """Show the codes that may fit, by intent, and what the note has to show of the treatment."""
    intents = load_guide().intents
    offered = {fit.intent: intents[fit.intent] for fit in intervention.fits}
    intent = st.pills(
        "What was it for?", list(offered), format_func=offered.__getitem__, key=f"guide_intent_{intervention.name}"
    )
    fits = [
        (fit, usual) for fit in intervention.fits if intent in (None, fit.intent) if (usual := _usual(fit, discipline))
    ]
    if not fits:
        st.info(f"None of these codes is usually billed by {discipline}.", icon=":material/info:")
    for fit, codes in fits:
        with st.container(border=True):
            st.markdown(f"**{safe(intents[fit.intent])}**: {safe(fit.why)}.")
            cards(codes, f"{intervention.name}_{fit.intent}")
    st.markdown("**The note must show:**")
    bullets(intervention.note)
    if intervention.more:
        st.markdown(safe(intervention.more))
    sources(intervention.sources)


def _usual(fit: Fit, discipline: str) -> list[str]:
    """Return the codes of a fit that a discipline usually bills."""
    return [code for code in fit.codes if discipline == ANY or discipline in disciplines(code)]


def show_question(question: Question) -> None:
    """Show a question, where each answer leads, and why."""
    with st.container(border=True):
        st.markdown(f"**{safe(question.ask)}**")
        leads = ((when, f"**{', '.join(codes)}**" if codes else "not billable") for when, codes in question.answers)
        st.markdown("\n".join(f"- {safe(when)}: {to}" for when, to in leads))
        st.markdown(safe(question.why))
        sources(question.sources)
