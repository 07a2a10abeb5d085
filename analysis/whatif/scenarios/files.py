"""Scenarios as TOML files: read exactly, refused by naming the fault, written for people to edit.

A written file reads back to an equal scenario. docs/what-if.md describes the file.
"""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from analysis.errors import BadInput
from analysis.ingest.read.file_kinds import to_utf8
from analysis.whatif.scenarios.entries import TEXT, Key, Table, read_table, refuse_unknown, write_table, wrong_type
from analysis.whatif.scenarios.kinds import KINDS
from analysis.whatif.scenarios.kinds.contract import Contract, check_contract, check_contracts, check_terms
from analysis.whatif.scenarios.limits import counts
from analysis.whatif.scenarios.provenance import PROVENANCE, Provenance
from analysis.whatif.scenarios.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from analysis.whatif.scenarios.change import Change, Section

_TODO = "correct the file, or make the scenario on the What-if page and save it there"
_EXPECTED = 'a scenario file: lines such as name = "More 97112", in TOML'
_CONTRACT_HEAD = re.compile(r"\s*\[\[\s*contract\s*\]\]")
_AT_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")

TOP = (Key("name", "name", TEXT, required=True), Key("note", "note", TEXT))
"""The entries of a scenario itself."""
_HEAD = (
    "# A RevMix scenario: changes to the lines of an export. docs/what-if.md lists every entry.",
    "# Percentages are written as decimals (0.2 is 20%); anything left out stays unchanged.",
    "# entered_by, entered_on and reason may appear here and in every section.",
)


class _Entered(Protocol):
    """A record that says who entered it."""

    @property
    def provenance(self) -> Provenance: ...


# -------------------------------------------------------------------------------------------------------------- reading
def read(text: str, name: str) -> Scenario:
    """Read a scenario from a file's text.

    Parameters
    ----------
    name:
        What messages call the file.

    Raises
    ------
    BadInput
        Naming the file and the wrong change and entry, or the line that is not TOML.
    """
    try:
        table, kinds = _parse(text), {kind.section.name: kind for kind in KINDS}
        refuse_unknown(table, [*(key.name for key in (*TOP, *PROVENANCE)), *kinds], "")
        top_entries = {key: value for key, value in table.items() if key not in kinds}
        changes = [change for word, kind in kinds.items() if word in table for change in _read_kind(kind, table[word])]
        return Scenario(**_read(top_entries, TOP, ""), changes=tuple(changes))
    except BadInput as error:
        raise _in_file(error, name) from error


def read_bytes(data: bytes, name: str) -> Scenario:
    """Read a scenario file's bytes: UTF-8, with or without a mark, UTF-16 with one, or Windows' cp1252.

    Raises
    ------
    BadInput
        As `read`, and for bytes that are not text.
    """
    return read(decoded(data, name), name)


def decoded(data: bytes, name: str) -> str:
    """Decode a scenario or contract file. Raises BadInput if it is too large or not text."""
    if len(data) > counts().file_bytes:
        size, most = len(data), counts().file_bytes
        raise BadInput(f"a file of {size:,} bytes", expected=f"at most {most:,} bytes", todo=_TODO, file=name)
    try:
        return to_utf8(data, name)[0].decode("utf-8")
    except BadInput as error:
        raise BadInput("binary data, not text", expected=_EXPECTED, todo=_TODO, file=name, row=error.row) from error


def contract_from(table: object, name: str) -> Contract:
    """Read a ``[[contract]]`` table; `name` is what messages call it, such as ``contract 2``.

    Raises
    ------
    BadInput
        Naming the entry that is wrong, missing, or belongs to another basis.
    """
    fields = _read(table, Contract.section.keys, name)
    check_terms(fields["basis"], tuple(table) if isinstance(table, dict) else (), name)
    contract = Contract(**fields)
    check_contract(contract, name)
    return contract


def read_contracts(text: str, name: str) -> tuple[Contract, ...]:
    """Read a file that holds only contracts. Raises BadInput as `read` does."""
    try:
        table = _parse(text)
        refuse_unknown(table, [Contract.section.name], "")
        tables = _tables(Contract.section, table.get(Contract.section.name, []))
        contracts = tuple(
            contract_from(contract_entries, f"contract {position}")
            for position, contract_entries in enumerate(tables, start=1)
        )
        check_contracts(contracts)
    except BadInput as error:
        raise _in_file(error, name) from error
    return contracts


