"""What tests of the What-if page share: scenarios, and what stands on the page."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from analysis.payers import ContractBook
from analysis.payers.discovery import alternatives_of, contracts_of, discover
from analysis.whatif.scenarios import Recode, Scenario, ScheduleChange
from tests.app.page import answers

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from analysis.pricing import Priced

TODAY = date(2026, 11, 28)
"""A day of the newest final schedule, whose rates are those of every later day until there is a newer one."""
FIFTH = Scenario("A fifth to 97112", (Recode("97110", "97112", 1, 2_000),))
PAYER = "Summit Health PPO"
OTHER = "Lakeview HMO"
"""Payers of the sample clinic that are not Medicare."""
PROPOSAL = Scenario("The 2027 proposal", (ScheduleChange(year=2027),))


def plain(text: object) -> str:
    """What a reader reads: without Markdown's escapes."""
    return str(text).replace("\\", "")


def headline(app: AppTest) -> str:
    """The page's title as it is read, the color of PROPOSED aside."""
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


def at_medicare_rates(app: AppTest) -> AppTest:
    """Choose the other money for the whole page."""
    chosen: AppTest = choice(app, "what_if_money").set_value("medicare").run()
    return chosen


def shown_terms(priced: Priced) -> ContractBook:
    """The terms that the sample clinic's payments show, as the page takes them where nobody entered a contract."""
    found = discover(priced)
    return ContractBook(discovered=contracts_of(found, TODAY), alternatives=alternatives_of(found, TODAY))
