"""The days on which terms changed: found where they lie, on the first of a month where that lies between two visits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from analysis.payers.discovery.fit import fit_all
from analysis.payers.discovery.stretches import LEAST_VISITS, Stretch, _clearest, _merged, stretches
from analysis.payers.discovery.terms import Base, Fee
from tests.payers.discovery.made_up import (
    FEES,
    Line,
    a_visit,
    amounts_of,
    by_fee,
    evidence_of,
    made_visits,
    medicare_of,
    share,
)

START = date(2025, 1, 6)  # visits on every other day from here: 2025-04-30, 2025-05-02 ...
LINES = made_visits(120, start=START, assisted=0.3)
RAISED = FEES | {"97530": 36_96}


def since(day: date, *, before: dict[str, int] = FEES, after: dict[str, int] = RAISED) -> list[int]:
    return amounts_of(LINES, lambda line: by_fee(line, after if line.day >= day else before))


def found(amounts: list[int], lines: list[Line] = LINES) -> list[Stretch]:
    return stretches(evidence_of(lines, amounts, medicare_of(lines)))


def days(parts: list[Stretch]) -> list[date | None]:
    return [None if part.since is None else date.fromordinal(part.since) for part in parts]


def test_terms_that_stay_are_one_stretch() -> None:
    assert days(found(amounts_of(LINES, by_fee))) == [None]
    assert days(found(amounts_of(LINES, lambda line: share(line.charge, 58)))) == [None]


def test_a_fee_that_changes_on_the_first_of_a_month() -> None:
    # No visit on 2025-05-01: the first of the month lies between two visits and is chosen, not the visit after it.
    assert date(2025, 5, 1) not in {line.day for line in LINES}
    before, after = found(since(date(2025, 5, 1)))
    assert days([before, after]) == [None, date(2025, 5, 1)]
    assert before.best.terms.fees["97530"] == Fee(42_00, 42_00)
    assert after.best.terms.fees["97530"] == Fee(36_96, 36_96)
    same = {code: fee for code, fee in after.best.terms.fees.items() if code != "97530"}
    assert same == {code: fee for code, fee in before.best.terms.fees.items() if code != "97530"}
    assert before.evidence.lines + after.evidence.lines == len(LINES)
    assert before.best.hits == before.evidence.lines
    assert after.best.hits == after.evidence.lines


def test_a_fee_that_changes_amid_a_month_since_the_first_visit_that_shows_it() -> None:
    shown = min(line.day for line in LINES if line.code == "97530" and line.day >= date(2025, 5, 14))
    assert shown.day > 1
    assert days(found(since(date(2025, 5, 14)))) == [None, shown]


def test_two_changes() -> None:
    lines = made_visits(240, start=START)
    days_of_change = (date(2025, 6, 1), date(2025, 11, 1))
    fees = (FEES, RAISED, {code: share(cents, 104) for code, cents in RAISED.items()})
    amounts = amounts_of(lines, lambda line: by_fee(line, fees[sum(line.day >= day for day in days_of_change)]))
    assert days(found(amounts, lines)) == [None, *days_of_change]


def test_a_rate_per_visit_that_rises() -> None:
    amounts = a_visit(LINES, lambda visit: 91_00 if visit[0].day >= date(2025, 5, 1) else 88_00)
    before, after = found(amounts)
    assert [part.best.terms.visit_cents for part in (before, after)] == [88_00, 91_00]
    assert days([after]) == [date(2025, 5, 1)]


def test_assistants_paid_less_since_a_day() -> None:
    day = date(2025, 5, 1)
    assistants = [share(by_fee(line), 85 if line.assistant and line.day >= day else 100) for line in LINES]
    before, after = found(assistants)
    assert [part.best.terms.assistants_bp for part in (before, after)] == [None, 8500]
    shown = min(line.day for line in LINES if line.assistant and line.day >= day)
    assert days([after])[0] in (day, shown)


def test_another_basis_since_a_day() -> None:
    day = date(2025, 5, 1)
    amounts = amounts_of(LINES, lambda line: share(line.charge, 58) if line.day >= day else by_fee(line))
    before, after = found(amounts)
    assert before.best.terms.fees.keys() == FEES.keys()
    assert after.best.terms.base == Base("charge")
    assert days([after]) == [day]


@pytest.mark.parametrize("count", [2, LEAST_VISITS - 1])
def test_a_few_last_visits_are_no_stretch_of_their_own(count: int) -> None:
    visits = sorted({line.visit for line in LINES})
    last = {visit: index for index, visit in enumerate(visits)}
    amounts = amounts_of(LINES, lambda line: by_fee(line) + (7_13 if last[line.visit] >= len(visits) - count else 0))
    assert days(found(amounts)) == [None]


def test_odd_lines_here_and_there_are_no_change() -> None:
    odd = [cents + 3_00 if at % 9 == 0 else cents for at, cents in enumerate(amounts_of(LINES, by_fee))]
    assert days(found(odd)) == [None]


def test_a_month_of_wrong_payments_is_told_or_left_but_terms_come_back() -> None:
    def paid(line: Line) -> int:
        return by_fee(line, RAISED if date(2025, 4, 1) <= line.day < date(2025, 6, 1) else FEES)

    parts = found(amounts_of(LINES, paid))
    assert days(parts) in ([None], [None, date(2025, 4, 1), date(2025, 6, 1)])
    assert parts[0].best.terms.fees["97530"] == parts[-1].best.terms.fees["97530"] == Fee(42_00, 42_00)


def test_stretches_of_the_same_terms_are_put_together() -> None:
    # As after a split whose middle part went by the terms of its neighbors.
    evidence = evidence_of(LINES, amounts_of(LINES, by_fee))
    middle = int(evidence.visit_day[60])
    apart = [
        Stretch(since, part, tuple(fit_all(part)))
        for since, part in (
            (None, evidence.of_visits(evidence.visit_day < middle)),
            (middle, evidence.of_visits(evidence.visit_day >= middle)),
        )
    ]
    [together] = _merged(evidence, apart)
    assert together.since is None
    assert together.evidence.lines == together.best.hits == len(LINES)


def test_the_clearest_day_parts_hits_from_misses() -> None:
    ordinals = np.array([START.toordinal() + day for day in (0, 0, 1, 2, 3, 3)], dtype=np.int64)
    [(bits, day)] = _clearest(ordinals, np.array([True, True, True, False, False, False]))
    assert day == (START + timedelta(days=2)).toordinal()
    assert bits == pytest.approx(6, abs=1e-3)
    assert list(_clearest(ordinals[:2], np.array([True, False]))) == []


def test_lines_of_one_day_are_one_stretch() -> None:
    lines = [replace(line, day=START) for line in LINES]
    amounts = [by_fee(line, RAISED if line.visit > 60 else FEES) for line in lines]
    assert days(found(amounts, lines)) == [None]
