"""What the benchmark measures of RevMix: reading, analysis.pricing on Polars, and the result per code."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from analysis.pricing import prepare, price, with_localities, work_of
from analysis.whatif.scenarios import BASELINE, Recode, Scenario, ScheduleChange
from analysis.whatif.visits import MEASURES, Cube, build
from tests.bench.inputs import CUT_E4, places

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.pricing import Prepared, Priced

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


def _lines(folder: Path) -> pl.DataFrame:
    """What pricing and scenarios read of the lines, text as categories."""
    category = pl.Categorical()
    patient = pl.col("patient").cast(category).to_physical().cast(pl.Int64)
    absent = ("mac", "locality", "place_of_service", "provider", "discipline")
    return (
        pl.scan_parquet(folder / "lines.parquet")
        .select(
            *NEEDED,
            "payer",
            visit_key=patient * _DAYS + pl.col("date_of_service").to_physical(),
            payer_class=pl.col("payer"),
            **{name: pl.lit(None, category) for name in absent},
        )
        .with_columns(pl.col("code", "modifiers", "clinic", "payer", "payer_class").cast(category))
        .collect(engine="streaming")
    )


def ready(folder: Path) -> Prepared:
    """Read the lines from Parquet, find their fee rows and put them in the order of their visits."""
    lines = _lines(folder).drop("provider", "discipline")
    return prepare(work_of(with_localities(lines, places()), track="non_qp", proposed=False))


def priced(folder: Path) -> Priced:
    """Read and price the lines, as the app has them when a user turns to a what-if."""
    return price(_lines(folder), places())


def recoded(most: int) -> Scenario:
    """Up to so many units a visit from 97110 to 97112, in every visit."""
    return Scenario("Recoded", (Recode("97110", "97112", most),))


CUT = Scenario("Another factor", (ScheduleChange(factor_e4=CUT_E4),))


def cube(lines: Priced) -> Cube:
    """The distinct visits of priced lines."""
    return build(lines, codes=("97112",))


def warm(lines: Priced) -> Cube:
    """A cube that has answered a scenario, as while a slider moves: the memory it needs has been touched."""
    made = cube(lines)
    made.outcome(recoded(2))
    made.outcome(BASELINE)
    return made


def what_if(made: Cube, scenario: Scenario) -> list[list[str | int]]:
    """Per code: code, units, expected and receipts in cents; by code."""
    places = [MEASURES.index(name) for name in ("units", "expected_cents", "receipts_cents")]
    totals: dict[str, list[Fraction]] = {}
    for (code, _), values in made.outcome(scenario).after.items():
        total = totals.setdefault(code, [Fraction(0)] * len(places))
        totals[code] = [sum_ + values[place] for sum_, place in zip(total, places, strict=True)]
    return [[code, *map(int, values)] for code, values in sorted(totals.items())]


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
