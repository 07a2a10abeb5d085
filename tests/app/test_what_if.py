"""The What-if page: it says what the analysis says, and whatever is asked of it, it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from analysis.codes import hcpcs as codes
from analysis.lines.filters import Filters
from analysis.money import dollars
from analysis.payers import Payers, observe
from analysis.pricing.baseline import current
from analysis.whatif import answers as whatif
from analysis.whatif.answers import AtMedicareRates
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
    without_none,
)
from analysis.whatif.visits import build
from pages._ui.what_if import questions
from tests.app.page import said
from tests.app.what_if import (
    FIFTH,
    OTHER,
    PAYER,
    PROPOSAL,
    TODAY,
    at_medicare_rates,
    choice,
    errors,
    headline,
    held,
    looked_at,
    part,
    plain,
    table,
    widget,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    from analysis.payers import ContractBook
    from analysis.pricing import Priced
    from analysis.whatif.visits import Cube


# -------------------------------------------------------------------------------------------------------------- answers
@pytest.mark.parametrize("number", range(len(questions.QUESTIONS)))
def test_every_question_is_answered_at_a_click(what_if: Callable[..., AppTest], number: int) -> None:
    app = what_if()
    key, rests_on = f"what_if_start_{number}", "on the visits of Nov 2025–Oct 2026 at 2026 rates"
    if questions.QUESTIONS[number].of_dates:  # today's rates answer it: it is not asked of them
        assert not [button for button in app.button if button.key == key]
        choice(app, "what_if_baseline").set_value("dates").run()
        rests_on = "Nov 2024 to Oct 2026, at the rates of each date of service"
    next(button for button in app.button if button.key == key).click().run()
    assert rests_on in headline(app)
    assert not errors(app)
    labels = ["As your payers pay", "Allowed at Medicare rates", "Share of your allowed dollars"]
    assert [metric.label for metric in app.metric] == labels
    assert len(held(app)) == 1
    assert not app.session_state["contracts"].contracts, "a scenario's contract is the scenario's alone"


def test_the_questions_stand_with_their_answers(what_if: Callable[..., AppTest], cube: Cube, payers: Payers) -> None:
    app = what_if()
    answered = table(app, "scenario", "allowed_difference_cents", "revenue_difference_cents").set_index("scenario")
    fifth = whatif.compare(cube, FIFTH).total
    row = answered.loc["One unit to 97112 in 20% of 97110 visits"]
    assert round(row["allowed_difference_cents"] * 100) == fifth.allowed_difference_cents
    assert round(row["receipts_difference_cents"] * 100) == fifth.receipts_difference_cents
    asked = [number for number, question in enumerate(questions.QUESTIONS) if not question.of_dates]
    assert len(answered) == len(asked) - 1, "all but the blank one"
    paid = payers.revenue(FIFTH).difference_cents
    assert round(row["revenue_difference_cents"] * 100) == paid
    assert f"+{dollars(paid, places=0)}" in plain(said(app))
    assert f"adds {dollars(paid, places=0)}" in headline(app)
    at_medicare_rates(app)
    assert f"+{dollars(fifth.allowed_difference_cents, places=0)}" in plain(said(app))
    assert f"adds {dollars(fifth.allowed_difference_cents, places=0)}" in headline(app)
    for number in asked:
        [button] = [button for button in app.button if button.key == f"what_if_start_{number}"]
        assert button.label == questions.QUESTIONS[number].text


def test_the_answer_of_a_question_is_that_of_its_scenario(what_if: Callable[..., AppTest]) -> None:
    app = what_if()
    column = table(app, "scenario", "revenue_difference_cents").set_index("scenario")["revenue_difference_cents"]
    [number] = [
        index for index, question in enumerate(questions.QUESTIONS) if question.text.startswith("A payer goes to 100%")
    ]
    next(button for button in app.button if button.key == f"what_if_start_{number}").click().run()
    [name] = held(app)
    part(app, "All payers")
    assert table(app, "payer", "pays_by", "difference_cents")["difference_cents"].sum() == pytest.approx(column[name])


def test_a_payer_starts_from_the_terms_its_payments_show(what_if: Callable[..., AppTest]) -> None:
    app = what_if()
    [number] = [
        index for index, question in enumerate(questions.QUESTIONS) if question.text.startswith("A payer goes to 100%")
    ]
    next(button for button in app.button if button.key == f"what_if_start_{number}").click().run()
    text = plain(said(app))
    assert "Summit Health PPO: if the lower amounts since Apr 1, 2026 are its new terms, -$" in text
    assert "if they are underpayments, -$" in text
    assert re.search(r"Summit Health PPO pays today: fees for 10 codes.*, 1\d\d% of Medicare's amounts", text)
    part(app, "All payers")
    readings = table(app, "payer", "condition", "difference_cents")
    assert list(readings["condition"])[1:] == ["if they are underpayments"]
    rows = table(app, "payer", "pays_by", "pays_by_after").set_index("payer")
    assert round(rows.loc[PAYER, "difference_cents"] * 100) == round(readings["difference_cents"][0] * 100)
    assert rows.loc[PAYER, "pays_by"] == (
        "fees for 10 codes, 45% of the charge for other codes, since Apr 1, 2026 (read off its payments)"
    )
    assert rows.loc[PAYER, "pays_by_after"] == "100% of Medicare"
    assert "88.00 a visit" in rows.loc["Lakeview HMO", "pays_by"]


def test_the_page_says_what_the_analysis_says(what_if: Callable[..., AppTest], cube: Cube, payers: Payers) -> None:
    total, paid = whatif.compare(cube, FIFTH).total, payers.revenue(FIFTH)
    app = what_if(FIFTH)
    part_of = f"({paid.difference_cents / paid.before_cents:+.1%})"
    assert f"adds {dollars(paid.difference_cents, places=0)} {part_of} a year as your payers pay" in headline(app)
    assert "Medicare rates" not in headline(app)
    assert "It covers all of your allowed dollars." in plain(said(app))
    cents = total.allowed_difference_cents
    shown = [f"+{dollars(amount, places=0)}" for amount in (paid.difference_cents, cents)]
    assert [plain(metric.value) for metric in app.metric] == [*shown, "100%"]
    at_medicare_rates(app)
    part_of = f"({cents / total.allowed_before_cents:+.1%})"
    assert f"adds {dollars(cents, places=0)} {part_of} a year for all lines at Medicare rates" in headline(app)
    assert "payers pay" not in headline(app)
    amounts = (cents, total.receipts_difference_cents)
    assert [plain(metric.value) for metric in app.metric] == [f"+{dollars(amount, places=0)}" for amount in amounts]


def test_what_only_receipts_feel_is_told_in_receipts(what_if: Callable[..., AppTest], cube: Cube) -> None:
    uncut = Scenario("No sequestration", (SequestrationChange(0),))
    total = whatif.compare(cube, uncut).total
    assert not total.allowed_difference_cents
    assert total.receipts_difference_cents > 0
    app = at_medicare_rates(what_if(uncut))
    gained = f"adds {dollars(total.receipts_difference_cents, places=0)}"
    assert "changes nothing for all lines at Medicare rates" in headline(app)
    assert f"; it {gained}" in headline(app)
    assert headline(app).endswith("a year in expected payments")
    choice(app, "what_if_measure").set_value("receipts").run()
    assert gained in headline(app)
    assert "in expected payments for all lines at Medicare rates" in headline(app)


def test_a_slider_moves_the_answer_along_the_line_between_none_and_all(
    what_if: Callable[..., AppTest], payers: Payers
) -> None:
    app = what_if(FIFTH)
    for share in (40, 100, 0):
        widget(app, "slider", "share0").set_value(share).run()
        assert looked_at(app).of(Recode)[0].share_bp == share * 100
        now = Scenario("x", (Recode("97110", "97112", 1, share * 100),))
        difference = payers.amounts(now).difference_cents
        expected = f"adds {dollars(difference, places=0)}" if share else "changes nothing"
        assert expected in headline(app)


def test_units_codes_and_schedule_are_taken_from_their_widgets(what_if: Callable[..., AppTest], payers: Payers) -> None:
    app = what_if(FIFTH)
    widget(app, "selectbox", "from0").set_value("97140").run()
    widget(app, "selectbox", "to0_97140").set_value("97530").run()
    widget(app, "button_group", "units0").set_value("all").run()
    widget(app, "selectbox", "year").set_value(2027).run()
    made = looked_at(app)
    assert made.of(Recode) == (Recode("97140", "97530", None, 2_000),)
    assert made.one(ScheduleChange) == ScheduleChange(year=2027)
    assert not errors(app)
    difference = payers.amounts(made).difference_cents
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


def test_every_part_is_of_the_headline_s_money_and_adds_up_to_it(
    what_if: Callable[..., AppTest], cube: Cube, payers: Payers
) -> None:
    both = Scenario("Both", without_none(*FIFTH.of(Recode), PROPOSAL.one(ScheduleChange)))
    app = what_if(both)
    for measure, money in (("payers", payers), ("allowed", AtMedicareRates(cube))):
        whole, column = money.amounts(both).difference_cents, f"{measure}_difference_cents"
        assert dollars(abs(whole), places=0) in headline(app)
        part(app, "By code")
        assert round(table(app, "code", "units_before", column)[column].sum() * 100) == whole
        part(app, "By cause")
        causes = table(app, "cause", column)
        assert round(causes[column].sum() * 100) == whole
        assert len(causes) == 2
        part(app, "Side by side")
        assert round(table(app, "scenario", column)[column].iloc[0] * 100) == whole
        part(app, "Sensitivity")
        assert round(table(app, "assumption", "base_cents")["base_cents"].iloc[0] * 100) == whole
        part(app, "Break-even")
        even = table(app, "share_of_visits", column)
        assert round(even[column].iloc[0] * 100) == money.amounts(PROPOSAL).difference_cents
        at_medicare_rates(app)


def test_what_is_not_computed_by_payer_is_said(what_if: Callable[..., AppTest]) -> None:
    app = part(what_if(FIFTH), "One more unit")
    assert "One more unit is at Medicare rates for all lines" in plain(said(app))


def test_filters_of_the_page_hold_here_too(
    what_if: Callable[..., AppTest], priced: Priced, terms: ContractBook
) -> None:
    app = what_if(FIFTH)
    app.multiselect("filter_payer_classes").set_value(["Medicare"]).run()
    baseline = current(priced.lines, Filters(), TODAY)
    own = build(priced, Filters(payer_classes=("Medicare",)), [FIFTH], codes=codes.load(), baseline=baseline)
    difference = Payers(own, terms, observe(priced.lines)).amounts(FIFTH).difference_cents
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
    assert f"+{dollars(flagged, places=0)} in flagged visits" in text
    assert f"+{dollars(free, places=0)} in the others" in text
    for line in load_guide().entries["97112"].note:
        assert line in text
    for state in ("OH", "KY"):
        assert re.search(
            rf"On Medicare lines in {state}, 97112 goes from \d+\.\d% to \d+\.\d% of 97110 and 97112 units "
            rf"\([\d,]+ units\); Medicare has \d+% in {state} and \d+% nationally",
            text,
        ), state


def test_flags_come_with_their_visits_and_dollars(what_if: Callable[..., AppTest], cube: Cube) -> None:
    every = Scenario("All", (Recode("97110", "97112", None),))
    about = review(cube, every)
    app = what_if(every)
    text = plain(said(app))
    assert about.per_flag.height > 1
    for row in about.per_flag.iter_rows(named=True):
        cents = row["allowed_difference_cents"]
        assert f"{row['visits']:,.0f} visit" in text
        assert f"{'+' if cents > 0 else ''}{dollars(cents, places=0)}; {row['text']}" in text
