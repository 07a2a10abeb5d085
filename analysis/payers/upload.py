"""Contracts from a practice's own table: one row per payer, or one row per payer and code; and a payer's fee table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from analysis.errors import BadInput
from analysis.ingest import read_table
from analysis.lines.payers import payer_key
from analysis.payers.cells import contract_of_cells, plain, read_cell
from analysis.payers.discovery.contracts import contract_of
from analysis.payers.discovery.texts import read_terms
from analysis.system.toml_data import load, owners
from analysis.whatif.scenarios import check_contracts
from analysis.whatif.scenarios.files import decoded, read_contracts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analysis.ingest.read.raw_table import RawTable
    from analysis.whatif.scenarios import Contract

_TODO = "correct the cell (docs/what-if.md lists what a contract may contain)"
_WHOSE = ("payer", "payer_class")
_OF_A_CODE = ("code", "fee", "further_fee")
_MOST_NAMED = 8

Where = tuple[str, int]
"""A file's name and the number of a row."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What a file of contracts says.

    Attributes
    ----------
    contracts:
        The contracts.
    notes:
        A sentence for what was not read, such as columns nobody knows.
    """

    contracts: tuple[Contract, ...]
    notes: tuple[str, ...] = ()


class WithoutPayer(BadInput):
    """A table of codes and fees that does not say whose they are."""


@cache
def _headings() -> Mapping[str, str]:
    """Map each heading (letters and digits only) to an entry (data/ingest/contract_headings.toml)."""
    table = load("ingest/contract_headings.toml", {"headings": {"*": [str]}})["headings"]
    normalized = {entry: map(plain, (entry, *names)) for entry, names in table.items()}
    return owners(normalized, "ingest/contract_headings.toml", "headings")


def read_upload(data: bytes, name: str, *, payer: str | None = None) -> Upload:
    """Read the contracts of a file: TOML as saved by RevMix, or a CSV or Excel table.

    A table has a column payer or payer class, and what the basis needs: percent (110%, or 1.1), visit, code and fee
    (one row per code), and as needed the other entries of a contract. Without a basis, the columns that are filled in
    decide. A payer may have several contracts, each from another day on.

    Parameters
    ----------
    payer:
        Whose fees they are, for a table of codes and fees that does not say so.

    Raises
    ------
    WithoutPayer
        For a table of codes and fees that does not say whose they are, where `payer` does not either.
    BadInput
        Naming file, row and column of the fault.
    """
    if name.lower().endswith(".toml"):
        return Upload(read_contracts(decoded(data, name), name))
    table = read_table(data, name, headings=(*_headings(), "terms", "since"))
    if {"payer", "basis", "terms"} <= {plain(heading) for heading in table.headings}:
        return Upload(_discovered(table, name))
    entries = _entries(table, name)
    notes = [_unread([heading for heading in table.headings if heading not in entries])]
    if not set(_WHOSE) & set(entries.values()):
        if not {"code", "fee"} <= set(entries.values()):
            raise _without(table, name, BadInput, "a column Payer or Payer class")
        if payer is None:
            raise _without(table, name, WithoutPayer, "a column Payer")
        contract, left_out = _fee_table(table, entries, name, payer)
        return Upload((contract,), tuple(note for note in (*notes, left_out) if note))
    collected: dict[object, tuple[int, dict[str, Any]]] = {}
    for number, cells in _rows(table, entries):
        if entries_of_row := _read_row(cells, name, number):
            _add(collected, entries_of_row, name, number)
    contracts = tuple(_contract(entries_of_row, name, number) for number, entries_of_row in collected.values())
    if not contracts:
        raise BadInput("no contracts", expected="one row per payer", todo="fill in the table", file=name)
    check_contracts(contracts)
    return Upload(contracts, tuple(note for note in notes if note))


def _entries(table: RawTable, name: str) -> dict[str, str]:
    """Return the entry of each heading that is known."""
    known = _headings()
    entries = {heading: known[plain(heading)] for heading in table.headings if plain(heading) in known}
    for entry in dict.fromkeys(entries.values()):
        same = [heading for heading, one in entries.items() if one == entry]
        if len(same) > 1:
            raise BadInput(
                f"the columns {' and '.join(same)}, which mean the same",
                expected="one of them",
                todo="remove or rename the others",
                file=name,
                row=table.header_row,
            )
    return entries


def _unread(headings: list[str]) -> str:
    """Name the columns that are not read; empty if there is none."""
    if not headings:
        return ""
    more = f" and {len(headings) - _MOST_NAMED} more" if len(headings) > _MOST_NAMED else ""
    columns = "This column was" if len(headings) == 1 else "These columns were"
    return f"{columns} not read: {', '.join(headings[:_MOST_NAMED])}{more}. docs/what-if.md lists the headings."


def _without(table: RawTable, name: str, kind: type[BadInput], expected: str) -> BadInput:
    return kind(
        f"the headings {', '.join(table.headings[:_MOST_NAMED])}",
        expected=expected,
        todo="add it, or name the columns as in docs/what-if.md",
        file=name,
        row=table.header_row,
    )


def _rows(table: RawTable, entries: Mapping[str, str]) -> Iterator[tuple[int, dict[str, tuple[str, str]]]]:
    """Yield the number of each row and, by entry, its heading and what stands there; empty cells are left out."""
    for index, row in enumerate(table.frame.iter_rows(named=True)):
        cells = {entry: (heading, (row[heading] or "").strip()) for heading, entry in entries.items()}
        yield table.first_row + index, {entry: cell for entry, cell in cells.items() if cell[1]}


def _read_row(cells: Mapping[str, tuple[str, str]], name: str, number: int) -> dict[str, Any]:
    """Return a row's entries."""
    if "percent" in cells and "percent_of_charge" in cells:
        raise BadInput(
            f"both {cells['percent'][0]} and {cells['percent_of_charge'][0]}",
            expected="one of the two",
            todo=_TODO,
            file=name,
            row=number,
        )
    entries = {entry: _value(entry, text, name, number, heading) for entry, (heading, text) in cells.items()}
    if "percent_of_charge" in entries:
        share = entries.pop("percent_of_charge")
        entries = {"basis": "charges"} | entries | {"percent": share}
    return entries


