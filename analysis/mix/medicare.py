"""Our mix of codes beside Medicare's: like with like.

CMS counts what Medicare pays for, state by state. So only our Medicare lines stand beside it, those of each state
beside that state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analysis.lines.billing_line import PayerClass
from analysis.medicare import benchmarks
from analysis.medicare.fees import NATIONAL
from analysis.mix.compared import COMPARED, compared
from analysis.pricing.repricing import with_state

if TYPE_CHECKING:
    from collections.abc import Sequence

BESIDE: dict[str, pl.DataType] = {
    "state": pl.String(),
    **{name: dtype for name, dtype in COMPARED.items() if name not in {"key", "differs"}},
    "share_state": pl.Float64(),
    "share_nation": pl.Float64(),
}
"""Grain: a state with Medicare lines of the set, most units first: the columns of `COMPARED` for our Medicare lines
there, and Medicare's share of the focus code in that state and in the nation (null where CMS shows no figure)."""


def beside_medicare(lines: pl.DataFrame, codes: Sequence[str], focus: str) -> pl.DataFrame:
    """Compare the focus code's share of our Medicare units with Medicare's in each clinic's own state: `BESIDE`.

    Lines without a locality, and those priced nationally, are of no state and left out. Medicare Advantage is not in
    CMS's counts.
    """
    is_medicare = pl.col("payer_class").cast(pl.String) == PayerClass.MEDICARE.value
    of_set = with_state(lines.filter(pl.col("code").is_in(list(codes)), is_medicare))
    ours = compared(of_set.filter(pl.col("state") != NATIONAL.state), focus, pl.col("state")).drop("differs")
    states = ours.select(state="key")
    return (
        ours.rename({"key": "state"})
        .join(_medicare(states["state"].to_list(), codes, focus), on="state", how="left")
        .select(*BESIDE)
        .sort(["set_units", "state"], descending=[True, False])
    )


def _medicare(states: Sequence[str], codes: Sequence[str], focus: str) -> pl.DataFrame:
    """Grain: state: state, share_state, share_nation."""
    rows = []
    for state in states:
        shares = benchmarks.reference(codes, state).filter(pl.col("code") == focus)
        share_of = dict(shares.select("where", "share").iter_rows())
        rows.append((state, share_of.get(state), share_of.get(benchmarks.NATION)))
    return pl.DataFrame(
        rows, schema={"state": pl.String, "share_state": pl.Float64, "share_nation": pl.Float64}, orient="row"
    )
