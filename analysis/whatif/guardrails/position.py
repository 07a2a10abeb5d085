"""How the mix of codes would compare with Medicare's own figures for the nation and the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.medicare import benchmarks

if TYPE_CHECKING:
    from collections.abc import Sequence

MOVEMENT = ("97110", "97112", "97530", "97140", "97116")
"""The codes whose mix is compared unless others are given."""


def position(per_code: pl.DataFrame, codes: Sequence[str], state: str | None = None) -> pl.DataFrame:
    """Return shares of units within a set of codes, before and after, beside nation and state.

    `per_code` is `Comparison.per_code`. Grain: code of the set: code, share_before, share_after (null if none of them
    is in use), share_nation, share_state (null without a state, or if CMS shows no figure).
    """
    code_set = pl.DataFrame({"code": list(codes)}, schema={"code": pl.String})
    units = code_set.join(
        per_code.select("code", "units_before", "units_after"), on="code", how="left", maintain_order="left"
    )
    reference = benchmarks.reference(codes, state).select("where", "code", "share")
    nation_shares, state_shares = (
        reference.filter(pl.col("where") == where).select("code", pl.col("share").alias(name))
        for where, name in ((benchmarks.NATION, "share_nation"), (state or "", "share_state"))
    )
    shares = [
        (pl.col(f"units_{side}").fill_null(0) / pl.col(f"units_{side}").sum()).fill_nan(None).alias(f"share_{side}")
        for side in ("before", "after")
    ]
    return (
        units.select("code", *shares)
        .join(nation_shares, on="code", how="left")
        .join(state_shares, on="code", how="left")
    )