def _value(entry: str, text: str, name: str, number: int, heading: str) -> object:
    def refused(expected: str) -> BadInput:
        return BadInput(repr(text), expected=expected, todo=_TODO, file=name, row=number, column=heading)

    return read_cell("percent" if entry == "percent_of_charge" else entry, text, refused)


def _discovered(table: RawTable, name: str) -> tuple[Contract, ...]:
    """Read contracts as `revmix contracts` writes them; of rows that fit alike the first counts."""
    headings = {plain(heading): heading for heading in table.headings}
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
        contracts.setdefault((payer_key(payer), since), contract_of(payer, terms, since))
    if not contracts:
        raise BadInput("no terms of any payer", expected="one row per payer", todo="fill in the table", file=name)
    check_contracts(contracts.values())
    return tuple(contracts.values())


def _fee_table(table: RawTable, entries: Mapping[str, str], name: str, payer: str) -> tuple[Contract, str]:
    """Read a payer's fee table; second, which of its rows are left out."""
    contract: dict[str, Any] = {"payer": payer}
    left_out = []
    for number, cells in _rows(table, entries):
        if "code" not in cells or "fee" not in cells:
            left_out += [str(number)] if cells else []
            continue
        row = {entry: cell for entry, cell in cells.items() if entry in _OF_A_CODE}
        _add_fee(contract, _read_row(row, name, number), name, number)
    if "fees" not in contract:
        raise BadInput("no fee for any code", expected="a row with a code and its fee", todo="fill it in", file=name)
    more = ", ..." if len(left_out) > _MOST_NAMED else ""
    rows = "Row" if len(left_out) == 1 else "Rows"
    note = f"{rows} without a code or a fee: {', '.join(left_out[:_MOST_NAMED])}{more}." if left_out else ""
    return _contract(contract, name, table.first_row), note


def _add(collected: dict[object, tuple[int, dict[str, Any]]], entries: dict[str, Any], name: str, number: int) -> None:
    """Add a row: a new contract, or one more fee of a payer."""
    if not any(entries.get(entry) for entry in _WHOSE):
        raise BadInput("no payer", expected="a payer or payer class", todo=_TODO, file=name, row=number)
    if entries.get("payer"):
        entries.pop("payer_class", None)
    whose = entries.get("payer") or entries["payer_class"]
    key = (payer_key(entries["payer"]) if entries.get("payer") else None, entries.get("payer_class"))
    period = (*key, entries.get("since"))
    of_code = {entry: entries.pop(entry) for entry in _OF_A_CODE if entry in entries}
    if not of_code and period in collected:
        raise BadInput(
            f"a second row for {whose}",
            expected="one row per payer, or a day in the column From that tells them apart",
            todo=_TODO,
            file=name,
            row=number,
        )
    _, contract = collected.setdefault(period, (number, entries))
    for entry, value in entries.items():
        if entry not in _WHOSE and contract.setdefault(entry, value) != value:
            raise BadInput(
                f"{value} for {whose}, after {contract[entry]} in an earlier row",
                expected="the same value in every row of a payer",
                todo=_TODO,
                file=name,
                row=number,
                column=entry,
            )
    if of_code:
        _add_fee(contract, of_code, name, number)


def _add_fee(contract: dict[str, Any], of_code: Mapping[str, Any], name: str, number: int) -> None:
    """Add a code's fee to a contract."""
    if "code" not in of_code or "fee" not in of_code:
        found = "a code without a fee" if "code" in of_code else "a fee without a code"
        raise BadInput(found, expected="both", todo=_TODO, file=name, row=number)
    code = of_code["code"]
    fees = contract.setdefault("fees", {})
    if code in fees:
        raise BadInput(f"{code} twice", expected="each code once", todo=_TODO, file=name, row=number)
    fees[code] = of_code["fee"]
    if of_code.get("further_fee", of_code["fee"]) != of_code["fee"]:
        contract.setdefault("further_fees", {})[code] = of_code["further_fee"]


def _contract(entries: dict[str, Any], name: str, number: int) -> Contract:
    basis = next((basis for key, basis in _DECIDES.items() if key in entries), None)
    if basis is None and "basis" not in entries:
        raise BadInput(
            f"no terms for {entries.get('payer') or entries.get('payer_class')}",
            expected="a percentage, a rate per visit, or codes with fees",
            todo="fill in the row, or remove it",
            file=name,
            row=number,
        )
    try:
        return contract_of_cells({"basis": basis} | entries)
    except BadInput as error:
        raise BadInput(
            error.found, expected=error.expected, todo=error.todo, file=name, row=number, column=error.column
        ) from error


_DECIDES = {"percent": "medicare", "visit": "visit", "fees": "fees"}
"""The basis of a row that names none, by the columns it fills in: a percent of Medicare may have fees too."""
