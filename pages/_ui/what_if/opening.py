"""Before a scenario is chosen: the questions managers come with, each with its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from analysis.errors import RevMixError
from analysis.payers import ContractBook, revenue
from analysis.whatif import answers as whatif
from pages._ui.kit import contracts, session, tables
from pages._ui.kit.kept import kept
from pages._ui.kit.text import safe
from pages._ui.what_if import state
from pages._ui.what_if.result import sentence
from pages._ui.what_if.starts import STARTS, blank, button
from pages._ui.what_if.words import change

if TYPE_CHECKING:
    from analysis.payers import Revenue
    from analysis.whatif.answers import Comparison
    from pages._ui.kit.view import View
    from pages._ui.what_if.starts import Start


@dataclass(frozen=True, slots=True, eq=False)
class Reply:
    """What a question's scenario brings; the parts are None where it cannot be asked of these lines."""

    start: Start
    found: Comparison | None
    paid: Revenue | None


def replies(seen: View) -> list[Reply]:
    """Every question with its answer, worked out once for the lines looked at and the contracts."""

    def made() -> list[Reply]:
        state.cube(seen, [scenario for start in STARTS if (scenario := start.scenario(seen)) is not None])
        return [_reply(seen, start) for start in STARTS]

    entered = contracts.book().contracts
    return kept(seen.priced, "answers", (seen.filters, entered, session.track()), made, own=bool(entered))


def _reply(seen: View, start: Start) -> Reply:
    scenario, cube = start.scenario(seen), state.cube(seen)
    if scenario is None or start.scenario is blank:
        return Reply(start, None, None)
    book = ContractBook((*contracts.book().contracts, *start.assumes(seen)))
    try:
        return Reply(start, whatif.compare(cube, scenario), revenue(cube, scenario, book, state.observed()))
    except RevMixError:  # said in its own words to whoever asks it
        return Reply(start, None, None)


def cards(seen: View, answers: list[Reply]) -> None:
    """A question a card, its answer under it."""
    with st.container(key="what_if_cards"):
        for number, reply in enumerate(answers):
            with st.container(border=True, gap="small"):
                button(seen, number, reply.start)
                st.caption(_said(reply))


def _said(reply: Reply) -> str:
    if reply.start.scenario is blank:
        return "Your own codes, prices and rules"
    if reply.found is None or reply.paid is None:
        return "Doesn't apply to these lines"
    total, paid = reply.found.total, reply.paid
    cents, before, word = total.allowed_difference_cents, total.allowed_before_cents, "allowed"
    if not cents and total.receipts_difference_cents:
        cents, before, word = total.receipts_difference_cents, total.receipts_before_cents, "expected payments"
    said = [f"**{safe(change(cents, before))}** {word} at Medicare rates"] if cents else []
    if paid.per_payer["before_cents"].count():
        said.append(f"**{safe(change(paid.difference_cents, paid.before_cents))}** as your payers pay")
    return "  \n".join(said) or "No change here"


def first(seen: View, answers: list[Reply]) -> str:
    """The sentence before a scenario is chosen: the first question that can be answered."""
    answered = [(reply.found, reply.paid) for reply in answers if reply.found and reply.paid]
    if not answered:
        return "What would your visits earn with other codes, fees or contracts?"
    return sentence(seen, *answered[0])


def overview(answers: list[Reply]) -> None:
    """The answers to all questions as one table."""
    rows = [
        (
            reply.found.scenario.name,
            reply.found.total.allowed_difference_cents,
            reply.found.total.receipts_difference_cents,
            reply.paid.difference_cents if reply.paid.per_payer["before_cents"].count() else None,
        )
        for reply in answers
        if reply.found and reply.paid
    ]
    names = {
        "scenario": "Scenario",
        "allowed_difference_cents": "Allowed at Medicare rates",
        "receipts_difference_cents": "Expected payments at Medicare rates",
        "revenue_difference_cents": "As your payers pay",
    }
    with st.expander("Show the numbers", icon=":material/table:"):
        tables.show(
            pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Int64) | {"scenario": pl.String}, orient="row"),
            alt="What each question would change",
            file_name="revmix_questions.csv",
            headings=names,
            total="Differences from the visits as billed",
        )
