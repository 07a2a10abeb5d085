"""What the benchmark measures of RevMix: reading, analysis.pricing on Polars, and the result per code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.pricing import place_lines, prepare, work_of
from tests.bench.inputs import places

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.pricing import Prepared

NEEDED = ("line_id", "date_of_service", "code", "modifiers", "units", "clinic", "charge_cents")
"""What pricing reads of a line, besides its visit."""

_DAYS = 100_000
"""Above every day number since 1970, so that patient and day make one visit key."""


def read_csv(folder: Path) -> pl.DataFrame:
    """Read the lines from CSV."""
    return pl.read_csv(folder / "lines.csv", schema_overrides={"code": pl.String, "date_of_service": pl.Date})


def read_parquet(folder: Path) -> pl.DataFrame:
    """Read the lines from Parquet."""
    return pl.read_parquet(folder / "lines.parquet")


def ready(folder: Path) -> Prepared:
    """Read the lines from Parquet, find their fee rows and put them in the order of their visits."""
    category = pl.Categorical()
    patient = pl.col("patient").cast(category).to_physical().cast(pl.Int64)
    lines = (
        pl.scan_parquet(folder / "lines.parquet")
        .select(
            *NEEDED,
            visit_key=patient * _DAYS + pl.col("date_of_service").to_physical(),
            **{name: pl.lit(None, category) for name in ("mac", "locality", "place_of_service")},
        )
        .with_columns(pl.col("code", "modifiers", "clinic").cast(category))
        .collect(engine="streaming")
    )
    return prepare(work_of(place_lines(lines, places()), track="non_qp", proposed=False))


def per_code(prepared: Prepared) -> list[list[str | int]]:
    """Price the lines; per code: code, lines, lines priced, units, expected, medicare and receipts in cents."""
    amounts = ("expected_cents", "medicare_cents", "receipts_cents")
    totals = (
        prepared.amounts()
        .group_by("code")
        .agg(pl.len(), pl.col("expected_cents").count().alias("priced"), pl.col("units", *amounts).sum())
        .collect(engine="streaming")
    )
    return [list(row) for row in totals.with_columns(pl.col("code").cast(pl.String)).sort("code").iter_rows()]
