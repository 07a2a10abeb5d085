"""The questions managers come with, each a scenario at a click."""

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
from pages._ui.kit import contracts
from pages._ui.what_if import state
from pages._ui.what_if.names import nameless

if TYPE_CHECKING:
    from collections.abc import Callable

    from pages._ui.kit.view import View


FIFTH_BP, QUARTER_BP = 2_000, 2_500


@dataclass(frozen=True, slots=True)
class Start:
    """A question and the scenario that answers it; None where these lines cannot ask it.

    `assumes` is the contract the question takes for granted, entered where the payer has none.
    """

    question: str
    scenario: Callable[[View], Scenario | None]
    assumes: Callable[[View], tuple[Contract, ...]] = lambda _: ()


def _recode(target: str) -> Callable[[View], Scenario | None]:
    def made(seen: View) -> Scenario | None:
        if "97110" not in choices(seen.priced.lines, "codes"):
            return None
        return nameless(Recode("97110", target, 1, FIFTH_BP))

    return made


def _year(offset: int) -> Callable[[View], Scenario | None]:
    """The schedule of the newest final year, or of one before or after it."""

    def made(_: View) -> Scenario | None:
        year = load_book().final_years[-1] + offset
        if year not in load_book().schedules:
            return None
        return nameless(ScheduleChange(year=year))

    return made


def _repeal(_: View) -> Scenario:
    return nameless(MpprChange(rate_bp=0))


def _assistants(seen: View) -> Scenario | None:
    texts = seen.lines["modifiers"].unique().cast(pl.String)
    if not any({"CQ", "CO"} & set(text.split()) for text in texts):
        return None
    return nameless(AssistantChange(to_therapist_bp=QUARTER_BP))


def _largest(seen: View) -> str | None:
    """The payer of most lines that is not Medicare, those that may have a contract first."""
    group = pl.col("payer_class").cast(pl.String)
    named = seen.lines.filter(group != PayerClass.MEDICARE.value, pl.col("payer").is_not_null())
    commercial = named.filter(group == PayerClass.COMMERCIAL.value)
    others = named if commercial.is_empty() else commercial
    return None if others.is_empty() else choices(others, "payers")[0]


def _at_110(seen: View) -> tuple[Contract, ...]:
    """The largest payer at 110 % of Medicare, unless it has a contract."""
    payer = _largest(seen)
    if payer is None or any(contract.payer == payer for contract in contracts.book().contracts):
        return ()
    return (Contract("medicare", payer=payer, percent_bp=11_000),)


def _payer(seen: View) -> Scenario | None:
    """The largest payer at 100 % of Medicare."""
    payer = _largest(seen)
    if payer is None:
        return None
    return nameless(Contract("medicare", payer=payer, percent_bp=10_000))


def blank(_: View) -> Scenario:
    return nameless()


STARTS = (
    Start("In 20% of 97110 visits, bill one unit as 97112?", _recode("97112")),
    Start("In 20% of 97110 visits, bill one unit as 97530?", _recode("97530")),
    Start("This year's fee schedule for all visits?", _year(0)),
    Start("Last year's fee schedule for all visits?", _year(-1)),
    Start("The proposed 2027 fee schedule?", _year(1)),
    Start("MPPR repealed?", _repeal),
    Start("Assistants treat a quarter fewer visits?", _assistants),
    Start("A payer drops from 110% to 100% of Medicare?", _payer, _at_110),
    Start("Something else", blank),
)


def questions(seen: View) -> None:
    """A button a question."""
    with st.container(key="what_if_questions"):
        for number, start in enumerate(STARTS):
            button(seen, number, start)


def button(seen: View, number: int, start: Start) -> None:
    st.button(start.question, key=f"what_if_start_{number}", on_click=_begin, args=(start, seen), width="stretch")


def _begin(start: Start, seen: View) -> None:
    scenario = start.scenario(seen)
    if scenario is None:
        state.say("This question doesn't apply to these lines.")
        return
    try:
        state.add(scenario)
        if assumed := start.assumes(seen):
            contracts.use((*contracts.book().contracts, *assumed))
            state.note(f"{assumed[0].payer} is assumed to pay 110% of Medicare until you enter what it pays.")
    except RevMixError as error:
        state.say(error)
