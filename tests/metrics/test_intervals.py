"""Intervals of shares: Wilson's against published values, patients drawn again against made-up clinics."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.mix.intervals import DRAWS, Z_95, interval, standard_error, student, times_drawn, wilson


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


# ------------------------------------------------------------------------------------------------ patients drawn again
def _interval(focus: np.ndarray, whole: np.ndarray) -> tuple[float, float]:
    times = times_drawn(len(whole))
    error = standard_error((times @ focus) / (times @ whole), len(whole))
    return interval(float(focus.sum() / whole.sum()), error, len(whole))


def test_each_draw_has_as_many_patients_as_there_are_and_is_always_the_same() -> None:
    times = times_drawn(30)
    assert times.shape == (DRAWS, 30)
    assert (times.sum(axis=1) == 30).all()
    assert times.std() == pytest.approx(1, abs=0.05), "drawn with replacement"
    assert (times == times_drawn(30)).all()


def test_patients_who_are_all_or_nothing_give_wide_intervals_where_units_give_narrow_ones() -> None:
    whole = np.full(20, 60.0)  # 1,200 units of 20 patients
    focus = np.where(np.arange(20) < 10, 60.0, 0.0)
    low, high = _interval(focus, whole)
    by_units = wilson(600, 1200)
    assert by_units is not None
    assert by_units[1] - by_units[0] < 0.06
    assert (low, high) == pytest.approx((0.28, 0.72), abs=0.02)
    # The same units spread evenly over the patients say much more.
    assert np.diff(_interval(np.tile([29.0, 31.0], 10), whole))[0] < 0.03


def test_the_interval_is_the_textbook_one_where_every_patient_is_one_choice() -> None:
    focus = np.where(np.arange(200) < 60, 1.0, 0.0)
    assert _interval(focus, np.ones(200)) == pytest.approx(wilson(60, 200), abs=0.012)


def test_patients_who_are_all_alike_count_as_one_choice_each() -> None:
    assert _interval(np.zeros(12), np.full(12, 30.0)) == wilson(0, 12)
    assert _interval(np.full(12, 30.0), np.full(12, 30.0)) == wilson(12, 12)


def test_what_one_patient_says_of_others_is_nothing() -> None:
    assert interval(0.4, standard_error(np.full(DRAWS, 0.4), 1), 1) == (0.0, 1.0)
    assert math.isinf(standard_error(np.full(DRAWS, np.nan), 20))


def test_a_share_that_is_hardly_known_does_not_overflow() -> None:
    low, high = interval(0.5, 1e6, 12)
    assert (low, high) == pytest.approx((0, 1))


@pytest.mark.parametrize(
    ("probability", "freedom", "quantile"),
    [(0.975, 4, 2.776), (0.975, 9, 2.262), (0.995, 9, 3.250), (0.975, 30, 2.042), (0.995, 120, 2.617)],
)
def test_quantiles_of_student_are_those_of_the_tables(probability: float, freedom: int, quantile: float) -> None:
    assert student(probability, freedom) == pytest.approx(quantile, abs=0.01)


@pytest.mark.parametrize(("patients", "mean", "spread"), [(10, 0.3, 3), (20, 0.1, 2), (40, 0.5, 1)])
def test_the_interval_holds_the_true_share_about_as_often_as_it_says(patients: int, mean: float, spread: int) -> None:
    random = np.random.default_rng(7)
    held, held_by_units, clinics = 0, 0, 200
    for _ in range(clinics):
        whole = random.integers(4, 60, patients)
        focus = random.binomial(whole, random.beta(mean * spread, (1 - mean) * spread, patients))
        low, high = _interval(focus.astype(np.float64), whole.astype(np.float64))
        held += low <= mean <= high
        narrow = wilson(int(focus.sum()), int(whole.sum()))
        held_by_units += narrow is not None and narrow[0] <= mean <= narrow[1]
    assert held / clinics >= 0.88
    assert held_by_units / clinics < 0.6, "units of one patient are not choices of their own"
