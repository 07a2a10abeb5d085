"""Open lines: by payer and age, one by one with the next step, and how many days of billing they are."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from analysis.lines.billing_line import is_decided, is_insured
from analysis.lines.filters import Span, days
from analysis.metrics.core import total
from analysis.money import half_up
from analysis.payments.decided import AGES, age_class
from analysis.system.toml_data import fault, load

if TYPE_CHECKING:
    from collections.abc import Sequence

AR_DAYS = 90
"""Days of billing that days in A/R average; the definition in data/metrics.toml says so, too."""

AGE_COLUMNS = tuple(f"age_{index}_cents" for index in range(len(AGES)))

PAYER_AGES: dict[str, pl.DataType] = {
    "payer": pl.String(),
    "lines": pl.Int64(),
    "open_cents": pl.Int64(),
    **dict.fromkeys(AGE_COLUMNS, pl.Int64()),
    "expected_cents": pl.Int64(),
    "days_in_ar": pl.Int64(),
}
"""Grain: a payer with an open line: its open lines, what they are billed for, in all and by age (`decided.AGES`),
the same lines at Medicare rates, and the payer's days in A/R."""

OPEN: dict[str, pl.DataType] = {
    "line_id": pl.Int64(),
    "payer": pl.String(),
    "date_of_service": pl.Date(),
    "age_days": pl.Int64(),
    "code": pl.String(),
    "units": pl.Int64(),
    "charge_cents": pl.Int64(),
    "expected_cents": pl.Int64(),
    "due_cents": pl.Int64(),
    "todo": pl.String(),
    "provider": pl.String(),
    "source_file": pl.String(),
    "source_row": pl.Int64(),
}
"""Grain: an insured line no payer has answered, with its age and next step."""


@cache
def _steps() -> Sequence[tuple[int, str]]:
    """Return the next steps with the age in days that each starts after."""
    table = load("remittance/open_lines.toml", {"steps": [{"over_days": int, "todo": str}]})
    steps = [(step["over_days"], step["todo"]) for step in table["steps"]]
    if not steps or steps[0][0] or [days for days, _ in steps] != sorted({days for days, _ in steps}):
        raise fault("remittance/open_lines.toml", ("steps",), "over_days have to rise from 0")
    return tuple(steps)


def next_step() -> pl.Expr:
    """Say what to do about an open line, by its `age_days`."""
    todo = pl.lit(None, pl.String)
    for over_days, text in _steps():
        begun = pl.lit(value=True) if over_days == 0 else pl.col("age_days") > over_days
        todo = pl.when(begun).then(pl.lit(text)).otherwise(todo)
    return todo


def _open(lines: pl.DataFrame, as_of: date) -> pl.DataFrame:
    age = (pl.lit(as_of) - pl.col("date_of_service")).dt.total_days()
    return lines.filter(~is_decided() & is_insured()).with_columns(age_days=age)


def open_lines(answerable: pl.DataFrame, expected: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """List open lines: `OPEN`, the oldest first.

    Parameters
    ----------
    answerable:
        `payments.answerable`.
    expected:
        `expectations` of these lines, for what the payers' terms give.
    as_of:
        The last day in the files.
    """
    listed = (
        _open(answerable, as_of)
        .join(expected.select("line_id", "due_cents"), on="line_id", how="left", maintain_order="left")
        .with_columns(todo=next_step())
    )
    return listed.select(pl.col(name).cast(dtype) for name, dtype in OPEN.items()).sort(
        ["age_days", "charge_cents", "line_id"], descending=[True, True, False], nulls_last=True
    )


def aging_by_payer(answerable: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Sum open lines by payer and age: `PAYER_AGES`, the most billed dollars first. Parameters as of `open_lines`."""
    payer = pl.col("payer").cast(pl.String).fill_null("Not stated")
    lines = answerable.with_columns(payer=payer)
    of_age = [
        _sum(pl.col("charge_cents").filter(age_class(pl.col("age_days")) == index), pl.col("charge_cents")).alias(name)
        for index, name in enumerate(AGE_COLUMNS)
    ]
    aged = (
        _open(lines, as_of)
        .group_by("payer")
        .agg(
            pl.len().cast(pl.Int64).alias("lines"),
            total("charge_cents").alias("open_cents"),
            *of_age,
            total("expected_cents"),
        )
    )
    span = _ar_span(lines)
    of_payers = [_days(lines.filter(pl.col("payer") == name), span) for name in aged["payer"]]
    with_days = aged.with_columns(days_in_ar=pl.Series(of_payers, dtype=pl.Int64))
    return with_days.select(*PAYER_AGES).sort(["open_cents", "payer"], descending=[True, False])


def _sum(chosen: pl.Expr, amounts: pl.Expr) -> pl.Expr:
    """Sum some amounts; null if no line holds any amount, which is not $0.00."""
    return pl.when(amounts.count() > 0).then(chosen.sum())


def days_in_ar(answerable: pl.DataFrame) -> int | None:
    """Return days in A/R: charges of open lines divided by a day's average charges, half-up.

    The average is of insured lines over the AR_DAYS days up to the last date of service, weekends included. None if
    the lines do not reach back so far, or nothing was billed in these days.
    """
    return _days(answerable, _ar_span(answerable))


def _ar_span(lines: pl.DataFrame) -> Span | None:
    """Return the AR_DAYS days up to the last date of service; None if the lines do not reach back so far."""
    insured = lines.filter(is_insured())
    if insured.is_empty():
        return None
    first, last = days(insured)
    opens = last - timedelta(AR_DAYS - 1)
    return (opens, last) if first <= opens else None


def _days(lines: pl.DataFrame, span: Span | None) -> int | None:
    if span is None:
        return None
    insured = lines.filter(is_insured())
    billed = int(insured.filter(pl.col("date_of_service").is_between(*span))["charge_cents"].sum())
    open_cents = int(insured.filter(~is_decided())["charge_cents"].sum())
    return half_up(open_cents * AR_DAYS, billed) if billed > 0 else None
