"""What Medicare's own figures say about the use of therapy codes: services and payments, nation and states.

Source: CMS's public figures of services and payments by code, described in data/benchmarks/README.md:
`utilization_national_2014_2023.csv` holds national totals by code and year, `utilization_2023_by_state.csv` totals by
code and state of 2023. They count all providers who bill these codes to Medicare, not only therapists in private
practice.

The national file has no row for 97112, 97161 and some others. For 2023 the sum of the states stands in (for codes in
both files the two differ by a few services in millions); for other years such a code stays unknown.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from analysis.paths import DATA

if TYPE_CHECKING:
    from collections.abc import Sequence

YEAR = 2023
"""The year of the state figures, and so of every comparison of a mix."""

LABEL = f"Medicare {YEAR}, all providers"
"""What a reference line is called wherever it is drawn."""

NATION = "US"
_FOLDER = DATA / "benchmarks"
_NUMBERS = {"services": pl.Int64, "medicare_payments": pl.Decimal(18, 2)}


def _cents() -> pl.Expr:
    return (pl.col("medicare_payments") * 100).cast(pl.Int64).alias("medicare_payments_cents")


@cache
def by_state() -> pl.DataFrame:
    """Grain: code and state in 2023: code, state, services, medicare_payments_cents, providers."""
    schema: dict[str, Any] = {"hcpcs": pl.String, "state": pl.String, **_NUMBERS, "providers": pl.Int64}
    frame = pl.read_csv(_FOLDER / "utilization_2023_by_state.csv", schema=schema)
    return frame.select(pl.col("hcpcs").alias("code"), "state", "services", _cents(), "providers")


@cache
def national() -> pl.DataFrame:
    """Totals by code and year: code, year, services, medicare_payments_cents, source (a file or sum of states)."""
    schema: dict[str, Any] = {"hcpcs": pl.String, "year": pl.Int64, **_NUMBERS}
    direct = pl.read_csv(_FOLDER / "utilization_national_2014_2023.csv", schema=schema).select(
        pl.col("hcpcs").alias("code"), "year", "services", _cents(), pl.lit("national file").alias("source")
    )
    summed = (
        by_state()
        .group_by("code")
        .agg(pl.sum("services", "medicare_payments_cents"))
        .select(
            "code",
            pl.lit(YEAR, pl.Int64).alias("year"),
            "services",
            "medicare_payments_cents",
            pl.lit("sum of states").alias("source"),
        )
        .join(direct, on=["code", "year"], how="anti")
    )
    return pl.concat([direct, summed]).sort("code", "year")


def states() -> tuple[str, ...]:
    """States and territories with any figure; AA, AE, AP (forces abroad), XX and ZZ (elsewhere) are no places."""
    nowhere = {"AA", "AE", "AP", "XX", "ZZ"}
    return tuple(sorted(set(by_state()["state"]) - nowhere))


def reference(codes: Sequence[str], state: str | None = None) -> pl.DataFrame:
    """Use of a set of codes in 2023, in the nation and, where named, one state.

    Grain: place and code of the set: where ("US" or the state), code, services, medicare_payments_cents, share (of the
    set's services there), source. Services, payments and share are null for a code CMS shows no figure for, and every
    share of that place is null then: a share of an unknown whole is unknown.
    """
    wanted = pl.DataFrame({"code": list(codes)}, schema={"code": pl.String})
    here = [national().filter(pl.col("year") == YEAR).select(pl.lit(NATION).alias("where"), *_REFERENCE)]
    if state is not None:
        rows = by_state().filter(pl.col("state") == state)
        here.append(
            rows.with_columns(pl.lit("state file").alias("source")).select(pl.lit(state).alias("where"), *_REFERENCE)
        )
    places = pl.DataFrame({"where": [NATION] if state is None else [NATION, state]})
    frame = places.join(wanted, how="cross").join(
        pl.concat(here), on=["where", "code"], how="left", maintain_order="left"
    )
    known = pl.col("services").is_not_null().all().over("where")
    share = pl.col("services") / pl.col("services").sum().over("where")
    return frame.select(
        "where", "code", "services", "medicare_payments_cents", pl.when(known).then(share).alias("share"), "source"
    )


_REFERENCE = ("code", "services", "medicare_payments_cents", "source")
