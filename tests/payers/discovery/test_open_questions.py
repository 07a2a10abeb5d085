"""What the payments leave open is said beside the terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.payers.discovery.made_up import (
    FEES,
    a_visit,
    amounts_of,
    by_fee,
    discovered,
    made_visits,
    only,
    raised,
    rows_of,
)

LINES = raised(made_visits(120), date(2025, 4, 1), 7)


def said(amounts: list[int]) -> tuple[str, ...]:
    return only(discovered(rows_of(LINES, amounts))).sentences()


def test_a_rate_that_some_visits_stay_below_may_be_a_cap() -> None:
    below = range(7, 120, 11)
    amounts = a_visit(LINES, lambda visit: 88_00 - (visit[0].visit if visit[0].visit in below else 0))
    assert (
        said(amounts)[1]
        == "Summit PPO: $88.00 may also be a cap on something higher; 11 visits lie below it, none above"
    )
    above = a_visit(LINES, lambda visit: 88_00 + (visit[0].visit if visit[0].visit in below else 0))
    assert len(said(above)) == len(said(a_visit(LINES, lambda _: 88_00))) == 1


def test_a_fee_that_fell_is_a_change_of_terms_or_an_underpayment() -> None:
    cut, day = FEES | {"97530": 36_96}, date(2025, 6, 1)
    sentences = said(amounts_of(LINES, lambda line: by_fee(line, cut if line.day >= day else FEES)))
    assert sentences[1].startswith("Summit PPO: as before, but 97530 $36.96 instead of $42.00")
    assert sentences[2] == (
        "Summit PPO: if its contract did not change, it pays 97530 too little; only the contract tells"
    )
    assert not any("too little" in each for each in said(amounts_of(LINES, by_fee)))


def test_a_code_allowed_at_its_whole_charge_has_a_fee_of_at_least_that() -> None:
    lines = [replace(line, charge=29_00 * line.units) if line.code == "97140" else line for line in LINES]
    amounts = amounts_of(lines, lambda line: min(line.charge, by_fee(line)))
    sentences = only(discovered(rows_of(lines, amounts))).sentences()
    assert sentences[1:] == (
        (
            "Summit PPO: 97140 is allowed at your whole charge, so its fee is at least $29.00; "
            "a higher charge would show it"
        ),
    )


def test_a_code_that_was_never_paid_has_no_fee_and_no_charge_tested_the_limit() -> None:
    rows = rows_of(LINES, amounts_of(LINES, by_fee))
    denied = [row | {"status": "denied", "allowed_cents": 0} if row["code"] == "97116" else row for row in rows]
    [(basis, terms)] = [(row["basis"], row["terms"]) for row in discovered(denied).table().iter_rows(named=True)]
    assert basis == "fee_per_code"
    assert "97116" not in terms
    assert "lesser" not in terms
