"""The app without a browser: Streamlit's AppTest runs app.py and the pages it routes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open a page in a fresh session, with the sample clinic or with nothing loaded."""

    def open_it(path: str = "", *, sample: bool = False) -> AppTest:
        monkeypatch.setenv("REVMIX_DEMO", "1" if sample else "0")
        app = AppTest.from_file(ROOT / "app.py", default_timeout=120).run()
        return app.switch_page(path).run() if path else app

    return open_it
