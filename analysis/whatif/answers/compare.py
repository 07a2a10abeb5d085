"""Compare a scenario with the baseline, per code and in total, to the cent; and refuse what these lines rule out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.codes.hcpcs import label
from analysis.errors import BadInput
from analysis.medicare.fees import load_book
from analysis.money import BASIS, half_up
from analysis.whatif.answers.difference import Difference
from analysis.whatif.scenarios import EVERYWHERE, Recode, ScheduleChange
from analysis.whatif.visits import MEASURES
from analysis.whatif.visits import total as total_of
from analysis.whatif.visits.recoding import shares

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from analysis.whatif.answers.difference import MedicareMeasure
    from analysis.whatif.scenarios import Scenario
    from analysis.whatif.visits import Cube, Exact, Outcome

COLUMN: dict[MedicareMeasure, str] = {"allowed": "expected_cents", "receipts": "receipts_cents"}
"""What a measure is called among a line's amounts."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Units and cents before, after and their difference; `units_after` is an expected value.

    Units before are whole unless fewer months are scaled up to a year.
    """

    units_before: float
    units_after: float
    allowed_before_cents: int
    allowed_after_cents: int
    receipts_before_cents: int
    receipts_after_cents: int

    @property
    def allowed_difference_cents(self) -> int:
        """After less before."""
        return self.allowed_after_cents - self.allowed_before_cents

    @property
    def receipts_difference_cents(self) -> int:
        """After less before."""
        return self.receipts_after_cents - self.receipts_before_cents


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """A scenario against the baseline, all lines at Medicare rates regardless of payer.

    Attributes
    ----------
    per_code:
        Grain: code, the largest difference in allowed amounts first: code, label, units_before, units_after (an
        expected value, exact to four decimals), allowed_before_cents, allowed_after_cents, allowed_difference_cents,
        receipts_before_cents, receipts_after_cents, receipts_difference_cents. Amounts are null for a code without any.
        Each is its exact value rounded up or down, so that the column adds up to the total.
    per_payer_class:
        The same by payer class, in `key`.
    total:
        All lines; each amount is its exact value rounded half-up once.
    notes:
        What to say beside the figures.
    proposed:
        Whether a proposed schedule prices any of it.
    without_amount:
        What to say of lines without a Medicare amount; empty if there are none.
    """

    scenario: Scenario
    per_code: pl.DataFrame
    per_payer_class: pl.DataFrame
    total: Totals
    notes: tuple[str, ...]
    proposed: bool
    without_amount: str = ""

    def difference(self, measure: MedicareMeasure) -> Difference:
        """Return what the scenario changes in one measure."""
        before, after = (getattr(self.total, f"{measure}_{side}_cents") for side in _SIDES)
        amounts = (f"{measure}_{side}_cents" for side in (*_SIDES, "difference"))
        per_code = self.per_code.select("code", "label", *_UNITS, *amounts)
        return Difference(self.scenario, measure, before, after, per_code, self.proposed)


def compare(cube: Cube, scenario: Scenario) -> Comparison:
    """Price a scenario and compare it with the baseline.

    Raises
    ------
    BadInput
        Naming the change that selects nothing, or that no fee schedule has an amount for.
    MissingRelease
        For a year or locality without a schedule.
    """
    outcome = checked(cube, scenario)
    sides = (outcome.before, outcome.after)
    total = Totals(
        _units(total_of(outcome.before, "units")),
        _decimal(total_of(outcome.after, "units")),
        *(rounded(total_of(side, column)) for column in COLUMN.values() for side in sides),
    )
    codes = _table(outcome, total, "code", lambda key: key[0])
    names = pl.Series("label", [label(code) for code in codes["code"]], pl.String)
    return Comparison(
        scenario=scenario,
        per_code=codes.insert_column(1, names),
        per_payer_class=_table(outcome, total, "key", lambda key: key[1]),
        total=total,
        notes=_notes(scenario, outcome),
        proposed=is_proposed(scenario),
        without_amount=_without_amount(outcome.left_out),
    )


def checked(cube: Cube, scenario: Scenario) -> Outcome:
    """Return the outcome of a scenario whose every change affects some line; BadInput otherwise."""
    _check_selections(cube, scenario)
    outcome = cube.outcome(scenario)
    for position, (recode, visits) in enumerate(zip(scenario.of(Recode), outcome.moved_visits, strict=False), start=1):
        if not visits:
            somewhere = "" if recode.where == EVERYWHERE else " that meets its where condition"
            raise BadInput(
                f"no visit with a priced unit of {recode.source}{somewhere}",
                expected="at least one visit with units that can move",
                todo="correct the code or condition, or remove the recoding",
                column=f"recode {position}",
            )
    _check_priced(scenario, outcome)
    return outcome


def _check_selections(cube: Cube, scenario: Scenario) -> None:
    """Refuse changes that affect no line in view: they would quietly change nothing."""
    for name, change in scenario.named():
        change.check_lines(cube, name, scenario)


def _check_priced(scenario: Scenario, outcome: Outcome) -> None:
    """Refuse a scenario that would leave a priced line without an amount."""
    if outcome.unpriced.is_empty():
        return
    row = outcome.unpriced.row(0, named=True)
    targets = {recode.target: position for position, recode in enumerate(scenario.of(Recode), start=1)}
    where = f"recode {targets[row['code']]}, to" if row["code"] in targets else "schedule"
    codes = ", ".join(dict.fromkeys(outcome.unpriced["code"]))
    todo = "list them in leave_out to leave them out of the comparison"
    lines = int(outcome.unpriced["lines"].sum())
    raise BadInput(
        f"{codes}: {row['reason']} ({lines:,} line{'' if lines == 1 else 's'})",
        expected="a fee schedule with an amount for every code in use",
        todo="choose another code or schedule" if row["code"] in targets else f"{todo}, or choose another schedule",
        column=where,
    )


def rounded(value: Exact) -> int:
    """Round half-up to a whole number."""
    return half_up(value.numerator, value.denominator)


def _decimal(value: Exact) -> float:
    return rounded(value * BASIS) / BASIS


def _units(value: Exact) -> float:
    """Return units as a whole number where they are one."""
    return int(value) if value.denominator == 1 else _decimal(value)


def _table(outcome: Outcome, total: Totals, name: str, key: Callable[[tuple[str, str]], str]) -> pl.DataFrame:
    """Sum by one part of the outcome's keys, the largest difference in allowed amounts first."""
    keys = sorted({key(pair) for pair in (*outcome.before, *outcome.after)})
    priced = {key(pair) for pair in outcome.priced_keys} | {
        key(pair) for pair, values in outcome.after.items() if any(values[1:])
    }
    columns: dict[str, Sequence[object]] = {name: keys}
    for side, sums in (("before", outcome.before), ("after", outcome.after)):
        per_group: dict[str, list[Exact]] = {group: [0] * len(MEASURES) for group in keys}
        for pair, values in sums.items():
            per_group[key(pair)] = [a + b for a, b in zip(per_group[key(pair)], values, strict=True)]
        units = [per_group[group][0] for group in keys]
        whole = side == "before" and all(number.denominator == 1 for number in units)
        columns[f"units_{side}"] = [int(number) if whole else _decimal(number) for number in units]
        for measure, column in COLUMN.items():
            exact_sums = [per_group[group][MEASURES.index(column)] for group in keys]
            cents_per_group = shared_out(exact_sums, getattr(total, f"{measure}_{side}_cents"))
            columns[f"{measure}_{side}_cents"] = [
                cents if group in priced else None for group, cents in zip(keys, cents_per_group, strict=True)
            ]
    frame = pl.DataFrame(columns, schema_overrides={f"{m}_{s}_cents": pl.Int64 for m in COLUMN for s in _SIDES})
    frame = frame.with_columns(
        (pl.col(f"{m}_after_cents") - pl.col(f"{m}_before_cents")).alias(f"{m}_difference_cents") for m in COLUMN
    )
    size = pl.col("allowed_difference_cents").abs()
    return frame.select(name, *_UNITS, *(f"{m}_{s}_cents" for m in COLUMN for s in (*_SIDES, "difference"))).sort(
        [size, name], descending=[True, False], nulls_last=True
    )


