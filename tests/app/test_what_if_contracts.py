"""The What-if page on contracts, on who entered what, and on lines other than the sample clinic's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analysis.money import dollars
from analysis.whatif.scenarios import Contract, Provenance, Recode, Scenario, ScheduleChange, link
from pages._ui.kit.screens import DATA, PAYMENTS, REVENUE, WHAT_IF
from pages._ui.what_if.questions import QUESTIONS
from tests.app.page import NOWHERE, drop, press, said
from tests.app.what_if import (
    FIFTH,
    OTHER,
    PAYER,
    PROPOSAL,
    at_medicare_rates,
    errors,
    headline,
    looked_at,
    part,
    plain,
    table,
    widget,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    from analysis.payers import Payers


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
AT_100 = Scenario("Less", (Contract("medicare", payer=PAYER, percent_bp=10_000),))


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
    what_if: Callable[..., AppTest], payers: Payers
) -> None:
    paid = payers.revenue(AT_100)
    assert paid.difference_cents
    app = what_if(AT_100)
    assert dollars(abs(paid.difference_cents), places=0) in headline(app)
    part(app, "All payers")
    rows = table(app, "payer", "pays_by", "before_cents").set_index("payer")
    assert round(rows.loc[PAYER, "difference_cents"] * 100) == paid.difference_cents
    assert rows.loc[PAYER, "pays_by_after"] == "100% of Medicare"
    at_medicare_rates(app)
    assert "changes nothing for all lines at Medicare rates" in headline(app)


def test_a_scenario_s_contract_never_shows_outside_of_it(what_if: Callable[..., AppTest]) -> None:
    app = what_if()
    cards = plain(said(app))
    payments = headline(app.switch_page(PAYMENTS.path).run()), [plain(metric.value) for metric in app.metric]
    app.switch_page(WHAT_IF.path).run()
    [number] = [n for n, question in enumerate(QUESTIONS) if question.text.startswith("A payer goes to 100%")]
    next(button for button in app.button if button.key == f"what_if_start_{number}").click().run()
    assert looked_at(app).of(Contract)
    app.switch_page(PAYMENTS.path).run()
    assert (headline(app), [plain(metric.value) for metric in app.metric]) == payments
    press(app.switch_page(WHAT_IF.path).run(), "Remove scenario")
    assert plain(said(app)) == cards


def test_one_fifth_to_97112_on_the_sample_clinic(payers_of_dates: Payers) -> None:
    per_payer = payers_of_dates.revenue(FIFTH).per_payer
    found = dict(per_payer.select("payer", "difference_cents").iter_rows())
    assert found[OTHER] == 0, "a rate per visit"
    assert found["Evergreen Medicare Advantage"] == 22_642
    assert found["Granite Mutual"] == 22_138, "58% of what 97112 is charged more in each year"
    assert per_payer["unmoved_units"].sum() == per_payer["unknown_units"].sum() == 0


def test_a_payer_at_100_percent_starts_from_its_real_terms(payers_of_dates: Payers) -> None:
    found = payers_of_dates.revenue(AT_100)
    row = found.per_payer.row(0, named=True)
    assert (row["payer"], row["difference_cents"]) == (PAYER, -2_596_018)
    assert row["share_of_medicare"] == pytest.approx(1.456, abs=0.001)
    [readings] = found.readings
    assert [one.difference_cents for one in readings.each] == [-2_596_018, -2_792_578]
    assert found.coverage.part == "99.9% of your allowed dollars", "hot packs, which Medicare does not pay"


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
    assert "as your payers pay, on the visits of Mar 2–Mar 3, 2026" in headline(app)
    assert headline(app).endswith("; covers 74% of your charges")
    assert "1 payer with unknown terms is left out: Aetna." in plain(said(app))
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
