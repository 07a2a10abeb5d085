"""How the mix of codes on Medicare lines would compare with Medicare's own figures, each state beside its own.

CMS counts what Medicare pays for, so only Medicare lines stand beside it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from analysis.lines.billing_line import PayerClass
from analysis.medicare import benchmarks
from analysis.medicare.fees import NATIONAL, resolve
from analysis.metrics.ripeness import few_share_units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.whatif.scenarios import Scenario
    from analysis.whatif.visits import Cube

MOVEMENT = ("97110", "97112", "97530", "97140", "97116")
"""The codes whose mix is compared unless others are given."""

POSITION: dict[str, pl.DataType] = {
    "state": pl.String(),
    "code": pl.String(),
    "units_before": pl.Float64(),
    "units_after": pl.Float64(),
    "share_before": pl.Float64(),
    "share_after": pl.Float64(),
    "share_state": pl.Float64(),
    "share_nation": pl.Float64(),
    "few": pl.Boolean(),
}
"""Grain: a state with Medicare lines of the set in view, most units first, and code of the set: its Medicare units
there before and after (an expected value), their shares of the set, Medicare's shares (null where CMS shows no figure),
and whether the set has too few units there to compare."""


def position(cube: Cube, scenario: Scenario, codes: Sequence[str]) -> pl.DataFrame:
    """Compare the Medicare lines' mix of a set of codes, before and after, with each state's and the nation's."""
    lines = cube.visits(scenario)
    states = _states(cube)
    of_set = (
        pl.col("counted")
        & (pl.col("payer_class").cast(pl.String) == PayerClass.MEDICARE.value)
        & pl.col("code").is_in(list(codes))
    )
    keys = ["state", "code", "visit_change_mask", "combination", "volume_mask"]

    def summed(*frames: pl.DataFrame) -> pl.DataFrame:
        """Grain: keys: keys, units of all visits like these."""
        parts = [frame.filter(of_set).select("visit", "fee_id", "units", *keys[1:]) for frame in frames]
        row = pl.col("fee_id") % cube.all_fees.size  # a copy without MPPR has a number of its own
        return (
            pl.concat(parts)
            .with_columns(row.alias("fee_id"))
            .join(states, on="fee_id")
            .join(lines.visits.select("visit", "visits"), on="visit")
            .group_by(keys)
            .agg((pl.col("units") * pl.col("visits")).sum())
        )

    before: dict[tuple[str, str], int] = {}
    for state, code, *_, units in summed(lines.before).iter_rows():
        before[state, code] = before.get((state, code), 0) + units
    as_is = lines.weight(0, 0, 0)  # of a line that nothing changes: units stay those of the lines in view
    after: dict[tuple[str, str], Fraction] = {}
    for state, code, mask, combination, volumes, units in summed(lines.unchanged, lines.after).iter_rows():
        weighted = lines.weight(mask, combination, volumes) / as_is * units
        after[state, code] = after.get((state, code), Fraction(0)) + weighted
    sizes = {state: sum(before.get((state, code), 0) for code in codes) for state, _ in before}
    rows = [
        {"state": state, "code": code, "units_before": before.get((state, code), 0)}
        | {"units_after": float(after.get((state, code), 0)), "few": sizes[state] < few_share_units()}
        for state in sorted(sizes, key=lambda name: (-sizes[name], name))
        for code in codes
    ]
    frame = pl.DataFrame(rows, schema={name: POSITION[name] for name in rows[0]} if rows else POSITION)
    shares = [
        (pl.col(f"units_{side}") / pl.col(f"units_{side}").sum().over("state")).fill_nan(None).alias(f"share_{side}")
        for side in ("before", "after")
    ]
    return (
        frame.with_columns(shares)
        .join(_medicare(list(sizes), codes), on=["state", "code"], how="left", maintain_order="left")
        .select(*POSITION)
        if rows
        else frame
    )


def _states(cube: Cube) -> pl.DataFrame:
    """Grain: fee row priced in a state: fee_id, state."""
    places = cube.all_fees.fees.rows.select("fee_id", pl.col("locality_key").cast(pl.String))
    state_of = {key: resolve(key).state for key in places["locality_key"].drop_nulls().unique() if key != NATIONAL.key}
    state = pl.col("locality_key").replace_strict(state_of, default=None, return_dtype=pl.String)
    return places.select("fee_id", state.alias("state")).drop_nulls()


def _medicare(states: Sequence[str], codes: Sequence[str]) -> pl.DataFrame:
    """Grain: state and code: state, code, share_state, share_nation."""
    parts = []
    for state in states:
        shares = benchmarks.reference(codes, state)
        in_state = shares.filter(pl.col("where") == state).select(state="where", code="code", share_state="share")
        in_nation = shares.filter(pl.col("where") == benchmarks.NATION).select(code="code", share_nation="share")
        parts.append(in_state.join(in_nation, on="code"))
    return pl.concat(parts)
