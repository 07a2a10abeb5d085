"""Code guide: which code fits, what the note must show, what it pays, common beliefs and what is right."""

from __future__ import annotations

import streamlit as st

from analysis.codes.guide import load_guide
from analysis.codes.hcpcs import code_with_label
from analysis.medicare.fees import NATIONAL
from analysis.pricing.guide_figures import GuideFigures
from pages._ui.code_guide import card, chooser, results, statements
from pages._ui.code_guide.parts import CARD, CODE, LOCALITY, SEARCH, SHOW
from pages._ui.kit import localities, session
from pages._ui.kit.screens import CODE_GUIDE
from pages._ui.kit.shell import headline, screen
from pages._ui.kit.text import safe
from pages._ui.kit.view import show_data_set

PARTS = {
    CARD: "By code",
    results.CHOOSE: "By treatment",
    "beliefs": "Common beliefs",
    "answers": "Questions",
    "note": "The note",
}

with screen(CODE_GUIDE):
    if (export := session.export()) is not None:
        show_data_set(export)
    heading = st.container()
    left, right = st.columns((3, 2))
    query = left.text_input(
        "Search the guide",
        key=SEARCH,
        placeholder="A code, a treatment or a question: 97112, PNF, 8-minute rule",
        max_chars=100,
        icon=":material/search:",
    ).strip()
    with right:
        locality = localities.pick("Locality", LOCALITY, localities.of_clinic()) or NATIONAL
    figures = GuideFigures(locality, session.track())
    if query:
        with heading:
            headline(CODE_GUIDE, results.sentence(query))
        results.show(query, figures)
    else:
        part = st.segmented_control(
            "Show", PARTS, format_func=PARTS.__getitem__, default=CARD, required=True, key=SHOW, persist_state="session"
        )
        if part == CARD:
            entries = load_guide().entries
            code = st.selectbox("Code", list(entries), format_func=code_with_label, key=CODE, persist_state="session")
            with heading:
                headline(CODE_GUIDE, card.sentence(code, figures))
            card.show(entries[code], figures)
        elif part == results.CHOOSE:
            with heading:
                headline(CODE_GUIDE, safe(chooser.sentence()))
            chooser.show()
        elif part == "beliefs":
            with heading:
                headline(CODE_GUIDE, safe(statements.beliefs_sentence()))
            statements.beliefs(figures)
        elif part == "answers":
            with heading:
                headline(CODE_GUIDE, safe(statements.answers_sentence()))
            statements.answers(figures)
        else:
            with heading:
                headline(CODE_GUIDE, safe(statements.note_sentence()))
            statements.checklist()
