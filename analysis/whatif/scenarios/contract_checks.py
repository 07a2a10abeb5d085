"""What a payer's contract may contain: every refusal names the contract and its entry."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from analysis.errors import BadInput
from analysis.whatif.scenarios.limits import ranges
from analysis.whatif.scenarios.values import (
    check_code,
    check_locality,
    check_name,
    check_one_of,
    check_payer_classes,
    check_provenance,
    check_year,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from analysis.whatif.scenarios.changes import Contract

NEEDS: Mapping[str, str | None] = {
    "medicare": "percent",
    "fees": "fees",
    "visit": "visit",
    "charges": "percent",
    "observed": None,
}
"""What each basis requires, by the entry's name in a file."""
_WORDS = {
    "medicare": "the percent of Medicare, such as 1.1",
    "fees": "a fee for at least one code, such as { 97110 = 31.00 }",
    "visit": "dollars for a visit",
    "charges": "the percent of the charge, such as 0.6",
}
_OF_MEDICARE = ("year", "locality", "mppr")
"""What only a percent of Medicare may have."""
_TERMS = ("percent", *_OF_MEDICARE, "fees", "visit")
"""The entries that belong to some bases only; a visit cap goes with any."""


def check_contracts(contracts: Iterable[Contract]) -> None:
    """Refuse invalid contracts, and two for one payer or class.

    Raises
    ------
    BadInput
        Its `column` names the contract and its entry: ``contract 2, percent``.
    """
    seen: dict[tuple[str | None, str | None], int] = {}
    for position, contract in enumerate(contracts, start=1):
        name = f"contract {position}"
        check_contract(contract, name)
        if (earlier := seen.setdefault((contract.payer, contract.payer_class), position)) != position:
            raise BadInput(
                f"{contract.payer or contract.payer_class}, which already has contract {earlier}",
                expected="one contract per payer or class",
                todo="remove one of them",
                column=f"{name}, {'payer' if contract.payer is not None else 'payer_class'}",
            )


def check_contract(contract: Contract, name: str) -> None:
    """Refuse an invalid contract; `name` is what messages call it. Raises BadInput."""
    check_provenance(contract.provenance, name)
    _check_whose(contract, name)
    given = {
        "percent": contract.percent_bp is not None,
        "year": contract.year is not None,
        "locality": contract.locality is not None,
        "mppr": not contract.mppr,
        "fees": bool(contract.fees),
        "visit": contract.visit_cents is not None,
    }
    check_terms(contract.basis, [key for key, there in given.items() if there], name)
    for key, kind, value in (
        ("percent", "percent", contract.percent_bp),
        ("visit", "dollars", contract.visit_cents),
        ("visit_cap", "dollars", contract.visit_cap_cents),
    ):
        if value is not None:
            ranges()[kind].check(value, f"{name}, {key}")
    if contract.year is not None:
        check_year(contract.year, f"{name}, year")
    if contract.locality is not None:
        check_locality(contract.locality, f"{name}, locality")
    _check_fees(contract.fees, f"{name}, fees")


def check_terms(basis: str, given: Collection[str], name: str) -> None:
    """Refuse entries that do not belong to a contract's basis, and a basis without its required entry.

    Parameters
    ----------
    given:
        The entries present, by their names in a file.
    """
    check_one_of(basis, NEEDS, f"{name}, basis")
    own = (NEEDS[basis], *(_OF_MEDICARE if basis == "medicare" else ()))
    for key in given:
        if key in _TERMS and key not in own:
            words = ", ".join(word for word in (*own, "visit_cap") if word)
            raise BadInput(
                f"an entry that does not belong to a contract with basis {basis}",
                expected=f"only these terms: {words}",
                todo="remove it, or choose another basis",
                column=f"{name}, {key}",
            )
    if (needed := NEEDS[basis]) is not None and needed not in given:
        raise BadInput(
            f"no {needed}", expected=_WORDS[basis], todo="enter it, or choose another basis", column=f"{name}, {needed}"
        )


def _check_whose(contract: Contract, name: str) -> None:
    if (contract.payer is None) == (contract.payer_class is None):
        raise BadInput(
            "neither payer nor payer_class" if contract.payer is None else "both payer and payer_class",
            expected="one of the two",
            todo="name the payer, or the class whose payers have no own contract",
            column=name,
        )
    if contract.payer is not None:
        check_name(contract.payer, f"{name}, payer")
    if contract.payer_class is not None:
        check_payer_classes([contract.payer_class], f"{name}, payer_class")


def _check_fees(fees: tuple[tuple[str, int], ...], column: str) -> None:
    for code, cents in fees:
        check_code(code, column)
        ranges()["dollars"].check(cents, f"{column}, {code}")
    for (one, _), (following, _) in pairwise(fees):
        if one >= following:
            raise BadInput(
                f"{following} twice" if one == following else f"{following} after {one}",
                expected="each code once, in order",
                todo="sort the fees by code and keep one per code",
                column=column,
            )
