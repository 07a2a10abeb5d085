"""The What-if page on contracts, on who entered what, and on lines other than the sample clinic's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.money import dollars
from analysis.payers import observe, revenue
from analysis.whatif.scenarios import Contract, Provenance, Recode, Scenario, ScheduleChange, link
from pages._ui.kit.screens import DATA, REVENUE, WHAT_IF
from tests.app.page import NOWHERE, drop, press, said
from tests.app.what_if import (
    FIFTH,
    PAYER,
    PROPOSAL,
    errors,
    headline,
    looked_at,
    part,
    plain,
    shown_terms,
    table,
    widget,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    from analysis.pricing import Priced
    from analysis.whatif.visits import Cube


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
    paid = revenue(cube, less, shown_terms(priced), observe(priced.lines))
    assert paid.difference_cents
    app = what_if(less)
    assert "changes nothing for all lines at Medicare rates" not in headline(app), "the payers' figure comes first"
    assert dollars(abs(paid.difference_cents), places=0) in headline(app)
    part(app, "All payers")
    rows = table(app, "payer", "pays_by", "before_cents").set_index("payer")
    assert round(rows.loc[PAYER, "difference_cents"] * 100) == paid.difference_cents
    assert rows.loc[PAYER, "pays_by_after"] == "100% of Medicare"


def test_all_payers_lead_to_their_contracts(what_if: Callable[..., AppTest]) -> None:
    app = part(what_if(PROPOSAL), "All payers")
    app.button("to_contracts_what_if").click().run()
    assert "We know the terms of 9 of 9 payers" in headline(app)


# ----------------------------------------------------------------------------------------------------------- other data
UNPAID = (
    "Patient ID,DOS,CPT,Units,Charge,Payer,Clinic ZIP\n"
    "P1,3/2/2026,97110,2,120.00,Medicare,45202\n"
    "P1,3/2/2026,97530,1,80.00,Medicare,45202\n"
    "P2,3/3/2026,97110,1,70.00,Aetna,45202\n"
)


def test_without_payments_only_what_is_known_counts(open_page: Callable[..., AppTest]) -> None:
    app = press(drop(open_page(DATA.path), ("june.csv", UNPAID.encode())), "Use these lines")
    app.query_params["scenario"] = link.encode(FIFTH)
    app.switch_page(WHAT_IF.path).run()
    assert "at Medicare rates" in headline(app)
    assert not errors(app)
    part(app, "All payers")
    assert not errors(app)
    assert "have no amount" in plain(said(app))


def test_without_a_locality_the_page_says_what_is_missing(open_page: Callable[..., AppTest]) -> None:
    app = press(drop(open_page(DATA.path), ("nowhere.csv", NOWHERE.encode())), "Use these lines")
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
    app = press(drop(open_page(DATA.path), ("june.csv", NEW_CODE.encode())), "Use these lines")
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
