"""A model that knows the truth against the files written from it: what is posted is what was decided.

The model draws patients, services and what payers decided about each, payment by payment: paid, denied, taken back and
decided again, taken back and denied, a second payer. The decisions are written as remittances, one transaction a
payment, cut into files, some files doubled, all in random order, beside an export of the charges or alone. Claim
numbers are unique, shared, restarting or all 0.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain
from random import Random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.ingest import Export, read_files
from analysis.money import plain
from tests.ingest.conftest import KEY, TODAY
from tests.ingest.x12.build import interchange

FIRST = ("ADA", "BEN", "CY", "DEE", "ELI")
LAST = ("QUILL", "STONE", "VALE")
CODES = ("97110", "97112", "97140", "97530")
PAYERS = ("BLUE", "ACME")


@dataclass
class Decided:
    """What a payer decided about a service; `paid` and `off` in cents, the rest of the charge is the patient's."""

    paid: int
    off: int
    denied: bool

    def written(self, service: Service, *, sign: int = 1, status: str = "") -> list[str]:
        owed = service.charge - self.paid - self.off
        amounts = [plain(sign * cents) for cents in (service.charge, self.paid, self.off, owed)]
        charge, paid, off, patient = amounts
        first, last = service.patient
        reasons = [f"CAS*CO*50*{off}"] if self.denied else [f"CAS*CO*45*{off}", f"CAS*PR*2*{patient}"]
        return [
            f"CLP*{service.claim}*{status or '1'}*{charge}*{paid}**12*ICN",
            f"NM1*QC*1*{last}*{first}****MI*{service.member}",
            f"SVC*HC:{service.code}:GP*{charge}*{paid}**{service.units}",
            f"DTM*472*{service.day:%Y%m%d}",
            *reasons,
        ]


@dataclass
class Service:
    """A charge, its decisions in order (None for a reversal of the one before), and a second payer's payment."""

    patient: tuple[str, str]
    member: str
    claim: str
    day: date
    code: str
    units: int
    charge: int
    payer: str
    decisions: list[Decided] = field(default_factory=list)
    second: int = 0

    @property
    def paid(self) -> int:
        return (self.decisions[-1].paid if self.decisions else 0) + self.second

    @property
    def off(self) -> int:
        return self.decisions[-1].off if self.decisions else 0

    @property
    def status(self) -> str:
        return "denied" if self.decisions and self.decisions[-1].denied and not self.second else "charge"


