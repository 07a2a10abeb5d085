"""The What-if page: it says what the analysis says, and whatever is asked of it, it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from analysis.codes import hcpcs as codes
from analysis.ingest import read_export
from analysis.lines.filters import Filters
from analysis.medicare.fees import resolve
from analysis.money import dollars
from analysis.payers import ContractBook, observe, revenue
from analysis.pricing import price
from analysis.whatif import answers as whatif
from analysis.whatif.guardrails import load_guide, review
from analysis.whatif.scenarios import (
    AssistantChange,
    Contract,
    MpprChange,
    Provenance,
    Recode,
    RvuChange,
    Scenario,
    ScheduleChange,
    SequestrationChange,
    VolumeChange,
    given,
    link,
    store,
    to_toml,
)
from analysis.whatif.visits import build
from pages._ui.kit.screens import DATA, REVENUE, WHAT_IF
from pages._ui.kit.session import SAMPLE
from pages._ui.what_if import questions
from tests.app.test_pages import NOWHERE, answers, drop, press, said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from analysis.ingest import Export
    from analysis.pricing import Priced
    from analysis.whatif.visits import Cube

FIFTH = Scenario("A fifth to 97112", (Recode("97110", "97112", 1, 2_000),))
PAYER = "Summit Health PPO"
OTHER = "Lakeview HMO"
"""Payers of the sample clinic that are not Medicare."""
PROPOSAL = Scenario("The 2027 proposal", (ScheduleChange(year=2027),))


# -------------------------------------------------------------------------------------------------- what they work with
@pytest.fixture(scope="module")
def export() -> Export:
    """The sample clinic's export."""
    return read_export(SAMPLE.read_bytes(), SAMPLE.name, key=b"k" * 32)


@pytest.fixture(scope="module")
def priced(export: Export) -> Priced:
    """The sample clinic's lines with Medicare's amounts, as the session prices them."""
    return price(export.lines, places={clinic: resolve(zip_code) for clinic, zip_code in export.clinic_zips.items()})


@pytest.fixture(scope="module")
def cube(priced: Priced) -> Cube:
    """The sample clinic's visits, priced without the page."""
    return build(priced, Filters(), [FIFTH, PROPOSAL], codes=codes.load())


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


def plain(text: object) -> str:
    """What a reader reads: without Markdown's escapes."""
    return str(text).replace("\\", "")


def headline(app: AppTest) -> str:
    """The page's title as it is read, the colour of PROPOSED aside."""
    return plain(answers(app)).replace(":orange[PROPOSED]", "PROPOSED")


def part(app: AppTest, name: str) -> AppTest:
    """Open a part of the answer."""
    opened: AppTest = choice(app, "what_if_part").set_value(name).run()
    return opened


def choice(app: AppTest, key: str) -> Any:
    return next(group for group in app.button_group if group.key == key)


def widget(app: AppTest, kind: str, name: str) -> Any:
    """A widget of the scenario looked at, by what it is called within its draft."""
    return next(one for one in getattr(app, kind) if re.fullmatch(rf"what_if_\d+_\d+_{name}", str(one.key)))


def held(app: AppTest) -> list[str]:
    """The names of the scenarios on the screen."""
    return [draft.scenario.name for draft in app.session_state["what_if_slots"]]


def looked_at(app: AppTest) -> Scenario:
    drafts = app.session_state["what_if_slots"]
    found: Scenario = next(draft.scenario for draft in drafts if draft.number == app.session_state["what_if_selected"])
    return found


def errors(app: AppTest) -> list[str]:
    return [plain(error.value) for error in app.error]


def table(app: AppTest, *columns: str) -> Any:
    """The one table that has these columns; those that may be edited count too."""
    [found] = [frame.value for frame in app.dataframe if set(columns) <= {*frame.value}]
    return found


# -------------------------------------------------------------------------------------------------------------- answers
@pytest.mark.parametrize("number", range(len(questions.QUESTIONS)))
def test_every_question_is_answered_at_a_click(what_if: Callable[..., AppTest], number: int) -> None:
    app = what_if()
    next(button for button in app.button if button.key == f"what_if_start_{number}").click().run()
    assert "Nov 2024 to Oct 2026" in headline(app)
    assert not errors(app)
    assert len(app.metric) == 3
    assert len(held(app)) == 1


