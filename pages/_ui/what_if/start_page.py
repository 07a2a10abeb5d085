"""The page before a scenario is chosen: common questions, each with its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis.errors import RevMixError
from analysis.whatif import answers as whatif
from pages._ui.kit import contracts, session, tables
from pages._ui.kit.cache import cached
from pages._ui.kit.text import safe
from pages._ui.what_if import money, state
from pages._ui.what_if.questions import asked, blank, button
from pages._ui.what_if.result import sentence
from pages._ui.what_if.words import change

if TYPE_CHECKING:
    from analysis.payers import Revenue
    from analysis.whatif.answers import Comparison
    from pages._ui.kit.view import View
    from pages._ui.what_if.questions import Question


NO_ANSWER = "What would your visits earn with other codes, fees or contracts?"


@dataclass(frozen=True, slots=True, eq=False)
class Reply:
    """A question and its answer; None where it does not apply to these lines."""

    question: Question
    comparison: Comparison | None
    payer_revenue: Revenue | None


def all_replies(view: View) -> list[Reply]:
    """Answer every question, once for the filtered lines and the contracts."""

    def compute() -> list[Reply]:
        state.cube(view, [scenario for question in asked(view) if (scenario := question.scenario(view)) is not None])
        return [_reply(view, question) for question in asked(view)]

    entered = contracts.book().contracts
    return cached(
        view.priced,
        "answers",
        (view.filters, state.baseline(view), entered, session.track()),
        compute,
        private=bool(entered),
    )


def _reply(view: View, question: Question) -> Reply:
    scenario, cube = question.scenario(view), state.cube(view)
    if scenario is None or question.scenario is blank:
        return Reply(question, None, None)
    try:
        return Reply(question, whatif.compare(cube, scenario), money.payers(view, cube).revenue(scenario))
    except RevMixError:  # the page shows the error when the question is chosen
        return Reply(question, None, None)


def cards(view: View, replies: list[Reply]) -> None:
    """Show one card for each question, its answer under it."""
    with st.container(key="what_if_cards"):
        for reply in replies:
            with st.container(border=True, gap="small"):
                button(view, reply.question)
                st.caption(_answer_text(reply))


def _answer_text(reply: Reply) -> str:
    if reply.question.scenario is blank:
        return "Your own codes, prices and rules"
    if reply.comparison is None or reply.payer_revenue is None:
        return reply.question.otherwise
    measure = money.chosen()
    if measure == "payers":
        if not reply.payer_revenue.is_known:
            return "Your payers' terms are not known"
        difference, words = reply.payer_revenue.difference(), "as your payers pay"
    else:
        difference = reply.comparison.difference(measure)
        words = "allowed at Medicare rates" if measure == "allowed" else "expected payments at Medicare rates"
    if not difference.difference_cents:
        return f"No change {words}"
    return f"**{safe(change(difference.difference_cents, difference.before_cents))}** {words}"


def first_sentence(view: View, replies: list[Reply]) -> str:
    """Return the headline before a scenario is chosen: the first answer there is."""
    answered = [
        (reply.comparison, reply.payer_revenue) for reply in replies if reply.comparison and reply.payer_revenue
    ]
    if not answered:
        return NO_ANSWER
    return sentence(view, *answered[0], money.chosen())


def overview(view: View, replies: list[Reply]) -> None:
    """Show the answers to all questions in one table."""
    rows = [
        (
            reply.comparison.scenario.name,
            reply.comparison.total.allowed_difference_cents,
            reply.comparison.total.receipts_difference_cents,
            reply.payer_revenue.difference_cents if reply.payer_revenue.per_payer["before_cents"].count() else None,
        )
        for reply in replies
        if reply.comparison and reply.payer_revenue
    ]
    names = {
        "scenario": "Scenario",
        "allowed_difference_cents": "Allowed at Medicare rates",
        "receipts_difference_cents": "Expected payments at Medicare rates",
        "revenue_difference_cents": "As your payers pay",
    }
    per_year, basis = state.basis(view)
    with st.expander("Show the numbers", icon=":material/table:"):
        tables.show(
            pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Int64) | {"scenario": pl.String}, orient="row"),
            alt="What each question would change",
            file_name="revmix_questions.csv",
            headings=names,
            total=safe(f"Differences{per_year}, {basis}"),
        )
