"""All payers: what each pays by, entered or observed, and the revenue of each before and after."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

from analysis.errors import BadInput, RevMixError
from analysis.money import BASIS
from analysis.payers import BASES, Revenue, in_words, read_upload
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


def show(seen: View, found: Revenue) -> None:
    """Revenue by payer, then the contracts to change."""
    st.header(f"All payers: {safe(change(found.difference_cents, found.before_cents))}", anchor=False)
    tables.show(
        _columns(found.per_payer),
        alt="Revenue of each payer before and after",
        file_name="revmix_payers.csv",
        headings={
            "payer": "Payer",
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
    shell.notes(found.notes)
    st.subheader("How your payers pay", anchor=False)
    contracts.say_broken()
    _editor(seen)
    _files()


def _columns(per_payer: pl.DataFrame) -> pl.DataFrame:
    """The columns that say something: what the scenario pays by where it differs, unknown units where there are."""
    same = per_payer.select((pl.col("pays_by") == pl.col("pays_by_after")).all()).item()
    quiet = [name for name in ("unknown_units", "unmoved_units") if not per_payer[name].sum()]
    amounts = ("before_cents", "after_cents", "difference_cents", "units", "unknown_units", "unmoved_units")
    shown = per_payer.select("payer", "pays_by", "pays_by_after", *amounts)
    return shown.drop([*quiet, *(["pays_by_after"] if same else [])])


def _editor(seen: View) -> None:
    """A row a payer; an empty one goes by its class's contract or by the default."""
    book = contracts.book()
    pairs = seen.priced.lines.select("payer", "payer_class").unique().cast(pl.String)
    rows = [_row(payer, group) for payer, group in pairs.drop_nulls("payer").sort("payer").iter_rows()]
    groups: list[str] = pairs["payer_class"].unique().sort().to_list()
    rows += [_class_row(group) for group in groups]
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
        made = [_contract(row) for row in edited.iter_rows(named=True)]
        entered = tuple(found for found in made if found is not None)
        others = tuple(own for own in book.contracts if not _shown(own, pairs))
        check_contracts((*others, *entered))
    except RevMixError as error:
        shell.problem(error)
        return
    if {*others, *entered} != set(book.contracts):
        contracts.use((*others, *entered))
        st.rerun()
    fees = [own for own in book.contracts if own.basis == "fees"]
    for own in fees:
        st.caption(safe(f"{own.payer or own.payer_class}: {in_words(book.terms(own.payer, own.payer_class or ''))}"))
    st.caption(
        "Default: Medicare pays by its rules. Every other payer pays what it paid here per unit of each code. "
        "To use fees per code, upload a table with payer, code and fee. A class's row applies to its payers that have "
        "no contract of their own."
    )


_SCHEMA = dict(
    zip(
        COLUMNS,
        (pl.String, pl.String, pl.String, pl.Float64, pl.Int64, pl.Boolean, pl.Float64, pl.Float64),
        strict=True,
    )
)


def _row(payer: str, group: str) -> tuple[Any, ...]:
    own = next((one for one in contracts.book().contracts if one.payer == payer), None)
    return (payer, group, *_cells(own))


def _class_row(group: str) -> tuple[Any, ...]:
    own = next((one for one in contracts.book().contracts if one.payer_class == group), None)
    return (f"All of {group}", group, *_cells(own))


def _cells(own: Contract | None) -> tuple[Any, ...]:
    if own is None:
        return DEFAULT, None, None, True, None, None
    percent = None if own.percent_bp is None else own.percent_bp * 100 / BASIS
    visit, cap = (None if cents is None else cents / 100 for cents in (own.visit_cents, own.visit_cap_cents))
    return BASES[own.basis], percent, own.year, own.mppr, visit, cap


def _contract(row: dict[str, Any]) -> Contract | None:
    """The contract of an edited row; None for the default. An unchanged one keeps what the table does not show."""
    if row["Pays by"] == DEFAULT:
        return None
    basis = BY_NAME[row["Pays by"]]
    of_class = row["Payer"] == f"All of {row['Class']}"
    whose: dict[str, Any] = {"payer_class": row["Class"]} if of_class else {"payer": row["Payer"]}
    held = next(
        (
            own
            for own in contracts.book().contracts
            if (own.payer, own.payer_class) == (whose.get("payer"), whose.get("payer_class"))
        ),
        None,
    )
    missing = {"medicare": "Percent", "charges": "Percent", "visit": "Per visit"}.get(basis)
    if missing and row[missing] is None:
        # Half entered: the default holds until the number is there.
        st.caption(safe(f"{row['Payer']}: enter {missing.lower()} to use {row['Pays by'].lower()}."))
        return None
    if basis == "fees" and (held is None or not held.fees):
        raise BadInput(
            f"{row['Payer']} with fees per code",
            expected="a fee for at least one code",
            todo="upload a table of its fees",
        )
    fixed = Contract(basis, **whose) if held is None or held.basis != basis else held
    return replace(
        fixed,
        percent_bp=round(row["Percent"] * BASIS / 100) if basis in {"medicare", "charges"} else None,
        year=row["Fee schedule year"] if basis == "medicare" else None,
        mppr=bool(row["MPPR"]) if basis == "medicare" else True,
        visit_cents=round(row["Per visit"] * 100) if basis == "visit" else None,
        visit_cap_cents=None if row["Cap per visit"] is None else round(row["Cap per visit"] * 100),
    )


def _shown(own: Contract, pairs: pl.DataFrame) -> bool:
    """Whether the table has a row for a contract."""
    return own.payer in set(pairs["payer"]) if own.payer is not None else own.payer_class in set(pairs["payer_class"])


def _files() -> None:
    """Upload, keep, download."""
    nonce = st.session_state[NONCE]
    file = st.file_uploader("Contracts: CSV, Excel or TOML", key=f"contracts_file_{nonce}")
    if file is not None:
        try:
            [(title, data)] = take([file])
            given = read_upload(data, title)
            contracts.use(contracts.book().under(given).contracts)
        except RevMixError as error:
            state.say(error)
        st.session_state[NONCE] = nonce + 1
        st.rerun()
    held = contracts.book().contracts
    with st.container(horizontal=True):
        if st.button("Save on this computer", icon=":material/save:", disabled=not held, key="contracts_keep"):
            try:
                contracts.save()
                st.toast("Contracts saved")
            except RevMixError as error:
                shell.problem(error)
        st.download_button(
            "Download",
            lambda: contracts_toml(held),
            "contracts.toml",
            disabled=not held,
            key="contracts_download",
            on_click="ignore",
        )
        if st.button("Clear all contracts", disabled=not held, type="tertiary", key="contracts_clear"):
            contracts.use(())
            st.session_state[NONCE] = nonce + 1
            st.rerun()