def test_the_questions_stand_with_their_answers(what_if: Callable[..., AppTest], cube: Cube) -> None:
    app = what_if()
    answered = table(app, "scenario", "allowed_difference_cents", "revenue_difference_cents").set_index("scenario")
    fifth = whatif.compare(cube, FIFTH).total
    row = answered.loc["One unit to 97112 in 20% of 97110 visits"]
    assert round(row["allowed_difference_cents"] * 100) == fifth.allowed_difference_cents
    assert round(row["receipts_difference_cents"] * 100) == fifth.receipts_difference_cents
    assert len(answered) == len(questions.QUESTIONS) - 1, "all but the blank one"
    text = plain(said(app))
    assert f"+{dollars(fifth.allowed_difference_cents, places=0)}" in text
    assert dollars(fifth.allowed_difference_cents, places=0) in headline(app)
    for number, question in enumerate(questions.QUESTIONS):
        [button] = [button for button in app.button if button.key == f"what_if_start_{number}"]
        assert button.label == question.text


def test_the_answer_of_a_question_is_that_of_its_scenario(what_if: Callable[..., AppTest]) -> None:
    app = what_if()
    column = table(app, "scenario", "revenue_difference_cents").set_index("scenario")["revenue_difference_cents"]
    [number] = [
        index for index, question in enumerate(questions.QUESTIONS) if question.text.startswith("A payer drops")
    ]
    next(button for button in app.button if button.key == f"what_if_start_{number}").click().run()
    [name] = held(app)
    part(app, "All payers")
    assert table(app, "payer", "difference_cents")["difference_cents"].sum() == pytest.approx(column[name])


def test_a_contract_taken_for_granted_is_said(what_if: Callable[..., AppTest]) -> None:
    app = what_if()
    [number] = [
        index for index, question in enumerate(questions.QUESTIONS) if question.text.startswith("A payer drops")
    ]
    next(button for button in app.button if button.key == f"what_if_start_{number}").click().run()
    assert PAYER in plain(said(app))
    assert "is assumed to pay 110% of Medicare" in plain(said(app))
    part(app, "All payers")
    assert "110% of Medicare" in set(table(app, "payer", "pays_by", "before_cents")["pays_by"])


def test_the_page_says_what_the_analysis_says(what_if: Callable[..., AppTest], cube: Cube, priced: Priced) -> None:
    total = whatif.compare(cube, FIFTH).total
    paid = revenue(cube, FIFTH, ContractBook(), observe(priced.lines))
    app = what_if(FIFTH)
    cents = total.allowed_difference_cents
    assert cents > 0
    said_first = headline(app)
    assert f"adds {dollars(cents, places=0)} ({cents / total.allowed_before_cents:+.1%})" in said_first
    assert "all lines" in said_first
    assert "at Medicare rates" in said_first
    assert f"+{dollars(paid.difference_cents, places=0)}" in said_first
    shown = [plain(metric.value) for metric in app.metric]
    amounts = (cents, total.receipts_difference_cents, paid.difference_cents)
    assert shown == [f"+{dollars(amount, places=0)}" for amount in amounts]


def test_what_only_receipts_feel_is_told_in_receipts(what_if: Callable[..., AppTest], cube: Cube) -> None:
    uncut = Scenario("No sequestration", (SequestrationChange(0),))
    total = whatif.compare(cube, uncut).total
    assert not total.allowed_difference_cents
    assert total.receipts_difference_cents > 0
    told = headline(what_if(uncut))
    assert f"adds {dollars(total.receipts_difference_cents, places=0)}" in told
    assert "in expected payments for all lines at Medicare rates" in told


def test_a_slider_moves_the_answer_along_the_line_between_none_and_all(
    what_if: Callable[..., AppTest], cube: Cube
) -> None:
    app = what_if(FIFTH)
    for share in (40, 100, 0):
        widget(app, "slider", "share0").set_value(share).run()
        assert looked_at(app).of(Recode)[0].share_bp == share * 100
        now = Scenario("x", (Recode("97110", "97112", 1, share * 100),))
        difference = whatif.compare(cube, now).total.allowed_difference_cents
        expected = f"adds {dollars(difference, places=0)}" if share else "changes nothing"
        assert expected in headline(app)


