"""The Compliance page: dollars both ways, a rule's findings, what was checked, what could not be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.audit import audit
from analysis.medicare import edits as medicare_edits
from analysis.money import dollars
from pages._ui.compliance.findings import CHECKED
from pages._ui.kit.screens import COMPLIANCE
from tests.app.page import NOWHERE, answers, drop, press, said
from tests.releases.test_edits import UNITS, workbook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
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


def test_cms_s_tables_are_installed_on_the_page_and_removed(
    open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REVMIX_HOME", str(tmp_path))
    medicare_edits.editions.cache_clear()
    app = open_page(COMPLIANCE.path, sample=True)
    app.file_uploader[0].set_value([("claims.csv", b"Patient,DOS,CPT\n", "text/csv")]).run()
    press(app, "Install these tables")
    assert "no table of edits" in app.error[0].value
    app.file_uploader[0].set_value([("MUE_Eff_01-01-2026.xlsx", workbook(UNITS), "application/octet-stream")]).run()
    press(app, "Install these tables")
    assert "Installed for services from Jan 1, 2026 on: 0 pairs, 4 unit limits" in app.success[0].value.replace(
        "\\", ""
    )
    assert "effective 2026-01-01" in said(app).replace("\\", "")
    press(app, "Remove")
    assert "effective 2026-01-01" not in said(app).replace("\\", "")
    medicare_edits.editions.cache_clear()