_SIDES = ("before", "after")
_UNITS = ("units_before", "units_after")


def shared_out(exact_values: Sequence[Exact], total: int) -> list[int]:
    """Return whole cents that add up to a total, each rounded up or down: the largest remainders go up.

    >>> from fractions import Fraction
    >>> shared_out([Fraction(1, 3), Fraction(4, 3), Fraction(4, 3)], 3)
    [1, 1, 1]
    """
    floors = [value.numerator // value.denominator for value in exact_values]
    order = sorted(range(len(floors)), key=lambda index: exact_values[index] - floors[index], reverse=True)
    for index in order[: total - sum(floors)]:
        floors[index] += 1
    return floors


def is_proposed(scenario: Scenario) -> bool:
    """Whether a scenario rests on a schedule that is only proposed."""
    change = scenario.one(ScheduleChange)
    year = None if change is None else change.schedule_year
    return year is not None and load_book().schedule(year).proposed


def _notes(scenario: Scenario, outcome: Outcome) -> tuple[str, ...]:
    return tuple(_sentences(scenario, outcome))


def _sentences(scenario: Scenario, outcome: Outcome) -> Iterable[str]:
    change = scenario.one(ScheduleChange)
    year = None if change is None else change.schedule_year
    if year is not None and load_book().schedule(year).proposed:
        yield f"The {load_book().schedule(year).label} schedule is not final: {load_book().schedule(year).note}"
    if any(0 < share < BASIS for share in shares(scenario)):
        yield (
            "A share is the fraction of eligible visits that change. The result is an exact average between no visit "
            "changing and every visit changing."
        )
    for recode in scenario.of(Recode):
        if not recode.share_bp:
            yield f"The recoding from {recode.source} to {recode.target} has a share of 0, so it changes nothing."
    codes_in_view = {code for code, _ in outcome.before}
    if change is not None and (left_out := [code for code in change.leave_out if code in codes_in_view]):
        yield f"Lines with {', '.join(left_out)} are left out of the comparison."


def _without_amount(lines: int) -> str:
    if not lines:
        return ""
    return (
        f"{lines:,} line{'s have' if lines > 1 else ' has'} no Medicare amount; their units count, their dollars do "
        "not, before and after."
    )