def test_units_codes_and_schedule_are_taken_from_their_widgets(what_if: Callable[..., AppTest], cube: Cube) -> None:
    app = what_if(FIFTH)
    widget(app, "selectbox", "from0").set_value("97140").run()
    widget(app, "selectbox", "to0_97140").set_value("97530").run()
    widget(app, "button_group", "units0").set_value("all").run()
    widget(app, "selectbox", "year").set_value(2027).run()
    made = looked_at(app)
    assert made.of(Recode) == (Recode("97140", "97530", None, 2_000),)
    assert made.one(ScheduleChange) == ScheduleChange(year=2027)
    assert not errors(app)
    difference = whatif.compare(cube, made).total.allowed_difference_cents
    assert dollars(abs(difference), places=0) in headline(app)
    assert "PROPOSED" in headline(app)


def test_an_untouched_page_leaves_a_scenario_as_it_was_loaded(what_if: Callable[..., AppTest]) -> None:
    fine = Scenario(
        "Fine print",
        (
            Recode("97110", "97112", 2, 1_234, Filters(payer_classes=("Medicare",))),
            VolumeChange(-333, Filters(payer_classes=("Medicare",))),
            VolumeChange(6_025),
            RvuChange("97110", "", 51, None, None),
            RvuChange("97112", "", None, 60, None),
            Contract("visit", payer=OTHER, visit_cents=9_050),
            Contract("medicare", payer=PAYER, percent_bp=10_325, mppr=False),
            ScheduleChange(year=2026, factor_e4=328_409),
            MpprChange(4_321, ("Medicare",)),
            AssistantChange(8_765, 1_234),
            SequestrationChange(175),
        ),
        provenance=Provenance("Dana", None, "budget"),
    )
    app = what_if(fine)
    app.run()
    assert looked_at(app) == fine


@pytest.mark.parametrize("scenario", [FIFTH, PROPOSAL], ids=lambda scenario: scenario.name)
def test_every_part_of_the_answer_opens(what_if: Callable[..., AppTest], scenario: Scenario) -> None:
    app = what_if(scenario)
    names = choice(app, "what_if_part").options
    assert len(names) >= 9
    for name in names:
        part(app, name if isinstance(name, str) else name.content)
        assert not app.exception, name
        assert not errors(app), name


def test_the_parts_by_cause_and_by_code_add_up_to_the_headline(what_if: Callable[..., AppTest], cube: Cube) -> None:
    both = Scenario("Both", given(*FIFTH.of(Recode), PROPOSAL.one(ScheduleChange)))
    total = whatif.compare(cube, both).total
    app = what_if(both)
    per_code = table(app, "code", "units_before", "allowed_difference_cents")
    assert round(per_code["allowed_difference_cents"].sum() * 100) == total.allowed_difference_cents
    part(app, "By cause")
    causes = table(app, "cause", "allowed_difference_cents")
    assert round(causes["allowed_difference_cents"].sum() * 100) == total.allowed_difference_cents
    assert len(causes) == 2


def test_filters_of_the_page_hold_here_too(what_if: Callable[..., AppTest], priced: Priced) -> None:
    app = what_if(FIFTH)
    app.multiselect("filter_payer_classes").set_value(["Medicare"]).run()
    own = build(priced, Filters(payer_classes=("Medicare",)), [FIFTH], codes=codes.load())
    difference = whatif.compare(own, FIFTH).total.allowed_difference_cents
    assert f"adds {dollars(difference, places=0)}" in headline(app)


# ---------------------------------------------------------------------------------------------------------- guard rails
def test_the_guard_rails_stand_under_every_answer(what_if: Callable[..., AppTest], cube: Cube) -> None:
    app = what_if(PROPOSAL)
    assert load_guide().sentence in plain(said(app))
    app = what_if(FIFTH)
    about = review(cube, FIFTH)
    text = plain(said(app))
    assert load_guide().sentence in text
    flagged, free = about.flagged_allowed_cents, about.free_allowed_cents
    assert flagged + free == whatif.compare(cube, FIFTH).total.allowed_difference_cents
    assert f"+{dollars(flagged, places=0)} is flagged" in text
    assert f"+{dollars(free, places=0)} is not" in text
    for line in load_guide().entries["97112"].note:
        assert line in text
    assert re.search(r"97112 goes from \d+\.\d% to \d+\.\d% of your 97110 and 97112 units", text)
    assert "nationally" in text


