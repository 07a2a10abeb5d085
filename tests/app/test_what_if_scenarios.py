"""Scenarios on the What-if page: side by side, kept, from files and links, refused when nobody can have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analysis.lines.filters import Filters
from analysis.whatif.scenarios import Recode, Scenario, link, store, to_toml
from tests.app.page import answers, press
from tests.app.what_if import FIFTH, PROPOSAL, errors, headline, held, looked_at, part, table, widget

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    from analysis.ingest import Export


# --------------------------------------------------------------------------------------------------- several scenarios
def test_up_to_four_scenarios_stand_side_by_side(what_if: Callable[..., AppTest]) -> None:
    app = what_if(FIFTH, PROPOSAL)
    press(app, "Duplicate")
    press(app, "Duplicate")
    assert held(app) == ["A fifth to 97112", "The 2027 proposal", "The 2027 proposal (copy)", held(app)[3]]
    assert len(set(held(app))) == 4
    press(app, "Duplicate")
    assert len(held(app)) == 4
    [message] = errors(app)
    assert "at most 4" in message
    part(app, "Side by side")
    beside = table(app, "scenario", "payers_after_cents")
    assert list(beside["scenario"]) == held(app)
    assert len(set(beside["payers_before_cents"])) == 1
    for _, row in beside.iterrows():
        changed = row["payers_after_cents"] - row["payers_before_cents"]
        assert changed == pytest.approx(row["payers_difference_cents"])
    press(app, "Remove scenario")
    assert len(held(app)) == 3


def test_a_scenario_is_renamed_and_another_one_looked_at(what_if: Callable[..., AppTest]) -> None:
    app = what_if(FIFTH, PROPOSAL)
    widget(app, "text_input", "name").set_value("Next year").run()
    assert held(app) == ["A fifth to 97112", "Next year"]
    assert "Next year" in headline(app)
    switch = next(group for group in app.button_group if str(group.key).startswith("what_if_switch"))
    switch.set_value(app.session_state["what_if_slots"][0].number).run()
    assert headline(app).startswith("A fifth to 97112")
    widget(app, "slider", "share0").set_value(30).run()
    assert [draft.scenario.name for draft in app.session_state["what_if_slots"]] == ["A fifth to 97112", "Next year"]
    assert looked_at(app).of(Recode)[0].share_bp == 3_000


def test_a_scenario_is_kept_opened_again_and_deleted(what_if: Callable[..., AppTest]) -> None:
    app = what_if(FIFTH)
    widget(app, "button", "save").click().run()
    assert store.load_all().names == (FIFTH.name,)
    press(app, "Remove scenario")
    app.selectbox("what_if_shelf").set_value(FIFTH.name).run()
    press(app, "Open")
    assert looked_at(app) == FIFTH
    press(app, "Remove scenario")
    app.selectbox("what_if_shelf").set_value(FIFTH.name).run()
    press(app, "Delete")
    assert not store.load_all().names


def test_a_file_of_a_scenario_is_opened_or_refused_in_one_line(what_if: Callable[..., AppTest]) -> None:
    app = what_if()
    upload(app, "mine.toml", to_toml(FIFTH).encode())
    assert looked_at(app) == FIFTH
    upload(app, "mine.toml", b'name = "x"\n[[recode]]\nfrom = "97110"\nto = "97112"\nshare = 1.5\n')
    [message] = errors(app)
    assert "mine.toml" in message
    assert "recode 1, share" in message
    assert looked_at(app) == FIFTH
    upload(app, "photo.toml", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    assert len(errors(app)) == 1
    assert headline(app)


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    box = next(box for box in app.file_uploader if str(box.key).startswith("what_if_file"))
    return box.set_value((name, content, "application/toml")).run()


# ---------------------------------------------------------------------------------------------------------------- links
def test_a_link_opens_its_scenario_once(what_if: Callable[..., AppTest]) -> None:
    app = what_if(FIFTH)
    app.run()
    assert held(app) == [FIFTH.name]
    press(app, "Remove scenario")
    assert held(app) == []


@pytest.mark.parametrize("text", ["1garbage", "x", "1" * 20_000])
def test_a_broken_link_is_one_line(what_if: Callable[..., AppTest], text: str) -> None:
    app = what_if()
    app.query_params["scenario"] = text
    app.run()
    [message] = errors(app)
    assert "link" in message
    assert headline(app)
    app.run()
    assert not errors(app), "it is said once"


def test_the_link_on_the_page_holds_the_scenario_and_nothing_else(
    what_if: Callable[..., AppTest], export: Export
) -> None:
    app = what_if(FIFTH)
    [shown] = [code.value for code in app.code if "?scenario=" in code.value]
    assert link.decode(shown.partition("?scenario=")[2]) == FIFTH
    assert export.name not in shown
    widget(app, "slider", "share0").set_value(35).run()
    [shown] = [code.value for code in app.code if "?scenario=" in code.value]
    assert link.decode(shown.partition("?scenario=")[2]) == looked_at(app), "the link is of what stands on the page"
    assert looked_at(app).of(Recode)[0].share_bp == 3_500


# ------------------------------------------------------------------------------------------------------------ bad input
def test_a_second_recoding_of_the_same_units_is_refused_by_its_name(what_if: Callable[..., AppTest]) -> None:
    two = Scenario("Two", (Recode("97110", "97112", 1, 2_000), Recode("97140", "97530", 1, 2_000)))
    app = what_if(two)
    before = headline(app)
    widget(app, "selectbox", "from1").set_value("97110").run()
    [message] = errors(app)
    assert "recode 2" in message
    assert headline(app) == before, "the answer of the last sound scenario stays"
    widget(app, "selectbox", "from1").set_value("97140").run()
    assert not errors(app)


def test_a_recoding_is_added_and_taken_out(what_if: Callable[..., AppTest]) -> None:
    app = what_if(FIFTH)
    widget(app, "button", "add").click().run()
    assert len(looked_at(app).of(Recode)) == 2
    assert len({recode.source for recode in looked_at(app).of(Recode)}) == 2
    assert not errors(app)
    widget(app, "button", "out1").click().run()
    assert looked_at(app) == FIFTH


def test_a_recoding_nobody_can_have_is_named_and_the_page_stands(what_if: Callable[..., AppTest]) -> None:
    nowhere = Recode("97110", "97112", 1, where=Filters(clinics=("Atlantis",)))
    app = what_if(Scenario("Nowhere", (nowhere,)))
    [message] = errors(app)
    assert "recode 1" in message
    assert "no visit with a priced unit of 97110" in message
    assert "Nowhere" in headline(app)
    assert widget(app, "slider", "share0"), "the widgets to correct it are there"


def test_without_a_name_a_scenario_is_called_what_it_assumes(what_if: Callable[..., AppTest]) -> None:
    app = what_if()
    next(button for button in app.button if button.key == "what_if_start_0").click().run()
    assert headline(app).startswith("One unit to 97112 in 20% of 97110 visits adds")
    widget(app, "slider", "share0").set_value(26).run()
    assert headline(app).startswith("One unit to 97112 in 26% of 97110 visits adds")
    widget(app, "selectbox", "year").set_value(2027).run()
    assert "26% of 97110 visits, 2027 PROPOSED schedule" in headline(app)
    press(app, "Duplicate")
    assert held(app)[1] == f"{held(app)[0]} (copy)"
    widget(app, "slider", "share0").set_value(30).run()
    assert "30%" in held(app)[1]
    assert "26%" in held(app)[0]
    widget(app, "text_input", "name").set_value("Plan B").run()
    widget(app, "slider", "share0").set_value(31).run()
    assert held(app)[1] == "Plan B"
    widget(app, "text_input", "name").set_value(" ").run()
    assert held(app)[1].startswith("One unit to 97112 in 31%")
    assert not errors(app)


def test_a_scenario_s_name_is_text_never_markup(what_if: Callable[..., AppTest]) -> None:
    app = what_if(Scenario("![x](http://a.b) $5$", (*FIFTH.of(Recode),)))
    assert r"\!\[x\]\(http" in answers(app)
