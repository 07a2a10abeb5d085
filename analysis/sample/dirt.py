"""Put the mistakes of real exports into a sample: wrong cells, rows that are no charges, reversals, totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from analysis.sample.export import COUNTS, HEADINGS, MONEY, clean_rows, money_text

if TYPE_CHECKING:
    from analysis.sample.practice import Practice

_FEWEST = 500
"""Samples with fewer rows stay clean."""

_ORDER = "_order"
"""Row order: clean rows at multiples of ten, added rows right after the one they come from."""

_EDITED = ("units_text", "missing_date", "future_date", "unknown_code")
_ADDED = {"no_show": 1, "reversals": 2, "repeated": 1}


@dataclass(frozen=True, slots=True)
class Plan:
    """How many rows of each kind of dirt a sample has, and how many clean rows are drawn for it."""

    counts: dict[str, int]
    clean: int


def plan(practice: Practice, lines: int) -> Plan:
    """Split `lines` rows into clean ones and dirt; the totals row is the last one."""
    if lines < _FEWEST:
        return Plan({}, lines)
    counts = {kind: max(1, round(lines * practice.dirt[kind] / 100)) for kind in (*_EDITED, *_ADDED)}
    added = sum(counts[kind] * rows for kind, rows in _ADDED.items())
    return Plan(counts, lines - added - 1)


def rows(practice: Practice, seed: int, lines: int) -> pl.DataFrame:
    """An export of exactly `lines` rows, dirt and totals row among them: the HEADINGS, all text."""
    row_plan = plan(practice, lines)
    clean = clean_rows(practice, seed, row_plan.clean)
    if not row_plan.counts:
        return clean
    rng = np.random.default_rng([seed, 20])
    rows_of_kind = _choose(rng, clean, row_plan.counts)
    ordered = clean.with_columns((pl.int_range(pl.len()) * 10).alias(_ORDER))
    added = pl.concat(
        [
            _no_shows(practice, ordered[rows_of_kind["no_show"]]),
            _reversals(ordered[rows_of_kind["reversals"]]),
            _rebills(ordered[rows_of_kind["reversals"]]),
            ordered[rows_of_kind["repeated"]].with_columns(pl.col(_ORDER) + 1),
        ]
    )
    body = pl.concat([_edit(practice, ordered, rows_of_kind), added]).sort(_ORDER).drop(_ORDER)
    return pl.concat([body, _totals(body)])


def _choose(rng: np.random.Generator, clean: pl.DataFrame, counts: dict[str, int]) -> dict[str, list[int]]:
    """Rows of each kind, none of two kinds; what is reversed has been answered and has a unit to give up."""
    answered = pl.col("Remittance Date").is_not_null() & (pl.col("Units").cast(pl.Int64) > 1)
    reversible = clean.select(answered.alias("fit"))["fit"].to_numpy()
    shuffled = rng.permutation(clean.height)
    rows_of_kind = {"reversals": shuffled[reversible[shuffled]][: counts["reversals"]]}
    remaining = shuffled[~np.isin(shuffled, rows_of_kind["reversals"])]
    for kind, count in counts.items():
        if kind not in rows_of_kind:
            rows_of_kind[kind], remaining = remaining[:count], remaining[count:]
    return {kind: sorted(positions.tolist()) for kind, positions in rows_of_kind.items()}


def _edit(practice: Practice, frame: pl.DataFrame, rows_of_kind: dict[str, list[int]]) -> pl.DataFrame:
    """Spoil single cells of the chosen rows."""
    dirt = practice.dirt
    units = [dirt["units_texts"][index % len(dirt["units_texts"])] for index in range(len(rows_of_kind["units_text"]))]
    codes = [
        dirt["unknown_codes"][index % len(dirt["unknown_codes"])] for index in range(len(rows_of_kind["unknown_code"]))
    ]
    future_dates = frame["DOS"].gather(rows_of_kind["future_date"]).str.slice(0, 6) + str(dirt["future_year"])
    missing = pl.Series([None] * len(rows_of_kind["missing_date"]), dtype=pl.String)
    return frame.with_columns(
        frame["Units"].scatter(rows_of_kind["units_text"], units),
        frame["CPT"].scatter(rows_of_kind["unknown_code"], codes),
        frame["DOS"].scatter(rows_of_kind["future_date"], future_dates).scatter(rows_of_kind["missing_date"], missing),
    )


def _open(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows as they stand before any answer of the payer."""
    empty_columns = [
        pl.lit(None, pl.String).alias(name) for name in ("Allowed", "Adjustment Reason", "Remittance Date")
    ]
    return frame.with_columns(
        *empty_columns, *(pl.lit("0.00").alias(n) for n in ("Insurance Paid", "Patient Paid", "Adjustment"))
    )


def _no_shows(practice: Practice, frame: pl.DataFrame) -> pl.DataFrame:
    """Missed visits beside the chosen rows, with the clinic's fee and no procedure."""
    fee = money_text(pl.lit(practice.dirt["no_show_fee_cents"]))
    no_modifiers = [pl.lit(None, pl.String).alias(f"Mod {number}") for number in range(1, 5)]
    return _open(frame).with_columns(
        *no_modifiers,
        pl.lit("NO SHOW").alias("CPT"),
        pl.lit("1").alias("Units"),
        pl.lit(None, pl.String).alias("Minutes"),
        fee.alias("Charge"),
        pl.col(_ORDER) + 1,
    )


def _reversals(frame: pl.DataFrame) -> pl.DataFrame:
    """The chosen rows taken back: counts negative, money in parentheses."""
    negative = [
        pl.when(pl.col(name) == "0.00").then(pl.col(name)).otherwise(pl.format("({})", pl.col(name))).alias(name)
        for name in MONEY
    ]
    return frame.with_columns(*negative, pl.format("-{}", pl.col("Units")).alias("Units"), pl.col(_ORDER) + 1)


def _rebills(frame: pl.DataFrame) -> pl.DataFrame:
    """The chosen rows billed again with one unit less, not answered yet."""
    units = pl.col("Units").cast(pl.Int64)
    charge = cents_of("Charge") // units * (units - 1)
    return _open(frame).with_columns(
        (units - 1).cast(pl.String).alias("Units"), money_text(charge).alias("Charge"), pl.col(_ORDER) + 2
    )


def cents_of(name: str) -> pl.Expr:
    """A money column of a sample as cents; parentheses are negative, empty cells null."""
    size = pl.col(name).str.replace_all(r"[.()]", "").cast(pl.Int64)
    return pl.when(pl.col(name).str.starts_with("(")).then(-size).otherwise(size)


def _totals(body: pl.DataFrame) -> pl.DataFrame:
    """The line a report closes with."""
    sums = body.select(
        *(pl.col(name).str.extract(r"^(-?\d+)$").cast(pl.Int64).sum().cast(pl.String) for name in COUNTS),
        *(cents_of(name).sum().alias(name) for name in MONEY),
    ).with_columns(money_text(pl.col(name)).alias(name) for name in MONEY)
    empty_columns = [pl.lit(None, pl.String).alias(name) for name in HEADINGS if name not in sums.columns]
    return sums.with_columns(empty_columns).with_columns(pl.lit("Total").alias("Patient ID")).select(HEADINGS)