def test_flags_come_with_their_visits_and_dollars(what_if: Callable[..., AppTest], cube: Cube) -> None:
    every = Scenario("All", (Recode("97110", "97112", None),))
    about = review(cube, every)
    app = what_if(every)
    text = plain(said(app))
    assert about.found.height > 1
    for row in about.found.iter_rows(named=True):
        cents = row["allowed_difference_cents"]
        assert f"{row['visits']:,.0f} visit" in text
        assert f"{'+' if cents > 0 else ''}{dollars(cents, places=0)}; {row['text']}" in text


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
    beside = table(app, "scenario", "revenue_after_cents")
    assert list(beside["scenario"]) == ["Baseline", *held(app)]
    before = beside.iloc[0]
    for _, row in beside.iterrows():
        assert row["allowed_after_cents"] - row["allowed_difference_cents"] == before["allowed_after_cents"]
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


# ----------------------------------------------------------------------------------------------------------- provenance
def test_every_assumption_says_who_entered_it_and_why(what_if: Callable[..., AppTest]) -> None:
    who = Provenance("Dana", None, "agreed with the board")
    one = Scenario(
        "One",
        (
            Recode("97110", "97112", 1, 2_000, provenance=who),
            Contract("medicare", payer=PAYER, percent_bp=10_000, provenance=Provenance("Lee")),
        ),
    )
    app = part(what_if(one), "Assumptions")
    assumed = table(app, "Assumption", "Entered by", "Why")
    assert list(assumed["Entered by"]) == ["Dana", "Lee"]
    assert assumed["Why"][0] == "agreed with the board"
    assert assumed["Assumption"][0] == "One unit a visit from 97110 to 97112 in 20% of the visits"
    assert PAYER in assumed["Assumption"][1]


def test_what_is_changed_next_carries_the_name_given(what_if: Callable[..., AppTest]) -> None:
    app = part(what_if(FIFTH), "Assumptions")
    app.text_input("what_if_who").set_value("Dana").run()
    widget(app, "slider", "share0").set_value(30).run()
    said_by = looked_at(app).of(Recode)[0].provenance
    assert (said_by.entered_by, said_by.reason) == ("Dana", "")
    assert said_by.entered_on is not None


# ------------------------------------------------------------------------------------------------------------ contracts
def test_a_payers_percent_is_entered_beside_the_other_assumptions(what_if: Callable[..., AppTest]) -> None:
    app = what_if(Scenario("New"))
    widget(app, "selectbox", "contract_payer").set_value(PAYER).run()
    assert not looked_at(app).of(Contract), "no percent yet"
    widget(app, "number_input", f"contract_percent_{PAYER}").set_value(103.25).run()
    assert looked_at(app).of(Contract) == (Contract("medicare", payer=PAYER, percent_bp=10_325),)
    assert "as your payers pay" in headline(app)
    widget(app, "selectbox", "contract_payer").set_value(None).run()
    assert not looked_at(app).of(Contract)


def test_a_contract_moves_revenue_as_payers_pay_and_not_medicare_s(
    what_if: Callable[..., AppTest], cube: Cube, priced: Priced
) -> None:
    cut = Contract("medicare", payer=PAYER, percent_bp=10_000)
    less = Scenario("Less", (cut,))
    paid = revenue(cube, less, ContractBook(), observe(priced.lines))
    assert paid.difference_cents
    app = what_if(less)
    assert "changes nothing for all lines at Medicare rates" not in headline(app), "the payers' figure comes first"
    assert dollars(abs(paid.difference_cents), places=0) in headline(app)
    part(app, "All payers")
    rows = table(app, "payer", "pays_by", "before_cents").set_index("payer")
    assert round(rows.loc[PAYER, "difference_cents"] * 100) == paid.difference_cents
    assert rows.loc[PAYER, "pays_by_after"] == "100% of Medicare"


