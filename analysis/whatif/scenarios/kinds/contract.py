"""What a payer pays: a contract entered, or one that a scenario assumes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal

from analysis.errors import BadInput
from analysis.lines.payers import payer_key
from analysis.medicare.fees import load_book, resolve
from analysis.money import dollars
from analysis.whatif.scenarios.change import Change, Part, Section, Swing, check_alone
from analysis.whatif.scenarios.entries import (
    DAY,
    FEES,
    LOCALITY,
    TEXT,
    TRUTH,
    YEAR,
    Key,
    figure,
    filled_in,
    one_of,
)
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
from analysis.whatif.scenarios.words import POINTS_BP, day_in_words, ends_of, percent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import date

    import polars as pl

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
_MAY_HAVE: Mapping[str, tuple[str, ...]] = {
    "medicare": ("percent", "year", "locality", "mppr", "further_units", "fees", "further_fees", "other"),
    "fees": ("fees", "further_fees", "other"),
    "visit": ("visit", "evaluation"),
    "charges": ("percent",),
    "observed": (),
}
"""The entries that belong to a basis. Limits of a visit, the charge as a limit, assistants and dates go with any."""
_WITH_ANY = ("visit_cap", "visit_floor", "lesser", "assistants", "since", "until")
_TERMS = tuple(dict.fromkeys(entry for entries in _MAY_HAVE.values() for entry in entries))


Basis = Literal["medicare", "fees", "visit", "charges", "observed", "unknown"]
"""What a contract pays by: percent of Medicare, a fee per code, a rate per visit, percent of the charge, or what the
payer in fact paid per unit in this export. `unknown` stands for terms nobody knows; no file can say it."""


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
    further_units_bp:
        In place of MPPR, the part of its whole fee that every unit after a visit's first is paid.
    fees, further_fees:
        (code, cents for one unit), in code order; cents of a line's further units where they differ. Of a percent of
        Medicare: the codes that go by a fee instead.
    other_bp:
        Part of the charge that codes without another amount are paid.
    visit_cents, evaluation_cents:
        For one patient-day (`visit`), and for one with an initial evaluation where that differs.
    visit_cap_cents, visit_floor_cents:
        The most and the least a patient-day pays, whatever the basis; None: no limit.
    lesser:
        Whether never more than the charge is paid; None: as usual, which is only for a percent of Medicare.
    assistants_bp:
        Part of the amount that an assistant's services are paid; None: no less.
    since, until:
        First and last date of service of these terms; None: no limit.
    """

    basis: Basis
    payer: str | None = None
    payer_class: str | None = None
    percent_bp: int | None = None
    year: int | None = None
    locality: str | None = None
    mppr: bool = True
    further_units_bp: int | None = None
    fees: tuple[tuple[str, int], ...] = ()
    further_fees: tuple[tuple[str, int], ...] = ()
    other_bp: int | None = None
    visit_cents: int | None = None
    evaluation_cents: int | None = None
    visit_cap_cents: int | None = None
    visit_floor_cents: int | None = None
    lesser: bool | None = None
    assistants_bp: int | None = None
    since: date | None = None
    until: date | None = None
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
            Key("further_units", "further_units_bp", figure("percent")),
            Key("visit", "visit_cents", figure("dollars")),
            Key("evaluation", "evaluation_cents", figure("dollars")),
            Key("visit_cap", "visit_cap_cents", figure("dollars")),
            Key("visit_floor", "visit_floor_cents", figure("dollars")),
            Key("lesser", "lesser", TRUTH),
            Key("assistants", "assistants_bp", figure("percent")),
            Key("since", "since", DAY),
            Key("until", "until", DAY),
            Key("fees", "fees", FEES),
            Key("further_fees", "further_fees", FEES),
            Key("other", "other_bp", figure("percent")),
        ),
        (
            "What a payer pays, by payer or payer_class. basis: medicare (percent; year, locality, mppr,",
            "further_units, fees, other), fees (dollars per unit; further_fees, other), visit (dollars; evaluation),",
            "charges (percent) or observed. other: the part of the charge that other codes are paid. With any:",
            "visit_cap, visit_floor (dollars), lesser (never above the charge), assistants (their part), and the first",
            "and last date of service, since and until.",
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
        check_terms(self.basis, filled_in(self, self.section.keys), name)
        if self.year is not None:
            check_year(self.year, f"{name}, year")
        if self.locality is not None:
            check_locality(self.locality, f"{name}, locality")
        _check_fees(self.fees, f"{name}, fees")
        _check_fees(self.further_fees, f"{name}, further_fees")
        if self.visit_cap_cents is not None and (self.visit_floor_cents or 0) > self.visit_cap_cents:
            raise BadInput(
                f"a floor of {dollars(self.visit_floor_cents)} above the cap of {dollars(self.visit_cap_cents)}",
                expected="a floor below the cap",
                todo="correct one of them",
                column=f"{name}, visit_floor",
            )
        if self.since is not None and self.until is not None and self.until < self.since:
            raise BadInput(
                f"a last day of {self.until} before the first, {self.since}",
                expected="a last day after the first",
                todo="correct one of them",
                column=f"{name}, until",
            )

    @classmethod
    def check_together(cls, changes: tuple[Contract, ...]) -> None:
        """Refuse two for one payer, however it is spelled, or class from the same day on."""
        earlier: dict[tuple[str | None, str | None, date | None], int] = {}
        for position, contract in enumerate(changes, start=1):
            payer = None if contract.payer is None else payer_key(contract.payer)
            key = (payer, contract.payer_class, contract.since)
            if (first := earlier.setdefault(key, position)) != position:
                raise BadInput(
                    f"{contract.whose}, which already has contract {first}",
                    expected="one contract per payer or class, or a day since which each of them holds",
                    todo="remove one of them, or give it a `since`",
                    column=f"contract {position}, {'payer' if contract.payer is not None else 'payer_class'}",
                )

    @property
    def terms(self) -> str:
        """What it pays by: ``110% of Medicare 2025, without MPPR``."""
        return ", ".join((self._basis_in_words(), *self._limits_in_words()))

    def in_words(self) -> str:
        """``Acme pays 110% of Medicare 2025, without MPPR``."""
        return f"{self.whose} pays {self.terms}"

    @classmethod
    def parts(cls, changes: tuple[Contract, ...]) -> Iterator[Part]:
        """Prices, one contract after another: of what the payers pay, never of Medicare's amounts."""
        for number, change in enumerate(changes, start=1):
            yield Part("price", change.in_words(), changes[:number])

    @classmethod
    def swings(cls, scenario: Scenario, rows: pl.DataFrame) -> Iterator[Swing]:  # noqa: ARG003
        """Ten points of a percent, a tenth of a rate per visit, down and up."""
        contracts = scenario.of(cls)
        for index, contract in enumerate(contracts):
            others = list(_lower_and_higher(contract))
            if not others:
                continue
            low, high = (scenario.having(cls, *contracts[:index], one, *contracts[index + 1 :]) for _, one in others)
            what = "Rate" if contract.basis == "visit" else "Percent"
            yield Swing(f"{what} that {contract.whose} pays", (others[0][0], others[1][0]), low, high)

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
            case "observed":
                return "what it paid in your data per unit of each code"
            case _:
                return "terms that are not known"

    def _limits_in_words(self) -> Iterator[str]:
        if self.basis == "medicare" and self.fees:
            yield f"fees for {len(self.fees)} code{'' if len(self.fees) == 1 else 's'}"
        for words, share in (
            ("of the fee for units after a visit's first", self.further_units_bp),
            ("of the charge for other codes", self.other_bp),
            ("of that for assistants", self.assistants_bp),
        ):
            if share is not None:
                yield f"{percent(share)} {words}"
        for words, cents in (
            ("{} with an evaluation", self.evaluation_cents),
            ("at most {} a visit", self.visit_cap_cents),
            ("at least {} a visit", self.visit_floor_cents),
        ):
            if cents is not None:
                yield words.format(dollars(cents))
        if self.lesser is not None:
            yield "never more than the charge" if self.lesser else "even above the charge"
        for word, day in (("since", self.since), ("until", self.until)):
            if day is not None:
                yield f"{word} {day_in_words(day)}"

    def years(self) -> tuple[int, ...]:
        """The year of its fee schedule."""
        return () if self.year is None else (self.year,)


def _lower_and_higher(contract: Contract) -> Iterator[tuple[str, Contract]]:
    """Yield a contract's percent or rate lower and higher, in words, with the contract that has it."""
    if contract.percent_bp is not None:
        for share in ends_of(contract.percent_bp, POINTS_BP, ranges()["percent"].low, ranges()["percent"].high):
            yield percent(share), replace(contract, percent_bp=share)
    elif contract.visit_cents is not None:
        limits = ranges()["dollars"]
        for cents in ends_of(contract.visit_cents, contract.visit_cents // 10, limits.low, limits.high):
            yield dollars(cents), replace(contract, visit_cents=cents)


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
    allowed_entries = _MAY_HAVE[basis]
    for key in entries:
        if key in _TERMS and key not in allowed_entries:
            words = ", ".join((*allowed_entries, *_WITH_ANY))
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
            todo="name the payer, or the class of payers without a contract",
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
