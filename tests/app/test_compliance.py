"""The Compliance page: dollars both ways, a rule's findings, what was checked, what could not be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.audit import audit
from analysis.money import dollars
from pages._ui.compliance.findings import CHECKED
from pages._ui.kit.screens import COMPLIANCE
from tests.app.page import NOWHERE, answers, drop, press, said

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    from analysis.ingest import Export
    from analysis.pricing import Priced


def test_dollars_both_ways_and_a_finding_that_somebody_checked(
    open_page: Callable[..., AppTest], priced: Priced, export: Export
) -> None:
    app = open_page(COMPLIANCE.path, sample=True)
    result = audit(priced, export.fields)
    assert f"{result.findings.height} findings" in answers(app)
    assert f"{dollars(result.at_risk_cents, places=0)} at risk" in answers(app).replace("\\", "")
    assert f"{dollars(result.missed_cents, places=0)} not billed" in answers(app).replace("\\", "")
    assert "Rests on" in said(app)

    first = result.findings.row(0, named=True)
    app.session_state[CHECKED] = {(first["rule"], *first["line_ids"]): "The chart has 15 minutes more"}
    app.run()
    assert f"{result.findings.height - 1} findings" in answers(app)
    assert any("The chart has 15 minutes more" in str(table.value) for table in app.dataframe)
    press(app, "Open all again")
    assert f"{result.findings.height} findings" in answers(app)


def test_rules_that_could_not_run_are_named(open_page: Callable[..., AppTest]) -> None:
    app = open_page()
    drop(app, ("claims.csv", NOWHERE.encode()))
    press(app, "Use these lines")
    app.switch_page(COMPLIANCE.path).run()
    assert not app.exception
    assert "More units than the minutes carry: these files have no minutes" in said(app)
