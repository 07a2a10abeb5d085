"""Fees are put right once limits are known, hold in the next stretch, and a rate is told from a cap."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from analysis.payers.discovery.fit import described
from analysis.payers.discovery.plans import two_plans
from analysis.payers.discovery.rare import with_rare_fees
from analysis.payers.discovery.refine import refined
from analysis.payers.discovery.stretches import Stretch
from analysis.payers.discovery.terms import Base, Fee, Terms, pay
from tests.payers.discovery.made_up import (
    FEES,
    a_visit,
    amounts_of,
    by_fee,
    discovered,
    evidence_of,
    limited,
    made_visits,
    raised,
    rows_of,
    share,
)

TABLE = {code: Fee(cents, cents) for code, cents in FEES.items()}
LINES = raised(made_visits(60), date(2025, 4, 1), 7)


def test_a_wrong_fee_is_put_right_by_lines_of_visits_at_the_cap() -> None:
    # 97530 stands first in some visits at the cap: there its line shows the fee, though the visit does not.
    lines = made_visits(60, plans=((("97530", 1), ("97110", 2)), (("97110", 1), ("97140", 1)), (("97112", 1),)))
    evidence = evidence_of(lines, limited(lines, amounts_of(lines, by_fee), cap=90_00))
    wrong = Terms(fees=TABLE | {"97530": Fee(4_90, 4_90)}, cap_cents=90_00)
    better = refined(evidence, described(evidence, wrong, Terms()), Terms())
    assert better.terms.fees["97530"] == TABLE["97530"]
    assert better.paid.visit_hit.all()


def test_one_percentage_takes_the_place_of_fees_it_gives_as_well() -> None:
    rare = [
        replace(line, visit=100 + at, code=f"9715{at}", charge=90_00 + 10_00 * at) for at, line in enumerate(LINES[:3])
    ]
    lines = [*LINES, *rare]
    evidence = evidence_of(lines, [share(line.charge, 40) if line in rare else by_fee(line) for line in lines])
    fees = Terms(fees=TABLE | {"97150": Fee(36_00, 36_00)})
    better = refined(evidence, described(evidence, fees, Terms()), Terms())
    assert evidence.lines - better.hits <= evidence.lines - described(evidence, fees, Terms()).hits
    assert better.terms.other_bp == 4000
    assert "97150" not in better.terms.fees


def test_pairs_alone_are_split_as_the_table_splits_other_codes() -> None:
    plans = ((("97110", 2), ("97140", 1)), (("97110", 1), ("97112", 2)), (("97112", 1),))
    lines = [*made_visits(40, plans=plans), *made_visits(40, plans=((("97530", 2), ("97110", 1)),))[:4]]
    lines = [replace(line, visit=line.visit + 100 * (line.code == "97530")) for line in lines]
    amounts = amounts_of(lines, lambda line: by_fee(line, further=75))
    evidence = evidence_of(lines, amounts)
    terms = Terms(fees={code: Fee(FEES[code], share(FEES[code], 75)) for code in ("97110", "97112", "97140")})
    [part] = with_rare_fees([Stretch(None, evidence, (described(evidence, terms, Terms()),))])
    fee = part.best.terms.fees["97530"]
    assert fee.first + fee.further == 42_00 + 31_50
    assert abs(fee.first - 42_00) <= 1


def test_a_fee_that_the_stretch_before_shows_holds_where_the_table_stayed() -> None:
    early = made_visits(40, plans=((("97110", 1), ("97112", 1)), (("97140", 1), ("97116", 1)), (("97161", 1),)))
    late = [replace(line, visit=line.visit + 100) for line in early if line.code != "97161"]
    terms = Terms(fees=TABLE)
    cut = Terms(fees={code: fee for code, fee in TABLE.items() if code != "97161"} | {"97116": Fee(30_00, 30_00)})
    parts = []
    for lines, known in ((early, terms), (late, cut)):
        first = {code: fee.first for code, fee in known.fees.items()}
        evidence = evidence_of(lines, [first[line.code] for line in lines])
        parts.append(Stretch(None, evidence, (described(evidence, known, Terms()),)))
    _, after = with_rare_fees(parts)
    assert after.best.terms.fees["97161"] == TABLE["97161"]
    assert after.best.terms.fees["97116"] == Fee(30_00, 30_00)


def test_a_visit_of_which_a_line_is_missing_may_or_may_not_have_met_its_floor() -> None:
    lines = made_visits(2, plans=((("97110", 1),),))
    terms = Terms(fees=TABLE, floor_cents=80_00)
    for cents in (36_00, 80_00):
        assert pay(evidence_of(lines, [cents] * 2, parts=(0, 1)), terms).visit_hit.all()
    assert not pay(evidence_of(lines, [36_00] * 2), terms).visit_hit.any()
    assert not pay(evidence_of(lines, [41_00] * 2, parts=(0, 1)), terms).visit_hit.any()


def test_amounts_worked_out_from_rounded_ones_may_be_a_cent_off() -> None:
    lines = made_visits(4, plans=((("97110", 1),),))
    off = evidence_of(lines, [share(line.charge, 50) - 1 for line in lines])
    assert not pay(off, Terms(Base("charge"), 5000)).line_hit.any()
    assert pay(replace(off, slack=1), Terms(Base("charge"), 5000)).line_hit.all()


def test_a_rate_is_named_where_odd_visits_lie_on_both_sides_of_it_and_not_where_all_lie_below() -> None:
    draw = random.Random(3)  # noqa: S311  made-up work, no secret
    lines = raised(made_visits(120), date(2025, 6, 1), 7)
    odd = {visit: draw.randrange(-60_00, 60_00) for visit in range(120) if draw.random() < 0.52}
    rates = a_visit(lines, lambda visit: 88_00 + odd.get(visit[0].visit, 0))
    below = a_visit(lines, lambda visit: 88_00 - abs(odd.get(visit[0].visit, 0)))
    said = [discovered(rows_of(lines, amounts)).table()["basis"].to_list() for amounts in (rates, below)]
    assert said == [["per_visit"], ["unknown"]]


def test_a_change_of_terms_is_no_second_plan_but_plans_side_by_side_are() -> None:
    lines = raised(made_visits(120), date(2025, 6, 1), 7)
    fees = {code: share(cents, 83) for code, cents in FEES.items()}
    mixed = evidence_of(lines, [by_fee(line, fees if line.visit % 2 else FEES) for line in lines])
    whole = Stretch(None, mixed, (described(mixed, Terms(fees=TABLE), Terms()),))
    assert two_plans(mixed, [whole])
    changed = evidence_of(lines, [by_fee(line, fees if line.visit >= 60 else FEES) for line in lines])
    later = np.arange(120) >= 60
    parts = []
    for chosen, table in ((~later, FEES), (later, fees)):
        part = changed.of_visits(chosen)
        terms = Terms(fees={code: Fee(cents, cents) for code, cents in table.items()})
        parts.append(Stretch(None, part, (described(part, terms, Terms()),)))
    assert not two_plans(changed, parts)


@pytest.mark.parametrize(("percent", "basis"), [(100, "fee_per_code"), (0, "unknown")])
def test_nothing_is_named_where_most_lines_of_assistants_do_not_come_out(percent: int, basis: str) -> None:
    # Every eighth visit is an assistant's, paid by no percentage of the fee, or at the fee as everyone's.
    lines = raised([replace(line, assistant=line.visit % 8 == 1) for line in made_visits(60)], date(2025, 4, 1), 7)
    amounts = [
        by_fee(line) if percent or not line.assistant else by_fee(line) * (50 + at * 7 % 45) // 100
        for at, line in enumerate(lines)
    ]
    assert discovered(rows_of(lines, amounts)).table()["basis"].to_list() == [basis]


def test_a_cap_among_odd_lines_is_found_by_the_visits_and_holds_in_the_next_stretch() -> None:
    lines = made_visits(60, plans=((("97530", 2), ("97110", 2)), (("97110", 1), ("97140", 1)), (("97112", 1),)))
    paid = limited(lines, amounts_of(lines, by_fee), cap=120_00)
    early = evidence_of(lines, paid)
    later = evidence_of(
        [line for line in lines if line.visit < 6],
        [cents for line, cents in zip(lines, paid, strict=True) if line.visit < 6],
    )
    plain = Terms(fees=TABLE)
    parts = [Stretch(None, each, (described(each, plain, Terms()),)) for each in (early, later)]
    first, second = with_rare_fees(parts)
    assert first.best.terms.cap_cents == second.best.terms.cap_cents == 120_00
    assert first.best.paid.visit_hit.all()
