"""How far a share of units is known: patients are drawn again, not units.

The 60 units of one patient follow one plan of care: they are one choice made 60 times. An interval that takes them for
60 choices (Wilson's over units) holds the true share of made-up clinics in 30 to 45 of 100 cases where it promises 95
(tests/metrics/test_intervals.py). So whole patients are drawn with replacement, with all their units (B. Efron and
R. Tibshirani, An Introduction to the Bootstrap, 1993, chapters 6 and 8).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.uint8]

DRAWS = 400
"""Sets of patients drawn: the standard error of a share is then known to about 4%."""
_SEED = 20_261_128
"""Fixed, so that the same lines always give the same interval."""
Z_95 = 1.959963984540054
"""The normal quantile that leaves 2.5 % above it: a two-sided 95 % interval."""


def times_drawn(patients: int) -> Counts:
    """Draw as many patients as there are, with replacement, DRAWS times: how often each one was drawn, at most 255.

    Grain: draw and patient. The units of a draw are this times the patients' units.
    """
    random = np.random.default_rng(_SEED)
    times = np.empty((DRAWS, patients), np.uint8)
    for draw in times:
        draw[:] = np.bincount(random.integers(0, patients, patients), minlength=patients).clip(max=255)
    return times


def standard_error(values: Floats, patients: int) -> float:
    """Return the standard error of a figure from its `values` in each draw.

    Draws without any unit (nan) do not count. A sample of few patients varies less than the patients it comes from, by
    this well-known factor.
    """
    known = values[~np.isnan(values)]
    few = len(known) < DRAWS // 2 or patients < 2  # noqa: PLR2004  one patient varies from nobody
    return math.inf if few else float(np.std(known, ddof=1)) * math.sqrt(patients / (patients - 1))


def interval(share: float, error: float, patients: int) -> tuple[float, float]:
    """Return the 95 % interval of a share, as fractions of one.

    Made on the logit scale, where it cannot leave 0..1. Where all patients are alike in having none (or only the code),
    drawing them again says nothing: then Wilson's interval, each patient one choice.
    """
    if share in {0.0, 1.0}:
        return wilson(round(share * patients), patients) or (0.0, 1.0)
    if math.isinf(error):
        return 0.0, 1.0
    middle = math.log(share / (1 - share))
    half = student(0.975, patients - 1) * error / (share * (1 - share))
    low, high = (1 / (1 + math.exp(min(-(middle + sign * half), 700))) for sign in (-1, 1))
    return low, high


def student(probability: float, freedom: int) -> float:
    """Return a quantile of Student's t, from the normal one (M. Abramowitz and I. Stegun, 26.7.5).

    Right to 0.01 from 4 degrees of freedom on, for the quantiles used here.
    """
    z = NormalDist().inv_cdf(probability)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    return float(sum(term / max(freedom, 1) ** power for power, term in enumerate(terms)))


def wilson(part: int, whole: int, *, z: float = Z_95) -> tuple[float, float] | None:
    """Return Wilson's score interval of a share, as fractions of one; None if there is nothing to share.

    It stays inside 0..1 and works for small counts, where the textbook interval does not (E. B. Wilson, Journal of the
    American Statistical Association 22, 1927, 209-212). It takes what it counts for independent: count patients.

    Raises
    ------
    ValueError
        If `part` is not between 0 and `whole`.
    """
    if not 0 <= part <= whole:
        raise ValueError(f"{part} of {whole} is not a share")
    if whole == 0:
        return None
    share = part / whole
    scale = 1 + z * z / whole
    middle = (share + z * z / (2 * whole)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    low = 0.0 if part == 0 else max(0.0, middle - half)
    high = 1.0 if part == whole else min(1.0, middle + half)
    return low, high
