"""What a search of the guide found, each result as it stands on its own page of the guide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis.codes.guide import load_guide, search
from pages._ui.code_guide import chooser, statements
from pages._ui.code_guide.parts import SEARCH, SHOW, bullets, cards, sources
from pages._ui.kit.text import count, safe

if TYPE_CHECKING:
    from analysis.codes.guide import Document
    from analysis.pricing.guide_figures import GuideFigures

MOST = 8
CHOOSE = "choose"
"""The part of the page that goes from a treatment to codes."""


def sentence(query: str) -> str:
    """Say how much was found."""
    found = len(search(query, MOST))
    if not found:
        return safe(f"Nothing in the guide fits {query}")
    return f"{count(found, 'entry', 'entries')} for {safe(query)}, the best first"


def show(query: str, figures: GuideFigures) -> None:
    """Show the results, or how to search better."""
    found = search(query, MOST)
    if not found:
        st.info(
            "Try a code (97112), a treatment (balance), a word of your question (deductible), or fewer words.",
            icon=":material/search_off:",
        )
    for document in found:
        _result(document, figures)


def _choose(name: str) -> None:
    st.session_state[chooser.INTERVENTION], st.session_state[SHOW], st.session_state[SEARCH] = name, CHOOSE, ""


def _result(document: Document, figures: GuideFigures) -> None:
    guide = load_guide()
    match document.kind:
        case "belief":
            statements.show_belief(next(one for one in guide.beliefs if one.name == document.name), figures)
        case "answer":
            statements.show_answer(next(one for one in guide.answers if one.name == document.name), figures)
        case "question":
            chooser.show_question(next(one for one in guide.questions if one.name == document.name))
        case "note" | "record":
            with st.container(border=True):
                statements.show_item(next(one for one in guide.checklist if one.name == document.name))
        case "limit":
            limit = next(one for one in guide.guidance if one.name == document.name)
            with st.container(border=True):
                st.markdown(f"**{safe(f'{limit.text[0].upper()}{limit.text[1:]}.')}** {safe(limit.more)}")
                sources(limit.sources)
        case "intervention":
            _intervention(document)
        case _:
            _entry(document)


def _intervention(document: Document) -> None:
    intervention = next(one for one in load_guide().interventions if one.name == document.name)
    intents = load_guide().intents
    with st.container(border=True):
        st.markdown(f"**{safe(intervention.label)}**")
        bullets(f"{intents[fit.intent]}: {', '.join(fit.codes)} ({fit.why})" for fit in intervention.fits)
        if intervention.more:
            st.markdown(safe(intervention.more))
        st.button(
            "Choose the code",
            key=f"choose_{intervention.name}",
            icon=":material/arrow_forward:",
            on_click=_choose,
            args=(intervention.name,),
        )
        sources(intervention.sources)


def _entry(document: Document) -> None:
    entry = load_guide().entries[document.codes[0]]
    with st.container(border=True):
        st.markdown(f"**{safe(document.title)}**: {safe(entry.pays_for)}. {safe(entry.more)}")
        st.markdown(f"Not: {safe('; '.join(entry.is_not))}.")
        st.markdown(f"The note must show {safe('; '.join(entry.note))}.")
        cards(entry.codes, "found")
        sources(source for named in entry.sources.values() for source in named)
