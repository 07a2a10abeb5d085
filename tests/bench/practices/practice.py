"""A made-up practice from a seed: its lines, its clinics' localities, and what each payer's contract truly says."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from analysis.lines.billing_line import PayerClass, conform
from tests.bench.practices.contracts import KINDS, change, changed_fee, draw_terms
from tests.bench.practices.medicare import Medicare, frame_of
from tests.bench.practices.payments import COLUMNS, SEQUESTERED, Manner, answered, draw_manner
from tests.bench.practices.terms import Terms, Visit
from tests.bench.practices.visits import Clinic, make_clinic

if TYPE_CHECKING:
    from analysis.medicare.fees import Locality

_NAMES = {
    "Aetna": PayerClass.COMMERCIAL,
    "Summit Health PPO": PayerClass.COMMERCIAL,
    "Lakeview HMO": PayerClass.COMMERCIAL,
    "Granite Mutual": PayerClass.COMMERCIAL,
    "Prairie Choice": PayerClass.COMMERCIAL,
    "Coastal Benefit Plan": PayerClass.COMMERCIAL,
    "Northstar EPO": PayerClass.COMMERCIAL,
    "Union Trust Fund": PayerClass.COMMERCIAL,
    "Blue Cross Blue Shield": PayerClass.BLUE_CROSS,
    "State Medicaid Plan": PayerClass.MEDICAID,
    "Tri-River Workers Comp": PayerClass.WORKERS_COMPENSATION,
    "Harbor Auto PIP": PayerClass.AUTO,
    "Evergreen Medicare Advantage": PayerClass.MEDICARE_ADVANTAGE,
    "Cedar Medicare Advantage": PayerClass.MEDICARE_ADVANTAGE,
    "Tricare East": PayerClass.MILITARY,
}
_MEDICARE = "Medicare Part B"
_FEWEST_FOR_CHANGE = 40
SIZES = (10, 600)


class Stretch(NamedTuple):
    """Terms, and the day they apply from; None: from the first visit."""

    since: date | None
    terms: Terms


@dataclass(slots=True)
class Payer:
    """One payer: its clean visits, and the contract they are paid by.

    Attributes
    ----------
    kind:
        The basis, or what is special: one code, underpaid, changed, mixed, no pattern.
    truth:
        Its terms over time; empty where there are none to find.
    as_paid:
        What is paid where it differs: an underpayment run, another right reading of which is a change of terms; or one
        of two plans under one name.
    """

    name: str
    kind: str
    visits: list[Visit]
    manner: Manner
    truth: list[Stretch] = field(default_factory=list)
    as_paid: list[Stretch] = field(default_factory=list)
    second_plan: Terms | None = None


@dataclass(slots=True)
class Practice:
    """A made-up practice; `lines` are canonical, `columns` says which amounts they hold (`payments.COLUMNS`)."""

    seed: int
    lines: pl.DataFrame
    places: dict[str | None, Locality]
    zips: dict[str, str]
    columns: str
    payers: list[Payer]
    medicare: Medicare

    @property
    def truth(self) -> dict[str, list[Stretch]]:
        """Each payer's terms over time; empty: none to find."""
        return {payer.name: payer.truth for payer in self.payers}


def at(stretches: list[Stretch], day: date) -> Terms:
    """Return the terms of a day."""
    return [stretch.terms for stretch in stretches if stretch.since is None or stretch.since <= day][-1]


def _spellings(draw: random.Random, name: str) -> list[str]:
    forms = [name.upper(), name.lower(), name.replace(" ", "  "), f"{name} ", name.replace(" ", "-")]
    return [name, *draw.sample(forms, draw.randint(1, 4))]


def _size(draw: random.Random, sizes: tuple[int, int]) -> int:
    low, high = sizes
    return round(low * math.exp(draw.random() * math.log(high / low)))


def _payer(draw: random.Random, name: str, clinic: Clinic, size: int, *, respelled: bool) -> Payer:
    payer_class = _NAMES.get(name, PayerClass.MEDICARE)
    only = draw.choice(("97110", "97530", "97112")) if draw.random() < 0.04 else None
    stimulation = "G0283" if payer_class in SEQUESTERED or draw.random() < 0.6 else "97014"
    visits = clinic.visits(size, stimulation, only)
    spellings = _spellings(draw, name) if respelled and draw.random() < 0.5 else [name]
    manner = draw_manner(draw, spellings, payer_class, clinic.last)
    if draw.random() < 0.5:
        manner.never = {"97010"}
    return Payer(name, "one code" if only else "", visits, manner)


