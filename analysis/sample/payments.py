"""What became of every line: allowed by the payer's contract, denied, paid, adjusted, or still open.

Every line keeps charge = insurance paid + patient paid + adjustment + balance, the balance being 0 or more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analysis.sample.lines import of_clinician
from analysis.sample.practice import DISCIPLINES
from analysis.sample.visits import SATURDAY, Flags, Ints, pick_one

if TYPE_CHECKING:
    import polars as pl

    from analysis.sample.practice import Payer, Practice
    from analysis.sample.services import Services

NEVER = 10**6
"""The day of something that has not happened."""

_NOT_REFUSED = -1


@dataclass(frozen=True, slots=True)
class Payments:
    """Outcome of every line in cents; `remittance_day` is NEVER where there is none yet.

    `refusal` is a position in `refusals(practice)` or -1; `cuts`, a position in CUTS, the reasons of an adjustment;
    `kx` marks lines above the therapy threshold.
    """

    allowed: Ints
    insurance_paid: Ints
    patient_paid: Ints
    adjustment: Ints
    remittance_day: Ints
    refusal: Ints
    cuts: Ints
    kx: Flags


CUTS = tuple(
    " ".join(text for text, on in zip(("CO-45", "CO-59", "CO-253"), (a, b, c), strict=True) if on)
    for c in (0, 1)
    for b in (0, 1)
    for a in (0, 1)
)
"""Reasons of an adjustment by their bits: above the contract (1), MPPR (2), sequestration (4)."""

BUNDLED, DISCOUNT = "CO-97", "Self-pay discount"


def refusals(practice: Practice) -> tuple[str, ...]:
    """Every reason a claim or a line is refused for."""
    return (*practice.payments["visit_denials"], *practice.payments["line_denials"])


def running(values: Ints, starts: Flags) -> Ints:
    """Sum within each run up to and with every entry; `starts` marks the first entry of each run."""
    total = np.cumsum(values)
    total_before = (total - values)[starts]
    run_sum: Ints = total - total_before[np.cumsum(starts) - 1]
    return run_sum


def capped(values: Ints, starts: Flags, cap: Ints) -> Ints:
    """What of each entry fits below a cap on the run's sum, the first entries served first."""
    after = np.minimum(running(values, starts), cap)
    first = np.where(starts, 0, np.roll(after, 1))
    return after - first


def changes(*columns: Ints) -> Flags:
    """Marks entries that differ from the one before in any column."""
    if not columns[0].size:
        return np.zeros(0, dtype=np.bool_)
    parts = [column[1:] != column[:-1] for column in columns]
    return np.concatenate([[True], np.logical_or.reduce(parts)])


def percent_of(cents: Ints, percent: npt.ArrayLike) -> Ints:
    """A percentage of amounts, half-up."""
    rates = np.asarray(percent, dtype=np.int64)
    return (cents * rates + 50) // 100


def _contract_amount(
    practice: Practice, payer: Payer, services: Services, medicare: pl.DataFrame, of_payer: Flags
) -> Ints:
    """What the payer's contract allows for its own lines, before any cap."""
    contract, charge = payer.contract, services.charge[of_payer]
    if contract.kind == "medicare":
        return medicare["expected_cents"].to_numpy()[of_payer]
    if contract.kind == "percent_of_medicare":
        basis = "scheduled_cents" if contract.mppr else "list_cents"
        return percent_of(medicare[basis].to_numpy()[of_payer], contract.percent)
    if contract.kind == "percent_of_charge":
        return percent_of(charge, contract.percent)
    fee = np.array([contract.fees.get(code, -1) for code in practice.charges])[services.code[of_payer]]
    return np.where(fee < 0, percent_of(charge, contract.other_percent), fee * services.units[of_payer])


def _allowed(practice: Practice, services: Services, medicare: pl.DataFrame) -> Ints:
    allowed = np.zeros(services.size, dtype=np.int64)
    patient_days = changes(services.patient, services.day)
    for index, payer in enumerate(practice.payers):
        of_payer = services.payer == index
        amount = np.minimum(_contract_amount(practice, payer, services, medicare, of_payer), services.charge[of_payer])
        if payer.visit_cap_cents is not None:
            amount = capped(amount, patient_days[of_payer], np.full(amount.size, payer.visit_cap_cents))
        if payer.underpaid_from:
            since_change = services.day[of_payer] >= (payer.underpaid_from - practice.first_day).days
            underpaid = since_change & (services.code[of_payer] == list(practice.charges).index(payer.underpaid_code))
            amount = np.where(underpaid, percent_of(amount, payer.underpaid_percent), amount)
        allowed[of_payer] = amount
    return allowed


