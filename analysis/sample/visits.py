"""Who comes when: patients, their episodes of care, and the visits that took place.

Days are whole numbers since the practice's first day. All draws are arrays; nothing loops over patients or visits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analysis.sample.practice import DISCIPLINES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.sample.practice import Practice

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_RUN_IN = 120
"""Days before the first one in which care may have started, so that the first month is as busy as the others."""

_LONGEST_EPISODE = 60

SATURDAY = 5
"""Monday is 0."""


@dataclass(frozen=True, slots=True)
class Episodes:
    """Episodes of care, one entry each; clinic, payer, clinician and rhythm are positions in the practice's tables.

    `monday` is the day care starts from, `phase` the position of the first visit in the week's rhythm, `visits` their
    number.
    """

    patient: Ints
    clinic: Ints
    payer: Ints
    clinician: Ints
    monday: Ints
    rhythm: Ints
    phase: Ints
    visits: Ints

    def take(self, selected: Flags) -> Episodes:
        """Return the selected episodes."""
        return Episodes(*(getattr(self, name)[selected] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits that took place, one entry each, by patient and day. `number` counts within the episode, from 0."""

    patient: Ints
    clinic: Ints
    payer: Ints
    clinician: Ints
    day: Ints
    number: Ints


def pick(rng: np.random.Generator, weights: npt.ArrayLike, rows: Ints) -> Ints:
    """One draw per entry of `rows` from the row of `weights` it names."""
    table = np.cumsum(np.atleast_2d(np.asarray(weights, dtype=np.float64)), axis=1)
    dice = rng.random(rows.size) * table[rows, -1]
    position: Ints = (dice[:, None] >= table[rows]).sum(axis=1)
    return position


def pick_one(rng: np.random.Generator, weights: Sequence[float], size: int) -> Ints:
    """`size` draws from one row of weights."""
    return pick(rng, [weights], np.zeros(size, dtype=np.int64))


def spans(lengths: Ints) -> tuple[Ints, Ints]:
    """For runs of the given lengths laid end to end: the run each entry is in, and its position there from 0.

    >>> runs, positions = spans(np.array([2, 3]))
    >>> runs.tolist(), positions.tolist()
    ([0, 0, 1, 1, 1], [0, 1, 0, 1, 2])
    """
    owner = np.repeat(np.arange(lengths.size), lengths)
    return owner, np.arange(owner.size) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def caseloads(practice: Practice) -> Floats:
    """Weight of every clinician among the new patients of every clinic (clinic x clinician)."""
    return np.array(
        [[c.caseload.get(clinic.name, 0) for c in practice.clinicians] for clinic in practice.clinics], float
    )


def _starts(practice: Practice, rng: np.random.Generator, count: int) -> tuple[Ints, Ints]:
    """Clinic and start day of new patients: seasonal, and growing at each clinic's own rate."""
    days = np.arange(-_RUN_IN, (practice.last_day - practice.first_day).days + 1)
    ordinals = days + practice.first_day.toordinal()
    season = np.array([practice.calendar["starts_by_month"][date.fromordinal(int(day)).month - 1] for day in ordinals])
    growth = np.array([[clinic.growth / 100] for clinic in practice.clinics])
    weight = np.array([[clinic.weight] for clinic in practice.clinics])
    position = pick_flat(rng, weight * season * (1 + growth) ** (days / 365.0), count)
    return position // days.size, days[position % days.size]


def pick_flat(rng: np.random.Generator, weights: Floats, size: int) -> Ints:
    """`size` draws of a position in `weights`, flattened."""
    table = np.cumsum(weights.ravel())
    position: Ints = np.searchsorted(table, rng.random(size) * table[-1], side="right")
    return position


def _episode_lengths(practice: Practice, rng: np.random.Generator, payer: Ints) -> Ints:
    median = np.array([p.visits[0] for p in practice.payers], float)[payer]
    spread = np.array([p.visits[1] / 100 for p in practice.payers])[payer]
    lengths = median * np.exp(spread * rng.standard_normal(payer.size))
    return np.clip(lengths.astype(np.int64), 1, _LONGEST_EPISODE)


def draw_episodes(practice: Practice, rng: np.random.Generator, patients: int) -> Episodes:
    """First episodes of new patients, their second discipline on the same days, and their later returns."""
    care = practice.care
    clinic, start = _starts(practice, rng, patients)
    payer = pick_one(rng, [p.weight for p in practice.payers], patients)
    rhythm = pick_one(rng, [r["weight"] for r in care["rhythms"]], patients)
    first = Episodes(
        patient=np.arange(patients),
        clinic=clinic,
        payer=payer,
        clinician=pick(rng, caseloads(practice), clinic),
        monday=_monday(practice, start),
        rhythm=rhythm,
        phase=rng.integers(0, 3, patients),
        visits=_episode_lengths(practice, rng, payer),
    )
    returning = first.take(rng.random(patients) < care["returning"] / 100)
    wait = rng.integers(care["return_after"][0], care["return_after"][1] + 1, returning.patient.size)
    later = Episodes(
        returning.patient,
        returning.clinic,
        returning.payer,
        pick(rng, caseloads(practice), returning.clinic),
        returning.monday + wait // 7 * 7,
        returning.rhythm,
        returning.phase,
        _episode_lengths(practice, rng, returning.payer),
    )
    parts = (first, later, _second_discipline(practice, rng, first))
    return Episodes(*(np.concatenate([getattr(part, name) for part in parts]) for name in Episodes.__slots__))


