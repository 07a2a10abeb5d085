"""Common questions of practice managers; a click opens each as a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis.errors import RevMixError
from analysis.lines.billing_line import PayerClass
from analysis.lines.filters import choices
from analysis.medicare.fees import load_book
from analysis.payers import same_payer
from analysis.whatif.scenarios import AssistantChange, Contract, MpprChange, Recode, Scenario, ScheduleChange
from pages._ui.kit import contracts
from pages._ui.what_if import state
from pages._ui.what_if.names import scenario_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pages._ui.kit.view import View


FIFTH_BP, QUARTER_BP = 2_000, 2_500


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the scenario that answers it; None where it does not apply to these lines.

    `assumes` gives the contracts the question assumes, entered where the payer has none; `of_dates` is for a question
    that today's rates answer, so that it is only asked of visits as they were.
    """

    text: str
    scenario: Callable[[View], Scenario | None]
    assumes: Callable[[View], tuple[Contract, ...]] = lambda _: ()
    of_dates: bool = False


def _recode(target: str) -> Callable[[View], Scenario | None]:
    def scenario(view: View) -> Scenario | None:
        if "97110" not in choices(view.priced.lines, "codes"):
            return None
        return scenario_of(Recode("97110", target, 1, FIFTH_BP))

    return scenario


def _year(offset: int) -> Callable[[View], Scenario | None]:
    """Price by the schedule of the newest final year, or of one before or after it."""

    def scenario(_: View) -> Scenario | None:
        year = load_book().final_years[-1] + offset
        if year not in load_book().schedules:
            return None
        return scenario_of(ScheduleChange(year=year))

    return scenario


def _repeal(_: View) -> Scenario:
    return scenario_of(MpprChange(rate_bp=0))


def _assistants(view: View) -> Scenario | None:
    texts = view.lines["modifiers"].unique().cast(pl.String)
    if not any({"CQ", "CO"} & set(text.split()) for text in texts):
        return None
    return scenario_of(AssistantChange(to_therapist_bp=QUARTER_BP))


def _largest(view: View) -> str | None:
    """Return the payer other than Medicare with the most lines, a commercial one if there is any."""
    payer_class = pl.col("payer_class").cast(pl.String)
    with_payer = view.lines.filter(payer_class != PayerClass.MEDICARE.value, pl.col("payer").is_not_null())
    commercial = with_payer.filter(payer_class == PayerClass.COMMERCIAL.value)
    others = with_payer if commercial.is_empty() else commercial
    return None if others.is_empty() else choices(others, "payers")[0]


def _at_110(view: View) -> tuple[Contract, ...]:
    """Assume that the largest payer pays 110 % of Medicare, unless its terms are entered or its payments show them."""
    payer = _largest(view)
    if payer is None or any(same_payer(known.payer, payer) for known in contracts.terms_book(view.priced).every):
        return ()
    return (Contract("medicare", payer=payer, percent_bp=11_000),)


def _payer(view: View) -> Scenario | None:
    """Have the largest payer pay 100 % of Medicare."""
    payer = _largest(view)
    if payer is None:
        return None
    return scenario_of(Contract("medicare", payer=payer, percent_bp=10_000))


def blank(_: View) -> Scenario:
    return scenario_of()


QUESTIONS = (
    Question("In 20% of 97110 visits, bill one unit as 97112?", _recode("97112")),
    Question("In 20% of 97110 visits, bill one unit as 97530?", _recode("97530")),
    Question("This year's fee schedule for all visits?", _year(0), of_dates=True),
    Question("Last year's fee schedule for all visits?", _year(-1)),
    Question("The proposed 2027 fee schedule?", _year(1)),
    Question("MPPR repealed?", _repeal),
    Question("Assistants treat a quarter fewer visits?", _assistants),
    Question("A payer goes to 100% of Medicare?", _payer, _at_110),
    Question("Something else", blank),
)


def asked(view: View) -> list[Question]:
    """Return the questions that the baseline leaves open."""
    return [question for question in QUESTIONS if not question.of_dates or state.baseline(view) is None]


def show_questions(view: View) -> None:
    """Show one button for each question."""
    with st.container(key="what_if_questions"):
        for question in asked(view):
            button(view, question)


def button(view: View, question: Question) -> None:
    number = QUESTIONS.index(question)
    st.button(question.text, key=f"what_if_start_{number}", on_click=_begin, args=(question, view), width="stretch")


def _begin(question: Question, view: View) -> None:
    scenario = question.scenario(view)
    if scenario is None:
        state.set_error("This question doesn't apply to these lines.")
        return
    try:
        state.add(scenario)
        if contracts_assumed := question.assumes(view):
            contracts.use((*contracts.book().contracts, *contracts_assumed))
            state.set_notice(
                f"{contracts_assumed[0].payer} is assumed to pay 110% of Medicare until you enter what it pays."
            )
    except RevMixError as error:
        state.set_error(error)
