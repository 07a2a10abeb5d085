"""Medicare's own figures: read as they are, and nothing made up where they are silent."""

from __future__ import annotations

import polars as pl
import pytest

from analysis.medicare import benchmarks


def test_figures_as_published() -> None:
    row = benchmarks.national().filter(code="97110").row(0, named=True)
    # payment-rules section 8: 63.8 million units
    assert (row["services"], row["source"]) == (63_754_199, "national file")


def test_the_nation_without_a_row_is_the_sum_of_the_states() -> None:
    row = benchmarks.national().filter(code="97112").row(0, named=True)
    # payment-rules section 8: 29.1 million units
    assert (row["services"], row["source"]) == (29_112_709, "sum of states")
    assert benchmarks.national()["code"].is_unique().all()


def test_sum_of_states_is_close_where_both_are_known() -> None:
    states = benchmarks.by_state().group_by("code").agg(pl.sum("services").alias("summed"))
    both = benchmarks.national().filter(source="national file").join(states, on="code")
    assert both.height == 13
    apart = (both["summed"] / both["services"] - 1).abs().max()
    assert isinstance(apart, float)
    assert apart < 2e-5


def test_shares_of_a_pair() -> None:
    frame = benchmarks.reference(["97110", "97112"], "OH")
    shares = {(where, code): share for where, code, share in frame.select("where", "code", "share").iter_rows()}
    assert shares["US", "97112"] == pytest.approx(29_112_709 / (29_112_709 + 63_754_199))
    assert shares["OH", "97112"] == pytest.approx(615_612 / (615_612 + 1_234_576))
    assert shares["OH", "97110"] + shares["OH", "97112"] == pytest.approx(1)


def test_a_code_without_figures_leaves_every_share_unknown() -> None:
    frame = benchmarks.reference(["97110", "97165"])
    assert frame["share"].to_list() == [None, None]
    assert frame["services"].to_list() == [63_754_199, None]