def _second_discipline(practice: Practice, rng: np.random.Generator, first: Episodes) -> Episodes:
    """Episodes of a second discipline in the same clinic and rhythm, where the clinic has one."""
    both = first.take(rng.random(first.patient.size) < practice.care["second_discipline"] / 100)
    discipline = np.array([DISCIPLINES.index(c.discipline) for c in practice.clinicians])
    other = np.array(
        [np.where(discipline != index, caseloads(practice), 0) for index in range(len(DISCIPLINES))]
    )  # discipline already there x clinic x clinician
    rows = discipline[both.clinician] * len(practice.clinics) + both.clinic
    clinician = pick(rng, other.reshape(-1, other.shape[-1]), rows)
    return Episodes(
        both.patient,
        both.clinic,
        both.payer,
        clinician,
        both.monday,
        both.rhythm,
        both.phase,
        _episode_lengths(practice, rng, both.payer),
    )


def _monday(practice: Practice, day: Ints) -> Ints:
    """The Monday of the week of each day."""
    return day - (day + practice.first_day.weekday()) % 7


def draw_visits(practice: Practice, rng: np.random.Generator, episodes: Episodes) -> Visits:
    """The visits of the episodes: in weekly rhythm, moved off holidays, without those cancelled or in quiet weeks."""
    owner, number = spans(episodes.visits)
    rhythms = [rhythm["days"] for rhythm in practice.care["rhythms"]]
    per_week = np.array([len(days) for days in rhythms])
    weekday = np.array([(days * 3)[:3] for days in rhythms])
    slot = episodes.phase[owner] + number
    rhythm = episodes.rhythm[owner]
    day = episodes.monday[owner] + 7 * (slot // per_week[rhythm]) + weekday[rhythm, slot % per_week[rhythm]]

    total = (practice.last_day - practice.first_day).days + 1
    day = day + np.isin(day, _offsets(practice, practice.calendar["holidays"]))
    closed = np.isin(day, _offsets(practice, practice.calendar["holidays"]))
    weekend = (day + practice.first_day.weekday()) % 7 >= SATURDAY
    quiet = np.zeros(day.size, dtype=np.bool_)
    for start, end in practice.calendar["quiet"]:
        low, high = _offsets(practice, [start, end])
        quiet |= (day >= low) & (day <= high)
    attended = (rng.random(day.size) >= practice.care["cancelled"] / 100) | (number == 0)
    attended &= ~quiet | (rng.random(day.size) < practice.calendar["quiet_kept"] / 100)
    took_place = attended & ~closed & ~weekend & (day >= 0) & (day < total)
    return _in_order(
        Visits(
            episodes.patient[owner][took_place],
            episodes.clinic[owner][took_place],
            episodes.payer[owner][took_place],
            _who_treats(practice, rng, episodes, owner[took_place], number[took_place]),
            day[took_place],
            number[took_place],
        )
    )


def _offsets(practice: Practice, days: Sequence[date]) -> Ints:
    return np.array([(day - practice.first_day).days for day in days], dtype=np.int64)


def _who_treats(practice: Practice, rng: np.random.Generator, episodes: Episodes, owner: Ints, number: Ints) -> Ints:
    """The therapist, or on some follow-up visits the clinic's assistant of the same discipline."""
    lead = episodes.clinician[owner]
    helper = np.full((len(practice.clinics), len(practice.clinicians)), -1)
    for clinic_index, clinic in enumerate(practice.clinics):
        for therapist_index, therapist in enumerate(practice.clinicians):
            for assistant_index, assistant in enumerate(practice.clinicians):
                same = assistant.assistant and assistant.discipline == therapist.discipline
                if same and clinic.name in assistant.caseload:
                    helper[clinic_index, therapist_index] = assistant_index
    assisted = np.array([c.assisted / 100 for c in practice.clinicians])[lead]
    stand_in = helper[episodes.clinic[owner], lead]
    reevaluation = number % practice.care["reevaluation_every"] == 0
    return np.where((rng.random(lead.size) < assisted) & (stand_in >= 0) & ~reevaluation, stand_in, lead)


def _in_order(visits: Visits) -> Visits:
    """By patient, day and clinician; a second visit of one patient to one clinician on a day is left out."""
    order = np.lexsort((visits.clinician, visits.day, visits.patient))
    moved = Visits(*(getattr(visits, name)[order] for name in Visits.__slots__))
    repeat = np.zeros(order.size, dtype=np.bool_)
    same = [getattr(moved, name)[1:] == getattr(moved, name)[:-1] for name in ("patient", "day", "clinician")]
    repeat[1:] = same[0] & same[1] & same[2]
    return Visits(*(getattr(moved, name)[~repeat] for name in Visits.__slots__))