def _contract(draw: random.Random, payer: Payer, clinic: Clinic, medicare: Medicare) -> None:
    """Draw what the payer pays: terms, and for some a change, an underpayment run, a second plan, or no terms."""
    charges, visits, follows = clinic.charges, payer.visits, medicare.fees(None)
    if payer.name == _MEDICARE:
        payer.kind, payer.truth = (
            "percent_of_medicare",
            [Stretch(None, Terms("percent_of_medicare", 100_000, lesser=True))],
        )
        return
    dice = draw.random()
    basis = draw.choices(list(KINDS), list(KINDS.values()))[0]
    if payer.manner.sequestered:
        basis = "percent_of_medicare"
    terms = draw_terms(draw, basis, charges, visits, follows)
    if payer.manner.sequestered:
        terms = Terms(basis, draw.choice((95, 100, 100, 100, 103, 105)) * 1000, terms.mppr, lesser=terms.lesser)
    if payer.name == "Aetna" and basis != "per_visit":
        terms = replace(terms, assistants=85_000)
    if dice < 0.04 and not payer.kind:
        payer.kind = "no pattern"
        return
    if dice < 0.08 and not payer.kind:
        other = draw.choice([kind for kind in KINDS if kind != basis])
        payer.kind, payer.second_plan = "mixed", draw_terms(draw, other, charges, visits, follows)
        payer.as_paid = [Stretch(None, terms)]
        return
    payer.truth = [Stretch(None, terms)]
    payer.kind = payer.kind or basis
    if len(visits) < _FEWEST_FOR_CHANGE or dice > 0.4:
        return
    since = visits[int(draw.uniform(0.25, 0.75) * len(visits))].day
    common = [code for code in ("97530", "97110", "97112", "97140") if code in terms.fees]
    if dice < 0.16 and common:
        payer.kind = "underpaid"
        paid = changed_fee(terms, draw.choice(common), draw.choice((80_000, 88_000, 90_000, 95_000)))
        payer.as_paid = [*payer.truth, Stretch(since, paid)]
    else:
        payer.kind = f"{basis}, changed"
        payer.truth.append(Stretch(since, change(draw, terms, charges, visits, follows)))


def _never_paid(payer: Payer, medicare: Medicare) -> set[str]:
    """Return the codes the payer's terms give no amount for: it denies them."""
    if any(terms.basis in {"per_visit", "percent_of_charge"} or terms.other for _, terms in payer.truth):
        return set()
    fees, terms = medicare.fees(None), payer.truth[0].terms
    lines = [line for visit in payer.visits for line in visit.lines]
    if terms.basis == "fee_per_code":
        return {line.code for line in lines} - set(terms.fees)
    return {line.code for line in lines if not fees[line.at].full} - set(terms.carve)


def make_practice(seed: int, sizes: tuple[int, int] = SIZES) -> Practice:
    """Draw a practice; the same seed gives the same lines. `sizes`: fewest and most visits of a payer."""
    draw = random.Random(seed)  # noqa: S311  made-up work, no secret
    clinic = make_clinic(draw)
    columns = draw.choices(COLUMNS, (70, 10, 10, 10))[0]
    names = draw.sample(list(_NAMES), draw.randint(6, 11)) + [_MEDICARE] * (draw.random() < 0.6)
    respelled = draw.random() < 0.2
    payers = [_payer(draw, name, clinic, _size(draw, sizes), respelled=respelled) for name in names]
    medicare = Medicare([payer.visits for payer in payers], clinic.places)
    rows = []
    for payer in payers:
        _contract(draw, payer, clinic, medicare)
        if payer.truth:
            payer.manner.never |= _never_paid(payer, medicare)
        paid = payer.as_paid or payer.truth
        patients = sorted({visit.patient for visit in payer.visits})
        second = set(draw.sample(patients, len(patients) // 2)) if payer.second_plan else set()
        for visit in payer.visits:
            terms = at(paid, visit.day) if paid else None
            terms = payer.second_plan if visit.patient in second else terms
            rows += answered(visit, terms, medicare.fees(terms.year if terms else None), payer.manner, columns)
    rows.sort(key=lambda row: (row["date_of_service"], row["visit_key"]))
    return Practice(seed, conform(frame_of(rows)), clinic.places, clinic.zips, columns, payers, medicare)
