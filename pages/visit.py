"""Price a visit: what one visit pays, unit by unit, over the years, elsewhere, with one unit more. It needs no file."""

from __future__ import annotations

import streamlit as st

from analysis.visit import price_visit
from pages._ui.kit import session, shell
from pages._ui.kit.screens import VISIT
from pages._ui.kit.shell import headline, screen
from pages._ui.kit.text import exact, safe
from pages._ui.kit.view import show_data_set
from pages._ui.visit import answer, request

with screen(VISIT):
    if (export := session.export()) is not None:
        show_data_set(export)
    heading = st.container()
    visit = request.form()
    if visit is None:
        with heading:
            headline(VISIT, "Add a code to price the visit")
    else:
        priced = price_visit(visit)
        allowed, receipts = priced.total("expected_cents"), priced.total("receipts_cents")
        with heading:
            if allowed is None:
                missing = safe(", ".join(priced.reasons))
                headline(VISIT, f"Medicare sets no amount for {missing} on this day")
            else:
                headline(
                    VISIT,
                    f"{exact(allowed)} allowed by Medicare, {exact(receipts)} after all cuts, in "
                    f"{safe(visit.locality.name.title())}",
                )
            answer.source(visit)
        shell.notes(priced.notes)
        answer.show(visit, priced)
