"""The tiles of a set of lines, and the notes beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.codes import hcpcs as codes
from analysis.lines.billing_line import is_denied
from analysis.metrics.core import HELD, Figure, is_collected, missing, over_lines, partly_paid, sums, total, with_paid
from analysis.money import dollars, half_up

if TYPE_CHECKING:
    from collections.abc import Collection


def totals(lines: pl.DataFrame, fields: Collection[str]) -> dict[str, Figure]:
    """Return every tile by name, in reading order.

    visits, units, units_per_visit, billed, expected, expected_per_visit, receipts, allowed, paid, paid_per_visit,
    net_collection.
    """
    row = _sums(with_paid(lines))
    count, visits = row["lines"], row["visits"]
    paid_note = "; ".join(filter(None, [over_lines(row["paid_lines"], count, HELD["paid_cents"]), partly_paid(fields)]))
    priced_note = over_lines(row["priced_lines"], count, HELD["expected_cents"])
    figures = [
        Figure("visits", visits, count, count),
        Figure("units", row["units"], count, count),
        Figure("units_per_visit", row["units"] / visits if visits else None, count, count),
        _needing(fields, "charge_cents", "billed", row["billed_cents"], row["billed_lines"], count),
        Figure("expected", row["expected_cents"], row["priced_lines"], count, note=priced_note),
        Figure(
            "expected_per_visit",
            _per(row["expected_cents"], row["priced_visits"]),
            row["priced_lines"],
            count,
            note=priced_note,
        ),
        Figure("receipts", row["receipts_cents"], row["priced_lines"], count, note=priced_note),
        _needing(fields, "allowed_cents", "allowed", row["allowed_cents"], row["allowed_lines"], count),
        _paid(fields, "paid", row["paid_cents"], row["paid_lines"], count, paid_note),
        _paid(
            fields, "paid_per_visit", _per(row["paid_cents"], row["paid_visits"]), row["paid_lines"], count, paid_note
        ),
        _net_collection(fields, row),
    ]
    return {figure.name: figure for figure in figures}


def _sums(lines: pl.DataFrame) -> dict[str, int]:
    """Compute all sums of the tiles in one pass over the lines."""
    both = is_collected()
    return lines.select(
        *sums(),
        pl.col("visit_key").filter(pl.col("paid_cents").is_not_null()).n_unique().alias("paid_visits"),
        both.sum().alias("both_lines"),
        pl.col("paid_cents").filter(both).sum().alias("paid_of_both"),
        pl.col("allowed_cents").filter(both).sum().alias("allowed_of_both"),
    ).row(0, named=True)


def _per(cents: int | None, count: int) -> int | None:
    return None if cents is None or not count else half_up(cents, count)


def _needing(fields: Collection[str], needed: str, name: str, value: int | None, lines_with: int, lines: int) -> Figure:
    gone = missing(fields, needed)
    if gone:
        return Figure(name, None, 0, lines, missing=gone)
    return Figure(name, value, lines_with, lines, note=over_lines(lines_with, lines, HELD[needed]))


def _paid(fields: Collection[str], name: str, value: int | None, lines_with: int, lines: int, note: str) -> Figure:
    gone = missing(fields, "paid_cents")
    if gone:
        return Figure(name, None, 0, lines, missing=gone)
    return Figure(name, value, lines_with, lines, note=note)


def _net_collection(fields: Collection[str], row: dict[str, int]) -> Figure:
    gone = missing(fields, "paid_cents") or missing(fields, "allowed_cents")
    if gone:
        return Figure("net_collection", None, 0, row["lines"], missing=gone)
    whole = row["allowed_of_both"]
    share = row["paid_of_both"] / whole if whole > 0 else None
    note = over_lines(row["both_lines"], row["lines"], "payment together with an allowed amount")
    note = "; ".join(filter(None, [note, partly_paid(fields)]))
    return Figure("net_collection", share, row["both_lines"], row["lines"], note=note)


def _lines(count: int) -> str:
    return f"{count:,} line{'' if count == 1 else 's'}"


def notes(lines: pl.DataFrame, fields: Collection[str]) -> tuple[str, ...]:
    """Return notes for every expected-dollar figure: lines without a price, denied lines, no charges."""
    expected, charge = pl.col("expected_cents"), pl.col("charge_cents")
    denied = is_denied() & expected.is_not_null()
    unpriced_charge = charge.filter(expected.is_null())
    row = lines.select(
        pl.len().alias("lines"),
        expected.null_count().alias("unpriced"),
        pl.when(unpriced_charge.count() > 0).then(unpriced_charge.sum()).alias("unpriced_cents"),
        denied.sum().alias("denied"),
        expected.filter(denied).sum().alias("denied_cents"),
    ).row(0, named=True)
    said: list[str] = []
    if row["unpriced"]:
        billed = f" (billed {dollars(row['unpriced_cents'])})" if row["unpriced_cents"] is not None else ""
        said.append(
            f"{row['unpriced']:,} of {row['lines']:,} lines{billed} have no Medicare amount and are left out of "
            "expected dollars."
        )
    if row["denied"]:
        said.append(
            f"Expected dollars include {_lines(row['denied'])} that payers denied ({dollars(row['denied_cents'])})."
        )
    if "charge_cents" not in fields:
        said.append(
            "Medicare pays no more than the charge; this export has no charges, so RevMix does not apply that limit."
        )
    return tuple(said)


def unpriced(lines: pl.DataFrame, reasons: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return lines without a Medicare amount, by code and reason, most lines first.

    Grain: code and reason: code, label, reason, lines, units, billed_cents (null where no line has a charge). `reasons`
    is ``Priced.reasons()``; without it the reason is null.
    """
    left = lines.filter(pl.col("expected_cents").is_null())
    if reasons is None:
        left = left.with_columns(pl.lit(None, pl.String).alias("reason"))
    else:
        left = left.join(reasons.select("line_id", "reason"), on="line_id", how="left")
    return (
        left.group_by(pl.col("code").cast(pl.String), "reason")
        .agg(pl.len().alias("lines"), pl.col("units").sum(), total("charge_cents").alias("billed_cents"))
        .with_columns(pl.col("code").map_elements(codes.label, return_dtype=pl.String).alias("label"))
        .select("code", "label", "reason", "lines", "units", "billed_cents")
        .sort(["lines", "code"], descending=[True, False])
    )
