"""Wilson's interval against published and defining values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.mix.intervals import Z_95, wilson


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_intervals(part: int, whole: int, low: float, high: float) -> None:
    assert wilson(part, whole) == pytest.approx((low, high), abs=5e-5)


def test_no_interval_of_nothing() -> None:
    assert wilson(0, 0) is None


@pytest.mark.parametrize(("part", "whole"), [(-1, 5), (6, 5)])
def test_a_part_beyond_the_whole_is_refused(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="not a share"):
        wilson(part, whole)


@given(st.integers(1, 10_000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_the_bounds_are_those_the_score_test_would_just_accept(counts: tuple[int, int]) -> None:
    part, whole = counts
    interval = wilson(part, whole)
    assert interval is not None
    low, high = interval
    assert 0 <= low <= part / whole <= high <= 1
    for bound in interval:
        if 0 < bound < 1:
            assert abs(part / whole - bound) == pytest.approx(Z_95 * (bound * (1 - bound) / whole) ** 0.5, rel=1e-6)
