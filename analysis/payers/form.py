"""A contract as the texts of a form, and the texts a user typed as a contract again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from analysis.errors import BadInput
from analysis.money import BASIS, plain
from analysis.payers.cells import DOLLARS, LABELS, PERCENTS, contract_of_cells, read_cell
from analysis.whatif.scenarios.kinds.contract import NEEDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.payers.cells import Refused
    from analysis.whatif.scenarios import Basis, Contract

FIELDS: Mapping[Basis, tuple[str, ...]] = {
    "medicare": ("percent", "year", "locality", "mppr", "further_units", "fees", "other"),
    "fees": ("fees", "other"),
    "visit": ("visit", "evaluation"),
    "charges": ("percent",),
    "observed": (),
}
"""The fields of a form for each basis."""
WITH_ANY = ("visit_cap", "visit_floor", "assistants", "lesser", "since", "until")
"""Fields that go with any basis."""
_TODO = "correct it"
_FEE_LINE = re.compile(r"[\s;:=]+")
_PARTS_OF_A_FEE = (2, 3)


def texts_of(contract: Contract) -> dict[str, str]:
    """Return what stands in each field, as people write it; fields that are empty are left out."""
    texts: dict[str, str] = {}
    for key in contract.section.keys:
        value = getattr(contract, key.field)
        if value is None or value == () or key.name in {"fees", "further_fees"}:
            continue
        if key.name in PERCENTS:
            texts[key.name] = f"{value * 100 / BASIS:.2f}".rstrip("0").rstrip(".") + "%"
        elif key.name in DOLLARS:
            texts[key.name] = plain(value)
        elif isinstance(value, bool):
            texts[key.name] = "yes" if value else "no"
        else:
            texts[key.name] = str(value)
    if contract.fees:
        further = dict(contract.further_fees)
        lines = ((code, cents, further.get(code)) for code, cents in contract.fees)
        texts["fees"] = "\n".join(
            f"{code} {plain(cents)}" + ("" if more is None else f" {plain(more)}") for code, cents, more in lines
        )
    return texts


def read_form(texts: Mapping[str, str], scope: Mapping[str, str]) -> Contract:
    """Make a contract of a form's fields, all refusals at once.

    Parameters
    ----------
    texts:
        Text by entry; empty ones are as if they were not there.
    scope:
        The payer or the payer class.

    Raises
    ------
    FormError
        With a sentence for each field that cannot be used.
    """
    basis = texts.get("basis", "")
    fields = (*FIELDS[_basis(basis)], *WITH_ANY)
    entries: dict[str, Any] = {"basis": basis, **scope}
    errors = []
    for entry in fields:
        text = texts.get(entry, "").strip()
        if not text:
            if entry == NEEDS[_basis(basis)]:
                errors.append(_empty(entry))
            continue
        try:
            entries |= (
                _fees(text) if entry == "fees" else {entry: read_cell(entry, text, _refusal(text, LABELS[entry]))}
            )
        except BadInput as error:
            errors.append(error)
    if errors:
        raise FormError(tuple(errors))
    try:
        return contract_of_cells(entries)
    except BadInput as error:
        raise FormError((error,)) from error


class FormError(Exception):
    """Fields of a form that cannot be used, one error each."""

    def __init__(self, errors: tuple[BadInput, ...]) -> None:
        self.errors = errors
        super().__init__(*map(str, errors))


_NEEDED = {
    "percent": "a percentage such as 110%",
    "visit": "dollars such as 88.00",
    "fees": "at least one code with its fee, such as 97110 31.50",
}


def _basis(text: str) -> Basis:
    if text not in FIELDS:
        raise FormError((BadInput("no way of paying", expected="one", todo="choose one", column=LABELS["basis"]),))
    basis: Basis = text  # type: ignore[assignment]
    return basis


def _empty(entry: str) -> BadInput:
    return BadInput("an empty field", expected=_NEEDED[entry], todo="fill it in", column=LABELS[entry])


def _refusal(text: str, column: str) -> Refused:
    def refused(expected: str) -> BadInput:
        return BadInput(f'"{text}"', expected=expected, todo=_TODO, column=column)

    return refused


def _fees(text: str) -> dict[str, dict[str, object]]:
    """Read a code and its fee in each line, and the fee of further units where it differs."""
    fees: dict[str, object] = {}
    further: dict[str, object] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        parts = [part for part in _FEE_LINE.split(line.replace("$", " ")) if part]
        refused = _refusal(line, LABELS["fees"])
        if len(parts) not in _PARTS_OF_A_FEE:
            raise refused("a code and its fee, such as 97110 31.50, or 97110 31.50 25.20 where further units pay less")
        code = str(read_cell("code", parts[0], refused))
        if code in fees:
            raise BadInput(f"{code} twice", expected="each code once", todo="remove one", column=LABELS["fees"])
        fees[code] = read_cell("fee", parts[1], refused)
        if (more := read_cell("further_fee", parts[-1], refused)) != fees[code]:
            further[code] = more
    return {"fees": fees} | ({"further_fees": further} if further else {})
