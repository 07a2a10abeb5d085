"""All payers: how each one pays, from a contract or its past payments, and its revenue before and after."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

from analysis.errors import BadInput, RevMixError
from analysis.money import BASIS
from analysis.payers import BASES, Revenue, in_force, read_upload
from analysis.whatif.scenarios import Contract, check_contracts, contracts_toml
from pages._ui.data.dropped import take
from pages._ui.kit import contracts, shell, tables
from pages._ui.kit.text import safe
from pages._ui.what_if import state
from pages._ui.what_if.words import change

if TYPE_CHECKING:
    from pages._ui.kit.view import View

NONCE = "what_if_contracts_nonce"
BY_NAME = {name: basis for basis, name in BASES.items()}
DEFAULT = "Default"
COLUMNS = ("Payer", "Class", "Pays by", "Percent", "Fee schedule year", "MPPR", "Per visit", "Cap per visit")


def show(view: View, revenue: Revenue) -> None:
    """Show revenue by payer, then the contracts to edit."""
    st.header(f"All payers: {safe(change(revenue.difference_cents, revenue.before_cents))}", anchor=False)
    tables.show(
        _columns(revenue.per_payer),
        alt="Revenue of each payer before and after",
        file_name="revmix_payers.csv",
        headings={
            "payer": "Payer",
            "share_of_medicare": "Share of Medicare",
            "pays_by": "Pays by",
            "pays_by_after": "Pays by, scenario",
            "before_cents": "Before",
            "after_cents": "After",
            "difference_cents": "Difference",
            "units": "Units",
            "unknown_units": "Units without an amount",
            "unmoved_units": "Units not recoded",
        },
    )
    shell.notes(revenue.notes)
    _readings(revenue)
    _shown_by_payments(view)
    st.subheader("How your payers pay", anchor=False)
    contracts.show_unreadable()
    _editor(view)
    _files()


def _readings(revenue: Revenue) -> None:
    """Show what changes under each reading of a payer's terms, where its payments leave more than one."""
    rows = [
        (readings.payer, reading.condition, reading.before_cents, reading.after_cents, reading.difference_cents)
        for readings in revenue.readings
        for reading in readings.each
    ]
    if not rows:
        return
    st.subheader("Payers whose payments can be read in more than one way", anchor=False)
    headings = {
        "payer": "Payer",
        "condition": "Reading",
        "before_cents": "Before",
        "after_cents": "After",
        "difference_cents": "Difference",
    }
    tables.show(
        pl.DataFrame(rows, schema=list(headings), orient="row"),
        alt="Revenue of a payer under each reading of its terms",
        file_name="revmix_readings.csv",
        headings=headings,
        total="Totals use each payer's first row. Only the paper contract tells which one holds.",
    )


def _shown_by_payments(view: View) -> None:
    """Show the terms that payments show, with their evidence, and enter them as contracts at a click."""
    st.subheader("What your payments show", anchor=False)
    tables.show(
        contracts.discovered(view.priced).in_words(),
        alt="The terms that each payer's payments show",
        file_name="revmix_terms.csv",
        headings={
            "payer": "Payer",
            "terms": "Terms",
            "since": "Since",
            "visits": "Visits",
            "visits_explained": "To the cent",
        },
    )
    st.caption(
        "Read off the amounts each payer allowed. Two rows of one payer and date fit equally well. Check them against "
        "the paper contract: it alone tells whether a change is a new contract or an underpayment."
    )
    entered = contracts.book().contracts
    missing = tuple(each for each in contracts.terms_book(view.priced).every if each not in entered)
    if st.button("Enter these terms as contracts", disabled=not missing, key="contracts_enter_shown"):
        contracts.use((*entered, *missing))
        st.session_state[NONCE] = st.session_state.get(NONCE, 0) + 1
        st.rerun()


def _columns(per_payer: pl.DataFrame) -> pl.DataFrame:
    """Drop the empty columns: the scenario's way of paying where nothing differs, and counts that are all zero."""
    pays_the_same = per_payer.select((pl.col("pays_by") == pl.col("pays_by_after")).all()).item()
    empty = [name for name in ("unknown_units", "unmoved_units") if not per_payer[name].sum()]
    amounts, counts = ("before_cents", "after_cents", "difference_cents"), ("units", "unknown_units", "unmoved_units")
    visible = per_payer.select("payer", *amounts, "share_of_medicare", "pays_by", "pays_by_after", *counts)
    return visible.drop([*empty, *(["pays_by_after"] if pays_the_same else [])])