def read_good_contracts(text: str, name: str) -> tuple[tuple[Contract, ...], tuple[BadInput, ...]]:
    """Read the contracts of a text one by one, and return what is wrong with each unreadable one.

    The text is split at its ``[[contract]]`` lines, so that one wrong character costs one contract. Of conflicting
    contracts (two for one payer) the first counts.
    """
    lines = text.splitlines()
    heads = [number for number, line in enumerate(lines) if _CONTRACT_HEAD.match(line)]
    if not heads:
        return (), ()
    readable: list[Contract] = []
    broken: list[BadInput] = []
    for start, end in zip(heads, [*heads[1:], len(lines)], strict=True):
        # Empty lines before it keep its line numbers.
        part = "\n" * start + "\n".join(lines[start:end]) + "\n"
        try:
            contracts = read_contracts(part, name)
            check_contracts((*readable, *contracts))
        except BadInput as error:
            row = error.row if error.row is not None else start + 1
            broken.append(BadInput(error.found, expected=error.expected, todo=error.todo, file=name, row=row))
        else:
            readable += contracts
    return tuple(readable), tuple(broken)


def _parse(text: str) -> Table:
    try:
        return tomllib.loads(text.removeprefix("\ufeff"), parse_float=Decimal)
    except RecursionError as error:
        raise BadInput("lists or tables nested too deeply", expected=_EXPECTED, todo=_TODO) from error
    except ValueError as error:  # tomllib's own, and Python's for a whole number of thousands of digits
        position = _AT_LINE.search(str(error))
        problem = (
            _AT_LINE.sub("", str(error)) if isinstance(error, tomllib.TOMLDecodeError) else "a number that is too long"
        )
        row = int(position[1]) if position and position[1] else None
        raise BadInput(f"text that is not TOML ({problem})", expected=_EXPECTED, todo=_TODO, row=row) from error


def _in_file(error: BadInput, name: str) -> BadInput:
    return BadInput(
        error.found, expected=error.expected, todo=error.todo, file=name, row=error.row, column=error.column
    )


def _read(table: object, keys: tuple[Key, ...], name: str) -> dict[str, Any]:
    """Read a table's entries and who entered them, as arguments of its record."""
    fields = read_table(table, (*keys, *PROVENANCE), name)
    provenance = {key.field: fields.pop(key.field) for key in PROVENANCE if key.field in fields}
    return fields | {"provenance": Provenance(**provenance)}


def _tables(section: Section, value: object) -> list[object]:
    """Return the tables of a section that may have several."""
    if not isinstance(value, list):
        raise wrong_type(value, f"tables headed {section.head}", section.name, "double the brackets of the heading")
    return value


def _read_kind(kind: type[Change], value: object) -> list[Change]:
    section = kind.section
    if section.several:
        numbered = enumerate(_tables(section, value), start=1)
        return [_read_change(kind, table, f"{section.name} {position}") for position, table in numbered]
    if isinstance(value, list):
        raise wrong_type(value, f"one table headed {section.head}", section.name, "keep one, in single brackets")
    return [_read_change(kind, value, section.name)]


def _read_change(kind: type[Change], table: object, name: str) -> Change:
    section = kind.section
    if isinstance(table, dict) and not set(table) & {key.name for key in section.keys}:
        _refuse_empty(section, table, name)
    if kind is Contract:
        return contract_from(table, name)
    return kind(**_read(table, section.keys, name))


def _refuse_empty(section: Section, table: Mapping[str, Any], name: str) -> None:
    """Raise BadInput for an empty change, or for a wrong word in it."""
    words = [key.name for key in section.keys]
    refuse_unknown(table, [*words, *(key.name for key in PROVENANCE)], name)
    raise BadInput(
        "an empty change", expected=f"one of {', '.join(words)}", todo="enter one, or remove it", column=name
    )


# -------------------------------------------------------------------------------------------------------------- writing
def to_toml(scenario: Scenario, *, explained: bool = True) -> str:
    """Write the scenario as the text of a file; `read` turns it back into an equal scenario.

    Parameters
    ----------
    explained:
        With comments that say what each section is.
    """
    lines = [*(_HEAD if explained else ()), *_write(scenario, TOP)]
    for kind in KINDS:
        section = kind.section
        for position, change in enumerate(scenario.of(kind)):
            lines += ["", *(f"# {line}" for line in section.about if explained and not position), section.head]
            lines += _write(change, section.keys)
    return "\n".join(lines) + "\n"


def contract_table(contract: Contract) -> str:
    """The contract as a ``[[contract]]`` table, which `contract_from` reads."""
    return "\n".join([Contract.section.head, *_write(contract, Contract.section.keys)]) + "\n"


def contracts_toml(contracts: Iterable[Contract]) -> str:
    """Contracts as the text of a file; `read_contracts` makes equal ones of it."""
    head = ["# Contracts RevMix prices other payers by. docs/what-if.md lists every entry."]
    head += [f"# {line}" for line in Contract.section.about]
    return "\n\n".join(["\n".join(head), *(contract_table(contract).rstrip("\n") for contract in contracts)]) + "\n"


def _write(record: _Entered, keys: tuple[Key, ...]) -> list[str]:
    return [*write_table(record, keys), *write_table(record.provenance, PROVENANCE)]