def _refused(practice: Practice, rng: np.random.Generator, services: Services) -> Ints:
    """The refusal of every line, -1 for none: whole visits, and single lines."""
    rates = np.array([p.denied for p in practice.payers])[services.payer] / 100
    by_visit, by_line = practice.payments["visit_denials"], practice.payments["line_denials"]
    visits = int(services.visit[-1]) + 1 if services.size else 0
    visit_refused = rng.random(visits)[services.visit] < rates[:, 0]
    line_refused = rng.random(services.size) < rates[:, 1]
    visit_reason = pick_one(rng, list(by_visit.values()), visits)[services.visit]
    line_reason = len(by_visit) + pick_one(rng, list(by_line.values()), services.size)
    return np.where(visit_refused, visit_reason, np.where(line_refused, line_reason, _NOT_REFUSED))


def _remittance_day(practice: Practice, rng: np.random.Generator, services: Services) -> Ints:
    """Day of the remittance of every line's claim; NEVER where it has not come by the day of the export."""
    visits = int(services.visit[-1]) + 1 if services.size else 0
    wait = rng.exponential(size=visits)[services.visit]
    unanswered = rng.random(visits)[services.visit] < practice.payments["unanswered"] / 100
    remittance_day = np.zeros(services.size, dtype=np.int64)
    for index, payer in enumerate(practice.payers):
        of_payer = services.payer == index
        slower = np.zeros(int(of_payer.sum()), dtype=np.bool_)
        if payer.slower_from:
            slower = services.day[of_payer] >= (payer.slower_from - practice.first_day).days
        shortest = np.where(slower, payer.slower_answer[0], payer.answer[0])
        average = np.where(slower, payer.slower_answer[1], payer.answer[1])
        remittance_day[of_payer] = (
            services.day[of_payer] + shortest + (wait[of_payer] * (average - shortest)).astype(np.int64)
        )
        unanswered[of_payer] &= average > 0
    # Payers and the clinic post on working days.
    weekday = (remittance_day + practice.first_day.weekday()) % 7
    remittance_day += np.where(weekday >= SATURDAY, 7 - weekday, 0)
    return np.where(unanswered | (remittance_day > _export_day(practice)), NEVER, remittance_day)


def _export_day(practice: Practice) -> int:
    return (practice.exported_on - practice.first_day).days


def _years(practice: Practice, day: Ints) -> Ints:
    """Calendar year of every day."""
    first = practice.first_day.toordinal()
    days = (practice.last_day - practice.first_day).days + 1
    table = np.array([date.fromordinal(first + number).year for number in range(days)])
    return table[day]


def _in_deductible(practice: Practice, rng: np.random.Generator, services: Services, allowed: Ints) -> Flags:
    """Lines that fall wholly into what is left of the patient's deductible of the year.

    A line that would pass the deductible is paid in full, so that a Medicare payment is always that of the schedule.
    """
    year = _years(practice, services.day)
    years = range(practice.first_day.year, practice.last_day.year + 1)
    patients = int(services.patient.max()) + 1 if services.size else 0
    part_left = rng.random((patients, len(years)))[services.patient, year - years[0]]
    still_open = rng.random((patients, len(years)))[services.patient, year - years[0]]
    amounts = np.array([[p.deductible_cents.get(y, 0) for y in years] for p in practice.payers])
    chance = np.array([p.deductible_open / 100 for p in practice.payers])[services.payer]
    deductible = (amounts[services.payer, year - years[0]] * part_left).astype(np.int64)
    return (running(allowed, changes(services.patient, year)) <= deductible) & (still_open < chance)


def _patient_share(
    practice: Practice, rng: np.random.Generator, services: Services, allowed: Ints, medicare: pl.DataFrame
) -> tuple[Ints, Flags]:
    """The patient's part of the allowed amounts, and where it is the deductible."""
    deducted = _in_deductible(practice, rng, services, allowed) & (allowed > 0)
    copay = np.array([p.copay_cents for p in practice.payers])[services.payer]
    rate = np.array([p.coinsurance for p in practice.payers])[services.payer]
    exact = np.array([p.contract.kind == "medicare" for p in practice.payers])[services.payer]
    coinsurance = np.where(exact, medicare["coinsurance_cents"].to_numpy(), percent_of(allowed, rate))
    share = coinsurance + capped(allowed, changes(services.patient, services.day), copay)
    return np.where(deducted, allowed, share), deducted


