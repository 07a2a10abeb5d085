"""Medicare's own figures on the use of therapy codes: services in 2023, nation and states.

Source: CMS's public counts of services by code, described in data/benchmarks/README.md:
`utilization_national_2014_2023.csv` holds national totals by code and year, `utilization_2023_by_state.csv` totals by
code and state for 2023. They count all providers who bill these codes to Medicare, not only therapists in private
practice.

The national file has no row for 97112, 97161 and some others: the sum of the states is used instead (for codes in both
files the two differ by a few services in millions).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from analysis.system.paths import DATA

if TYPE_CHECKING:
    from collections.abc import Sequence

YEAR = 2023
"""The year of the state figures, and so of every mix comparison."""

LABEL = f"Medicare {YEAR}, all providers"
"""What a reference line is called wherever it is drawn."""

NATION = "US"
_FOLDER = DATA / "benchmarks"
_TYPES = {"hcpcs": pl.String, "state": pl.String, "year": pl.Int64, "services": pl.Int64}


def _read_counts(name: str) -> pl.DataFrame:
    return pl.read_csv(_FOLDER / name, schema_overrides=_TYPES).rename({"hcpcs": "code"})


@cache
def by_state() -> pl.DataFrame:
    """Return the services by code and state in 2023.

    Grain: code and state: code, state, services.
    """
    return _read_counts("utilization_2023_by_state.csv").select("code", "state", "services")


@cache
def national() -> pl.DataFrame:
    """Return the national services by code in 2023.

    Grain: code: code, services, source (national file, or sum of states).
    """
    direct = _read_counts("utilization_national_2014_2023.csv").filter(pl.col("year") == YEAR)
    state_sums = by_state().group_by("code").agg(pl.sum("services")).join(direct, on="code", how="anti")
    sources = ((direct, "national file"), (state_sums, "sum of states"))
    return pl.concat([frame.select("code", "services", pl.lit(name).alias("source")) for frame, name in sources])


def reference(codes: Sequence[str], state: str | None = None) -> pl.DataFrame:
    """Return the use of a set of codes in 2023, in the nation and, if named, one state.

    Grain: area and code of the set: where ("US" or the state), code, services, share (of the set's services there),
    source. Services and share are null for a code without a CMS figure, and then every share of that area is null: a
    share of an unknown total is unknown.
    """
    counts = [national().with_columns(pl.lit(NATION).alias("where"))]
    if state is not None:
        rows = by_state().filter(pl.col("state") == state).drop("state")
        counts.append(rows.with_columns(pl.lit("state file").alias("source"), pl.lit(state).alias("where")))
    areas = pl.DataFrame({"where": [NATION] if state is None else [NATION, state]})
    grid = areas.join(pl.DataFrame({"code": list(codes)}, schema={"code": pl.String}), how="cross")
    frame = grid.join(pl.concat(counts), on=["where", "code"], how="left", maintain_order="left")
    is_complete = pl.col("services").is_not_null().all().over("where")
    share = pl.col("services") / pl.col("services").sum().over("where")
    return frame.select("where", "code", "services", pl.when(is_complete).then(share).alias("share"), "source")
