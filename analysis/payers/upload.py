"""Contracts from a practice's own table: one row per payer, or one row per payer and code."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TYPE_CHECKING, Any

from analysis.errors import BadInput
from analysis.ingest import read_table
from analysis.payers.book import BASES
from analysis.payers.discovery.contracts import contract_of
from analysis.payers.discovery.texts import read_terms
from analysis.system.toml_data import load, owners
from analysis.whatif.scenarios import check_contracts
from analysis.whatif.scenarios.files import contract_from, decoded, read_contracts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from analysis.ingest.read.raw_table import RawTable
    from analysis.whatif.scenarios import Contract

_TODO = "correct the cell; see docs/what-if.md for what a contract may contain"
_LEAST_SHARE = Decimal("0.05")
"""The least share of Medicare or of the charge that is believed: 1.1% is rather 110%."""
_NUMBERS = ("percent", "visit", "visit_cap", "fee")
_YES = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}


@cache
def _headings() -> Mapping[str, str]:
    """Map each heading (letters and digits only) to an entry (data/ingest/contract_headings.toml)."""
    table = load("ingest/contract_headings.toml", {"headings": {"*": [str]}})["headings"]
    normalized = {entry: map(_plain, (entry, *names)) for entry, names in table.items()}
    return owners(normalized, "ingest/contract_headings.toml", "headings")


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9%]", "", text.lower())


def read_upload(data: bytes, name: str) -> tuple[Contract, ...]:
    """Read the contracts of a file: TOML as saved by RevMix, or a CSV or Excel table.

    A table has a column payer or payer class, and what the basis needs: percent (110%, or 1.1), visit, code and fee
    (one row per code), and optionally basis, year, locality, mppr, visit cap. Without a basis, the columns that are
    filled in decide.

    Raises
    ------
    BadInput
        Naming file, row and column of the fault.
    """
    if name.lower().endswith(".toml"):
        return read_contracts(decoded(data, name), name)
    table = read_table(data, name, headings=(*_headings(), "terms", "since"))
    if {"payer", "basis", "terms"} <= {_plain(heading) for heading in table.headings}:
        return _discovered(table, name)
    entries = {heading: _headings()[_plain(heading)] for heading in table.headings if _plain(heading) in _headings()}
    if not {"payer", "payer_class"} & set(entries.values()):
        raise BadInput(
            f"the headings {', '.join(table.headings[:8])}",
            expected="a column Payer or Payer class",
            todo="add it, or name the columns as in docs/what-if.md",
            file=name,
            row=table.header_row,
        )
    contract_rows: dict[tuple[str | None, str | None], tuple[int, dict[str, Any]]] = {}
    for index, row in enumerate(table.frame.iter_rows(named=True)):
        number = table.first_row + index
        cells = {entry: (heading, (row[heading] or "").strip()) for heading, entry in entries.items()}
        entries_of_row = {
            entry: _value(entry, text, name, number, heading) for entry, (heading, text) in cells.items() if text
        }
        if entries_of_row:
            _add(contract_rows, entries_of_row, name, number)
    contracts = tuple(_contract(entries_of_row, name, number) for number, entries_of_row in contract_rows.values())
    if not contracts:
        raise BadInput("no contracts", expected="one row per payer", todo="fill in the table", file=name)
    check_contracts(contracts)
    return contracts


def _discovered(table: RawTable, name: str) -> tuple[Contract, ...]:
    """Read contracts as `revmix contracts` writes them; of rows that fit alike the first counts."""
    headings = {_plain(heading): heading for heading in table.headings}
    contracts: dict[tuple[str, date | None], Contract] = {}
    for index, row in enumerate(table.frame.iter_rows(named=True)):
        number = table.first_row + index
        cells = {column: (row[heading] or "").strip() for column, heading in headings.items()}
        payer, basis, day = cells["payer"], cells["basis"], cells.get("since", "")
        if not payer or basis == "unknown":
            continue
        column = "terms"
        try:
            terms = read_terms(basis, cells["terms"])
            column = "since"
            since = date.fromisoformat(day[: len("2026-04-01")]) if day else None
        except ValueError as error:
            found, expected = error.args if len(error.args) > 1 else (repr(day), "a day such as 2026-04-01")
            raise BadInput(
                found, expected=expected, todo=_TODO, file=name, row=number, column=headings[column]
            ) from None
        contracts.setdefault((payer, since), contract_of(payer, terms, since))
    if not contracts:
        raise BadInput("no terms of any payer", expected="one row per payer", todo="fill in the table", file=name)
    check_contracts(contracts.values())
    return tuple(contracts.values())


def _value(entry: str, text: str, name: str, number: int, heading: str) -> object:
    """Read a cell as a contract entry."""

    def refused(expected: str) -> BadInput:
        return BadInput(repr(text), expected=expected, todo=_TODO, file=name, row=number, column=heading)

    if entry in _NUMBERS:
        return _number(entry, text, refused)
    if entry == "year":
        if not re.fullmatch(r"\d{4}(\.0)?", text):
            raise refused("a year such as 2025")
        return int(text[:4])
    if entry == "mppr":
        if text.lower() not in _YES:
            raise refused("yes or no")
        return _YES[text.lower()]
    if entry == "code":
        return text.upper().removesuffix(".0")
    return _basis(text) if entry == "basis" else text


def _number(entry: str, text: str, refused: Callable[[str], BadInput]) -> Decimal:
    """Read a percentage as a share, or dollars."""
    try:
        value = Decimal(text.replace("$", "").replace(",", "").replace("%", "").strip())
    except InvalidOperation:
        raise refused("a percentage such as 110%" if entry == "percent" else "dollars such as 31.50") from None
    if not value.is_finite():
        raise refused("a number")
    if value <= 0:
        raise refused("a number above zero")
    if entry != "percent":
        return value
    # 110 or 10 means 110% or 10%: nobody pays five times Medicare or more.
    share = value / 100 if "%" in text or value >= 5 else value  # noqa: PLR2004
    if share < _LEAST_SHARE:
        raise refused(f"a percentage such as 110%, or {value * 100:.12g}% if that many times is meant")
    return share


def _basis(text: str) -> str:
    """Return the basis by its name in files or on screen ("Percent of Medicare")."""
    by_name = {_plain(words): basis for basis, words in BASES.items()}
    return by_name.get(_plain(text), text.lower())


def _add(
    contract_rows: dict[tuple[str | None, str | None], tuple[int, dict[str, Any]]],
    entries: dict[str, Any],
    name: str,
    number: int,
) -> None:
    """Add a row: a new contract, or one more fee of a payer."""
    payer_key = (entries.get("payer"), None if entries.get("payer") else entries.get("payer_class"))
    if payer_key == (None, None):
        raise BadInput("no payer", expected="a payer or payer class", todo=_TODO, file=name, row=number)
    if entries.get("payer"):
        entries.pop("payer_class", None)
    code, fee = entries.pop("code", None), entries.pop("fee", None)
    if (code is None) != (fee is None):
        raise BadInput(
            "a code without a fee" if fee is None else "a fee without a code",
            expected="both",
            todo=_TODO,
            file=name,
            row=number,
        )
    if code is None and payer_key in contract_rows:
        raise BadInput(
            f"a second row for {payer_key[0] or payer_key[1]}",
            expected="one row per payer",
            todo=_TODO,
            file=name,
            row=number,
        )
    _, contract = contract_rows.setdefault(payer_key, (number, entries))
    for entry, value in entries.items():
        if contract.setdefault(entry, value) != value:
            raise BadInput(
                f"{value} for {payer_key[0] or payer_key[1]}, after {contract[entry]} in an earlier row",
                expected="the same value in every row of a payer",
                todo=_TODO,
                file=name,
                row=number,
                column=entry,
            )
    if code is not None:
        fees = contract.setdefault("fees", {})
        if code in fees:
            raise BadInput(f"{code} twice", expected="each code once", todo=_TODO, file=name, row=number)
        fees[code] = fee


def _contract(entries: dict[str, Any], name: str, number: int) -> Contract:
    basis = next((basis for key, basis in _DECIDES.items() if key in entries), "observed")
    try:
        return contract_from({"basis": basis} | entries, "contract")
    except BadInput as error:
        column = (error.column or "").removeprefix("contract").lstrip(", ") or None
        raise BadInput(
            error.found, expected=error.expected, todo=error.todo, file=name, row=number, column=column
        ) from error


_DECIDES = {"fees": "fees", "visit": "visit", "percent": "medicare"}
"""The basis of a row that names none, by the columns it fills in."""
