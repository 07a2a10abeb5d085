"""What the benchmark measures of RevMix: reading, analysis.pricing on Polars, and the result per code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.lines import SCHEMA, Status
from analysis.pricing import price
from tests.bench.inputs import places

if TYPE_CHECKING:
    from pathlib import Path

CATEGORIES = ("code", "modifiers", "payer", "clinic")

_DAYS = 100_000
"""Above every day number since 1970, so that patient and day make one visit key."""


def read_csv(folder: Path) -> pl.DataFrame:
    """Read the lines from CSV."""
    return pl.read_csv(folder / "lines.csv", schema_overrides={"code": pl.String, "date_of_service": pl.Date})


def read_parquet(folder: Path) -> pl.DataFrame:
    """Read the lines from Parquet."""
    return pl.read_parquet(folder / "lines.parquet")


def prepare(lines: pl.DataFrame) -> pl.DataFrame:
    """Make canonical billing lines of them: categories, and a visit key of patient and day."""
    patient = pl.col("patient").cast(pl.Categorical()).to_physical().cast(pl.Int64)
    day = pl.col("date_of_service").to_physical().cast(pl.Int64)
    constants = {"source_file": "bench", "payer_class": "Unknown", "status": Status.CHARGE.value}
    frame = lines.lazy().with_columns(
        pl.col(CATEGORIES).cast(pl.Categorical()),
        patient.alias("patient_key"),
        (patient * _DAYS + day).alias("visit_key"),
        pl.col("line_id").alias("source_row"),
        *(pl.lit(text, pl.Categorical()).alias(name) for name, text in constants.items()),
    )
    here = frame.collect_schema().names()
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in SCHEMA.items() if name not in here]
    return frame.with_columns(absent).select(*SCHEMA).collect()


def per_code(lines: pl.DataFrame) -> list[list[str | int]]:
    """Price the lines; per code: code, lines, lines priced, units, expected, medicare and receipts in cents."""
    amounts = ("expected_cents", "medicare_cents", "receipts_cents")
    return [
        list(row)
        for row in price(lines, places())
        .lines.lazy()
        .group_by(pl.col("code").cast(pl.String))
        .agg(pl.len(), pl.col("expected_cents").count().alias("priced"), pl.col("units", *amounts).sum())
        .sort("code")
        .collect(engine="streaming")
        .iter_rows()
    ]
