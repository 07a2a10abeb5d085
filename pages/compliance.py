"""Compliance: what would an auditor ask, and what did we not bill? Findings on claims as billed, rule by rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis import audit
from pages._ui.compliance import editions
from pages._ui.compliance import findings as parts
from pages._ui.kit import session
from pages._ui.kit.cache import cached
from pages._ui.kit.screens import COMPLIANCE
from pages._ui.kit.shell import headline, screen
from pages._ui.kit.text import count, money, safe
from pages._ui.kit.view import open_view, show_scope

if TYPE_CHECKING:
    import polars as pl

    from pages._ui.kit.view import View

session.register_keys(of_lines=(parts.CHECKED, "audit_"))


def sentence(shown: pl.DataFrame, lines: int) -> str:
    """Return the headline: dollars both ways, or that nothing was found."""
    if shown.is_empty():
        return f"Nothing found on {count(lines, 'line')}"
    at_risk, missed = (audit.in_all(shown, name) for name in ("at_risk_cents", "missed_cents"))
    amounts = [
        text
        for cents, text in ((at_risk, f"{money(at_risk)} at risk"), (missed, f"{money(missed)} not billed"))
        if cents
    ]
    found = f"{count(shown.height, 'finding')} on {count(lines, 'line')}"
    return f"{' and '.join(amounts)}: {found}" if amounts else found


def page(view: View) -> None:
    """Show the whole page."""

    def look() -> audit.Audit:
        with st.spinner("Looking at every claim"):
            return audit.audit(view.priced, view.fields)

    result = cached(view.priced, "audit", (editions.key(),), look)
    inside = view.cached("findings", (result,), lambda: audit.within(result, view.lines["line_id"]))
    shown = parts.open_findings(inside)
    headline(COMPLIANCE, sentence(shown, view.lines.height))
    show_scope(view)
    st.caption(safe(f"{result.edition}. A finding is a reason to look, not proof of an error."))
    parts.tiles(shown, inside)
    parts.by_rule(view, shown)
    parts.over_time(shown)
    parts.checked(inside)
    parts.not_run(result)
    editions.show()


with screen(COMPLIANCE):
    if (view := open_view(COMPLIANCE)) is not None:
        page(view)
