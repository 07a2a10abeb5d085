"""The app without a browser: Streamlit's AppTest runs app.py and the pages it routes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from analysis.codes import hcpcs as codes
from analysis.ingest import read_export
from analysis.lines.filters import Filters
from analysis.medicare.fees import resolve
from analysis.payers import Payers, observe
from analysis.pricing import price
from analysis.pricing.baseline import current
from analysis.whatif.scenarios import link
from analysis.whatif.visits import build
from pages._ui.kit.screens import WHAT_IF
from pages._ui.kit.session import SAMPLE
from tests.app.what_if import FIFTH, PROPOSAL, TODAY, shown_terms
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analysis.ingest import Export
    from analysis.payers import ContractBook
    from analysis.pricing import Priced
    from analysis.whatif.scenarios import Scenario
    from analysis.whatif.visits import Cube


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open a page in a fresh session, with the sample clinic or with nothing loaded."""

    def open_it(path: str = "", *, sample: bool = False) -> AppTest:
        monkeypatch.setenv("REVMIX_DEMO", "1" if sample else "0")
        app = AppTest.from_file(ROOT / "app.py", default_timeout=120).run()
        return app.switch_page(path).run() if path else app

    return open_it


# ------------------------------------------------------------------------------------------------- the What-if page
@pytest.fixture(scope="session")
def export() -> Export:
    """The sample clinic's export."""
    return read_export(SAMPLE.read_bytes(), SAMPLE.name, key=b"k" * 32)


@pytest.fixture(scope="session")
def priced(export: Export) -> Priced:
    """The sample clinic's lines with Medicare's amounts, as the session prices them."""
    return price(
        export.lines, localities={clinic: resolve(zip_code) for clinic, zip_code in export.clinic_zips.items()}
    )


@pytest.fixture(scope="session")
def cube(priced: Priced) -> Cube:
    """The sample clinic's visits of a year at today's rates, priced without the page."""
    baseline = current(priced.lines, Filters(), TODAY)
    return build(priced, Filters(), [FIFTH, PROPOSAL], codes=codes.load(), baseline=baseline)


@pytest.fixture(scope="session")
def terms(priced: Priced) -> ContractBook:
    """The terms that the sample clinic's payments show."""
    return shown_terms(priced)


@pytest.fixture(scope="session")
def payers(cube: Cube, priced: Priced, terms: ContractBook) -> Payers:
    """What the sample clinic's payers pay in a year, at the terms in force today."""
    return Payers(cube, terms.in_force(TODAY), observe(priced.lines))


@pytest.fixture(scope="session")
def payers_of_dates(priced: Priced, terms: ContractBook) -> Payers:
    """The same over all visits, as they were on the dates of service."""
    cube = build(priced, Filters(), [FIFTH, *terms.scenarios()], codes=codes.load())
    return Payers(cube, terms, observe(priced.lines))


@pytest.fixture
def what_if(
    open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., AppTest]:
    """Open the page with the sample clinic and scenarios on it, the last one looked at; nothing kept from before."""
    monkeypatch.setenv("REVMIX_HOME", str(tmp_path))

    def open_it(*scenarios: Scenario) -> AppTest:
        app: AppTest = open_page(WHAT_IF.path, sample=True)
        for scenario in scenarios:
            app.query_params["scenario"] = link.encode(scenario)
            app.run()
        assert not app.exception, app.exception
        return app

    return open_it
