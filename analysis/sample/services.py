"""What every visit bills: charge lines with code, units, minutes, charge and the modifiers a claim would carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.sample.practice import DISCIPLINES
from analysis.sample.visits import Flags, Ints, Visits, draw_episodes, draw_visits, pick, spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analysis.sample.practice import Bill, Practice

_LESSENED_MINUTES = 12
"""How far the minutes of a wrongly documented line fall short of its units."""

_MORE_PATIENTS = 1.25


@dataclass(frozen=True, slots=True)
class Services:
    """Charge lines, one entry each, by patient, day and clinician.

    `visit` counts the sessions (one clinician's part of a patient-day); `code`, `clinic`, `payer` and `clinician` are
    positions in the practice's tables; `edit_59` marks lines that carry modifier 59; amounts are cents.
    """

    visit: Ints
    patient: Ints
    day: Ints
    clinic: Ints
    payer: Ints
    clinician: Ints
    code: Ints
    units: Ints
    minutes: Ints
    charge: Ints
    edit_59: Flags

    @property
    def size(self) -> int:
        """Number of lines."""
        return int(self.code.size)

    def first(self, lines: int) -> Services:
        """The first lines, which cuts off whole patients but for the last one."""
        return Services(*(getattr(self, name)[:lines] for name in self.__slots__))


def draw_services(practice: Practice, seed: int, lines: int) -> Services:
    """Exactly `lines` charge lines, the same for the same seed.

    Patients are drawn one lot at a time until there are lines enough; each lot has a random stream of its own.
    """
    patients = int(lines / practice.lines_per_patient * 1.1) + 30
    while True:
        people, diary, plans = (np.random.default_rng([seed, stage]) for stage in range(3))
        visits = draw_visits(practice, diary, draw_episodes(practice, people, patients))
        services = _bill_visits(practice, plans, visits)
        if services.size >= lines:
            return services.first(lines)
        patients = int(patients * _MORE_PATIENTS)


@dataclass(frozen=True, slots=True)
class _Bills:
    """All bills end to end: where each starts, how many lines it has, and the code and units of every line."""

    start: Ints
    length: Ints
    code: Ints
    units: Ints


def _lay_out(practice: Practice, bills: Iterable[Bill]) -> _Bills:
    codes = {code: index for index, code in enumerate(practice.charges)}
    lines_per_bill = [bill.lines for bill in bills]
    length = np.array([len(lines) for lines in lines_per_bill])
    return _Bills(
        start=np.cumsum(length) - length,
        length=length,
        code=np.array([codes[code] for lines in lines_per_bill for code, _ in lines]),
        units=np.array([units for lines in lines_per_bill for _, units in lines]),
    )


def _bill_visits(practice: Practice, rng: np.random.Generator, visits: Visits) -> Services:
    bills, bill_of_visit = _choose_bills(practice, rng, visits)
    visit, line_in_bill = spans(bills.length[bill_of_visit])
    bill_line = bills.start[bill_of_visit][visit] + line_in_bill
    code = bills.code[bill_line]
    charges = list(practice.charges.values())
    timed = np.array([charge.timed for charge in charges])[code]
    max_units = np.array([charge.most for charge in charges])[code]
    dice = rng.integers(0, 100, code.size)
    more, less = practice.care["more_units"], practice.care["less_units"]
    change = np.where(dice < more, 1, np.where(dice >= 100 - less, -1, 0))
    units = np.where(timed, np.clip(bills.units[bill_line] + change, 1, max_units), bills.units[bill_line])
    clinician, payer = visits.clinician[visit], visits.payer[visit]
    edit_59 = _edits(practice, visit, code) | _needless(practice, rng, visit, code, clinician)
    code = _stimulation(practice, code, payer)
    return Services(
        visit=visit,
        patient=visits.patient[visit],
        day=visits.day[visit],
        clinic=visits.clinic[visit],
        payer=payer,
        clinician=clinician,
        code=code,
        units=units,
        minutes=_minutes(practice, rng, code, units, timed),
        charge=_charges(practice, code, visits.day[visit]) * units,
        edit_59=edit_59,
    )


def _weights(names: Sequence[str], habits: Mapping[str, int]) -> list[int]:
    return [habits.get(name, 0) for name in names]


def _choose_bills(practice: Practice, rng: np.random.Generator, visits: Visits) -> tuple[_Bills, Ints]:
    """The bills there are, and the one each visit uses: an evaluation first, then the clinician's habits."""
    names = list(practice.plans)
    evaluations, reevaluations = practice.evaluations, practice.reevaluations
    bills = [
        *practice.plans.values(),
        *(b for d in DISCIPLINES for b in evaluations[d]),
        *(b for d in DISCIPLINES for b in reevaluations[d]),
    ]
    plans = [_weights(names, c.habits) for c in practice.clinicians]
    later = [_weights(names, c.shift.habits if c.shift else c.habits) for c in practice.clinicians]
    dice = rng.random(visits.day.size)
    has_new_habits = dice < _share_of_new_habits(practice, visits)
    bill_of_visit = np.where(has_new_habits, pick(rng, later, visits.clinician), pick(rng, plans, visits.clinician))

    discipline = np.array([DISCIPLINES.index(c.discipline) for c in practice.clinicians])[visits.clinician]
    offset = len(names)
    for table, matching in ((evaluations, visits.number == 0), (reevaluations, _reevaluated(practice, rng, visits))):
        width = max(len(table[d]) for d in DISCIPLINES)
        weights = [[b.weight for b in table[d]] + [0] * (width - len(table[d])) for d in DISCIPLINES]
        starts = offset + np.cumsum([0, *(len(table[d]) for d in DISCIPLINES)])
        bill = starts[discipline[matching]] + pick(rng, weights, discipline[matching])
        bill_of_visit[matching] = bill
        offset = int(starts[-1])
    return _lay_out(practice, bills), bill_of_visit


def _reevaluated(practice: Practice, rng: np.random.Generator, visits: Visits) -> Flags:
    due = (visits.number > 0) & (visits.number % practice.care["reevaluation_every"] == 0)
    billed: Flags = rng.random(due.size) < practice.care["reevaluation_billed"] / 100
    is_reevaluation: Flags = due & billed
    return is_reevaluation


def _share_of_new_habits(practice: Practice, visits: Visits) -> np.typing.NDArray[np.float64]:
    """How far, from 0 to 1, the clinician of each visit has moved to later habits on its day."""
    share = np.zeros(visits.day.size)
    for index, clinician in enumerate(practice.clinicians):
        if clinician.shift:
            start = (clinician.shift.start - practice.first_day).days
            end = (clinician.shift.end - practice.first_day).days
            of_clinician = visits.clinician == index
            share[of_clinician] = np.clip((visits.day[of_clinician] - start) / (end - start), 0, 1)
    return share


def _position(practice: Practice, code: str) -> int:
    return list(practice.charges).index(code)


def _edits(practice: Practice, visit: Ints, code: Ints) -> Flags:
    """Lines whose code has an NCCI edit with another code of the same session."""
    needs_59 = np.zeros(code.size, dtype=np.bool_)
    for column_1, column_2 in sorted(practice.edits):
        has_column_1 = np.zeros(int(visit[-1]) + 1 if visit.size else 0, dtype=np.bool_)
        has_column_1[visit[code == _position(practice, column_1)]] = True
        needs_59 |= (code == _position(practice, column_2)) & has_column_1[visit]
    return needs_59


def _needless(practice: Practice, rng: np.random.Generator, visit: Ints, code: Ints, clinician: Ints) -> Flags:
    """Lines of 97110 beside 97112 that some clinicians mark 59, which no edit asks for."""
    has_97112 = np.zeros(int(visit[-1]) + 1 if visit.size else 0, dtype=np.bool_)
    has_97112[visit[code == _position(practice, "97112")]] = True
    percent = np.array([c.needless_59 for c in practice.clinicians])[clinician]
    gets_59: Flags = (code == _position(practice, "97110")) & has_97112[visit]
    gets_59 &= rng.integers(0, 100, code.size) < percent
    return gets_59


def _stimulation(practice: Practice, code: Ints, payer: Ints) -> Ints:
    """Unattended stimulation under the code each payer takes."""
    payer_code = np.array([_position(practice, p.stimulation) for p in practice.payers])
    return np.where(code == _position(practice, "G0283"), payer_code[payer], code)


def _minutes(practice: Practice, rng: np.random.Generator, code: Ints, units: Ints, timed: Flags) -> Ints:
    """Minutes near those the units stand for; on a few timed lines too few."""
    usual = np.array([charge.minutes for charge in practice.charges.values()])[code] * units
    wrong = timed & (rng.random(code.size) < practice.care["minutes_wrong"] / 100)
    return usual + rng.integers(-2, 4, code.size) - np.where(wrong, _LESSENED_MINUTES, 0)


def _charges(practice: Practice, code: Ints, day: Ints) -> Ints:
    """Charge of one unit in cents on its day."""
    cents = np.array([charge.cents for charge in practice.charges.values()])[code]
    raised = day >= (practice.raised_on - practice.first_day).days
    return np.where(raised, (cents * (100 + practice.raised_percent) + 50) // 100, cents)
