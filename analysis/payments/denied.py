"""Denied lines of all payers: by payer, code, therapist, reason or month, and one by one with the next step."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from analysis.codes.carc import carc_text, carcs
from analysis.lines.billing_line import is_decided, is_denied, is_insured
from analysis.payments.decided import NO_REASON, denials_of_lines, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

DENIALS_BY = ("reason", "payer", "code", "provider", "month")
_KEYS: Mapping[str, pl.Expr] = {
    "reason": pl.col("carc"),
    "month": pl.col("date_of_service").dt.strftime("%Y-%m"),
    **{name: pl.col(name).cast(pl.String).fill_null("Not stated") for name in ("payer", "code", "provider")},
}

DENIALS: dict[str, pl.DataType] = {
    "key": pl.String(),
    "denied_lines": pl.Int64(),
    "decided_lines": pl.Int64(),
    "denial_rate": pl.Float64(),
    "charge_cents": pl.Int64(),
    "expected_cents": pl.Int64(),
    "due_cents": pl.Int64(),
}
"""Grain: a payer, code, therapist, month or reason (its code) with an answered line; for reasons, with a denied one:
denied and answered lines, the first of the second (reasons: of all answered lines), 0 to 1; and of the denied lines
the charges, the amounts at Medicare rates, and what their payers' terms give; null if no line holds any."""

DENIED: dict[str, pl.DataType] = {
    "line_id": pl.Int64(),
    "payer": pl.String(),
    "date_of_service": pl.Date(),
    "age_days": pl.Int64(),
    "code": pl.String(),
    "units": pl.Int64(),
    "charge_cents": pl.Int64(),
    "expected_cents": pl.Int64(),
    "due_cents": pl.Int64(),
    "why_denied": pl.String(),
    "todo": pl.String(),
    "provider": pl.String(),
    "source_file": pl.String(),
    "source_row": pl.Int64(),
    "key": pl.String(),
}
"""Grain: a denied line; `why_denied` and `todo` say why and what next, `key` is the row of the table it counts in."""


def with_reason(lines: pl.DataFrame) -> pl.DataFrame:
    """Add ``carc``: the code a denied line counts under, empty if the file gives none; null for other lines."""
    return denials_of_lines(lines).with_columns(carc=pl.when(is_denied()).then(pl.col("carc").fill_null("")))


def denials_by(lines: pl.DataFrame, expected: pl.DataFrame, by: str) -> pl.DataFrame:
    """Sum denied lines: `DENIALS`, months in order of date, all else with the most billed dollars first.

    Parameters
    ----------
    expected:
        `expectations` of the same lines.
    by:
        One of DENIALS_BY.
    """
    answered = _with_due(with_reason(lines.filter(is_decided() & is_insured())), expected)
    denied = is_denied()
    grouped = answered.with_columns(key=_KEYS[by]).group_by("key").agg(
        denied.sum().cast(pl.Int64).alias("denied_lines"),
        pl.len().cast(pl.Int64).alias("decided_lines"),
        *(_sum_of(name) for name in ("charge_cents", "expected_cents", "due_cents")),
    )  # fmt: skip
    if by == "reason":
        grouped = grouped.filter(pl.col("key").is_not_null()).with_columns(
            decided_lines=pl.lit(answered.height, pl.Int64)
        )
    order, falling = (["key"], [False]) if by == "month" else (["charge_cents", "key"], [True, False])
    rated = grouped.with_columns(denial_rate=pl.col("denied_lines") / pl.col("decided_lines"))
    return rated.select(*DENIALS).sort(order, descending=falling, nulls_last=True)


def _sum_of(name: str) -> pl.Expr:
    denied_cents = pl.col(name).filter(is_denied())
    return pl.when(denied_cents.count() > 0).then(denied_cents.sum()).alias(name)


def denied_lines(lines: pl.DataFrame, expected: pl.DataFrame, by: str, as_of: date) -> pl.DataFrame:
    """List denied lines: `DENIED`, the most billed dollars first.

    Parameters
    ----------
    expected, by:
        As of `denials_by`.
    as_of:
        The last day in the files, to which lines age.
    """
    denied = _with_due(with_reason(lines.filter(is_denied() & is_insured())), expected)
    known = carcs()
    next_steps = [known[code].todo if code in known else "" for code in denied["carc"]]
    listed = denied.with_columns(
        refusal().fill_null(NO_REASON).alias("why_denied"),
        key=_KEYS[by],
        age_days=(pl.lit(as_of) - pl.col("date_of_service")).dt.total_days(),
        todo=pl.Series(next_steps, dtype=pl.String),
    )
    order = ["charge_cents", "date_of_service", "line_id"]
    return listed.select(pl.col(name).cast(dtype) for name, dtype in DENIED.items()).sort(
        order, descending=[True, False, False], nulls_last=True
    )


def reason_text(carc: str) -> str:
    """Say a reason code in words; a denial without one says so."""
    return carc_text(carc) if carc else NO_REASON


def _with_due(lines: pl.DataFrame, expected: pl.DataFrame) -> pl.DataFrame:
    return lines.join(expected.select("line_id", "due_cents"), on="line_id", how="left", maintain_order="left")