def decided(random: Random, service: Service) -> Decided:
    if random.random() < 0.2:
        return Decided(0, service.charge, denied=True)
    off = random.randrange(0, service.charge // 2)
    return Decided(random.randrange(1, service.charge - off), off, denied=False)


def draw(random: Random) -> list[Service]:
    """Services with what became of them; no patient has two of one code on one day."""
    people = [(first, last) for last in LAST for first in FIRST]
    scheme = random.choice(("unique", "zero", "account", "restart"))
    family = random.random() < 0.3  # one member number for all of a last name
    services, drawn = [], set()
    for number in range(random.randrange(1, 14)):
        patient = random.choice(people[: random.randrange(1, len(people)) + 1])
        day = date(2026, 3, 2) + timedelta(days=random.randrange(3))
        code = random.choice(CODES)
        if (patient, day, code) in drawn:
            continue
        drawn.add((patient, day, code))
        claim = {
            "unique": f"C{number}",
            "zero": "0",
            "account": f"A{people.index(patient)}",
            "restart": str(number % 3 + 1),
        }[scheme]
        member = f"M{patient[1]}" if family else f"M{people.index(patient)}"
        units = random.randrange(1, 4)
        payer = random.choice(PAYERS)
        service = Service(patient, member, claim, day, code, units, units * 5000, payer)
        for _ in range(random.choice((0, 1, 1, 1, 2, 2, 3))):
            service.decisions.append(decided(random, service))
        last = service.decisions[-1] if service.decisions else None
        if last and last.paid and random.random() < 0.2:  # no more than the first payer left to the patient
            service.second = random.randrange(service.charge - last.paid - last.off + 1)
        services.append(service)
    return services


def remitted(random: Random, services: list[Service]) -> list[tuple[list[str], list[list[str]]]]:
    """The payments: the head of each, and its claims. A later decision stands with the reversal of the one before."""
    payments: list[tuple[list[str], list[list[str]]]] = []
    for turn in range(3):
        for payer in PAYERS:
            claims: list[list[str]] = []
            for service in services:
                if service.payer != payer or len(service.decisions) <= turn:
                    continue
                new = [service.decisions[turn].written(service)]
                before = service.decisions[turn - 1] if turn else None
                if before and (before.paid or random.random() < 0.5):  # a denial need not be taken back
                    new.insert(random.randrange(2), before.written(service, sign=-1, status="22"))
                claims += new
            if claims:
                payments.append((head(payer, date(2026, 3, 20) + timedelta(days=14 * turn), f"{payer}{turn}"), claims))
    second = [
        [
            f"CLP*{service.claim}*2*{plain(service.charge)}*{plain(service.second)}**12*ICN",
            f"NM1*QC*1*{service.patient[1]}*{service.patient[0]}****MI*Z{service.member}",
            f"SVC*HC:{service.code}:GP*{plain(service.charge)}*{plain(service.second)}**{service.units}",
            f"DTM*472*{service.day:%Y%m%d}",
            f"CAS*OA*23*{plain(service.charge - service.second)}",
        ]
        for service in services
        if service.second
    ]
    if second:
        payments.append((head("MEDIGAP", date(2026, 5, 30), "G1"), second))
    return payments


def head(payer: str, day: date, trace: str) -> list[str]:
    return [f"BPR*I*0*C*ACH*CCP*01*1*DA*1*1*1*01*1*DA*1*{day:%Y%m%d}", f"TRN*1*{trace}*1", f"N1*PR*{payer}", "LX*1"]


def files_of(random: Random, payments: list[tuple[list[str], list[list[str]]]]) -> list[tuple[str, bytes]]:
    """Payments cut into files, some of them given again under another name, in any order."""
    transactions: list[list[str]] = []
    for top, claims in payments:
        cut = random.randrange(len(claims) + 1) if random.random() < 0.4 else 0
        transactions += [[*top, *chain.from_iterable(part)] for part in (claims[:cut], claims[cut:]) if part]
    random.shuffle(transactions)
    files, number = [], 0
    while transactions:
        taken = [transactions.pop() for _ in range(min(len(transactions), random.randrange(1, 4)))]
        files.append((f"{number}.835", interchange(*taken)))
        if random.random() < 0.3:
            files.append((f"{number} again.835", interchange(*reversed(taken), end="~\n")))
        number += 1
    return files


def charges(random: Random, services: list[Service]) -> bytes:
    numbered = random.random() < 0.7
    rows = ["Patient Name,DOS,CPT,Mods,Units,Charge" + (",Claim Number" if numbered else "")]
    for service in services:
        first, last = service.patient
        name = random.choice((f'"{last.title()}, {first.title()}"', f"{first} {last}", f'"{last}, {first} Q."'))
        row = f"{name},{service.day},{service.code},GP,{service.units},{plain(service.charge)}"
        rows.append(row + (f",{service.claim}" if numbered else ""))
    return "\n".join(rows).encode()


def dollars_conserved(export: Export, services: list[Service]) -> None:
    """Everything that was decided last is on a line, and nothing besides; every check says where its dollars went."""
    assert (export.lines["insurance_paid_cents"].sum() or 0) == sum(service.paid for service in services)
    assert (export.lines["adjustment_cents"].sum() or 0) == sum(service.off for service in services)
    assert export.checks["posted_cents"].sum() == sum(service.paid for service in services)
    assert not any(export.checks["left_cents"])


@settings(max_examples=15, deadline=None)
@example(5833)  # a remittance that takes back and pays nothing
@given(st.integers(0, 2**32))
def test_what_is_posted_is_what_was_decided(seed: int) -> None:
    random = Random(seed)  # noqa: S311  a model, no secret
    services = draw(random)
    files = files_of(random, remitted(random, services))
    export = read_files(
        random.sample([("charges.csv", charges(random, services)), *files], len(files) + 1), key=KEY, today=TODAY
    )
    assert export.lines.height == len(services)
    for row, service in zip(export.lines.sort("source_row").iter_rows(named=True), services, strict=True):
        assert (row["insurance_paid_cents"] or 0, row["adjustment_cents"] or 0) == (service.paid, service.off), service
        assert row["status"] == service.status, service
    assert export.unmatched.filter(export.unmatched["side"] == "payment").is_empty()
    assert export.imbalances.filter(export.imbalances["level"] != "transaction").is_empty()
    dollars_conserved(export, services)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_remittances_alone_give_the_lines_that_were_decided_last(seed: int) -> None:
    random = Random(seed)  # noqa: S311  a model, no secret
    services = [service for service in draw(random) if service.decisions]
    if not services:
        return
    files = files_of(random, remitted(random, services))
    export = read_files(random.sample(files, len(files)), key=KEY, today=TODAY)
    columns = ("date_of_service", "code", "units", "insurance_paid_cents", "adjustment_cents", "status")
    assert Counter(export.lines.select(columns).rows()) == Counter(
        (service.day, service.code, service.units, service.paid, service.off, service.status) for service in services
    )
    assert export.unmatched.is_empty()
    dollars_conserved(export, services)
