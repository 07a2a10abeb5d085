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


def _read(name: str) -> pl.DataFrame:
    return pl.read_csv(_FOLDER / name, schema_overrides=_TYPES).rename({"hcpcs": "code"})


@cache
def by_state() -> pl.DataFrame:
    """Grain: code and state in 2023: code, state, services."""
    return _read("utilization_2023_by_state.csv").select("code", "state", "services")


@cache
def national() -> pl.DataFrame:
    """Grain: code in 2023: code, services, source (national file, or sum of states)."""
    direct = _read("utilization_national_2014_2023.csv").filter(pl.col("year") == YEAR)
    summed = by_state().group_by("code").agg(pl.sum("services")).join(direct, on="code", how="anti")
    sources = ((direct, "national file"), (summed, "sum of states"))
    return pl.concat([frame.select("code", "services", pl.lit(name).alias("source")) for frame, name in sources])


def reference(codes: Sequence[str], state: str | None = None) -> pl.DataFrame:
    """Return the use of a set of codes in 2023, in the nation and, if named, one state.

    Grain: place and code of the set: where ("US" or the state), code, services, share (of the set's services there),
    source. Services and share are null for a code without a CMS figure, and then every share of that place is null: a
    share of an unknown total is unknown.
    """
    here = [national().with_columns(pl.lit(NATION).alias("where"))]
    if state is not None:
        rows = by_state().filter(pl.col("state") == state).drop("state")
        here.append(rows.with_columns(pl.lit("state file").alias("source"), pl.lit(state).alias("where")))
    places = pl.DataFrame({"where": [NATION] if state is None else [NATION, state]})
    wanted = places.join(pl.DataFrame({"code": list(codes)}, schema={"code": pl.String}), how="cross")
    frame = wanted.join(pl.concat(here), on=["where", "code"], how="left", maintain_order="left")
    known = pl.col("services").is_not_null().all().over("where")
    share = pl.col("services") / pl.col("services").sum().over("where")
    return frame.select("where", "code", "services", pl.when(known).then(share).alias("share"), "source")
