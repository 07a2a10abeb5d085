"""The visits of a made-up practice: its clinics, therapists, patients and charges, drawn after the sample clinic."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from analysis.medicare.fees.localities import resolve
from tests.bench.practices.terms import EVALUATIONS, ROOT, Line, Visit

if TYPE_CHECKING:
    from analysis.medicare.fees import Locality

_SAMPLE = tomllib.loads((ROOT / "data" / "samples" / "riverside_pt.toml").read_text("utf-8"))
_CHARGES = {code: entry["cents"] for code, entry in _SAMPLE["charges"]["codes"].items()}
_TIMED = {code for code, entry in _SAMPLE["charges"]["codes"].items() if entry.get("timed")}
_PLANS = {
    discipline: sorted(
        {plan for staff in _SAMPLE["clinicians"] if staff["discipline"] == discipline for plan in staff["habits"]}
    )
    for discipline in ("PT", "OT", "SLP")
}
_CITIES = ("45202", "41011", "94103", "10001", "60601", "77002", "33101", "98101", "30303", "19104", "80202", "99501")
_EARLIEST, _LATEST = date(2024, 1, 1), date(2026, 10, 31)
_SATURDAY = 5


@dataclass(slots=True)
class Therapist:
    """Someone who treats: the plans they use and how often, and how often their assistant sees the patient."""

    name: str
    discipline: str
    plans: list[str]
    weights: list[float]
    assisted: float


@dataclass(slots=True)
class Clinic:
    """A made-up practice before any payer: where it is, who works there, what it charges; and its visits so far."""

    draw: random.Random
    first: date = _EARLIEST
    last: date = _LATEST
    zips: dict[str, str] = field(default_factory=dict)
    staff: list[Therapist] = field(default_factory=list)
    charges: dict[str, int] = field(default_factory=dict)
    raised_on: date = date.max
    raised: dict[str, int] = field(default_factory=dict)
    lines: int = 0
    patients: int = 0
    keys: int = 0
    seen: list[Visit] = field(default_factory=list)

    @property
    def places(self) -> dict[str | None, Locality]:
        """The Medicare locality of each clinic."""
        return {name: resolve(code) for name, code in self.zips.items()}

    def visits(self, count: int, stimulation: str, only: str | None = None) -> list[Visit]:
        """Draw the visits of one payer, by date; `only`: lines of one code alone."""
        drawn: dict[int, Visit] = {}
        while len(drawn) < count:
            for visit in self._episode(count - len(drawn), stimulation, only):
                drawn.setdefault(visit.key, visit)
        self.seen += drawn.values()
        ordered = sorted(drawn.values(), key=lambda visit: (visit.day, visit.key))
        for line in (line for visit in ordered for line in visit.lines):
            line.at, self.lines = self.lines, self.lines + 1
        return ordered

    def _episode(self, most: int, stimulation: str, only: str | None) -> list[Visit]:
        """Draw one patient's visits, the evaluation first unless care began before the export."""
        draw = self.draw
        self.patients += 1
        therapist, clinic = draw.choice(self.staff), draw.choice(list(self.zips))
        day = self.first + timedelta(days=draw.randrange((self.last - self.first).days - 6))
        begun = draw.random() < 0.25
        visits: list[Visit] = []
        for number in range(min(most, max(1, int(draw.lognormvariate(2.1, 0.5))))):
            day += timedelta(days=draw.choice((2, 2, 3, 4, 5, 7)) if number else 0)
            day += timedelta(days=7 - day.weekday() if day.weekday() >= _SATURDAY else 0)
            if day > self.last:
                break
            assisted = number > 0 and draw.random() < therapist.assisted
            bills = [only] if only else self._plan(therapist, number, begun=begun)
            self.keys += 1
            visit = Visit(self.keys, self.patients, day, clinic, therapist.name, [])
            if draw.random() < 0.02 and self.seen:  # the same patient's day with another payer
                visit = self._beside(visit)
            bills = [bill.replace("G0283", stimulation) for bill in bills]
            visit.lines += [self._line(bill, visit.day, therapist.discipline, assisted=assisted) for bill in bills]
            visits.append(visit)
        return visits

    def _beside(self, visit: Visit) -> Visit:
        """Put a visit on a day another payer's patient is seen: MPPR must not rank the two payers' lines together."""
        other = self.draw.choice(self.seen)
        return Visit(other.key, other.patient, other.day, other.clinic, visit.therapist, [])

    def _plan(self, therapist: Therapist, number: int, *, begun: bool) -> list[str]:
        first = number == 0 and not begun
        if first or (number % 10 == 9 and self.draw.random() < 0.3):
            choices = _SAMPLE["evaluations" if first else "reevaluations"][therapist.discipline]
            return list(self.draw.choices(choices, [choice["weight"] for choice in choices])[0]["bills"])
        return list(_SAMPLE["plans"][self.draw.choices(therapist.plans, therapist.weights)[0]])

    def _line(self, bill: str, day: date, discipline: str, *, assisted: bool) -> Line:
        code, _, times = bill.partition("x")
        units = int(times or 1)
        if code in _TIMED:
            units = max(1, min(3, units + self.draw.choices((0, 1, -1), (80, 11, 9))[0]))
        charge = units * (self.raised if day >= self.raised_on else self.charges)[code]
        return Line(-1, code, units, charge, assisted and code not in EVALUATIONS, discipline)


def _therapist(draw: random.Random, number: int, *, assistants: bool) -> Therapist:
    discipline = "PT" if number == 0 else draw.choices(("PT", "OT", "SLP"), (84, 11, 5))[0]
    plans = draw.sample(_PLANS[discipline], min(len(_PLANS[discipline]), draw.randint(3, 8)))
    assisted = draw.uniform(0.05, 0.35) if assistants and discipline != "SLP" and draw.random() < 0.7 else 0.0
    return Therapist(f"{discipline} {number + 1}", discipline, plans, [draw.random() for _ in plans], assisted)


def make_clinic(draw: random.Random) -> Clinic:
    """Draw a practice: 1 to 3 clinics in 1 or 2 localities, 2 to 7 therapists, charges raised once or never."""
    clinic = Clinic(draw)
    length = timedelta(days=draw.randint(365, 912))
    clinic.first = _EARLIEST + timedelta(days=draw.randrange((_LATEST - length - _EARLIEST).days + 1))
    clinic.last = clinic.first + length
    cities = draw.sample(_CITIES, draw.randint(1, 2))
    clinic.zips = {f"Clinic {at + 1}": draw.choice(cities) for at in range(draw.randint(1, 3))}
    assistants = draw.random() < 0.6
    clinic.staff = [_therapist(draw, number, assistants=assistants) for number in range(draw.randint(2, 7))]
    scale = draw.uniform(0.75, 1.3)
    clinic.charges = {code: int(cents * scale / 100) * 100 for code, cents in _CHARGES.items()}
    if draw.random() < 0.5:
        clinic.raised_on = clinic.first + timedelta(days=draw.randint(90, length.days - 60))
    percent = draw.uniform(1.03, 1.09)
    clinic.raised = {code: int(cents * percent / 100) * 100 for code, cents in clinic.charges.items()}
    return clinic
