"""What a payer pays: a contract entered, or one that a scenario assumes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal

from analysis.errors import BadInput
from analysis.medicare.fees import load_book, resolve
from analysis.money import dollars
from analysis.whatif.scenarios.change import Change, Part, Section, check_alone
from analysis.whatif.scenarios.entries import FEES, LOCALITY, TEXT, TRUTH, YEAR, Key, figure, one_of
from analysis.whatif.scenarios.limits import ranges
from analysis.whatif.scenarios.provenance import UNSAID, Provenance
from analysis.whatif.scenarios.values import (
    check_code,
    check_locality,
    check_name,
    check_one_of,
    check_payer_classes,
    check_year,
)
from analysis.whatif.scenarios.words import percent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from analysis.whatif.scenarios.scenario import Scenario

NEEDS: Mapping[str, str | None] = {
    "medicare": "percent",
    "fees": "fees",
    "visit": "visit",
    "charges": "percent",
    "observed": None,
}
"""What each basis cannot do without, by the name of the entry in a file."""
_WORDS = {
    "medicare": "the percent of Medicare, such as 1.1",
    "fees": "a fee for at least one code, such as { 97110 = 31.00 }",
    "visit": "dollars for a visit",
    "charges": "the percent of the charge, such as 0.6",
}
_OF_MEDICARE = ("year", "locality", "mppr")
"""What only a percent of Medicare may have."""
_TERMS = ("percent", *_OF_MEDICARE, "fees", "visit")
"""The entries that belong to some basis and not to others; a cap per visit goes with any."""


Basis = Literal["medicare", "fees", "visit", "charges", "observed"]
"""What a contract pays by: percent of Medicare, a fee per code, a rate per visit, percent of the charge, or what the
payer in fact paid per unit in this export."""


@dataclass(frozen=True, slots=True)
class Contract(Change):
    """What a payer pays, by name or by class.

    Attributes
    ----------
    payer, payer_class:
        Whose contract: exactly one of the two. A payer's own comes before its class's.
    basis:
        What it pays by; the fields below that belong to another basis stay as they are here.
    percent_bp:
        Of Medicare (`medicare`) or of the charge (`charges`).
    year, locality:
        Fixed fee schedule year and locality of a percent of Medicare; None: those of each line.
    mppr:
        Whether a percent of Medicare is of the amount after MPPR.
    fees:
        (code, cents for one unit), in code order (`fees`).
    visit_cents:
        For one patient-day (`visit`).
    visit_cap_cents:
        The most a patient-day pays, whatever the basis; None: no cap.
    """

    basis: Basis
    payer: str | None = None
    payer_class: str | None = None
    percent_bp: int | None = None
    year: int | None = None
    locality: str | None = None
    mppr: bool = True
    fees: tuple[tuple[str, int], ...] = ()
    visit_cents: int | None = None
    visit_cap_cents: int | None = None
    provenance: Provenance = UNSAID

    section: ClassVar[Section] = Section(
        "contract",
        9,
        (
            Key("payer", "payer", TEXT),
            Key("payer_class", "payer_class", TEXT),
            Key("basis", "basis", one_of(*NEEDS), required=True),
            Key("percent", "percent_bp", figure("percent")),
            Key("year", "year", YEAR),
            Key("locality", "locality", LOCALITY),
            Key("mppr", "mppr", TRUTH),
            Key("visit", "visit_cents", figure("dollars")),
            Key("visit_cap", "visit_cap_cents", figure("dollars")),
            Key("fees", "fees", FEES),
        ),
        (
            "What a payer pays, by payer or payer_class. basis: medicare (percent; year, locality, mppr), fees",
            "(dollars per unit), visit (dollars), charges (percent) or observed. visit_cap: the most a visit pays.",
        ),
        several=True,
    )

    @property
    def whose(self) -> str:
        """The payer or the class."""
        return self.payer or self.payer_class or ""

    def check(self, name: str, scenario: Scenario | None = None) -> None:  # noqa: ARG002
        """Refuse a contract that cannot be meant; `name` is what a message calls it. Raises BadInput."""
        _check_whose(self, name)
        filled_in = {
            "percent": self.percent_bp is not None,
            "year": self.year is not None,
            "locality": self.locality is not None,
            "mppr": not self.mppr,
            "fees": bool(self.fees),
            "visit": self.visit_cents is not None,
        }
        check_terms(self.basis, [key for key, is_filled in filled_in.items() if is_filled], name)
        if self.year is not None:
            check_year(self.year, f"{name}, year")
        if self.locality is not None:
            check_locality(self.locality, f"{name}, locality")
        _check_fees(self.fees, f"{name}, fees")

    @classmethod
    def check_together(cls, changes: tuple[Contract, ...]) -> None:
        """Refuse two for one payer or class."""
        earlier: dict[tuple[str | None, str | None], int] = {}
        for position, contract in enumerate(changes, start=1):
            if (first := earlier.setdefault((contract.payer, contract.payer_class), position)) != position:
                raise BadInput(
                    f"{contract.whose}, which already has contract {first}",
                    expected="one contract per payer or class",
                    todo="remove one of them",
                    column=f"contract {position}, {'payer' if contract.payer is not None else 'payer_class'}",
                )

    @property
    def terms(self) -> str:
        """What it pays by: ``110% of Medicare 2025, without MPPR``."""
        cap = "" if self.visit_cap_cents is None else f", at most {dollars(self.visit_cap_cents)} a visit"
        return self._basis_in_words() + cap

    def in_words(self) -> str:
        """``Acme pays 110% of Medicare 2025, without MPPR``."""
        return f"{self.whose} pays {self.terms}"

    @classmethod
    def parts(cls, changes: tuple[Contract, ...]) -> Iterator[Part]:  # noqa: ARG003
        """None: a contract changes what its payer pays, never Medicare's amounts."""
        yield from ()

    def _basis_in_words(self) -> str:
        share = "" if self.percent_bp is None else percent(self.percent_bp)
        match self.basis:
            case "medicare":
                year = "" if self.year is None else f" {load_book().schedule(self.year).label}"
                where = "" if self.locality is None else f" in {resolve(self.locality).label}"
                return f"{share} of Medicare{year}{where}{'' if self.mppr else ', without MPPR'}"
            case "fees":
                return f"fees for {len(self.fees)} code{'' if len(self.fees) == 1 else 's'}"
            case "visit":
                return f"{dollars(self.visit_cents)} a visit"
            case "charges":
                return f"{share} of the charge"
            case _:
                return "what it paid in your data per unit of each code"

    def years(self) -> tuple[int, ...]:
        """The year of its fee schedule."""
        return () if self.year is None else (self.year,)