def above_threshold(practice: Practice, services: Services, medicare: pl.DataFrame) -> Flags:
    """Lines above the year's therapy threshold: PT and SLP together, OT apart, for payers that want KX."""
    discipline, _ = of_clinician(practice, services)
    occupational = (discipline == DISCIPLINES.index("OT")).astype(np.int64)
    year = _years(practice, services.day)
    order = np.lexsort((np.arange(services.size), year, occupational, services.patient))
    expected = medicare["expected_cents"].to_numpy()[order]
    running_total = np.empty(services.size, dtype=np.int64)
    running_total[order] = running(expected, changes(services.patient[order], occupational[order], year[order]))
    limits = {int(year): cents for year, cents in practice.care["kx_thresholds_cents"].items()}
    wants_kx = np.array([p.kx for p in practice.payers])[services.payer]
    limit = np.array([limits[y] for y in range(practice.first_day.year, practice.last_day.year + 1)])
    return wants_kx & (running_total > limit[year - practice.first_day.year])


def settle(practice: Practice, seed: int, services: Services, medicare: pl.DataFrame) -> Payments:
    """Pay, refuse or leave open every line, as its payer does."""
    refusing, paying, sharing, collecting = (np.random.default_rng([seed, stage]) for stage in range(10, 14))
    remittance_day = _remittance_day(practice, paying, services)
    answered = remittance_day < NEVER
    refusal = np.where(answered, _refused(practice, refusing, services), _NOT_REFUSED)
    paid = answered & (refusal == _NOT_REFUSED)
    allowed = np.where(paid, _allowed(practice, services, medicare), 0)
    share, deducted = _patient_share(practice, sharing, services, allowed, medicare)

    self_pay = np.array([p.type == "Self Pay" for p in practice.payers])[services.payer]
    share = np.where(self_pay, allowed, share)
    exact = np.array([p.contract.kind == "medicare" for p in practice.payers])[services.payer]
    in_force = paid & exact & ~deducted
    sequestration = np.where(in_force, medicare["sequestration_cents"].to_numpy(), 0)
    assistant_cut = np.where(in_force, medicare["assistant_cut_cents"].to_numpy(), 0)
    share = np.where(paid, share, 0)
    insurance = allowed - share - sequestration - assistant_cut

    second = _second_insurer(practice, sharing, services) & paid
    insurance += np.where(second, share, 0)
    patient_paid = _collected(practice, collecting, services, np.where(second, 0, share), remittance_day, self_pay)
    written_off = _written_off(practice, refusal, remittance_day)
    adjustment = np.where(paid, services.charge - allowed + sequestration + assistant_cut, 0)
    return Payments(
        allowed=allowed,
        insurance_paid=insurance,
        patient_paid=patient_paid,
        adjustment=np.where(written_off, services.charge, adjustment),
        remittance_day=remittance_day,
        refusal=refusal,
        cuts=_cuts(practice, services, allowed, sequestration, medicare),
        kx=above_threshold(practice, services, medicare),
    )


def _second_insurer(practice: Practice, rng: np.random.Generator, services: Services) -> Flags:
    """Patients whose second insurer pays the patient's share."""
    patients = int(services.patient.max()) + 1 if services.size else 0
    chance = np.array([p.secondary / 100 for p in practice.payers])[services.payer]
    return rng.random(patients)[services.patient] < chance


def _collected(
    practice: Practice, rng: np.random.Generator, services: Services, share: Ints, remittance_day: Ints, at_once: Flags
) -> Ints:
    """What patients have paid of their shares by the day of the export."""
    visits = int(services.visit[-1]) + 1 if services.size else 0
    shortest, average = practice.payments["patient_after"]
    wait = shortest + (rng.exponential(average - shortest, visits)).astype(np.int64)[services.visit]
    pays = rng.random(visits)[services.visit] < practice.payments["patient_pays"] / 100
    return np.where(at_once | (pays & (remittance_day + wait <= _export_day(practice))), share, 0)


def _written_off(practice: Practice, refusal: Ints, remittance_day: Ints) -> Flags:
    """Refused lines the clinic has given up: its own loss (CO), and long enough ago."""
    own_loss = np.array([text.startswith("CO") for text in refusals(practice)])
    long_ago = remittance_day + practice.payments["written_off_after"] <= _export_day(practice)
    written_off: Flags = (refusal != _NOT_REFUSED) & own_loss[refusal] & long_ago
    return written_off


def _cuts(practice: Practice, services: Services, allowed: Ints, sequestration: Ints, medicare: pl.DataFrame) -> Ints:
    """Which reasons an adjustment has, as a position in CUTS."""
    applies_mppr = [p.contract.kind.endswith("medicare") and p.contract.mppr for p in practice.payers]
    by_mppr = medicare["list_cents"].to_numpy() - medicare["scheduled_cents"].to_numpy()
    reduced = np.array(applies_mppr)[services.payer] & (by_mppr > 0)
    above_contract = services.charge - allowed - np.where(reduced, by_mppr, 0) > 0
    bits = (above_contract, reduced, sequestration > 0)
    total: Ints = np.sum([applies.astype(np.int64) << index for index, applies in enumerate(bits)], axis=0)
    return total