def _editor(view: View) -> None:
    """Edit one row for each payer; an empty row follows its class's contract or the default."""
    book = contracts.book()
    pairs = view.priced.lines.select("payer", "payer_class").unique().cast(pl.String)
    rows = [_row(payer, payer_class) for payer, payer_class in pairs.drop_nulls("payer").sort("payer").iter_rows()]
    classes: list[str] = pairs["payer_class"].unique().sort().to_list()
    rows += [_class_row(payer_class) for payer_class in classes]
    nonce = st.session_state.setdefault(NONCE, 0)
    money = st.column_config.NumberColumn(format="dollar", min_value=0.01, max_value=10_000.0)
    edited = tables.edit(
        pl.DataFrame(rows, schema=_SCHEMA, orient="row"),
        alt="How each payer pays",
        units={"Percent": "percent", "Fee schedule year": "plain", "Per visit": "cents", "Cap per visit": "cents"},
        fixed=["Payer", "Class"],
        height="content",
        key=f"contracts_{nonce}",
        config={
            "Pays by": st.column_config.SelectboxColumn(options=[DEFAULT, *BY_NAME], required=True),
            "Percent": st.column_config.NumberColumn(format="%.2f%%", min_value=0.01, max_value=1_000.0),
            "Fee schedule year": st.column_config.NumberColumn(format="%d", min_value=2020, max_value=2100),
            "Per visit": money,
            "Cap per visit": money,
        },
    )
    try:
        contracts_read = [_contract(row) for row in edited.iter_rows(named=True)]
        entered = tuple(contract for contract in contracts_read if contract is not None)
        others = tuple(contract for contract in book.contracts if not _is_shown(contract, pairs))
        check_contracts((*others, *entered))
    except RevMixError as error:
        shell.problem(error)
        return
    if {*others, *entered} != set(book.contracts):
        contracts.use((*others, *entered))
        st.rerun()
    for contract in book.contracts:
        if contract.fees:
            st.caption(safe(f"{contract.whose}: {contract.terms}"))
    st.caption(
        "Default: Medicare pays by its rules, and every other payer by the terms its payments show. A payer whose "
        "payments show none is left out. To use fees per code, upload a table with payer, code and fee. A class's row "
        "applies to its payers without their own contract."
    )


_SCHEMA = dict(
    zip(
        COLUMNS,
        (pl.String, pl.String, pl.String, pl.Float64, pl.Int64, pl.Boolean, pl.Float64, pl.Float64),
        strict=True,
    )
)


def _row(payer: str, payer_class: str) -> tuple[Any, ...]:
    contract = _shown("payer", payer)
    return (payer, payer_class, *_cells(contract))


def _class_row(payer_class: str) -> tuple[Any, ...]:
    contract = _shown("payer_class", payer_class)
    return (f"All of {payer_class}", payer_class, *_cells(contract))


def _cells(contract: Contract | None) -> tuple[Any, ...]:
    if contract is None:
        return DEFAULT, None, None, True, None, None
    percent = None if contract.percent_bp is None else contract.percent_bp * 100 / BASIS
    visit, cap = (None if cents is None else cents / 100 for cents in (contract.visit_cents, contract.visit_cap_cents))
    return BASES[contract.basis], percent, contract.year, contract.mppr, visit, cap


def _contract(row: dict[str, Any]) -> Contract | None:
    """Return an edited row's contract; None for the default. An unchanged one keeps what the table does not show."""
    if row["Pays by"] == DEFAULT:
        return None
    basis = BY_NAME[row["Pays by"]]
    of_class = row["Payer"] == f"All of {row['Class']}"
    scope: dict[str, Any] = {"payer_class": row["Class"]} if of_class else {"payer": row["Payer"]}
    [(field, name)] = scope.items()
    current = _shown(field, name)
    missing = {"medicare": "Percent", "charges": "Percent", "visit": "Per visit"}.get(basis)
    if missing and row[missing] is None:
        # The default applies until the number is entered too.
        st.caption(safe(f"{row['Payer']}: {row['Pays by']} needs a number under {missing}."))
        return None
    if basis == "fees" and (current is None or not current.fees):
        raise BadInput(
            f"{row['Payer']} with fees per code",
            expected="a fee for at least one code",
            todo="upload a table of its fees",
        )
    base = Contract(basis, **scope) if current is None or current.basis != basis else current
    return replace(
        base,
        percent_bp=round(row["Percent"] * BASIS / 100) if basis in {"medicare", "charges"} else None,
        year=row["Fee schedule year"] if basis == "medicare" else None,
        mppr=bool(row["MPPR"]) if basis == "medicare" else True,
        visit_cents=round(row["Per visit"] * 100) if basis == "visit" else None,
        visit_cap_cents=None if row["Cap per visit"] is None else round(row["Cap per visit"] * 100),
    )


def _is_shown(contract: Contract, pairs: pl.DataFrame) -> bool:
    """Tell whether the table shows a contract: its payer or class has a row, and none of its contracts is later."""
    if contract.payer is not None:
        return contract.payer in set(pairs["payer"]) and contract == _shown("payer", contract.payer)
    return contract.payer_class in set(pairs["payer_class"]) and contract == _shown("payer_class", contract.payer_class)


def _shown(field: str, name: str | None) -> Contract | None:
    """Return the latest contract of a payer or a class: the one the table shows."""
    of_name = (contract for contract in contracts.book().contracts if getattr(contract, field) == name)
    return in_force(of_name, None)


def _files() -> None:
    """Upload, save or download the contracts."""
    nonce = st.session_state[NONCE]
    file = st.file_uploader("Contracts: CSV, Excel or TOML", key=f"contracts_file_{nonce}")
    if file is not None:
        try:
            [(title, data)] = take([file])
            uploaded = read_upload(data, title)
            contracts.use(contracts.book().under(uploaded).contracts)
        except RevMixError as error:
            state.set_error(error)
        st.session_state[NONCE] = nonce + 1
        st.rerun()
    entered = contracts.book().contracts
    with st.container(horizontal=True):
        if st.button("Save on this computer", icon=":material/save:", disabled=not entered, key="contracts_keep"):
            try:
                contracts.save()
                st.toast("Contracts saved")
            except RevMixError as error:
                shell.problem(error)
        st.download_button(
            "Download",
            lambda: contracts_toml(entered),
            "contracts.toml",
            disabled=not entered,
            key="contracts_download",
            on_click="ignore",
        )
        if st.button("Clear all contracts", disabled=not entered, type="tertiary", key="contracts_clear"):
            contracts.use(())
            st.session_state[NONCE] = nonce + 1
            st.rerun()