def check_contracts(contracts: Iterable[Contract]) -> None:
    """Refuse contracts that cannot be meant, and two for one payer or class.

    Raises
    ------
    BadInput
        Its `column` names the contract and its entry: ``contract 2, percent``.
    """
    all_contracts = tuple(contracts)
    for position, contract in enumerate(all_contracts, start=1):
        check_contract(contract, f"contract {position}")
    Contract.check_together(all_contracts)


def check_contract(contract: Contract, name: str) -> None:
    """Refuse a contract that cannot be meant; `name` is what a message calls it. Raises BadInput."""
    check_alone(contract, name)
    contract.check(name)


def check_terms(basis: str, entries: Collection[str], name: str) -> None:
    """Refuse entries that do not belong to a contract's basis, and a basis without its own.

    Parameters
    ----------
    entries:
        The names of the entries that are there, as in a file.
    """
    check_one_of(basis, NEEDS, f"{name}, basis")
    allowed_entries = (NEEDS[basis], *(_OF_MEDICARE if basis == "medicare" else ()))
    for key in entries:
        if key in _TERMS and key not in allowed_entries:
            words = ", ".join(word for word in (*allowed_entries, "visit_cap") if word)
            raise BadInput(
                f"an entry that does not belong to a contract with basis {basis}",
                expected=f"only these terms: {words}",
                todo="remove it, or choose another basis",
                column=f"{name}, {key}",
            )
    if (required := NEEDS[basis]) is not None and required not in entries:
        raise BadInput(
            f"no {required}",
            expected=_WORDS[basis],
            todo="enter it, or choose another basis",
            column=f"{name}, {required}",
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
    for (earlier, _), (code, _) in pairwise(fees):
        if earlier >= code:
            raise BadInput(
                f"{code} twice" if earlier == code else f"{code} after {earlier}",
                expected="each code once, in order",
                todo="sort the fees by code and keep one per code",
                column=column,
            )
