"""The Contracts page: what each payer pays, what is entered, kept and removed, and what is refused with a word."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from analysis.whatif.scenarios import Contract, store
from pages._ui.kit.screens import CONTRACTS, DATA, PAYMENTS
from tests.app.page import drop, press, said
from tests.app.what_if import OTHER, PAYER, choice, errors, headline, plain, table
from tests.payers.in_network.build import item, rate, whole
from tests.payers.in_network.build import price as negotiated

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamlit.testing.v1 import AppTest


@pytest.fixture
def page(open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], AppTest]:
    """Open the page with the sample clinic, and with what is kept in a folder of its own."""
    monkeypatch.setenv("REVMIX_HOME", str(tmp_path))
    return lambda: open_page(CONTRACTS.path, sample=True)


def upload(app: AppTest, name: str, content: str) -> AppTest:
    box = next(box for box in app.file_uploader if str(box.key).startswith("contracts_file"))
    return box.set_value((name, content.encode(), "text/csv")).run()


def field(app: AppTest, kind: str, entry: str) -> Any:
    """A field of the form of one contract."""
    return next(each for each in getattr(app, kind) if str(each.key).endswith(f"_{entry}"))


def in_the_book(app: AppTest) -> tuple[Contract, ...]:
    contracts: tuple[Contract, ...] = app.session_state["contracts"].contracts
    return contracts


def terms(app: AppTest) -> dict[str, tuple[str, str]]:
    """Payer -> its terms and where they come from, as the table has them."""
    rows = table(app, "payer", "terms", "origin")
    return {row.payer: (row.terms, row.origin) for row in rows.itertuples()}


def test_every_payer_has_its_terms_their_evidence_and_their_source(page: Callable[[], AppTest]) -> None:
    app = page()
    assert headline(app).endswith("We know the terms of 9 of 9 payers")
    assert terms(app)[OTHER][0] == "$88.00 a visit"
    assert terms(app)[OTHER][1].startswith("Read off 404 visits")
    assert terms(app)["Medicare Part B"][0] == "Medicare's rules"
    rows = table(app, "payer", "terms", "origin").set_index("payer")
    assert rows.loc[OTHER, "evidence"] == "396 of 404"
    assert rows.loc[PAYER, "since"].date() == date(2026, 4, 1)


def test_what_payments_show_is_entered_for_all_kept_and_removed(page: Callable[[], AppTest]) -> None:
    app = page()
    app.button("contracts_enter_shown").click().run()
    assert not errors(app)
    assert app.button("contracts_enter_shown").disabled
    assert terms(app)[OTHER][1].startswith("Read off 404 visits")
    app.button("contracts_keep").click().run()
    kept = {(each.payer, each.since) for each in store.load_contracts().contracts}
    assert {(PAYER, None), (PAYER, date(2026, 4, 1))} <= kept
    app.button("contracts_clear").click().run()
    assert len(store.load_contracts().contracts) == len(kept), "the file stays as it is until it is saved"
    app.button("contracts_keep").click().run()
    assert store.load_contracts().contracts == ()


def test_one_payer_shows_its_evidence_and_the_visits_that_do_not_fit(page: Callable[[], AppTest]) -> None:
    app = page()
    app.selectbox("contracts_payer").set_value(OTHER).run()
    assert f"{OTHER}: $88.00 a visit, 396 of 404 visits to the cent since Nov 2024" in plain(said(app))
    misfits = table(app, "codes", "by_terms_cents", "why")
    assert len(misfits) == 8
    assert not {"patient_key", "visit_key", "claim_number", "line_id"} & set(misfits)
    app.button("contracts_enter_one").click().run()
    [contract] = in_the_book(app)
    assert (contract.payer, contract.visit_cents, contract.provenance.entered_by) == (OTHER, 8_800, "RevMix")


def test_a_contract_is_entered_by_hand_and_every_refusal_has_a_word(page: Callable[[], AppTest]) -> None:
    app = page()
    app.selectbox("contracts_payer").set_value(OTHER).run()
    app.button("contracts_edit_one").click().run()
    assert field(app, "text_input", "visit").value == "88.00"
    field(app, "text_input", "visit").set_value("")
    field(app, "text_input", "visit_cap").set_value("-5")
    field(app, "text_input", "assistants").set_value("850")
    app.button("contract_enter").click().run()
    assert len(errors(app)) == 3
    assert all(word in " ".join(errors(app)) for word in ("an empty field", "negative", "at most 100%"))
    assert field(app, "text_input", "visit_cap").value == "-5", "nothing that was typed is lost"
    assert in_the_book(app) == ()
    field(app, "text_input", "visit").set_value("1,100")
    field(app, "text_input", "visit_cap").set_value("")
    field(app, "text_input", "assistants").set_value("85")
    app.text_input("contracts_who").set_value("Dana")
    app.button("contract_enter").click().run()
    [contract] = in_the_book(app)
    assert (contract.visit_cents, contract.assistants_bp, contract.provenance.entered_by) == (110_000, 8_500, "Dana")
    assert terms(app)[OTHER][1].startswith("Entered by Dana")
    app.selectbox("contracts_payer").set_value(OTHER).run()
    assert "The payments show something else: $88.00 a visit" in plain(" ".join(each.value for each in app.warning))


def test_a_contract_of_a_payer_that_no_line_names_is_said_renamed_and_removed(page: Callable[[], AppTest]) -> None:
    store.save_contracts(
        [Contract("visit", payer="Lakeview", visit_cents=8_000), Contract("visit", payer="Zeta", visit_cents=1)],
        store.load_contracts(),
    )
    app = page()
    assert "No line of Lakeview; did you mean Lakeview HMO?" in plain(said(app))
    assert "No line of Zeta" in plain(said(app))
    app.button("contract_rename_0").click().run()
    assert [each.payer for each in in_the_book(app)] == ["Zeta", OTHER]
    app.button("contract_remove_0").click().run()
    assert [each.payer for each in in_the_book(app)] == [OTHER]


def test_a_table_is_read_and_its_unknown_columns_are_named(page: Callable[[], AppTest]) -> None:
    app = upload(page(), "contracts.csv", "Payer,Pays by,Percent,Remarks\nlakeview-hmo,Percent of Medicare,1.1,x\n")
    assert not errors(app)
    assert "This column was not read: Remarks" in plain(said(app))
    assert terms(app)[OTHER][0] == "110% of Medicare"
    upload(app, "contracts.csv", "Payer,Percent\nAcme,much\n")
    [message] = errors(app)
    assert "much" in message
    assert len(in_the_book(app)) == 1


def test_a_fee_table_asks_whose_it_is_and_is_compared(page: Callable[[], AppTest]) -> None:
    app = upload(page(), "lakeview fees.csv", "CPT,Rate\n97110,31.50\n97112,33\n97530,\n")
    assert app.selectbox("contracts_whose_fees").value == OTHER
    app.button("contracts_use_fees").click().run()
    [contract] = in_the_book(app)
    assert (contract.payer, contract.fees) == (OTHER, (("97110", 3_150), ("97112", 3_300)))
    assert "Row without a code or a fee: 4." in plain(said(app))
    choice(app, "contracts_part").set_value("Compare payers").run()
    app.selectbox("contracts_fees_of").set_value(OTHER).run()
    assert f"On your own units, the fees of {OTHER} are 110% of Medicare and 42% of your charges" in plain(said(app))
    ranked = table(app, "payer", "payer_visit_cents", "share_of_charges")
    assert ranked["share_of_medicare_amount"].dropna().is_monotonic_decreasing


def test_a_payers_own_file_becomes_its_contract(page: Callable[[], AppTest], tmp_path: Path) -> None:
    ours = {"npi": [1_234_567_893], "tin": {"type": "ein", "value": "12-3456789"}}
    theirs = {"npi": [1_111_111_111], "tin": {"type": "ein", "value": "98-7654321"}}
    content = json.dumps(whole(item(rate(ours, negotiated(31.2)), rate(theirs, negotiated(36)))))
    app = page()
    choice(app, "contracts_part").set_value("A payer's own rate file").run()
    app.text_input("contracts_tin").set_value("12").run()
    box = next(box for box in app.file_uploader if str(box.key).startswith("contracts_in_network"))
    box.set_value(("acme.json", content.encode(), "application/json")).run()
    assert "a tax ID of 9 digits" in errors(app)[0]
    app.text_input("contracts_tin").set_value("12-3456789").run()
    path = tmp_path / "acme.json"
    path.write_text(content, encoding="utf-8")
    app.text_input("contracts_in_network_path").set_value(str(path)).run()
    app.button("contracts_in_network_read").click().run()
    assert "Your rates are below the median" in plain(said(app))
    rates = table(app, "rate_cents", "median_cents", "groups")
    assert float(rates["rate_cents"][0]) == 31.2
    app.selectbox("contracts_in_network_payer").set_value(OTHER).run()
    app.button("contracts_enter_rates").click().run()
    [contract] = in_the_book(app)
    assert (contract.payer, contract.fees) == (OTHER, (("97110", 3_120),))
    assert "acme.json" in contract.provenance.reason


FIVE_NAMES = (
    "Patient ID,DOS,CPT,Units,Charge,Payer,Clinic ZIP\n"
    "P1,3/2/2026,97110,2,120.00,Acme Health Insurance,45202\n"
    "P1,3/3/2026,97530,1,80.00,Acme Health Insurance,45202\n"
    "P2,3/3/2026,97110,1,70.00,Acme,45202\n"
    "P3,3/3/2026,97110,1,70.00,ACME INC.,45202\n"
    "P4,3/3/2026,97110,1,70.00,Acme HMO,45202\n"
)


def test_names_of_one_payer_are_joined_if_the_user_says_so(open_page: Callable[..., AppTest]) -> None:
    app = press(drop(open_page(DATA.path), ("june.csv", FIVE_NAMES.encode())), "Use these lines")
    app.switch_page(CONTRACTS.path).run()
    assert set(table(app, "payer", "terms")["payer"]) == {"Acme Health Insurance", "Acme", "ACME INC.", "Acme HMO"}
    app.button("contracts_join_yes_0").click().run()
    assert set(table(app, "payer", "terms")["payer"]) == {"Acme Health Insurance", "Acme HMO"}
    app.switch_page(PAYMENTS.path).run()
    assert list(app.multiselect("filter_payers").options) == ["Acme Health Insurance", "Acme HMO"]
    app.switch_page(CONTRACTS.path).run()
    app.button("contracts_names_apart").click().run()
    assert len(table(app, "payer", "terms")) == 4
