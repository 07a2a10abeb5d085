"""Changes surface by themselves: the sample's, those made up here, and nothing where nothing changed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from analysis import sample
from analysis.ingest import Export, read_export
from analysis.medicare.fees import resolve
from analysis.payers import ContractBook
from analysis.payments import Break, breaks, findings, lines_of
from analysis.payments.breaks.pays_less import pays_less
from analysis.payments.breaks.scan import since_first_of_month, split
from analysis.payments.breaks.waits import usual_wait
from analysis.pricing import Priced, price
from analysis.system.paths import DATA
from tests.bench.practices import make_practice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

SAMPLE = DATA / "samples" / "riverside_pt.csv"
FIRST, LAST = date(2025, 1, 2), date(2026, 10, 30)
CHANGE = date(2026, 3, 1)
HEADINGS = (
    "Patient ID", "DOS", "CPT", "Mods", "Units", "Charge", "Payer", "Allowed", "Insurance Paid", "Status",
    "Adjustment Reason", "Remittance Date",
)  # fmt: skip

Row = dict[str, str]
Visit = list[Row]


def read(content: bytes, name: str = "a.csv") -> tuple[Export, Priced]:
    export = read_export(content, name, key=b"k" * 32, today=date(2026, 11, 22))
    places = {clinic: resolve(zip_code) for clinic, zip_code in export.clinic_zips.items()} or resolve("45202")
    return export, price(export.lines, places)


def found(content: bytes) -> list[tuple[str, str, str, date]]:
    export, priced = read(content)
    return [(one.rule, one.payer, one.about, one.since) for one in breaks(priced.lines, export)]


def answered(code: str, units: int, charge: float, allowed: float, **cells: str) -> Row:
    amounts = {"Charge": f"{charge:.2f}", "Allowed": f"{allowed:.2f}", "Insurance Paid": f"{allowed:.2f}"}
    return {"CPT": code, "Mods": "GP", "Units": str(units), "Adjustment Reason": "CO-45", **amounts, **cells}


def practice(visit: Callable[[date, np.random.Generator], Visit], *, visits_a_day: int = 1, wait: int = 20) -> bytes:
    """Make an export of one payer from what a visit on a day bills; a patient comes for some weeks."""
    rng = np.random.default_rng(5)
    rows: list[str] = [",".join(HEADINGS)]
    day, number = FIRST, 0
    while day <= LAST:
        for _ in range(visits_a_day if day.weekday() < 5 else 0):
            number += 1
            cells = {"Patient ID": f"P{number % 40}-{number // 400}", "DOS": day.isoformat(), "Payer": "Harbor Health"}
            paid_on = (day + timedelta(int(wait + rng.exponential(5)))).isoformat()
            lines = [{**cells, "Remittance Date": paid_on, **line} for line in visit(day, rng)]
            rows.extend(",".join(line.get(name, "") for name in HEADINGS) for line in lines)
        day += timedelta(1)
    return "\n".join(rows).encode()


@pytest.fixture(scope="module")
def riverside() -> tuple[Export, Priced, tuple[Break, ...]]:
    export, priced = read(SAMPLE.read_bytes(), SAMPLE.name)
    return export, priced, breaks(priced.lines, export)


def test_what_is_planted_in_the_sample_is_found_and_nothing_else(
    riverside: tuple[Export, Priced, tuple[Break, ...]],
) -> None:
    less, slower = riverside[2]
    assert (less.rule, less.payer, less.about) == ("payments__pays_less", "Summit Health PPO", "97530")
    assert less.since == date(2026, 4, 1)
    assert "$36.96 a unit instead of $42.00" in less.title
    assert (slower.rule, slower.payer, slower.since) == ("payments__slower", "Granite Mutual", date(2026, 2, 1))


def test_the_lines_behind_a_change_add_up(riverside: tuple[Export, Priced, tuple[Break, ...]]) -> None:
    _, priced, (less, _) = riverside
    behind = lines_of(less, priced.lines)
    short = behind.select((4200 * pl.col("units") - pl.col("allowed_cents")).sum()).item()
    assert short == less.dollars_cents
    assert (behind["date_of_service"] >= less.since).all()
    assert behind["date_of_service"].is_sorted(descending=True)


def test_changes_are_findings_with_their_rows(riverside: tuple[Export, Priced, tuple[Break, ...]]) -> None:
    export, priced, (less, slower) = riverside
    rows = findings(priced, export, ContractBook()).filter(pl.col("rule").str.starts_with("payments__"))
    assert sorted(rows["rule"]) == ["payments__pays_less", "payments__slower"]
    by_rule = {row["rule"]: row for row in rows.iter_rows(named=True)}
    assert by_rule["payments__pays_less"]["dollars_cents"] == less.dollars_cents
    assert len(by_rule["payments__slower"]["source_rows"].split()) == len(slower.line_ids)


@pytest.mark.parametrize(("lines", "seed"), [(12_000, 3), (12_000, 6), (4_000, 12), (2_000, 1)])
def test_other_samples_hold_the_same_two_and_nothing_else(lines: int, seed: int, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    sample.write(sample.generate(lines, seed), path)
    planted = {("payments__pays_less", "Summit Health PPO", "97530"), ("payments__slower", "Granite Mutual", "")}
    told = {(rule, payer, about) for rule, payer, about, _ in found(path.read_bytes())}
    assert told <= planted
    assert lines < 12_000 or told == planted


FEES = {"97110": 30.0, "97112": 36.0, "97140": 32.0}


def fees(day: date, rng: np.random.Generator, cut: dict[str, float]) -> Visit:
    units = int(rng.integers(1, 3))
    lines: Iterable[str] = rng.permutation(list(FEES))[:2]
    return [
        answered(code, units, 70.0 * units, units * FEES[code] * (cut.get(code, 1) if day >= CHANGE else 1))
        for code in lines
    ]


def test_a_code_paid_less_is_found_among_steady_ones() -> None:
    assert found(practice(lambda day, rng: fees(day, rng, {"97112": 0.95}))) == [
        ("payments__pays_less", "Harbor Health", "97112", CHANGE)
    ]


@pytest.mark.parametrize("factor", [1.0, 1.1])
def test_steady_or_better_fees_are_no_finding(factor: float) -> None:
    assert found(practice(lambda day, rng: fees(day, rng, dict.fromkeys(FEES, factor)))) == []


def test_a_tenth_of_odd_amounts_hides_no_change_and_makes_none() -> None:
    def odd(day: date, rng: np.random.Generator, cut: float) -> Visit:
        lines = fees(day, rng, {"97110": cut})
        if rng.random() < 0.1:
            lines[0] = {**lines[0], "Allowed": f"{rng.uniform(5, 60):.2f}"}
        return lines

    since = found(practice(lambda day, rng: odd(day, rng, 0.9)))
    assert since == [("payments__pays_less", "Harbor Health", "97110", CHANGE)]
    assert found(practice(lambda day, rng: odd(day, rng, 1.0))) == []


def test_a_percent_of_charge_follows_the_charges() -> None:
    def lowered(day: date, rng: np.random.Generator) -> Visit:
        charge = 70.0 if day < CHANGE else 63.0
        units = int(rng.integers(1, 3))
        return [answered("97110", units, charge * units, 0.6 * charge * units)]

    assert found(practice(lowered)) == []


def test_a_rate_per_visit_is_judged_by_visit() -> None:
    def flat(day: date, rng: np.random.Generator, after: float) -> Visit:
        rate = 88.0 if day < CHANGE else after
        charge = 70.0 if day < CHANGE else 75.0  # the second line gets what the first left of the rate
        first, second = min(charge, rate), rate - min(charge, rate)
        lines = [answered("97110", 1, charge, first), answered("97112", int(rng.integers(1, 3)), 90, second)]
        return [*lines, answered("97140", 1, 60, 0)] if rng.random() < 0.4 else lines

    assert found(practice(lambda day, rng: flat(day, rng, 88.0))) == []
    assert found(practice(lambda day, rng: flat(day, rng, 80.0))) == [
        ("payments__pays_less", "Harbor Health", "", CHANGE)
    ]


def test_more_reduced_units_are_the_practices_own_change() -> None:
    """A payer that pays half for the second service pays no less where another code comes first more often."""

    def half(day: date, rng: np.random.Generator) -> Visit:
        first = rng.random() < (0.7 if day < CHANGE else 0.3)
        return [answered("97112", 1, 80, 40 if first else 20), answered("97110", 1, 70, 15 if first else 30)]

    assert found(practice(half)) == []


def test_a_fall_is_found_where_a_second_service_is_paid_less() -> None:
    def half(day: date, rng: np.random.Generator) -> Visit:
        first, cut = rng.random() < 0.5, 1 if day < CHANGE else 0.9
        return [answered("97112", 1, 80, (40 if first else 20) * cut), answered("97110", 1, 70, 15 if first else 30)]

    assert found(practice(half)) == [("payments__pays_less", "Harbor Health", "97112", CHANGE)]


@pytest.mark.parametrize("seed", [3, 23])
def test_payers_whose_contracts_never_change_pay_no_less(seed: int) -> None:
    made = make_practice(seed)
    lines = price(made.lines, made.places).lines.with_columns(pl.col("payer").cast(pl.String))
    steady = [payer.name for payer in made.payers if len(payer.truth) < 2 and len(payer.as_paid) < 2]
    assert len(steady) > 2
    for name in steady:
        of_payer = lines.filter(pl.col("payer") == name)
        assert [one.code for one in pays_less(of_payer, None)] == [], name


def test_a_payer_that_got_slower_is_found_although_recent_months_hold_quick_answers_only() -> None:
    def late(day: date, rng: np.random.Generator, days: int) -> Visit:
        line = answered("97110", 1, 70, 30)
        if day < CHANGE:
            return [line]
        answered_on = day + timedelta(days + int(rng.exponential(8)))
        if answered_on > LAST:  # not in the files yet
            return [{**line, "Allowed": "", "Insurance Paid": "", "Adjustment Reason": "", "Remittance Date": ""}]
        return [{**line, "Remittance Date": answered_on.isoformat()}]

    assert found(practice(lambda day, rng: late(day, rng, 45))) == [("payments__slower", "Harbor Health", "", CHANGE)]
    assert found(practice(lambda day, rng: late(day, rng, 20))) == []


def test_a_usual_wait_counts_open_visits_and_only_those_old_enough() -> None:
    waits = np.array([10, 20, 30, 10**6, 10, 10**6, 10**6])
    ages = np.array([90, 90, 90, 90, 15, 12, 5])
    assert usual_wait(waits, ages, 3) == 20  # of four old enough, two answered within 20 days
    assert usual_wait(waits, ages, 6) is None  # six are old enough for ten days, two of six answered; for 20, four are
    assert usual_wait(np.array([10**6] * 5), np.array([90] * 5), 3) is None


def denied(day: date, rng: np.random.Generator, before: float, after: float) -> Visit:
    visit = fees(day, rng, {})
    if rng.random() >= (before if day < CHANGE else after):
        return visit
    refused = {"Allowed": "0.00", "Insurance Paid": "0.00", "Status": "denied", "Adjustment Reason": "CO-197"}
    return [{**line, **refused} for line in visit]


def test_a_reason_denied_more_is_found() -> None:
    [(rule, payer, about, since)] = found(practice(lambda day, rng: denied(day, rng, 0.02, 0.15), visits_a_day=3))
    assert (rule, payer, about) == ("payments__denies_more", "Harbor Health", "197")
    assert abs(since - CHANGE) <= timedelta(14)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1])
def test_a_steady_share_of_denials_is_no_finding(share: float) -> None:
    assert found(practice(lambda day, rng: denied(day, rng, share, share), visits_a_day=3)) == []


def test_the_visits_of_one_patient_denied_together_are_no_trend() -> None:
    content = practice(lambda day, rng: fees(day, rng, {}), visits_a_day=2).decode().splitlines()
    refused = [
        line if not (line.startswith("P7-") and line.split(",")[1] >= "2026-03-01") else
        ",".join([*line.split(",")[:7], "0.00", "0.00", "denied", "CO-197", line.split(",")[-1]])
        for line in content
    ]  # fmt: skip
    assert sum("denied" in line for line in refused) > 10
    assert found("\n".join(refused).encode()) == []


def test_a_spell_that_has_passed_is_not_told() -> None:
    days = np.arange(np.datetime64("2025-01-01"), np.datetime64("2026-01-01"))
    flags = (days >= np.datetime64("2025-05-01")) & (days < np.datetime64("2025-07-01"))
    assert split(days, flags, 20, "up") is None
    lasting = split(days, days >= np.datetime64("2025-05-01"), 20, "up")
    assert lasting is not None
    assert (lasting.since, lasting.before, lasting.after) == (date(2025, 5, 1), 0, 1)


def test_the_first_of_a_month_is_said_where_no_service_lies_between() -> None:
    assert since_first_of_month(date(2026, 3, 30), date(2026, 4, 3)) == date(2026, 4, 1)
    assert since_first_of_month(date(2026, 4, 2), date(2026, 4, 3)) == date(2026, 4, 3)


def test_nothing_is_found_in_a_few_lines_or_without_payments() -> None:
    header = ",".join(HEADINGS)
    assert found(f"{header}\nP1,2026-01-05,97110,GP,1,60.00,Aetna,,,,,\n".encode()) == []
    assert found(f"{header}\nP1,2026-01-05,97110,GP,1,60.00,Cash,,,,,\n".encode()) == []
