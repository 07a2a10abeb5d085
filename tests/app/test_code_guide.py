"""The Code guide page: search, the card of a code, from a treatment to codes; with data and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages._ui.kit.screens import CODE_GUIDE
from tests.app.page import answers, press, said

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest


def plain(text: str) -> str:
    return text.replace("\\", "")


def test_without_data_a_search_opens_a_card_with_its_amounts(open_page: Callable[..., AppTest]) -> None:
    app = open_page(CODE_GUIDE.path)
    app.text_input("guide_search").set_value("97112 pays 4.50 more").run()
    text = plain(said(app))
    assert "entries for 97112 pays 4.50 more" in plain(answers(app))
    assert "$4.69 more in 2020; in 2026 it pays $3.67 more nationally" in text
    app.text_input("guide_search").set_value("97112").run()
    app = press(app, r"97112 Neuromuscular re\-education")
    assert "97112 Neuromuscular re-education pays $32.73" in plain(answers(app))
    assert app.text_input("guide_search").value == ""
    assert [metric.value for metric in app.metric] == ["$32.73", "$24.88", "$15.70", "$7.85"]
    text = plain(said(app))
    assert "the feedback and cueing given" in text
    assert "Most units for one patient on one day: **4**" in text
    assert "97112 is denied with" in text
    assert "In your own lines" not in text
    app.text_input("guide_search").set_value("zzzz").run()
    assert plain(answers(app)) == "Nothing in the guide fits zzzz"


def test_with_data_the_card_says_how_the_clinic_uses_the_code(open_page: Callable[..., AppTest]) -> None:
    app = open_page(CODE_GUIDE.path, sample=True)
    text = plain(said(app))
    assert "In your own lines" in text
    assert "**5,088 units** of 97110 on 3,096 visits: **32.2%** of all units." in text
    assert "Payers denied **104 of 3,042 answered lines**" in text
    app.multiselect("filter_payer_classes").set_value(["Medicare"]).run()
    assert "5,088 units" not in plain(said(app))


def test_a_treatment_leads_to_codes_by_intent_and_discipline(open_page: Callable[..., AppTest]) -> None:
    app = open_page(CODE_GUIDE.path)
    app.text_input("guide_search").set_value("electrical stimulation with exercise FES").run()
    app = press(app, "Choose the code")
    app.button_group("guide_intent_stimulation").set_value("quality").run()
    labels = [button.label for button in app.button]
    assert r"97032 Electrical stimulation \(attended\)" in labels
    assert r"97116 Gait training" not in labels
    assert "one of the two for the same minutes" in plain(said(app))
    app.button_group("guide_discipline").set_value("SLP").run()
    assert "None of these codes is usually billed by SLP" in plain(said(app))
    for part, answer in (("beliefs", "common beliefs"), ("answers", "answered"), ("note", "every note must show")):
        app.button_group("guide_show").set_value(part).run()
        assert answer in plain(answers(app))