def test_contracts_are_uploaded_kept_and_cleared(what_if: Callable[..., AppTest]) -> None:
    app = part(what_if(PROPOSAL), "All payers")
    before = headline(app)
    contracts(app, "contracts.csv", f"Payer,Basis,Percent\n{PAYER},medicare,110%\n".encode())
    assert not errors(app)
    assert "110% of Medicare" in set(table(app, "payer", "pays_by", "before_cents")["pays_by"])
    assert headline(app) != before
    app.button("contracts_keep").click().run()
    assert [one.payer for one in store.load_contracts().contracts] == [PAYER]
    app.button("contracts_clear").click().run()
    assert headline(app) == before
    contracts(app, "contracts.csv", f"Payer,Basis,Percent\n{PAYER},medicare,much\n".encode())
    [message] = errors(app)
    assert "much" in message
    assert headline(app) == before


def contracts(app: AppTest, name: str, content: bytes) -> AppTest:
    box = next(box for box in app.file_uploader if str(box.key).startswith("contracts_file"))
    return box.set_value((name, content, "text/csv")).run()


# ----------------------------------------------------------------------------------------------------------- other data
UNPAID = (
    "Patient ID,DOS,CPT,Units,Charge,Payer,Clinic ZIP\n"
    "P1,3/2/2026,97110,2,120.00,Medicare,45202\n"
    "P1,3/2/2026,97530,1,80.00,Medicare,45202\n"
    "P2,3/3/2026,97110,1,70.00,Aetna,45202\n"
)


def test_without_payments_only_what_is_known_counts(open_page: Callable[..., AppTest]) -> None:
    app = press(drop(open_page(DATA.path), "june.csv", UNPAID.encode()), "Use these lines")
    app.query_params["scenario"] = link.encode(FIFTH)
    app.switch_page(WHAT_IF.path).run()
    assert "at Medicare rates" in headline(app)
    assert not errors(app)
    part(app, "All payers")
    assert not errors(app)
    assert "have no amount" in plain(said(app))


def test_without_a_locality_the_page_says_what_is_missing(open_page: Callable[..., AppTest]) -> None:
    app = press(drop(open_page(DATA.path), "nowhere.csv", NOWHERE.encode()), "Use these lines")
    app.switch_page(WHAT_IF.path).run()
    assert "ZIP code" in headline(app)
    assert "Set the ZIP code" in [button.label for button in app.button]
    assert not errors(app)


def test_an_empty_selection_says_so_and_keeps_the_scenario(what_if: Callable[..., AppTest]) -> None:
    app = what_if(FIFTH)
    app.multiselect("filter_payer_classes").set_value(["Medicare"]).run()
    app.multiselect("filter_payers").set_value([PAYER]).run()
    assert headline(app) == "No line matches all of these filters"
    assert not errors(app)
    app.multiselect("filter_payers").set_value([]).run()
    assert headline(app).startswith(FIFTH.name)


def test_scenarios_stay_while_other_pages_are_read(what_if: Callable[..., AppTest]) -> None:
    app = what_if(FIFTH)
    before = headline(app)
    app.switch_page(REVENUE.path).run()
    app.switch_page(WHAT_IF.path).run()
    assert headline(app) == before


NEW_CODE = f"{UNPAID}P3,3/4/2026,97550,1,60.00,Aetna,45202\n"
"""With caregiver training, which has an amount since 2024 only."""


def test_codes_without_an_amount_are_left_out_at_a_click(open_page: Callable[..., AppTest]) -> None:
    app = press(drop(open_page(DATA.path), "june.csv", NEW_CODE.encode()), "Use these lines")
    app.query_params["scenario"] = link.encode(Scenario("As in 2023", (ScheduleChange(year=2023),)))
    app.switch_page(WHAT_IF.path).run()
    [message] = errors(app)
    assert "97550" in message
    press(app, "Leave 97550 out of the comparison")
    assert not errors(app)
    assert looked_at(app).one(ScheduleChange) == ScheduleChange(year=2023, leave_out=("97550",))
    assert "97550 are left out of the comparison" in plain(said(app))
    widget(app, "multiselect", "leave_out").set_value([]).run()
    assert len(errors(app)) == 1
