"""Rank the lines of a visit in memory, where they can be sorted: no hashing, two passes over the lines.

Polars only. `pipeline.mark_top_unit` does the same for any engine, and tests compare the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import polars as pl

from analysis.pricing.pipeline import rank_for_full_unit

if TYPE_CHECKING:
    from analysis.pricing.lookups import Lookups

_INT64_MAX = 2**63 - 1


def in_visit_order(lines: pl.DataFrame) -> pl.DataFrame:
    """Put the lines of a visit next to each other, in source order, and add `visit`, a number that rises with each.

    Lines already in this order, as in most exports, are not sorted.
    """
    in_source_order = lines["line_id"].is_sorted()
    numbered = _number_visits(lines)
    if in_source_order and (lines.is_empty() or numbered["visit"][-1] == lines["visit_key"].n_unique()):
        return numbered
    return _number_visits(lines.sort("visit_key", "line_id"))


def _number_visits(lines: pl.DataFrame) -> pl.DataFrame:
    starts = (pl.col("visit_key") != pl.col("visit_key").shift(1)).fill_null(value=True)
    return lines.with_columns(visit=starts.cum_sum().cast(pl.Int64))


def in_ranking_order(lines: pl.DataFrame) -> pl.DataFrame:
    """Put lines that MPPR ranks with each other side by side; `visit` becomes `ranking`, which rises with each group.

    These are the lines of a visit that one payer decides (pipeline.RANKED_TOGETHER). Needs `visit`, rising, and
    payer_number; the lines of a payer keep their order. Where every visit has one payer, no line moves.
    """
    visit, payer = (lines[name].to_numpy() for name in ("visit", "payer_number"))
    # NumPy's views of neighbors cost a tenth of Polars' shifted copies.
    if not ((visit[1:] == visit[:-1]) & (payer[1:] != payer[:-1])).any():
        return lines.rename({"visit": "ranking"})
    ordered = lines.sort("visit", "payer_number", maintain_order=True)
    starts = pl.any_horizontal(pl.col(name) != pl.col(name).shift(1) for name in ("visit", "payer_number"))
    return ordered.with_columns(ranking=starts.fill_null(value=True).cum_sum().cast(pl.Int64)).drop("visit")


def mark_top_unit_in_order(lines: pl.DataFrame, top_ranks: pl.Series, lookups: Lookups) -> pl.DataFrame:
    """Add `holds_top` (pipeline.mark_top_unit) to lines in the order of `in_ranking_order`.

    Parameters
    ----------
    top_ranks:
        The top_rank of each fee_id, in the order of fee_id.
    """
    ranked = lines.select(
        "ranking",
        "assistant",
        "not_covered",
        "charge_cents",
        top_rank=pl.lit(top_ranks).gather(pl.col("fee_id")).fill_null(0),
    )
    ranks = nw.from_native(ranked).select("ranking", rank=rank_for_full_unit(lookups)).to_native()
    highest = ranks["rank"].max()
    if isinstance(highest, int) and (highest + 1) * (ranks["ranking"][-1] + 1) > _INT64_MAX:
        # Only their order counts; as dense ranks they are small.
        ranks = ranks.with_columns(pl.when(pl.col("rank") > 0).then(pl.col("rank").rank("dense")).otherwise(0))
        highest = lines.height
    # Each group's ranks stand above those of the group before: the highest so far is the highest of the group so far.
    stride = (highest if isinstance(highest, int) else 0) + 1
    onward, backward = pl.col("ranking") * stride + pl.col("rank"), pl.col("rank") - pl.col("ranking") * stride
    # Two columns, so that Polars looks from both ends side by side.
    ends = ranks.select(
        above_all_before=(pl.col("rank") > 0) & (onward > onward.cum_max().shift(1).fill_null(-1)),
        below_none_after=backward >= backward.cum_max(reverse=True),
    )
    return lines.with_columns((ends["above_all_before"] & ends["below_none_after"]).alias("holds_top"))
