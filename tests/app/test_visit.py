"""Price a visit: it needs no file, it can be linked, it prices by a payer's terms where payments show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages._ui.kit.screens import VISIT
from pages._ui.visit.request import decode, encode
from tests.app.page import answers, said

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

LINK = "2026-03-02_00000-00_GP_97112:2_97110:1"


def test_a_visit_is_priced_without_any_file(open_page: Callable[..., AppTest]) -> None:
    app = open_page()
    app.query_params["visit"] = LINK
    app.switch_page(VISIT.path).run()
    assert r"\$79.82 allowed by Medicare, \$78.54 after all cuts" in answers(app)
    assert [metric.value for metric in app.metric] == ["$79.82", "$62.58", "$15.96"]
    assert "16 visits" in said(app)
    app.number_input(key="visit_weeks").set_value(20).run()
    assert "passes the year's KX threshold" in "\n".join(warning.value for warning in app.warning)
    assert encode(decode(LINK)) == LINK


def test_a_payer_of_the_sample_clinic_pays_by_its_terms(open_page: Callable[..., AppTest]) -> None:
    app = open_page(VISIT.path, sample=True)
    box = app.selectbox(key="visit_payer")
    [lakeview] = [option for option in box.options if option.startswith("Lakeview")]
    box.set_value(lakeview).run()
    assert app.metric[-1].value == "$88.00"
    assert not app.exception
