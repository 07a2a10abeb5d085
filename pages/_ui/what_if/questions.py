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
from analysis.whatif.scenarios import AssistantChange, Contract, MpprChange, Recode, Scenario, ScheduleChange
from pages._ui.what_if import state
from pages._ui.what_if.names import scenario_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pages._ui.kit.view import View


FIFTH_BP, QUARTER_BP = 2_000, 2_500


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the scenario that answers it; None where it does not apply to these lines: `otherwise` says why.

    A scenario's contract is the scenario's alone: asking never enters a contract. `of_dates` is for a question that
    today's rates answer, so that it is only asked of visits as they were.
    """

    text: str
    scenario: Callable[[View], Scenario | None]
    otherwise: str = "Doesn't apply to these lines"
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
    """Return the payer with known terms and the most lines, other than Medicare; a commercial one if there is any."""
    book = state.terms_book(view)
    classes = view.lines.select(pl.col("payer", "payer_class").cast(pl.String)).drop_nulls("payer").unique("payer")
    of_payer = dict(classes.iter_rows())
    terms = {payer: book.terms(payer, payer_class).contract for payer, payer_class in of_payer.items()}
    known = {payer for payer, contract in terms.items() if contract is not None and contract.basis != "unknown"}
    ranked = [payer for payer in choices(view.lines, "payers") if payer in known]
    commercial = [payer for payer in ranked if of_payer[payer] == PayerClass.COMMERCIAL.value]
    return next(iter(commercial or ranked), None)


def _payer(view: View) -> Scenario | None:
    """Have the largest payer pay 100 % of Medicare, from what it really pays."""
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
    Question("A payer goes to 100% of Medicare?", _payer, "No payer's terms are known. Enter a contract first"),
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
        state.set_error(f"{question.text} {question.otherwise}.")
        return
    try:
        state.add(scenario)
    except RevMixError as error:
        state.set_error(error)
